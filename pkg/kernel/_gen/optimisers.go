package main

import "github.com/mmcloughlin/avo/reg"

// genOptimisers emits one fused pass per optimiser. Every operation rounds,
// square root and division are IEEE, and the order is that of the scalar loop,
// so all paths give the same bits.
func genOptimisers(s isa) {
	s.text("rmspropTF", "func(w, ms, mom, g []float32, lr, decay, momentum, eps float32)")
	w, ms, mom, g := slice("w"), slice("ms"), slice("mom"), slice("g")
	lr, momentum, eps := s.broadcast("lr"), s.broadcast("momentum"), s.broadcast("eps")
	average := s.meanSquare()
	s.forEach(length("w"), func(b block) {
		grad := b.get(g)
		mean := average(b.get(ms), grad)
		b.put(mean, ms)
		step := s.div(s.mul(lr, grad), s.sqrt(s.add(mean, eps)))
		step = s.add(s.mul(b.get(mom), momentum), step)
		b.put(step, mom)
		b.put(s.sub(b.get(w), step), w)
	})
	finish()

	s.text("rmspropTorch", "func(w, ms, buf, g []float32, lr, decay, momentum, eps float32)")
	w, ms, buf, g := slice("w"), slice("ms"), slice("buf"), slice("g")
	lr, momentum, eps = s.broadcast("lr"), s.broadcast("momentum"), s.broadcast("eps")
	average = s.meanSquare()
	s.forEach(length("w"), func(b block) {
		grad := b.get(g)
		mean := average(b.get(ms), grad)
		b.put(mean, ms)
		step := s.div(grad, s.add(s.sqrt(mean), eps))
		step = s.add(s.mul(b.get(buf), momentum), step)
		b.put(step, buf)
		b.put(s.sub(b.get(w), s.mul(lr, step)), w)
	})
	finish()

	s.genAdam()

	s.text("momentum", "func(w, buf, g []float32, lr, momentum float32)")
	w, buf, g = slice("w"), slice("buf"), slice("g")
	lr, momentum = s.broadcast("lr"), s.broadcast("momentum")
	s.forEach(length("w"), func(b block) {
		step := s.add(s.mul(b.get(buf), momentum), b.get(g))
		b.put(step, buf)
		b.put(s.sub(b.get(w), s.mul(lr, step)), w)
	})
	finish()
}

// meanSquare returns the update ms = decay·ms + (1−decay)·g².
func (s isa) meanSquare() func(ms, g reg.VecVirtual) reg.VecVirtual {
	decay := s.broadcast("decay")
	rest := s.oneMinus(decay)
	return func(ms, g reg.VecVirtual) reg.VecVirtual {
		return s.add(s.mul(decay, ms), s.mul(rest, s.mul(g, g)))
	}
}

func (s isa) genAdam() {
	s.text("adam", "func(w, m, v, g []float32, lr, beta1, beta2, eps, mc, vc float32)")
	w, m, v, g := slice("w"), slice("m"), slice("v"), slice("g")
	lr, eps, mc, vc := s.broadcast("lr"), s.broadcast("eps"), s.broadcast("mc"), s.broadcast("vc")
	beta1, beta2 := s.broadcast("beta1"), s.broadcast("beta2")
	rest1, rest2 := s.oneMinus(beta1), s.oneMinus(beta2)
	s.forEach(length("w"), func(b block) {
		grad := b.get(g)
		mean := s.add(s.mul(beta1, b.get(m)), s.mul(rest1, grad))
		b.put(mean, m)
		square := s.add(s.mul(beta2, b.get(v)), s.mul(rest2, s.mul(grad, grad)))
		b.put(square, v)
		root := s.add(s.sqrt(s.mul(square, vc)), eps)
		b.put(s.sub(b.get(w), s.div(s.mul(lr, s.mul(mean, mc)), root)), w)
	})
	finish()
}
