package ratemap

import (
	"fmt"
	"math"
)

// Outside is the bin of a point outside of all bins.
const Outside = -1

// MaxBins is the largest number of bins along a side, or around a circle.
const MaxBins = 4096

// The sides of a room (m) with which no edge can equal the next one.
const minSide, maxSide = 1e-6, 1e6

// Rectangle divides a rectangular room, centred on the origin, into equal
// rectangular bins: nx along x and ny along y.
//
// The bins are those of scipy.stats.binned_statistic_2d, which the released
// program called. Along an axis of length L the edges are at
// numpy.linspace(−L/2, L/2, n+1). A point on an edge belongs to the bin above
// it. The last bin also holds points that equal its upper edge after rounding
// to about a millionth of a bin's width. Points outside, and NaN, have no bin.
type Rectangle struct{ x, y edges }

// Size is the size of a room or the number of bins along x and y.
type Size[T int | float64] struct{ X, Y T }

// NewRectangle returns bins over a room of the given size (m).
func NewRectangle(bins Size[int], room Size[float64]) (Rectangle, error) {
	for _, n := range []int{bins.X, bins.Y} {
		if n < 1 || n > MaxBins {
			return Rectangle{}, fmt.Errorf("%d bins a side: must be 1 to %d", n, MaxBins)
		}
	}
	for _, side := range []float64{room.X, room.Y} {
		if !(side >= minSide && side <= maxSide) {
			return Rectangle{}, fmt.Errorf("a room with a side of %v m: must be %v to %v", side, minSide, maxSide)
		}
	}
	return Rectangle{newEdges(bins.X, -room.X/2, room.X/2), newEdges(bins.Y, -room.Y/2, room.Y/2)}, nil
}

// Single returns the same bins for positions that are float32 numbers: SciPy
// rounds the edges to the type of the positions, so that a float32 position of
// 1.1 is within a room of ±1.1 m.
func (r Rectangle) Single() Rectangle { return Rectangle{r.x.rounded(), r.y.rounded()} }

// Cells is the number of bins, nx·ny.
func (r Rectangle) Cells() int { return r.x.bins() * r.y.bins() }

// Bins sets dst[t] to the bin of positions[2t], positions[2t+1] (x and y in m):
// x bin · ny + y bin, or Outside. len(positions) must be 2·len(dst).
func (r Rectangle) Bins(dst []int32, positions []float64) {
	positions = positions[:2*len(dst)]
	ny := r.y.bins()
	for t := range dst {
		x, y := r.x.find(positions[2*t]), r.y.find(positions[2*t+1])
		dst[t] = Outside
		if x >= 0 && y >= 0 {
			dst[t] = int32(x*ny + y)
		}
	}
}

// Circle divides [−π, π) into equal bins of direction. It takes other angles
// modulo 2π.
type Circle struct{ edges edges }

// NewCircle returns n bins of direction.
func NewCircle(n int) (Circle, error) {
	if n < 1 || n > MaxBins {
		return Circle{}, fmt.Errorf("%d direction bins: must be 1 to %d", n, MaxBins)
	}
	return Circle{newEdges(n, -math.Pi, math.Pi)}, nil
}

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

// edges are the edges of equal bins in rising order.
type edges struct {
	at       []float64
	perUnit  float64 // bins per unit of length
	decimals float64 // 10^k: at the upper edge points are rounded to k decimals
	single   bool    // this rounding is done in float32
}

func (e *edges) bins() int { return len(e.at) - 1 }

// rounded returns the edges as float32 numbers.
func (e *edges) rounded() edges {
	at := make([]float64, len(e.at))
	for i, v := range e.at {
		at[i] = float64(float32(v))
	}
	single := edgesAt(at)
	single.single = true
	return single
}

// newEdges returns numpy.linspace(lo, hi, n+1), equal in every bit.
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
	// Rounding can put the guess one bin too low or too high.
	i := min(int((v-e.at[0])*e.perUnit), n-1)
	switch {
	case v < e.at[i]:
		return i - 1
	case v >= e.at[i+1]:
		return i + 1
	}
	return i
}

// round returns 10^k times numpy.around(v, k).
func (e *edges) round(v float64) float64 {
	if e.single {
		return math.RoundToEven(float64(float32(v) * float32(e.decimals)))
	}
	return math.RoundToEven(v * e.decimals)
}
