package recording

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"gridcells/pkg/printable"
)

// ScanPathText reads a path as lines of text. The columns are t, x, y and perhaps
// hd, in this order or under a first line that names them. Under names, there may
// also be x2 and y2, the second lamp. With a clock, t may be absent.
//
// Semicolons, tabs, commas or spaces separate the columns: the first in this list
// that is in the first line. Numbers may have decimal commas unless commas separate
// the columns. Empty, "nan" and "inf" positions are losses of the tracker. Lines
// that begin with # are comments. A byte order mark is passed over.
func ScanPathText(in io.Reader, clock Clock) Scan {
	return func(take func(Layout, Sample) error) error {
		return whole(clock, take, func(add func(Layout, Sample) error) error { return scanLines(in, clock, add) })
	}
}

func scanLines(in io.Reader, clock Clock, add func(Layout, Sample) error) error {
	var columns *columns
	var taken error // an error of add, which does not belong to the line
	err := eachLine(in, func(fields []string) error {
		if columns == nil {
			var named bool
			var err error
			if columns, named, err = columnsOf(fields, clock); err != nil {
				return err
			}
			if named {
				return nil
			}
		}
		s, err := columns.sample(fields)
		if err != nil {
			return err
		}
		taken = add(columns.layout(), s)
		return taken
	})
	if taken != nil {
		return taken
	}
	return err
}

