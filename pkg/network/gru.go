package network

import "gridcells/pkg/kernel"

// gru is the gated recurrent unit of Cho et al. 2014, as in Sonnet 1:
// [z, r] = σ([x, h]·W + b); n = tanh([x, r∘h]·V + a); h' = (1−z)∘n + z∘h.
type gru struct{ gates, candidate linear }

func newGRU(n *Network) *gru {
	in := Inputs + n.Hidden
	return &gru{
		gates:     n.linear("gru_gates", Recurrent, in, 2*n.Hidden, true, truncatedNormal(in, 0)),
		candidate: n.linear("gru_candidate", Recurrent, in, n.Hidden, true, truncatedNormal(in, 0)),
	}
}

func (g *gru) states() int { return 1 }

type gruEngine struct {
	*Engine
	*gru
	act   []float32 // [rows, 2H] z, r; after the backward pass their gradient
	cand  []float32 // [rows, H] n; after the backward pass its gradient
	xrh   []float32 // [rows, 3+H] input of the candidate
	tmp   []float32 // [b, H]
	drh   []float32 // [b, H] gradient of r∘h
	wT    []float32 // [2H, H]
	candT []float32 // [H, H]
}

func (g *gru) engine(e *Engine) cellEngine {
	h := e.net.Hidden
	return &gruEngine{
		Engine: e, gru: g,
		act: e.memory.Floats(e.rows * 2 * h), cand: e.memory.Floats(e.rows * h),
		xrh: e.memory.Floats(e.rows * (Inputs + h)), tmp: e.memory.Floats(e.b * h),
	}
}

func (g *gruEngine) allocateBackward() {
	h := g.net.Hidden
	g.drh, g.wT, g.candT = g.memory.Floats(g.b*h), g.memory.Floats(2*h*h), g.memory.Floats(h*h)
}

func (g *gruEngine) initialState(int) ([]float32, int) {
	return g.xh[Inputs:], Inputs + g.net.Hidden
}

func (g *gruEngine) initialStateGrad(int) ([]float32, int) { return g.dh, g.net.Hidden }

func (g *gruEngine) forward(t, from, to int) {
	h := g.net.Hidden
	w, first, n := Inputs+h, t*g.b+from, to-from
	act := g.act[first*2*h:]
	kernel.GemmBias(n, 2*h, w, g.xh[first*w:], w, g.gates.w.Weights, 2*h, act, 2*h, g.gates.b.Weights)
	for row := first; row < first+n; row++ {
		gates := g.act[row*2*h : (row+1)*2*h]
		kernel.Sigmoid(gates, gates)
		copy(g.xrh[row*w:row*w+Inputs], g.xh[row*w:])
		kernel.Mul(g.xrh[row*w+Inputs:(row+1)*w], gates[h:], g.xh[row*w+Inputs:(row+1)*w])
	}
	cand := g.cand[first*h:]
	kernel.GemmBias(n, h, w, g.xrh[first*w:], w, g.candidate.w.Weights, h, cand, h, g.candidate.b.Weights)
	for b := from; b < to; b++ {
		row := t*g.b + b
		next, z, cand := row+g.b, g.act[row*2*h:row*2*h+h], g.cand[row*h:(row+1)*h]
		kernel.Tanh(cand, cand)
		difference := g.tmp[b*h : (b+1)*h] // h − n
		copy(difference, g.xh[row*w+Inputs:(row+1)*w])
		kernel.Axpy(difference, -1, cand)
		out := g.xh[next*w+Inputs : (next+1)*w]
		copy(out, cand)
		kernel.MulAdd(out, z, difference)
	}
}

func (g *gruEngine) beginBackward(int, int) {}

func (g *gruEngine) backward(t, from, to int) {
	h := g.net.Hidden
	w, first, n := Inputs+h, t*g.b+from, to-from
	for b := from; b < to; b++ {
		g.candidateBackward(t*g.b+b, b, h, w)
	}
	drh := g.drh[from*h:]
	kernel.Gemm(n, h, h, g.cand[first*h:], h, g.candT, h, drh, h, false)
	for b := from; b < to; b++ {
		row := t*g.b + b
		r, grad := g.act[row*2*h+h:(row+1)*2*h], g.drh[b*h:(b+1)*h]
		kernel.MulAdd(g.dh[row*h:(row+1)*h], grad, r)
		kernel.Mul(grad, grad, g.xh[row*w+Inputs:(row+1)*w])
		kernel.SigmoidBackward(r, r, grad)
	}
	kernel.Gemm(n, h, 2*h, g.act[first*2*h:], 2*h, g.wT, h, g.dh[first*h:], h, true)
}

// candidateBackward goes back through h' = n + z∘(h − n) and n's tanh: it
// replaces z and n by the gradients of their inputs and passes z∘dh' on.
func (g *gruEngine) candidateBackward(row, b, h, w int) {
	z, cand := g.act[row*2*h:row*2*h+h], g.cand[row*h:(row+1)*h]
	dh := g.dh[(row+g.b)*h : (row+g.b+1)*h]
	kernel.MulAdd(g.dh[row*h:(row+1)*h], z, dh)

	dn := g.drh[b*h : (b+1)*h] // (1−z)∘dh' = dh' − z∘dh'
	kernel.Mul(dn, z, dh)
	kernel.Scale(dn, -1)
	kernel.Add(dn, dh)

	dz := g.tmp[b*h : (b+1)*h] // (h − n)∘dh'
	copy(dz, g.xh[row*w+Inputs:(row+1)*w])
	kernel.Axpy(dz, -1, cand)
	kernel.Mul(dz, dz, dh)

	kernel.SigmoidBackward(z, z, dz)
	kernel.TanhBackward(cand, cand, dn)
}

func (g *gruEngine) transposeWeights(member int) {
	g.transpose(g.wT, g.gates.w, Inputs, member)
	g.transpose(g.candT, g.candidate.w, Inputs, member)
}

func (g *gruEngine) products() []product {
	h := g.net.Hidden
	return append(
		gradientOf(g.gates, g.rows, g.xh, Inputs+h, g.act, 2*h),
		gradientOf(g.candidate, g.rows, g.xrh, Inputs+h, g.cand, h)...)
}
