package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The bins that are free are a number of 32 bits for each row, and a second one with the
// columns in reverse. Eight rows are a vector. In each row two bins count: the last free
// one up to the wanted column, and the first free one after it. Each is the lowest bit of
// one of the two numbers, after the bits on the other side were cleared. Its column is the
// exponent of the bit as a float32; without a bit the exponent is 0.
//
// The keys of bins have, from the highest bit on, the squared distance from the wanted bin
// (15 bits), that from the peak (11), the row (5) and the side (1). The least key of all is
// the bin. A row without a free bin on a side has a key that is greater than all others.
//
// A pair of numbers of 16 bits has what belongs to the wanted bin in its lower half, and
// what belongs to the peak in its upper half.
//
// A search waits for the one before in the same map. So several maps take each step in
// turn, and the processor works on one while another waits.

const (
	eight     = 8   // rows in a vector
	exponent  = 127 // the exponent of 1 in a float32
	farthest  = 31  // rows or columns by which a wanted bin can lie outside the map
	stepBytes = 16

	// Offsets in a board.
	free       = 4 * 32 // of row 0; there are rows before and after the map, without free bins
	mirrored   = 4 * 96 // of row 0
	toMap      = 4 * 128
	toPlaces   = toMap + 8
	boardBytes = toPlaces + 8

	// Offsets in an entry of the table of columns.
	onAfter     = 4
	onBefore    = 8
	columnBytes = 16
)

// constants is a table of 32-bit numbers.
func constants(name string, count int, value func(i int) uint32) Mem {
	data := GLOBL(name, attr.RODATA|attr.NOPTR)
	for i := range count {
		DATA(4*i, U32(value(i)))
	}
	return data
}

