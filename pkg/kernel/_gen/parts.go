package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// blockLength is the number of links of a chain that are summed by themselves.
const blockLength = 32

// chainLength is the number of links of each of the two sums of a block.
const chainLength = blockLength / 2

// linksInTurn is the number of links of a sum in a turn of the loop over a block. A block
// at the end of a chain may have fewer turns than others. With AVX-512 a block is one
// turn.
func (s isa) linksInTurn() int {
	if s.wide() {
		return chainLength
	}
	return stepsInTurn
}

// denormalsAsZero are the bits of MXCSR that treat denormal operands and results as
// zeros.
const denormalsAsZero = 0x8040

// genParts emits the products of operands that are kept as parts in float32, with
// the tiles of genGemm.
func genParts(s isa) {
	genPartTiles(s, "partsFull", s.maxRows(), 2, false)
	genPartTiles(s, "partsPart", s.maxRows(), 2, true)
	genPartTiles(s, "partsEdge", s.maxRows(), 1, true)
	genPartTiles(s, "partsWide", s.wideRows(), 8, false)
}

// partGen emits a tile. The accumulators hold the sum of every other link of a block.
type partGen struct {
	tileGen
	sums                 Mem // [rows][vectors] sums of even links
	aBlock, bBlock       Mem // pointers to the block
	aPass, bPass         Mem // pointers to the parts of the block in this pass
	turns, passes        Mem // that are left
	block                Mem // turns of this block
	control, flush       Mem // MXCSR before and within the function
	aSecond, bSecond, bp reg.GPVirtual
}

func genPartTiles(s isa, name string, maxRows, vectors int, masked bool) {
	// The sums need more stack than a function without a check of the stack may have.
	TEXT(name+s.name, 0, "func(tiles, rows, turns, passes int, a *float32, aRow, aCol, aLow int, b *float32, ldb, bLow int, c *float32, ldc, lastCols, panels int)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s%s adds A·B to tiles·rows rows of C; rows is 1 to %d. Element (i, p) of A is a[i·aRow+p·aCol].", name, s.name, maxRows),
		"Its low part is aLow further on, that of B bLow. passes is 3 with low parts; without, 1, with bLow 0.",
		fmt.Sprintf("turns counts groups of %d links of the sum of even and of that of odd links; the last block may have fewer than others.", s.linksInTurn()),
		widthOfTiles(masked))
	g := partGen{tileGen: tileGen{isa: s, vectors: vectors}}
	word := func() Mem { return AllocLocal(8) }
	g.aBlock, g.bBlock, g.aPass, g.bPass, g.turns, g.passes = word(), word(), word(), word(), word(), word()
	g.control, g.flush = word(), word()
	if s.linksInTurn() < chainLength {
		g.block = word()
	}
	g.sums = AllocLocal(maxRows * vectors * 4 * s.lanes)
	if masked {
		rest := GP64()
		Load(Param("lastCols"), rest)
		g.mask = s.fullMask(rest)
	}
	STMXCSR(g.control)
	control := GP32()
	MOVL(g.control, control)
	ORL(U32(denormalsAsZero), control)
	MOVL(control, g.flush)
	LDMXCSR(g.flush)
	g.loadOperands()
	SHLQ(Imm(1), g.aCol) // a chain takes every other link
	SHLQ(Imm(1), g.ldb)
	g.s3, g.s5, g.bp = GP64(), GP64(), GP64()
	g.multiplyStride()
	eachHeight(maxRows, func(rows int) {
		g.rows = rows
		g.emit()
	})
}

// emit writes the loop over tiles of g.rows rows.
func (g partGen) emit() {
	Label(g.label("rows"))
	MOVQ(g.a, g.aBlock)
	MOVQ(Load(Param("b"), GP64()), g.bBlock)
	MOVQ(Load(Param("turns"), GP64()), g.turns)

	// The first pass takes the high parts of A and the low parts of B.
	Label(g.label("block"))
	g.turnsOfBlock()
	low, shift := GP64(), bytes("bLow")
	MOVQ(Load(Param("passes"), GP64()), g.passes)
	MOVQ(g.aBlock, low)
	MOVQ(g.bBlock, g.bp)
	ADDQ(shift, g.bp)

	Label(g.label("pass"))
	MOVQ(low, g.aPass)
	MOVQ(g.bp, g.bPass)
	acc := g.chains("even", low)
	g.each(func(i, v int) { VMOVUPS(acc[i][v], g.sum(i, v)) })
	step := bytes("aCol")
	MOVQ(g.aPass, low)
	ADDQ(step, low)
	step = bytes("ldb")
	MOVQ(g.bPass, g.bp)
	ADDQ(step, g.bp)
	acc = g.chains("odd", low)
	g.each(func(i, v int) { VADDPS(g.sum(i, v), acc[i][v], acc[i][v]) })
	g.eachC(func(i, v int, m Mem) {
		if g.masked(v) {
			c := g.vec()
			g.loadColumns(v, m, c)
			VADDPS(c, acc[i][v], acc[i][v])
			g.store(acc[i][v], m)
		} else {
			VADDPS(m, acc[i][v], acc[i][v])
			VMOVUPS(acc[i][v], m)
		}
	})

	// The second pass takes both high parts, the third the low parts of A.
	DECQ(g.passes)
	JZ(LabelRef(g.label("next")))
	MOVQ(g.aBlock, low)
	MOVQ(g.bBlock, g.bp)
	CMPQ(g.passes, Imm(2))
	JE(LabelRef(g.label("pass")))
	shift = bytes("aLow")
	ADDQ(shift, low)
	JMP(LabelRef(g.label("pass")))

	Label(g.label("next"))
	for _, p := range []struct {
		block Mem
		step  reg.GPVirtual
	}{{g.aBlock, g.aCol}, {g.bBlock, g.ldb}} {
		t := GP64()
		MOVQ(p.step, t)
		SHLQ(Imm(4), t) // half of blockLength steps of two links
		ADDQ(t, p.block)
	}
	if turns := chainLength / g.linksInTurn(); turns == 1 {
		DECQ(g.turns)
		JNZ(LabelRef(g.label("block")))
	} else {
		SUBQ(Imm(uint64(turns)), g.turns)
		JG(LabelRef(g.label("block")))
	}
	g.advance()
	DECQ(g.tiles)
	JNZ(LabelRef(g.label("rows")))
	g.nextPanel()
	LDMXCSR(g.control)
	finish()
}