// eachLine calls use with the fields of each line of a text. Errors of use get the
// number of the line.
func eachLine(in io.Reader, use func(fields []string) error) error {
	text, err := withoutMark(bufio.NewReaderSize(in, 1<<16))
	if err != nil {
		return err
	}
	lines, err := newTable(text)
	if err != nil {
		return err
	}
	for {
		fields, err := lines.Read()
		if err == io.EOF {
			return nil
		}
		if errors.Is(err, csv.ErrFieldCount) {
			line, _ := lines.FieldPos(0)
			return fmt.Errorf("line %d has another number of columns (%d) than the first line (%d): is it cut off?", line, len(fields), lines.FieldsPerRecord)
		}
		if err != nil {
			return err
		}
		if err := use(fields); err != nil {
			line, _ := lines.FieldPos(0)
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
}

// withoutMark passes over the byte order mark that some programs put before
// UTF-8. Text in UTF-16 is refused by name, and so are files of other programs.
func withoutMark(in *bufio.Reader) (*bufio.Reader, error) {
	if err := refuseForeign(in); err != nil {
		return nil, err
	}
	first, _ := in.Peek(3)
	switch {
	case bytes.HasPrefix(first, []byte("\xef\xbb\xbf")):
		in.Discard(3)
	case bytes.HasPrefix(first, []byte("\xff\xfe")) || bytes.HasPrefix(first, []byte("\xfe\xff")):
		return nil, errors.New("the text is UTF-16: save it as UTF-8")
	}
	return in, nil
}

// newTable returns a reader of the lines' fields. It finds the separator in the
// first line that is no comment.
func newTable(in *bufio.Reader) (*csv.Reader, error) {
	var head bytes.Buffer
	separator := ','
	for {
		line, err := in.ReadString('\n')
		head.WriteString(line)
		if strings.Contains(strings.TrimRight(line, "\r\n"), "\r") {
			return nil, errors.New("a carriage return is within a line: if lines end in carriage returns, as on an old Macintosh, turn them into line feeds: tr '\\r' '\\n'")
		}
		if content := strings.TrimSpace(line); content != "" && content[0] != '#' {
			separator = separatorOf(content)
			break
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	lines := csv.NewReader(io.MultiReader(&head, in))
	lines.Comma = separator
	lines.Comment = '#'
	lines.TrimLeadingSpace = separator != '\t' // which would eat empty fields
	lines.ReuseRecord = true
	return lines, nil
}

func separatorOf(line string) rune {
	for _, separator := range ";\t," {
		if strings.ContainsRune(line, separator) {
			return separator
		}
	}
	return ' '
}

// columns are the columns of a path's quantities; −1 stands for one that is absent.
type columns struct {
	t, x, y, x2, y2, heading int

	degrees bool
}

// isHeader reports whether the first line of a table names its columns: one of them
// is no number. The first may be empty, where a program counts the lines.
func isHeader(first []string) bool {
	return slices.ContainsFunc(first, func(field string) bool {
		_, err := number(field)
		return err != nil
	})
}

// columnsOf finds the columns by the first line, which may name them.
func columnsOf(first []string, clock Clock) (c *columns, named bool, err error) {
	if !isHeader(first) {
		c, err := unnamed(len(first), clock)
		return c, false, err
	}
	c = &columns{t: find(first, timeNames...), x: find(first, xNames...), y: find(first, yNames...),
		x2: find(first, "x2"), y2: find(first, "y2"), heading: find(first, headingNames...)}
	if c.heading < 0 {
		c.heading = find(first, degreeNames...)
		c.degrees = c.heading >= 0
	}
	for _, wanted := range []struct {
		name   string
		absent bool
	}{{"t", c.t < 0 && clock.Rate == 0}, {"x", c.x < 0}, {"y", c.y < 0}, {"y2", c.x2 >= 0 && c.y2 < 0}, {"x2", c.y2 >= 0 && c.x2 < 0}} {
		if wanted.absent {
			return nil, false, noColumn(wanted.name, first)
		}
	}
	return c, true, nil
}

// noColumn is the error of a first line that names no such column.
func noColumn(name string, first []string) error {
	also := ""
	if name == "t" {
		also = " (or time, timestamp), or give the rate of samples that have no times"
	}
	return fmt.Errorf("no column %q among %s: change the first line so that it names the column %s%s", name, printable.List(first), name, also)
}

// unnamed are the columns of a table without names: t, x, y and perhaps hd. With a
// clock, three columns are x, y and hd.
func unnamed(n int, clock Clock) (*columns, error) {
	none := columns{t: -1, x: -1, y: -1, x2: -1, y2: -1, heading: -1}
	c := none
	switch {
	case clock.Rate > 0 && (n == 2 || n == 3):
		c.x, c.y = 0, 1
	case clock.Rate == 0 && (n == 3 || n == 4):
		c.t, c.x, c.y = 0, 1, 2
	case clock.Rate > 0:
		return nil, fmt.Errorf("%d columns without names: want x, y and perhaps hd, for a path whose rate is given", n)
	default:
		return nil, fmt.Errorf("%d columns without names: want t, x, y and perhaps hd", n)
	}
	if n > c.y+1 {
		c.heading = c.y + 1
	}
	return &c, nil
}

// find returns the first column that has one of these names, or −1.
func find(columns []string, names ...string) int {
	for _, name := range names {
		for i, c := range columns {
			if columnName(c) == name {
				return i
			}
		}
	}
	return -1
}

// columnName is a column's name without its unit: "Time (s)" is "time".
func columnName(s string) string {
	if i := strings.IndexAny(s, "(["); i > 0 {
		s = s[:i]
	}
	return strings.ToLower(strings.TrimSpace(s))
}

// layout says which quantities there are.
func (c *columns) layout() Layout {
	l := Layout{Lamps: 1, Timed: c.t >= 0, Heading: c.heading >= 0, Degrees: c.degrees}
	if c.x2 >= 0 {
		l.Lamps = 2
	}
	return l
}

// sample reads the fields of a line.
func (c *columns) sample(fields []string) (Sample, error) {
	s := unknownSample()
	for _, into := range []struct {
		value  *float64
		column int
	}{{&s.Time, c.t}, {&s.X, c.x}, {&s.Y, c.y}, {&s.X2, c.x2}, {&s.Y2, c.y2}, {&s.Heading, c.heading}} {
		if into.column < 0 {
			continue
		}
		v, err := number(fields[into.column])
		if err != nil {
			return s, fmt.Errorf("column %d: %w", into.column+1, err)
		}
		*into.value = v
	}
	return s, nil
}

// number reads a number with a decimal point or comma. A field is NaN if it is empty
// or one of the words that programs write for a missing number.
func number(field string) (float64, error) {
	s := strings.TrimSpace(field)
	switch strings.ToLower(s) {
	case "", "na", "n/a", "null", "none":
		return math.NaN(), nil
	}
	v, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, fmt.Errorf("%q is not a number", printable.Short(s, 40))
	}
	return v, nil
}
