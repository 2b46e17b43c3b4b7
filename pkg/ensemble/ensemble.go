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
	// LogDensity fills dst [Cells] with the unnormalised log-densities at x
	// [Dim] and returns their maximum.
	LogDensity(dst, x []float64) float64
}

// PlaceCells is an ensemble of isotropic Gaussian place fields.
type PlaceCells struct {
	x, y  []float64 // centres (m)
	scale float64   // standard deviation of a field (m)
}

// NewPlaceCells draws n centres uniformly from the square [−size/2, size/2]²
// as NumPy's RandomState(seed).uniform(−size/2, size/2, (n, 2)) does, bit for
// bit; scale is the fields' standard deviation. All lengths are in metres.
func NewPlaceCells(n int, scale, size float64, seed uint32) (*PlaceCells, error) {
	if n <= 0 || !(scale > 0) || !(size > 0) {
		return nil, fmt.Errorf("%d place cells of scale %v m in a room of %v m: all must be positive", n, scale, size)
	}
	u := uniform(-size/2, size/2, 2*n, seed)
	c := &PlaceCells{x: make([]float64, n), y: make([]float64, n), scale: scale}
	for i := range n {
		c.x[i], c.y[i] = u[2*i], u[2*i+1]
	}
	return c, nil
}

// Cells implements [Ensemble].
func (c *PlaceCells) Cells() int { return len(c.x) }

// Dim implements [Ensemble].
func (c *PlaceCells) Dim() int { return 2 }

// Center returns the centre of a cell's field (m).
func (c *PlaceCells) Center(i int) (x, y float64) { return c.x[i], c.y[i] }

// LogDensity implements [Ensemble]: −½|x−μ|²/σ².
func (c *PlaceCells) LogDensity(dst, x []float64) float64 {
	px, py, k := x[0], x[1], -0.5/(c.scale*c.scale)
	cx := c.x
	cy, dst := c.y[:len(cx)], dst[:len(cx)]
	nearest := math.Inf(1)
	for i, x := range cx {
		dx, dy := px-x, py-cy[i]
		d := dx*dx + dy*dy
		dst[i] = d * k
		if d < nearest {
			nearest = d
		}
	}
	return nearest * k
}

// HeadDirectionCells is an ensemble of von Mises tuning curves.
type HeadDirectionCells struct {
	mean          []float64 // preferred directions (rad)
	concentration float64
}

// NewHeadDirectionCells draws n preferred directions as NumPy's
// RandomState(seed).uniform(−π, π, n) does, bit for bit.
func NewHeadDirectionCells(n int, concentration float64, seed uint32) (*HeadDirectionCells, error) {
	if n <= 0 || !(concentration > 0) {
		return nil, fmt.Errorf("%d head-direction cells of concentration %v: both must be positive", n, concentration)
	}
	return &HeadDirectionCells{uniform(-math.Pi, math.Pi, n, seed), concentration}, nil
}

// Cells implements [Ensemble].
func (c *HeadDirectionCells) Cells() int { return len(c.mean) }

// Dim implements [Ensemble].
func (c *HeadDirectionCells) Dim() int { return 1 }

// Mean returns a cell's preferred direction (rad).
func (c *HeadDirectionCells) Mean(i int) float64 { return c.mean[i] }

// LogDensity implements [Ensemble]: κ·cos(θ−μ).
func (c *HeadDirectionCells) LogDensity(dst, x []float64) float64 {
	largest := math.Inf(-1)
	for i, mean := range c.mean {
		dst[i] = c.concentration * math.Cos(x[0]-mean)
		largest = max(largest, dst[i])
	}
	return largest
}

// uniform draws as NumPy's legacy RandomState(seed).uniform(lo, hi, n).
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
