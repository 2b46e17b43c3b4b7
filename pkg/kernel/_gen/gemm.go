package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// maxRows is the number of rows of the tallest tile of an instruction set.
// With two vectors of columns, such a tile fills all registers: they hold the
// accumulators, a row of B and one element of A.
func (s isa) maxRows() int {
	if s.wide() {
		return 14
	}
	return 6
}

// wideRows is the number of rows of the tallest tile with eight vectors of
// columns. With so few rows, reading B takes most of the time. B is read
// faster in long pieces of each row.
func (s isa) wideRows() int {
	if s.wide() {
		return 3
	}
	return 1
}

// genGemm emits four functions for each instruction set. They differ in the
// columns of their tiles: two full vectors; one full vector and a masked one;
// one masked vector; eight full vectors for very few rows. Each function
// computes `tiles` tiles of `rows` rows, one below the other. It contains code
// for every number of rows.
func genGemm(s isa) {
	genTiles(s, "gemmFull", s.maxRows(), 2, false)
	genTiles(s, "gemmPart", s.maxRows(), 2, true)
	genTiles(s, "gemmEdge", s.maxRows(), 1, true)
	genTiles(s, "gemmWide", s.wideRows(), 8, false)
}

func genTiles(s isa, name string, maxRows, vectors int, masked bool) {
	s.text(name, "func(tiles, rows, k int, a *float32, aRow, aCol int, b *float32, ldb int, c *float32, ldc int, lastCols, panels int, bias *float32, accumulate bool)")
	Doc(fmt.Sprintf("%s%s computes tiles·rows rows of C = A·B + bias or C += A·B; rows is 1 to %d.", name, s.name, maxRows),
		"bias is one row or nil. Element (i, p) of A is a[i·aRow+p·aCol]. "+widthOfTiles(masked))
	g := tileGen{isa: s, vectors: vectors, biased: true}
	if masked {
		rest := GP64()
		Load(Param("lastCols"), rest)
		g.mask = s.fullMask(rest)
	}
	g.loadOperands()
	g.s3, g.s5 = GP64(), GP64()
	g.multiplyStride()
	eachHeight(maxRows, func(rows int) {
		g.rows = rows
		g.emit()
	})
}

// widthOfTiles says what the parameters lastCols and panels of a tile function mean.
func widthOfTiles(masked bool) string {
	if masked {
		return "lastCols counts the columns of the last vector; panels is 1."
	}
	return "It computes panels side by side, all of full vectors."
}

// loadOperands loads the pointers to A and C, the number of tiles and the strides.
func (g *tileGen) loadOperands() {
	g.a = Load(Param("a"), GP64()).(reg.GPVirtual)
	g.c = Load(Param("c"), GP64()).(reg.GPVirtual)
	g.tiles = Load(Param("tiles"), GP64()).(reg.GPVirtual)
	g.s1 = bytes("aRow")
	g.aCol = bytes("aCol")
	g.ldb = bytes("ldb")
}

// multiplyStride computes 3 and 5 times the distance between rows of A.
func (g *tileGen) multiplyStride() {
	LEAQ(Mem{Base: g.s1, Index: g.s1, Scale: 2}, g.s3)
	LEAQ(Mem{Base: g.s1, Index: g.s1, Scale: 4}, g.s5)
}

// eachHeight emits the code of every number of rows, and a jump to the code of the
// number that the parameter rows has.
func eachHeight(maxRows int, emit func(rows int)) {
	rows := Load(Param("rows"), GP64())
	for r := maxRows; r > 1; r-- {
		CMPQ(rows, Imm(uint64(r)))
		JE(LabelRef(fmt.Sprintf("rows%d", r)))
	}
	for r := 1; r <= maxRows; r++ {
		emit(r)
	}
}

// bytes loads a stride parameter, in elements, as bytes.
func bytes(param string) reg.GPVirtual {
	v := GP64()
	Load(Param(param), v)
	SHLQ(Imm(2), v)
	return v
}

