// Command gen writes the amd64 assembly of package gridscore. The go:generate
// line is in ../doc.go; the output depends on nothing but this program.
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
	genAddBlock()
	genPearson()
	genInterpolate()
	genPrefilter()
	genSumPoints()
	genGroupCross()
	genGroupWindows()
	genGroupPearson()
	genGather()
	genNormalize()
	genTranspose()
	genReverse()
	genCopy()
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
	return everywhereBits(name, math.Float64bits(x))
}

// everywhereBits returns a vector whose four numbers have the same bits.
func everywhereBits(name string, bits uint64) reg.VecVirtual {
	if _, there := constants[name]; !there {
		constants[name] = ConstData(name, U64(bits))
	}
	v := YMM()
	VBROADCASTSD(constants[name], v)
	return v
}

// constants that were written, by name.
var constants = map[string]Mem{}

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

// prefilterVectors is the largest number of vectors that prefilterAVX2 filters side by
// side.
const prefilterVectors = 5

// genPrefilter emits prefilterScalar for up to five vectors of columns. The recursion
// of a column is a chain of dependent operations, so columns go side by side. constants
// are the gain, ends, the pole z and z²−1; folds is the number of rows near the ends
// that the first coefficient depends on.
func genPrefilter() {
	text("prefilterAVX2", "func(lines *float64, vectors, rows, folds, stride int, powers *float64, constants *[4]float64)")
	lines, vectors, rows := parameter("lines"), parameter("vectors"), parameter("rows")
	folds, stride := parameter("folds"), parameter("stride")
	powers, constants := parameter("powers"), parameter("constants")
	SHLQ(Imm(3), stride)
	constant := func(i int) reg.VecVirtual {
		v := YMM()
		VBROADCASTSD(Mem{Base: constants, Disp: 8 * i}, v)
		return v
	}
	for width := prefilterVectors; width >= 1; width-- {
		label := func(name string) string { return fmt.Sprintf("%s%d", name, width) }
		CMPQ(vectors, Imm(uint64(width)))
		JNE(LabelRef(label("not")))

		gain := constant(0)
		at, count := GP64(), GP64()
		MOVQ(lines, at)
		MOVQ(rows, count)
		Label(label("scale"))
		for j := range width {
			v := YMM()
			VMULPD(Mem{Base: at, Disp: vector * j}, gain, v)
			VMOVUPD(v, Mem{Base: at, Disp: vector * j})
		}
		ADDQ(stride, at)
		DECQ(count)
		JNZ(LabelRef(label("scale")))
		last := at
		SUBQ(stride, last)

		// The first coefficient.
		farthest := YMM()
		VBROADCASTSD(Mem{Base: powers, Index: rows, Scale: 8, Disp: -8}, farthest)
		line := make([]reg.VecVirtual, width)
		for j := range line {
			line[j] = YMM()
			v := YMM()
			VMULPD(Mem{Base: last, Disp: vector * j}, farthest, v)
			VADDPD(Mem{Base: lines, Disp: vector * j}, v, line[j])
		}
		up, down, power := GP64(), GP64(), GP64()
		MOVQ(lines, up)
		MOVQ(last, down)
		MOVQ(powers, power)
		MOVQ(folds, count)
		Label(label("fold"))
		DECQ(count)
		JLT(LabelRef(label("folded")))
		ADDQ(stride, up)
		SUBQ(stride, down)
		ADDQ(Imm(8), power)
		forth, back := YMM(), YMM()
		VBROADCASTSD(Mem{Base: power}, forth)
		VMULPD(farthest, forth, back)
		for j := range line {
			v, w := YMM(), YMM()
			VMULPD(Mem{Base: up, Disp: vector * j}, forth, v)
			VMULPD(Mem{Base: down, Disp: vector * j}, back, w)
			VADDPD(w, v, v)
			VADDPD(v, line[j], line[j])
		}
		JMP(LabelRef(label("fold")))
		Label(label("folded"))
		ends := constant(1)
		for j := range line {
			VDIVPD(ends, line[j], line[j])
			VMOVUPD(line[j], Mem{Base: lines, Disp: vector * j})
		}

		// The forward recursion.
		pole := constant(2)
		MOVQ(lines, up)
		MOVQ(rows, count)
		DECQ(count)
		Label(label("forth"))
		ADDQ(stride, up)
		for j := range line {
			VMULPD(pole, line[j], line[j])
			VADDPD(Mem{Base: up, Disp: vector * j}, line[j], line[j])
			VMOVUPD(line[j], Mem{Base: up, Disp: vector * j})
		}
		DECQ(count)
		JNZ(LabelRef(label("forth")))

		// The backward recursion.
		divisor := constant(3)
		SUBQ(stride, up)
		for j := range line {
			v := YMM()
			VMULPD(Mem{Base: up, Disp: vector * j}, pole, v)
			VADDPD(line[j], v, line[j])
			VMULPD(pole, line[j], line[j])
			VDIVPD(divisor, line[j], line[j])
			VMOVUPD(line[j], Mem{Base: last, Disp: vector * j})
		}
		MOVQ(rows, count)
		DECQ(count)
		Label(label("back"))
		for j := range line {
			VSUBPD(Mem{Base: up, Disp: vector * j}, line[j], line[j])
			VMULPD(pole, line[j], line[j])
			VMOVUPD(line[j], Mem{Base: up, Disp: vector * j})
		}
		SUBQ(stride, up)
		DECQ(count)
		JNZ(LabelRef(label("back")))
		JMP(LabelRef("done"))
		Label(label("not"))
	}
	Label("done")
	VZEROUPPER()
	RET()
}

