package main

import (
	"math"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/gotypes"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func pointer(name string) reg.GPVirtual { return Load(Param(name), GP64()).(reg.GPVirtual) }

// broadcast is a parameter, in each lane.
func broadcast(c gotypes.Component) reg.VecVirtual {
	basic, err := c.Resolve()
	if err != nil {
		panic(err)
	}
	v := YMM()
	VBROADCASTSD(basic.Addr, v)
	return v
}

// at is the vector that begins at element i + more of an array of float64.
func at(base, i reg.GPVirtual, more int) Mem {
	return Mem{Base: base, Index: i, Scale: 8, Disp: 8 * more}
}

// whole emits a loop over n elements, a vector at a time. It leaves out what does not fill a
// vector. body may jump to "done" to leave its own vector out, and all after it.
func whole(n reg.GPVirtual, body func(i reg.GPVirtual)) (done reg.GPVirtual) {
	i := GP64()
	XORQ(i, i)
	SUBQ(Imm(lanes), n)
	JLT(LabelRef("done"))
	Label("vector")
	body(i)
	ADDQ(Imm(lanes), i)
	CMPQ(i, n)
	JLE(LabelRef("vector"))
	Label("done")
	return i
}

// leaveIfAny ends the loop of whole if a lane of mask is set.
func leaveIfAny(mask reg.VecVirtual) {
	bits := GP32()
	VMOVMSKPD(mask, bits)
	TESTL(bits, bits)
	JNZ(LabelRef("done"))
}

// differences are those of neighbours in an array, beginning at element i.
func differences(base, i reg.GPVirtual) reg.VecVirtual {
	v := load(at(base, i, 1))
	VSUBPD(at(base, i, 0), v, v)
	return v
}

func genHeadings() {
	TEXT("headingsAVX2", attr.NOSPLIT, "func(heading, x, y *float64, n int, last float64) (done int)")
	Pragma("noescape")
	heading, x, y, n := pointer("heading"), pointer("x"), pointer("y"), pointer("n")
	last := broadcast(Param("last")) // the top lane is the heading before
	done := whole(n, func(i reg.GPVirtual) {
		dx, dy := differences(x, i), differences(y, i)
		square := do(VMULPD, dx, dx)
		VADDPD(do(VMULPD, dy, dy), square, square)
		leaveIfAny(compare(square, equal, load(number(math.Inf(1)))))
		const rest = 1e-9
		moved := compare(square, greater, load(number(rest*rest)))
		direction := arctangent(dy, dx)
		// A lane without a direction has that of the lane before. After as many rounds as there
		// are lanes all have theirs.
		VPERMPD(Imm(0xff), last, last)
		for range lanes {
			before := YMM()
			VPERMPD(Imm(0x90), direction, before) // lanes 0, 0, 1, 2
			VBLENDPD(Imm(1), last, before, before)
			direction = choose(moved, direction, before)
		}
		VMOVUPD(direction, at(heading, i, 0))
		VMOVAPD(direction, last)
	})
	Store(done, Return("done"))
	VZEROUPPER()
	RET()
}

// arctangent emits math.Atan2(y, x), in which |y| or |x| is more than 0 and both are finite.
func arctangent(y, x reg.VecVirtual) reg.VecVirtual {
	zero := YMM()
	VXORPD(zero, zero, zero)
	ratio := YMM()
	VDIVPD(x, y, ratio)
	tangent := do(VANDPD, bits(sign-1), ratio)
	// The arctangent of a ratio over tan π/8 is that of another one, plus π/4 or π/2.
	const tan3pi8, morePi2 = 2.41421356237309504880, 6.123233995736765886130e-17
	middle, large := compare(tangent, greater, load(number(0.66))), compare(tangent, greater, load(number(tan3pi8)))
	numerator, denominator := do(VANDPD, middle, load(number(1))), do(VANDPD, middle, tangent)
	VSUBPD(numerator, tangent, numerator)
	VADDPD(number(1), denominator, denominator)
	numerator = choose(large, load(number(-1)), numerator)
	denominator = choose(large, tangent, denominator)
	a := YMM()
	VDIVPD(denominator, numerator, a)
	base := choose(large, load(number(math.Pi/2)), do(VANDPD, middle, load(number(math.Pi/4))))
	correction := choose(large, load(number(morePi2)), do(VANDPD, middle, load(number(0.5*morePi2))))
	// a + a·z·P(z)/Q(z)
	z := do(VMULPD, a, a)
	p := polynomial(z, -8.750608600031904122785e-01, -1.615753718733365076637e+01, -7.500855792314704667340e+01, -1.228866684490136173410e+02, -6.485021904942025371773e+01)
	q := do(VADDPD, number(2.485846490142306297962e+01), z)
	horner(q, z, 1.650270098316988542046e+02, 4.328810604912902668951e+02, 4.853903996359136964868e+02, 1.945506571482613964425e+02)
	VMULPD(p, z, p)
	VDIVPD(q, p, p)
	VMULPD(a, p, p)
	VADDPD(a, p, p)
	angle := do(VADDPD, base, p)
	VADDPD(correction, angle, angle)
	// The half-plane of negative x. Its angles are negative if the ratio is positive; that of
	// y = ±0 has the sign of y.
	obtuse := load(number(math.Pi))
	VSUBPD(angle, obtuse, obtuse)
	signs := do(VANDPD, bits(sign), y)
	negative := do(VORPD, compare(ratio, greater, zero), compare(y, equal, zero))
	behind := compare(x, less, zero)
	VORPD(do(VANDPD, signs, negative), obtuse, obtuse)
	VORPD(signs, angle, angle)
	return choose(behind, obtuse, angle)
}

// genEgoVel emits EgoVel.put for steps of distance, cosine and sine.
func genEgoVel() {
	TEXT("egoVelAVX2", attr.NOSPLIT, "func(dst *float32, x, y, heading *float64, n int, interval float64) (done int)")
	Pragma("noescape")
	dst, x, y, heading, n := pointer("dst"), pointer("x"), pointer("y"), pointer("heading"), pointer("n")
	interval := broadcast(Param("interval"))
	done := whole(n, func(i reg.GPVirtual) {
		turn := differences(heading, i)
		const largest = 1 << 29 // that math.Sincos reduces as is done here
		leaveIfAny(compare(do(VANDPD, bits(sign-1), turn), notLess, load(number(largest))))
		dx, dy := differences(x, i), differences(y, i)
		VDIVPD(interval, dx, dx)
		VDIVPD(interval, dy, dy)
		VMULPD(dx, dx, dx)
		VMULPD(dy, dy, dy)
		VADDPD(dy, dx, dx)
		VSQRTPD(dx, dx)
		distance := XMM()
		VCVTPD2PSY(dx, distance)

		square := do(VMULPD, turn, turn)
		small := compare(square, less, load(number(0.25)))
		quickSin, quickCos := sincosOfSmall(turn, square)
		sin, cos := sincosOfAny(turn)
		s, c := XMM(), XMM()
		VCVTPD2PSY(choose(small, quickSin, sin), s)
		VCVTPD2PSY(choose(small, quickCos, cos), c)
		// d0 c0 s0 d1, c1 s1 d2 c2, s2 d3 c3 s3
		VPERMILPS(Imm(0x6c), distance, distance)                               // d0 d3 d2 d1
		VPERMILPS(Imm(0xb1), c, c)                                             // c1 c0 c3 c2
		VPERMILPS(Imm(0xc6), s, s)                                             // s2 s1 s0 s3
		for k, from := range [][2]uint64{{0x2, 0x4}, {0x9, 0x2}, {0x4, 0x9}} { // places of c and s
			v := XMM()
			VBLENDPS(Imm(from[0]), c, distance, v)
			VBLENDPS(Imm(from[1]), s, v, v)
			VMOVUPS(v, Mem{Base: dst, Disp: 16 * k})
		}
		ADDQ(Imm(3*4*lanes), dst)
	})
	Store(done, Return("done"))
	VZEROUPPER()
	RET()
}

// sincosOfAny emits math.Sincos for numbers below 2²⁹.
func sincosOfAny(x reg.VecVirtual) (sin, cos reg.VecVirtual) {
	magnitude := do(VANDPD, bits(sign-1), x)
	// j is the number of octants, made even.
	j, jumps := XMM(), YMM()
	VMULPD(number(4/math.Pi), magnitude, jumps)
	VCVTTPD2DQY(jumps, j)
	odd := XMM()
	VPAND(bits(1<<32|1), j, odd)
	VPADDD(odd, j, j)
	VCVTDQ2PD(j, jumps)
	octant := YMM()
	VPMOVZXDQ(j, octant)
	const piA, piB, piC = 7.85398125648498535156e-1, 3.77489470793079817668e-8, 2.69515142907905952645e-15
	z := do(VSUBPD, do(VMULPD, jumps, load(number(piA))), magnitude)
	VSUBPD(do(VMULPD, jumps, load(number(piB))), z, z)
	VSUBPD(do(VMULPD, jumps, load(number(piC))), z, z)
	zz := do(VMULPD, z, z)
	c := polynomial(zz, -1.13585365213876817300e-11, 2.08757008419747316778e-9, -2.75573141792967388112e-7, 2.48015872888517045348e-5, -1.38888888888730564116e-3, 4.16666666666665929218e-2)
	VMULPD(do(VMULPD, zz, zz), c, c)
	half := do(VMULPD, zz, load(number(0.5)))
	one := load(number(1))
	VSUBPD(half, one, one)
	VADDPD(one, c, c)
	s := polynomial(zz, 1.58962301576546568060e-10, -2.50507477628578072866e-8, 2.75573136213857245213e-6, -1.98412698295895385996e-4, 8.33333333332211858878e-3, -1.66666666666666307295e-1)
	VMULPD(do(VMULPD, zz, z), s, s)
	VADDPD(z, s, s)
	// Octants 2 and 6 exchange sine and cosine, 4 and 6 change the sign of both, and 2 and 6
	// that of the cosine.
	turned, back := shiftLeft(octant, 62), shiftLeft(octant, 61)
	sin, cos = choose(turned, c, s), choose(turned, s, c)
	VANDPD(bits(sign), turned, turned)
	VANDPD(bits(sign), back, back)
	VXORPD(back, sin, sin)
	VXORPD(do(VANDPD, bits(sign), x), sin, sin)
	VXORPD(back, cos, cos)
	VXORPD(turned, cos, cos)
	return sin, cos
}

// genPositions emits the storing of positions as float32.
func genPositions() {
	TEXT("positionsAVX2", attr.NOSPLIT, "func(dst *float32, x, y *float64, n int) (done int)")
	Pragma("noescape")
	dst, x, y, n := pointer("dst"), pointer("x"), pointer("y"), pointer("n")
	done := whole(n, func(i reg.GPVirtual) {
		vx, vy, low, high := XMM(), XMM(), XMM(), XMM()
		VCVTPD2PSY(at(x, i, 0), vx)
		VCVTPD2PSY(at(y, i, 0), vy)
		VUNPCKLPS(vy, vx, low)
		VUNPCKHPS(vy, vx, high)
		VMOVUPS(low, Mem{Base: dst, Index: i, Scale: 8})
		VMOVUPS(high, Mem{Base: dst, Index: i, Scale: 8, Disp: 16})
	})
	Store(done, Return("done"))
	VZEROUPPER()
	RET()
}

// genAngles emits wrapAngle32.
func genAngles() {
	TEXT("anglesAVX2", attr.NOSPLIT, "func(dst *float32, angle *float64, n int) (done int)")
	Pragma("noescape")
	dst, angle, n := pointer("dst"), pointer("angle"), pointer("n")
	pi, minusPi := XMM(), XMM()
	VCVTPD2PSY(number(math.Pi), pi)
	VCVTPD2PSY(number(-math.Pi), minusPi)
	done := whole(n, func(i reg.GPVirtual) {
		v := load(at(angle, i, 0))
		wrapAngle(v)
		f, inside := XMM(), XMM()
		VCVTPD2PSY(v, f)
		VCMPPS(Imm(less), pi, f, inside)
		VMAXPS(minusPi, f, f)
		VBLENDVPS(inside, f, minusPi, f)
		VMOVUPS(f, Mem{Base: dst, Index: i, Scale: 4})
	})
	Store(done, Return("done"))
	VZEROUPPER()
	RET()
}
