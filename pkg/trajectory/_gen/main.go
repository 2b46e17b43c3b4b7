// Command gen writes the amd64 assembly of package trajectory. The go:generate line is in
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
	genWalk()
	genHeadings()
	genEgoVel()
	genPositions()
	genAngles()
	Generate()
}

const (
	lanes  = 4 // numbers in a vector
	vector = 8 * lanes
)

// operands are what an instruction works on when it is emitted for several vectors, one
// after the other: an operand for each of them, or one for all.
type operands []Op

// emit emits an instruction for all vectors. It loads a number in memory that they share
// into a register before, since the processor reads two vectors in a cycle at most.
func emit(instruction any, list ...operands) {
	count := 1
	for _, o := range list {
		count = max(count, len(o))
	}
	for k, o := range list {
		if _, ok := o[0].(Mem); ok && count > 1 && len(o) == 1 {
			v := YMM()
			VMOVUPD(o[0], v)
			list[k] = operands{v}
		}
	}
	for i := range count {
		ops := make([]Op, len(list))
		for k, o := range list {
			ops[k] = o[min(i, len(o)-1)]
		}
		switch f := instruction.(type) {
		case func(...Op):
			f(ops...)
		case func(a, b Op):
			f(ops[0], ops[1])
		case func(a, b, c Op):
			f(ops[0], ops[1], ops[2])
		case func(a, b, c, d Op):
			f(ops[0], ops[1], ops[2], ops[3])
		default:
			panic(fmt.Sprintf("an instruction of type %T", f))
		}
	}
}

// do emits an instruction and returns its results in new registers.
func do(instruction any, list ...operands) operands {
	count := 1
	for _, o := range list {
		count = max(count, len(o))
	}
	var results operands
	for range count {
		results = append(results, YMM())
	}
	emit(instruction, append(list, results)...)
	return results
}

// bits is a word in memory, in each lane.
func bits(word uint64) operands {
	name := fmt.Sprintf("word%016x", word)
	if m, ok := words[name]; ok {
		return m
	}
	m := GLOBL(name, attr.RODATA|attr.NOPTR)
	for i := range lanes {
		DATA(8*i, U64(word))
	}
	words[name] = operands{m}
	return words[name]
}

var words = map[string]operands{}

func number(x float64) operands { return bits(math.Float64bits(x)) }

func immediate(n uint64) operands { return operands{Imm(n)} }

const sign = 1 << 63

// comparisons of VCMPPD, false for NaN
const (
	equal, less, lessOrEqual, greaterOrEqual, greater = 0x00, 0x11, 0x12, 0x1d, 0x1e
	notLess                                           = 0x15 // true for NaN
)

func load(m operands) operands                            { return do(VMOVUPD, m) }
func shiftRight(v operands, n uint64) operands            { return do(VPSRLQ, immediate(n), v) }
func shiftLeft(v operands, n uint64) operands             { return do(VPSLLQ, immediate(n), v) }
func absolute(v operands) operands                        { return do(VANDPD, v, load(bits(sign-1))) }
func signOf(v operands) operands                          { return do(VANDPD, v, load(bits(sign))) }
func compare(a operands, how uint64, b operands) operands { return do(VCMPPD, immediate(how), b, a) }

func pointer(name string) reg.GPVirtual { return Load(Param(name), GP64()).(reg.GPVirtual) }

// zero returns zero, in one register for all vectors.
func zero() operands {
	v := YMM()
	VXORPD(v, v, v)
	return operands{v}
}

// choose returns yes where the sign of mask is set, and no elsewhere.
func choose(mask, yes, no operands) operands { return do(VBLENDVPD, mask, yes, no) }

// polynomial is the polynomial of x with these coefficients, from the highest power on. Each
// product and each sum is rounded.
func polynomial(x operands, coefficients ...float64) operands {
	v := do(VMULPD, number(coefficients[0]), x)
	emit(VADDPD, number(coefficients[1]), v, v)
	horner(v, x, coefficients[2:]...)
	return v
}