// fullMask is restMask for 1 ≤ n ≤ lanes.
func (s isa) fullMask(n reg.GPVirtual) Op { return s.restMask(n) }

type tileGen struct {
	isa
	rows, vectors    int
	mask             Op   // of the last vector, or nil
	biased           bool // there is a parameter bias
	a, c, tiles      reg.GPVirtual
	s1, s3, s5, aCol reg.GPVirtual // row strides of A ×1, ×3, ×5; column stride
	ldb              reg.GPVirtual
}

func (g tileGen) label(name string) string { return fmt.Sprintf("%s%d", name, g.rows) }

// emit writes the loop over tiles of g.rows rows.
func (g tileGen) emit() {
	Label(g.label("rows"))
	acc := make([][]reg.VecVirtual, g.rows)
	for i := range acc {
		for range g.vectors {
			acc[i] = append(acc[i], g.vec())
		}
	}
	g.initial(acc)
	Label(g.label("start"))
	g.inner(acc)
	g.eachC(func(i, v int, m Mem) {
		if g.masked(v) {
			g.store(acc[i][v], m)
		} else {
			VMOVUPS(acc[i][v], m)
		}
	})
	g.advance()
	DECQ(g.tiles)
	JNZ(LabelRef(g.label("rows")))
	g.nextPanel()
	finish()
}

// nextPanel goes on with the panel of columns to the right, until none is left. The
// parameters in memory tell where a panel begins.
func (g tileGen) nextPanel() {
	if g.mask != nil {
		return
	}
	DECQ(address(Param("panels")))
	JZ(LabelRef(g.label("done")))
	width := U32(4 * g.lanes * g.vectors)
	ADDQ(width, address(Param("b")))
	ADDQ(width, address(Param("c")))
	if g.biased {
		bias := address(Param("bias"))
		CMPQ(bias, Imm(0))
		JE(LabelRef(g.label("unbiased")))
		ADDQ(width, bias)
		Label(g.label("unbiased"))
	}
	Load(Param("a"), g.a)
	Load(Param("c"), g.c)
	Load(Param("tiles"), g.tiles)
	JMP(LabelRef(g.label("rows")))
	Label(g.label("done"))
}

// initial sets the accumulators to zero, to the bias, or to the tile of C.
func (g tileGen) initial(acc [][]reg.VecVirtual) {
	flag := GP8()
	Load(Param("accumulate"), flag)
	TESTB(flag, flag)
	JNZ(LabelRef(g.label("add")))
	bias := Load(Param("bias"), GP64())
	TESTQ(bias, bias)
	JNZ(LabelRef(g.label("bias")))
	for _, row := range acc {
		for _, v := range row {
			VXORPS(v.AsX(), v.AsX(), v.AsX())
		}
	}
	JMP(LabelRef(g.label("start")))
	Label(g.label("bias"))
	for v := range g.vectors {
		g.loadColumns(v, g.columns(bias, v), acc[0][v])
		for i := 1; i < g.rows; i++ {
			VMOVAPS(acc[0][v], acc[i][v])
		}
	}
	JMP(LabelRef(g.label("start")))
	Label(g.label("add"))
	g.eachC(func(i, v int, m Mem) { g.loadColumns(v, m, acc[i][v]) })
}

// inner runs the chains of all elements of the tile over k.
func (g tileGen) inner(acc [][]reg.VecVirtual) {
	k := Load(Param("k"), GP64())
	b := Load(Param("b"), GP64())
	low, high := GP64(), GP64() // rows 0–6 and 7–13 of A
	MOVQ(g.a, low)
	if g.rows > 7 {
		LEAQ(Mem{Base: g.a, Index: g.s1, Scale: 1}, high)
		LEAQ(Mem{Base: high, Index: g.s3, Scale: 2}, high)
	}
	if !g.wide() && g.vectors <= 2 {
		g.innerByFour(acc, k, b, low)
		return
	}
	prefetch := g.prefetcher(b)
	Label(g.label("k"))
	prefetch()
	if g.vectors > 2 {
		g.byColumns(acc, b, low)
	} else {
		g.byRows(acc, Mem{Base: b}, low, high)
	}
	ADDQ(g.ldb, b)
	ADDQ(g.aCol, low)
	if g.rows > 7 {
		ADDQ(g.aCol, high)
	}
	DECQ(k)
	JNZ(LabelRef(g.label("k")))
}

