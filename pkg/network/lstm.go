package network

import (
	"gridcells/pkg/kernel"
)

// forgetBias is added to the forget gate's input, as in Sonnet 1.
const forgetBias = 1

// lstm is the cell of Sonnet 1: gates = [x, h]·W + b in the order i, j, f, o;
// c' = σ(f + 1)·c + σ(i)·tanh(j); h' = tanh(c')·σ(o).
type lstm struct{ gates linear }

func newLSTM(n *Network) *lstm {
	// Sonnet draws the biases like the weights.
	fanIn := Inputs + n.Hidden
	init := truncatedNormal(fanIn, 0)
	w := n.param(&Param{Name: "lstm/w_gates", Shape: []int{fanIn, 4 * n.Hidden}, Module: Recurrent, init: init})
	b := n.param(&Param{Name: "lstm/b_gates", Shape: []int{4 * n.Hidden}, Module: Recurrent, Bias: true, init: init})
	return &lstm{linear{w, b}}
}

func (l *lstm) states() int { return 2 }

type lstmEngine struct {
	*Engine
	*lstm
	ld    int       // leading dimension of act
	act   []float32 // [rows, 4H] gates; after the backward pass their gradient
	c     []float32 // t+1 blocks of [b, H]: cell states before each step and at the end
	tanhC []float32 // [rows, H]
	dc    []float32 // [b, H]
	wT    []float32 // [4H, H] recurrent weights transposed
}

func (l *lstm) engine(e *Engine) cellEngine {
	h, ld := e.net.Hidden, leading(4*e.net.Hidden)
	return &lstmEngine{
		Engine: e, lstm: l, ld: ld,
		act: e.memory.Floats(e.rows * ld), c: e.memory.Floats((e.t + 1) * e.b * h), tanhC: e.memory.Floats(e.rows * h),
	}
}

func (l *lstmEngine) allocateBackward() {
	h := l.net.Hidden
	l.dc = l.memory.Floats(l.b * h)
	l.wT = l.memory.Floats(4 * h * h)
}

func (l *lstmEngine) initialState(i int) ([]float32, int) {
	if i == 1 {
		return l.c, l.net.Hidden
	}
	return l.xh[Inputs:], Inputs + l.net.Hidden
}

func (l *lstmEngine) initialStateGrad(i int) ([]float32, int) {
	if i == 1 {
		return l.dc, l.net.Hidden
	}
	return l.dh, l.net.Hidden
}

func (l *lstmEngine) forward(t, from, to int) {
	h := l.net.Hidden
	w, first, n := Inputs+h, t*l.b+from, to-from
	kernel.GemmBias(n, 4*h, w, l.xh[first*w:], w, l.gates.w.Weights, 4*h, l.act[first*l.ld:], l.ld, l.gates.b.Weights)
	for r := first; r < first+n; r++ {
		next := r + l.b
		kernel.LSTMForward(l.act[r*l.ld:r*l.ld+4*h], l.c[r*h:(r+1)*h], l.c[next*h:(next+1)*h],
			l.tanhC[r*h:(r+1)*h], l.xh[next*w+Inputs:(next+1)*w], forgetBias)
	}
}

func (l *lstmEngine) beginBackward(from, to int) {
	h := l.net.Hidden
	clear(l.dc[from*h : to*h])
}

func (l *lstmEngine) backward(t, from, to int) {
	h := l.net.Hidden
	first, n := t*l.b+from, to-from
	for b := from; b < to; b++ {
		r := t*l.b + b
		act, next := l.act[r*l.ld:r*l.ld+4*h], r+l.b
		kernel.LSTMBackward(act, act, l.tanhC[r*h:(r+1)*h], l.c[r*h:(r+1)*h], l.dh[next*h:(next+1)*h], l.dc[b*h:(b+1)*h])
	}
	kernel.Gemm(n, h, 4*h, l.act[first*l.ld:], l.ld, l.wT, h, l.dh[first*h:], h, true)
}

func (l *lstmEngine) transposeWeights(member int) {
	l.transpose(l.wT, l.gates.w, Inputs, member)
}

func (l *lstmEngine) products() []product {
	h := l.net.Hidden
	return gradientOf(l.gates, l.rows, l.xh, Inputs+h, l.act, l.ld)
}
