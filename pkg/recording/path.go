package recording

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"gridcells/pkg/namedpipe"
	"gridcells/pkg/npy"
	"gridcells/pkg/printable"
)

// Path is a tracked path: N samples of time (s), position (any unit of length)
// and, if it was tracked, head direction. A position that is NaN was lost by the
// tracker.
type Path struct {
	Time    []float64
	X, Y    []float64 // of the animal, or of its first lamp
	X2, Y2  []float64 // of its second lamp; nil if there is only one
	Heading []float64 // rad, or degrees if Degrees is true; nil if not tracked
	Degrees bool
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

// ReadPath reads a path from a file.
//
// From a .npz archive it takes the arrays t [N] and pos [N, 2] (or x and y [N]).
// It takes pos2 [N, 2] (or x2 and y2 [N]), the second lamp, and hd [N] if they are
// there. Other names are time and timestamps, positions, heading and
// head_direction, and for degrees hd_deg, heading_deg, head_direction_deg.
//
// A .npy file is an array [N, 3] of t, x and y, [N, 4] with hd, or [N, 5] with x2
// and y2. With a clock, t is absent: [N, 2], [N, 3] or [N, 4].
//
// Any other file is text; see [ReadPathText].
func ReadPath(name string, clock Clock) (*Path, error) {
	if strings.EqualFold(filepath.Ext(name), ".npz") {
		archive, err := npy.OpenNPZ(name)
		if err != nil {
			return nil, err
		}
		defer archive.Close()
		p, err := PathOfArchive(archive, clock)
		return p, in(name, err)
	}
	f, err := namedpipe.OpenFile(name, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p, err := ReadPathFrom(f, clock)
	return p, in(name, err)
}

// ReadPathFrom reads a path as text, or as a .npy array, which it recognises by its
// first bytes.
func ReadPathFrom(r io.Reader, clock Clock) (*Path, error) {
	text := bufio.NewReaderSize(r, 1<<16)
	if !isArray(text) {
		return ReadPathText(text, clock)
	}
	a, err := npy.ReadArray(text)
	if err != nil {
		return nil, err
	}
	return pathOfArray(a, clock)
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

// PathOfArchive reads a path from an archive; see [ReadPath]. It reads the arrays
// that it needs and no others: they may be of any type and size.
func PathOfArchive(archive *npy.Archive, clock Clock) (*Path, error) {
	p := &Path{}
	var err error
	if p.X, p.Y, err = lamp(archive, posNames, xNames, yNames, "pos"); err != nil {
		return nil, err
	}
	if archive.Has("pos2") || archive.Has("x2") {
		if p.X2, p.Y2, err = lamp(archive, []string{"pos2"}, []string{"x2"}, []string{"y2"}, "pos2"); err != nil {
			return nil, err
		}
	}
	if first(archive, timeNames) != "" || clock.Rate == 0 {
		if p.Time, err = oneOf(archive, timeNames); err != nil {
			return nil, err
		}
	}
	names := headingNames
	if first(archive, names) == "" {
		names, p.Degrees = degreeNames, first(archive, degreeNames) != ""
	}
	if first(archive, names) != "" {
		if p.Heading, err = oneOf(archive, names); err != nil {
			return nil, err
		}
	}
	return p, p.complete(clock)
}

// lamp reads the coordinates of a lamp: from one array [N, 2], or from two.
func lamp(archive *npy.Archive, both, xs, ys []string, called string) (x, y []float64, err error) {
	name := first(archive, both)
	if name == "" {
		if first(archive, xs) == "" {
			return nil, nil, fmt.Errorf("no array %q or %q (there are %s)", called, xs[0], printable.Text(strings.Join(archive.Names(), ", ")))
		}
		if x, err = oneOf(archive, xs); err == nil {
			y, err = oneOf(archive, ys)
		}
		return x, y, err
	}
	pos, err := archive.Read(name)
	if err != nil {
		return nil, nil, err
	}
	if len(pos.Shape) != 2 || pos.Shape[1] != 2 {
		return nil, nil, fmt.Errorf("array %q has shape %v, not [N, 2]", name, pos.Shape)
	}
	xy, err := pos.Float64()
	if err != nil {
		return nil, nil, fmt.Errorf("array %q: %w", name, err)
	}
	columns := split(xy, 2)
	return columns[0], columns[1], nil
}

// split divides rows of n values into n columns.
func split(rows []float64, n int) [][]float64 {
	columns := make([][]float64, n)
	for k := range columns {
		columns[k] = make([]float64, len(rows)/n)
		for i := range columns[k] {
			columns[k][i] = rows[i*n+k]
		}
	}
	return columns
}

// pathOfArray takes the columns of a plain array.
func pathOfArray(a *npy.Array, clock Clock) (*Path, error) {
	wanted := "want [N, 3] of t, x, y, [N, 4] of t, x, y, hd or [N, 5] of t, x, y, x2, y2; without t give the rate of the samples"
	if len(a.Shape) != 2 {
		return nil, fmt.Errorf("an array of shape %v: %s", a.Shape, wanted)
	}
	n := a.Shape[1]
	values, err := a.Float64()
	if err != nil {
		return nil, err
	}
	timed := 0
	if clock.Rate == 0 {
		timed = 1
	}
	if n-timed < 2 || n-timed > 4 {
		return nil, fmt.Errorf("an array of shape %v: %s", a.Shape, wanted)
	}
	columns := split(values, n)
	p := &Path{}
	if timed == 1 {
		p.Time = columns[0]
	}
	columns = columns[timed:]
	p.X, p.Y = columns[0], columns[1]
	switch len(columns) {
	case 3:
		p.Heading = columns[2]
	case 4:
		p.X2, p.Y2 = columns[2], columns[3]
	}
	return p, p.complete(clock)
}

// oneOf reads the first of the named arrays that the archive has.
func oneOf(archive *npy.Archive, names []string) ([]float64, error) {
	name := first(archive, names)
	if name == "" {
		return nil, fmt.Errorf("no array %q (there are %s)", names[0], printable.Text(strings.Join(archive.Names(), ", ")))
	}
	a, err := archive.Read(name)
	if err != nil {
		return nil, err
	}
	x, err := a.Float64()
	if err != nil {
		return nil, fmt.Errorf("array %q: %w", name, err)
	}
	return x, nil
}

// complete adds the times that a clock gives. It returns an error if quantities
// differ in their number of values. Infinite positions, which trackers write as
// losses, become NaN.
func (p *Path) complete(clock Clock) error {
	if clock.Rate > 0 && p.Time == nil {
		p.Time = make([]float64, len(p.X))
		for i := range p.Time {
			p.Time[i] = clock.Start + float64(i)/clock.Rate
		}
	}
	n := len(p.Time)
	if len(p.X) != n || len(p.Y) != n || p.Heading != nil && len(p.Heading) != n {
		return fmt.Errorf("%d times, %d and %d coordinates, %d headings: want as many of each", n, len(p.X), len(p.Y), len(p.Heading))
	}
	if p.X2 != nil && (len(p.X2) != n || len(p.Y2) != n) {
		return fmt.Errorf("%d times, %d and %d coordinates of the second lamp: want as many of each", n, len(p.X2), len(p.Y2))
	}
	if n < 2 {
		return errors.New("fewer than two samples")
	}
	lose(p.X, p.Y)
	lose(p.X2, p.Y2)
	return nil
}

func lose(x, y []float64) {
	for i := range x {
		if math.IsInf(x[i], 0) || math.IsInf(y[i], 0) {
			x[i], y[i] = math.NaN(), math.NaN()
		}
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
// in radians beyond ±2π are an error.
func (p *Path) Radians(degrees bool) ([]float64, error) {
	if p.Heading == nil {
		return nil, nil
	}
	if degrees || p.Degrees {
		turned := make([]float64, len(p.Heading))
		for i, h := range p.Heading {
			turned[i] = h * math.Pi / 180
		}
		return turned, nil
	}
	for i, h := range p.Heading {
		if math.Abs(h) > 2*math.Pi+1e-6 {
			return nil, &DegreesError{Sample: i, Value: h}
		}
	}
	return p.Heading, nil
}

// DegreesError says that head directions which ought to be radians look like
// degrees.
type DegreesError struct {
	Sample int
	Value  float64
}

func (e *DegreesError) Error() string {
	return fmt.Sprintf("sample %d: heading is %v: want radians within ±2π", e.Sample, e.Value)
}