// genFollow emits followScalar for several maps of up to eight times as many rows as
// vectors, and up to 32 columns.
func genFollow(vectors int) {
	name := func(table string) string { return fmt.Sprint(table, vectors) }
	rowNumbers := constants(name("rowNumbers"), eight*vectors, func(i int) uint32 { return uint32(i)<<16 | uint32(i) })
	before := constants(name("before"), eight*vectors, func(i int) uint32 { return uint32(i) << 1 })
	after := constants(name("after"), eight*vectors, func(i int) uint32 { return uint32(i)<<1 | 1 })
	// Of the columns −31 … 62: the bit, the bits after it, and those up to it, mirrored.
	columns := GLOBL(name("columns"), attr.RODATA|attr.NOPTR)
	upTo := func(column int) uint32 { return uint32(uint64(1)<<min(32, max(0, column+1)) - 1) }
	for i := range 3*farthest + 1 {
		column, bit := i-farthest, uint32(0)
		if column >= 0 && column < 32 {
			bit = 1 << column
		}
		DATA(columnBytes*i, U32(bit))
		DATA(columnBytes*i+onAfter, U32(^upTo(column)))
		DATA(columnBytes*i+onBefore, U32(^upTo(30-column)))
		DATA(columnBytes*i+onBefore+4, U32(0))
	}
	same := func(table string, value uint32) Mem {
		return constants(name(table), eight, func(int) uint32 { return value })
	}
	// Pairs: the column of a mirrored bit is this less the exponent, which is in place of a
	// column; and squared distances of columns are less than this unless there is no bit.
	reverse, most := same("reverse", (31+2*exponent)*0x10001), same("most", 24000*0x10001)
	weights := same("weights", 1<<(3+16)|1<<14)
	spread := constants(name("spread"), eight, func(i int) uint32 { // the highest byte of each number, in both halves
		at := uint32(4*(i%4) + 3)
		return 0x80008000 | at<<16 | at
	})

	TEXT(fmt.Sprintf("follow%dAVX2", vectors), attr.NOSPLIT, "func(boards *uint32, maps int, values *float64, steps *int32, count, length int)")
	Pragma("noescape")
	boards, values, steps := parameter("boards"), parameter("values"), parameter("steps")
	count, length := parameter("count"), parameter("length")
	constant := func(m Mem) reg.VecVirtual {
		v := YMM()
		VMOVDQU(m, v)
		return v
	}
	spreadBytes, weightsOf, greatest := constant(spread), constant(weights), constant(most)
	ones := YMM()
	VPCMPEQD(ones, ones, ones)

	Label("step")
	from, value := GP64(), GP64()
	MOVLQSX(Mem{Base: steps}, from)
	MOVQ(Mem{Base: values, Index: from, Scale: 8}, value)
	offsets := map[int]reg.VecVirtual{0: YMM(), 4: YMM()}
	for _, disp := range []int{0, 4} {
		VPBROADCASTD(Mem{Base: steps, Disp: 8 + disp}, offsets[disp])
	}
	board, maps := GP64(), GP64()
	MOVQ(boards, board)
	Load(Param("maps"), maps)

	Label("map")
	place := GP64()
	MOVLQSX(Mem{Base: steps, Disp: 4}, place)
	SHLQ(Imm(3), place)
	ADDQ(Mem{Base: board, Disp: toPlaces}, place)
	// number is the row or column of the wanted bin; the column is more by the exponent.
	number := func(disp int) reg.GPVirtual {
		n, by := GP64(), GP64()
		MOVWQZX(Mem{Base: place, Disp: disp}, n)
		MOVWQSX(Mem{Base: steps, Disp: 8 + disp}, by)
		ADDQ(by, n)
		return n
	}
	row, column := number(0), number(4)
	table, index := GP64(), GP64()
	LEAQ(columns, table)
	MOVQ(column, index)
	SHLQ(Imm(4), index)
	ofColumn := func(disp int) Mem {
		return Mem{Base: table, Index: index, Scale: 1, Disp: disp - columnBytes*(exponent-farthest)}
	}

	// A wanted bin that is free is taken without a search.
	word := GP32()
	MOVL(ofColumn(0), word)
	TESTL(word, Mem{Base: board, Index: row, Scale: 4, Disp: free})
	JNZ(LabelRef("found"))

	sideOf := func(disp int) reg.VecVirtual {
		mask := YMM()
		VPBROADCASTD(ofColumn(disp), mask)
		return mask
	}
	masks := []reg.VecVirtual{sideOf(onBefore), sideOf(onAfter)}
	load := func(disp int) reg.VecVirtual {
		pair := YMM()
		VPBROADCASTD(Mem{Base: place, Disp: disp}, pair)
		VPADDW(offsets[disp], pair, pair)
		return pair
	}
	rowPair, columnPair, mirroredPair := load(0), load(4), YMM()
	VMOVDQU(reverse, mirroredPair)
	VPSUBW(columnPair, mirroredPair, mirroredPair)
	least := YMM()
	for v := range vectors {
		rows := YMM()
		VPSUBW(rowNumbers.Offset(32*v), rowPair, rows)
		VPMULLW(rows, rows, rows)
		for side, s := range []struct {
			bits   int
			column reg.VecVirtual
			key    Mem
		}{{mirrored, mirroredPair, before}, {free, columnPair, after}} {
			bit, k := YMM(), YMM()
			VPAND(Mem{Base: board, Disp: s.bits + 32*v}, masks[side], bit)
			VPADDD(ones, bit, k)
			VPANDN(bit, k, k)
			VCVTDQ2PS(k, k)
			VPSLLD(Imm(1), k, k) // without the sign
			VPSHUFB(spreadBytes, k, k)
			VPSUBW(s.column, k, k)
			VPMULLW(k, k, k)
			VPMINUW(greatest, k, k)
			VPADDW(rows, k, k)
			VPMADDWD(weightsOf, k, k)
			VPSLLD(Imm(3), k, k)
			if v == 0 && side == 0 {
				VPADDD(s.key.Offset(32*v), k, least)
			} else {
				VPADDD(s.key.Offset(32*v), k, k)
				VPMINUD(k, least, least)
			}
		}
	}
	half, other := least.AsX(), XMM()
	VEXTRACTI128(Imm(1), least, other)
	VPMINUD(other, half, half)
	VPSHUFD(Imm(0b01_00_11_10), half, other)
	VPMINUD(other, half, half)
	VPSHUFD(Imm(0b10_11_00_01), half, other)
	VPMINUD(other, half, half)
	key := GP32()
	VMOVD(half, key)
	MOVL(key, row.As32())
	SHRL(Imm(1), row.As32())
	ANDL(Imm(31), row.As32())
	bits := []reg.GPVirtual{GP32(), GP32()}
	for side, of := range []struct{ bits, mask int }{{mirrored, onBefore}, {free, onAfter}} {
		MOVL(ofColumn(of.mask), bits[side])
		ANDL(Mem{Base: board, Index: row, Scale: 4, Disp: of.bits}, bits[side])
		TZCNTL(bits[side], bits[side])
	}
	XORL(Imm(31), bits[0])
	TESTL(U32(1), key)
	CMOVLNE(bits[1], bits[0])
	MOVL(bits[0], column.As32())
	JMP(LabelRef("put"))

	Label("found")
	SUBQ(Imm(exponent), column)

	Label("put")
	at := func(bits int) Mem { return Mem{Base: board, Index: row, Scale: 4, Disp: bits} }
	MOVL(at(free), word)
	BTRL(column.As32(), word)
	MOVL(word, at(free))
	reversed := GP32()
	MOVL(column.As32(), reversed)
	XORL(Imm(31), reversed)
	MOVL(at(mirrored), word)
	BTRL(reversed, word)
	MOVL(word, at(mirrored))
	IMULQ(length, row)
	ADDQ(column, row)
	dst := GP64()
	MOVQ(Mem{Base: board, Disp: toMap}, dst)
	MOVQ(value, Mem{Base: dst, Index: row, Scale: 8})
	ADDQ(U32(boardBytes), board)
	DECQ(maps)
	JNZ(LabelRef("map"))

	ADDQ(Imm(stepBytes), steps)
	DECQ(count)
	JNZ(LabelRef("step"))
	VZEROUPPER()
	RET()
}
