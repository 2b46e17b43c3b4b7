package ratemap

import (
	"fmt"
	"math"
)

// Outside is the bin of a point outside of all bins.
const Outside = -1

// MaxBins is the largest number of bins along a side, or around a circle.
const MaxBins = 4096

// Sides of an arena (m) for which no edge can coincide with the next.
const minSide, maxSide = 1e-6, 1e6

// Square divides a square arena, centred on the origin, into equal square bins.
//
// The bins are those of scipy.stats.binned_statistic_2d, which the released
// program called: edges at numpy.linspace(−side/2, side/2, n+1), a point on an
// edge belongs to the bin above it, the last bin is closed and takes in points
// that equal its upper edge after rounding to about a millionth of a bin's
// width. Points outside, and NaN, have no bin.
type Square struct {
	edges edges
	n     int
}

// NewSquare returns n×n bins over an arena of the given side (m).
func NewSquare(n int, side float64) (Square, error) {
	if n < 1 || n > MaxBins {
		return Square{}, fmt.Errorf("%d bins a side: must be 1 to %d", n, MaxBins)
	}
	if !(side >= minSide && side <= maxSide) {
		return Square{}, fmt.Errorf("an arena of side %v m: must be %v to %v", side, minSide, maxSide)
	}
	return Square{newEdges(n, -side/2, side/2), n}, nil
}

// Single returns the same bins for positions that are float32 numbers: SciPy
// rounds the edges to the positions' type, so that a float32 position of 1.1 is
// within a room of ±1.1 m.
func (s Square) Single() Square {
	rounded := make([]float64, len(s.edges.at))
	for i, e := range s.edges.at {
		rounded[i] = float64(float32(e))
	}
	s.edges = edgesAt(rounded)
	s.edges.single = true
	return s
}

// Cells is the number of bins, n².
func (s Square) Cells() int { return s.n * s.n }

// Bins sets dst[t] to the bin of positions[2t], positions[2t+1] (x and y in m):
// x bin · n + y bin, or Outside. len(positions) must be 2·len(dst).
func (s Square) Bins(dst []int32, positions []float64) {
	positions = positions[:2*len(dst)]
	for t := range dst {
		x, y := s.edges.find(positions[2*t]), s.edges.find(positions[2*t+1])
		dst[t] = Outside
		if x >= 0 && y >= 0 {
			dst[t] = int32(x*s.n + y)
		}
	}
}

// Circle divides [−π, π) into equal bins of direction, and takes other angles
// modulo 2π.
type Circle struct {
	edges edges
	n     int
}

// NewCircle returns n bins of direction.
func NewCircle(n int) (Circle, error) {
	if n < 1 || n > MaxBins {
		return Circle{}, fmt.Errorf("%d direction bins: must be 1 to %d", n, MaxBins)
	}
	return Circle{newEdges(n, -math.Pi, math.Pi), n}, nil
}

// Cells is the number of bins.
func (c Circle) Cells() int { return c.n }

// Bins sets dst[t] to the bin of the angle directions[t] (rad), or Outside if it
// is not finite.
func (c Circle) Bins(dst []int32, directions []float64) {
	directions = directions[:len(dst)]
	for t, d := range directions {
		if d < -math.Pi || d >= math.Pi {
			d -= 2 * math.Pi * math.Floor((d+math.Pi)/(2*math.Pi))
			d = max(-math.Pi, d)
			if d >= math.Pi { // rounding
				d = -math.Pi
			}
		}
		dst[t] = int32(c.edges.find(d))
	}
}

// edges of equal bins in rising order.
type edges struct {
	at       []float64
	perUnit  float64 // bins per unit of length
	decimals float64 // 10^k: points are rounded to k decimals at the upper edge
	single   bool    // and this rounding is done in float32
}

// newEdges returns numpy.linspace(lo, hi, n+1), to the bit.
func newEdges(n int, lo, hi float64) edges {
	at := make([]float64, n+1)
	step := (hi - lo) / float64(n)
	for i := range at {
		at[i] = float64(float64(i)*step) + lo
	}
	at[n] = hi
	return edgesAt(at)
}

func edgesAt(at []float64) edges {
	last := len(at) - 1
	narrowest := math.Inf(1)
	for i := range last {
		narrowest = min(narrowest, at[i+1]-at[i])
	}
	return edges{
		at:       at,
		perUnit:  float64(last) / (at[last] - at[0]),
		decimals: math.Pow(10, math.Trunc(-math.Log10(narrowest))+6),
	}
}

// find returns the bin of v, or Outside.
func (e *edges) find(v float64) int {
	n := len(e.at) - 1
	if !(v >= e.at[0]) {
		return Outside
	}
	if v >= e.at[n] {
		if e.round(v) == e.round(e.at[n]) {
			return n - 1
		}
		return Outside
	}
	// The guess can be off by one through rounding.
	i := min(int((v-e.at[0])*e.perUnit), n-1)
	switch {
	case v < e.at[i]:
		return i - 1
	case v >= e.at[i+1]:
		return i + 1
	}
	return i
}

// round is numpy.around, times 10^k.
func (e *edges) round(v float64) float64 {
	if e.single {
		return math.RoundToEven(float64(float32(v) * float32(e.decimals)))
	}
	return math.RoundToEven(v * e.decimals)
}
