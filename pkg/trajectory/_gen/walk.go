package main

import (
	"math"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// low and high are the halves of a constant factor of 64 bits.
func low(factor uint64) Mem  { return bits(factor & 0xffffffff) }
func high(factor uint64) Mem { return bits(factor >> 32) }

// draw emits next of random.pcg. A product of 64 bits is made of products of 32 bits.
func draw(hi, lo Op) (newHi, newLo, word reg.VecVirtual) {
	const (
		factorHi, factorLo       = 2549297995355413924, 4865540595714422341
		incrementHi, incrementLo = 6364136223846793005, 1442695040888963407
		mixer                    = 0xda942042e4dd58b5
	)
	loTop := shiftRight(lo, 32)
	cross := do(VPMULUDQ, high(factorLo), hi)
	VPADDQ(do(VPMULUDQ, low(factorLo), shiftRight(hi, 32)), cross, cross)
	VPADDQ(do(VPMULUDQ, high(factorHi), lo), cross, cross)
	VPADDQ(do(VPMULUDQ, low(factorHi), loTop), cross, cross)
	newHi = shiftLeft(cross, 32)
	VPADDQ(do(VPMULUDQ, low(factorLo), hi), newHi, newHi)
	VPADDQ(do(VPMULUDQ, low(factorHi), lo), newHi, newHi)
	VPADDQ(bits(incrementHi), newHi, newHi)
	// lo·factorLo, all 128 bits
	ll, lh := do(VPMULUDQ, low(factorLo), lo), do(VPMULUDQ, high(factorLo), lo)
	hl, hh := do(VPMULUDQ, low(factorLo), loTop), do(VPMULUDQ, high(factorLo), loTop)
	middle := shiftRight(ll, 32)
	VPADDQ(do(VPAND, bits(0xffffffff), lh), middle, middle)
	VPADDQ(do(VPAND, bits(0xffffffff), hl), middle, middle)
	VPADDQ(hh, newHi, newHi)
	VPADDQ(shiftRight(lh, 32), newHi, newHi)
	VPADDQ(shiftRight(hl, 32), newHi, newHi)
	VPADDQ(shiftRight(middle, 32), newHi, newHi)
	newLo = YMM()
	VPBLENDD(Imm(0xaa), shiftLeft(middle, 32), ll, newLo)
	VPADDQ(bits(incrementLo), newLo, newLo)
	// The sum carries if it is less than what was added.
	carry := load(bits(incrementLo ^ sign))
	VPCMPGTQ(do(VPXOR, bits(sign), newLo), carry, carry)
	VPSUBQ(carry, newHi, newHi)

	w := do(VPXOR, shiftRight(newHi, 32), newHi)
	word = do(VPMULUDQ, high(mixer), w)
	VPADDQ(do(VPMULUDQ, low(mixer), shiftRight(w, 32)), word, word)
	VPSLLQ(Imm(32), word, word)
	VPADDQ(do(VPMULUDQ, low(mixer), w), word, word)
	w = do(VPXOR, shiftRight(word, 48), word)
	odd := do(VPOR, bits(1), newLo)
	word = do(VPMULUDQ, shiftRight(odd, 32), w)
	VPADDQ(do(VPMULUDQ, odd, shiftRight(w, 32)), word, word)
	VPSLLQ(Imm(32), word, word)
	VPADDQ(do(VPMULUDQ, odd, w), word, word)
	return newHi, newLo, word
}

// ziggurat emits the quick part of a draw by the ziggurat method: the number, and where
// the word needs the slow part. layers are pairs of width and inside.
func ziggurat(word reg.VecVirtual, layers reg.GPVirtual, count uint64, signed bool) (x, slow reg.VecVirtual) {
	at := shiftRight(word, 28) // of the layer, in bytes
	VPAND(bits((count-1)<<4), at, at)
	upper, index := XMM(), [lanes]reg.GPVirtual{GP64(), GP64(), GP64(), GP64()}
	VEXTRACTI128(Imm(1), at, upper)
	VMOVQ(at.AsX(), index[0])
	VPEXTRQ(Imm(1), at.AsX(), index[1])
	VMOVQ(upper, index[2])
	VPEXTRQ(Imm(1), upper, index[3])
	even, odd := YMM(), YMM() // layers of lanes 0 and 2, 1 and 3
	layer := func(i int) Mem { return Mem{Base: layers, Index: index[i], Scale: 1} }
	VMOVUPD(layer(0), even.AsX())
	VMOVUPD(layer(1), odd.AsX())
	VINSERTF128(Imm(1), layer(2), even, even)
	VINSERTF128(Imm(1), layer(3), odd, odd)
	width, inside := do(VUNPCKLPD, odd, even), do(VUNPCKHPD, odd, even)
	// The low half of the word as a number: the last bits of 2⁵² + place.
	place, offset := YMM(), float64(1<<52)
	VPBLENDD(Imm(0xaa), number(offset), word, place)
	if signed {
		VPXOR(bits(1<<31), place, place)
		offset += 1 << 31
	}
	VSUBPD(number(offset), place, place)
	slow = compare(do(VANDPD, bits(sign-1), place), notLess, inside)
	return do(VMULPD, place, width), slow
}

// genWalk emits steps of raudiesWalker for four animals in a square room. The order of the
// fields is that of the type group.
func genWalk() {
	TEXT("walkAVX2", attr.NOSPLIT, "func(animals, normal, exponential *float64, n int) (left, slow int)")
	Pragma("noescape")
	g, normal, exponential := Load(Param("animals"), GP64()).(reg.GPVirtual), Load(Param("normal"), GP64()).(reg.GPVirtual), Load(Param("exponential"), GP64()).(reg.GPVirtual)
	n, mask := Load(Param("n"), GP64()).(reg.GPVirtual), GP64()
	fields := 0
	field := func() Mem {
		fields++
		return Mem{Base: g, Disp: vector * (fields - 1)}
	}
	x, y, cos, sin, heading, speed, clear, hi, lo := field(), field(), field(), field(), field(), field(), field(), field(), field()
	timeStep, turnSD, speedScale, half, perimeter, facingCos, turnAngle, wallTurn, speedFactor := field(), field(), field(), field(), field(), field(), field(), field(), field()

	Label("step")
	// A wall is looked for where the animal may have reached one.
	vx, vy := load(x), load(y)
	ax, ay := do(VANDPD, bits(sign-1), vx), do(VANDPD, bits(sign-1), vy)
	alongX := compare(ax, greaterOrEqual, ay)
	distance := load(half)
	VSUBPD(do(VMAXPD, ay, ax), distance, distance)
	VSUBPD(perimeter, distance, distance)
	was := load(clear)
	zero := YMM()
	VXORPD(zero, zero, zero)
	facing := compare(was, lessOrEqual, zero)
	newClear := choose(facing, distance, was)
	VANDPD(compare(newClear, less, zero), facing, facing)
	signX, signY := do(VANDPD, bits(sign), vx), do(VANDPD, bits(sign), vy)
	outward := choose(alongX, do(VXORPD, cos, signX), do(VXORPD, sin, signY))
	VANDPD(compare(outward, greater, load(facingCos)), facing, facing)
	// The angle of the heading from the normal of the wall, and the turn from it.
	direction := choose(alongX, choose(vx, load(number(math.Pi)), zero), do(VORPD, number(math.Pi/2), signY))
	angle := load(heading)
	VSUBPD(direction, angle, angle)
	wrapAngle(angle)
	away := load(turnAngle)
	VSUBPD(do(VANDPD, bits(sign-1), angle), away, away)
	VMULPD(wallTurn, away, away)
	VANDPD(bits(sign-1), away, away)
	VORPD(do(VANDPD, bits(sign), angle), away, away)
	VANDNPD(away, compare(angle, equal, zero), away)

	// Sixteen registers are too few for all that is alive during a draw.
	local, kept := AllocLocal(8*vector), 0
	keep := func(v reg.VecVirtual) Mem {
		m := local.Offset(vector * kept)
		kept++
		VMOVUPD(v, m)
		return m
	}
	clearMem, facingMem := keep(newClear), keep(facing)
	hi1, lo1, word := draw(load(hi), load(lo))
	turn, slow := ziggurat(word, normal, 128, true)
	VMULPD(turnSD, turn, turn)
	turn = choose(load(facingMem), do(VADDPD, away, turn), turn)
	square := do(VMULPD, turn, turn)
	VORPD(compare(square, notLess, load(number(0.25))), slow, slow)
	turnMem, slowMem, hiMem, loMem := keep(turn), keep(slow), keep(hi1), keep(lo1)
	// Only an animal that does not face a wall takes a new speed.
	hi2, lo2, word := draw(hi1, lo1)
	newSpeed, slowSpeed := ziggurat(word, exponential, 256, false)
	facing = load(facingMem)
	slow = do(VANDNPD, slowSpeed, facing)
	VORPD(slowMem, slow, slow)
	VADDPD(newSpeed, newSpeed, newSpeed)
	VSQRTPD(newSpeed, newSpeed)
	VMULPD(speedScale, newSpeed, newSpeed)

	// Two of the results wait in memory, for want of registers.
	newHi, newLo := keep(choose(facing, hiMem, hi2)), keep(choose(facing, loMem, lo2))
	type result struct {
		to    Mem
		value reg.VecVirtual
	}
	v := load(speed)
	step := do(VMULPD, timeStep, v)
	vcos, vsin := load(cos), load(sin)
	newClear = load(clearMem)
	VSUBPD(step, newClear, newClear)
	turn = load(turnMem)
	square = do(VMULPD, turn, turn)
	results := []result{
		{speed, choose(facing, do(VMULPD, speedFactor, v), newSpeed)},
		{x, do(VADDPD, x, do(VMULPD, vcos, step))},
		{y, do(VADDPD, y, do(VMULPD, vsin, step))},
		{clear, newClear},
		{heading, do(VADDPD, heading, turn)},
	}
	turnSin, turnCos := sincosOfSmall(turn, square)
	newCos, newSin := do(VMULPD, turnCos, vcos), do(VMULPD, turnCos, vsin)
	VSUBPD(do(VMULPD, turnSin, vsin), newCos, newCos)
	VADDPD(do(VMULPD, turnSin, vcos), newSin, newSin)
	results = append(results, result{cos, newCos}, result{sin, newSin})
	finish := func(put func(r result)) {
		for _, r := range results {
			put(r)
		}
		put(result{hi, load(newHi)})
		put(result{lo, load(newLo)})
		DECQ(n)
	}

	VMOVMSKPD(slow, mask.As32())
	TESTL(mask.As32(), mask.As32())
	JNZ(LabelRef("slow"))
	finish(func(r result) { VMOVUPD(r.value, r.to) })
	JNZ(LabelRef("step"))
	JMP(LabelRef("done"))
	// The animals that need the slow way stay where they are.
	Label("slow")
	finish(func(r result) { VMOVUPD(choose(slow, r.to, r.value), r.to) })
	Label("done")
	Store(n, Return("left"))
	Store(mask, Return("slow"))
	VZEROUPPER()
	RET()
}
