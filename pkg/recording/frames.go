package recording

import (
	"errors"
	"fmt"
	"math"

	"gridcells/pkg/room"
	"gridcells/pkg/spool"
)

// Options say how a path becomes frames.
type Options struct {
	Metres, Seconds float64 // the units of the path
	YDown           bool    // y points downwards, and is turned around
	FrameSeconds    float64 // duration of a frame; 0: the time between samples
	Limits                  // in m/s and s; samples that are MaxGap apart or less are interpolated
	Lamp            string  // the lamp that gives the animal's position: "middle", "first" or "second"
	LampAngle       float64 // of the head against the line from the second lamp to the first, rad
	Head            string  // where head directions come from: "auto", "none", or a [DirectionSource]
	Degrees         bool    // the head directions are in degrees
	Walls           *Walls  // nil: the room is what the animal visits
	AnyUnits        bool    // do not refuse times and lengths that seem to have another unit
	Temporary       string  // directory of what memory does not hold; "" is the system's
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
	Leap         float64 `json:"leap_m,omitempty"`                   // the longest jump between samples that were kept, if it is long in this room
	LeapSample   int     `json:"leap_sample,omitempty"`              // to which it goes, counted from 0
	Gap          float64 `json:"longest_gap_s,omitempty"`            // time without a position, if that is longer than is interpolated
	GapStart     float64 `json:"longest_gap_from_s,omitempty"`       // on the clock of the path
	Interpolated int     `json:"frames_interpolated,omitempty"`      // across more than one sample
	Missing      int     `json:"frames_without_position,omitempty"`
	Outside      int     `json:"frames_outside_room,omitempty"`
	HeadMissing  int     `json:"frames_without_direction,omitempty"`
	LampDistance float64 `json:"led_distance_m,omitempty"`     // median
	Heads        *Heads  `json:"heads_and_movement,omitempty"` // nil: there are no head directions, or nothing moves
}

// Frames is a path in frames of equal duration, one after another. Frame i lasts
// half its duration before and after the instant Start + (i + ½)·Seconds. The frames
// may be too long for memory: Read gives them one after another.
type Frames struct {
	Seconds  float64 // duration of a frame
	Start    float64 // when the first frame begins, s
	Rate     float64 // of the samples, Hz
	Directed bool    // there are head directions
	Source   DirectionSource
	Room     [2]float64 // sides along x and y, m
	Middle   [2]float64 // of the room, on the path's axes with y upwards, m; it is 0 in frames
	Found    Tracking

	rows *spool.Spool // of each frame x, y on the path's axes and the head direction
}

// Frame is where the animal is, m about the middle of the room, and where its head
// points, rad. NaN is what is not known.
type Frame struct{ X, Y, Head float32 }

// Lost reports whether the frame has no position.
func (f Frame) Lost() bool { return math.IsNaN(float64(f.X)) }

// Len is the number of frames.
func (f *Frames) Len() int { return int(f.rows.Len()) }

// Close frees what the frames take.
func (f *Frames) Close() error { return f.rows.Close() }

// FrameReader reads frames in their order.
type FrameReader struct {
	rows   *spool.Reader
	middle [2]float64
}

// Read returns a reader of all frames.
func (f *Frames) Read() *FrameReader { return &FrameReader{f.rows.ReadAll(), f.Middle} }

// Next returns the next frame. The error is io.EOF after the last one.
func (r *FrameReader) Next() (Frame, error) {
	var row [3]float64
	if err := r.rows.Next(row[:]); err != nil {
		return Frame{}, err
	}
	return Frame{float32(row[0] - r.middle[0]), float32(row[1] - r.middle[1]), float32(row[2])}, nil
}