// genSumPoints emits sumPointsScalar. The value and the turned value of a rotation are
// neighbours, so sums of two products are sums of neighbours.
func genSumPoints() {
	text("sumPointsAVX2", "func(sums *[16]float64, rotated *[2]float64, points *int, count int, values *float64)")
	sums, rotated, points := parameter("sums"), parameter("rotated"), parameter("points")
	count, values := parameter("count"), parameter("values")
	var total [4]reg.VecVirtual
	for i := range total {
		total[i] = YMM()
		VMOVUPD(Mem{Base: sums, Disp: vector * i}, total[i])
	}
	Label("point")
	DECQ(count)
	JLT(LabelRef("done"))
	lag, turned := GP64(), GP64()
	MOVQ(Mem{Base: points, Disp: 2 * 8}, lag)
	MOVQ(Mem{Base: points, Disp: 3 * 8}, turned)
	own := YMM() // the SAC's value and turned value, twice
	VMOVSD(Mem{Base: values, Index: lag, Scale: 8}, own.AsX())
	VMOVHPD(Mem{Base: values, Index: turned, Scale: 8}, own.AsX(), own.AsX())
	VINSERTF128(Imm(1), own.AsX(), own, own)
	first, second := YMM(), YMM() // rotations by 30° and 45°; by 60°, and the SAC itself
	VMOVUPD(Mem{Base: rotated}, first)
	VMOVUPD(Mem{Base: rotated, Disp: vector}, second.AsX())
	VINSERTF128(Imm(1), own.AsX(), second, second)
	// add adds the sums of neighbours to a total: those of 30°, 60°, 45° and the SAC.
	add := func(i int, a, b reg.VecVirtual) {
		v := YMM()
		VHADDPD(b, a, v)
		VADDPD(v, total[i], total[i])
	}
	product := func(a, b reg.VecVirtual) reg.VecVirtual {
		v := YMM()
		VMULPD(b, a, v)
		return v
	}
	swapped := func(a reg.VecVirtual) reg.VecVirtual {
		v := YMM()
		VPERMILPD(Imm(0b0101), a, v)
		return v
	}
	add(0, first, second)
	add(1, product(first, first), product(second, second))
	add(2, product(own, first), product(own, second))
	add(3, product(own, swapped(first)), product(own, swapped(second)))
	ADDQ(Imm(3*2*8), rotated)
	ADDQ(Imm(5*8), points)
	JMP(LabelRef("point"))

	Label("done")
	for i := range total {
		VMOVUPD(total[i], Mem{Base: sums, Disp: vector * i})
	}
	VZEROUPPER()
	RET()
}

const registers = 16 // for vectors

// groupLags is how many lags of a group of maps are summed at once. More of them leave
// fewer registers for numbers that several columns need, so that loads limit the speed.
// Fewer wait for each other: a sum takes its next product when it has the last one.
const groupLags = 11

