package main

import (
	"math"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/gotypes"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// broadcast is a parameter, in each lane.
func broadcast(c gotypes.Component) operands {
	basic, err := c.Resolve()
	if err != nil {
		panic(err)
	}
	v := YMM()
	VBROADCASTSD(basic.Addr, v)
	return operands{v}
}

// at is the vector that begins at element i + more of an array of float64.
func at(base, i reg.GPVirtual, more int) operands {
	return operands{Mem{Base: base, Index: i, Scale: 8, Disp: 8 * more}}
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
func leaveIfAny(mask operands) {
	bits := GP32()
	VMOVMSKPD(mask[0], bits)
	TESTL(bits, bits)
	JNZ(LabelRef("done"))
}

// differences are those of neighbours in an array, beginning at element i.
func differences(base, i reg.GPVirtual) operands {
	return do(VSUBPD, at(base, i, 0), load(at(base, i, 1)))
}

func genHeadings() {
	TEXT("headingsAVX2", attr.NOSPLIT, "func(heading, x, y *float64, n int, last float64) (done int)")
	Pragma("noescape")
	heading, x, y, n := pointer("heading"), pointer("x"), pointer("y"), pointer("n")
	last := broadcast(Param("last")) // the top lane is the heading before
	done := whole(n, func(i reg.GPVirtual) {
		dx, dy := differences(x, i), differences(y, i)
		square := do(VMULPD, dx, dx)
		emit(VADDPD, do(VMULPD, dy, dy), square, square)
		leaveIfAny(compare(square, equal, load(number(math.Inf(1)))))
		const rest = 1e-9
		moved := compare(square, greater, load(number(rest*rest)))
		direction := arctangent(dy, dx)
		// A lane without a direction has that of the lane before. After as many rounds as there
		// are lanes all have theirs.
		emit(VPERMPD, immediate(0xff), last, last)
		for range lanes {
			before := ymm()
			emit(VPERMPD, immediate(0x90), direction, before) // lanes 0, 0, 1, 2
			emit(VBLENDPD, immediate(1), last, before, before)
			direction = choose(moved, direction, before)
		}
		emit(VMOVUPD, direction, at(heading, i, 0))
		emit(VMOVAPD, direction, last)
	})
	Store(done, Return("done"))
	VZEROUPPER()
	RET()
}

// arctangent emits math.Atan2(y, x), in which |y| or |x| is more than 0 and both are finite.
func arctangent(y, x operands) operands {
	none := zero()
	ratio := ymm()
	emit(VDIVPD, x, y, ratio)
	tangent := absolute(ratio)
	// The arctangent of a ratio over tan π/8 is that of another one, plus π/4 or π/2.
	const tan3pi8, morePi2 = 2.41421356237309504880, 6.123233995736765886130e-17
	middle, large := compare(tangent, greater, load(number(0.66))), compare(tangent, greater, load(number(tan3pi8)))
	numerator, denominator := do(VANDPD, middle, load(number(1))), do(VANDPD, middle, tangent)
	emit(VSUBPD, numerator, tangent, numerator)
	emit(VADDPD, number(1), denominator, denominator)
	numerator = choose(large, load(number(-1)), numerator)
	denominator = choose(large, tangent, denominator)
	a := ymm()
	emit(VDIVPD, denominator, numerator, a)
	base := choose(large, load(number(math.Pi/2)), do(VANDPD, middle, load(number(math.Pi/4))))
	correction := choose(large, load(number(morePi2)), do(VANDPD, middle, load(number(0.5*morePi2))))
	// a + a·z·P(z)/Q(z)
	z := do(VMULPD, a, a)
	p := polynomial(z, -8.750608600031904122785e-01, -1.615753718733365076637e+01, -7.500855792314704667340e+01, -1.228866684490136173410e+02, -6.485021904942025371773e+01)
	q := do(VADDPD, number(2.485846490142306297962e+01), z)
	horner(q, z, 1.650270098316988542046e+02, 4.328810604912902668951e+02, 4.853903996359136964868e+02, 1.945506571482613964425e+02)
	emit(VMULPD, p, z, p)
	emit(VDIVPD, q, p, p)
	emit(VMULPD, a, p, p)
	emit(VADDPD, a, p, p)
	angle := do(VADDPD, base, p)
	emit(VADDPD, correction, angle, angle)
	// The half-plane of negative x. Its angles are negative if the ratio is positive; that of
	// y = ±0 has the sign of y.
	obtuse := load(number(math.Pi))
	emit(VSUBPD, angle, obtuse, obtuse)
	signs := do(VANDPD, bits(sign), y)
	negative := do(VORPD, compare(ratio, greater, none), compare(y, equal, none))
	behind := compare(x, less, none)
	emit(VORPD, do(VANDPD, signs, negative), obtuse, obtuse)
	emit(VORPD, signs, angle, angle)
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
		leaveIfAny(compare(absolute(turn), notLess, load(number(largest))))
		dx, dy := differences(x, i), differences(y, i)
		emit(VDIVPD, interval, dx, dx)
		emit(VDIVPD, interval, dy, dy)
		emit(VMULPD, dx, dx, dx)
		emit(VMULPD, dy, dy, dy)
		emit(VADDPD, dy, dx, dx)
		emit(VSQRTPD, dx, dx)
		distance := xmm()
		emit(VCVTPD2PSY, dx, distance)

		square := do(VMULPD, turn, turn)
		sin, cos := sincos(turn, square)
		s, c := xmm(), xmm()
		emit(VCVTPD2PSY, sin, s)
		emit(VCVTPD2PSY, cos, c)
		// d0 c0 s0 d1, c1 s1 d2 c2, s2 d3 c3 s3
		emit(VPERMILPS, immediate(0x6c), distance, distance)                   // d0 d3 d2 d1
		emit(VPERMILPS, immediate(0xb1), c, c)                                 // c1 c0 c3 c2
		emit(VPERMILPS, immediate(0xc6), s, s)                                 // s2 s1 s0 s3
		for k, from := range [][2]uint64{{0x2, 0x4}, {0x9, 0x2}, {0x4, 0x9}} { // places of c and s
			v := xmm()
			emit(VBLENDPS, immediate(from[0]), c, distance, v)
			emit(VBLENDPS, immediate(from[1]), s, v, v)
			emit(VMOVUPS, v, operands{Mem{Base: dst, Disp: 16 * k}})
		}
		ADDQ(Imm(3*4*lanes), dst)
	})
	Store(done, Return("done"))
	VZEROUPPER()
	RET()
}

