package trajectory

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"gridcells/pkg/npy"
)

// Recording is a tracked path: N samples of time (s), position (any unit of
// length) and, if it was tracked, heading. A position that is NaN was lost by
// the tracker.
type Recording struct {
	Time, X, Y []float64
	Heading    []float64 // rad, or degrees if Degrees is true; nil if not tracked
	Degrees    bool
}

// The names of a recording's quantities. Headings under the last three names
// are in degrees.
var (
	timeNames    = []string{"t", "time"}
	headingNames = []string{"hd", "heading", "head_direction"}
	degreeNames  = []string{"hd_deg", "heading_deg", "head_direction_deg"}
)

// ReadRecording reads a recording from a file. From a .npz archive it takes the
// arrays t [N] and pos [N, 2] (or x and y [N]), and hd [N] if it is there. It
// reads any other file as text; see [ReadRecordingText]. Other names of the
// arrays and columns are time, heading, head_direction, and for degrees hd_deg,
// heading_deg, head_direction_deg.
func ReadRecording(path string) (*Recording, error) {
	if strings.EqualFold(filepath.Ext(path), ".npz") {
		return readNPZ(path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := ReadRecordingText(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

func readNPZ(path string) (*Recording, error) {
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
	for _, names := range [][]string{headingNames, degreeNames} {
		for _, name := range names {
			if !archive.Has(name) || r.Heading != nil {
				continue
			}
			if r.Heading, err = oneOf(archive, name); err != nil {
				return nil, err
			}
			r.Degrees = strings.HasSuffix(name, "_deg")
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

// check demands as many values of each quantity, and times that increase. It
// turns infinite positions, which trackers write as losses, into NaN.
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
		}
		if math.IsInf(r.X[i], 0) || math.IsInf(r.Y[i], 0) {
			r.X[i], r.Y[i] = math.NaN(), math.NaN()
		}
	}
	return nil
}

// radians returns the headings in radians, which are within ±2π in a file that
// holds radians.
func (r *Recording) radians(degrees bool) ([]float64, error) {
	if r.Heading == nil {
		return nil, nil
	}
	if degrees || r.Degrees {
		turned := make([]float64, len(r.Heading))
		for i, h := range r.Heading {
			turned[i] = radians(h)
		}
		return turned, nil
	}
	for i, h := range r.Heading {
		if math.Abs(h) > 2*math.Pi+1e-6 {
			return nil, fmt.Errorf("sample %d: heading is %v: want radians within ±2π; for degrees set heading_unit=degrees", i, h)
		}
	}
	return r.Heading, nil
}
