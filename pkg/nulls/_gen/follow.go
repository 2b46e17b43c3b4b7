package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The bins that are free are a number of 32 bits for each row. Eight rows are a vector. In
// each row two bins count: the last free one up to the wanted column, and the first free
// one after it. Their keys have, from the highest bit on, the squared distance from the
// wanted bin (15 bits), that from the peak (11), the row (5) and the side (1). The least
// key of all is the bin. A row without such a bin has the key of ones.
//
// A pair of numbers of 16 bits has what belongs to the wanted bin in its lower half, and
// what belongs to the peak in its upper half.

const (
	eight     = 8   // rows in a vector
	exponent  = 127 // the exponent of 1 in a float32
	farthest  = 31  // rows or columns by which a wanted bin can lie outside the map
	stepBytes = 16
)

// constants is a table of 32-bit numbers.
func constants(name string, count int, value func(i int) uint32) Mem {
	data := GLOBL(name, attr.RODATA|attr.NOPTR)
	for i := range count {
		DATA(4*i, U32(value(i)))
	}
	return data
}

// genFollow emits followScalar for maps of up to eight times as many rows as vectors, and
// so many columns, at most 32.
func genFollow(vectors, columns int) {
	suffix := fmt.Sprint(vectors)
	rowNumbers := constants("rowNumbers"+suffix, eight*vectors, func(i int) uint32 { return uint32(i)<<16 | uint32(i) })
	before := constants("before"+suffix, eight*vectors, func(i int) uint32 { return uint32(i) << 1 })
	after := constants("after"+suffix, eight*vectors, func(i int) uint32 { return uint32(i)<<1 | 1 })
	// The bits up to the columns −31 … 62.
	upTo := constants("upTo"+suffix, 3*farthest+1, func(i int) uint32 {
		return uint32(uint64(1)<<min(32, max(0, i-farthest+1)) - 1)
	})
	// The bits of the same columns, 0 outside the map.
	bitOf := constants("bitOf"+suffix, 3*farthest+1, func(i int) uint32 {
		if i < farthest || i > farthest+31 {
			return 0
		}
		return 1 << (i - farthest)
	})
	indices := constants("indices"+suffix, eight*vectors, func(i int) uint32 { return uint32(i) })
	exponents := constants("exponents"+suffix, eight, func(int) uint32 { return 0xff << 23 })
	weights := constants("weights"+suffix, eight, func(int) uint32 { return 1<<(3+16) | 1<<14 })
	spread := GLOBL("spread"+suffix, attr.RODATA|attr.NOPTR)
	for i := range eight { // the highest byte of each number, in both halves
		at := uint32(4*(i%4) + 3)
		DATA(4*i, U32(0x80008000|at<<16|at))
	}

	TEXT(fmt.Sprintf("follow%dAVX2", vectors), attr.NOSPLIT, "func(dst, values *float64, steps *int32, count int, places *uint32, free *[32]uint32, length int, keys *uint32)")
	Pragma("noescape")
	dst, values := parameter("dst"), parameter("values")
	steps, count, places := parameter("steps"), parameter("count"), parameter("places")
	free, length, keys := parameter("free"), parameter("length"), parameter("keys")
	table, bitTable := GP64(), GP64()
	LEAQ(upTo, table)
	LEAQ(bitOf, bitTable)
	w := make([]reg.VecVirtual, vectors)
	for v := range w {
		w[v] = YMM()
		VMOVDQU(Mem{Base: free, Disp: 32 * v}, w[v])
	}

	Label("step")
	place := GP64()
	MOVLQSX(Mem{Base: steps, Disp: 4}, place)
	LEAQ(Mem{Base: places, Index: place, Scale: 8}, place)
	// number is the row or column of the wanted bin; the column is more by the exponent.
	number := func(place reg.GPVirtual, disp int) reg.GPVirtual {
		n, by := GP64(), GP64()
		MOVWQZX(Mem{Base: place, Disp: disp}, n)
		MOVWQSX(Mem{Base: steps, Disp: 8 + disp}, by)
		ADDQ(by, n)
		return n
	}
	x0, upToY := number(place, 0), number(place, 4)

	// A wanted bin that is free is taken without a search.
	wantedRow, wanted, found := YMM(), make([]reg.VecVirtual, vectors), YMM()
	VMOVD(x0.As32(), wantedRow.AsX())
	VPBROADCASTD(wantedRow.AsX(), wantedRow)
	bit := YMM()
	VPBROADCASTD(Mem{Base: bitTable, Index: upToY, Scale: 4, Disp: 4 * (farthest - exponent)}, bit)
	for v := range wanted {
		wanted[v] = YMM()
		VPCMPEQD(indices.Offset(32*v), wantedRow, wanted[v])
		VPAND(bit, wanted[v], wanted[v])
		VPAND(w[v], wanted[v], wanted[v])
		if v == 0 {
			VMOVDQA(wanted[v], found)
		} else {
			VPOR(wanted[v], found, found)
		}
	}
	VPTEST(found, found)
	JZ(LabelRef("search"))
	for v := range wanted {
		VPXOR(wanted[v], w[v], w[v])
	}
	ADDQ(x0, x0)
	MOVL(x0.As32(), Mem{Base: keys})
	JMP(LabelRef("next"))

	Label("search")
	var pairs Mem
	if vectors > 3 { // registers are few
		pairs = AllocLocal(64)
	}
	load := func(disp int) Op {
		pair, offset := YMM(), YMM()
		VPBROADCASTD(Mem{Base: place, Disp: disp}, pair)
		VPBROADCASTD(Mem{Base: steps, Disp: 8 + disp}, offset)
		VPADDW(offset, pair, pair)
		if vectors <= 3 {
			return pair
		}
		at := pairs.Offset(8 * disp)
		VMOVDQU(pair, at)
		return at
	}
	row, column := load(0), load(4)
	least := make([]reg.VecVirtual, vectors) // of the keys of a row
	bin := make([]reg.VecVirtual, vectors)   // the bit that has this key
	for v := range vectors {
		rows, zero := YMM(), YMM()
		VMOVDQU(rowNumbers.Offset(32*v), rows)
		VPSUBW(row, rows, rows)
		VPMULLW(rows, rows, rows)
		// key takes a bit, and as a float32, whose exponent is the column.
		key := func(bit, k reg.VecVirtual, side Mem) reg.VecVirtual {
			none := YMM()
			VPSLLD(Imm(1), k, k)
			VPSHUFB(spread, k, k)
			VPSUBW(column, k, k)
			VPMULLW(k, k, k)
			VPADDW(rows, k, k)
			VPMADDWD(weights, k, k)
			VPSLLD(Imm(3), k, k)
			VPADDD(side.Offset(32*v), k, k)
			VPXOR(zero, zero, zero)
			VPCMPEQD(zero, bit, none)
			VPOR(none, k, k)
			return k
		}
		mask := YMM()
		VPBROADCASTD(Mem{Base: table, Index: upToY, Scale: 4, Disp: 4 * (farthest - exponent)}, mask)
		last, lower := YMM(), YMM()
		VPAND(mask, w[v], last)
		if columns == 32 { // of a negative number nothing but the sign counts
			VPSRAD(Imm(31), last, lower)
			VPSRLD(Imm(1), lower, lower)
			VPANDN(last, lower, last)
		}
		VPSRLD(Imm(1), last, lower)
		VPANDN(last, lower, last) // without the next bit, so that it is not rounded up
		power := YMM()
		VCVTDQ2PS(last, power)
		VPAND(exponents, power, power)
		VCVTTPS2DQ(power, last)
		least[v] = key(last, power, before)
		first, minus := YMM(), YMM()
		VPANDN(w[v], mask, first)
		VPXOR(zero, zero, zero)
		VPSUBD(first, zero, minus)
		VPAND(minus, first, first)
		power = YMM()
		VCVTDQ2PS(first, power)
		k := key(first, power, after)
		bin[v] = YMM()
		isBefore := YMM()
		VPMINUD(least[v], k, k)
		VPCMPEQD(least[v], k, isBefore)
		VPBLENDVB(isBefore, last, first, bin[v])
		least[v] = k
	}
	all, other := YMM(), YMM()
	VPMINUD(least[0], least[1], all)
	for _, k := range least[2:] {
		VPMINUD(k, all, all)
	}
	VPERM2I128(Imm(1), all, all, other)
	VPMINUD(other, all, all)
	VPSHUFD(Imm(0b01_00_11_10), all, other)
	VPMINUD(other, all, all)
	VPSHUFD(Imm(0b10_11_00_01), all, other)
	VPMINUD(other, all, all)
	for v := range vectors {
		VPCMPEQD(all, least[v], least[v])
		VPAND(least[v], bin[v], bin[v])
		VPANDN(w[v], bin[v], w[v])
	}

	VMOVD(all.AsX(), Mem{Base: keys})
	Label("next")
	ADDQ(Imm(4), keys)
	ADDQ(Imm(stepBytes), steps)
	DECQ(count)
	JNZ(LabelRef("step"))

	// The steps wait for each other, but what their keys mean does not. The distance of the
	// columns follows from that of the bins.
	Load(Param("count"), count)
	Label("key")
	SUBQ(Imm(stepBytes), steps)
	SUBQ(Imm(4), keys)
	key, to, distance, square := GP64(), GP64(), GP64(), GP64()
	MOVLQSX(Mem{Base: steps, Disp: 4}, square)
	LEAQ(Mem{Base: places, Index: square, Scale: 8}, square)
	x, y := number(square, 0), number(square, 4)
	MOVL(Mem{Base: keys}, key.As32())
	MOVQ(key, to)
	SHRQ(Imm(1), to)
	ANDQ(Imm(31), to) // the row
	MOVQ(to, square)
	SUBQ(x, square)
	IMULQ(square, square)
	MOVQ(key, distance)
	SHRQ(Imm(17), distance)
	SUBQ(square, distance)
	root := XMM()
	VXORPS(root, root, root)
	VCVTSI2SSQ(distance, root, root)
	VSQRTSS(root, root, root)
	VCVTTSS2SIQ(root, distance)
	ANDQ(Imm(1), key)
	LEAQ(Mem{Base: key, Index: key, Scale: 1, Disp: -1}, key) // −1 before, 1 after
	IMULQ(distance, key)
	IMULQ(length, to)
	ADDQ(key, to)
	ADDQ(y, to)
	from, value := GP64(), GP64()
	MOVLQSX(Mem{Base: steps}, from)
	MOVQ(Mem{Base: values, Index: from, Scale: 8}, value)
	MOVQ(value, Mem{Base: dst, Index: to, Scale: 8, Disp: -8 * exponent})
	DECQ(count)
	JNZ(LabelRef("key"))
	VZEROUPPER()
	RET()
}
