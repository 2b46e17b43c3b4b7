package recording

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gridcells/pkg/room"
)

// Options say how a path becomes frames.
type Options struct {
	Metres, Seconds float64 // the units of the path
	FrameSeconds    float64 // duration of a frame; 0: the time between samples
	Limits                  // in m/s and s; samples that are MaxGap apart or less are interpolated
	Lamp            string  // the lamp that gives the animal's position: "middle", "first" or "second"
	LampAngle       float64 // of the head against the line from the second lamp to the first, rad
	Head            string  // where head directions come from: "auto", "none", or a [DirectionSource]
	Degrees         bool    // the head directions are in degrees
	Walls           *Walls  // nil: the room is what the animal visits
	AnyUnits        bool    // do not refuse times and lengths that seem to have another unit
}

// Walls are where the walls of a room are, on the axes of a path in metres.
type Walls struct{ X, Y room.Interval }

// DirectionSource says where head directions come from.
type DirectionSource string

// The sources of head directions.
const (
	FromLamps    DirectionSource = "leds"     // from the second lamp to the first
	FromColumn   DirectionSource = "column"   // as the tracker gave them
	FromMovement DirectionSource = "movement" // the direction in which the animal moves, which is not that of its head
)

// Tracking says what was found in a path, and what was done about it.
type Tracking struct {
	Samples      int     `json:"samples"`
	Untimed      int     `json:"samples_without_time,omitempty"`     // left out
	Repeated     int     `json:"samples_of_repeated_time,omitempty"` // left out
	Lost         int     `json:"samples_lost,omitempty"`             // without a position
	Bad          int     `json:"samples_rejected,omitempty"`         // reached by a jump that is too fast
	FirstBad     int     `json:"first_rejected,omitempty"`           // counted from 0
	Jumps        int     `json:"jumps,omitempty"`                    // faster than the limit, between samples that were kept too
	Interpolated int     `json:"frames_interpolated,omitempty"`      // across more than one sample
	Missing      int     `json:"frames_without_position,omitempty"`
	Outside      int     `json:"frames_outside_room,omitempty"`
	HeadMissing  int     `json:"frames_without_direction,omitempty"`
	LampDistance float64 `json:"led_distance_m,omitempty"` // median
}

// Frames is a path in frames of equal duration, one after another. Frame i lasts
// half its duration before and after the instant Start + (i + ½)·Seconds.
type Frames struct {
	Seconds float64 // duration of a frame
	Start   float64 // when the first frame begins, s
	Rate    float64 // of the samples, Hz
	XY      []float32
	Head    []float32 // rad; nil if there are no head directions
	Source  DirectionSource
	Room    [2]float64 // sides along x and y, m
	Middle  [2]float64 // of the room, on the path's axes, m; it is 0 in XY
	Found   Tracking
}

// Len is the number of frames.
func (f *Frames) Len() int { return len(f.XY) / 2 }

// Lost reports whether a frame has no position.
func (f *Frames) Lost(i int) bool { return math.IsNaN(float64(f.XY[2*i])) }

// Frames brings a path into frames. It interpolates positions and head directions
// linearly in time between samples that are at most MaxGap apart. All others are
// NaN. The centre of the room becomes 0. Frames reuses the memory of the path, so
// the path must not be used afterwards.
func (p *Path) Frames(o Options) (*Frames, error) {
	f := &Frames{}
	f.Found.Samples = len(p.Time)
	if err := p.scale(o, f); err != nil {
		return nil, err
	}
	interval, err := p.interval(o)
	if err != nil {
		return nil, err
	}
	f.Rate = 1 / interval
	if err := p.choose(o, f); err != nil {
		return nil, err
	}
	f.Seconds = o.FrameSeconds
	if f.Seconds == 0 {
		f.Seconds = interval
	}
	first, last := p.Time[0], p.Time[len(p.Time)-1]
	n := math.Floor((last-first)/f.Seconds+1e-6) + 1
	if !(n <= maxFrames) {
		return nil, fmt.Errorf("%.4g s in frames of %.3g s are more than %d frames: set longer frames, or see whether the times are in seconds", last-first, f.Seconds, maxFrames)
	}
	f.Start = first - f.Seconds/2
	f.XY = make([]float32, 2*int(n))
	p.positions(o, f, interval)
	if f.Found.Missing == f.Len() {
		return nil, errors.New("no frame has a position")
	}
	if f.Source != "" {
		f.Head = make([]float32, int(n))
		p.directions(o, f, interval)
	}
	return f, f.place(o)
}

// maxFrames bounds the memory that a session takes: 6 weeks at 50 Hz.
const maxFrames = 1 << 28

