package recording

import (
	"errors"
	"fmt"
	"io"
	"math"

	"gridcells/pkg/spool"
)

// track is the samples of a path while frames are made of them. They may be too many
// for memory, so they are gone through several times instead.
type track struct {
	o        Options
	found    *Tracking
	layout   Layout
	samples  *spool.Spool // of each sample t (s), x, y, x2, y2 (m) and heading (rad)
	first    float64      // time of the first sample, s
	last     float64
	interval float64  // between samples, s
	bad      [2][]run // of each lamp, the samples that are rejected
}

// read reads the samples, applies the units of time and length, and leaves out samples
// without a time.
func (t *track) read(scan Scan) error {
	heads, largest := 0, 0.0 // of head directions in degrees
	up := t.o.Metres
	if t.o.YDown {
		up = -up
	}
	err := scan(func(l Layout, s Sample) error {
		t.layout = l
		i := t.found.Samples
		t.found.Samples++
		if l.Heading {
			if l.Degrees || t.o.Degrees {
				if !math.IsNaN(s.Heading) {
					heads++
					largest = math.Max(largest, math.Abs(s.Heading))
				}
				s.Heading *= math.Pi / 180
			} else if math.Abs(s.Heading) > mostRadians {
				return &DegreesError{Sample: i, Value: s.Heading}
			}
		}
		at := s.Time * t.o.Seconds
		n := t.samples.Len()
		switch {
		case math.IsNaN(at) || math.IsInf(at, 0):
			t.found.Untimed++
			return nil
		case n > 0 && at == t.last:
			t.found.Repeated++
			return nil
		case n > 0 && at < t.last:
			return fmt.Errorf("sample %d: time goes back from %v to %v: sort the samples by time, or give each session of its own to this program", i, t.last, at)
		case n == 0:
			t.first = at
		}
		t.last = at
		m := t.o.Metres
		return t.samples.Append(at, m*s.X, up*s.Y, m*s.X2, up*s.Y2, s.Heading)
	})
	if err == nil && heads >= manyHeads && largest <= mostRadians && !t.o.AnyUnits {
		return &RadiansError{Count: heads, Largest: largest}
	}
	if err == nil && t.samples.Len() < 2 {
		err = errors.New("fewer than two samples have a time")
	}
	return err
}

// manyHeads is a number of head directions among which an animal has looked about.
const manyHeads = 100

// usualInterval is the usual time between samples: the mean of the times between
// neighbouring ones without those across a pause. A time that looks like one of
// another unit is an error.
func (t *track) usualInterval() (float64, error) {
	steps := func(use func(float64)) error {
		before := math.NaN()
		return t.each(func(row *[6]float64) {
			if !math.IsNaN(before) {
				use(row[0] - before)
			}
			before = row[0]
		})
	}
	median, err := upperMedian(steps)
	if err != nil {
		return 0, err
	}
	sum, count := 0.0, 0
	err = steps(func(dt float64) {
		if dt > 0.5*median && dt < 1.5*median {
			sum += dt
			count++
		}
	})
	if err != nil {
		return 0, err
	}
	usual := sum / float64(count)
	// Times are sums of decimal fractions.
	scale := math.Pow(10, 9-math.Ceil(math.Log10(usual)))
	usual = math.Round(usual*scale) / scale
	if t.o.AnyUnits || usual > 1e-4 && usual <= 0.5 {
		return usual, nil
	}
	why := ""
	if usual == 1 {
		why = ": the times seem to count samples: give --seconds the time between two samples"
	}
	for _, unit := range []struct {
		name   string
		factor float64
	}{{"milliseconds", 1e-3}, {"microseconds", 1e-6}, {"nanoseconds", 1e-9}} {
		if s := usual * unit.factor; why == "" && s >= 1e-3 && s <= 0.25 {
			why = fmt.Sprintf(": the times seem to be in %s: try --seconds %v", unit.name, unit.factor*t.o.Seconds)
		}
	}
	if why == "" {
		why = ": are the times of the path in the unit that --seconds gives?"
	}
	return 0, fmt.Errorf("the samples are %.4g s apart%s", usual, why)
}

// each calls use with each sample.
func (t *track) each(use func(row *[6]float64)) error {
	return t.samples.Each(func(row []float64) { use((*[6]float64)(row)) })
}

