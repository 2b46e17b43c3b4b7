package nulls

import (
	"math"

	"gridcells/pkg/kernel"
	"gridcells/pkg/ratemap"
)

// spectrum is the discrete Fourier transform of real maps of nx×ny bins, and their
// power by rings that are one wave number (of the longer side) wide. The maps lie in
// a larger one, the padded map, that is zero elsewhere.
//
// The transforms are products with the matrices of sines and cosines. Maps are so
// small that such products take a fraction of the time of a fast Fourier transform.
// That counts here, because a draw takes dozens of transforms. ([GaussianField] needs
// one for two draws, and computes it in double precision.)
//
// Of the coefficients of a real map only the columns 0 … half−1 of padded.Y are
// kept. The others are their complex conjugates. A complex matrix is stored as its
// real part above its imaginary part.
type spectrum struct {
	nx, ny       int
	padded       ratemap.Layout
	half         int
	cos, sin     []float32 // [ny, half]: cos and −sin, which transform along the rows
	back         []float32 // [2 half, ny]: transforms back along the rows; counts the columns left out
	columns      []float32 // [2 padded.X, 2 nx]: transforms along the columns
	lines        []float32 // [2 nx, half]: a map after the transform along the rows
	coefficients []float32 // [2 padded.X, half]
	ring         []int     // of every coefficient
	share        []float32 // of every coefficient: its weight in the mean of its ring
	power        []float32 // mean of every ring
}

func newSpectrum(l ratemap.Layout, padding int) *spectrum {
	padded := ratemap.Layout{X: l.X * padding, Y: l.Y * padding, Aspect: l.Aspect}
	nx, ny, sizeX, sizeY, half := l.X, l.Y, padded.X, padded.Y, padded.Y/2+1
	s := &spectrum{nx: nx, ny: ny, padded: padded, half: half,
		cos: make([]float32, ny*half), sin: make([]float32, ny*half), back: make([]float32, 2*half*ny), columns: make([]float32, 4*sizeX*nx),
		lines: make([]float32, 2*nx*half), coefficients: make([]float32, 2*sizeX*half),
		ring: make([]int, sizeX*half), share: make([]float32, sizeX*half)}
	turn := func(k, size int) (sin, cos float64) {
		return math.Sincos(2 * math.Pi * float64(k%size) / float64(size))
	}
	scale := 1 / float64(sizeX*sizeY)
	for y := range ny {
		for k := range half {
			sin, cos := turn(y*k, sizeY)
			s.cos[y*half+k], s.sin[y*half+k] = float32(cos), float32(-sin)
			s.back[k*ny+y], s.back[(half+k)*ny+y] = float32(s.times(k)*cos*scale), float32(-s.times(k)*sin*scale)
		}
	}
	for x := range nx {
		for k := range sizeX {
			sin, cos := turn(x*k, sizeX)
			s.columns[k*2*nx+x], s.columns[k*2*nx+nx+x] = float32(cos), float32(sin)
			s.columns[(sizeX+k)*2*nx+x], s.columns[(sizeX+k)*2*nx+nx+x] = float32(-sin), float32(cos)
		}
	}
	s.divide()
	return s
}

// times is how often the power of column k occurs among all coefficients: twice if
// column −k is another one, else once.
func (s *spectrum) times(k int) float64 {
	if k == 0 || 2*k == s.padded.Y {
		return 1
	}
	return 2
}

// divide assigns the coefficients to rings.
func (s *spectrum) divide() {
	counts := make([]float64, ringOf(s.padded.X/2, s.padded.Y/2, s.padded)+1)
	for i := range s.ring {
		s.ring[i] = ringOf(i/s.half, i%s.half, s.padded)
		counts[s.ring[i]] += s.times(i % s.half)
	}
	for i, r := range s.ring {
		s.share[i] = float32(s.times(i%s.half) / counts[r])
	}
	s.power = make([]float32, len(counts))
}

// take sets the coefficients and the power to those of a map [nx, ny].
func (s *spectrum) take(m []float32) {
	nx, ny, half, size := s.nx, s.ny, s.half, s.padded.X
	of, lines := kernel.Dense(m, nx, ny), kernel.Dense(s.lines, 2*nx, half)
	kernel.Gemm(kernel.Dense(s.lines, nx, half), of, kernel.Dense(s.cos, ny, half), false)
	kernel.Gemm(kernel.Dense(s.lines[nx*half:], nx, half), of, kernel.Dense(s.sin, ny, half), false)
	kernel.Gemm(kernel.Dense(s.coefficients, 2*size, half), kernel.Dense(s.columns, 2*size, 2*nx), lines, false)
	clear(s.power)
	re, im := s.coefficients[:size*half], s.coefficients[size*half:]
	for i, r := range s.ring {
		s.power[r] += (re[i]*re[i] + im[i]*im[i]) * s.share[i]
	}
}

// scale multiplies the coefficients of each ring by its factor.
func (s *spectrum) scale(factors []float32) {
	re, im := s.coefficients[:s.padded.X*s.half], s.coefficients[s.padded.X*s.half:]
	for i, r := range s.ring {
		re[i] *= factors[r]
		im[i] *= factors[r]
	}
}

// put writes the map [nx, ny] that has the coefficients.
func (s *spectrum) put(m []float32) {
	nx, ny, half, size := s.nx, s.ny, s.half, s.padded.X
	into := kernel.Dense(m, nx, ny)
	kernel.GemmTA(kernel.Dense(s.lines, 2*nx, half), kernel.Dense(s.columns, 2*size, 2*nx), kernel.Dense(s.coefficients, 2*size, half), false)
	kernel.Gemm(into, kernel.Dense(s.lines, nx, half), kernel.Dense(s.back, half, ny), false)
	kernel.Gemm(into, kernel.Dense(s.lines[nx*half:], nx, half), kernel.Dense(s.back[half*ny:], half, ny), true)
}
