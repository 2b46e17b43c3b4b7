// Command gen writes the amd64 assembly of package ensemble. The go:generate line is in
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
	genExponentials()
	genShares()
	genPlace()
	genDirection()
	Generate()
}

const (
	lanes  = 4 // numbers in a vector
	vector = 8 * lanes
)

// constant is a number in memory, in each lane.
func constant(name string, x float64) Mem {
	m := GLOBL(name, attr.RODATA|attr.NOPTR)
	for i := range lanes {
		DATA(8*i, U64(math.Float64bits(x)))
	}
	return m
}

// genExponentials emits the exponentials of posteriors.scalar. Each quantity has some
// vectors, and a largest number. The exponential is that of package math on processors with FMA: the same operations in the
// same order, in each lane. Their results are normal numbers, so nothing is done for others.
func genExponentials() {
	const (
		ln2High = 0.69314718055966295651160180568695068359375 // ln 2 with 39 bits
		ln2Low  = 0.28235290563031577122588448175013436025525412068e-12
	)
	series := []float64{ // of the exponential less 1, divided by x, from the highest power
		2.4801587301587301587e-5, 1.9841269841269841270e-4, 1.3888888888888888889e-3, 8.3333333333333333333e-3,
		4.1666666666666666667e-2, 1.6666666666666666667e-1, 0.5, 1,
	}
	two, log2e, sixteenth := constant("two", 2), constant("log2e", math.Log2E), constant("sixteenth", 1./16)
	high, low := constant("ln2High", ln2High), constant("ln2Low", ln2Low)
	bias := GLOBL("bias", attr.RODATA|attr.NOPTR)
	for i := range lanes {
		DATA(4*i, U32(1023))
	}
	var terms []Mem
	for i, c := range series {
		terms = append(terms, constant(fmt.Sprint("term", i), c))
	}

	TEXT("exponentialsAVX2", attr.NOSPLIT, "func(x, largest *float64, vectors *int, quantities int, least float64)")
	Pragma("noescape")
	x, largest, vectors, count, left := pointer("x"), pointer("largest"), pointer("vectors"), pointer("quantities"), GP64()
	address, err := Param("least").Resolve()
	if err != nil {
		panic(err)
	}
	least, shift := YMM(), YMM()
	VBROADCASTSD(address.Addr, least)
	Label("quantity")
	VBROADCASTSD(Mem{Base: largest}, shift)
	MOVQ(Mem{Base: vectors}, left)
	Label("four")
	d, counted, power, k, p := YMM(), YMM(), YMM(), YMM(), YMM()
	VMOVUPD(Mem{Base: x}, d)
	VSUBPD(shift, d, d)
	const greater = 0x1e // and not NaN
	VCMPPD(Imm(greater), least, d, counted)
	// d = k ln 2 + 16 r
	VMULPD(log2e, d, k)
	VCVTPD2DQY(k, power.AsX())
	VCVTDQ2PD(power.AsX(), k)
	VFNMADD231PD(high, k, d)
	VFNMADD231PD(low, k, d)
	VMULPD(sixteenth, d, d)
	// exp(r) − 1
	VMOVUPD(terms[0], p)
	for _, c := range terms[1:] {
		VFMADD213PD(c, d, p)
	}
	VMULPD(p, d, d)
	// Four times: exp(2r) − 1 = (exp(r) − 1)(exp(r) − 1 + 2). The last one adds 1.
	for range 3 {
		VADDPD(two, d, p)
		VMULPD(p, d, d)
	}
	VADDPD(two, d, p)
	VFMADD213PD(terms[len(terms)-1], p, d)
	// times two to the power of k
	VPADDD(bias, power.AsX(), power.AsX())
	VPMOVZXDQ(power.AsX(), power)
	VPSLLQ(Imm(52), power, power)
	VMULPD(power, d, d)
	VANDPD(counted, d, d)
	VMOVUPD(d, Mem{Base: x})
	ADDQ(Imm(vector), x)
	DECQ(left)
	JNZ(LabelRef("four"))
	ADDQ(Imm(8), largest)
	ADDQ(Imm(8), vectors)
	DECQ(count)
	JNZ(LabelRef("quantity"))
	VZEROUPPER()
	RET()
}