// choose rejects bad samples and finds out where head directions come from. Afterwards
// chosen gives the position and the head direction of the animal.
func (t *track) choose() (DirectionSource, error) {
	if err := t.reject(); err != nil {
		return "", err
	}
	source, sourceErr := t.source()
	x, y := span{math.Inf(1), math.Inf(-1)}, span{math.Inf(1), math.Inf(-1)}
	samples := t.chosen(source)
	for i := 0; ; i++ {
		c, err := samples.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", err
		}
		x.add(c.lamps[0][0])
		y.add(c.lamps[0][1])
		if c.rejected && t.found.Bad == 0 {
			t.found.FirstBad = i
		}
		switch {
		case c.rejected:
			t.found.Bad++
		case math.IsNaN(c.position[0]):
			t.found.Lost++
		}
	}
	width := math.Max(x.length(), y.length())
	if err := t.checkLengths(width); err != nil {
		return "", err
	}
	if t.found.Leap < longLeap*width {
		t.found.Leap, t.found.LeapSample = 0, 0
	}
	if sourceErr != nil {
		return "", sourceErr
	}
	return source, t.measureLamps(source)
}

// A room is between narrowest and widest, m. A path that is wider than wide and has too
// many jumps is most likely in centimetres.
const (
	narrowest = 0.05
	wide      = 10
	widest    = 30
)

// longLeap is the length of a jump that a tracker's noise does not explain, as a share
// of the width of the path.
const longLeap = 0.1

// fewJumps is a number of jumps that a short path may have, whatever their share is.
const fewJumps = 10

// checkLengths refuses a path that seems to have another unit of length: one with too
// many jumps, or one that is too wide or too narrow. width is that of the path (m).
func (t *track) checkLengths(width float64) error {
	if t.o.AnyUnits {
		return nil
	}
	n := int(t.samples.Len())
	if j := t.found.Jumps; j > fewJumps && float64(j) > maxJumps*float64(n) {
		why := fmt.Sprintf(": are --metres %v and --seconds %v right? Otherwise give the animal's highest speed by --max-speed", t.o.Metres, t.o.Seconds)
		if width > wide {
			why = ", and " + t.unitOf(width)
		}
		return fmt.Errorf("%d of %d movements are faster than %v m/s%s", j, n-1, t.o.MaxSpeed, why)
	}
	if width > widest || width < narrowest {
		return errors.New(t.unitOf(width))
	}
	return nil
}

// unitOf says which unit of length a path of this width (m) may have.
func (t *track) unitOf(width float64) string {
	const usual = 5 // m, the longest side of a usual room
	text := fmt.Sprintf("the positions span %.4g m: ", width)
	if width < narrowest {
		return text + "give the length of their unit by --metres"
	}
	unit, factor := "centimetres", 0.01
	if factor*width > usual {
		unit, factor = "millimetres", 0.001
	}
	return text + fmt.Sprintf("if they are in %s, give --metres %.6g; if they are in pixels, the length of a pixel (m)", unit, factor*t.o.Metres)
}

// reject finds the bad samples of each lamp.
func (t *track) reject() error {
	lamps := [2]search{{limits: t.o.Limits}, {limits: t.o.Limits}}
	err := t.each(func(row *[6]float64) {
		for k := range t.layout.Lamps {
			lamps[k].add(row[0], row[1+2*k], row[2+2*k])
		}
	})
	for k := range t.layout.Lamps {
		t.bad[k] = lamps[k].finish()
		t.found.Jumps = max(t.found.Jumps, lamps[k].jumps)
		if l := lamps[k].leap; l.length > t.found.Leap {
			t.found.Leap, t.found.LeapSample = l.length, l.sample
		}
	}
	return err
}

// span is a range of values. NaN means that there is no range.
type span struct{ lo, hi float64 }

func (s *span) add(v float64) {
	if !math.IsNaN(v) {
		s.lo, s.hi = math.Min(s.lo, v), math.Max(s.hi, v)
	}
}

func (s *span) length() float64 { return math.Max(0, s.hi-s.lo) }