// scale applies the units of time and length and leaves out samples without a time.
func (p *Path) scale(o Options, f *Frames) error {
	for i := range p.Time {
		p.Time[i] *= o.Seconds
	}
	columns := [][]float64{p.X, p.Y, p.X2, p.Y2}
	for _, c := range columns {
		for i := range c {
			c[i] *= o.Metres
		}
	}
	heading, err := p.Radians(o.Degrees)
	if err != nil {
		return err
	}
	p.Heading, p.Degrees = heading, false
	columns = append(columns, p.Heading)
	n := 0
	for i, t := range p.Time {
		switch {
		case math.IsNaN(t) || math.IsInf(t, 0):
			f.Found.Untimed++
			continue
		case n > 0 && t == p.Time[n-1]:
			f.Found.Repeated++
			continue
		case n > 0 && t < p.Time[n-1]:
			return fmt.Errorf("sample %d: time goes back from %v to %v: sort the samples by time, or give each session of its own to this program", i, p.Time[n-1], t)
		}
		p.Time[n] = t
		for _, c := range columns {
			if c != nil {
				c[n] = c[i]
			}
		}
		n++
	}
	if n < 2 {
		return errors.New("fewer than two samples have a time")
	}
	p.Time = p.Time[:n]
	for _, c := range []*[]float64{&p.X, &p.Y, &p.X2, &p.Y2, &p.Heading} {
		if *c != nil {
			*c = (*c)[:n]
		}
	}
	return nil
}

// interval is the usual time between samples: the mean of the times between
// neighbouring ones without those across a pause. A time that looks like one of
// another unit is an error.
func (p *Path) interval(o Options) (float64, error) {
	n := len(p.Time)
	steps := make([]float64, n-1)
	for i := range steps {
		steps[i] = p.Time[i+1] - p.Time[i]
	}
	slices.Sort(steps)
	median := steps[len(steps)/2]
	sum, count := 0.0, 0
	for _, dt := range steps {
		if dt > 0.5*median && dt < 1.5*median {
			sum += dt
			count++
		}
	}
	usual := sum / float64(count)
	// Times are sums of decimal fractions.
	scale := math.Pow(10, 9-math.Ceil(math.Log10(usual)))
	usual = math.Round(usual*scale) / scale
	if o.AnyUnits || usual > 1e-4 && usual <= 0.5 {
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
			why = fmt.Sprintf(": the times seem to be in %s: try --seconds %v", unit.name, unit.factor*o.Seconds)
		}
	}
	return 0, fmt.Errorf("the samples are %.4g s apart%s", usual, why)
}

// choose rejects bad samples and finds one position and one head direction for each
// of the others. Afterwards X, Y and Heading are those of the animal. They are NaN
// where they are not known.
func (p *Path) choose(o Options, f *Frames) error {
	rejected := p.reject(p.X, p.Y, o.Limits, f)
	if p.X2 != nil {
		for i, bad := range p.reject(p.X2, p.Y2, o.Limits, f) {
			rejected[i] = rejected[i] || bad
		}
	}
	for i, bad := range rejected {
		if bad && f.Found.Bad == 0 {
			f.Found.FirstBad = i
		}
		if bad {
			f.Found.Bad++
		}
	}
	if !o.AnyUnits && f.Found.Jumps > 10 && float64(f.Found.Jumps) > maxJumps*float64(len(p.Time)) {
		why := ""
		if s := math.Max(span(p.X), span(p.Y)); s > 10 {
			why = fmt.Sprintf(", and the positions span %.4g m: if they are in centimetres, give --metres %v", s, 0.01*o.Metres)
		}
		return fmt.Errorf("%d of %d movements are faster than %v m/s%s", f.Found.Jumps, len(p.Time)-1, o.MaxSpeed, why)
	}
	if s := math.Max(span(p.X), span(p.Y)); !o.AnyUnits && (s > 30 || s < 0.05) {
		return fmt.Errorf("the positions span %.4g m: give the length of their unit by --metres, such as 0.01 for centimetres", s)
	}
	if err := p.turn(o, f); err != nil {
		return err
	}
	for i := range p.X {
		switch {
		case p.X2 == nil || o.Lamp == "first":
		case o.Lamp == "second":
			p.X[i], p.Y[i] = p.X2[i], p.Y2[i]
		default:
			p.X[i], p.Y[i] = (p.X[i]+p.X2[i])/2, (p.Y[i]+p.Y2[i])/2
		}
		if math.IsNaN(p.X[i] + p.Y[i]) {
			p.X[i], p.Y[i] = math.NaN(), math.NaN()
			if !rejected[i] {
				f.Found.Lost++
			}
		}
	}
	p.X2, p.Y2 = nil, nil
	return nil
}