// genShares emits the sums and quotients of posteriors.scalar.
func genShares() {
	TEXT("sharesAVX2", attr.NOSPLIT, "func(shares *float32, x *float64, vectors *int, quantities int)")
	Pragma("noescape")
	shares, x, vectors, count := pointer("shares"), pointer("x"), pointer("vectors"), pointer("quantities")
	at, left := GP64(), GP64()
	sum, v, upper, share := YMM(), YMM(), XMM(), XMM()
	Label("quantity")
	MOVQ(Mem{Base: vectors}, left)
	MOVQ(x, at)
	VXORPD(sum, sum, sum)
	Label("add")
	// The sum takes one number after the other, as a loop does.
	VMOVUPD(Mem{Base: at}, v)
	VEXTRACTF128(Imm(1), v, upper)
	for _, half := range []reg.Register{v.AsX(), upper} {
		VADDSD(half, sum.AsX(), sum.AsX())
		VPERMILPD(Imm(1), half, half)
		VADDSD(half, sum.AsX(), sum.AsX())
	}
	ADDQ(Imm(vector), at)
	DECQ(left)
	JNZ(LabelRef("add"))
	VBROADCASTSD(sum.AsX(), sum)
	MOVQ(Mem{Base: vectors}, left)
	Label("divide")
	VMOVUPD(Mem{Base: x}, v)
	VDIVPD(sum, v, v)
	VCVTPD2PSY(v, share)
	VMOVUPS(share, Mem{Base: shares})
	ADDQ(Imm(vector), x)
	ADDQ(Imm(vector/2), shares)
	DECQ(left)
	JNZ(LabelRef("divide"))
	ADDQ(Imm(8), vectors)
	DECQ(count)
	JNZ(LabelRef("quantity"))
	VZEROUPPER()
	RET()
}

// broadcast is a parameter in each lane.
func broadcast(name string) reg.VecVirtual {
	address, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	v := YMM()
	VBROADCASTSD(address.Addr, v)
	return v
}

// lanesOf returns the smallest or largest number of a vector.
func lanesOf(v reg.VecVirtual, choose func(...Op)) reg.VecVirtual {
	upper := XMM()
	VEXTRACTF128(Imm(1), v, upper)
	choose(v.AsX(), upper, upper)
	other := XMM()
	VPERMILPD(Imm(1), upper, other)
	choose(other, upper, upper)
	return upper
}

// genPlace emits PlaceCells.LogDensity without the factor in the result, in a room with
// walls.
func genPlace() {
	TEXT("placeAVX2", attr.NOSPLIT, "func(dst, x, y *float64, cells *int32, vectors int, at *float64, factor float64) (nearest float64)")
	Pragma("noescape")
	dst, x, y, cells, count, at := pointer("dst"), pointer("x"), pointer("y"), pointer("cells"), pointer("vectors"), pointer("at")
	factor, px, py, nearest := broadcast("factor"), YMM(), YMM(), YMM()
	VBROADCASTSD(Mem{Base: at}, px)
	VBROADCASTSD(Mem{Base: at, Disp: 8}, py)
	VBROADCASTSD(constant("infinity", math.Inf(1)), nearest)
	cell := [lanes]reg.GPVirtual{GP64(), GP64(), GP64(), GP64()}
	gather := func(centres reg.GPVirtual) reg.VecVirtual {
		centre := func(i int) Mem { return Mem{Base: centres, Index: cell[i], Scale: 8} }
		v, upper := YMM(), XMM()
		VMOVSD(centre(2), upper)
		VMOVHPD(centre(3), upper, upper)
		VBROADCASTSD(centre(0), v)
		VMOVHPD(centre(1), v.AsX(), v.AsX())
		VINSERTF128(Imm(1), upper, v, v)
		return v
	}
	Label("four")
	for i, c := range cell {
		MOVLQSX(Mem{Base: cells, Disp: 4 * i}, c)
	}
	dx, dy := gather(x), gather(y)
	VSUBPD(dx, px, dx)
	VSUBPD(dy, py, dy)
	VMULPD(dx, dx, dx)
	VMULPD(dy, dy, dy)
	VADDPD(dy, dx, dx)
	VMINPD(nearest, dx, nearest) // keeps nearest if the other one is NaN
	VMULPD(factor, dx, dx)
	VMOVUPD(dx, Mem{Base: dst})
	ADDQ(Imm(vector), dst)
	ADDQ(Imm(4*lanes), cells)
	DECQ(count)
	JNZ(LabelRef("four"))
	Store(lanesOf(nearest, VMINPD), ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// genDirection emits HeadDirectionCells.LogDensity.
func genDirection() {
	TEXT("directionAVX2", attr.NOSPLIT, "func(dst, cosines, sines *float64, vectors int, cos, sin float64) (largest float64)")
	Pragma("noescape")
	dst, cosines, sines, count := pointer("dst"), pointer("cosines"), pointer("sines"), pointer("vectors")
	cos, sin, largest := broadcast("cos"), broadcast("sin"), YMM()
	VBROADCASTSD(constant("minusInfinity", math.Inf(-1)), largest)
	Label("four")
	a, b := YMM(), YMM()
	VMULPD(Mem{Base: cosines}, cos, a)
	VMULPD(Mem{Base: sines}, sin, b)
	VADDPD(b, a, a)
	VMAXPD(largest, a, largest) // keeps largest if the other one is NaN
	VMOVUPD(a, Mem{Base: dst})
	ADDQ(Imm(vector), dst)
	ADDQ(Imm(vector), cosines)
	ADDQ(Imm(vector), sines)
	DECQ(count)
	JNZ(LabelRef("four"))
	Store(lanesOf(largest, VMAXPD), ReturnIndex(0))
	VZEROUPPER()
	RET()
}

func pointer(name string) reg.GPVirtual { return Load(Param(name), GP64()).(reg.GPVirtual) }