// innerByFour takes four steps of k in a turn of the loop, and then the rest one by one.
// Tiles of AVX2 do few multiply-adds in a step. So counters and pointers are a large part
// of their instructions: a step of six rows has 22 this way and 27 with a step in a turn.
// This matters most if another program runs on the other half of the processor core,
// because then each gets half of the instructions.
func (g tileGen) innerByFour(acc [][]reg.VecVirtual, k, b, low reg.Register) {
	ldb3, ahead := GP64(), GP64()
	LEAQ(Mem{Base: g.ldb, Index: g.ldb, Scale: 2}, ldb3)
	MOVQ(g.ldb, ahead)
	SHLQ(Imm(prefetchShift), ahead)
	ADDQ(b, ahead)
	SUBQ(Imm(stepsInTurn), k)
	JLT(LabelRef(g.label("rest")))
	Label(g.label("k"))
	for step := range stepsInTurn {
		PREFETCHT1(g.stepOfB(ahead, ldb3, step))
		g.byRows(acc, g.stepOfB(b, ldb3, step), low, nil)
		ADDQ(g.aCol, low)
	}
	LEAQ(Mem{Base: b, Index: g.ldb, Scale: stepsInTurn}, b)
	LEAQ(Mem{Base: ahead, Index: g.ldb, Scale: stepsInTurn}, ahead)
	SUBQ(Imm(stepsInTurn), k)
	JGE(LabelRef(g.label("k")))
	Label(g.label("rest"))
	ADDQ(Imm(stepsInTurn), k)
	JZ(LabelRef(g.label("end")))
	Label(g.label("single"))
	g.byRows(acc, Mem{Base: b}, low, nil)
	ADDQ(g.ldb, b)
	ADDQ(g.aCol, low)
	DECQ(k)
	JNZ(LabelRef(g.label("single")))
	Label(g.label("end"))
}

// stepsInTurn is the number of steps of k in a turn of a loop with AVX2.
const stepsInTurn = 4

// stepOfB addresses the row of B that is up to three steps of k from that at p. ldb3 is
// three times the distance between rows.
func (g tileGen) stepOfB(p, ldb3 reg.Register, step int) Mem {
	switch step {
	case 0:
		return Mem{Base: p}
	case 3:
		return Mem{Base: p, Index: ldb3, Scale: 1}
	}
	return Mem{Base: p, Index: g.ldb, Scale: uint8(step)}
}

// prefetchShift is the base-2 logarithm of the number of steps of k by which
// prefetching is ahead. The rows of a panel lie so far apart that the
// processor does not prefetch them itself, and its out-of-order execution is
// only about six steps ahead. The prefetches go to the second-level cache. In
// the first-level cache the rows would evict each other, because their
// addresses differ by a multiple of a large power of two.
const prefetchShift = 4

const cacheLine = 64

// prefetcher returns a function that emits the prefetches for one step of k.
// Wide tiles need none, because they read B in long pieces.
func (g tileGen) prefetcher(b reg.Register) func() {
	if g.vectors > 2 {
		return func() {}
	}
	ahead := func(p, step reg.Register) reg.GPVirtual {
		q := GP64()
		MOVQ(step, q)
		SHLQ(Imm(prefetchShift), q)
		ADDQ(p, q)
		return q
	}
	aheadA, aheadB := ahead(g.a, g.aCol), ahead(b, g.ldb)
	return func() {
		// At the end of the matrices this prefetches memory that is never used. That is
		// harmless.
		PREFETCHT1(Mem{Base: aheadA})
		for v := 0; v < g.vectors; v += max(1, cacheLine/4/g.lanes) {
			PREFETCHT1(g.columns(aheadB, v))
		}
		ADDQ(g.aCol, aheadA)
		ADDQ(g.ldb, aheadB)
	}
}