// reject makes the bad samples of a lamp NaN.
func (p *Path) reject(x, y []float64, l Limits, f *Frames) []bool {
	found := FindBad(p.Time, x, y, l)
	for i, bad := range found.Samples {
		if bad {
			x[i], y[i] = math.NaN(), math.NaN()
		}
	}
	f.Found.Jumps = max(f.Found.Jumps, found.Jumps)
	return found.Samples
}

func span(x []float64) float64 {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range x {
		if !math.IsNaN(v) {
			lo, hi = math.Min(lo, v), math.Max(hi, v)
		}
	}
	return math.Max(0, hi-lo)
}

// turn finds head directions, unless they are those of the movement, which are
// found in the frames.
func (p *Path) turn(o Options, f *Frames) error {
	switch {
	case o.Head == "none":
	case o.Head == "auto" && p.Heading != nil:
		f.Source = FromColumn
	case o.Head == "auto" && p.X2 != nil:
		f.Source = FromLamps
	case o.Head == "auto":
	default:
		f.Source = DirectionSource(o.Head)
	}
	switch f.Source {
	case FromColumn:
		if p.Heading == nil {
			return errors.New("the path has no column of head directions")
		}
	case FromLamps:
		if p.X2 == nil {
			return errors.New("head directions from two LEDs need the positions of both, x2 and y2")
		}
		p.Heading = make([]float64, len(p.X))
		for i := range p.Heading {
			p.Heading[i] = math.Atan2(p.Y[i]-p.Y2[i], p.X[i]-p.X2[i]) + o.LampAngle
		}
	}
	if p.X2 != nil {
		var distances []float64
		for i := range p.X {
			if d := math.Hypot(p.X[i]-p.X2[i], p.Y[i]-p.Y2[i]); !math.IsNaN(d) {
				distances = append(distances, d)
			}
		}
		slices.Sort(distances)
		if len(distances) > 0 {
			f.Found.LampDistance = distances[len(distances)/2]
		}
	}
	return nil
}

// cursor walks along the known samples of a quantity.
type cursor struct {
	time  []float64
	known func(i int) bool
	i     int // the last known sample at or before the instant asked for; −1 at first
	next  int // the known sample after it
}

func newCursor(time []float64, known func(int) bool) *cursor {
	c := &cursor{time: time, known: known, i: -1, next: -1}
	c.advance()
	return c
}

func (c *cursor) advance() {
	c.i = c.next
	for c.next++; c.next < len(c.time) && !c.known(c.next); c.next++ {
	}
}

// seek finds the known samples before and after an instant. Instants must not go
// backwards from call to call. If there is none before, before is −1. If there is
// none after, after is the number of samples.
func (c *cursor) seek(t float64) (before, after int) {
	for c.next < len(c.time) && c.time[c.next] <= t {
		c.advance()
	}
	return c.i, c.next
}

// between finds the samples a and b around an instant t, and the share of the way
// from a to b at which t lies. ok is false if nothing is known of the instant.
func (c *cursor) between(t, half float64, bridge func(a, b int) bool) (a, b int, share float64, ok bool) {
	a, b = c.seek(t)
	switch {
	case a >= 0 && t-c.time[a] <= 2e-6*half: // the instant is that of a sample
		return a, a, 0, true
	case b < len(c.time) && c.time[b]-t <= 2e-6*half:
		return b, b, 0, true
	case a >= 0 && b < len(c.time) && bridge(a, b):
		return a, b, (t - c.time[a]) / (c.time[b] - c.time[a]), true
	case a >= 0 && t-c.time[a] <= half: // a sample lies in the frame, but no other is near
		return a, a, 0, true
	case b < len(c.time) && c.time[b]-t <= half:
		return b, b, 0, true
	}
	return 0, 0, 0, false
}

// positions fills the frames with positions.
func (p *Path) positions(o Options, f *Frames, interval float64) {
	c := newCursor(p.Time, func(i int) bool { return !math.IsNaN(p.X[i]) })
	longest := math.Max(o.MaxGap, 1.5*interval)
	bridge := func(a, b int) bool {
		dt := p.Time[b] - p.Time[a]
		return dt <= longest && math.Hypot(p.X[b]-p.X[a], p.Y[b]-p.Y[a]) <= o.MaxSpeed*dt
	}
	nan := float32(math.NaN())
	for i := range f.Len() {
		a, b, share, ok := c.between(f.instant(i), f.Seconds/2, bridge)
		if !ok {
			f.XY[2*i], f.XY[2*i+1] = nan, nan
			f.Found.Missing++
			continue
		}
		if p.Time[b]-p.Time[a] > 1.5*interval {
			f.Found.Interpolated++
		}
		f.XY[2*i], f.XY[2*i+1] = float32(p.X[a]+share*(p.X[b]-p.X[a])), float32(p.Y[a]+share*(p.Y[b]-p.Y[a]))
	}
}

