package main

import (
	"math"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// vectors is the number of vectors of a group. Their instructions take turns: those of one
// vector alone would mostly wait for each other.
const vectors = 2

// low and high are the halves of a constant factor of 64 bits, swapped has them exchanged.
func low(factor uint64) operands     { return bits(factor & 0xffffffff) }
func high(factor uint64) operands    { return bits(factor >> 32) }
func swapped(factor uint64) operands { return bits(factor>>32 | factor<<32) }

// exchange exchanges the halves of each word.
func exchange(v operands) operands { return do(VPSHUFD, immediate(0xb1), v) }

// crossed is what the products of unlike halves add to a product of 64 bits. products has
// the low 32 bits of each.
func crossed(products operands) operands {
	return shiftLeft(do(VPADDD, products, exchange(products)), 32)
}

// draw emits next of random.pcg, and stores the new state. A product of 64 bits is made of
// products of 32 bits.
func draw(hi, lo, newHi, newLo operands) (word operands) {
	const (
		factorHi, factorLo       = 2549297995355413924, 4865540595714422341
		incrementHi, incrementLo = 6364136223846793005, 1442695040888963407
		mixer                    = 0xda942042e4dd58b5
	)
	f := load(low(factorLo))
	products, h := do(VPMULLD, hi, load(swapped(factorLo))), do(VPMULUDQ, hi, f)
	l := load(lo)
	emit(VPADDD, do(VPMULLD, swapped(factorHi), l), products, products)
	emit(VPADDQ, do(VPMULUDQ, low(factorHi), l), h, h)
	emit(VPADDQ, crossed(products), h, h)
	emit(VPADDQ, bits(incrementHi), h, h)
	// lo·factorLo + incrementLo, all 128 bits. No sum of a product of 32 bits and two numbers of
	// 32 bits exceeds 64 bits.
	top := shiftRight(l, 32)
	ll, middle := do(VPMULUDQ, f, l), do(VPMULUDQ, high(factorLo), l)
	emit(VPADDQ, low(incrementLo), ll, ll)
	emit(VPADDQ, shiftRight(ll, 32), middle, middle)
	emit(VPADDQ, high(incrementLo), middle, middle)
	emit(VPADDQ, shiftRight(middle, 32), h, h)
	emit(VPADDQ, do(VPMULUDQ, high(factorLo), top), h, h)
	emit(VPAND, bits(0xffffffff), middle, middle)
	emit(VPADDQ, do(VPMULUDQ, f, top), middle, middle)
	emit(VPADDQ, shiftRight(middle, 32), h, h)
	emit(VMOVUPD, h, newHi)
	emit(VMOVUPD, do(VPBLENDD, immediate(0xaa), shiftLeft(middle, 32), ll), newLo)

	top = shiftRight(h, 32)
	emit(VPXOR, top, h, h)
	word = do(VPMULUDQ, high(mixer), h)
	emit(VPADDQ, do(VPMULUDQ, low(mixer), top), word, word)
	emit(VPSLLQ, immediate(32), word, word)
	emit(VPADDQ, do(VPMULUDQ, low(mixer), h), word, word)
	emit(VPXOR, shiftRight(word, 48), word, word)
	odd := do(VPOR, newLo, load(bits(1)))
	product := do(VPMULUDQ, odd, word)
	return do(VPADDQ, crossed(do(VPMULLD, exchange(odd), word)), product)
}

// ziggurat emits the quick part of a draw by the ziggurat method: the numbers, and where
// the word needs the slow part. layers are count pairs of width and inside. Their places go
// through memory, the shortest way to the registers of addresses.
func ziggurat(word, places operands, layers reg.GPVirtual, count uint64, signed bool) (x, slow operands) {
	at := do(VPAND, shiftRight(word, 28), load(bits((count-1)<<4))) // of the layers, in bytes
	emit(VMOVUPD, at, places)
	var even, odd operands // layers of lanes 0 and 2, 1 and 3
	for _, m := range places {
		layer := func(lane int) Mem {
			index := GP64()
			MOVQ(m.(Mem).Offset(8*lane), index)
			return Mem{Base: layers, Index: index, Scale: 1}
		}
		e, o := YMM(), YMM()
		VBROADCASTF128(layer(0), e)
		VBROADCASTF128(layer(1), o)
		VINSERTF128(Imm(1), layer(2), e, e)
		VINSERTF128(Imm(1), layer(3), o, o)
		even, odd = append(even, e), append(odd, o)
	}
	// The low half of the word as a number: the last bits of 2⁵² + place.
	offset := float64(1 << 52)
	place := do(VPBLENDD, immediate(0xaa), number(offset), word)
	if signed {
		emit(VPXOR, bits(1<<31), place, place)
		offset += 1 << 31
	}
	emit(VSUBPD, number(offset), place, place)
	slow = compare(absolute(place), notLess, do(VUNPCKHPD, odd, even))
	emit(VUNPCKLPD, odd, even, even)
	return do(VMULPD, place, even), slow
}

// genWalk emits steps of raudiesWalker for the animals of a group in a square room. The
// order of the fields is that of the type group.
//
// A step has three parts, and the function begins with the part from: 0 looks for walls
// and draws the normal numbers, 1 turns and draws the exponential numbers, 2 changes the
// speeds and advances. If a number needs the slow part of a ziggurat, the function returns
// the next part, for which the caller has to draw these numbers.
func genWalk() {
	TEXT("walkAVX2", attr.NOSPLIT, "func(animals, normal, exponential *float64, n, from int) (left, next, slow int)")
	Pragma("noescape")
	g, normalLayers, exponentialLayers := pointer("animals"), pointer("normal"), pointer("exponential")
	n, part, mask := pointer("n"), pointer("from"), GP64()
	size := 0
	parameter := func() Mem {
		size += vector
		return Mem{Base: g, Disp: size - vector}
	}
	field := func() (f operands) {
		for range vectors {
			f = append(f, parameter())
		}
		return f
	}
	x, y, cos, sin, heading, speed, clear, hi, lo := field(), field(), field(), field(), field(), field(), field(), field(), field()
	drawn, hi1, lo1, hi2, lo2 := field(), field(), field(), field(), field()
	facing, turn, places, alongX := field(), field(), field(), field()
	all := func() operands { return operands{parameter()} }
	timeStep, turnSD, speedScale, half, perimeter, facingCos, turnAngle, wallTurn, speedFactor := all(), all(), all(), all(), all(), all(), all(), all(), all()

	// testSigns tests whether the sign of a lane is set, for JNZ.
	testSigns := func(masks operands) {
		all, bits := masks[0], GP32()
		for _, m := range masks[1:] {
			all = do(VORPD, operands{m}, operands{all})[0]
		}
		VMOVMSKPD(all, bits)
		TESTL(bits, bits)
	}
	// leaveWithNext returns to have the slow numbers drawn.
	leaveWithNext := func(slow operands, next uint64) {
		for i, v := range slow {
			bits := GP64()
			VMOVMSKPD(v, bits.As32())
			SHLL(Imm(uint64(lanes*i)), bits.As32())
			ORL(bits.As32(), mask.As32())
		}
		MOVQ(U32(next), part)
		JMP(LabelRef("leave"))
	}
	XORL(mask.As32(), mask.As32())
	CMPQ(part, Imm(1))
	JEQ(LabelRef("normalDrawn"))
	JGT(LabelRef("exponentialDrawn"))

	var normals, exponentials, slowNormal, slowExponential operands
	Label("step")
	// A wall is looked for where the animal may have reached one.
	{
		ax, ay := absolute(x), absolute(y)
		emit(VMOVUPD, compare(ax, greaterOrEqual, ay), alongX)
		distance := do(VSUBPD, do(VMAXPD, ay, ax), load(half))
		emit(VSUBPD, perimeter, distance, distance)
		was, none := load(clear), zero()
		near := compare(was, lessOrEqual, none)
		now := choose(near, distance, was)
		emit(VMOVUPD, now, clear)
		emit(VANDPD, compare(now, less, none), near, near)
		outwardX := do(VXORPD, cos, signOf(x))
		outwardY := do(VXORPD, sin, signOf(y))
		outward := choose(load(alongX), outwardX, outwardY)
		emit(VANDPD, compare(outward, greater, load(facingCos)), near, near)
		emit(VMOVUPD, near, facing)
	}
	// The angle of the heading from the normal of the wall, and the turn from it.
	{
		none := zero()
		direction := choose(load(alongX), choose(load(x), load(number(math.Pi)), none), do(VORPD, number(math.Pi/2), signOf(y)))
		angle := do(VSUBPD, direction, load(heading))
		wrapAngle(angle)
		away := do(VSUBPD, absolute(angle), load(turnAngle))
		emit(VMULPD, wallTurn, away, away)
		emit(VANDPD, bits(sign-1), away, away)
		emit(VORPD, signOf(angle), away, away)
		emit(VANDNPD, away, compare(angle, equal, none), away)
		emit(VMOVUPD, away, turn)
	}
	{
		normals, slowNormal = ziggurat(draw(hi, lo, hi1, lo1), places, normalLayers, 128, true)
		testSigns(slowNormal)
		JNZ(LabelRef("normalIsSlow"))
	}

	Label("turn")
	{
		emit(VMULPD, turnSD, normals, normals)
		emit(VMOVUPD, choose(load(facing), do(VADDPD, turn, normals), normals), turn)
	}
	// Only an animal that does not face a wall takes a new speed.
	{
		var slow operands
		exponentials, slow = ziggurat(draw(hi1, lo1, hi2, lo2), places, exponentialLayers, 256, false)
		slowExponential = do(VANDNPD, slow, load(facing))
		testSigns(slowExponential)
		JNZ(LabelRef("exponentialIsSlow"))
	}

	// The animal advances with the speed and the heading of the step before.
	Label("advance")
	step := do(VMULPD, speed, load(timeStep))
	emit(VMOVUPD, do(VADDPD, x, do(VMULPD, cos, step)), x)
	emit(VMOVUPD, do(VADDPD, y, do(VMULPD, sin, step)), y)
	emit(VMOVUPD, do(VSUBPD, step, load(clear)), clear)
	{
		wall := load(facing)
		emit(VADDPD, exponentials, exponentials, exponentials)
		emit(VSQRTPD, exponentials, exponentials)
		emit(VMULPD, speedScale, exponentials, exponentials)
		emit(VMOVUPD, choose(wall, do(VMULPD, speed, load(speedFactor)), exponentials), speed)
		emit(VMOVUPD, choose(wall, hi1, load(hi2)), hi)
		emit(VMOVUPD, choose(wall, lo1, load(lo2)), lo)
	}
	rotate := func(of func(operands) operands, t, square operands, sincos func(turn, square operands) (sin, cos operands)) {
		emit(VMOVUPD, do(VADDPD, of(heading), t), of(heading))
		turnSin, turnCos := sincos(t, square)
		newCos, newSin := do(VMULPD, of(cos), turnCos), do(VMULPD, of(sin), turnCos)
		emit(VSUBPD, do(VMULPD, of(sin), turnSin), newCos, newCos)
		emit(VADDPD, do(VMULPD, of(cos), turnSin), newSin, newSin)
		emit(VMOVUPD, newCos, of(cos))
		emit(VMOVUPD, newSin, of(sin))
	}
	t := load(turn)
	square := do(VMULPD, t, t)
	testSigns(compare(square, notLess, load(number(0.25))))
	JNZ(LabelRef("large"))
	rotate(func(o operands) operands { return o }, t, square, sincosOfSmall)
	Label("next")
	DECQ(n)
	JNZ(LabelRef("step"))
	XORQ(part, part)
	Label("leave")
	Store(n, Return("left"))
	Store(part, Return("next"))
	Store(mask, Return("slow"))
	VZEROUPPER()
	RET()

	Label("large")
	for i := range vectors {
		t := load(turn[i : i+1])
		rotate(func(o operands) operands { return o[i : i+1] }, t, do(VMULPD, t, t), sincos)
	}
	JMP(LabelRef("next"))
	Label("normalIsSlow")
	emit(VMOVUPD, normals, drawn)
	leaveWithNext(slowNormal, 1)
	Label("normalDrawn")
	emit(VMOVUPD, drawn, normals)
	JMP(LabelRef("turn"))
	Label("exponentialIsSlow")
	emit(VMOVUPD, exponentials, drawn)
	leaveWithNext(slowExponential, 2)
	Label("exponentialDrawn")
	emit(VMOVUPD, drawn, exponentials)
	JMP(LabelRef("advance"))
}