// genGroupCross emits, for numbers of a group of four maps,
//
//	for d := range n {
//		sum := 0
//		for i := range rows {
//			for k := range n-d {
//				sum += a[i*n+k] * b[i*n+k+d]
//			}
//		}
//		dst[d*step] = sum
//	}
//
// with step in bytes. A map has a quarter of a vector, so that no product with a zero
// beyond the map is needed, and every load is aligned to a vector.
func genGroupCross() {
	text("groupCrossAVX2", "func(dst *float64, step int, a, b *float64, rows, n int)")
	dst, step := parameter("dst"), parameter("step")
	a, b := parameter("a"), parameter("b")
	rows, remaining := parameter("rows"), parameter("n") // remaining: columns that the block's first lag has
	stride := GP64()
	MOVQ(remaining, stride)
	SHLQ(Imm(5), stride)

	Label("block")
	var total [groupLags]reg.VecVirtual
	for j := range total {
		total[j] = YMM()
		VXORPD(total[j], total[j], total[j])
	}
	rowA, rowB, row := GP64(), GP64(), GP64()
	MOVQ(a, rowA)
	MOVQ(b, rowB)
	MOVQ(rows, row)

	Label("row")
	atA, atB, full := GP64(), GP64(), GP64()
	MOVQ(rowA, atA)
	MOVQ(rowB, atB)
	MOVQ(remaining, full)
	SUBQ(Imm(groupLags-1), full)
	JLE(LabelRef("short"))
	// The first numbers of b that the lags need stay in registers for the next column.
	held := make([]reg.VecVirtual, registers-1-groupLags)
	for j := range held {
		held[j] = YMM()
		VMOVUPD(Mem{Base: atB, Disp: vector * j}, held[j])
	}
	Label("column")
	x := YMM()
	VMOVUPD(Mem{Base: atA}, x)
	for j := range held {
		VFMADD231PD(held[j], x, total[j])
	}
	for j := len(held); j < groupLags; j++ {
		VFMADD231PD(Mem{Base: atB, Disp: vector * j}, x, total[j])
	}
	for j := range held[1:] {
		VMOVAPD(held[j+1], held[j])
	}
	VMOVUPD(Mem{Base: atB, Disp: vector * len(held)}, held[len(held)-1])
	ADDQ(Imm(vector), atA)
	ADDQ(Imm(vector), atB)
	DECQ(full)
	JNZ(LabelRef("column"))
	JMP(LabelRef("tail"))
	// Fewer columns than lags: the tail begins later, at the row's first column.
	Label("short")
	SHLQ(Imm(5), full)
	ADDQ(full, atA)
	ADDQ(full, atB)
	Label("tail")
	for lags := groupLags - 1; lags >= 1; lags-- {
		skip := fmt.Sprintf("tail%d", lags)
		CMPQ(remaining, Imm(uint64(lags)))
		JLT(LabelRef(skip))
		x := YMM()
		at := vector * (groupLags - 1 - lags)
		VMOVUPD(Mem{Base: atA, Disp: at}, x)
		for j := range lags {
			VFMADD231PD(Mem{Base: atB, Disp: at + vector*j}, x, total[j])
		}
		Label(skip)
	}
	ADDQ(stride, rowA)
	ADDQ(stride, rowB)
	DECQ(row)
	JNZ(LabelRef("row"))

	for j := range total {
		VMOVUPD(total[j], Mem{Base: dst})
		ADDQ(step, dst)
		DECQ(remaining)
		JZ(LabelRef("done"))
	}
	ADDQ(U32(vector*groupLags), b)
	JMP(LabelRef("block"))

	Label("done")
	VZEROUPPER()
	RET()
}

// genGroupWindows emits, for numbers of a group of four maps,
//
//	left, right := 0, 0
//	for k := range n {
//		left += row[k]
//		right += row[n-1-k]
//		dst[(2*n-2-k)*step] = left + before[(2*n-2-k)*step]
//		dst[k*step] = right + before[k*step]
//	}
//
// with step in bytes.
func genGroupWindows() {
	text("groupWindowsAVX2", "func(dst, before *float64, step int, row *float64, n int)")
	dst, before, step := parameter("dst"), parameter("before"), parameter("step")
	row, n := parameter("row"), parameter("n")
	left, right := YMM(), YMM()
	VXORPD(left, left, left)
	VXORPD(right, right, right)
	behind := GP64()
	MOVQ(n, behind)
	SHLQ(Imm(5), behind)
	LEAQ(Mem{Base: row, Index: behind, Scale: 1, Disp: -vector}, behind)
	far := GP64() // the offset of dst[2n−2−k]
	LEAQ(Mem{Base: n, Index: n, Scale: 1, Disp: -2}, far)
	IMULQ(step, far)
	near := GP64()
	XORQ(near, near)

	Label("column")
	VADDPD(Mem{Base: row}, left, left)
	VADDPD(Mem{Base: behind}, right, right)
	v, w := YMM(), YMM()
	VADDPD(Mem{Base: before, Index: far, Scale: 1}, left, v)
	VMOVUPD(v, Mem{Base: dst, Index: far, Scale: 1})
	VADDPD(Mem{Base: before, Index: near, Scale: 1}, right, w)
	VMOVUPD(w, Mem{Base: dst, Index: near, Scale: 1})
	SUBQ(step, far)
	ADDQ(step, near)
	ADDQ(Imm(vector), row)
	SUBQ(Imm(vector), behind)
	DECQ(n)
	JNZ(LabelRef("column"))
	VZEROUPPER()
	RET()
}