// byRows keeps the row of B at b in registers and takes the elements of A one after the
// other.
func (g tileGen) byRows(acc [][]reg.VecVirtual, b Mem, low, high reg.Register) {
	cols := make([]reg.VecVirtual, g.vectors)
	for v := range cols {
		cols[v] = g.vec()
		g.loadColumns(v, b.Offset(4*g.lanes*v), cols[v])
	}
	for i := range g.rows {
		element := g.rowOf(i, low, high)
		if g.vectors == 1 && g.wide() {
			VFMADD231PS_BCST(element, cols[0], acc[i][0])
			continue
		}
		x := g.vec()
		VBROADCASTSS(element, x)
		for v := range cols {
			VFMADD231PS(x, cols[v], acc[i][v])
		}
	}
}

// byColumns keeps a column of A in registers and takes the vectors of B one
// after the other.
func (g tileGen) byColumns(acc [][]reg.VecVirtual, b, low reg.Register) {
	x := make([]reg.VecVirtual, g.rows)
	for i := range x {
		x[i] = g.vec()
		VBROADCASTSS(g.rowOf(i, low, nil), x[i])
	}
	for v := range g.vectors {
		y := g.load(g.columns(b, v))
		for i := range x {
			VFMADD231PS(x[i], y, acc[i][v])
		}
	}
}

// columns addresses vector v of the row of B or C at p.
func (g tileGen) columns(p reg.Register, v int) Mem {
	return Mem{Base: p, Disp: 4 * g.lanes * v}
}

// rowOf addresses row i of A from the two row pointers.
func (g tileGen) rowOf(i int, low, high reg.Register) Mem {
	base := low
	if i >= 7 {
		base, i = high, i-7
	}
	switch i {
	case 0:
		return Mem{Base: base}
	case 1, 2, 4:
		return Mem{Base: base, Index: g.s1, Scale: uint8(i)}
	case 3, 6:
		return Mem{Base: base, Index: g.s3, Scale: uint8(i / 3)}
	}
	return Mem{Base: base, Index: g.s5, Scale: 1}
}

func (g tileGen) masked(v int) bool { return g.mask != nil && v == g.vectors-1 }

func (g tileGen) loadColumns(v int, m Mem, dst reg.VecVirtual) {
	switch {
	case !g.masked(v):
		VMOVUPS(m, dst)
	case g.wide():
		VMOVUPS_Z(m, g.mask, dst)
	default:
		VMASKMOVPS(m, g.mask, dst)
	}
}

func (g tileGen) store(v reg.VecVirtual, m Mem) {
	if g.wide() {
		VMOVUPS(v, g.mask, m)
	} else {
		VMASKMOVPS(v, g.mask, m)
	}
}

// eachC calls visit for every vector of the tile of C, row by row.
func (g tileGen) eachC(visit func(i, v int, m Mem)) {
	ldc := bytes("ldc")
	p := GP64()
	MOVQ(g.c, p)
	for i := range g.rows {
		for v := range g.vectors {
			visit(i, v, g.columns(p, v))
		}
		if i < g.rows-1 {
			ADDQ(ldc, p)
		}
	}
}

// advance moves to the tile below.
func (g tileGen) advance() {
	step := GP64()
	MOVQ(g.s1, step)
	IMUL3Q(Imm(uint64(g.rows)), step, step)
	ADDQ(step, g.a)
	ldc := bytes("ldc")
	IMUL3Q(Imm(uint64(g.rows)), ldc, ldc)
	ADDQ(ldc, g.c)
}

// fmaChains is the number of independent chains in the peak loop. A processor
// with a latency of 4 cycles and two instructions per cycle needs 8; more do
// no harm.
const fmaChains = 12

