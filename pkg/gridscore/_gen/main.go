// Command gen writes the amd64 assembly of package gridscore. The go:generate
// line is in ../doc.go; the output depends on nothing but this program.
package main

import (
	"math"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("amd64,!noasm")
	genAddBlock()
	genPearson()
	genInterpolate()
	Generate()
}

const vector = 32 // bytes of a vector of four numbers

// text starts the function of a name and signature.
func text(name, signature string) {
	TEXT(name, attr.NOSPLIT, signature)
	Pragma("noescape")
}

func parameter(name string) reg.GPVirtual { return Load(Param(name), GP64()).(reg.GPVirtual) }

// everywhere returns a vector whose four numbers are x.
func everywhere(name string, x float64) reg.VecVirtual {
	v := YMM()
	VBROADCASTSD(ConstData(name, U64(math.Float64bits(x))), v)
	return v
}

// genAddBlock emits
//
//	for i := range rows {
//		for k := range count {
//			for j := range 40 {
//				sums[j] += a[i*strideA+k] * b[i*strideB+k+j]
//			}
//		}
//	}
//
// The 40 sums stay in ten registers; the loop is bound by the ten loads of b.
func genAddBlock() {
	text("addBlockAVX2", "func(sums *[40]float64, a, b *float64, rows, count, strideA, strideB int)")
	sums, a, b := parameter("sums"), parameter("a"), parameter("b")
	rows, count := parameter("rows"), parameter("count")
	strideA, strideB := parameter("strideA"), parameter("strideB")
	SHLQ(Imm(3), strideA)
	SHLQ(Imm(3), strideB)
	var total [10]reg.VecVirtual
	for i := range total {
		total[i] = YMM()
		VMOVUPD(Mem{Base: sums, Disp: vector * i}, total[i])
	}
	TESTQ(count, count)
	JLE(LabelRef("store"))

	Label("row")
	DECQ(rows)
	JLT(LabelRef("store"))
	k := GP64()
	XORQ(k, k)

	Label("column")
	x := YMM()
	VBROADCASTSD(Mem{Base: a, Index: k, Scale: 8}, x)
	for i := range total {
		VFMADD231PD(Mem{Base: b, Index: k, Scale: 8, Disp: vector * i}, x, total[i])
	}
	INCQ(k)
	CMPQ(k, count)
	JLT(LabelRef("column"))
	ADDQ(strideA, a)
	ADDQ(strideB, b)
	JMP(LabelRef("row"))

	Label("store")
	for i := range total {
		VMOVUPD(total[i], Mem{Base: sums, Disp: vector * i})
	}
	VZEROUPPER()
	RET()
}

// genPearson emits
//
//	for i := range 4*groups {
//		r[i] = s.pearson(i)
//	}
//
// where s holds count, x, y, xx, yy and xy. The operations and their order are those
// of pearson, so the bits are the same.
func genPearson() {
	text("pearsonAVX2", "func(r *float64, groups int, count, x, y, xx, yy, xy *float64)")
	r, groups := parameter("r"), parameter("groups")
	var pointers [6]reg.GPVirtual
	for i, name := range []string{"count", "x", "y", "xx", "yy", "xy"} {
		pointers[i] = parameter(name)
	}
	epsilon, one := everywhere("epsilon", 0x1p-51), everywhere("one", 1)
	minusOne, two := everywhere("minusOne", -1), everywhere("two", 2)
	at := GP64()
	XORQ(at, at)

	Label("group")
	DECQ(groups)
	JLT(LabelRef("done"))
	var v [6]reg.VecVirtual
	for i, p := range pointers {
		v[i] = YMM()
		VMOVUPD(Mem{Base: p, Index: at, Scale: 1}, v[i])
	}
	count, x, y, xx, yy, xy := v[0], v[1], v[2], v[3], v[4], v[5]
	share := YMM()
	VDIVPD(count, one, share)
	// less returns sum − a·b·share.
	less := func(sum, a, b reg.VecVirtual) reg.VecVirtual {
		d := YMM()
		VMULPD(b, a, d)
		VMULPD(share, d, d)
		VSUBPD(d, sum, d)
		return d
	}
	vx, vy, covariance := less(xx, x, x), less(yy, y, y), less(xy, x, y)
	least := YMM()
	VMULPD(count, epsilon, least)
	VMULPD(xx, least, xx)
	VMULPD(yy, least, yy)
	greater, notLess := Imm(0x1e), Imm(0x1d) // false for NaN
	VCMPPD(greater, xx, vx, xx)
	VCMPPD(greater, yy, vy, yy)
	VCMPPD(notLess, two, count, count)
	VANDPD(xx, count, count)
	VANDPD(yy, count, count)
	VSQRTPD(vx, vx)
	VSQRTPD(vy, vy)
	VMULPD(vy, vx, vx)
	VDIVPD(vx, covariance, covariance)
	VMINPD(one, covariance, covariance)
	VMAXPD(minusOne, covariance, covariance)
	VANDPD(count, covariance, covariance)
	VMOVUPD(covariance, Mem{Base: r, Index: at, Scale: 1})
	ADDQ(Imm(vector), at)
	JMP(LabelRef("group"))

	Label("done")
	VZEROUPPER()
	RET()
}

// genInterpolate emits
//
//	for i := range count {
//		for a := range 4 {
//			for b := range 4 {
//				at := samples[i].index + a*stride + b
//				out[i][0] += samples[i].weights[4*a+b] * value[at]
//				out[i][1] += samples[i].weights[4*a+b] * turned[at]
//			}
//		}
//	}
//
// A sample is its index and its sixteen weights.
func genInterpolate() {
	text("interpolateAVX2", "func(out *[2]float64, samples *int, count int, value, turned *float64, stride int)")
	out, sample, count := parameter("out"), parameter("samples"), parameter("count")
	planes := [2]reg.GPVirtual{parameter("value"), parameter("turned")}
	stride := parameter("stride")
	SHLQ(Imm(3), stride)
	stride3 := GP64()
	LEAQ(Mem{Base: stride, Index: stride, Scale: 2}, stride3)

	Label("point")
	DECQ(count)
	JLT(LabelRef("done"))
	index := GP64()
	MOVQ(Mem{Base: sample}, index)
	var w [4]reg.VecVirtual
	for a := range w {
		w[a] = YMM()
		VMOVUPD(Mem{Base: sample, Disp: 8 + vector*a}, w[a])
	}
	var sum [2]reg.VecVirtual
	for i, plane := range planes {
		at := GP64()
		LEAQ(Mem{Base: plane, Index: index, Scale: 8}, at)
		upper, lower := YMM(), YMM() // rows 0 and 1, 2 and 3
		VMULPD(Mem{Base: at}, w[0], upper)
		VMULPD(Mem{Base: at, Index: stride, Scale: 2}, w[2], lower)
		VFMADD231PD(Mem{Base: at, Index: stride, Scale: 1}, w[1], upper)
		VFMADD231PD(Mem{Base: at, Index: stride3, Scale: 1}, w[3], lower)
		VADDPD(lower, upper, upper)
		sum[i] = upper
	}
	both, high := YMM(), XMM()
	VHADDPD(sum[1], sum[0], both) // value, turned of columns 0, 1; then of 2, 3
	VEXTRACTF128(Imm(1), both, high)
	VADDPD(high, both.AsX(), high)
	VMOVUPD(high, Mem{Base: out})
	ADDQ(Imm(2*8), out)
	ADDQ(Imm(17*8), sample)
	JMP(LabelRef("point"))

	Label("done")
	VZEROUPPER()
	RET()
}
