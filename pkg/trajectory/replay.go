package trajectory

import (
	"errors"
	"fmt"
	"math"
	"sort"

	"gridcells/pkg/random"
)

// Replay is no model but a recorded path, cut into windows: of T + 1 stored
// steps, beginning at random instants or one Stride after the other.
// Positions are interpolated linearly in time, never across gaps.
type Replay struct {
	Recording *Recording `json:"-"`

	StepDuration float64 `json:"step_duration"` // stored step, s
	Stride       float64 `json:"stride"`        // time from one window's beginning to the next, s; 0: random
	Scale        float64 `json:"scale"`         // length of the recording's unit, m
	Center       string  `json:"center"`        // what becomes the arena's centre: "middle" of the path's extent, or "origin"
	MaxGap       float64 `json:"max_gap"`       // longer times between samples are gaps, s
	MaxSpeed     float64 `json:"max_speed"`     // faster movements are the tracker's, and gaps, m/s
}

// NewReplay returns a replay with the usual settings, still without a
// recording.
func NewReplay() *Replay {
	return &Replay{StepDuration: 0.15, Scale: 1, Center: "middle", MaxGap: 0.5, MaxSpeed: 3}
}

// segment is a stretch of samples without a gap, lo to hi−1.
type segment struct{ lo, hi int }

type replayWalker struct {
	m       *Replay
	t, x, y []float64
	heading []float64 // unwrapped; nil if not tracked
	window  float64   // s
	starts  []start
	room    float64 // sum of the starts' room, s
}

// start is where windows can begin: anywhere in the room behind time t if
// they are random, else at t itself.
type start struct {
	t, room float64
	until   float64 // sum of room up to this one
	end     float64 // time of the stretch's last sample
}

// NewWalker implements [Model].
func (m *Replay) NewWalker(steps int, arena Arena) (Walker, error) { return m.walker(steps, arena) }

// Windows is the number of different windows of the given number of steps;
// 0 means no limit, for random ones.
func (m *Replay) Windows(steps int, arena Arena) (int, error) {
	w, err := m.walker(steps, arena)
	if err != nil || m.Stride == 0 {
		return 0, err
	}
	return len(w.starts), nil
}

func (m *Replay) walker(steps int, arena Arena) (*replayWalker, error) {
	switch {
	case m.Recording == nil:
		return nil, errors.New("replay needs a recorded path")
	case !(m.StepDuration > 0) || !(m.Stride >= 0) || !(m.Scale > 0) || !(m.MaxGap > 0) || !(m.MaxSpeed > 0):
		return nil, errors.New("replay: want positive step_duration, scale, max_gap and max_speed, and a stride that is not negative")
	case m.Center != "middle" && m.Center != "origin":
		return nil, fmt.Errorf("replay: center is %q: want middle or origin", m.Center)
	}
	w := &replayWalker{m: m, t: m.Recording.Time, window: m.StepDuration * float64(steps+1)}
	if err := w.place(arena); err != nil {
		return nil, err
	}
	if m.Recording.Heading != nil {
		w.heading = unwrapped(m.Recording.Heading)
	}
	if total := w.t[len(w.t)-1] - w.t[0]; m.Stride > 0 && total/m.Stride > 1e7 {
		return nil, fmt.Errorf("replay: a stride of %v s makes more than ten million windows", m.Stride)
	}
	longest := 0.
	for _, s := range w.segments() {
		length := w.t[s.hi-1] - w.t[s.lo]
		longest = max(longest, length)
		w.addStarts(w.t[s.lo], w.t[s.hi-1])
	}
	if len(w.starts) == 0 {
		return nil, fmt.Errorf("the recorded path has no %.4g s without a gap; its longest stretch is %.4g s", w.window, longest)
	}
	return w, nil
}

// place converts the positions to metres about the arena's centre and checks
// that they are in it.
func (w *replayWalker) place(arena Arena) error {
	r := w.m.Recording
	var cx, cy float64
	if w.m.Center == "middle" {
		cx, cy = middle(r.X), middle(r.Y)
	}
	w.x, w.y = make([]float64, len(r.X)), make([]float64, len(r.Y))
	farthest, at := 0., 0
	for i := range r.X {
		w.x[i], w.y[i] = (r.X[i]-cx)*w.m.Scale, (r.Y[i]-cy)*w.m.Scale
		if d := max(math.Abs(w.x[i]), math.Abs(w.y[i])); d > farthest {
			farthest, at = d, i
		}
	}
	// A tracker's light is not where the animal's feet are.
	if limit := 0.5*arena.Size() + 0.05*arena.Size(); farthest > limit {
		return fmt.Errorf("the recorded path is %.4g m from the centre at sample %d, in an arena of %.4g m: is scale (%v m) the length of its unit?",
			farthest, at, arena.Size(), w.m.Scale)
	}
	return nil
}

