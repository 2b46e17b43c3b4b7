package nulls

import (
	"math"

	"gridcells/pkg/random"
	"gridcells/pkg/ratemap"
)

// GaussianField draws isotropic Gaussian random fields with a ratemap's radially
// averaged power spectrum. Such a map is as smooth as the unit's and has structure on
// the same scales, but no preferred direction. Its mean is 0. If bins were never
// visited, it is the map's: scores that count these bins as 0 then see the same steps
// at their edges as in the map.
//
// The spectrum is that of the map minus its mean, with 0 in the bins that were never
// visited. It is averaged over rings that are one wave number (of the longer side) wide. Without padding
// the fields are periodic, as the discrete spectrum is: opposite edges of a field
// correlate. With padding p the spectrum is taken of a square of p times the map's
// side, filled with zeros, and the fields are cut out of such a square. From p = 2
// on opposite edges are independent.
//
// The fields of a map that does not vary are constant.
type GaussianField struct {
	layout    ratemap.Layout // of the map
	padded    ratemap.Layout // of the larger map that is transformed
	fourier   *planeFourier
	work      []complex128 // [padded.X, padded.Y]
	ring      []int        // of every wave vector
	power     []float64    // mean of every ring
	share     []float64    // of every ring: 1 / the number of its wave vectors
	amplitude []float64    // standard deviation of every coefficient of a field
	rates     []float64
	mean      float64 // of a field
	spare     bool    // whether the imaginary part of work is a field that was not drawn yet
}

// NewGaussianField returns a GaussianField for maps of a layout. Padding is 1 or
// more.
func NewGaussianField(l ratemap.Layout, padding int) *GaussianField {
	padded := ratemap.Layout{X: l.X * padding, Y: l.Y * padding, Aspect: l.Aspect}
	cells := padded.Cells()
	g := &GaussianField{layout: l, padded: padded, fourier: newPlaneFourier(padded.X, padded.Y),
		work: make([]complex128, cells),
		ring: make([]int, cells), amplitude: make([]float64, cells)}
	rings := 0
	for i := range g.ring {
		g.ring[i] = ringOf(i/padded.Y, i%padded.Y, padded)
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

// ringOf is the ring of the coefficient (i, j) of a layout: the length of its wave
// vector, in wave numbers of the longer side, rounded to a whole number.
func ringOf(i, j int, l ratemap.Layout) int {
	x, y := float64(l.X), float64(l.Y)*l.Aspect
	longer := max(x, y)
	return int(math.Round(math.Hypot(wave(i, l.X)*(longer/x), wave(j, l.Y)*(longer/y))))
}

// wave is the wave number of the i-th of size coefficients along an axis.
func wave(i, size int) float64 {
	if i > size/2 {
		i -= size
	}
	return float64(i)
}

// Prepare takes the spectrum of a ratemap. The map must not change while it is
// drawn from.
func (g *GaussianField) Prepare(rates []float64) {
	g.rates, g.spare = rates, false
	scale := exponent(rates)
	var sum, count float64
	for _, v := range rates {
		if !math.IsNaN(v) {
			sum, count = sum+math.Ldexp(v, -scale), count+1
		}
	}
	mean := sum / count
	g.mean = 0
	if count > 0 && int(count) < len(rates) {
		g.mean = math.Ldexp(mean, scale)
	}
	clear(g.work)
	for i, v := range rates {
		if !math.IsNaN(v) {
			g.work[g.at(i)] = complex(math.Ldexp(v, -scale)-mean, 0)
		}
	}
	g.fourier.transform(g.work)
	clear(g.power)
	for i, c := range g.work {
		g.power[g.ring[i]] += (real(c)*real(c) + imag(c)*imag(c)) * g.share[g.ring[i]]
	}
	// With this factor the fields have the variance of the map.
	factor := 1 / math.Sqrt(float64(g.layout.Cells())*float64(g.padded.Cells()))
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
		g.fourier.transform(g.work)
	}
	// The coefficients at k and −k are independent. So the real and the imaginary part
	// are two independent fields.
	for i, v := range g.rates {
		c := g.work[g.at(i)]
		dst[i] = real(c) + g.mean
		if g.spare {
			dst[i] = imag(c) + g.mean
		}
		if math.IsNaN(v) {
			dst[i] = v
		}
	}
	g.spare = !g.spare
}

// at is the index in work of a bin of the map.
func (g *GaussianField) at(bin int) int { return bin/g.layout.Y*g.padded.Y + bin%g.layout.Y }
