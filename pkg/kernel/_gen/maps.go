package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// reduced is exp split as in Cephes expf.c: for |z| not too large,
// exp(z) = 2^n·(1+p) with |ln 2^n − z| ≤ ln(2)/2 and p = expm1 of the rest.
type reduced struct {
	p     reg.VecVirtual
	n     reg.VecVirtual // as a float
	shift reg.VecVirtual // n + 1.5·2^23: its low bits are n as an integer
}

const (
	log2e         = 1.44269504088896341
	roundingShift = 1.5 * (1 << 23)
	ln2High       = 0.693359375
	ln2Low        = -2.12194440e-4
)

// expCoefficients are those of (exp(r)−1−r)/r², highest power first.
var expCoefficients = []float64{1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1}

// hoistExp keeps in registers what exp, sigmoid and tanh need. AVX-512 loads one full
// vector a cycle, so loading the constants would limit the speed. AVX2 has registers for
// those that would take an instruction to load, since they are no second operands.
func (s isa) hoistExp() {
	if !s.wide() {
		s.hoist(float(log2e), float(expCoefficients[0]), float(1), float(-104), float(-60))
		return
	}
	s.hoist(signBit, restBits, float(log2e), float(roundingShift), float(ln2High), float(ln2Low), float(1), float(2), float(-104), float(-60))
	for _, c := range expCoefficients {
		s.hoist(float(c))
	}
}

// reduce splits exp(z). The polynomial and the two-part ln 2 are those of
// Cephes (S. L. Moshier), single precision.
func (s isa) reduce(z reg.VecVirtual) reduced {
	shift := s.load(number(log2e))
	VFMADD213PS(number(roundingShift), z, shift)
	n := s.sub(shift, number(roundingShift))
	r := s.load(n)
	VFNMADD132PS(number(ln2High), z, r)
	VFNMADD231PS(number(ln2Low), n, r)

	q := s.load(number(expCoefficients[0]))
	for _, c := range expCoefficients[1:] {
		s.horner(q, r, number(c))
	}
	VFMADD213PS(r, s.mul(r, r), q)
	return reduced{p: q, n: n, shift: shift}
}

// exp returns exp(z) for z at most 0, with subnormal results.
func (s isa) exp(z reg.VecVirtual) reg.VecVirtual {
	e := s.reduce(s.atLeast(z, number(-104))) // exp(−104) rounds to 0
	y := s.add(e.p, number(1))
	if s.wide() {
		VSCALEFPS(e.n, y, y)
		return y
	}
	// 2^n is computed as 2^(n+64)·2^−64, because 2^n may be subnormal. Only the
	// last product rounds.
	scale := s.vec()
	VPSLLD(Imm(23), e.shift, scale)
	VPADDD(number(0x1p64), scale, scale)
	VMULPS(scale, y, y)
	VMULPS(number(0x1p-64), y, y)
	return y
}

// expMinusAbs returns exp(−|x|).
func (s isa) expMinusAbs(x reg.VecVirtual) reg.VecVirtual {
	return s.exp(s.or(x, bits(signBit)))
}

// sigmoidFrom returns σ(x) from e = exp(−|x|): 1/(1+e) if x is not negative,
// e/(1+e) if it is. It is exact for very large and very small x.
func (s isa) sigmoidFrom(x, e reg.VecVirtual) reg.VecVirtual {
	one := s.load(number(1))
	return s.div(s.selectNegative(x, e, one), s.add(one, e))
}

func (s isa) sigmoid(x reg.VecVirtual) reg.VecVirtual {
	return s.sigmoidFrom(x, s.expMinusAbs(x))
}

// tanh returns tanh(x) = −t/(2+t) with t = expm1(−2|x|), which keeps full
// relative precision near 0 and gives exactly ±1 once t rounds to −1.
func (s isa) tanh(x reg.VecVirtual) reg.VecVirtual {
	z := s.or(x, bits(signBit))
	e := s.reduce(s.atLeast(s.add(z, z), number(-60)))
	scale := s.powerOfTwo(e)
	t := s.sub(scale, number(1))
	VFMADD231PS(e.p, scale, t)
	return s.withSign(s.div(t, s.add(t, number(2))), x)
}

// powerOfTwo returns 2^n where that is a normal number.
func (s isa) powerOfTwo(e reduced) reg.VecVirtual {
	v := s.vec()
	if s.wide() {
		VSCALEFPS(e.n, s.load(number(1)), v)
		return v
	}
	VPSLLD(Imm(23), e.shift, v)
	VPADDD(number(1), v, v)
	return v
}

// withSign returns the magnitude of v with the sign of x.
func (s isa) withSign(v, x reg.VecVirtual) reg.VecVirtual {
	if s.wide() {
		const choose = 0xca // where w has a bit, that of x, else that of v
		w := s.load(bits(signBit))
		VPTERNLOGD(Imm(choose), v, x, w)
		return w
	}
	return s.or(s.and(v, bits(restBits)), s.and(x, bits(signBit)))
}

