package recording

import (
	"math"
	"slices"
)

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
	s := search{t: time, x: x, y: y, limits: l, found: &Bad{Samples: make([]bool, len(time))}}
	runs := s.runs()
	if jumps := s.found.Jumps; jumps == 0 || float64(jumps) > maxJumps*float64(len(time)) && jumps > 2 {
		return s.found
	}
	longest := -1
	for i, r := range runs {
		if !s.still(r) && (longest < 0 || r.hi-r.lo > runs[longest].hi-runs[longest].lo) {
			longest = i
		}
	}
	if longest < 0 {
		return s.found
	}
	forwards := func(from, to run) bool { return s.reachable(from.hi-1, to.lo) }
	s.follow(runs[longest:], forwards)
	slices.Reverse(runs[:longest+1])
	s.follow(runs[:longest+1], func(from, to run) bool { return forwards(to, from) })
	return s.found
}

// follow marks the bad runs in a list whose first run is good. reachable reports
// whether the animal can have gone from one run to the other. If the list goes
// backwards in time, it reports that for the opposite direction.
func (s *search) follow(runs []run, reachable func(from, to run) bool) {
	good := runs[:1:1]
	for _, r := range runs[1:] {
		n := len(good)
		switch {
		case reachable(good[n-1], r):
		case s.doubtful(r):
			s.mark(r)
			continue
		case n > 1 && s.short(good[n-1]) && reachable(good[n-2], r):
			s.mark(good[n-1])
			good = good[:n-1]
		}
		good = append(good, r)
	}
}

// run is a stretch of samples, lo to hi−1, without a loss and without a jump.
type run struct{ lo, hi int }

// search is a search for bad samples.
type search struct {
	t, x, y []float64
	limits  Limits
	found   *Bad
}

// runs divides the samples, and counts the jumps between neighbouring ones.
func (s *search) runs() (runs []run) {
	lo := -1 // no run is open
	for i := range s.t {
		lost := math.IsNaN(s.x[i]) || math.IsNaN(s.y[i])
		jump := !lost && lo >= 0 && !s.reachable(i-1, i)
		if jump {
			s.found.Jumps++
		}
		if lo >= 0 && (lost || jump) {
			runs = append(runs, run{lo, i})
			lo = -1
		}
		if lo < 0 && !lost {
			lo = i
		}
	}
	if lo >= 0 {
		runs = append(runs, run{lo, len(s.t)})
	}
	return runs
}

// reachable reports whether the animal can have gone from sample i to j.
func (s *search) reachable(i, j int) bool {
	return math.Hypot(s.x[j]-s.x[i], s.y[j]-s.y[i]) <= s.limits.MaxSpeed*(s.t[j]-s.t[i])
}

// doubtful reports whether a run is short, or all at one place.
func (s *search) doubtful(r run) bool { return s.short(r) || s.still(r) }

func (s *search) short(r run) bool { return s.t[r.hi-1]-s.t[r.lo] <= s.limits.MaxGap }

func (s *search) still(r run) bool {
	for i := r.lo + 1; i < r.hi; i++ {
		if s.x[i] != s.x[r.lo] || s.y[i] != s.y[r.lo] {
			return false
		}
	}
	return true
}

func (s *search) mark(r run) {
	b := s.found
	if b.Count == 0 || r.lo < b.First {
		b.First = r.lo
	}
	b.Count += r.hi - r.lo
	for i := r.lo; i < r.hi; i++ {
		b.Samples[i] = true
	}
}
