package recording

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gridcells/pkg/namedpipe"
	"gridcells/pkg/npy"
	"gridcells/pkg/printable"
)

// Sample is what a tracker saw at one time: position (any unit of length) of one or
// two lamps, and head direction. NaN is what is not known; a position that is NaN was
// lost by the tracker.
type Sample struct {
	Time    float64 // s
	X, Y    float64 // of the animal, or of its first lamp
	X2, Y2  float64 // of its second lamp
	Heading float64 // rad, or degrees if the layout says so
}

// Layout says which quantities the samples of a path have.
type Layout struct {
	Lamps   int  // 1 or 2
	Timed   bool // times; without them a clock gives them
	Heading bool // head directions
	Degrees bool // which are in degrees
}

// A Scan hands the samples of a path to take, one after another. The layout is the
// same for all. Scan stops at the first error of take and returns it.
type Scan func(take func(Layout, Sample) error) error

// Path is a path in memory: N samples.
type Path struct {
	Time    []float64
	X, Y    []float64 // of the animal, or of its first lamp
	X2, Y2  []float64 // of its second lamp; nil if there is only one
	Heading []float64 // rad, or degrees if Degrees is true; nil if not tracked
	Degrees bool
}

// Path holds all samples in memory.
func (scan Scan) Path() (*Path, error) {
	p := &Path{}
	err := scan(func(l Layout, s Sample) error {
		p.Degrees = l.Degrees
		p.Time, p.X, p.Y = append(p.Time, s.Time), append(p.X, s.X), append(p.Y, s.Y)
		if l.Lamps == 2 {
			p.X2, p.Y2 = append(p.X2, s.X2), append(p.Y2, s.Y2)
		}
		if l.Heading {
			p.Heading = append(p.Heading, s.Heading)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Scan hands the samples of the path to take.
func (p *Path) Scan(take func(Layout, Sample) error) error {
	l := Layout{Lamps: 1, Timed: true, Heading: p.Heading != nil, Degrees: p.Degrees}
	if p.X2 != nil {
		l.Lamps = 2
	}
	return whole(Clock{}, take, func(add func(Layout, Sample) error) error {
		for i := range p.Time {
			s := unknownSample()
			s.Time, s.X, s.Y = p.Time[i], p.X[i], p.Y[i]
			if l.Lamps == 2 {
				s.X2, s.Y2 = p.X2[i], p.Y2[i]
			}
			if l.Heading {
				s.Heading = p.Heading[i]
			}
			if err := add(l, s); err != nil {
				return err
			}
		}
		return nil
	})
}

func unknownSample() Sample {
	nan := math.NaN()
	return Sample{nan, nan, nan, nan, nan, nan}
}

// The names of a path's quantities. Head directions under the last names are in
// degrees.
var (
	timeNames    = []string{"t", "time", "timestamp", "timestamps"}
	xNames       = []string{"x", "x1"}
	yNames       = []string{"y", "y1"}
	posNames     = []string{"pos", "positions"}
	headingNames = []string{"hd", "heading", "head_direction"}
	degreeNames  = []string{"hd_deg", "heading_deg", "head_direction_deg"}
)

// Clock gives the times of the samples of a path that has none.
type Clock struct {
	Rate  float64 // samples per second; 0: the path has times of its own
	Start float64 // time of the first sample, s
}

// ScanPath reads a path from a file, sample by sample.
//
// From a .npz archive it takes the arrays t [N] and pos [N, 2] (or x and y [N]).
// It takes pos2 [N, 2] (or x2 and y2 [N]), the second lamp, and hd [N] if they are
// there. Other names are time and timestamps, positions, heading and
// head_direction, and for degrees hd_deg, heading_deg, head_direction_deg.
//
// A .npy file is an array [N, 3] of t, x and y, [N, 4] with hd, or [N, 5] with x2
// and y2. With a clock, t is absent: [N, 2], [N, 3] or [N, 4].
//
// Any other file is text; see [ScanPathText].
func ScanPath(name string, clock Clock) Scan {
	return func(take func(Layout, Sample) error) error {
		if strings.EqualFold(filepath.Ext(name), ".npz") {
			archive, err := npy.OpenNPZ(name)
			if err != nil {
				return err
			}
			defer archive.Close()
			return in(name, ScanArchive(archive, clock)(take))
		}
		f, err := namedpipe.OpenFile(name, os.O_RDONLY, 0)
		if err != nil {
			return err
		}
		defer f.Close()
		return in(name, ScanPathFrom(f, clock)(take))
	}
}

// ScanPathFrom reads a path as text, or as a .npy array, which it recognises by its
// first bytes.
func ScanPathFrom(r io.Reader, clock Clock) Scan {
	return func(take func(Layout, Sample) error) error {
		text := bufio.NewReaderSize(r, 1<<16)
		if !isArray(text) {
			return ScanPathText(text, clock)(take)
		}
		a, err := npy.NewArrayReader(text)
		if err != nil {
			return err
		}
		return scanArray(a, clock, take)
	}
}

// in adds the name of a file to an error about what is in it.
func in(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", name, err)
}

// HasPath reports whether an archive holds positions.
func HasPath(archive *npy.Archive) bool {
	has := func(names []string) bool { return first(archive, names) != "" }
	return has(posNames) || has(xNames) && has(yNames)
}

// first is the first of the names that the archive has, or "".
func first(archive *npy.Archive, names []string) string {
	for _, name := range names {
		if archive.Has(name) {
			return name
		}
	}
	return ""
}

// ScanArchive reads a path from an archive; see [ScanPath]. It reads the arrays that
// it needs and no others: they may be of any type and size.
func ScanArchive(archive *npy.Archive, clock Clock) Scan {
	return func(take func(Layout, Sample) error) error {
		c := &archiveColumns{archive: archive}
		defer c.close()
		l, err := c.open(clock)
		if err != nil {
			return err
		}
		return whole(clock, take, func(add func(Layout, Sample) error) error { return c.scan(l, add) })
	}
}

// archiveColumns are the arrays of an archive that hold a path. Each gives some of
// the values of a sample.
type archiveColumns struct {
	archive *npy.Archive
	time    *column // nil: there are no times
	first   []*column
	second  []*column
	heading *column
}

// column is an array whose rows are read in step with those of others.
type column struct {
	name   string
	array  *npy.ArrayReader
	width  int // values in a row
	values []float64
}

// rows is the number of rows.
func (c *column) rows() int { return c.array.Len() / c.width }

// next are the values of the next row.
func (c *column) next() ([]float64, error) {
	if len(c.values) == 0 {
		piece, err := c.array.Next(someRows * c.width)
		if err != nil {
			return nil, fmt.Errorf("array %q: %w", c.name, err)
		}
		if c.values, err = piece.Float64(); err != nil {
			return nil, fmt.Errorf("array %q: %w", c.name, err)
		}
	}
	row := c.values[:c.width]
	c.values = c.values[c.width:]
	return row, nil
}

// someRows is how many rows of an array are converted at a time.
const someRows = 1 << 12

// all lists the columns that there are.
func (c *archiveColumns) all() []*column {
	var all []*column
	for _, k := range slices.Concat([]*column{c.time}, c.first, c.second, []*column{c.heading}) {
		if k != nil {
			all = append(all, k)
		}
	}
	return all
}

func (c *archiveColumns) close() {
	for _, k := range c.all() {
		k.array.Close()
	}
}

// column opens the first of the named arrays that the archive has.
func (c *archiveColumns) column(names []string) (*column, error) {
	name := first(c.archive, names)
	if name == "" {
		return nil, fmt.Errorf("no array %q (there are %s)", names[0], printable.List(c.archive.Names()))
	}
	a, err := c.archive.Open(name)
	if err != nil {
		return nil, err
	}
	if !a.Type.IsNumber() {
		a.Close()
		return nil, fmt.Errorf("array %q: type %s is not a number", name, a.Type)
	}
	return &column{name: name, array: a, width: 1}, nil
}

// lamp opens the coordinates of a lamp: one array [N, 2], or two.
func (c *archiveColumns) lamp(to *[]*column, both, xs, ys []string, called string) error {
	if first(c.archive, both) == "" {
		if first(c.archive, xs) == "" {
			return fmt.Errorf("no array %q or %q (there are %s)", called, xs[0], printable.List(c.archive.Names()))
		}
		for _, names := range [][]string{xs, ys} {
			k, err := c.column(names)
			if err != nil {
				return err
			}
			*to = append(*to, k)
		}
		return nil
	}
	k, err := c.column(both)
	if err != nil {
		return err
	}
	*to = append(*to, k)
	if shape := k.array.Shape; len(shape) != 2 || shape[1] != 2 {
		return fmt.Errorf("array %q has shape %v, not [N, 2]", k.name, shape)
	}
	k.width = 2
	return nil
}

// open finds the arrays.
func (c *archiveColumns) open(clock Clock) (l Layout, err error) {
	l.Lamps = 1
	if err := c.lamp(&c.first, posNames, xNames, yNames, "pos"); err != nil {
		return l, err
	}
	if c.archive.Has("pos2") || c.archive.Has("x2") {
		l.Lamps = 2
		if err := c.lamp(&c.second, []string{"pos2"}, []string{"x2"}, []string{"y2"}, "pos2"); err != nil {
			return l, err
		}
	}
	if first(c.archive, timeNames) != "" || clock.Rate == 0 {
		l.Timed = true
		if c.time, err = c.column(timeNames); err != nil {
			return l, err
		}
	}
	names := headingNames
	if first(c.archive, names) == "" {
		names, l.Degrees = degreeNames, first(c.archive, degreeNames) != ""
	}
	if first(c.archive, names) != "" {
		l.Heading = true
		if c.heading, err = c.column(names); err != nil {
			return l, err
		}
	}
	var lengths []string
	alike := true
	for _, k := range c.all() {
		lengths = append(lengths, fmt.Sprintf("%d in %q", k.rows(), k.name))
		alike = alike && k.rows() == c.first[0].rows()
	}
	if !alike {
		return l, fmt.Errorf("samples: %s: want the same number of each", printable.Text(strings.Join(lengths, ", ")))
	}
	return l, nil
}

// scan reads the rows of all arrays.
func (c *archiveColumns) scan(l Layout, add func(Layout, Sample) error) error {
	for range c.first[0].rows() {
		s := unknownSample()
		for _, of := range []struct {
			columns []*column
			to      []*float64
		}{{[]*column{c.time}, []*float64{&s.Time}}, {c.first, []*float64{&s.X, &s.Y}}, {c.second, []*float64{&s.X2, &s.Y2}}, {[]*column{c.heading}, []*float64{&s.Heading}}} {
			to := of.to
			for _, k := range of.columns {
				if k == nil {
					continue
				}
				row, err := k.next()
				if err != nil {
					return err
				}
				for i, v := range row {
					*to[i] = v
				}
				to = to[len(row):]
			}
		}
		if err := add(l, s); err != nil {
			return err
		}
	}
	for _, k := range c.all() { // which verifies the checksum
		if _, err := k.array.Next(1); err != io.EOF {
			return fmt.Errorf("array %q: %w", k.name, err)
		}
	}
	return nil
}

// scanArray reads the rows of a plain array.
func scanArray(a *npy.ArrayReader, clock Clock, take func(Layout, Sample) error) error {
	wanted := "want [N, 3] of t, x, y, [N, 4] of t, x, y, hd or [N, 5] of t, x, y, x2, y2; without t give the rate of the samples"
	timed := 0
	if clock.Rate == 0 {
		timed = 1
	}
	if len(a.Shape) != 2 || a.Shape[1]-timed < 2 || a.Shape[1]-timed > 4 {
		return fmt.Errorf("an array of shape %v: %s", a.Shape, wanted)
	}
	if !a.Type.IsNumber() {
		return fmt.Errorf("type %s is not a number", a.Type)
	}
	rows := &column{name: "path", array: a, width: a.Shape[1]}
	l := Layout{Lamps: 1, Timed: timed == 1, Heading: rows.width-timed == 3}
	if rows.width-timed == 4 {
		l.Lamps = 2
	}
	return whole(clock, take, func(add func(Layout, Sample) error) error {
		for range a.Shape[0] {
			row, err := rows.next()
			if err != nil {
				return err
			}
			s := unknownSample()
			if timed == 1 {
				s.Time = row[0]
			}
			row = row[timed:]
			s.X, s.Y = row[0], row[1]
			switch len(row) {
			case 3:
				s.Heading = row[2]
			case 4:
				s.X2, s.Y2 = row[2], row[3]
			}
			if err := add(l, s); err != nil {
				return err
			}
		}
		return nil
	})
}

// whole hands the samples of a path on. It adds the times that a clock gives. Infinite
// positions, which trackers write as losses, become NaN. Fewer than two samples are an
// error.
func whole(clock Clock, take func(Layout, Sample) error, scan func(add func(Layout, Sample) error) error) error {
	n := 0
	err := scan(func(l Layout, s Sample) error {
		if !l.Timed {
			s.Time = clock.Start + float64(n)/clock.Rate
		}
		n++
		lose(&s.X, &s.Y)
		lose(&s.X2, &s.Y2)
		return take(l, s)
	})
	if err == nil && n < 2 {
		err = errors.New("fewer than two samples")
	}
	return err
}

func lose(x, y *float64) {
	if math.IsInf(*x, 0) || math.IsInf(*y, 0) {
		*x, *y = math.NaN(), math.NaN()
	}
}

// CheckTimes returns an error unless all times are finite and increase.
func (p *Path) CheckTimes() error {
	for i, t := range p.Time {
		switch {
		case math.IsNaN(t) || math.IsInf(t, 0):
			return fmt.Errorf("sample %d: time is %v", i, t)
		case i > 0 && t <= p.Time[i-1]:
			return fmt.Errorf("sample %d: time goes from %v to %v: want it to increase", i, p.Time[i-1], t)
		}
	}
	return nil
}

// Radians returns the head directions in radians, or nil if there are none. It
// converts them if the path or the caller says that they are in degrees. Directions
// in radians beyond ±2π are an error, and so are many in degrees that all look like
// radians.
func (p *Path) Radians(degrees bool) ([]float64, error) {
	if p.Heading == nil {
		return nil, nil
	}
	if degrees || p.Degrees {
		turned := make([]float64, len(p.Heading))
		known, largest := 0, 0.0
		for i, h := range p.Heading {
			turned[i] = h * math.Pi / 180
			if !math.IsNaN(h) {
				known++
				largest = math.Max(largest, math.Abs(h))
			}
		}
		if known >= manyHeads && largest <= mostRadians {
			return nil, &RadiansError{Count: known, Largest: largest}
		}
		return turned, nil
	}
	for i, h := range p.Heading {
		if math.Abs(h) > mostRadians {
			return nil, &DegreesError{Sample: i, Value: h}
		}
	}
	return p.Heading, nil
}

// mostRadians is the greatest head direction that is not taken for degrees.
//
// It is a little above 2π, because programs write 2π with few decimals.
const mostRadians = 2*math.Pi + 0.05

// DegreesError says that head directions which ought to be radians look like
// degrees.
type DegreesError struct {
	Sample int
	Value  float64
}

func (e *DegreesError) Error() string {
	return fmt.Sprintf("sample %d: heading is %v: want radians within ±2π", e.Sample, e.Value)
}

// RadiansError says that head directions which ought to be degrees look like radians.
type RadiansError struct {
	Count   int
	Largest float64
}

func (e *RadiansError) Error() string {
	return fmt.Sprintf("all %d head directions lie within ±%.4g degrees: they seem to be in radians: call the column hd, and set no unit of degrees", e.Count, e.Largest)
}
