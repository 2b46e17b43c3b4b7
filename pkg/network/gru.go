package network

import "gridcells/pkg/kernel"

// gru is the gated recurrent unit of Cho et al. 2014, as in Sonnet 1:
// [z, r] = σ([x, h]·W + b); n = tanh([x, r∘h]·V + a); h' = (1−z)∘n + z∘h.
type gru struct{ gates, candidate linear }

func newGRU(n *Network) recurrence {
	in := Inputs + n.Hidden
	return &gru{
		gates:     n.linear("gru_gates", Recurrent, true, in, 2*n.Hidden, truncatedNormal(in, 0)),
		candidate: n.linear("gru_candidate", Recurrent, true, in, n.Hidden, truncatedNormal(in, 0)),
	}
}

type gruEngine struct {
	*Engine
	*gru
	act                kernel.Matrix // [rows, 2H] z, r; the backward pass replaces them by their gradient
	cand               kernel.Matrix // [rows, H] n; the backward pass replaces it by its gradient
	xrh                []float32     // [rows, 3+H] input of the candidate
	tmp                []float32     // [b, H]
	drh                []float32     // [b, H] gradient of r∘h
	gatesW, candidateW *factor
	wT                 *factor // [2H, H]
	candT              *factor // [H, H]
}

func (g *gru) engine(e *Engine) cellEngine {
	h := e.net.Hidden
	return &gruEngine{
		Engine: e, gru: g, gatesW: e.spreadFactor(g.gates), candidateW: e.spreadFactor(g.candidate),
		act: e.spread(e.rows, 2*h), cand: e.spread(e.rows, h),
		xrh: e.memory.Floats(e.rows * (Inputs + h)), tmp: e.memory.Floats(e.b * h),
	}
}

func (g *gruEngine) allocateBackward() {
	h := g.net.Hidden
	g.drh = g.memory.Floats(g.b * h)
	g.wT, g.candT = g.transposedFactor(g.gates.w.rowsFrom(Inputs)), g.transposedFactor(g.candidate.w.rowsFrom(Inputs))
}

func (g *gruEngine) initialState(int) kernel.Matrix { return g.hidden(0, g.b) }

func (g *gruEngine) initialStateGrad(int) kernel.Matrix { return g.hiddenGrad(0, g.b) }

// gateRows are the n rows of z and r from `first` on.
func (g *gruEngine) gateRows(first, n int) kernel.Matrix {
	return rowsOf(g.act, first, first+n)
}

// candidateRows are the n rows of the candidate from `first` on.
func (g *gruEngine) candidateRows(first, n int) kernel.Matrix {
	return rowsOf(g.cand, first, first+n)
}

// candidateInputs are the n rows of the candidate's input from `first` on.
func (g *gruEngine) candidateInputs(first, n int) kernel.Matrix {
	w := Inputs + g.net.Hidden
	return kernel.Dense(g.xrh[first*w:], n, w)
}

// gate returns z and r [H] of a row.
func (g *gruEngine) gate(r int) (z, reset []float32) {
	h := g.net.Hidden
	both := matrixRow(g.act, r)
	return both[:h], both[h:]
}

func (g *gruEngine) forward(m *multiplier, t, from, to int) {
	h := g.net.Hidden
	w, first, n := Inputs+h, t*g.b+from, to-from
	// [z, r] = σ([x, h]·W + b)
	m.take(g.inputs(first, n))
	m.times(g.gateRows(first, n), g.gatesW)
	for r := first; r < first+n; r++ {
		gates := matrixRow(g.act, r)
		kernel.Sigmoid(gates, gates)
		// The candidate's input is [x, r∘h].
		_, reset := g.gate(r)
		in := row(g.xrh, r, w)
		copy(in[:Inputs], g.xh[r*w:])
		kernel.Mul(in[Inputs:], reset, g.state(r))
	}
	// n = tanh([x, r∘h]·V + a)
	m.take(g.candidateInputs(first, n))
	m.times(g.candidateRows(first, n), g.candidateW)
	for b := from; b < to; b++ {
		r := t*g.b + b
		z, _ := g.gate(r)
		cand := matrixRow(g.cand, r)
		kernel.Tanh(cand, cand)
		// h' = n + z∘(h − n)
		difference := row(g.tmp, b, h)
		copy(difference, g.state(r))
		kernel.Axpy(difference, -1, cand)
		out := g.state(r + g.b)
		copy(out, cand)
		kernel.MulAdd(out, z, difference)
	}
}

func (g *gruEngine) beginBackward(int, int) {}

func (g *gruEngine) backward(m *multiplier, t, from, to int) {
	h := g.net.Hidden
	first, n := t*g.b+from, to-from
	for b := from; b < to; b++ {
		g.candidateBackward(t*g.b+b, b)
	}
	// The gradient of r∘h comes from that of the candidate's input through V.
	m.take(g.candidateRows(first, n))
	m.times(kernel.Dense(g.drh[from*h:], n, h), g.candT)
	for b := from; b < to; b++ {
		r := t*g.b + b
		_, reset := g.gate(r)
		grad := row(g.drh, b, h)
		// r∘h passes it to h, multiplied by r, and to r, multiplied by h. From r it
		// goes on through the sigmoid.
		kernel.MulAdd(g.stateGrad(r), grad, reset)
		kernel.Mul(grad, grad, g.state(r))
		kernel.SigmoidBackward(reset, reset, grad)
	}
	// The gates' inputs pass their gradients to h through W.
	m.take(g.gateRows(first, n))
	m.addTo(g.hiddenGrad(first, n), g.wT)
}

// candidateBackward computes the gradients of h' = n + z∘(h − n) and of n's tanh,
// for trajectory b in row r. It replaces z and n by the gradients of their inputs
// and adds z∘dh' to the gradient of h.
func (g *gruEngine) candidateBackward(r, b int) {
	h := g.net.Hidden
	z, _ := g.gate(r)
	cand, dh := matrixRow(g.cand, r), g.stateGrad(r+g.b)
	kernel.MulAdd(g.stateGrad(r), z, dh)

	dn := row(g.drh, b, h) // (1−z)∘dh' = dh' − z∘dh'
	kernel.Mul(dn, z, dh)
	kernel.Scale(dn, -1)
	kernel.Add(dn, dh)

	dz := row(g.tmp, b, h) // (h − n)∘dh'
	copy(dz, g.state(r))
	kernel.Axpy(dz, -1, cand)
	kernel.Mul(dz, dz, dh)

	kernel.SigmoidBackward(z, z, dz)
	kernel.TanhBackward(cand, cand, dn)
}

func (g *gruEngine) gradients() []gradient {
	return []gradient{
		{of: g.gates, a: g.inputs(0, g.rows), b: g.gateRows(0, g.rows)},
		{of: g.candidate, a: g.candidateInputs(0, g.rows), b: g.candidateRows(0, g.rows)},
	}
}