// chains sums every other link of a block, from low and g.bp on.
func (g partGen) chains(name string, low reg.GPVirtual) [][]reg.VecVirtual {
	acc := make([][]reg.VecVirtual, g.rows)
	for i := range acc {
		for range g.vectors {
			v := g.vec()
			VXORPS(v, v, v)
			acc[i] = append(acc[i], v)
		}
	}
	var high reg.GPVirtual
	if g.rows > 7 {
		high = GP64()
		LEAQ(Mem{Base: low, Index: g.s1, Scale: 1}, high)
		LEAQ(Mem{Base: high, Index: g.s3, Scale: 2}, high)
	}
	k := GP64()
	if g.linksInTurn() < chainLength {
		MOVQ(g.block, k)
		g.turn(name, acc, k, low)
		return acc
	}
	MOVQ(U32(chainLength), k)
	Label(g.label(name))
	if g.vectors > 2 {
		g.byColumns(acc, g.bp, low)
	} else {
		g.byRows(acc, Mem{Base: g.bp}, low, high)
	}
	ADDQ(g.ldb, g.bp)
	ADDQ(g.aCol, low)
	if g.rows > 7 {
		ADDQ(g.aCol, high)
	}
	DECQ(k)
	JNZ(LabelRef(g.label(name)))
	return acc
}

// turnsOfBlock sets the turns of the block to those that are left, but to at most those
// of a whole block.
func (g partGen) turnsOfBlock() {
	whole := chainLength / g.linksInTurn()
	if whole == 1 {
		return
	}
	left, n := GP64(), GP64()
	MOVQ(g.turns, left)
	MOVQ(U32(whole), n)
	CMPQ(left, n)
	CMOVQLT(left, n)
	MOVQ(n, g.block)
}

// turn is the loop over k turns.
func (g partGen) turn(name string, acc [][]reg.VecVirtual, k, low reg.Register) {
	var ldb3 reg.GPVirtual
	if g.vectors <= 2 {
		ldb3 = GP64()
		LEAQ(Mem{Base: g.ldb, Index: g.ldb, Scale: 2}, ldb3)
	}
	Label(g.label(name))
	for step := range stepsInTurn {
		if g.vectors > 2 {
			g.byColumns(acc, g.bp, low)
			ADDQ(g.ldb, g.bp)
		} else {
			g.byRows(acc, g.stepOfB(g.bp, ldb3, step), low, nil)
		}
		ADDQ(g.aCol, low)
	}
	if g.vectors <= 2 {
		LEAQ(Mem{Base: g.bp, Index: g.ldb, Scale: stepsInTurn}, g.bp)
	}
	DECQ(k)
	JNZ(LabelRef(g.label(name)))
}

// each visits the accumulators.
func (g partGen) each(visit func(i, v int)) {
	for i := range g.rows {
		for v := range g.vectors {
			visit(i, v)
		}
	}
}

// sum addresses the sum of the even links of an accumulator.
func (g partGen) sum(i, v int) Mem { return g.sums.Offset(4 * g.lanes * (i*g.vectors + v)) }

// genRound emits the rounding to bfloat16, with and without the rest.
func genRound(s isa) {
	s.text("roundHigh", "func(high, x []float32)")
	high, x := slice("high"), slice("x")
	s.forEach(length("x"), func(b block) { b.put(s.bfloat16(b.get(x)), high) })
	finish()

	s.text("roundParts", "func(high, low, x []float32)")
	high, low, x := slice("high"), slice("low"), slice("x")
	s.forEach(length("x"), func(b block) {
		v := b.get(x)
		h := s.bfloat16(v)
		b.put(h, high)
		b.put(s.bfloat16(s.sub(v, h)), low)
	})
	finish()
}

const (
	exponentBits = 0x7f800000
	quietNaN     = 0x7fc00000
)

// bfloat16 rounds x to the nearest bfloat16, as the function of that name does in Go.
func (s isa) bfloat16(x reg.VecVirtual) reg.VecVirtual {
	r := s.vec()
	VPSRLD(Imm(16), x, r)
	r = s.and(r, bits(1))
	VPADDD(x, r, r)
	VPADDD(bits(0x7fff), r, r)
	r = s.and(r, bits(0xffff0000))
	sign, exponent := s.and(x, bits(signBit)), s.and(x, bits(exponentBits))
	if s.wide() {
		zero, nan := K(), K()
		VPCMPEQD(s.zero(), exponent, zero)
		VBLENDMPS(sign, r, zero, r)
		VCMPPS(Imm(unordered), x, x, nan)
		VBLENDMPS(s.load(bits(quietNaN)), r, nan, r)
		return r
	}
	zero, nan := s.vec(), s.vec()
	VPCMPEQD(s.zero(), exponent, zero)
	VBLENDVPS(zero, sign, r, r)
	VCMPPS(Imm(unordered), x, x, nan)
	VBLENDVPS(nan, s.load(bits(quietNaN)), r, r)
	return r
}
