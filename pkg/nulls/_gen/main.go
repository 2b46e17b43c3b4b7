// Command gen writes the amd64 assembly of package nulls. The go:generate line is in
// ../doc.go; the output depends on nothing but this program.
package main

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("amd64,!noasm")
	genProduct()
	genPower()
	genScale()
	genButterfly2()
	genButterfly4()
	genButterfly5()
	genFollow(3)
	genFollow(4)
	Generate()
}

const vector = 32 // bytes of a vector: one number of each of eight maps

// text starts the function of a name and signature.
func text(name, signature string) {
	TEXT(name, attr.NOSPLIT, signature)
	Pragma("noescape")
}

func parameter(name string) reg.GPVirtual { return Load(Param(name), GP64()).(reg.GPVirtual) }

const (
	productRows    = 4 // rows of a product that are summed together
	productColumns = 3 // and columns
)

// genProduct emits productScalar, four rows and up to three columns at a time: twelve
// sums stay in registers. The distances are in bytes.
func genProduct() {
	text("productAVX2", "func(dst, src, weights *float32, terms, columns, dstRow, dstColumn, srcTerm, srcColumn int)")
	dst, src, weights := parameter("dst"), parameter("src"), parameter("weights")
	terms, columns := parameter("terms"), parameter("columns")
	dstRow, dstColumn := parameter("dstRow"), parameter("dstColumn")
	srcTerm, srcColumn := parameter("srcTerm"), parameter("srcColumn")
	for width := productColumns; width >= 1; width-- {
		label := func(name string) string { return fmt.Sprintf("%s%d", name, width) }
		Label(label("columns"))
		CMPQ(columns, Imm(uint64(width)))
		JLT(LabelRef(label("end")))
		var total [productRows][productColumns]reg.VecVirtual
		for r := range productRows {
			for c := range width {
				total[r][c] = YMM()
				VXORPS(total[r][c], total[r][c], total[r][c])
			}
		}
		from, weight, count := GP64(), GP64(), GP64()
		MOVQ(src, from)
		MOVQ(weights, weight)
		MOVQ(terms, count)
		Label(label("term"))
		x := []reg.VecVirtual{YMM(), YMM(), YMM()}[:width]
		VMOVUPS(Mem{Base: from}, x[0])
		for c := 1; c < width; c++ {
			VMOVUPS(Mem{Base: from, Index: srcColumn, Scale: uint8(c)}, x[c])
		}
		for r := range productRows {
			w := YMM()
			VBROADCASTSS(Mem{Base: weight, Disp: 4 * r}, w)
			for c := range width {
				VFMADD231PS(x[c], w, total[r][c])
			}
		}
		ADDQ(srcTerm, from)
		ADDQ(Imm(4*productRows), weight)
		DECQ(count)
		JNZ(LabelRef(label("term")))
		to := GP64()
		MOVQ(dst, to)
		for r := range productRows {
			VMOVUPS(total[r][0], Mem{Base: to})
			for c := 1; c < width; c++ {
				VMOVUPS(total[r][c], Mem{Base: to, Index: dstColumn, Scale: uint8(c)})
			}
			if r+1 < productRows {
				ADDQ(dstRow, to)
			}
		}
		for range width {
			ADDQ(srcColumn, src)
			ADDQ(dstColumn, dst)
		}
		SUBQ(Imm(uint64(width)), columns)
		JMP(LabelRef(label("columns")))
		Label(label("end"))
	}
	VZEROUPPER()
	RET()
}

// genPower emits powerScalar.
func genPower() {
	text("powerAVX2", "func(power *[8]float32, coefficients *[8]float32, index *int32, count int)")
	power, coefficients := parameter("power"), parameter("coefficients")
	index, count := parameter("index"), parameter("count")
	total := YMM()
	VXORPS(total, total, total)
	Label("coefficient")
	at, v := GP64(), YMM()
	MOVLQSX(Mem{Base: index}, at)
	SHLQ(Imm(5), at)
	VMOVUPS(Mem{Base: coefficients, Index: at, Scale: 1}, v)
	VFMADD231PS(v, v, total)
	ADDQ(Imm(4), index)
	DECQ(count)
	JNZ(LabelRef("coefficient"))
	VMOVUPS(total, Mem{Base: power})
	VZEROUPPER()
	RET()
}

// genScale emits scaleScalar.
func genScale() {
	text("scaleAVX2", "func(coefficients *[8]float32, factor *[8]float32, index *int32, count int)")
	coefficients, factor := parameter("coefficients"), parameter("factor")
	index, count := parameter("index"), parameter("count")
	by := YMM()
	VMOVUPS(Mem{Base: factor}, by)
	Label("coefficient")
	at, v := GP64(), YMM()
	MOVLQSX(Mem{Base: index}, at)
	SHLQ(Imm(5), at)
	VMULPS(Mem{Base: coefficients, Index: at, Scale: 1}, by, v)
	VMOVUPS(v, Mem{Base: coefficients, Index: at, Scale: 1})
	ADDQ(Imm(4), index)
	DECQ(count)
	JNZ(LabelRef("coefficient"))
	VZEROUPPER()
	RET()
}

// A butterfly is one step of a complex Fourier transform of columns: it combines some rows
// of src into as many of dst, two columns at a time. Operations and their order are those
// of gonum's fourier, so the bits are the same.

