package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// lanes64 is a sum in eight float64 lanes. Element i is added to lane i mod 8.
type lanes64 struct {
	isa
	acc []reg.VecVirtual // one ZMM, or two YMM: lanes 0–3 and 4–7
}

func (s isa) newSum() lanes64 {
	if s.wide() {
		return lanes64{s, []reg.VecVirtual{s.zero()}}
	}
	return lanes64{s, []reg.VecVirtual{s.zero(), s.zero()}}
}

// doubles widens v to float64: groups of the size of the accumulators.
func (s isa) doubles(v reg.VecVirtual) []reg.VecVirtual {
	lo, hi := s.vec(), s.vec()
	if s.wide() {
		upper := YMM()
		VEXTRACTF64X4(Imm(1), v, upper)
		VCVTPS2PD(v.AsY(), lo)
		VCVTPS2PD(upper, hi)
	} else {
		upper := XMM()
		VEXTRACTF128(Imm(1), v, upper)
		VCVTPS2PD(v.AsX(), lo)
		VCVTPS2PD(upper, hi)
	}
	return []reg.VecVirtual{lo, hi}
}

// doublesAt widens the block of the array at base to float64.
func (b block) doublesAt(base reg.Register) []reg.VecVirtual {
	if b.mask != nil || b.wide() {
		return b.doubles(b.get(base))
	}
	lo, hi := b.vec(), b.vec()
	VCVTPS2PD(b.at(base), lo)
	VCVTPS2PD(b.at(base).Offset(16), hi)
	return []reg.VecVirtual{lo, hi}
}

// add adds each element of x to its lane.
func (l lanes64) add(x []reg.VecVirtual) {
	for i, d := range x {
		acc := l.acc[i%len(l.acc)]
		VADDPD(d, acc, acc)
	}
}

// addProduct adds the products of x and y, exact in float64, to the lanes.
func (l lanes64) addProduct(x, y []reg.VecVirtual) {
	for i := range x {
		VFMADD231PD(x[i], y[i], l.acc[i%len(l.acc)])
	}
}

// fold adds the lanes by halves: 4 apart, then 2, then 1.
func (l lanes64) fold() reg.VecVirtual {
	var four reg.VecVirtual
	if l.wide() {
		four = YMM()
		VEXTRACTF64X4(Imm(1), l.acc[0], four)
		VADDPD(four, l.acc[0].AsY(), four)
	} else {
		four = YMM()
		VADDPD(l.acc[1], l.acc[0], four)
	}
	hi, sum := XMM(), XMM()
	VEXTRACTF128(Imm(1), four, hi)
	VADDPD(hi, four.AsX(), sum)
	VUNPCKHPD(sum, sum, hi)
	VADDSD(hi, sum, sum)
	return sum
}

func genLosses(s isa) {
	s.genMaximum()
	s.genSoftmaxSums()
	s.genSoftmaxGradient()
	s.genSigmoidCrossEntropy()
	s.genSquaredError()
}

func (s isa) genMaximum() {
	s.text("maximum", "func(x []float32) float32")
	x := slice("x")
	best := s.load(bits(0xff800000))
	s.forEach(length("x"), func(b block) {
		VMAXPS(b.fill(b.get(x), bits(0xff800000)), best, best)
	})
	y := YMM()
	if s.wide() {
		VEXTRACTF64X4(Imm(1), best, y)
		VMAXPS(y, best.AsY(), y)
	} else {
		VMOVUPS(best, y)
	}
	hi, m := XMM(), XMM()
	VEXTRACTF128(Imm(1), y, hi)
	VMAXPS(hi, y.AsX(), m)
	VPERMILPS(Imm(0x4e), m, hi)
	VMAXPS(hi, m, m)
	VPERMILPS(Imm(0xb1), m, hi)
	VMAXPS(hi, m, m)
	VMOVSS(m, address(ReturnIndex(0)))
	finish()
}

// genSoftmaxSums emits the pass that exponentiates.
func (s isa) genSoftmaxSums() {
	s.text("softmaxSums", "func(e, z, t []float32, max float32) (sumE, sumT, sumTZ float64)")
	e, z, t := slice("e"), slice("z"), slice("t")
	max := s.broadcast("max")
	s.hoistExp()
	sumE, sumT, sumTZ := s.newSum(), s.newSum(), s.newSum()
	s.forEach(length("z"), func(b block) {
		d := b.present(s.sub(b.get(z), max))
		targets := b.doublesAt(t)
		sumT.add(targets)
		sumTZ.addProduct(targets, s.doubles(d))
		// d is above 0 only if the row has a NaN. Then the whole row becomes NaN.
		y := s.exp(d)
		b.put(y, e)
		sumE.add(s.doubles(b.present(y)))
	})
	for i, l := range []lanes64{sumE, sumT, sumTZ} {
		VMOVSD(l.fold(), address(ReturnIndex(i)))
	}
	finish()
}

func (s isa) genSoftmaxGradient() {
	s.text("softmaxGradient", "func(dz, e, t []float32, ratio, scale float32)")
	dz, e, t := slice("dz"), slice("e"), slice("t")
	ratio, scale := s.broadcast("ratio"), s.broadcast("scale")
	s.forEach(length("dz"), func(b block) {
		b.put(s.mul(s.sub(s.mul(b.get(e), ratio), b.get(t)), scale), dz)
	})
	finish()
}

// log1p returns log(1+e) for 0 ≤ e ≤ 1 by the series of 2·atanh(u) with
// u = e/(2+e) ≤ 1/3; the first term left out is below 3e-9 of the first.
func (s isa) log1p(e reg.VecVirtual) reg.VecVirtual {
	u := s.div(e, s.add(e, number(2)))
	square := s.mul(u, u)
	p := s.load(number(1. / 15))
	for _, n := range []float64{13, 11, 9, 7, 5, 3, 1} {
		s.horner(p, square, number(1/n))
	}
	return s.mul(p, s.add(u, u))
}

func (s isa) genSigmoidCrossEntropy() {
	s.text("sigmoidCrossEntropy", "func(dz, z, t []float32, a, b, scale float32) float64")
	dz, z, t := slice("dz"), slice("z"), slice("t")
	slope, offset, scale := s.broadcast("a"), s.broadcast("b"), s.broadcast("scale")
	s.hoistExp()
	sum := s.newSum()
	s.forEach(length("z"), func(b block) {
		x := b.get(z)
		target := s.add(s.mul(b.get(t), slope), offset)
		e := s.expMinusAbs(x)
		b.put(s.mul(s.sub(s.sigmoidFrom(x, e), target), scale), dz)
		loss := s.sub(s.atLeast(x, bits(0)), s.mul(x, target))
		sum.add(s.doubles(b.present(s.add(loss, s.log1p(e)))))
	})
	VMOVSD(sum.fold(), address(ReturnIndex(0)))
	finish()
}

func (s isa) genSquaredError() {
	s.text("squaredError", "func(dz, z, t []float32, scale float32) float64")
	dz, z, t := slice("dz"), slice("z"), slice("t")
	scale := s.broadcast("scale")
	sum := s.newSum()
	s.forEach(length("z"), func(b block) {
		d := s.sub(b.get(z), b.get(t))
		b.put(s.mul(d, scale), dz)
		wide := s.doubles(d)
		sum.addProduct(wide, wide)
	})
	VMOVSD(sum.fold(), address(ReturnIndex(0)))
	finish()
}
