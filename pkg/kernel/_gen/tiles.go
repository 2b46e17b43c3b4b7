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
	jobA         = 64 + 8*iota // pointer to A
	jobATile                   // bytes to the second row of tiles
	jobB                       // pointer to B
	jobBTile                   // bytes between tiles of columns
	jobC                       // pointer to C
	jobCRow                    // bytes between rows
	jobCTile                   // bytes to the second row of tiles
	jobStart                   // pointer to the values from which the sums start, or nil
	jobStartRow                // bytes between their rows
	jobStartTile               // bytes to their second row of tiles
	jobBlocks                  // blocks of the chain
	jobPanels                  // panels of columns
	jobPasses                  // 3 with low parts, 1 without
	jobFrom                    // bytes from the first panel of B to this one
	jobTo                      // bytes from the first panel of C to this one
)

const (
	tileBytes    = 1024 // of a full tile
	tileRowBytes = 64
)

// The registers of the tile functions. Their numbers are part of the encodings.
var (
	regJob    = reg.RDI
	regA      = [2]reg.Register{reg.RSI, reg.RDX}                  // rows of tiles of A
	regB      = [4]reg.Register{reg.R9, reg.R10, reg.R11, reg.R12} // columns of tiles of B
	regRow    = reg.R8                                             // bytes between the rows of a tile of A or B
	regBlocks = reg.R13
	regAt     = reg.RAX // an address
	regStride = reg.RCX // bytes between the rows at that address
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
	Doc(fmt.Sprintf("%s computes panels of %d×%d tiles of C, side by side, and counts them in the job. It leaves no tile in use.", name, rows, columns))
	g := tileProduct{rows, columns}
	Load(Param("job"), regJob)
	ldtilecfg(regJob)
	MOVQ(U32(tileRowBytes), regRow)
	CMPQ(Mem{Base: regJob, Disp: jobPasses}, Imm(1))
	JE(LabelRef("high"))
	g.panels("split", 2*tileBytes, g.splitBlock)
	g.panels("high", tileBytes, g.highBlock)
}

type tileProduct struct{ rows, columns int }

// panels emits the loops over panels and blocks, and the return. size is the number of
// bytes of the parts of a tile.
func (g tileProduct) panels(name string, size uint32, block func()) {
	field := func(offset int) Mem { return Mem{Base: regJob, Disp: offset} }
	Label(name)
	MOVQ(field(jobA), regA[0])
	if g.rows > 1 {
		MOVQ(regA[0], regA[1])
		ADDQ(field(jobATile), regA[1])
	}
	MOVQ(field(jobBTile), regAt)
	MOVQ(field(jobB), regB[0])
	ADDQ(field(jobFrom), regB[0])
	for i := 1; i < g.columns; i++ {
		MOVQ(regB[i-1], regB[i])
		ADDQ(regAt, regB[i])
	}
	for range g.columns {
		ADDQ(regAt, field(jobFrom))
	}
	MOVQ(field(jobBlocks), regBlocks)

	MOVQ(field(jobStart), regAt)
	CMPQ(regAt, Imm(0))
	JE(LabelRef(name + "Zero"))
	ADDQ(field(jobTo), regAt)
	MOVQ(field(jobStartRow), regStride)
	g.eachSum(jobStartTile, func(offset int32, tile byte) { tileloadd(regAt, regStride, offset, tile) })
	JMP(LabelRef(name + "Block"))
	Label(name + "Zero")
	for tile := range byte(g.rows * g.columns) {
		tilezero(tile)
	}

	Label(name + "Block")
	block()
	for i := range g.rows {
		ADDQ(U32(size), regA[i])
	}
	for i := range g.columns {
		ADDQ(U32(size), regB[i])
	}
	DECQ(regBlocks)
	JNZ(LabelRef(name + "Block"))

	MOVQ(field(jobC), regAt)
	ADDQ(field(jobTo), regAt)
	MOVQ(field(jobCRow), regStride)
	g.eachSum(jobCTile, func(offset int32, tile byte) { tilestored(tile, regAt, regStride, offset) })
	ADDQ(U32(uint32(g.columns*tileRowBytes)), field(jobTo))
	DECQ(field(jobPanels))
	JNZ(LabelRef(name))
	tilerelease()
	RET()
}

// sum is the number of the tile that holds sums.
func (g tileProduct) sum(row, column int) byte { return byte(row*g.columns + column) }

// eachSum visits the tiles of sums, of which the first is at regAt. A field of the job
// has the bytes to the second row of tiles.
func (g tileProduct) eachSum(toSecond int, visit func(offset int32, tile byte)) {
	for row := range g.rows {
		if row > 0 {
			ADDQ(Mem{Base: regJob, Disp: toSecond}, regAt)
		}
		for column := range g.columns {
			visit(int32(column*tileRowBytes), g.sum(row, column))
		}
	}
}

