package nulls

import (
	"math"

	"gonum.org/v1/gonum/dsp/fourier"
)

// spectrum is the discrete Fourier transform of maps of n×n bins, within a square
// of size×size that is zero elsewhere, and their power by rings one wave number
// wide.
type spectrum struct {
	n, size      int
	rows         *fourier.FFT
	columns      *fourier.CmplxFFT
	row          []float64
	column       []complex128
	coefficients []complex128 // [size, size/2+1]: those of a real map are half of all
	ring         []int        // of every coefficient
	share        []float64    // of every coefficient in its ring's mean
	power        []float64    // mean by ring
}

func newSpectrum(n, size int) *spectrum {
	half := size/2 + 1
	s := &spectrum{n: n, size: size, rows: fourier.NewFFT(size), columns: fourier.NewCmplxFFT(size),
		row: make([]float64, size), column: make([]complex128, size),
		coefficients: make([]complex128, size*half), ring: make([]int, size*half), share: make([]float64, size*half)}
	counts := make([]float64, ringOf(size/2, size/2, size)+1)
	for i := range s.ring {
		s.ring[i] = ringOf(i/half, i%half, size)
		// The coefficient at −k, in the half that is left out, has the same power.
		s.share[i] = 2
		if k := i % half; k == 0 || 2*k == size {
			s.share[i] = 1
		}
		counts[s.ring[i]] += s.share[i]
	}
	for i, r := range s.ring {
		s.share[i] /= counts[r]
	}
	s.power = make([]float64, len(counts))
	return s
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

// take transforms a map less its mean, bins that are NaN being 0.
func (s *spectrum) take(m []float64, mean float64) {
	half := s.size/2 + 1
	clear(s.coefficients)
	clear(s.row)
	for i := range s.n {
		for j, v := range m[i*s.n : (i+1)*s.n] {
			s.row[j] = v - mean
			if v != v {
				s.row[j] = 0
			}
		}
		s.rows.Coefficients(s.coefficients[i*half:(i+1)*half], s.row)
	}
	s.alongColumns(s.columns.Coefficients)
	clear(s.power)
	for i, c := range s.coefficients {
		s.power[s.ring[i]] += (real(c)*real(c) + imag(c)*imag(c)) * s.share[i]
	}
}

// put transforms back, and writes the n×n bins plus their mean where dst is not NaN.
func (s *spectrum) put(dst []float64, mean float64) {
	half := s.size/2 + 1
	scale := 1 / float64(s.size*s.size)
	s.alongColumns(s.columns.Sequence)
	for i := range s.n {
		s.rows.Sequence(s.row, s.coefficients[i*half:(i+1)*half])
		for j, v := range s.row[:s.n] {
			if at := i*s.n + j; dst[at] == dst[at] {
				dst[at] = v*scale + mean
			}
		}
	}
}

func (s *spectrum) alongColumns(transform func(dst, src []complex128) []complex128) {
	half := s.size/2 + 1
	for j := range half {
		for i := range s.column {
			s.column[i] = s.coefficients[i*half+j]
		}
		transform(s.column, s.column)
		for i, c := range s.column {
			s.coefficients[i*half+j] = c
		}
	}
}
