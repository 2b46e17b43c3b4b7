package recording

import "math"

// Limits say which movements and gaps are the tracker's and not the animal's.
type Limits struct {
	MaxSpeed float64 // faster movements are jumps of the tracker; in the path's unit of length per second
	MaxGap   float64 // s; a stretch between two jumps that is longer is not taken for a fault
}

// Bad is what [FindBad] finds.
type Bad struct {
	Samples []bool // true: the tracker made the sample up
	Count   int    // number of such samples
	First   int    // the first of them, counted from 0
	Jumps   int    // movements between neighbouring samples that are faster than the limit
}

// maxJumps is the largest share of samples reached by a jump for which jumps mean
// bad samples. If there are more, the unit of length or the speed is wrong.
const maxJumps = 0.1

// FindBad finds the samples that a tracker made up, from the times [N] and
// positions [N] of a path. A position that is NaN was lost.
//
// The path jumps to bad samples and back. Such a run of samples is at most MaxGap
// long, or all its samples are at one place: programs write −1 where the animal was
// lost.
//
// The longest run in which the animal moves is taken to be good. From there the
// search goes forwards and backwards. A run of one of these kinds is bad if the
// animal cannot have come to it from the last good run. A short run after a loss is
// also bad if the next good run can be reached only from the run before it.
func FindBad(time, x, y []float64, l Limits) *Bad {
	s := search{limits: l}
	for i, t := range time {
		s.add(t, x[i], y[i])
	}
	bad := &Bad{Samples: make([]bool, len(time))}
	for _, r := range s.finish() {
		if bad.Count == 0 {
			bad.First = r.lo
		}
		bad.Count += r.hi - r.lo
		for i := r.lo; i < r.hi; i++ {
			bad.Samples[i] = true
		}
	}
	bad.Jumps = s.jumps
	return bad
}

// run is a stretch of samples, lo to hi−1, without a loss and without a jump.
type run struct {
	lo, hi      int
	first, last place
	still       bool // all samples are at one place
	bad         bool
}

// place is where and when a sample was.
type place struct{ t, x, y float64 }

// search is a search for bad samples. It is told of the samples one after another,
// and holds the ends of each run.
type search struct {
	limits  Limits
	samples int
	runs    []run
	open    bool // the last run goes on
	jumps   int
	leap    leap
}

// leap is the longest jump between good samples: the path stays where it jumps to.
// Files that hold several sessions or rooms have one.
type leap struct {
	length float64 // in the path's unit
	sample int     // to which it goes
}

// add adds a sample.
func (s *search) add(t, x, y float64) {
	i, at := s.samples, place{t, x, y}
	s.samples++
	if math.IsNaN(x) || math.IsNaN(y) {
		s.open = false
		return
	}
	if s.open && !s.reachable(s.runs[len(s.runs)-1].last, at) {
		s.jumps++
		s.open = false
	}
	if !s.open {
		s.runs = append(s.runs, run{lo: i, first: at, still: true})
		s.open = true
	}
	r := &s.runs[len(s.runs)-1]
	r.hi, r.last = i+1, at
	r.still = r.still && x == r.first.x && y == r.first.y
}

// finish returns the runs of bad samples, in order.
func (s *search) finish() []run {
	const oneRun = 2 // jumps, to a run of bad samples and back
	if float64(s.jumps) > maxJumps*float64(s.samples) && s.jumps > oneRun {
		return nil
	}
	if s.jumps > 0 {
		s.mark()
	}
	var bad []run
	var good *run
	for i := range s.runs {
		r := &s.runs[i]
		if r.bad {
			bad = append(bad, *r)
			continue
		}
		if good != nil && !s.reachable(good.last, r.first) {
			if d := math.Hypot(r.first.x-good.last.x, r.first.y-good.last.y); d > s.leap.length {
				s.leap = leap{d, r.lo}
			}
		}
		good = r
	}
	return bad
}

// mark finds the bad runs.
func (s *search) mark() {
	longest := -1
	for i, r := range s.runs {
		if !r.still && (longest < 0 || r.hi-r.lo > s.runs[longest].hi-s.runs[longest].lo) {
			longest = i
		}
	}
	if longest < 0 {
		return
	}
	forwards := func(from, to *run) bool { return s.reachable(from.last, to.first) }
	s.follow(len(s.runs)-longest, func(k int) *run { return &s.runs[longest+k] }, forwards)
	s.follow(longest+1, func(k int) *run { return &s.runs[longest-k] }, func(from, to *run) bool { return forwards(to, from) })
}

// follow marks the bad runs among n runs, of which the first is good. at gives them.
// reachable reports whether the animal can have gone from one run to the other. If
// they go backwards in time, it reports that for the opposite direction.
func (s *search) follow(n int, at func(k int) *run, reachable func(from, to *run) bool) {
	good := at(0)
	var before *run // the good one before it
	for k := 1; k < n; k++ {
		r := at(k)
		switch {
		case reachable(good, r):
		case s.short(r) || r.still:
			r.bad = true
			continue
		case before != nil && s.short(good) && reachable(before, r):
			good.bad = true
			good = before
		}
		before, good = good, r
	}
}

// reachable reports whether the animal can have gone from one place to another.
func (s *search) reachable(from, to place) bool {
	return math.Hypot(to.x-from.x, to.y-from.y) <= s.limits.MaxSpeed*(to.t-from.t)
}

func (s *search) short(r *run) bool { return r.last.t-r.first.t <= s.limits.MaxGap }