func loadHigh(from reg.Register, tile byte) { tileloadd(from, regRow, 0, tile) }
func loadLow(from reg.Register, tile byte)  { tileloadd(from, regRow, tileBytes, tile) }

// add adds the product of a tile of A with one of B to a sum.
func (g tileProduct) add(row, column int, a, b byte) { tdpbf16ps(b, a, g.sum(row, column)) }

// highBlock adds a block of high parts.
func (g tileProduct) highBlock() {
	loadHigh(regA[0], firstA)
	for column := range g.columns {
		b := byte(firstB + column%2)
		loadHigh(regB[column], b)
		g.add(0, column, firstA, b)
		if g.rows > 1 {
			if column == 0 {
				loadHigh(regA[1], firstA+1)
			}
			g.add(1, column, firstA+1, b)
		}
	}
}

// splitBlock adds the three products of parts, in the order that each sum needs:
// high·low, high·high, low·high. A tile is loaded as soon as the last product that
// needs the one before it is on its way.
func (g tileProduct) splitBlock() {
	loadHigh(regA[0], firstA)
	if g.rows == 1 {
		for column := range g.columns {
			loadLow(regB[column], firstB)
			g.add(0, column, firstA, firstB)
			loadHigh(regB[column], firstB+1)
			g.add(0, column, firstA, firstB+1)
			if column == 0 {
				loadLow(regA[0], firstA+1)
			}
			g.add(0, column, firstA+1, firstB+1)
		}
		return
	}
	for column := range g.columns {
		b := byte(firstB + column)
		loadLow(regB[column], b)
		g.add(0, column, firstA, b)
		if column == 0 {
			loadHigh(regA[1], firstA+1)
		}
		g.add(1, column, firstA+1, b)
	}
	for column := range g.columns {
		b := byte(firstB + column)
		loadHigh(regB[column], b)
		g.add(0, column, firstA, b)
		g.add(1, column, firstA+1, b)
	}
	for row := range g.rows {
		a := byte(firstA + row)
		loadLow(regA[row], a)
		for column := range g.columns {
			g.add(row, column, a, byte(firstB+column))
		}
	}
}

// genPack emits what brings parts into the layout of tiles.
func genPack() {
	for _, low := range []bool{false, true} {
		genPackPairs(low)
		genPackRows(low)
	}
	genTileLoop()
	genExtendedState()
}

// The packing functions need AVX-512 BF16: an instruction converts 32 elements, and
// rounds as the function bfloat16 does. Its registers are numbers in its encoding.

func packName(name string, low bool) string {
	if low {
		return name + "Parts"
	}
	return name + "High"
}

// words returns a vector of 32 words in read-only memory.
func words(name string, word func(i int) int) Mem {
	m := GLOBL(name, attr.RODATA|attr.NOPTR)
	for i := range 32 {
		DATA(2*i, U16(word(i)))
	}
	return m
}

var interleaving, lowerUp, upperUp *Mem

func table(m **Mem, name string, word func(i int) int) Mem {
	if *m == nil {
		t := words(name, word)
		*m = &t
	}
	return **m
}

// genPackPairs emits the packing of rows of B, two of which become pairs.
func genPackPairs(low bool) {
	TEXT(packName("packPairs", low), attr.NOSPLIT, "func(dst *float32, lowAt, tile int, x *float32, stride, pairs, tiles, rest int)")
	Pragma("noescape")
	Doc("It packs `pairs` pairs of rows of B, each 16·tiles elements and those of the mask rest, which may be 0.",
		"tile is the number of elements from a tile to the next, lowAt the number from the high to the low parts.")
	var (
		dst, lowAt, tile, x, stride, pairs, tiles = reg.RDI, reg.RAX, reg.RBX, reg.RSI, reg.RDX, reg.RCX, reg.R8
		to, first, second, left                   = reg.R10, reg.R11, reg.R12, reg.R13
	)
	loadAll(param{"dst", dst}, param{"lowAt", lowAt}, param{"tile", tile}, param{"x", x}, param{"stride", stride}, param{"pairs", pairs}, param{"tiles", tiles}, param{"rest", left})
	KMOVW(left.As32(), reg.K1)
	for _, r := range []reg.GPPhysical{lowAt, tile, stride} {
		SHLQ(Imm(2), r)
	}
	// Words 0 and 16 become the first pair, and so on.
	VMOVUPS(table(&interleaving, "interleaving", func(i int) int { return i/2 + i%2*16 }), reg.Z6)
	VMOVUPS(constant(0xffff0000), reg.Z7)
	// Z0 and Z1 become pairs of bfloat16.
	pack := func(to Mem) {
		vcvtne2ps2bf16(0, 1, 2)
		VPERMW(reg.Z2, reg.Z6, reg.Z2)
		VMOVUPS(reg.Z2, to)
	}
	both := func() {
		pack(Mem{Base: to})
		if low {
			VPSLLD(Imm(16), reg.Z2, reg.Z3)
			VPANDD(reg.Z7, reg.Z2, reg.Z4)
			VSUBPS(reg.Z3, reg.Z0, reg.Z0) // the rests
			VSUBPS(reg.Z4, reg.Z1, reg.Z1)
			pack(Mem{Base: to, Index: lowAt, Scale: 1})
		}
	}
	Label("pair")
	MOVQ(dst, to)
	MOVQ(x, first)
	LEAQ(Mem{Base: x, Index: stride, Scale: 1}, second)
	MOVQ(tiles, left)
	CMPQ(left, Imm(0))
	JE(LabelRef("rest"))
	Label("tile")
	VMOVUPS(Mem{Base: first}, reg.Z0)
	VMOVUPS(Mem{Base: second}, reg.Z1)
	both()
	ADDQ(Imm(64), first)
	ADDQ(Imm(64), second)
	ADDQ(tile, to)
	DECQ(left)
	JNZ(LabelRef("tile"))
	Label("rest")
	Load(Param("rest"), left)
	CMPQ(left, Imm(0))
	JE(LabelRef("next"))
	VMOVUPS_Z(Mem{Base: first}, reg.K1, reg.Z0)
	VMOVUPS_Z(Mem{Base: second}, reg.K1, reg.Z1)
	both()
	Label("next")
	ADDQ(Imm(64), dst)
	ADDQ(stride, x)
	ADDQ(stride, x)
	DECQ(pairs)
	JNZ(LabelRef("pair"))
	finish()
}

