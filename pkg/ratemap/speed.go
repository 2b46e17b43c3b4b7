package ratemap

import "math"

// Speeds sets dst[t] to the speed (m/s) at step t of a path, positions [T, 2] in m:
// the distance between the positions reach steps before and reach steps after,
// divided by their time. At the ends of the path, and beside lost positions (NaN),
// the time is shorter: it ends at the last known position on either side. The speed
// is NaN where the position itself is lost or both neighbours are.
func Speeds(dst, positions []float64, reach int, stepSeconds float64) {
	known := func(t int) bool { return !math.IsNaN(positions[2*t] + positions[2*t+1]) }
	for t := range dst {
		from, to := t, t
		for from > 0 && t-from < reach && known(from-1) {
			from--
		}
		for to < len(dst)-1 && to-t < reach && known(to+1) {
			to++
		}
		dst[t] = math.NaN()
		if known(t) && to > from {
			dst[t] = math.Hypot(positions[2*to]-positions[2*from], positions[2*to+1]-positions[2*from+1]) / (float64(to-from) * stepSeconds)
		}
	}
}
