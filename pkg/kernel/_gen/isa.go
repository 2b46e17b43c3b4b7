package main

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/gotypes"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// isa is one instruction set. Its methods emit the same arithmetic for either
// width, so that the AVX2 and AVX-512 versions of a kernel give the same bits.
type isa struct {
	name  string // suffix of the generated functions
	lanes int    // float32 lanes of a vector register
}

var (
	avx2   = isa{"AVX2", 8}
	avx512 = isa{"AVX512", 16}
)

func (s isa) wide() bool { return s.lanes == 16 }

// text starts the function name+suffix.
func (s isa) text(name, signature string) {
	TEXT(name+s.name, attr.NOSPLIT, signature)
	Pragma("noescape")
	hoisted = map[uint32]reg.VecVirtual{}
	loops = 0
}

// vec allocates a vector register.
func (s isa) vec() reg.VecVirtual {
	if s.wide() {
		return ZMM()
	}
	return YMM()
}

// zero returns a register of zeros.
func (s isa) zero() reg.VecVirtual {
	v := s.vec()
	VXORPS(v.AsX(), v.AsX(), v.AsX())
	return v
}

// Constants are full vectors in read-only data. Both instruction sets can use
// them as memory operands, so they need no register.

var constants = map[uint32]Mem{}

// hoisted holds the constants that the current function keeps in registers.
var hoisted map[uint32]reg.VecVirtual

// hoist keeps constants in registers throughout the function.
func (s isa) hoist(values ...uint32) {
	for _, u := range values {
		hoisted[u] = s.load(constant(u))
	}
}

// bits returns the vector with every lane equal to u.
func bits(u uint32) Op {
	if v, ok := hoisted[u]; ok {
		return v
	}
	return constant(u)
}

// constant returns the vector with every lane equal to u in memory.
func constant(u uint32) Mem {
	m, ok := constants[u]
	if !ok {
		m = GLOBL(fmt.Sprintf("const%08x", u), attr.RODATA|attr.NOPTR)
		for i := range 16 {
			DATA(4*i, U32(u))
		}
		constants[u] = m
	}
	return m
}

// number returns the vector with every lane equal to f.
func number(f float64) Op { return bits(float(f)) }

func float(f float64) uint32 { return math.Float32bits(float32(f)) }

const (
	signBit  = 0x80000000
	restBits = 0x7fffffff
	infinity = 0x7f800000
)

// load copies an operand into a fresh register.
func (s isa) load(a Op) reg.VecVirtual {
	v := s.vec()
	VMOVUPS(a, v)
	return v
}

// broadcast loads the scalar float parameter into every lane. It does so by one AVX
// instruction: an SSE instruction after an AVX one would take hundreds of cycles.
func (s isa) broadcast(param string) reg.VecVirtual {
	v := s.vec()
	VBROADCASTSS(address(Param(param)), v)
	return v
}

