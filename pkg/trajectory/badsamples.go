package trajectory

import "math"

// run is a stretch of samples, lo to hi−1, without a loss and without a movement
// that is faster than the replay's MaxSpeed.
type run struct{ lo, hi int }

// maxJumps is the share of samples that may be reached by a jump if jumps are to
// mean bad samples. With more of them the unit of length or the speed is wrong.
const maxJumps = 0.1

// findBad marks samples that the tracker made up: the path jumps to them and
// back. Such a run of samples is at most MaxGap long, or is any number of samples
// at one and the same place, as programs write −1 where the animal was lost.
//
// The longest run in which the animal moves is taken to be good. From there on,
// forwards and backwards, a run is bad if it is of one of these kinds and the
// animal cannot have come to it from the last good one.
func (w *replayWalker) findBad() {
	w.bad = make([]bool, len(w.t))
	runs, jumps := w.runs()
	if jumps == 0 || float64(jumps) > maxJumps*float64(len(w.t)) && jumps > 2 {
		return
	}
	longest := -1
	for i, r := range runs {
		if !w.still(r) && (longest < 0 || r.hi-r.lo > runs[longest].hi-runs[longest].lo) {
			longest = i
		}
	}
	if longest < 0 {
		return
	}
	good := runs[longest]
	for _, r := range runs[longest+1:] {
		if w.reachable(good.hi-1, r.lo) || !w.doubtful(r) {
			good = r
		} else {
			w.markBad(r)
		}
	}
	good = runs[longest]
	for i := longest - 1; i >= 0; i-- {
		r := runs[i]
		if w.reachable(r.hi-1, good.lo) || !w.doubtful(r) {
			good = r
		} else {
			w.markBad(r)
		}
	}
}

// runs divides the samples, and counts the jumps between neighbouring ones.
func (w *replayWalker) runs() (runs []run, jumps int) {
	x, y := w.m.Recording.X, w.m.Recording.Y
	lo := -1 // no run is open
	for i := range w.t {
		lost := math.IsNaN(x[i]) || math.IsNaN(y[i])
		jump := !lost && lo >= 0 && !w.reachable(i-1, i)
		if jump {
			jumps++
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
		runs = append(runs, run{lo, len(w.t)})
	}
	return runs, jumps
}

// reachable reports whether the animal can have gone from sample i to j.
func (w *replayWalker) reachable(i, j int) bool {
	r := w.m.Recording
	return math.Hypot(r.X[j]-r.X[i], r.Y[j]-r.Y[i])*w.m.Scale <= w.m.MaxSpeed*(w.t[j]-w.t[i])
}

// doubtful reports whether a run is short, or all at one place.
func (w *replayWalker) doubtful(r run) bool {
	return w.t[r.hi-1]-w.t[r.lo] <= w.m.MaxGap || w.still(r)
}

func (w *replayWalker) still(r run) bool {
	x, y := w.m.Recording.X, w.m.Recording.Y
	for i := r.lo + 1; i < r.hi; i++ {
		if x[i] != x[r.lo] || y[i] != y[r.lo] {
			return false
		}
	}
	return true
}

func (w *replayWalker) markBad(r run) {
	c := &w.coverage
	if c.Bad == 0 || r.lo < c.FirstBad {
		c.FirstBad = r.lo
	}
	c.Bad += r.hi - r.lo
	for i := r.lo; i < r.hi; i++ {
		w.bad[i] = true
	}
}
