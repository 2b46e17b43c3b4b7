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

// bits is a word in memory, in each lane.
func bits(word uint64) Mem {
	name := fmt.Sprintf("word%016x", word)
	if m, ok := words[name]; ok {
		return m
	}
	m := GLOBL(name, attr.RODATA|attr.NOPTR)
	for i := range lanes {
		DATA(8*i, U64(word))
	}
	words[name] = m
	return m
}

var words = map[string]Mem{}

func number(x float64) Mem { return bits(math.Float64bits(x)) }

const sign = 1 << 63

// comparisons of VCMPPD, false for NaN
const (
	equal, less, lessOrEqual, greaterOrEqual, greater = 0x00, 0x11, 0x12, 0x1d, 0x1e
	notLess                                           = 0x15 // true for NaN
)

// do emits an instruction of two operands and returns its result in a new register.
func do[F func(...Op) | func(a, b, result Op)](instruction F, a, b Op) reg.VecVirtual {
	v := YMM()
	switch f := any(instruction).(type) {
	case func(...Op):
		f(a, b, v)
	case func(a, b, result Op):
		f(a, b, v)
	}
	return v
}

func shiftRight(v Op, n uint64) reg.VecVirtual { return do(VPSRLQ, Imm(n), v) }
func shiftLeft(v Op, n uint64) reg.VecVirtual  { return do(VPSLLQ, Imm(n), v) }

func compare(a Op, how uint64, b Op) reg.VecVirtual {
	v := YMM()
	VCMPPD(Imm(how), b, a, v)
	return v
}

// choose returns yes where the sign of mask is set, and no elsewhere.
func choose(mask, yes, no Op) reg.VecVirtual {
	v := YMM()
	VBLENDVPD(mask, yes, no, v)
	return v
}

// polynomial is the polynomial of x with these coefficients, from the highest power on. Each
// product and each sum is rounded.
func polynomial(x Op, coefficients ...float64) reg.VecVirtual {
	v := load(number(coefficients[0]))
	horner(v, x, coefficients[1:]...)
	return v
}

// horner goes on with a polynomial, to lower powers.
func horner(v reg.VecVirtual, x Op, coefficients ...float64) {
	for _, c := range coefficients {
		VMULPD(x, v, v)
		VADDPD(number(c), v, v)
	}
}

// sincosOfSmall emits the quick part of sincos.
func sincosOfSmall(turn, square reg.VecVirtual) (sin, cos reg.VecVirtual) {
	sin = polynomial(square, -1./5040, 1./120, -1./6, 1)
	VMULPD(turn, sin, sin)
	return sin, polynomial(square, 1./40320, -1./720, 1./24, -1./2, 1)
}

// wrapAngle emits wrapAngle: it takes all turns from the angle.
func wrapAngle(angle reg.VecVirtual) {
	turns := YMM()
	VDIVPD(number(2*math.Pi), angle, turns)
	VADDPD(number(0.5), turns, turns)
	const floor = 9
	VROUNDPD(Imm(floor), turns, turns)
	VMULPD(number(2*math.Pi), turns, turns)
	VSUBPD(turns, angle, angle)
}

func load(m Mem) reg.VecVirtual {
	v := YMM()
	VMOVUPD(m, v)
	return v
}