// MakeFrames brings a path into frames. It interpolates positions and head directions
// linearly in time between samples that are at most MaxGap apart. All others are NaN.
// The centre of the room becomes 0. The memory that it takes does not grow with the
// number of samples, but by 72 bytes with each loss and each jump.
func MakeFrames(scan Scan, o Options) (_ *Frames, err error) {
	f := &Frames{rows: spool.New(o.Temporary, 3)}
	t := &track{o: o, found: &f.Found, samples: spool.New(o.Temporary, 6)}
	defer t.samples.Close()
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	if err := t.read(scan); err != nil {
		return nil, err
	}
	if t.interval, err = t.usualInterval(); err != nil {
		return nil, err
	}
	f.Rate = 1 / t.interval
	if f.Source, err = t.choose(); err != nil {
		return nil, err
	}
	f.Directed = f.Source != ""
	f.Seconds = o.FrameSeconds
	if f.Seconds == 0 {
		f.Seconds = t.interval
	}
	n := math.Floor((t.last-t.first)/f.Seconds+1e-6) + 1
	if !(n <= maxFrames) {
		return nil, fmt.Errorf("%.4g s in frames of %.3g s are more than %d frames: set longer frames, or see whether the times are in seconds", t.last-t.first, f.Seconds, maxFrames)
	}
	f.Start = t.first - f.Seconds/2
	if err := t.fill(f, int(n)); err != nil {
		return nil, err
	}
	if f.Found.Missing == f.Len() {
		return nil, errors.New("no frame has a position")
	}
	switch f.Source {
	case FromMovement:
		err = f.movement(o.Temporary)
	case FromColumn, FromLamps:
		err = f.measureHeads()
	}
	if err != nil {
		return nil, err
	}
	return f, f.place(o)
}

// Frames is [MakeFrames] of a path in memory.
func (p *Path) Frames(o Options) (*Frames, error) { return MakeFrames(p.Scan, o) }

// maxFrames bounds the length of a session: 6 weeks at 50 Hz.
const maxFrames = 1 << 28

// instant is the middle of frame i, s.
func (f *Frames) instant(i int) float64 { return f.Start + (float64(i)+0.5)*f.Seconds }

// fill makes n frames of the samples. Directions of movement come later.
func (t *track) fill(f *Frames, n int) error {
	longest := math.Max(t.o.MaxGap, 1.5*t.interval)
	near := func(a, b *known) bool { return b.t-a.t <= longest }
	positions := newCursor(t.chosen(f.Source), func(c *chosen) (known, bool) {
		return known{t: c.time, v: c.position}, !math.IsNaN(c.position[0])
	}, func(a, b *known) bool {
		return near(a, b) && math.Hypot(b.v[0]-a.v[0], b.v[1]-a.v[1]) <= t.o.MaxSpeed*(b.t-a.t)
	})
	heads := newCursor(t.chosen(f.Source), func(c *chosen) (known, bool) {
		return known{t: c.time, v: [2]float64{c.heading}}, !math.IsNaN(c.heading) && !math.IsInf(c.heading, 0)
	}, near)
	missing := 0 // frames without a position up to here
	for i := range n {
		row := [3]float64{math.NaN(), math.NaN(), math.NaN()}
		if err := t.fillPosition(f, positions, i, &row); err != nil {
			return err
		}
		if missing++; !math.IsNaN(row[0]) {
			missing = 0
		} else if gap := float64(missing) * f.Seconds; gap > max(f.Found.Gap, t.o.MaxGap) {
			f.Found.Gap, f.Found.GapStart = gap, f.Start+float64(i+1-missing)*f.Seconds
		}
		if f.Source == FromColumn || f.Source == FromLamps {
			if err := fillHead(f, heads, i, &row); err != nil {
				return err
			}
		}
		if err := f.rows.Append(row[:]...); err != nil {
			return err
		}
	}
	return nil
}

// fillPosition puts the position of frame i into its row, if it is known.
func (t *track) fillPosition(f *Frames, positions *cursor, i int, row *[3]float64) error {
	a, b, share, err := positions.between(f.instant(i), f.Seconds/2)
	if err != nil {
		return err
	}
	if a == nil {
		f.Found.Missing++
		return nil
	}
	if b.t-a.t > 1.5*t.interval {
		f.Found.Interpolated++
	}
	for k := range 2 {
		row[k] = float64(float32(a.v[k] + share*(b.v[k]-a.v[k])))
	}
	return nil
}