func middle(x []float64) float64 {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range x {
		if !math.IsNaN(v) {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	if lo > hi {
		return 0
	}
	return lo + (hi-lo)/2
}

// unwrapped makes successive headings differ by less than half a turn.
func unwrapped(heading []float64) []float64 {
	out := make([]float64, len(heading))
	last := 0.
	for i, h := range heading {
		if i == 0 || math.IsNaN(last) {
			last = h
		} else {
			last += wrapAngle(h - last)
		}
		out[i] = last
	}
	return out
}

func (w *replayWalker) segments() []segment {
	var all []segment
	lo := 0
	for i := range w.t {
		if w.lost(i) {
			all = append(all, segment{lo, i})
			lo = i + 1
		} else if i > lo && w.gap(i) {
			all = append(all, segment{lo, i})
			lo = i
		}
	}
	all = append(all, segment{lo, len(w.t)})
	long := all[:0]
	for _, s := range all {
		if s.hi-s.lo >= 2 {
			long = append(long, s)
		}
	}
	return long
}

func (w *replayWalker) lost(i int) bool {
	return math.IsNaN(w.x[i]) || math.IsNaN(w.y[i]) || w.heading != nil && math.IsNaN(w.heading[i])
}

// gap reports whether the animal cannot have gone from sample i−1 to i.
func (w *replayWalker) gap(i int) bool {
	dt := w.t[i] - w.t[i-1]
	return dt > w.m.MaxGap || math.Hypot(w.x[i]-w.x[i-1], w.y[i]-w.y[i-1]) > w.m.MaxSpeed*dt
}

// addStarts adds the windows of a stretch from time t to end.
func (w *replayWalker) addStarts(t, end float64) {
	room := end - t - w.window
	if room < 0 && room > -1e-9*w.window { // the times are sums of decimal fractions
		room = 0
	}
	if room < 0 {
		return
	}
	if w.m.Stride == 0 {
		w.room += room
		w.starts = append(w.starts, start{t, room, w.room, end})
		return
	}
	for i := range int(room/w.m.Stride+1e-9) + 1 {
		w.starts = append(w.starts, start{t: t + float64(i)*w.m.Stride, end: end})
	}
}

// Walk fills the path with window k, or a random one.
func (w *replayWalker) Walk(p *Path, k uint64, s *random.Stream) {
	p.Interval = w.m.StepDuration
	t, end := w.begin(k, s)
	j := 0
	for i := range p.X {
		at := min(t+float64(i)*w.m.StepDuration, end)
		if i == 0 {
			j = sort.SearchFloat64s(w.t, at)
		}
		for j < len(w.t)-1 && w.t[j] < at {
			j++
		}
		w.sample(p, i, max(j, 1), at)
	}
	if w.heading == nil {
		p.Heading[0] = p.firstDirection()
		p.headOfPath()
		p.Heading[len(p.X)-1] = p.Heading[len(p.X)-2]
	}
}

// begin is when a window begins and when its stretch ends.
func (w *replayWalker) begin(k uint64, s *random.Stream) (t, end float64) {
	if w.m.Stride > 0 {
		b := w.starts[k%uint64(len(w.starts))]
		return b.t, b.end
	}
	at := s.Float64() * w.room
	i := sort.Search(len(w.starts)-1, func(i int) bool { return w.starts[i].until >= at })
	b := w.starts[i]
	return b.t + min(max(at-(b.until-b.room), 0), b.room), b.end
}

// sample interpolates instant i of the path between samples j−1 and j.
func (w *replayWalker) sample(p *Path, i, j int, t float64) {
	f := min(max((t-w.t[j-1])/(w.t[j]-w.t[j-1]), 0), 1)
	// The sample before may lie across a gap if the instant is one of the
	// recording's own.
	mix := func(x []float64) float64 {
		if f == 1 {
			return x[j]
		}
		if f == 0 {
			return x[j-1]
		}
		return x[j-1] + f*(x[j]-x[j-1])
	}
	p.X[i], p.Y[i] = mix(w.x), mix(w.y)
	if w.heading != nil {
		p.Heading[i] = mix(w.heading)
	}
}