// genPackRows emits the packing of rows of A, in which pairs are neighbours.
func genPackRows(low bool) {
	TEXT(packName("packRows", low), attr.NOSPLIT, "func(dst *float32, lowAt, block int, x *float32, stride, rows, blocks, rest int)")
	Pragma("noescape")
	Doc("It packs rows of A, each 32·blocks elements and those of the mask rest, which may be 0.",
		"block is the number of elements from a tile to the next, lowAt the number from the high to the low parts.")
	var (
		dst, lowAt, block, x, stride, rows, blocks = reg.RDI, reg.RAX, reg.RBX, reg.RSI, reg.RDX, reg.RCX, reg.R8
		to, from, left                             = reg.R10, reg.R11, reg.R13
	)
	loadAll(param{"dst", dst}, param{"lowAt", lowAt}, param{"block", block}, param{"x", x}, param{"stride", stride}, param{"rows", rows}, param{"blocks", blocks}, param{"rest", left})
	KMOVW(left.As32(), reg.K1)
	SHRQ(Imm(16), left)
	KMOVW(left.As32(), reg.K2)
	for _, r := range []reg.GPPhysical{lowAt, block, stride} {
		SHLQ(Imm(2), r)
	}
	// Words become the upper halves of lanes, whose lower halves are masked.
	MOVL(U32(0xaaaaaaaa), left.As32())
	KMOVD(left.As32(), reg.K3)
	VMOVUPS(table(&lowerUp, "lowerUp", func(i int) int { return i / 2 }), reg.Z6)
	VMOVUPS(table(&upperUp, "upperUp", func(i int) int { return i/2 + 16 }), reg.Z7)
	both := func() {
		vcvtne2ps2bf16(0, 1, 2)
		VMOVUPS(reg.Z2, Mem{Base: to})
		if low {
			VPERMW_Z(reg.Z2, reg.Z6, reg.K3, reg.Z3)
			VPERMW_Z(reg.Z2, reg.Z7, reg.K3, reg.Z4)
			VSUBPS(reg.Z3, reg.Z0, reg.Z0) // the rests
			VSUBPS(reg.Z4, reg.Z1, reg.Z1)
			vcvtne2ps2bf16(0, 1, 2)
			VMOVUPS(reg.Z2, Mem{Base: to, Index: lowAt, Scale: 1})
		}
	}
	Label("row")
	MOVQ(dst, to)
	MOVQ(x, from)
	MOVQ(blocks, left)
	CMPQ(left, Imm(0))
	JE(LabelRef("rest"))
	Label("block")
	VMOVUPS(Mem{Base: from}, reg.Z0)
	VMOVUPS(Mem{Base: from, Disp: 64}, reg.Z1)
	both()
	SUBQ(I32(-128), from)
	ADDQ(block, to)
	DECQ(left)
	JNZ(LabelRef("block"))
	Label("rest")
	Load(Param("rest"), left)
	CMPQ(left, Imm(0))
	JE(LabelRef("next"))
	VMOVUPS_Z(Mem{Base: from}, reg.K1, reg.Z0)
	VMOVUPS_Z(Mem{Base: from, Disp: 64}, reg.K2, reg.Z1)
	both()
	Label("next")
	ADDQ(Imm(64), dst)
	ADDQ(stride, x)
	DECQ(rows)
	JNZ(LabelRef("row"))
	finish()
}

// param is a parameter and its register.
type param struct {
	name string
	to   reg.GPPhysical
}

func loadAll(list ...param) {
	for _, p := range list {
		Load(Param(p.name), p.to)
	}
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
