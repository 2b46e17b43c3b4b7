package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets of the fields of tileJob in ../tiles_amd64.go, where a test compares them.
const (
	jobA      = 64 + 8*iota // pointer to the high parts of A
	jobALow                 // bytes from the high to the low parts
	jobARow                 // bytes between rows
	jobATile                // bytes between the two tiles of rows
	jobB                    // pointer to the high parts of B
	jobBLow                 // bytes from the high to the low parts
	jobBTile                // bytes between tiles of columns
	jobC                    // pointer to C
	jobCRow                 // bytes between rows
	jobCTile                // bytes between the two tiles of rows
	jobBlocks               // blocks of the chain
	jobPanels               // panels of columns
	jobPasses               // 3 with low parts, 1 without
)

const (
	tileBytes    = 1024 // of a full tile
	tileRowBytes = 64
)

// The registers of the tile functions. Their numbers are part of the encodings.
var (
	regJob    = reg.RDI
	regA      = reg.RSI
	regB      = reg.R9
	regC      = reg.R11
	regRowA   = reg.R8
	regRowB   = reg.R10
	regRowC   = reg.R12
	regBlocks = reg.R13
	regPanels = reg.RCX
	regFrom   = reg.RDX // bytes from the first panel of B to this one
	regTo     = reg.RBX // bytes from the first panel of C to this one
	regAt     = reg.RAX // an address
)

// Tiles 0 to 3 are sums, 4 and 5 parts of A, 6 and 7 parts of B.
const (
	firstA = 4
	firstB = 6
)

// genTileProducts emits a function for each number of tiles that sums are kept for:
// one row of one to four, or two rows of one or two.
func genTileProducts() {
	for columns := 1; columns <= 4; columns++ {
		genTileProduct(1, columns)
	}
	genTileProduct(2, 1)
	genTileProduct(2, 2)
}

func genTileProduct(rows, columns int) {
	name := fmt.Sprintf("tiles%dx%d", rows, columns)
	TEXT(name, attr.NOSPLIT, "func(job *byte)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s adds A·B to panels of %d×%d tiles of C, side by side. It leaves no tile in use.", name, rows, columns))
	g := tileProduct{rows, columns}
	Load(Param("job"), regJob)
	ldtilecfg(regJob)
	MOVQ(Mem{Base: regJob, Disp: jobARow}, regRowA)
	MOVQ(U32(tileRowBytes), regRowB)
	MOVQ(Mem{Base: regJob, Disp: jobCRow}, regRowC)
	MOVQ(Mem{Base: regJob, Disp: jobPanels}, regPanels)
	XORQ(regFrom, regFrom)
	XORQ(regTo, regTo)
	CMPQ(Mem{Base: regJob, Disp: jobPasses}, Imm(1))
	JE(LabelRef("high"))
	g.panels("split", g.splitBlock)
	g.panels("high", g.highBlock)
}

type tileProduct struct{ rows, columns int }

// panels emits the loops over panels and blocks, and the return.
func (g tileProduct) panels(name string, block func()) {
	Label(name)
	MOVQ(Mem{Base: regJob, Disp: jobA}, regA)
	MOVQ(Mem{Base: regJob, Disp: jobB}, regB)
	ADDQ(regFrom, regB)
	MOVQ(Mem{Base: regJob, Disp: jobC}, regC)
	ADDQ(regTo, regC)
	MOVQ(Mem{Base: regJob, Disp: jobBlocks}, regBlocks)
	g.eachSum(func(base reg.Register, offset int32, tile byte) { tileloadd(base, regRowC, offset, tile) })
	Label(name + "Block")
	block()
	ADDQ(U32(tileRowBytes), regA)
	ADDQ(U32(tileBytes), regB)
	DECQ(regBlocks)
	JNZ(LabelRef(name + "Block"))
	g.eachSum(func(base reg.Register, offset int32, tile byte) { tilestored(tile, base, regRowC, offset) })
	for range g.columns {
		ADDQ(Mem{Base: regJob, Disp: jobBTile}, regFrom)
	}
	ADDQ(U32(uint32(g.columns*tileRowBytes)), regTo)
	DECQ(regPanels)
	JNZ(LabelRef(name))
	tilerelease()
	RET()
}