// fillHead puts the head direction of frame i into its row, if it is known.
func fillHead(f *Frames, heads *cursor, i int, row *[3]float64) error {
	a, b, share, err := heads.between(f.instant(i), f.Seconds/2)
	if err != nil {
		return err
	}
	if a == nil {
		f.Found.HeadMissing++
		return nil
	}
	row[2] = wrapped(a.v[0] + share*math.Remainder(b.v[0]-a.v[0], 2*math.Pi))
	return nil
}

// wrapped is an angle in [−π, π), rounded to float32.
func wrapped(angle float64) float64 {
	h := float32(math.Remainder(angle, 2*math.Pi))
	if h >= math.Pi {
		h = -math.Pi
	}
	return float64(h)
}

// follower is a reader of rows that knows which row it has.
type follower struct {
	rows *spool.Reader
	at   int // −1 at first
	row  [3]float64
}

func (f *Frames) follower() *follower { return &follower{rows: f.rows.ReadAll(), at: -1} }

// seek reads up to a row, which must not come before the one that it has.
func (f *follower) seek(frame int) error {
	for f.at < frame {
		if err := f.rows.Next(f.row[:]); err != nil {
			return err
		}
		f.at++
	}
	return nil
}

// each calls use with the position of each frame, on the path's axes.
func (f *Frames) each(use func(xy [2]float64)) error {
	return f.rows.Each(func(row []float64) { use([2]float64(row)) })
}

// place finds the room, whose centre becomes 0.
func (f *Frames) place(o Options) error {
	var x, y extent
	err := f.each(func(xy [2]float64) {
		x.add(xy[0])
		y.add(xy[1])
	})
	if err != nil {
		return err
	}
	walls := o.Walls
	switch {
	case walls == nil:
		walls = &Walls{x.interval(), y.interval()}
	case o.YDown:
		walls = &Walls{walls.X, room.Interval{Lo: -walls.Y.Hi, Hi: -walls.Y.Lo}}
	}
	f.Room = [2]float64{walls.X.Length(), walls.Y.Length()}
	f.Middle = [2]float64{walls.X.Middle(), walls.Y.Middle()}
	// Rounding to float32 may move positions on a wall outside.
	halfX, halfY := f.Room[0]/2*(1+1e-6), f.Room[1]/2*(1+1e-6)
	err = f.each(func(xy [2]float64) {
		if math.Abs(xy[0]-f.Middle[0]) > halfX || math.Abs(xy[1]-f.Middle[1]) > halfY {
			f.Found.Outside++
		}
	})
	if err != nil {
		return err
	}
	if seen := f.Len() - f.Found.Missing; o.Walls != nil && !o.AnyUnits && 2*f.Found.Outside > seen {
		return fmt.Errorf("%d of %d positions lie outside the room: x goes from %s, y from %s", f.Found.Outside, seen, x.interval().String(), y.interval().String())
	}
	return nil
}

// extent finds the range of a coordinate, without outliers: single positions that are
// farther from the others than a tenth of their range.
type extent struct {
	seen room.Positions
	all  room.Interval
	any  bool
}

func (e *extent) add(v float64) {
	if math.IsNaN(v) {
		return
	}
	if !e.any {
		e.all, e.any = room.Interval{Lo: v, Hi: v}, true
	}
	e.all.Lo, e.all.Hi = math.Min(e.all.Lo, v), math.Max(e.all.Hi, v)
	e.seen.Add([]float64{v, 0})
}

func (e *extent) interval() room.Interval {
	span, _ := e.seen.Span()
	if beyond := 0.1 * span.Length(); span.Lo-e.all.Lo > beyond || e.all.Hi-span.Hi > beyond {
		usual, _ := e.seen.Extent()
		return usual
	}
	return e.all
}
