package nulls

import (
	"math"

	"gridcells/pkg/kernel"
)

// spectrum is the discrete Fourier transform of real maps of n×n bins, and their
// power by rings that are one wave number wide. The maps lie in a square of
// size×size that is zero elsewhere.
//
// The transforms are products with the matrices of sines and cosines. Maps are so
// small that such products take a fraction of the time of a fast Fourier transform.
// That counts here, because a draw takes dozens of transforms. ([GaussianField] needs
// one for two draws, and computes it in double precision.)
//
// Of the coefficients [size, size] of a real map only the columns 0 … size/2 are
// kept. The others are their complex conjugates. A complex matrix is stored as its
// real part above its imaginary part.
type spectrum struct {
	n, size, half int
	cos, sin      []float32 // [n, half]: cos and −sin, which transform along the rows
	back          []float32 // [2 half, n]: transforms back along the rows; counts the columns left out
	columns       []float32 // [2 size, 2 n]: transforms along the columns
	lines         []float32 // [2 n, half]: a map after the transform along the rows
	coefficients  []float32 // [2 size, half]
	ring          []int     // of every coefficient
	share         []float32 // of every coefficient: its weight in the mean of its ring
	power         []float32 // mean of every ring
}

func newSpectrum(n, size int) *spectrum {
	half := size/2 + 1
	s := &spectrum{n: n, size: size, half: half,
		cos: make([]float32, n*half), sin: make([]float32, n*half), back: make([]float32, 2*half*n), columns: make([]float32, 4*size*n),
		lines: make([]float32, 2*n*half), coefficients: make([]float32, 2*size*half),
		ring: make([]int, size*half), share: make([]float32, size*half)}
	turn := func(k int) (sin, cos float64) { return math.Sincos(2 * math.Pi * float64(k%size) / float64(size)) }
	scale := 1 / float64(size*size)
	for x := range n {
		for k := range half {
			sin, cos := turn(x * k)
			s.cos[x*half+k], s.sin[x*half+k] = float32(cos), float32(-sin)
			s.back[k*n+x], s.back[(half+k)*n+x] = float32(s.times(k)*cos*scale), float32(-s.times(k)*sin*scale)
		}
		for k := range size {
			sin, cos := turn(x * k)
			s.columns[k*2*n+x], s.columns[k*2*n+n+x] = float32(cos), float32(sin)
			s.columns[(size+k)*2*n+x], s.columns[(size+k)*2*n+n+x] = float32(-sin), float32(cos)
		}
	}
	s.divide()
	return s
}

// times is how often the power of column k occurs among all coefficients: twice if
// column −k is another one, else once.
func (s *spectrum) times(k int) float64 {
	if k == 0 || 2*k == s.size {
		return 1
	}
	return 2
}

// divide assigns the coefficients to rings.
func (s *spectrum) divide() {
	counts := make([]float64, ringOf(s.size/2, s.size/2, s.size)+1)
	for i := range s.ring {
		s.ring[i] = ringOf(i/s.half, i%s.half, s.size)
		counts[s.ring[i]] += s.times(i % s.half)
	}
	for i, r := range s.ring {
		s.share[i] = float32(s.times(i%s.half) / counts[r])
	}
	s.power = make([]float32, len(counts))
}

// take sets the coefficients and the power to those of a map [n, n].
func (s *spectrum) take(m []float32) {
	n, half, size := s.n, s.half, s.size
	of, lines := kernel.Dense(m, n, n), kernel.Dense(s.lines, 2*n, half)
	kernel.Gemm(kernel.Dense(s.lines, n, half), of, kernel.Dense(s.cos, n, half), false)
	kernel.Gemm(kernel.Dense(s.lines[n*half:], n, half), of, kernel.Dense(s.sin, n, half), false)
	kernel.Gemm(kernel.Dense(s.coefficients, 2*size, half), kernel.Dense(s.columns, 2*size, 2*n), lines, false)
	clear(s.power)
	re, im := s.coefficients[:size*half], s.coefficients[size*half:]
	for i, r := range s.ring {
		s.power[r] += (re[i]*re[i] + im[i]*im[i]) * s.share[i]
	}
}

// scale multiplies the coefficients of each ring by its factor.
func (s *spectrum) scale(factors []float32) {
	re, im := s.coefficients[:s.size*s.half], s.coefficients[s.size*s.half:]
	for i, r := range s.ring {
		re[i] *= factors[r]
		im[i] *= factors[r]
	}
}

// put writes the map [n, n] that has the coefficients.
func (s *spectrum) put(m []float32) {
	n, half, size := s.n, s.half, s.size
	into := kernel.Dense(m, n, n)
	kernel.GemmTA(kernel.Dense(s.lines, 2*n, half), kernel.Dense(s.columns, 2*size, 2*n), kernel.Dense(s.coefficients, 2*size, half), false)
	kernel.Gemm(into, kernel.Dense(s.lines, n, half), kernel.Dense(s.back, half, n), false)
	kernel.Gemm(into, kernel.Dense(s.lines[n*half:], n, half), kernel.Dense(s.back[half*n:], half, n), true)
}
