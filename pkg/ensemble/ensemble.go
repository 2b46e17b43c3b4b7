package ensemble

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext/prng"
)

// Ensemble is a population of cells tuned to a quantity of Dim components: a
// position (2) or a head direction (1).
type Ensemble interface {
	// Cells is the number of cells.
	Cells() int
	// Dim is the number of components of the encoded quantity.
	Dim() int
	// Near returns cells in ascending order. They include every cell whose
	// posterior at x [Dim] is not zero in single precision.
	Near(x []float64) []int32
	// LogDensity fills dst [len(cells)] with the unnormalised log-densities of
	// cells at x [Dim] and returns their maximum.
	LogDensity(dst, x []float64, cells []int32) float64
	// Cartesian sets dst [2] to the quantity x [Dim] in Cartesian coordinates.
	Cartesian(dst []float32, x []float64)
}

// PlaceCells is an ensemble of isotropic Gaussian place fields.
type PlaceCells struct {
	x, y  []float64 // centres (m)
	scale float64   // standard deviation of a field (m)
	side  float64   // side of a periodic room (m); 0 for a room with walls
	all   []int32   // 0, 1, …
	grid  *grid
}

// NewPlaceCells draws n centres uniformly from the square [−size/2, size/2]²
// as NumPy's RandomState(seed).uniform(−size/2, size/2, (n, 2)) does, bit for
// bit. scale is the standard deviation of the fields. All lengths are in metres.
// In a periodic room (a torus with the side size) all distances are the shortest
// ones around it.
func NewPlaceCells(n int, scale, size float64, seed uint32, periodic bool) (*PlaceCells, error) {
	if n <= 0 || !(scale > 0) || !(size > 0) {
		return nil, fmt.Errorf("%d place cells of scale %v m in a room of %v m: all must be positive", n, scale, size)
	}
	u := uniform(-size/2, size/2, 2*n, seed)
	c := &PlaceCells{x: make([]float64, n), y: make([]float64, n), scale: scale, all: ascending(n)}
	for i := range n {
		c.x[i], c.y[i] = u[2*i], u[2*i+1]
	}
	if periodic {
		c.side = size
	}
	c.grid = newGrid(c, size)
	return c, nil
}

// Cells implements [Ensemble].
func (c *PlaceCells) Cells() int { return len(c.x) }

// Dim implements [Ensemble].
func (c *PlaceCells) Dim() int { return 2 }

// Center returns the centre of a cell's field (m).
func (c *PlaceCells) Center(i int) (x, y float64) { return c.x[i], c.y[i] }

// Near implements [Ensemble].
func (c *PlaceCells) Near(x []float64) []int32 {
	if near, ok := c.grid.at(c.wrap(x[0]), c.wrap(x[1])); ok {
		return near
	}
	return c.all
}

// wrap maps a coordinate, or the difference of two, to within half a side of 0 in a
// periodic room. In a room with walls it returns it unchanged.
func (c *PlaceCells) wrap(x float64) float64 {
	if c.side == 0 {
		return x
	}
	return math.Remainder(x, c.side)
}

// LogDensity implements [Ensemble]: −½|x−μ|²/σ².
func (c *PlaceCells) LogDensity(dst, x []float64, cells []int32) float64 {
	px, py, k := x[0], x[1], -0.5/(c.scale*c.scale)
	dst = dst[:len(cells)]
	if c.side > 0 {
		nearest := math.Inf(1)
		for i, cell := range cells {
			dx, dy := c.wrap(px-c.x[cell]), c.wrap(py-c.y[cell])
			d := float64(dx*dx) + float64(dy*dy)
			dst[i] = d * k
			nearest = min(nearest, d)
		}
		return nearest * k
	}
	centreX, centreY := c.x, c.y[:len(c.x)]
	done, nearest := c.vectorLogDensity(dst, x, cells, k)
	for i := done; i < len(cells); i++ {
		cell := cells[i]
		dx, dy := px-centreX[cell], py-centreY[cell]
		// The conversions forbid fused multiply-adds, as NumPy has none.
		d := float64(dx*dx) + float64(dy*dy)
		dst[i] = d * k
		if d < nearest {
			nearest = d
		}
	}
	return nearest * k
}

// Cartesian implements [Ensemble]: the position (m).
func (c *PlaceCells) Cartesian(dst []float32, x []float64) {
	dst[0], dst[1] = float32(x[0]), float32(x[1])
}

// HeadDirectionCells is an ensemble of von Mises tuning curves.
type HeadDirectionCells struct {
	mean          []float64 // preferred directions (rad)
	cos, sin      []float64 // cosines and sines of these, times the concentration
	concentration float64
	all           []int32 // 0, 1, …
}

// NewHeadDirectionCells draws n preferred directions as NumPy's
// RandomState(seed).uniform(−π, π, n) does, bit for bit.
func NewHeadDirectionCells(n int, concentration float64, seed uint32) (*HeadDirectionCells, error) {
	if n <= 0 || !(concentration > 0) {
		return nil, fmt.Errorf("%d head-direction cells of concentration %v: both must be positive", n, concentration)
	}
	c := &HeadDirectionCells{mean: uniform(-math.Pi, math.Pi, n, seed), concentration: concentration, all: ascending(n)}
	for _, mean := range c.mean {
		c.cos, c.sin = append(c.cos, concentration*math.Cos(mean)), append(c.sin, concentration*math.Sin(mean))
	}
	return c, nil
}

// Cells implements [Ensemble].
func (c *HeadDirectionCells) Cells() int { return len(c.mean) }

// Dim implements [Ensemble].
func (c *HeadDirectionCells) Dim() int { return 1 }

// Mean returns a cell's preferred direction (rad).
func (c *HeadDirectionCells) Mean(i int) float64 { return c.mean[i] }

// Near implements [Ensemble].
func (c *HeadDirectionCells) Near([]float64) []int32 { return c.all }

// LogDensity implements [Ensemble]: κ·cos(θ−μ). It computes this from the cosines
// and sines of θ and μ, which takes a tenth of the time of a cosine for each cell.
func (c *HeadDirectionCells) LogDensity(dst, x []float64, cells []int32) float64 {
	sin, cos := math.Sincos(x[0])
	cosines, sines := c.cos, c.sin[:len(c.cos)]
	dst = dst[:len(cells)]
	done, largest := c.vectorLogDensity(dst, cos, sin)
	for i := done; i < len(cells); i++ {
		cell := cells[i]
		l := float64(cos*cosines[cell]) + float64(sin*sines[cell])
		dst[i] = l
		if l > largest {
			largest = l
		}
	}
	return largest
}

// Cartesian implements [Ensemble]: cosine and sine.
func (c *HeadDirectionCells) Cartesian(dst []float32, x []float64) {
	sin, cos := math.Sincos(x[0])
	dst[0], dst[1] = float32(cos), float32(sin)
}

// ascending returns 0 … n−1.
func ascending(n int) []int32 {
	list := make([]int32, n)
	for i := range list {
		list[i] = int32(i)
	}
	return list
}

// uniform draws the numbers of NumPy's legacy RandomState(seed).uniform(lo, hi, n).
func uniform(lo, hi float64, n int, seed uint32) []float64 {
	mt := prng.NewMT19937()
	mt.Seed(uint64(seed))
	u := make([]float64, n)
	for i := range u {
		a, b := mt.Uint32()>>5, mt.Uint32()>>6
		x := (float64(a)*(1<<26) + float64(b)) / (1 << 53)
		// The conversion keeps compilers from fusing multiplication and
		// addition, which would round differently from NumPy.
		u[i] = lo + float64((hi-lo)*x)
	}
	return u
}
