package nulls

import (
	"math"

	"gonum.org/v1/gonum/dsp/fourier"

	"gridcells/pkg/random"
)

// GaussianField draws isotropic Gaussian random fields with a ratemap's radially
// averaged power spectrum: maps as smooth as the unit's and with structure on
// the same scales, but without any preferred direction. The mean is 0.
//
// The spectrum is that of the map less its mean, unvisited bins being 0, averaged
// over rings one wave number wide. Without padding the fields are periodic, as
// the discrete spectrum has it: opposite edges of a map correlate. With padding p
// the spectrum is taken over p times the side, filled with zeros, and fields are
// cut out of such a square, so that opposite edges are independent for p = 2.
type GaussianField struct {
	n, size   int
	rows      *fourier.CmplxFFT
	work      []complex128 // size×size
	line      []complex128
	ring      []int // of every wave vector
	power     []float64
	share     []float64 // 1 / number of wave vectors in a ring
	amplitude []float64
	ratemap   []float64
	spare     bool // the imaginary part of work is a field not used yet
}

// NewGaussianField returns a GaussianField for maps of n×n bins; padding is 1 or
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

// ringOf is the ring of the coefficient (i, j) of size×size.
func ringOf(i, j, size int) int {
	return int(math.Round(math.Hypot(wave(i, size), wave(j, size))))
}

// wave number of the i-th coefficient.
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
	var sum, count float64
	for _, v := range ratemap {
		if v == v {
			sum, count = sum+v, count+1
		}
	}
	mean := sum / count
	clear(g.work)
	for i, v := range ratemap {
		if v == v {
			g.work[i/g.n*g.size+i%g.n] = complex(v-mean, 0)
		}
	}
	g.transform()
	clear(g.power)
	for i, c := range g.work {
		g.power[g.ring[i]] += (real(c)*real(c) + imag(c)*imag(c)) * g.share[g.ring[i]]
	}
	// Only the shape of the spectrum matters to scores; this scale keeps the fields'
	// variance that of the map.
	scale := 1 / (float64(g.n) * float64(g.size))
	for i, r := range g.ring {
		g.amplitude[i] = math.Sqrt(g.power[r]) * scale
	}
	g.amplitude[0] = 0
}

// Draw writes a random field to dst.
func (g *GaussianField) Draw(dst []float64, s *random.Stream) {
	if !g.spare {
		for i, a := range g.amplitude {
			g.work[i] = complex(a*s.NormFloat64(), a*s.NormFloat64())
		}
		g.transform()
	}
	// The coefficients at k and −k are independent, so real and imaginary part are
	// two fields, independent of one another.
	for i, v := range g.ratemap {
		c := g.work[i/g.n*g.size+i%g.n]
		dst[i] = real(c)
		if g.spare {
			dst[i] = imag(c)
		}
		if v != v {
			dst[i] = v
		}
	}
	g.spare = !g.spare
}

// transform is the discrete Fourier transform of work along both axes.
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