// instant is the middle of frame i, s.
func (f *Frames) instant(i int) float64 { return f.Start + (float64(i)+0.5)*f.Seconds }

// directions fills the frames with head directions.
func (p *Path) directions(o Options, f *Frames, interval float64) {
	if f.Source == FromMovement {
		f.movement()
	} else {
		p.heads(o, f, interval)
	}
	for _, h := range f.Head {
		if math.IsNaN(float64(h)) {
			f.Found.HeadMissing++
		}
	}
}

func (p *Path) heads(o Options, f *Frames, interval float64) {
	c := newCursor(p.Time, func(i int) bool { return !math.IsNaN(p.Heading[i]) && !math.IsInf(p.Heading[i], 0) })
	longest := math.Max(o.MaxGap, 1.5*interval)
	bridge := func(a, b int) bool { return p.Time[b]-p.Time[a] <= longest }
	for i := range f.Head {
		a, b, share, ok := c.between(f.instant(i), f.Seconds/2, bridge)
		if !ok {
			f.Head[i] = float32(math.NaN())
			continue
		}
		turn := math.Remainder(p.Heading[b]-p.Heading[a], 2*math.Pi)
		f.Head[i] = wrapped(p.Heading[a] + share*turn)
	}
}

// wrapped is an angle in [−π, π).
func wrapped(angle float64) float32 {
	h := float32(math.Remainder(angle, 2*math.Pi))
	if h >= math.Pi {
		h = -math.Pi
	}
	return h
}

const (
	// movementSeconds is the time before and after an instant between which its
	// direction of movement is taken.
	movementSeconds = 0.1
	// slowest is the speed (m/s) below which a movement has no direction: it is the
	// swaying of the head and the tracker's noise.
	slowest = 0.025
)

// movement fills the frames with directions of movement.
func (f *Frames) movement() {
	h := max(1, int(math.Round(movementSeconds/f.Seconds)))
	for i := range f.Head {
		a, b := max(0, i-h), min(f.Len()-1, i+h)
		dx, dy := float64(f.XY[2*b]-f.XY[2*a]), float64(f.XY[2*b+1]-f.XY[2*a+1])
		// The comparison is false if a position was lost (NaN).
		if math.Hypot(dx, dy) >= slowest*float64(b-a)*f.Seconds && b > a {
			f.Head[i] = wrapped(math.Atan2(dy, dx))
		} else {
			f.Head[i] = float32(math.NaN())
		}
	}
}

// place finds the room and moves its centre to 0.
func (f *Frames) place(o Options) error {
	walls := o.Walls
	if walls == nil {
		x, y := f.extent(0), f.extent(1)
		walls = &Walls{x, y}
	}
	f.Room = [2]float64{walls.X.Length(), walls.Y.Length()}
	f.Middle = [2]float64{walls.X.Middle(), walls.Y.Middle()}
	// Rounding to float32 may move positions on a wall outside.
	halfX, halfY := f.Room[0]/2*(1+1e-6), f.Room[1]/2*(1+1e-6)
	for i := range f.Len() {
		x, y := float64(f.XY[2*i])-f.Middle[0], float64(f.XY[2*i+1])-f.Middle[1]
		if math.Abs(x) > halfX || math.Abs(y) > halfY {
			f.Found.Outside++
		}
		f.XY[2*i], f.XY[2*i+1] = float32(x), float32(y)
	}
	if seen := f.Len() - f.Found.Missing; o.Walls != nil && !o.AnyUnits && 2*f.Found.Outside > seen {
		return fmt.Errorf("%d of %d positions lie outside the room: x goes from %s, y from %s", f.Found.Outside, seen, f.extent(0).String(), f.extent(1).String())
	}
	return nil
}

// extent is the range of a coordinate of the frames, without outliers: single
// positions that are farther from the others than a tenth of their range.
func (f *Frames) extent(axis int) room.Interval {
	var seen room.Positions
	all := room.Interval{Lo: math.Inf(1), Hi: math.Inf(-1)}
	for i := range f.Len() {
		if v := float64(f.XY[2*i+axis]); !math.IsNaN(v) {
			all.Lo, all.Hi = math.Min(all.Lo, v), math.Max(all.Hi, v)
			seen.Add([]float64{v, 0})
		}
	}
	span, _ := seen.Span()
	if beyond := 0.1 * span.Length(); span.Lo-all.Lo > beyond || all.Hi-span.Hi > beyond {
		usual, _ := seen.Extent()
		return usual
	}
	return all
}
