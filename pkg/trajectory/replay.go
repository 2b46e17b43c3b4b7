package trajectory

import (
	"errors"
	"fmt"
	"math"
	"sort"
	"strings"

	"gridcells/pkg/random"
	"gridcells/pkg/recording"
	"gridcells/pkg/room"
)

// Replay cuts a recorded path into windows of T + 1 stored steps. The windows begin
// at random instants, or one Stride after the other. Positions are interpolated
// linearly in time, but never across gaps.
type Replay struct {
	Recording *recording.Path `json:"-"`
	// ArenaAssumed says that the size of the arena is the default and was not given.
	ArenaAssumed bool `json:"-"`

	StepDuration float64 `json:"step_duration"` // stored step, s
	Stride       float64 `json:"stride"`        // time from one window's beginning to the next, s; 0: random
	Scale        float64 `json:"scale"`         // length of the recording's unit, m
	Center       string  `json:"center"`        // what becomes the arena's centre: "middle" of the path's extent, or "origin"
	MaxGap       float64 `json:"max_gap"`       // longer times between samples are gaps, s
	MaxSpeed     float64 `json:"max_speed"`     // faster movements are the tracker's, and gaps, m/s
	HeadingUnit  string  `json:"heading_unit"`  // of the recorded headings: "radians" or "degrees"
}

// NewReplay returns a replay with the usual settings, still without a
// recording.
func NewReplay() *Replay {
	return &Replay{StepDuration: 0.15, Scale: 1, Center: "middle", MaxGap: 0.5, MaxSpeed: 3, HeadingUnit: "radians"}
}

// Coverage says what a replay makes of its recording.
type Coverage struct {
	Windows int // different windows; 0: no limit, for random ones

	Samples int
	Lost    int // samples without a position (or heading)
	Bad     int // samples that the path jumps to and back from, and fillings such as −1
	Jumps   int // other movements that are faster than MaxSpeed
	Pauses  int // times between samples that are longer than MaxGap

	FirstBad int          // the first bad sample, counted from 0
	Seconds  float64      // from the first sample to the last
	Usable   float64      // s in stretches without a gap that are long enough for a window
	Misfit   *room.Misfit // how the path does not fit the arena; nil if it does

	Heads *recording.Heads // how recorded headings go with the movement; nil if there are none
}

// Gaps describes what interrupts the path, in one line; "" if nothing does.
func (c *Coverage) Gaps() string {
	var parts []string
	add := func(n int, one, many string) {
		switch {
		case n == 1:
			parts = append(parts, "1 "+one)
		case n > 1:
			parts = append(parts, fmt.Sprintf("%d %s", n, many))
		}
	}
	add(c.Lost, "sample without a position", "samples without a position")
	if c.Bad > 0 {
		add(c.Bad, "bad sample", "bad samples")
		parts[len(parts)-1] += fmt.Sprintf(" (the first is sample %d)", c.FirstBad)
	}
	add(c.Jumps, "jump", "jumps")
	add(c.Pauses, "pause", "pauses")
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("%s count as gaps; windows come from %.4g s of %.4g s", strings.Join(parts, ", "), c.Usable, c.Seconds)
}

// segment is a stretch of samples without a gap, lo to hi−1.
type segment struct{ lo, hi int }

type replayWalker struct {
	m        *Replay
	t, x, y  []float64 // x and y are NaN where the sample is lost or bad
	bad      []bool
	heading  []float64 // unwrapped; nil if not tracked
	window   float64   // s
	starts   []start
	room     float64 // sum of the starts' room, s
	coverage Coverage
}

// start says when windows can begin. Random windows begin between t and t + room,
// others at t.
type start struct {
	t, room float64 // s
	until   float64 // sum of room up to and with this start, s
	end     float64 // time of the last sample of the stretch, s
}

// NewWalker implements [Model].
func (m *Replay) NewWalker(steps int, arena Arena) (Walker, error) { return m.walker(steps, arena) }

// Coverage describes how much of the recording windows of the given number of
// steps can use.
func (m *Replay) Coverage(steps int, arena Arena) (*Coverage, error) {
	w, err := m.walker(steps, arena)
	if err != nil {
		return nil, err
	}
	return &w.coverage, nil
}

func (m *Replay) check() error {
	switch {
	case m.Recording == nil:
		return errors.New("replay needs a recorded path")
	case !(m.StepDuration > 0) || !(m.Stride >= 0) || !(m.Scale > 0) || !(m.MaxGap > 0) || !(m.MaxSpeed > 0):
		return errors.New("replay: want positive step_duration, scale, max_gap and max_speed, and a stride that is not negative")
	case m.Center != "middle" && m.Center != "origin":
		return fmt.Errorf("replay: center is %q: want middle or origin", m.Center)
	case m.HeadingUnit != "radians" && m.HeadingUnit != "degrees":
		return fmt.Errorf("replay: heading_unit is %q: want radians or degrees", m.HeadingUnit)
	}
	r := m.Recording
	if err := r.CheckTimes(); err != nil {
		return err
	}
	if total := r.Time[len(r.Time)-1] - r.Time[0]; m.Stride > 0 && total/m.Stride > 1e7 {
		return fmt.Errorf("replay: a stride of %v s makes more than ten million windows", m.Stride)
	}
	return nil
}