// genMaps emits the functions that compute each element from the same element of the
// input.
func genMaps(s isa) {
	s.genMap("sigmoid", s.hoistExp, s.sigmoid)
	s.genMap("tanh", s.hoistExp, s.tanh)
	s.genMap("relu", func() {}, func(x reg.VecVirtual) reg.VecVirtual {
		return s.atLeast(x, bits(0))
	})
	s.genBackward("sigmoidBackward", s.sigmoidGradient)
	s.genBackward("tanhBackward", s.tanhGradient)
	s.genBackward("reluBackward", func(y, dy reg.VecVirtual) reg.VecVirtual {
		return s.and(dy, s.positive(y))
	})
	s.genArithmetic()
	s.genApplyMask()
}

func (s isa) oneMinus(y reg.VecVirtual) reg.VecVirtual { return s.sub(s.load(number(1)), y) }

// tanhGradient returns dy·(1−y)·(1+y). 1−y² would lose digits by cancellation
// where |y| is near 1.
func (s isa) tanhGradient(y, dy reg.VecVirtual) reg.VecVirtual {
	return s.mul(dy, s.mul(s.oneMinus(y), s.add(y, number(1))))
}

// positive returns the lanes with y > 0 as all-ones bits.
func (s isa) positive(y reg.VecVirtual) reg.VecVirtual {
	v := s.vec()
	if !s.wide() {
		VCMPPS(Imm(greaterThan), s.zero(), y, v)
		return v
	}
	k := K()
	VCMPPS(Imm(greaterThan), s.zero(), y, k)
	VPMOVM2D(k, v)
	return v
}

func (s isa) genMap(name string, prepare func(), f func(reg.VecVirtual) reg.VecVirtual) {
	s.text(name, "func(dst, x []float32)")
	dst, x := slice("dst"), slice("x")
	prepare()
	s.forEach(length("dst"), func(b block) { b.put(f(b.get(x)), dst) })
	finish()
}

func (s isa) genBackward(name string, f func(y, dy reg.VecVirtual) reg.VecVirtual) {
	s.text(name, "func(dx, y, dy []float32)")
	dx, y, dy := slice("dx"), slice("y"), slice("dy")
	s.forEach(length("dx"), func(b block) { b.put(f(b.get(y), b.get(dy)), dx) })
	finish()
}

// genArithmetic emits sums and products. They round after every operation, as
// the scalar loops do.
func (s isa) genArithmetic() {
	s.text("mul", "func(dst, a, b []float32)")
	dst, x, y := slice("dst"), slice("a"), slice("b")
	s.forEach(length("dst"), func(b block) { b.put(s.mul(b.get(x), b.get(y)), dst) })
	finish()

	s.text("mulAdd", "func(dst, a, b []float32)")
	dst, x, y = slice("dst"), slice("a"), slice("b")
	s.forEach(length("dst"), func(b block) { b.put(s.add(s.mul(b.get(x), b.get(y)), b.get(dst)), dst) })
	finish()

	s.text("add", "func(dst, x []float32)")
	dst, x = slice("dst"), slice("x")
	s.forEach(length("dst"), func(b block) { b.put(s.add(b.get(dst), b.get(x)), dst) })
	finish()

	s.text("scale", "func(x []float32, s float32)")
	x = slice("x")
	factor := s.broadcast("s")
	s.forEach(length("x"), func(b block) { b.put(s.mul(b.get(x), factor), x) })
	finish()

	s.text("axpy", "func(y []float32, a float32, x []float32)")
	y, x = slice("y"), slice("x")
	factor = s.broadcast("a")
	s.forEach(length("y"), func(b block) { b.put(s.add(s.mul(b.get(x), factor), b.get(y)), y) })
	finish()
}

// genApplyMask emits dropout: one bit of mask per element.
func (s isa) genApplyMask() {
	s.text("applyMask", "func(dst, x []float32, mask []uint64, scale float32)")
	dst, x, mask := slice("dst"), slice("x"), slice("mask")
	scale := s.broadcast("scale")
	s.forEach(length("dst"), func(b block) {
		offset := GP64()
		MOVQ(b.index, offset)
		SHRQ(Imm(3), offset)
		word := GP32()
		y := s.mul(b.get(x), scale)
		if s.wide() {
			MOVWLZX(Mem{Base: mask, Index: offset, Scale: 1}, word)
			k := K()
			KMOVW(word, k)
			VMOVUPS_Z(y, k, y)
			b.put(y, dst)
			return
		}
		MOVBLZX(Mem{Base: mask, Index: offset, Scale: 1}, word)
		lanes := YMM()
		VMOVD(word, lanes.AsX())
		VPBROADCASTD(lanes.AsX(), lanes)
		VPAND(bitOfLane(), lanes, lanes)
		VPCMPEQD(bitOfLane(), lanes, lanes)
		b.put(s.and(y, lanes), dst)
	})
	finish()
}
