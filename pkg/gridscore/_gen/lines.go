package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// genTranspose emits transposeScalar for four rows and four columns or more. It goes in
// blocks of 4×4; the last block of a row or column may lie over the one before it.
func genTranspose() {
	text("transposeAVX2", "func(to, from *float64, rows, columns, toStride, fromStride int)")
	to, from := parameter("to"), parameter("from")
	rows, columns := parameter("rows"), parameter("columns")
	toStride, fromStride := parameter("toStride"), parameter("fromStride")
	SHLQ(Imm(3), toStride)
	SHLQ(Imm(3), fromStride)
	back := func(at reg.GPVirtual, stride reg.GPVirtual, by reg.GPVirtual) { // by is 0 … 3
		step := GP64()
		MOVQ(by, step)
		IMULQ(stride, step)
		SUBQ(step, at)
	}

	Label("transposeRows")
	read, write, left := GP64(), GP64(), GP64()
	MOVQ(from, read)
	MOVQ(to, write)
	MOVQ(columns, left)
	Label("transposeBlock")
	at := GP64()
	MOVQ(read, at)
	a := make([]reg.VecVirtual, 4)
	for i := range a {
		a[i] = YMM()
		VMOVUPD(Mem{Base: at}, a[i])
		if i < 3 {
			ADDQ(fromStride, at)
		}
	}
	MOVQ(write, at)
	for i, v := range transposed(a) {
		VMOVUPD(v, Mem{Base: at})
		if i < 3 {
			ADDQ(toStride, at)
		}
	}
	SUBQ(Imm(4), left)
	JLE(LabelRef("transposeRowsEnd"))
	ADDQ(Imm(32), read)
	LEAQ(Mem{Base: write, Index: toStride, Scale: 4}, write)
	CMPQ(left, Imm(4))
	JGE(LabelRef("transposeBlock"))
	over := GP64() // columns that are done already
	MOVQ(U32(4), over)
	SUBQ(left, over)
	back(write, toStride, over)
	SHLQ(Imm(3), over)
	SUBQ(over, read)
	MOVQ(U32(4), left)
	JMP(LabelRef("transposeBlock"))
	Label("transposeRowsEnd")
	SUBQ(Imm(4), rows)
	JLE(LabelRef("transposeEnd"))
	LEAQ(Mem{Base: from, Index: fromStride, Scale: 4}, from)
	ADDQ(Imm(32), to)
	CMPQ(rows, Imm(4))
	JGE(LabelRef("transposeRows"))
	MOVQ(U32(4), over)
	SUBQ(rows, over)
	back(from, fromStride, over)
	SHLQ(Imm(3), over)
	SUBQ(over, to)
	MOVQ(U32(4), rows)
	JMP(LabelRef("transposeRows"))
	Label("transposeEnd")
	VZEROUPPER()
	RET()
}

// genReverse emits reverseScalar for four columns or more. The last four numbers of a row
// may lie over those before them.
func genReverse() {
	text("reverseAVX2", "func(to, from *float64, rows, columns, toStride, fromStride int)")
	genRows("reverse", func(from Mem, v reg.VecVirtual) {
		VPERMPD(Imm(0b00_01_10_11), from, v)
	}, func(to, columns, at reg.GPVirtual) Mem { // columns−4−at
		place := GP64()
		LEAQ(Mem{Base: to, Index: columns, Scale: 8}, place)
		step := GP64()
		MOVQ(at, step)
		SHLQ(Imm(3), step)
		SUBQ(step, place)
		return Mem{Base: place, Disp: -32}
	})
}

// genCopy emits copyScalar for four columns or more.
func genCopy() {
	text("copyAVX2", "func(to, from *float64, rows, columns, toStride, fromStride int)")
	genRows("copy", func(from Mem, v reg.VecVirtual) {
		VMOVUPD(from, v)
	}, func(to, columns, at reg.GPVirtual) Mem { return Mem{Base: to, Index: at, Scale: 8} })
}

// genRows emits the loop over rows and, four at a time, columns.
func genRows(name string, load func(from Mem, v reg.VecVirtual), place func(to, columns, at reg.GPVirtual) Mem) {
	to, from := parameter("to"), parameter("from")
	rows, columns := parameter("rows"), parameter("columns")
	toStride, fromStride := parameter("toStride"), parameter("fromStride")
	SHLQ(Imm(3), toStride)
	SHLQ(Imm(3), fromStride)
	last := GP64()
	MOVQ(columns, last)
	SUBQ(Imm(4), last)
	move := func(at reg.GPVirtual) {
		v := YMM()
		load(Mem{Base: from, Index: at, Scale: 8}, v)
		VMOVUPD(v, place(to, columns, at))
	}
	Label(name + "Row")
	at := GP64()
	XORQ(at, at)
	CMPQ(at, last)
	JGE(LabelRef(name + "Last"))
	Label(name + "Columns")
	move(at)
	ADDQ(Imm(4), at)
	CMPQ(at, last)
	JLT(LabelRef(name + "Columns"))
	Label(name + "Last")
	move(last)
	ADDQ(toStride, to)
	ADDQ(fromStride, from)
	DECQ(rows)
	JNZ(LabelRef(name + "Row"))
	VZEROUPPER()
	RET()
}
