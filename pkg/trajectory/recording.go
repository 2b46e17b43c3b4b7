package trajectory

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gridcells/pkg/npy"
)

// Recording is a tracked path: N samples of time (s), position (any unit of
// length) and, if it was tracked, heading (rad). NaN positions are losses of
// the tracker.
type Recording struct {
	Time, X, Y []float64
	Heading    []float64 // nil if not tracked
}

// ReadRecording reads a recording from a file: of a .npz archive the arrays t
// [N] and pos [N, 2] (or x and y [N]), and hd [N] if it is there; otherwise
// comma-separated lines of t, x, y and perhaps hd, in that order or under a
// line of these names. Other names are known, too: time, heading,
// head_direction.
func ReadRecording(path string) (*Recording, error) {
	if strings.EqualFold(filepath.Ext(path), ".npz") {
		archive, err := npy.OpenNPZ(path)
		if err != nil {
			return nil, err
		}
		defer archive.Close()
		r, err := recordingOf(archive)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return r, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := ReadRecordingCSV(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// The names of a recording's quantities.
var (
	timeNames    = []string{"t", "time"}
	headingNames = []string{"hd", "heading", "head_direction"}
)

// recordingOf reads the arrays that it needs and no others: they may be of any
// type and size.
func recordingOf(archive *npy.Archive) (*Recording, error) {
	r := &Recording{}
	var err error
	if r.Time, err = oneOf(archive, timeNames...); err != nil {
		return nil, err
	}
	if archive.Has("pos") {
		pos, err := archive.Read("pos")
		if err != nil {
			return nil, err
		}
		if len(pos.Shape) != 2 || pos.Shape[1] != 2 {
			return nil, fmt.Errorf("array %q has shape %v, not [N, 2]", "pos", pos.Shape)
		}
		xy, err := pos.Float64()
		if err != nil {
			return nil, fmt.Errorf("array %q: %w", "pos", err)
		}
		for i := 0; i < len(xy); i += 2 {
			r.X, r.Y = append(r.X, xy[i]), append(r.Y, xy[i+1])
		}
	} else {
		if r.X, err = oneOf(archive, "x"); err != nil {
			return nil, err
		}
		if r.Y, err = oneOf(archive, "y"); err != nil {
			return nil, err
		}
	}
	for _, name := range headingNames {
		if archive.Has(name) {
			if r.Heading, err = oneOf(archive, name); err != nil {
				return nil, err
			}
		}
	}
	return r, r.check()
}

// oneOf reads the first of the named arrays that the archive has.
func oneOf(archive *npy.Archive, names ...string) ([]float64, error) {
	for _, name := range names {
		if !archive.Has(name) {
			continue
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
	return nil, fmt.Errorf("no array %q (there are %s)", names[0], strings.Join(archive.Names(), ", "))
}

// ReadRecordingCSV reads a recording as comma-separated values; see
// [ReadRecording]. Empty and "nan" positions are losses of the tracker; lines
// that begin with # are comments.
func ReadRecordingCSV(in io.Reader) (*Recording, error) {
	lines := csv.NewReader(in)
	lines.Comment = '#'
	lines.TrimLeadingSpace = true
	lines.ReuseRecord = true
	r := &Recording{}
	var columns []int // of t, x, y, hd; the last −1 if there is none
	for {
		fields, err := lines.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if columns == nil {
			var named bool
			if columns, named, err = columnsOf(fields); err != nil {
				return nil, err
			}
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

// columnsOf finds the columns by the first line, which names them if its first
// field is no number.
func columnsOf(first []string) (columns []int, named bool, err error) {
	if _, err := strconv.ParseFloat(strings.TrimSpace(first[0]), 64); err == nil {
		switch len(first) {
		case 3:
			return []int{0, 1, 2, -1}, false, nil
		case 4:
			return []int{0, 1, 2, 3}, false, nil
		}
		return nil, false, fmt.Errorf("%d columns without names: want t, x, y and perhaps hd", len(first))
	}
	for _, names := range [][]string{timeNames, {"x"}, {"y"}, headingNames} {
		at := slices.IndexFunc(first, func(s string) bool { return slices.Contains(names, strings.ToLower(strings.TrimSpace(s))) })
		if at < 0 && names[0] != headingNames[0] {
			return nil, false, fmt.Errorf("no column %q among %q", names[0], first)
		}
		columns = append(columns, at)
	}
	return columns, true, nil
}

func (r *Recording) addLine(fields []string, columns []int) error {
	for i, to := range []*[]float64{&r.Time, &r.X, &r.Y, &r.Heading} {
		if columns[i] < 0 {
			continue
		}
		v := math.NaN()
		if s := strings.TrimSpace(fields[columns[i]]); s != "" {
			var err error
			if v, err = strconv.ParseFloat(s, 64); err != nil {
				return fmt.Errorf("column %d: %q is not a number", columns[i]+1, s)
			}
		}
		*to = append(*to, v)
	}
	return nil
}

// check demands what a path needs: as many of each, time that goes on, angles
// that can be radians.
func (r *Recording) check() error {
	n := len(r.Time)
	if len(r.X) != n || len(r.Y) != n || r.Heading != nil && len(r.Heading) != n {
		return fmt.Errorf("%d times, %d and %d coordinates, %d headings: want as many of each", n, len(r.X), len(r.Y), len(r.Heading))
	}
	if n < 2 {
		return errors.New("fewer than two samples")
	}
	for i, t := range r.Time {
		switch {
		case math.IsNaN(t) || math.IsInf(t, 0):
			return fmt.Errorf("sample %d: time is %v", i, t)
		case i > 0 && t <= r.Time[i-1]:
			return fmt.Errorf("sample %d: time goes from %v to %v: want it to increase", i, r.Time[i-1], t)
		case math.IsInf(r.X[i], 0) || math.IsInf(r.Y[i], 0):
			return fmt.Errorf("sample %d: position is infinite", i)
		case r.Heading != nil && math.Abs(r.Heading[i]) > 2*math.Pi+1e-6:
			return fmt.Errorf("sample %d: heading is %v: want radians within ±2π", i, r.Heading[i])
		}
	}
	return nil
}