// genFMALoop emits a loop that consists only of independent FMAs on registers.
func genFMALoop(s isa) {
	TEXT("fmaLoop"+s.name, attr.NOSPLIT, "func(iterations int)")
	Doc(fmt.Sprintf("fmaLoop%s executes iterations × %d vector FMAs.", s.name, fmaChains))
	n := Load(Param("iterations"), GP64())
	zero := s.zero()
	acc := make([]reg.VecVirtual, fmaChains)
	for i := range acc {
		acc[i] = s.zero()
	}
	TESTQ(n, n)
	JLE(LabelRef("done"))
	Label("loop")
	for _, v := range acc {
		VFMADD231PS(zero, zero, v)
	}
	DECQ(n)
	JNZ(LabelRef("loop"))
	Label("done")
	finish()
}

// genTranspose emits the 8×8 block transpose, which both instruction sets use.
func genTranspose() {
	TEXT("transpose8x8AVX2", attr.NOSPLIT, "func(dst *float32, ldd int, src *float32, lds int, blocks int)")
	Pragma("noescape")
	Doc("transpose8x8AVX2 transposes `blocks` 8×8 blocks, side by side in src and one below the other in dst.")
	dst := Load(Param("dst"), GP64()).(reg.GPVirtual)
	src := Load(Param("src"), GP64()).(reg.GPVirtual)
	n := Load(Param("blocks"), GP64())
	ldd, lds := bytes("ldd"), bytes("lds")
	ldd3, lds3 := GP64(), GP64()
	LEAQ(Mem{Base: ldd, Index: ldd, Scale: 2}, ldd3)
	LEAQ(Mem{Base: lds, Index: lds, Scale: 2}, lds3)
	Label("loop")
	lower := GP64()
	LEAQ(Mem{Base: src, Index: lds, Scale: 4}, lower)
	rows := make([]reg.VecVirtual, 8)
	for i := range rows {
		rows[i] = YMM()
		VMOVUPS(rowAddress(i, src, lower, lds, lds3), rows[i])
	}
	LEAQ(Mem{Base: dst, Index: ldd, Scale: 4}, lower)
	for i, v := range transposed(rows) {
		VMOVUPS(v, rowAddress(i, dst, lower, ldd, ldd3))
	}
	ADDQ(Imm(32), src)
	LEAQ(Mem{Base: dst, Index: ldd, Scale: 8}, dst)
	DECQ(n)
	JNZ(LabelRef("loop"))
	finish()
}

func rowAddress(i int, upper, lower, ld, ld3 reg.Register) Mem {
	base := upper
	if i >= 4 {
		base, i = lower, i-4
	}
	switch i {
	case 0:
		return Mem{Base: base}
	case 3:
		return Mem{Base: base, Index: ld3, Scale: 1}
	}
	return Mem{Base: base, Index: ld, Scale: uint8(i)}
}

// transposed interleaves pairs, then pairs of pairs, then 128-bit halves.
func transposed(r []reg.VecVirtual) []reg.VecVirtual {
	t := make([]reg.VecVirtual, 8)
	for i := 0; i < 8; i += 2 {
		t[i], t[i+1] = YMM(), YMM()
		VUNPCKLPS(r[i+1], r[i], t[i])
		VUNPCKHPS(r[i+1], r[i], t[i+1])
	}
	u := make([]reg.VecVirtual, 8)
	for i := 0; i < 8; i += 4 {
		for j := range 2 {
			u[i+2*j], u[i+2*j+1] = YMM(), YMM()
			VUNPCKLPD(t[i+j+2], t[i+j], u[i+2*j])
			VUNPCKHPD(t[i+j+2], t[i+j], u[i+2*j+1])
		}
	}
	w := make([]reg.VecVirtual, 8)
	for i := range 4 {
		w[i], w[i+4] = YMM(), YMM()
		VPERM2F128(Imm(0x20), u[i+4], u[i], w[i])
		VPERM2F128(Imm(0x31), u[i+4], u[i], w[i+4])
	}
	return w
}