// sum is the number of the tile that holds sums.
func (g tileProduct) sum(row, column int) byte { return byte(row*g.columns + column) }

// eachSum visits the tiles of C.
func (g tileProduct) eachSum(visit func(base reg.Register, offset int32, tile byte)) {
	MOVQ(regC, regAt)
	for row := range g.rows {
		if row > 0 {
			ADDQ(Mem{Base: regJob, Disp: jobCTile}, regAt)
		}
		for column := range g.columns {
			visit(regAt, int32(column*tileRowBytes), g.sum(row, column))
		}
	}
}

// loadA loads the high or low parts of A, of all rows, into tiles from `first` on.
func (g tileProduct) loadA(low bool, first byte) {
	MOVQ(regA, regAt)
	if low {
		ADDQ(Mem{Base: regJob, Disp: jobALow}, regAt)
	}
	for row := range g.rows {
		if row > 0 {
			ADDQ(Mem{Base: regJob, Disp: jobATile}, regAt)
		}
		tileloadd(regAt, regRowA, 0, first+byte(row))
	}
}

// eachB loads the high or low parts of B into the two tiles for them, one or two
// columns at a time, and calls use with the first column and their number.
func (g tileProduct) eachB(low bool, use func(from, n int)) {
	MOVQ(regB, regAt)
	if low {
		ADDQ(Mem{Base: regJob, Disp: jobBLow}, regAt)
	}
	for from := 0; from < g.columns; from += 2 {
		n := min(2, g.columns-from)
		for i := range n {
			if from+i > 0 {
				ADDQ(Mem{Base: regJob, Disp: jobBTile}, regAt)
			}
			tileloadd(regAt, regRowB, 0, firstB+byte(i))
		}
		use(from, n)
	}
}

// multiply adds the product of the tiles of A from a on with those of B.
func (g tileProduct) multiply(a byte) func(from, n int) {
	return func(from, n int) {
		for row := range g.rows {
			for i := range n {
				tdpbf16ps(firstB+byte(i), a+byte(row), g.sum(row, from+i))
			}
		}
	}
}

// highBlock adds a block of high parts.
func (g tileProduct) highBlock() {
	g.loadA(false, firstA)
	g.eachB(false, g.multiply(firstA))
}

// splitBlock adds the three products of parts, in the order that each sum needs:
// high·low, high·high, low·high.
func (g tileProduct) splitBlock() {
	g.loadA(false, firstA)
	if g.rows == 1 {
		// There is a tile for the low parts of A beside that for the high ones.
		g.loadA(true, firstA+1)
		g.eachB(true, g.multiply(firstA))
		g.eachB(false, func(from, n int) {
			g.multiply(firstA)(from, n)
			g.multiply(firstA+1)(from, n)
		})
		return
	}
	g.eachB(true, g.multiply(firstA))
	g.eachB(false, g.multiply(firstA))
	g.loadA(true, firstA)
	g.multiply(firstA)(0, g.columns) // B still has its high parts
}

// genPack emits what brings parts into the layout of tiles.
func genPack() {
	s := avx2
	for _, low := range []bool{false, true} {
		genPackPairs(s, low)
		genPackRow(s, low)
	}
	for _, low := range []bool{false, true} {
		genPackPairsBF16(low)
		genPackRowBF16(low)
	}
	genTileLoop()
	genExtendedState()
}

// The functions for processors with AVX-512 BF16 convert 16 elements by one
// instruction, which rounds as the function bfloat16 does. Its registers are numbers in
// its encoding.

func bf16Name(name string, low bool) string {
	if low {
		return name + "PartsBF16"
	}
	return name + "HighBF16"
}

var (
	ymms = []reg.VecPhysical{reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5}
	zmms = []reg.VecPhysical{reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5}
)

// wideHigh sets Z<bits> to the elements of Z<x> as bfloat16s, each in the low half of
// a lane.
func wideHigh(x, bits byte) {
	vcvtneps2bf16(x, bits)
	VPMOVZXWD(ymms[bits], zmms[bits])
}