// source is where head directions come from; "" if there are none.
func (t *track) source() (source DirectionSource, err error) {
	switch {
	case t.o.Head == "none":
	case t.o.Head == "auto" && t.layout.Heading:
		source = FromColumn
	case t.o.Head == "auto" && t.layout.Lamps == 2:
		source = FromLamps
	case t.o.Head == "auto":
	default:
		source = DirectionSource(t.o.Head)
	}
	switch {
	case source == FromColumn && !t.layout.Heading:
		return "", errors.New("the path has no column of head directions")
	case source == FromLamps && t.layout.Lamps < 2:
		return "", errors.New("head directions from two LEDs need the positions of both, x2 and y2")
	}
	return source, nil
}

// measureLamps finds the median distance of the lamps.
func (t *track) measureLamps(source DirectionSource) error {
	if t.layout.Lamps < 2 {
		return nil
	}
	median, err := upperMedian(func(use func(float64)) error {
		samples := t.chosen(source)
		for {
			c, err := samples.next()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if d := math.Hypot(c.lamps[0][0]-c.lamps[1][0], c.lamps[0][1]-c.lamps[1][1]); !math.IsNaN(d) {
				use(d)
			}
		}
	})
	if !math.IsNaN(median) {
		t.found.LampDistance = median
	}
	return err
}

// chosen is a sample without what was rejected; NaN is what is not known.
type chosen struct {
	time     float64
	lamps    [2][2]float64
	position [2]float64 // of the animal
	heading  float64    // of its head, unless that is its direction of movement
	rejected bool       // a lamp was
}

// chosenReader reads the samples of a track.
type chosenReader struct {
	t      *track
	source DirectionSource
	rows   *spool.Reader
	i      int
	bad    [2][]run // those that are not behind
	sample chosen
}

func (t *track) chosen(source DirectionSource) *chosenReader {
	return &chosenReader{t: t, source: source, rows: t.samples.ReadAll(), bad: t.bad}
}

// next returns the next sample, which is valid until the next call. The error is
// io.EOF after the last one.
func (r *chosenReader) next() (*chosen, error) {
	var row [6]float64
	if err := r.rows.Next(row[:]); err != nil {
		return nil, err
	}
	c := &r.sample
	*c = chosen{time: row[0], lamps: [2][2]float64{{row[1], row[2]}, {row[3], row[4]}}, heading: row[5]}
	nowhere := [2]float64{math.NaN(), math.NaN()}
	for k := range r.bad {
		for len(r.bad[k]) > 0 && r.i >= r.bad[k][0].hi {
			r.bad[k] = r.bad[k][1:]
		}
		if len(r.bad[k]) > 0 && r.i >= r.bad[k][0].lo {
			c.lamps[k] = nowhere
			c.rejected = true
		}
	}
	r.i++
	one, other := c.lamps[0], c.lamps[1]
	switch {
	case r.t.layout.Lamps == 1 || r.t.o.Lamp == "first":
		c.position = one
	case r.t.o.Lamp == "second":
		c.position = other
	default:
		c.position = [2]float64{(one[0] + other[0]) / 2, (one[1] + other[1]) / 2}
	}
	if math.IsNaN(c.position[0] + c.position[1]) {
		c.position = nowhere
	}
	if r.source == FromLamps {
		c.heading = math.Atan2(one[1]-other[1], one[0]-other[0]) + r.t.o.LampAngle
	}
	return c, nil
}

// upperMedian is the upper median of values that are not negative, NaN if there are
// none. each hands all of them to use, always the same. The median is found to the
// bit, digit by digit of the values' bits, so that none of them has to be kept.
func upperMedian(each func(use func(v float64)) error) (float64, error) {
	const digit = 16
	var prefix uint64 // the digits that are known
	rank := -1        // of the median among the values that begin with them
	for shift := 64 - digit; shift >= 0; shift -= digit {
		counts := make([]int, 1<<digit)
		n := 0
		err := each(func(v float64) {
			if bits := math.Float64bits(v); bits>>shift>>digit == prefix {
				counts[bits>>shift&(1<<digit-1)]++
				n++
			}
		})
		if err != nil {
			return 0, err
		}
		if n == 0 {
			return math.NaN(), nil
		}
		if rank < 0 {
			rank = n / 2
		}
		k := 0
		for ; rank >= counts[k]; k++ {
			rank -= counts[k]
		}
		prefix = prefix<<digit | uint64(k)
	}
	return math.Float64frombits(prefix), nil
}
