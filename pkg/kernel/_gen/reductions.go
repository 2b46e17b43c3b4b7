package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func genReductions(s isa) {
	s.genSumSquares()
	s.genClip()
	s.genFirstNonFinite()
	s.genColumnSums()
}

// genPrefetch emits a loop over the cache lines of a vector.
func (s isa) genPrefetch() {
	s.text("prefetch", "func(x []float32)")
	p, left := slice("x"), length("x")
	JMP(LabelRef("test"))
	Label("loop")
	PREFETCHT1(Mem{Base: p})
	ADDQ(Imm(cacheLine), p)
	SUBQ(Imm(cacheLine/4), left)
	Label("test")
	CMPQ(left, Imm(0))
	JG(LabelRef("loop"))
	RET()
}

func (s isa) genSumSquares() {
	s.text("sumSquares", "func(x []float32) float64")
	x := slice("x")
	sum := s.newSum()
	s.forEach(length("x"), func(b block) {
		v := s.doubles(b.get(x))
		sum.addProduct(v, v)
	})
	VMOVSD(sum.fold(), address(ReturnIndex(0)))
	finish()
}

// compare returns the lanes of a for which the predicate against b holds, as
// the low bits of a general register.
func (s isa) compare(predicate uint64, a reg.VecVirtual, b Op) reg.GPVirtual {
	set := GP32()
	if s.wide() {
		k := K()
		VCMPPS(Imm(predicate), b, a, k)
		KMOVW(k, set)
		return set
	}
	v := s.vec()
	VCMPPS(Imm(predicate), b, a, v)
	VMOVMSKPS(v, set)
	return set
}

const (
	greaterThan = 0x1e // false if either is NaN
	unordered   = 0x03
)

func (s isa) genClip() {
	s.text("clip", "func(x []float32, limit float32) int")
	x := slice("x")
	limit := s.broadcast("limit")
	lower := s.xor(limit, bits(signBit))
	count := GP64()
	XORQ(count, count)
	s.forEach(length("x"), func(b block) {
		v := b.get(x)
		outside := s.compare(greaterThan, s.and(v, bits(restBits)), limit)
		POPCNTL(outside, outside)
		ADDQ(outside.As64(), count)
		b.put(s.atLeast(s.atMost(v, limit), lower), x)
	})
	Store(count, ReturnIndex(0))
	finish()
}

// genFirstNonFinite emits the search. It uses that x−x is NaN for NaN and ±Inf, and
// for no other value.
func (s isa) genFirstNonFinite() {
	s.text("firstNonFinite", "func(x []float32) int")
	x := slice("x")
	found, index := GP32(), GP64()
	s.forEach(length("x"), func(b block) {
		v := b.get(x)
		d := s.sub(v, v)
		MOVQ(b.index, index)
		set := s.compare(unordered, d, d)
		MOVL(set, found)
		TESTL(found, found)
		JNZ(LabelRef("found"))
	})
	none := GP64()
	MOVQ(I64(-1), none)
	Store(none, ReturnIndex(0))
	finish()
	Label("found")
	BSFL(found, found)
	ADDQ(found.As64(), index)
	Store(index, ReturnIndex(0))
	finish()
}

// columnGroup is the number of vectors of columns that are summed at the same
// time. That many independent chains hide the latency of an addition.
const columnGroup = 4

// genColumnSums emits two functions. One sums whole groups of columns, the
// other the rest, vector by vector.
func (s isa) genColumnSums() {
	s.text("columnSumsFull", "func(rows, groups int, x *float32, ldx int, sums *float32, accumulate bool)")
	rows, x, ldx, sums := Load(Param("rows"), GP64()), Load(Param("x"), GP64()), bytes("ldx"), Load(Param("sums"), GP64())
	groups := Load(Param("groups"), GP64())
	Label("group")
	acc := make([]reg.VecVirtual, columnGroup)
	for i := range acc {
		acc[i] = s.vec()
	}
	flag := GP8()
	Load(Param("accumulate"), flag)
	TESTB(flag, flag)
	JNZ(LabelRef("previous"))
	for _, v := range acc {
		VXORPS(v.AsX(), v.AsX(), v.AsX())
	}
	JMP(LabelRef("start"))
	Label("previous")
	for i, v := range acc {
		VMOVUPS(Mem{Base: sums, Disp: 4 * s.lanes * i}, v)
	}
	Label("start")
	p, n := GP64(), GP64()
	MOVQ(x, p)
	MOVQ(rows, n)
	Label("row")
	for i, v := range acc {
		VADDPS(Mem{Base: p, Disp: 4 * s.lanes * i}, v, v)
	}
	ADDQ(ldx, p)
	DECQ(n)
	JNZ(LabelRef("row"))
	for i, v := range acc {
		VMOVUPS(v, Mem{Base: sums, Disp: 4 * s.lanes * i})
	}
	ADDQ(U32(4*s.lanes*columnGroup), x)
	ADDQ(U32(4*s.lanes*columnGroup), sums)
	DECQ(groups)
	JNZ(LabelRef("group"))
	finish()

	s.text("columnSumsRest", "func(rows int, x *float32, ldx int, sums []float32, accumulate bool)")
	rows, x, ldx = Load(Param("rows"), GP64()), Load(Param("x"), GP64()), bytes("ldx")
	out := slice("sums")
	keep := GP8()
	Load(Param("accumulate"), keep)
	s.forEach(length("sums"), func(b block) {
		suffix := "Full"
		if b.mask != nil {
			suffix = "Rest"
		}
		sum := s.zero()
		TESTB(keep, keep)
		JZ(LabelRef("start" + suffix))
		VMOVUPS(b.get(out), sum)
		Label("start" + suffix)
		p, n := GP64(), GP64()
		MOVQ(x, p)
		MOVQ(rows, n)
		Label("row" + suffix)
		VADDPS(b.get(p), sum, sum)
		ADDQ(ldx, p)
		DECQ(n)
		JNZ(LabelRef("row" + suffix))
		b.put(sum, out)
	})
	finish()
}