// genGroupPearson emits, for groups of four lags of a group of four maps, pearson with
// the reciprocal of the count and the least share of variance given. It deals the
// correlations out to the maps.
func genGroupPearson() {
	text("groupPearsonAVX2", "func(r *[4]*float64, groups int, share, least, x, y, xx, yy, xy *float64)")
	results, groups := parameter("r"), parameter("groups")
	share, least := parameter("share"), parameter("least")
	var pointers [5]reg.GPVirtual
	for i, name := range []string{"x", "y", "xx", "yy", "xy"} {
		pointers[i] = parameter(name)
	}
	one, minusOne := everywhere("one", 1), everywhere("minusOne", -1)
	at := GP64() // offset of the lag in a map's numbers
	XORQ(at, at)

	Label("group")
	DECQ(groups)
	JLT(LabelRef("done"))
	var r [4]reg.VecVirtual
	for j := range r {
		var v [5]reg.VecVirtual
		for i, p := range pointers {
			v[i] = YMM()
			VMOVUPD(Mem{Base: p, Index: at, Scale: 4, Disp: vector * j}, v[i])
		}
		x, y, xx, yy, xy := v[0], v[1], v[2], v[3], v[4]
		reciprocal, smallest := YMM(), YMM()
		VBROADCASTSD(Mem{Base: share, Index: at, Scale: 1, Disp: 8 * j}, reciprocal)
		VBROADCASTSD(Mem{Base: least, Index: at, Scale: 1, Disp: 8 * j}, smallest)
		less := func(sum, a, b reg.VecVirtual) reg.VecVirtual {
			d := YMM()
			VMULPD(b, a, d)
			VMULPD(reciprocal, d, d)
			VSUBPD(d, sum, d)
			return d
		}
		vx, vy, covariance := less(xx, x, x), less(yy, y, y), less(xy, x, y)
		VMULPD(xx, smallest, xx)
		VMULPD(yy, smallest, yy)
		greater := Imm(0x1e) // false for NaN
		VCMPPD(greater, xx, vx, xx)
		VCMPPD(greater, yy, vy, yy)
		VANDPD(xx, yy, yy)
		VSQRTPD(vx, vx)
		VSQRTPD(vy, vy)
		VMULPD(vy, vx, vx)
		VDIVPD(vx, covariance, covariance)
		VMINPD(one, covariance, covariance)
		VMAXPD(minusOne, covariance, covariance)
		r[j] = YMM()
		VANDPD(yy, covariance, r[j])
	}
	// r[j] holds the four maps at lag j.
	var half [4]reg.VecVirtual
	for i := range half {
		half[i] = YMM()
	}
	VUNPCKLPD(r[1], r[0], half[0]) // maps 0 and 2 at lags 0 and 1
	VUNPCKHPD(r[1], r[0], half[1]) // maps 1 and 3
	VUNPCKLPD(r[3], r[2], half[2]) // at lags 2 and 3
	VUNPCKHPD(r[3], r[2], half[3])
	for m := range r {
		to, v := GP64(), YMM()
		VPERM2F128(Imm([]uint64{0x20, 0x20, 0x31, 0x31}[m]), half[2+m%2], half[m%2], v)
		MOVQ(Mem{Base: results, Disp: 8 * m}, to)
		VMOVUPD(v, Mem{Base: to, Index: at, Scale: 1})
	}
	ADDQ(Imm(vector), at)
	JMP(LabelRef("group"))

	Label("done")
	VZEROUPPER()
	RET()
}
