// Package random makes reproducible random streams.
//
// Every random number of the project comes from a [Stream]. A seed, a purpose and
// an index name the stream, for example trajectory 17 of seed 8, or the dropout
// mask of update 4000. No stream depends on what was drawn from another one. So
// item k can be made without the items before it, on any thread, and a resumed run
// needs only its position, not the state of a generator.
//
// The generator is PCG-DXSM of math/rand/v2. Its 128-bit state is a mixture of the
// three keys, so that the streams of neighbouring indices have nothing in common.
package random

import (
	"math"
	"math/rand/v2"
)

// Stream draws from the distribution functions of [rand.Rand] and a few more. Those
// that it has itself give the same numbers as the library's, in less time.
// It is not safe for concurrent use: give each goroutine its own.
type Stream struct {
	*rand.Rand
	pcg pcg
	key uint64
}

// New returns the stream of a seed and a purpose, at index 0.
func New(seed uint64, purpose string) *Stream {
	s := &Stream{}
	s.Rand = rand.New(&s.pcg)
	s.Rekey(seed, purpose)
	return s
}

// Rekey makes this the stream of another seed and purpose, at index 0.
func (s *Stream) Rekey(seed uint64, purpose string) {
	hash := uint64(14695981039346656037) // FNV-1a
	for i := range len(purpose) {
		hash = (hash ^ uint64(purpose[i])) * 1099511628211
	}
	s.key = mix(mix(seed) ^ hash)
	s.Seek(0)
}

// Seek restarts the stream at the first number of the given index.
func (s *Stream) Seek(index uint64) {
	a := mix(s.key + index*0x9e3779b97f4a7c15)
	s.pcg = pcg{a, mix(a ^ s.key)}
}

// Uniform draws from [lo, hi).
func (s *Stream) Uniform(lo, hi float64) float64 {
	return lo + (hi-lo)*s.Float64()
}

// Rayleigh draws from the Rayleigh distribution of scale sigma.
func (s *Stream) Rayleigh(sigma float64) float64 {
	// If E is standard exponential, √(2E) is standard Rayleigh.
	return sigma * math.Sqrt(2*s.ExpFloat64())
}

// TruncatedNormal draws from a normal distribution with the standard deviation
// sigma. It draws again if a value is farther than two standard deviations from
// zero, as TensorFlow's truncated_normal initialiser does.
func (s *Stream) TruncatedNormal(sigma float64) float64 {
	for {
		if x := s.NormFloat64(); math.Abs(x) <= 2 {
			return sigma * x
		}
	}
}

// Bernoulli fills mask with independent bits. Each is set with probability p,
// rounded to a multiple of 2⁻³². Bit 0 of mask[0] is the first. It goes through the
// binary digits of p from the least significant one, and combines the mask with a
// whole random word for each. After a digit, the probability of a set bit is
// (digit + previous probability)/2. If p is one half, 64 bits need one random
// word.
func (s *Stream) Bernoulli(mask []uint64, p float64) {
	digits := uint64(math.Round(p * (1 << 32)))
	if digits == 0 || digits >= 1<<32 {
		var fill uint64
		if digits != 0 {
			fill = ^fill
		}
		for i := range mask {
			mask[i] = fill
		}
		return
	}
	width := 32
	for digits&1 == 0 { // trailing zeros leave the probability at zero
		digits >>= 1
		width--
	}
	for i := range mask {
		var m uint64
		for d, k := digits, 0; k < width; k, d = k+1, d>>1 {
			if d&1 == 1 {
				m |= s.pcg.Uint64()
			} else {
				m &= s.pcg.Uint64()
			}
		}
		mask[i] = m
	}
}

// mix is the finaliser of SplitMix64: a bijection that spreads every bit.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