// genPositions emits the storing of positions as float32.
func genPositions() {
	TEXT("positionsAVX2", attr.NOSPLIT, "func(dst *float32, x, y *float64, n int) (done int)")
	Pragma("noescape")
	dst, x, y, n := pointer("dst"), pointer("x"), pointer("y"), pointer("n")
	done := whole(n, func(i reg.GPVirtual) {
		vx, vy, low, high := xmm(), xmm(), xmm(), xmm()
		emit(VCVTPD2PSY, at(x, i, 0), vx)
		emit(VCVTPD2PSY, at(y, i, 0), vy)
		emit(VUNPCKLPS, vy, vx, low)
		emit(VUNPCKHPS, vy, vx, high)
		emit(VMOVUPS, low, operands{Mem{Base: dst, Index: i, Scale: 8}})
		emit(VMOVUPS, high, operands{Mem{Base: dst, Index: i, Scale: 8, Disp: 16}})
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
	pi, minusPi := xmm(), xmm()
	emit(VCVTPD2PSY, number(math.Pi), pi)
	emit(VCVTPD2PSY, number(-math.Pi), minusPi)
	done := whole(n, func(i reg.GPVirtual) {
		v := load(at(angle, i, 0))
		wrapAngle(v)
		f, inside := xmm(), xmm()
		emit(VCVTPD2PSY, v, f)
		emit(VCMPPS, immediate(less), pi, f, inside)
		emit(VMAXPS, minusPi, f, f)
		emit(VBLENDVPS, inside, f, minusPi, f)
		emit(VMOVUPS, f, operands{Mem{Base: dst, Index: i, Scale: 4}})
	})
	Store(done, Return("done"))
	VZEROUPPER()
	RET()
}
