package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// absolutes returns a vector that clears signs.
func absolutes() reg.VecVirtual { return everywhereBits("absolute", 1<<63-1) }

// genGather emits gatherScalar, for a number of bins that is a multiple of four.
func genGather() {
	text("gatherAVX2", "func(values *[4]float64, maps *[4]*float64, bins int, e *float64)")
	values, maps, bins, e := parameter("values"), parameter("maps"), parameter("bins"), parameter("e")
	from := make([]reg.GPVirtual, 4)
	for m := range from {
		from[m] = GP64()
		MOVQ(Mem{Base: maps, Disp: 8 * m}, from[m])
	}
	absolute, nearest, distance, largest, missing := absolutes(), YMM(), YMM(), YMM(), YMM()
	VMOVUPD(Mem{Base: e}, nearest)
	VANDPD(absolute, nearest, distance)
	VMOVUPD(Mem{Base: e, Disp: vector}, largest)
	VXORPD(missing, missing, missing)
	at := GP64()
	XORQ(at, at)
	Label("gather")
	a := make([]reg.VecVirtual, 4)
	for m := range a {
		a[m] = YMM()
		VMOVUPD(Mem{Base: from[m], Index: at, Scale: 8}, a[m])
	}
	for i, v := range transposed(a) {
		VMOVUPD(v, Mem{Base: values, Disp: vector * i})
		magnitude, nearer, unknown := YMM(), YMM(), YMM()
		VANDPD(absolute, v, magnitude)
		VCMPPD(Imm(1), distance, magnitude, nearer) // magnitude < distance; false for NaN
		VBLENDVPD(nearer, v, nearest, nearest)
		VBLENDVPD(nearer, magnitude, distance, distance)
		VMAXPD(largest, magnitude, largest) // largest for NaN
		VCMPPD(Imm(3), v, v, unknown)
		VORPD(unknown, missing, missing)
	}
	ADDQ(Imm(4*vector), values)
	ADDQ(Imm(4), at)
	CMPQ(at, bins)
	JLT(LabelRef("gather"))
	VMOVUPD(nearest, Mem{Base: e})
	VMOVUPD(largest, Mem{Base: e, Disp: vector})
	VMOVUPD(missing, Mem{Base: e, Disp: 2 * vector})
	VZEROUPPER()
	RET()
}

// genNormalize emits normalizeScalar.
func genNormalize() {
	text("normalizeAVX2", "func(values, squares *[4]float64, bins int, n *float64)")
	values, squares, bins, n := parameter("values"), parameter("squares"), parameter("bins"), parameter("n")
	absolute := absolutes()
	constants := make([]reg.VecVirtual, 4)
	for i := range constants {
		constants[i] = YMM()
		VMOVUPD(Mem{Base: n, Disp: vector * i}, constants[i])
	}
	scale, again, nearest, least := constants[0], constants[1], constants[2], constants[3]
	at := GP64()
	XORQ(at, at)
	Label("normalize")
	v, counts, square := YMM(), YMM(), YMM()
	VMULPD(Mem{Base: values, Index: at, Scale: 1}, scale, v)
	VMULPD(again, v, v)
	VSUBPD(nearest, v, v)
	VANDPD(absolute, v, counts)
	VCMPPD(Imm(0x1e), least, counts, counts) // above the least; false for NaN
	VANDPD(counts, v, v)
	VMULPD(v, v, square)
	VMOVUPD(v, Mem{Base: values, Index: at, Scale: 1})
	VMOVUPD(square, Mem{Base: squares, Index: at, Scale: 1})
	ADDQ(Imm(vector), at)
	DECQ(bins)
	JNZ(LabelRef("normalize"))
	VZEROUPPER()
	RET()
}

// transposed returns the columns of four rows of four numbers.
func transposed(a []reg.VecVirtual) []reg.VecVirtual {
	low01, high01, low23, high23 := YMM(), YMM(), YMM(), YMM()
	VUNPCKLPD(a[1], a[0], low01)
	VUNPCKHPD(a[1], a[0], high01)
	VUNPCKLPD(a[3], a[2], low23)
	VUNPCKHPD(a[3], a[2], high23)
	columns := make([]reg.VecVirtual, 4)
	for i, halves := range [4][2]reg.VecVirtual{{low01, low23}, {high01, high23}, {low01, low23}, {high01, high23}} {
		columns[i] = YMM()
		VPERM2F128(Imm(uint64(0x20+0x11*(i/2))), halves[1], halves[0], columns[i])
	}
	return columns
}
