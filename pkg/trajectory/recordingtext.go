package trajectory

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
)

// ReadRecordingText reads a recording as lines of text: columns t, x, y and
// perhaps hd, in this order or under a first line that names them. The columns
// are separated by semicolons, tabs, commas or spaces, whichever of these comes
// first in this list and is in the first line. Numbers may have decimal commas
// unless commas separate the columns. Empty, "nan" and "inf" positions are
// losses of the tracker. Lines that begin with # are comments. A byte order mark
// is passed over.
func ReadRecordingText(in io.Reader) (*Recording, error) {
	text, err := withoutMark(bufio.NewReader(in))
	if err != nil {
		return nil, err
	}
	lines, err := newTable(text)
	if err != nil {
		return nil, err
	}
	r := &Recording{}
	var columns *columns
	for {
		fields, err := lines.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if columns == nil {
			named := false
			if columns, named, err = columnsOf(fields); err != nil {
				return nil, err
			}
			r.Degrees = columns.degrees
			if named {
				continue
			}
		}
		if err := r.addLine(fields, columns); err != nil {
			line, _ := lines.FieldPos(0)
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
	}
	return r, r.check()
}

// withoutMark passes over the byte order mark that some programs put before
// UTF-8. Text in UTF-16 is refused by name.
func withoutMark(in *bufio.Reader) (*bufio.Reader, error) {
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

// columns are the columns of a recording's quantities.
type columns struct {
	t, x, y int
	heading int // −1 if there is none
	degrees bool
}

// columnsOf finds the columns by the first line, which names them if its first
// field is no number.
func columnsOf(first []string) (c *columns, named bool, err error) {
	if _, err := number(first[0]); err == nil {
		switch len(first) {
		case 3:
			return &columns{t: 0, x: 1, y: 2, heading: -1}, false, nil
		case 4:
			return &columns{t: 0, x: 1, y: 2, heading: 3}, false, nil
		}
		return nil, false, fmt.Errorf("%d columns without names: want t, x, y and perhaps hd", len(first))
	}
	find := func(names ...string) int {
		return slices.IndexFunc(first, func(s string) bool { return slices.Contains(names, columnName(s)) })
	}
	c = &columns{t: find(timeNames...), x: find("x"), y: find("y"), heading: find(headingNames...)}
	if c.heading < 0 {
		c.heading = find(degreeNames...)
		c.degrees = c.heading >= 0
	}
	for _, wanted := range []struct {
		name string
		at   int
	}{{"t", c.t}, {"x", c.x}, {"y", c.y}} {
		if wanted.at < 0 {
			return nil, false, fmt.Errorf("no column %q among %q", wanted.name, first)
		}
	}
	return c, true, nil
}

// columnName is a column's name without its unit: "Time (s)" is "time".
func columnName(s string) string {
	if i := strings.IndexAny(s, "(["); i > 0 {
		s = s[:i]
	}
	return strings.ToLower(strings.TrimSpace(s))
}

func (r *Recording) addLine(fields []string, c *columns) error {
	add := func(to *[]float64, column int) error {
		v, err := number(fields[column])
		if err != nil {
			return fmt.Errorf("column %d: %w", column+1, err)
		}
		*to = append(*to, v)
		return nil
	}
	err := errors.Join(add(&r.Time, c.t), add(&r.X, c.x), add(&r.Y, c.y))
	if err == nil && c.heading >= 0 {
		err = add(&r.Heading, c.heading)
	}
	return err
}

// number reads a number with a decimal point or comma. An empty field is NaN.
func number(field string) (float64, error) {
	s := strings.TrimSpace(field)
	if s == "" {
		return math.NaN(), nil
	}
	v, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, fmt.Errorf("%q is not a number", s)
	}
	return v, nil
}