// horner goes on with a polynomial, to lower powers.
func horner(v, x operands, coefficients ...float64) {
	for _, c := range coefficients {
		emit(VMULPD, x, v, v)
		emit(VADDPD, number(c), v, v)
	}
}

// sincosOfSmall emits the quick part of sincos.
func sincosOfSmall(turn, square operands) (sin, cos operands) {
	sin = polynomial(square, -1./5040, 1./120, -1./6, 1)
	emit(VMULPD, turn, sin, sin)
	return sin, polynomial(square, 1./40320, -1./720, 1./24, -1./2, 1)
}

// sincosOfAny emits math.Sincos for numbers below 2²⁹.
func sincosOfAny(x operands) (sin, cos operands) {
	magnitude := absolute(x)
	// j is the number of octants, made even.
	j, jumps := xmm(), ymm()
	emit(VMULPD, number(4/math.Pi), magnitude, jumps)
	emit(VCVTTPD2DQY, jumps, j)
	odd := xmm()
	emit(VPAND, bits(1<<32|1), j, odd)
	emit(VPADDD, odd, j, j)
	emit(VCVTDQ2PD, j, jumps)
	octant := ymm()
	emit(VPMOVZXDQ, j, octant)
	const piA, piB, piC = 7.85398125648498535156e-1, 3.77489470793079817668e-8, 2.69515142907905952645e-15
	z := do(VSUBPD, do(VMULPD, jumps, load(number(piA))), magnitude)
	emit(VSUBPD, do(VMULPD, jumps, load(number(piB))), z, z)
	emit(VSUBPD, do(VMULPD, jumps, load(number(piC))), z, z)
	zz := do(VMULPD, z, z)
	c := polynomial(zz, -1.13585365213876817300e-11, 2.08757008419747316778e-9, -2.75573141792967388112e-7, 2.48015872888517045348e-5, -1.38888888888730564116e-3, 4.16666666666665929218e-2)
	emit(VMULPD, do(VMULPD, zz, zz), c, c)
	half := do(VMULPD, zz, load(number(0.5)))
	one := load(number(1))
	emit(VSUBPD, half, one, one)
	emit(VADDPD, one, c, c)
	s := polynomial(zz, 1.58962301576546568060e-10, -2.50507477628578072866e-8, 2.75573136213857245213e-6, -1.98412698295895385996e-4, 8.33333333332211858878e-3, -1.66666666666666307295e-1)
	emit(VMULPD, do(VMULPD, zz, z), s, s)
	emit(VADDPD, z, s, s)
	// Octants 2 and 6 exchange sine and cosine, 4 and 6 change the sign of both, and 2 and 6
	// that of the cosine.
	turned, back := shiftLeft(octant, 62), shiftLeft(octant, 61)
	sin, cos = choose(turned, c, s), choose(turned, s, c)
	emit(VANDPD, bits(sign), turned, turned)
	emit(VANDPD, bits(sign), back, back)
	emit(VXORPD, back, sin, sin)
	emit(VXORPD, do(VANDPD, bits(sign), x), sin, sin)
	emit(VXORPD, back, cos, cos)
	emit(VXORPD, turned, cos, cos)
	return sin, cos
}

// sincos emits sincos for turns below 2²⁹.
func sincos(turn, square operands) (sin, cos operands) {
	small := compare(square, less, load(number(0.25)))
	quickSin, quickCos := sincosOfSmall(turn, square)
	sin, cos = sincosOfAny(turn)
	return choose(small, quickSin, sin), choose(small, quickCos, cos)
}

// wrapAngle emits wrapAngle: it takes all turns from the angle.
func wrapAngle(angle operands) {
	turns := do(VDIVPD, number(2*math.Pi), angle)
	emit(VADDPD, number(0.5), turns, turns)
	const floor = 9
	emit(VROUNDPD, immediate(floor), turns, turns)
	emit(VMULPD, number(2*math.Pi), turns, turns)
	emit(VSUBPD, turns, angle, angle)
}

func xmm() operands { return operands{XMM()} }
func ymm() operands { return operands{YMM()} }
