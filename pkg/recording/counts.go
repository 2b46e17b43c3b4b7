package recording

import (
	"math"
	"slices"
)

// Train is a unit's spikes in frames: the frame of each spike, in order.
type Train []int32

// Train counts the spikes of a unit by frames. outside is the number of spikes
// before the first frame or after the last.
func (f *Frames) Train(u Unit) (t Train, outside int) {
	n := f.Len()
	t = make(Train, 0, len(u.Times))
	for _, at := range u.Times {
		if i := math.Floor((at - f.Start) / f.Seconds); i >= 0 && i < float64(n) {
			t = append(t, int32(i))
		} else {
			outside++
		}
	}
	slices.Sort(t)
	return t, outside
}

// Lost is the number of spikes in frames that have no position.
func (t Train) Lost(f *Frames) int {
	n := 0
	for _, i := range t {
		if f.Lost(int(i)) {
			n++
		}
	}
	return n
}

// Rates adds to dst, at every stride-th place, the firing rates (Hz) of frames from
// first on, and returns the rest of the train. dst begins as zeros.
func (t Train) Rates(dst []float32, stride, first int, seconds float64) Train {
	last := first + (len(dst)+stride-1)/stride
	for len(t) > 0 && int(t[0]) < last {
		n := 1
		for n < len(t) && t[n] == t[0] {
			n++
		}
		dst[(int(t[0])-first)*stride] = float32(float64(n) / seconds)
		t = t[n:]
	}
	return t
}
