package main

import (
	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

var laneBits *Mem

// bitOfLane returns the vector 1, 2, 4 … 128.
func bitOfLane() Mem {
	if laneBits == nil {
		m := GLOBL("laneBits", attr.RODATA|attr.NOPTR)
		for i := range 8 {
			DATA(4*i, U32(1<<i))
		}
		laneBits = &m
	}
	return *laneBits
}

// quarters returns pointers to the four gates of a slice of length 4H.
func quarters(param string, h reg.GPVirtual) [4]reg.Register {
	var q [4]reg.Register
	q[0] = slice(param)
	for i := 1; i < 4; i++ {
		p := GP64()
		LEAQ(Mem{Base: q[i-1], Index: h, Scale: 4}, p)
		q[i] = p
	}
	return q
}

// genCells emits the elementwise part of an LSTM step, both directions.
func genCells(s isa) {
	s.genLSTMForward()
	s.genLSTMBackward()
}

func (s isa) genLSTMForward() {
	s.text("lstmForward", "func(gates, cPrev, c, tanhC, h []float32, forgetBias float32)")
	n := length("h")
	gate := quarters("gates", n)
	cPrev, c, tanhC, h := slice("cPrev"), slice("c"), slice("tanhC"), slice("h")
	bias := s.broadcast("forgetBias")
	s.hoistExp()
	// There are two loops. In a single loop, the long chain of operations through
	// the cell value would keep the processor from beginning the next block early.
	s.forEach(n, func(b block) {
		b.put(s.sigmoid(b.get(gate[0])), gate[0])
		b.put(s.tanh(b.get(gate[1])), gate[1])
		b.put(s.sigmoid(s.add(b.get(gate[2]), bias)), gate[2])
		b.put(s.sigmoid(b.get(gate[3])), gate[3])
	})
	s.forEach(length("h"), func(b block) {
		next := s.mul(b.get(gate[0]), b.get(gate[1]))
		VFMADD231PS(b.get(cPrev), b.get(gate[2]), next)
		b.put(next, c)
		squashed := s.tanh(next)
		b.put(squashed, tanhC)
		b.put(s.mul(squashed, b.get(gate[3])), h)
	})
	finish()
}

func (s isa) genLSTMBackward() {
	s.text("lstmBackward", "func(dgates, act, tanhC, cPrev, dh, dc []float32)")
	n := length("dh")
	out := GP64() // dgates relative to act: one index register less per gate
	Load(Param("dgates").Base(), out)
	act := slice("act")
	SUBQ(act, out)
	tanhC, cPrev, dh, dc := slice("tanhC"), slice("cPrev"), slice("dh"), slice("dc")
	gate := quarters("act", n)
	s.forEach(n, func(b block) {
		i, j, f, o := b.get(gate[0]), b.get(gate[1]), b.get(gate[2]), b.get(gate[3])
		grad, squashed := b.get(dh), b.get(tanhC)
		cell := s.add(b.get(dc), s.tanhGradient(squashed, s.mul(grad, o)))
		b.put(s.mul(cell, f), dc)

		put := func(v reg.VecVirtual, k int) {
			p := GP64()
			LEAQ(Mem{Base: gate[k], Index: out, Scale: 1}, p)
			b.put(v, p)
		}
		put(s.sigmoidGradient(i, s.mul(cell, j)), 0)
		put(s.tanhGradient(j, s.mul(cell, i)), 1)
		put(s.sigmoidGradient(f, s.mul(cell, b.get(cPrev))), 2)
		put(s.sigmoidGradient(o, s.mul(grad, squashed)), 3)
	})
	finish()
}

// sigmoidGradient returns dy·y·(1−y).
func (s isa) sigmoidGradient(y, dy reg.VecVirtual) reg.VecVirtual {
	return s.mul(s.mul(dy, y), s.oneMinus(y))
}