// putPairs stores pairs of the elements of Z0 and Z1 as bfloat16s. Z2 and Z3 keep the
// elements: those of Z0 in the low halves of the lanes, those of Z1 in the high ones.
func putPairs(to Mem) {
	wideHigh(0, 2)
	wideHigh(1, 3)
	VPSLLD(Imm(16), reg.Z3, reg.Z3)
	VPORD(reg.Z2, reg.Z3, reg.Z4)
	VMOVUPS(reg.Z4, to)
}

// genPackPairsBF16 emits what genPackPairs does.
func genPackPairsBF16(low bool) {
	TEXT(bf16Name("packPairs", low), attr.NOSPLIT, "func(dst *float32, lowAt, tile int, first, second *float32, tiles int)")
	Pragma("noescape")
	Doc("It packs 16·tiles elements of two rows. tile is the number of elements from a tile to the next, lowAt that to the low parts.")
	Load(Param("dst"), reg.RDI)
	Load(Param("lowAt"), reg.RAX)
	Load(Param("tile"), reg.RBX)
	Load(Param("first"), reg.RSI)
	Load(Param("second"), reg.RDX)
	Load(Param("tiles"), reg.RCX)
	SHLQ(Imm(2), reg.RAX)
	SHLQ(Imm(2), reg.RBX)
	Label("loop")
	VMOVUPS(Mem{Base: reg.RSI}, reg.Z0)
	VMOVUPS(Mem{Base: reg.RDX}, reg.Z1)
	putPairs(Mem{Base: reg.RDI})
	if low {
		VPSLLD(Imm(16), reg.Z2, reg.Z2)
		VSUBPS(reg.Z2, reg.Z0, reg.Z0) // the rests
		VSUBPS(reg.Z3, reg.Z1, reg.Z1)
		putPairs(Mem{Base: reg.RDI, Index: reg.RAX, Scale: 1})
	}
	ADDQ(Imm(64), reg.RSI)
	ADDQ(Imm(64), reg.RDX)
	ADDQ(reg.RBX, reg.RDI)
	DECQ(reg.RCX)
	JNZ(LabelRef("loop"))
	finish()
}

// genPackRowBF16 emits what genPackRow does.
func genPackRowBF16(low bool) {
	TEXT(bf16Name("packRow", low), attr.NOSPLIT, "func(dst *float32, lowAt int, x *float32, groups int)")
	Pragma("noescape")
	Doc("It packs 16·groups elements of a row. lowAt is the number of elements from the high to the low parts.")
	Load(Param("dst"), reg.RDI)
	Load(Param("lowAt"), reg.RAX)
	Load(Param("x"), reg.RSI)
	Load(Param("groups"), reg.RCX)
	SHLQ(Imm(2), reg.RAX)
	Label("loop")
	VMOVUPS(Mem{Base: reg.RSI}, reg.Z0)
	vcvtneps2bf16(0, 1)
	VMOVUPS(reg.Y1, Mem{Base: reg.RDI})
	if low {
		VPMOVZXWD(reg.Y1, reg.Z2)
		VPSLLD(Imm(16), reg.Z2, reg.Z2)
		VSUBPS(reg.Z2, reg.Z0, reg.Z0) // the rest
		vcvtneps2bf16(0, 1)
		VMOVUPS(reg.Y1, Mem{Base: reg.RDI, Index: reg.RAX, Scale: 1})
	}
	ADDQ(Imm(64), reg.RSI)
	ADDQ(Imm(32), reg.RDI)
	DECQ(reg.RCX)
	JNZ(LabelRef("loop"))
	finish()
}

// halves returns the parts of x as the bits of bfloat16s in the low half of each lane.
func (s isa) halves(x reg.VecVirtual, low bool) []reg.VecVirtual {
	h := s.bfloat16(x)
	parts := []reg.VecVirtual{h}
	if low {
		parts = append(parts, s.bfloat16(s.sub(x, h)))
	}
	shifted := make([]reg.VecVirtual, len(parts))
	for i, p := range parts {
		shifted[i] = s.vec()
		VPSRLD(Imm(16), p, shifted[i])
	}
	return shifted
}

func packName(name string, low bool) string {
	if low {
		return name + "PartsAVX2"
	}
	return name + "HighAVX2"
}

