package nulls

import (
	"math"

	"gonum.org/v1/gonum/dsp/fourier"

	"gridcells/pkg/random"
)

// GaussianField draws isotropic Gaussian random fields with a ratemap's radially
// averaged power spectrum. Such a map is as smooth as the unit's and has structure on
// the same scales, but no preferred direction. Its mean is 0.
//
// The spectrum is that of the map minus its mean, with 0 in the bins that were never
// visited. It is averaged over rings that are one wave number wide. Without padding
// the fields are periodic, as the discrete spectrum is: opposite edges of a field
// correlate. With padding p the spectrum is taken of a square of p times the map's
// side, filled with zeros, and the fields are cut out of such a square. From p = 2
// on opposite edges are independent.
//
// The fields of a map that does not vary are 0.
type GaussianField struct {
	n, size   int               // side of the map, and of the square that is transformed
	rows      *fourier.CmplxFFT // along one line of the square
	work      []complex128      // [size, size]
	line      []complex128      // a column of work
	ring      []int             // of every wave vector
	power     []float64         // mean of every ring
	share     []float64         // of every ring: 1 / the number of its wave vectors
	amplitude []float64         // standard deviation of every coefficient of a field
	ratemap   []float64
	spare     bool // whether the imaginary part of work is a field that was not drawn yet
}

// NewGaussianField returns a GaussianField for maps of n×n bins. Padding is 1 or
// more.
func NewGaussianField(n, padding int) *GaussianField {
	size := n * padding
	g := &GaussianField{n: n, size: size, rows: fourier.NewCmplxFFT(size),
		work: make([]complex128, size*size), line: make([]complex128, size),
		ring: make([]int, size*size), amplitude: make([]float64, size*size)}
	rings := 0
	for i := range g.ring {
		g.ring[i] = ringOf(i/size, i%size, size)
		rings = max(rings, g.ring[i]+1)
	}
	g.power, g.share = make([]float64, rings), make([]float64, rings)
	for _, r := range g.ring {
		g.share[r]++
	}
	for r := range g.share {
		g.share[r] = 1 / g.share[r]
	}
	return g
}

// ringOf is the ring of the coefficient (i, j) of size×size: the length of its wave
// vector, rounded to a whole number.
func ringOf(i, j, size int) int {
	return int(math.Round(math.Hypot(wave(i, size), wave(j, size))))
}

// wave is the wave number of the i-th coefficient along an axis.
func wave(i, size int) float64 {
	if i > size/2 {
		i -= size
	}
	return float64(i)
}

// Prepare takes the spectrum of a ratemap. The map must not change while it is
// drawn from.
func (g *GaussianField) Prepare(ratemap []float64) {
	g.ratemap, g.spare = ratemap, false
	scale := exponent(ratemap)
	var sum, count float64
	for _, v := range ratemap {
		if !math.IsNaN(v) {
			sum, count = sum+math.Ldexp(v, -scale), count+1
		}
	}
	mean := sum / count
	clear(g.work)
	for i, v := range ratemap {
		if !math.IsNaN(v) {
			g.work[i/g.n*g.size+i%g.n] = complex(math.Ldexp(v, -scale)-mean, 0)
		}
	}
	g.transform()
	clear(g.power)
	for i, c := range g.work {
		g.power[g.ring[i]] += (real(c)*real(c) + imag(c)*imag(c)) * g.share[g.ring[i]]
	}
	// With this factor the fields have the variance of the map.
	factor := 1 / (float64(g.n) * float64(g.size))
	for i, r := range g.ring {
		g.amplitude[i] = math.Ldexp(math.Sqrt(g.power[r])*factor, min(scale, largestScale))
	}
	g.amplitude[0] = 0
}

// largestScale keeps the fields of maps with the largest finite values finite. Their
// variance is less than the map's, which makes no difference to scores.
const largestScale = 1000

// exponent returns the power of two by which a map is divided so that its values lie
// within ±1 and the squares of its largest ones neither overflow nor underflow.
// Division by a power of two loses no digits.
func exponent(ratemap []float64) int {
	largest := 0.0
	for _, v := range ratemap {
		if m := math.Abs(v); m > largest {
			largest = m
		}
	}
	_, e := math.Frexp(largest)
	return e
}

// Draw writes a random field to dst.
func (g *GaussianField) Draw(dst []float64, s *random.Stream) {
	if !g.spare {
		for i, a := range g.amplitude {
			g.work[i] = complex(a*s.NormFloat64(), a*s.NormFloat64())
		}
		g.transform()
	}
	// The coefficients at k and −k are independent. So the real and the imaginary part
	// are two independent fields.
	for i, v := range g.ratemap {
		c := g.work[i/g.n*g.size+i%g.n]
		dst[i] = real(c)
		if g.spare {
			dst[i] = imag(c)
		}
		if math.IsNaN(v) {
			dst[i] = v
		}
	}
	g.spare = !g.spare
}

// transform replaces work by its discrete Fourier transform along both axes.
func (g *GaussianField) transform() {
	n := g.size
	for i := range n {
		row := g.work[i*n : (i+1)*n]
		g.rows.Coefficients(row, row)
	}
	for j := range n {
		for i := range n {
			g.line[i] = g.work[i*n+j]
		}
		g.rows.Coefficients(g.line, g.line)
		for i := range n {
			g.work[i*n+j] = g.line[i]
		}
	}
}