// genButterfly emits the function for a number of rows. combine gets the rows of src and
// calls put with those of dst. The rows of dst but the first are multiplied by twiddles, if
// there are any. Steps are in bytes.
func genButterfly(rows int, prepare func(), combine func(a []reg.VecVirtual, put func(row int, v reg.VecVirtual))) {
	text(fmt.Sprintf("butterfly%dAVX2", rows), "func(dst, src *complex128, dstStep, srcStep, vectors int, twiddles *complex128)")
	dst, src := parameter("dst"), parameter("src")
	dstStep, srcStep := parameter("dstStep"), parameter("srcStep")
	vectors, twiddles := parameter("vectors"), parameter("twiddles")
	prepare()
	for _, twiddled := range []bool{false, true} {
		label := fmt.Sprintf("columns%v", twiddled)
		if !twiddled {
			TESTQ(twiddles, twiddles)
			JNZ(LabelRef("columnstrue"))
		}
		Label(label)
		from, to := GP64(), GP64()
		MOVQ(src, from)
		MOVQ(dst, to)
		a := make([]reg.VecVirtual, rows)
		for r := range a {
			a[r] = YMM()
			VMOVUPD(Mem{Base: from}, a[r])
			if r+1 < rows {
				ADDQ(srcStep, from)
			}
		}
		combine(a, func(row int, v reg.VecVirtual) {
			if twiddled && row > 0 {
				re, im := YMM(), YMM()
				VBROADCASTSD(Mem{Base: twiddles, Disp: 16 * (row - 1)}, re)
				VBROADCASTSD(Mem{Base: twiddles, Disp: 16*(row-1) + 8}, im)
				VMULPD(v, re, re)
				VMULPD(swapped(v), im, im)
				v = YMM()
				VADDSUBPD(im, re, v)
			}
			VMOVUPD(v, Mem{Base: to})
			if row+1 < rows {
				ADDQ(dstStep, to)
			}
		})
		ADDQ(Imm(vector), src)
		ADDQ(Imm(vector), dst)
		DECQ(vectors)
		JNZ(LabelRef(label))
		if !twiddled {
			JMP(LabelRef("done"))
		}
	}
	Label("done")
	VZEROUPPER()
	RET()
}

// swapped has the real and imaginary parts exchanged.
func swapped(a reg.VecVirtual) reg.VecVirtual {
	v := YMM()
	VPERMILPD(Imm(0b0101), a, v)
	return v
}

func sum(a, b reg.VecVirtual) reg.VecVirtual {
	v := YMM()
	VADDPD(b, a, v)
	return v
}

func difference(a, b reg.VecVirtual) reg.VecVirtual {
	v := YMM()
	VSUBPD(b, a, v)
	return v
}

// everywhere returns a vector whose four numbers are x.
func everywhere(name string, x float64) reg.VecVirtual {
	v := YMM()
	VBROADCASTSD(ConstData(name, U64(math.Float64bits(x))), v)
	return v
}

// timesI returns i·a: the real part is minus the imaginary one.
func timesI(a, signs reg.VecVirtual) reg.VecVirtual {
	v := swapped(a)
	VXORPD(signs, v, v)
	return v
}

// realSigns returns the signs of real parts.
func realSigns(name string) reg.VecVirtual {
	data := GLOBL(name, attr.RODATA|attr.NOPTR)
	for i := range 4 {
		DATA(8*i, U64(uint64(1-i%2)<<63))
	}
	v := YMM()
	VMOVUPD(data, v)
	return v
}

func genButterfly2() {
	genButterfly(2, func() {}, func(a []reg.VecVirtual, put func(int, reg.VecVirtual)) {
		put(0, sum(a[0], a[1]))
		put(1, difference(a[0], a[1]))
	})
}

func genButterfly4() {
	var signs reg.VecVirtual
	genButterfly(4, func() { signs = realSigns("signs4") }, func(a []reg.VecVirtual, put func(int, reg.VecVirtual)) {
		t1, t2, t3 := difference(a[0], a[2]), sum(a[0], a[2]), sum(a[1], a[3])
		t4 := timesI(difference(a[3], a[1]), signs)
		put(0, sum(t2, t3))
		put(1, sum(t1, t4))
		put(2, difference(t2, t3))
		put(3, difference(t1, t4))
	})
}

func genButterfly5() {
	var signs, tr11, ti11, tr12, ti12 reg.VecVirtual
	prepare := func() {
		signs = realSigns("signs5")
		// The cosine and sine of 2π/5 and 4π/5 with gonum's digits.
		tr11, ti11 = everywhere("tr11", 0.309016994374947), everywhere("ti11", 0.951056516295154)
		tr12, ti12 = everywhere("tr12", -0.809016994374947), everywhere("ti12", 0.587785252292473)
	}
	times := func(a, b reg.VecVirtual) reg.VecVirtual {
		v := YMM()
		VMULPD(b, a, v)
		return v
	}
	genButterfly(5, prepare, func(a []reg.VecVirtual, put func(int, reg.VecVirtual)) {
		t2, t3, t4, t5 := sum(a[1], a[4]), sum(a[2], a[3]), difference(a[2], a[3]), difference(a[1], a[4])
		put(0, sum(sum(a[0], t2), t3))
		c2 := sum(sum(a[0], times(tr11, t2)), times(tr12, t3))
		c3 := sum(sum(a[0], times(tr12, t2)), times(tr11, t3))
		c4 := timesI(difference(times(ti12, t5), times(ti11, t4)), signs)
		c5 := timesI(sum(times(ti11, t5), times(ti12, t4)), signs)
		put(1, difference(c2, c5))
		put(2, difference(c3, c4))
		put(3, sum(c3, c4))
		put(4, sum(c2, c5))
	})
}