// genPackPairs emits the packing of two rows of B, whose elements become pairs.
func genPackPairs(s isa, low bool) {
	TEXT(packName("packPairs", low), attr.NOSPLIT, "func(dst *float32, lowAt, tile int, first, second *float32, tiles int)")
	Pragma("noescape")
	Doc("It packs 16·tiles elements of two rows. tile is the number of elements from a tile to the next, lowAt that to the low parts.")
	hoisted = map[uint32]reg.VecVirtual{}
	dst := Load(Param("dst"), GP64()).(reg.GPVirtual)
	first := Load(Param("first"), GP64()).(reg.GPVirtual)
	second := Load(Param("second"), GP64()).(reg.GPVirtual)
	tiles := Load(Param("tiles"), GP64()).(reg.GPVirtual)
	tile, lowAt := bytes("tile"), bytes("lowAt")
	Label("loop")
	for half := range 2 {
		at := Mem{Base: first, Disp: 32 * half}
		x, y := s.load(at), s.load(Mem{Base: second, Disp: 32 * half})
		even, odd := s.halves(x, low), s.halves(y, low)
		for part := range even {
			v := s.vec()
			VPSLLD(Imm(16), odd[part], v)
			VPOR(even[part], v, v)
			to := Mem{Base: dst, Disp: 32 * half}
			if part == 1 {
				to.Index, to.Scale = lowAt, 1
			}
			VMOVUPS(v, to)
		}
	}
	ADDQ(Imm(64), first)
	ADDQ(Imm(64), second)
	ADDQ(tile, dst)
	DECQ(tiles)
	JNZ(LabelRef("loop"))
	finish()
}

// genPackRow emits the packing of a row of A, in which pairs are neighbours.
func genPackRow(s isa, low bool) {
	TEXT(packName("packRow", low), attr.NOSPLIT, "func(dst *float32, lowAt int, x *float32, groups int)")
	Pragma("noescape")
	Doc("It packs 16·groups elements of a row. lowAt is the number of elements from the high to the low parts.")
	hoisted = map[uint32]reg.VecVirtual{}
	dst := Load(Param("dst"), GP64()).(reg.GPVirtual)
	x := Load(Param("x"), GP64()).(reg.GPVirtual)
	groups := Load(Param("groups"), GP64()).(reg.GPVirtual)
	lowAt := bytes("lowAt")
	Label("loop")
	left, right := s.halves(s.load(Mem{Base: x}), low), s.halves(s.load(Mem{Base: x, Disp: 32}), low)
	for part := range left {
		v := s.vec()
		VPACKUSDW(right[part], left[part], v)
		VPERMQ(Imm(0xd8), v, v)
		to := Mem{Base: dst}
		if part == 1 {
			to.Index, to.Scale = lowAt, 1
		}
		VMOVUPS(v, to)
	}
	ADDQ(Imm(64), x)
	ADDQ(Imm(32), dst)
	DECQ(groups)
	JNZ(LabelRef("loop"))
	finish()
}

// genExtendedState emits the reading of XCR0, which says whose state the system keeps.
func genExtendedState() {
	TEXT("extendedState", attr.NOSPLIT, "func() uint64")
	XORL(reg.ECX, reg.ECX)
	XGETBV()
	SHLQ(Imm(32), reg.RDX)
	ORQ(reg.RDX, reg.RAX)
	Store(reg.RAX, ReturnIndex(0))
	RET()
}

// genTileLoop emits a loop of nothing but independent products of full tiles.
func genTileLoop() {
	TEXT("tileLoop", attr.NOSPLIT, "func(job *byte)")
	Pragma("noescape")
	Doc("tileLoop executes 4·blocks products of full tiles of zeros.")
	Load(Param("job"), regJob)
	ldtilecfg(regJob)
	MOVQ(Mem{Base: regJob, Disp: jobBlocks}, regBlocks)
	for tile := range byte(8) {
		tilezero(tile)
	}
	Label("loop")
	for sum := range byte(4) {
		tdpbf16ps(firstB+sum&1, firstA+sum>>1, sum)
	}
	DECQ(regBlocks)
	JNZ(LabelRef("loop"))
	tilerelease()
	RET()
}