func (m *Replay) walker(steps int, arena Arena) (*replayWalker, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	w := &replayWalker{m: m, t: m.Recording.Time, window: m.StepDuration * float64(steps+1)}
	heading, err := m.Recording.Radians(m.HeadingUnit == "degrees")
	if wrong := (*recording.DegreesError)(nil); errors.As(err, &wrong) {
		return nil, fmt.Errorf("%w; for degrees set heading_unit=degrees", err)
	}
	if err != nil {
		return nil, err
	}
	if heading != nil {
		w.heading = unwrapped(heading)
	}
	found := recording.FindBad(w.t, m.Recording.X, m.Recording.Y, recording.Limits{MaxSpeed: m.MaxSpeed / m.Scale, MaxGap: m.MaxGap})
	w.bad, w.coverage.Bad, w.coverage.FirstBad = found.Samples, found.Count, found.First
	if err := w.place(arena); err != nil {
		return nil, err
	}
	if heading != nil {
		w.coverage.Heads = recording.MeasureHeads(w.t, w.x, w.y, heading)
	}
	return w, w.findStarts()
}

// place converts the good positions to metres about the arena's centre and
// checks that they are in the arena.
func (w *replayWalker) place(arena Arena) error {
	r := w.m.Recording
	var cx, cy float64
	if w.m.Center == "middle" {
		cx, cy = w.middle(r.X), w.middle(r.Y)
	}
	w.x, w.y = make([]float64, len(r.X)), make([]float64, len(r.Y))
	farthest, at := 0., 0
	var seen room.Positions
	for i := range r.X {
		if w.bad[i] {
			w.x[i], w.y[i] = math.NaN(), math.NaN()
			continue
		}
		w.x[i], w.y[i] = (r.X[i]-cx)*w.m.Scale, (r.Y[i]-cy)*w.m.Scale
		seen.Add([]float64{w.x[i], w.y[i]})
		if d := max(math.Abs(w.x[i]), math.Abs(w.y[i])); d > farthest {
			farthest, at = d, i
		}
	}
	w.coverage.Lost = int(seen.Lost())
	misfit := seen.Check(room.Room{Side: arena.Size(), Assumed: w.m.ArenaAssumed})
	w.coverage.Misfit = misfit
	// A tracker's light is not where the animal's feet are.
	if limit := 0.5*arena.Size() + 0.05*arena.Size(); !(farthest > limit) {
		return nil
	}
	if at, beyond, few := w.outlier(&seen, arena.Size()); few {
		return fmt.Errorf("sample %d of the recorded path lies %.4g m from the centre of an arena of %.4g m, nearly all others in it: if the tracker was wrong, make the sample empty or nan",
			at, beyond, arena.Size())
	}
	if misfit == nil || misfit.Why == "" {
		return fmt.Errorf("the recorded path is %.4g m from the centre at sample %d, in an arena of %.4g m", farthest, at, arena.Size())
	}
	return fmt.Errorf("the recorded path does not fit the arena: %s; %s: try %s", misfit.What, misfit.Why, w.m.Mend(misfit.Mend))
}

// outlier reports whether the path fits the arena if a few samples are left out
// and the arena is centred on the others. It also returns the sample that is
// farthest from that centre.
func (w *replayWalker) outlier(seen *room.Positions, side float64) (at int, farthest float64, few bool) {
	x, y := seen.Extent()
	if w.m.Center == "origin" {
		x, y = room.Interval{}, room.Interval{}
	}
	var about room.Positions
	for i := range w.x {
		dx, dy := w.x[i]-x.Middle(), w.y[i]-y.Middle()
		about.Add([]float64{dx, dy})
		if d := max(math.Abs(dx), math.Abs(dy)); d > farthest {
			farthest, at = d, i
		}
	}
	return at, farthest, about.Outside(1.1*side) <= 0.005
}

// Mend names the flags of simulate that make a path fit its arena.
func (m *Replay) Mend(mend room.Mend) string {
	var flags []string
	if mend.Metres != 1 {
		flags = append(flags, fmt.Sprintf("--set scale=%.4g", m.Scale*mend.Metres))
	}
	if mend.Centre && m.Center != "middle" {
		flags = append(flags, "--set center=middle")
	}
	if mend.Side > 0 {
		flags = append(flags, fmt.Sprintf("--env-size %.4g", mend.Side))
	}
	return strings.Join(flags, " ")
}

// middle is the middle of the extent of one coordinate of the good samples.
func (w *replayWalker) middle(x []float64) float64 {
	lo, hi := math.Inf(1), math.Inf(-1)
	for i, v := range x {
		if !w.bad[i] && !math.IsNaN(v) {
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

// findStarts finds where windows can begin.
func (w *replayWalker) findStarts() error {
	c := &w.coverage
	c.Samples, c.Seconds = len(w.t), w.t[len(w.t)-1]-w.t[0]
	longest := 0.
	for _, s := range w.segments() {
		length := w.t[s.hi-1] - w.t[s.lo]
		longest = max(longest, length)
		before := len(w.starts)
		w.addStarts(w.t[s.lo], w.t[s.hi-1])
		if len(w.starts) > before {
			c.Usable += length
		}
	}
	if len(w.starts) == 0 {
		why := ""
		if gaps := c.Gaps(); gaps != "" {
			why = ": " + strings.SplitN(gaps, ";", 2)[0]
		}
		return fmt.Errorf("the recorded path has no %.4g s without a gap; its longest stretch is %.4g s%s", w.window, longest, why)
	}
	if w.m.Stride > 0 {
		c.Windows = len(w.starts)
	}
	return nil
}

// segments are the stretches of at least two samples without a gap.
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

// gap reports whether the animal cannot have gone from sample i−1 to i, and
// counts why.
func (w *replayWalker) gap(i int) bool {
	dt := w.t[i] - w.t[i-1]
	switch {
	case dt > w.m.MaxGap:
		w.coverage.Pauses++
	case math.Hypot(w.x[i]-w.x[i-1], w.y[i]-w.y[i-1]) > w.m.MaxSpeed*dt:
		w.coverage.Jumps++
	default:
		return false
	}
	return true
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

// begin returns when a window begins and when its stretch ends.
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
	// If the instant is that of a sample, its other neighbour may be across a gap.
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
