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
		DATA(8*i, F64(x))
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

func pointer(name string) reg.GPVirtual { return Load(Param(name), GP64()).(reg.GPVirtual) }
