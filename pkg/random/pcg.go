package random

import "math/bits"

// pcg is the generator PCG-DXSM with 128 bits of state. Its words are those of
// rand.PCG. It is a type of its own so that [Stream.NormFloat64] and
// [Stream.ExpFloat64] reach the state without a call through an interface.
type pcg struct{ hi, lo uint64 }

// next returns the state after a draw, and the word that was drawn.
func (p pcg) next() (pcg, uint64) {
	const (
		factorHi, factorLo       = 2549297995355413924, 4865540595714422341
		incrementHi, incrementLo = 6364136223846793005, 1442695040888963407
	)
	hi, lo := bits.Mul64(p.lo, factorLo)
	hi += p.hi*factorLo + p.lo*factorHi
	lo, carry := bits.Add64(lo, incrementLo, 0)
	hi, _ = bits.Add64(hi, incrementHi, carry)
	// DXSM: shift, multiply, shift, multiply.
	word := (hi ^ hi>>32) * 0xda942042e4dd58b5
	word = (word ^ word>>48) * (lo | 1)
	return pcg{hi, lo}, word
}

// Uint64 implements [rand.Source].
func (p *pcg) Uint64() uint64 {
	var word uint64
	*p, word = p.next()
	return word
}

// State returns the two words of the generator's state, for vector code that draws from
// several streams at once. The generator is PCG-DXSM, and its next state and word are
// those of rand.PCG.
func (s *Stream) State() (hi, lo uint64) { return s.pcg.hi, s.pcg.lo }

// SetState makes the stream go on from a state.
func (s *Stream) SetState(hi, lo uint64) { s.pcg = pcg{hi, lo} }