// address is the memory of a parameter or result.
func address(c gotypes.Component) Mem {
	b, err := c.Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

// The first operand of each binary operation is a register; the second may be
// a constant. Results are fresh registers.

func (s isa) add(a reg.VecVirtual, b Op) reg.VecVirtual { v := s.vec(); VADDPS(b, a, v); return v }
func (s isa) sub(a reg.VecVirtual, b Op) reg.VecVirtual { v := s.vec(); VSUBPS(b, a, v); return v }
func (s isa) mul(a reg.VecVirtual, b Op) reg.VecVirtual { v := s.vec(); VMULPS(b, a, v); return v }
func (s isa) div(a reg.VecVirtual, b Op) reg.VecVirtual { v := s.vec(); VDIVPS(b, a, v); return v }
func (s isa) and(a reg.VecVirtual, b Op) reg.VecVirtual { v := s.vec(); VANDPS(b, a, v); return v }
func (s isa) or(a reg.VecVirtual, b Op) reg.VecVirtual  { v := s.vec(); VORPS(b, a, v); return v }
func (s isa) xor(a reg.VecVirtual, b Op) reg.VecVirtual { v := s.vec(); VXORPS(b, a, v); return v }
func (s isa) sqrt(a reg.VecVirtual) reg.VecVirtual      { v := s.vec(); VSQRTPS(a, v); return v }

// atLeast and atMost bound x by a constant. MINPS and MAXPS return their last
// source if either source is NaN. x is the last source, so that NaN stays NaN.

func (s isa) atLeast(x reg.VecVirtual, bound Op) reg.VecVirtual {
	v := s.load(bound)
	VMAXPS(x, v, v)
	return v
}

func (s isa) atMost(x reg.VecVirtual, bound Op) reg.VecVirtual {
	v := s.load(bound)
	VMINPS(x, v, v)
	return v
}

// horner sets p = p·x + c.
func (s isa) horner(p, x reg.VecVirtual, c Op) { VFMADD213PS(c, x, p) }

// selectNegative returns a where the sign bit of x is set, else b.
func (s isa) selectNegative(x, a, b reg.VecVirtual) reg.VecVirtual {
	v := s.vec()
	if s.wide() {
		k := K()
		VPMOVD2M(x, k)
		VBLENDMPS(a, b, k, v)
	} else {
		VBLENDVPS(x, a, b, v)
	}
	return v
}

// block is one step of a loop over elements: a full vector at element offset
// index, or the masked rest.
type block struct {
	isa
	index reg.Register
	mask  Op // nil for a full block; k register or vector of all-ones lanes
}

func (b block) at(base reg.Register) Mem { return Mem{Base: base, Index: b.index, Scale: 4} }

// get loads the block of the array at base. Absent lanes are zero.
func (b block) get(base reg.Register) reg.VecVirtual {
	v := b.vec()
	switch {
	case b.mask == nil:
		VMOVUPS(b.at(base), v)
	case b.wide():
		VMOVUPS_Z(b.at(base), b.mask, v)
	default:
		VMASKMOVPS(b.at(base), b.mask, v)
	}
	return v
}

// put stores v to the block of the array at base. It does not write the absent
// lanes.
func (b block) put(v reg.VecVirtual, base reg.Register) {
	switch {
	case b.mask == nil:
		VMOVUPS(v, b.at(base))
	case b.wide():
		VMOVUPS(v, b.mask, b.at(base))
	default:
		VMASKMOVPS(v, b.mask, b.at(base))
	}
}

// present zeroes the absent lanes of v.
func (b block) present(v reg.VecVirtual) reg.VecVirtual {
	switch {
	case b.mask == nil:
		return v
	case b.wide():
		w := b.vec()
		VMOVUPS_Z(v, b.mask, w)
		return w
	default:
		return b.and(v, b.mask)
	}
}

// fill replaces the absent lanes of v by those of w.
func (b block) fill(v reg.VecVirtual, w Op) reg.VecVirtual {
	if b.mask == nil {
		return v
	}
	u := b.load(w)
	if b.wide() {
		VMOVUPS(v, b.mask, u)
	} else {
		VBLENDVPS(b.mask, v, u, u)
	}
	return u
}

// loops counts the loops of the current function, to number their labels.
var loops int

// forEach loops body over the n elements: full vectors, then a masked rest.
// It consumes n.
func (s isa) forEach(n reg.GPVirtual, body func(block)) {
	loops++
	label := func(name string) string { return fmt.Sprintf("%s%d", name, loops) }
	index := GP64()
	XORQ(index, index)
	JMP(LabelRef(label("test")))
	Label(label("loop"))
	body(block{s, index, nil})
	ADDQ(Imm(uint64(s.lanes)), index)
	SUBQ(Imm(uint64(s.lanes)), n)
	Label(label("test"))
	CMPQ(n, Imm(uint64(s.lanes)))
	JGE(LabelRef(label("loop")))
	TESTQ(n, n)
	JZ(LabelRef(label("done")))
	body(block{s, index, s.restMask(n)})
	Label(label("done"))
}

// restMask returns the mask of the first n < lanes lanes.
func (s isa) restMask(n reg.GPVirtual) Op {
	if s.wide() {
		ones := GP32()
		MOVL(U32(0xffffffff), ones)
		BZHIL(n.As32(), ones, ones)
		k := K()
		KMOVW(ones, k)
		return k
	}
	// The mask is a window over eight set lanes and eight clear ones behind them.
	table := GP64()
	LEAQ(laneTable(), table)
	offset := GP64()
	MOVQ(n, offset)
	NEGQ(offset)
	v := YMM()
	VMOVUPS(Mem{Base: table, Disp: 32, Index: offset, Scale: 4}, v)
	return v
}

var laneMasks *Mem

func laneTable() Mem {
	if laneMasks == nil {
		m := GLOBL("laneMasks", attr.RODATA|attr.NOPTR)
		for i := range 16 {
			if i < 8 {
				DATA(4*i, U32(0xffffffff))
			} else {
				DATA(4*i, U32(0))
			}
		}
		laneMasks = &m
	}
	return *laneMasks
}

// finish ends a function. It clears the upper halves of the registers, because SSE
// code would otherwise be slow.
func finish() {
	VZEROUPPER()
	RET()
}

// slice loads the base pointer of a slice parameter.
func slice(name string) reg.Register { return Load(Param(name).Base(), GP64()) }

// length loads the length of a slice parameter.
func length(name string) reg.GPVirtual {
	n := GP64()
	Load(Param(name).Len(), n)
	return n
}
