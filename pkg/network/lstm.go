package network

import "gridcells/pkg/kernel"

// forgetBias is added to the forget gate's input, as in Sonnet 1.
const forgetBias = 1

// lstm is the cell of Sonnet 1. Its gates i, j, f, o, in this order, are
// [x, h]·W + b. Then c' = σ(f + 1)·c + σ(i)·tanh(j) and h' = tanh(c')·σ(o).
type lstm struct{ gates linear }

func newLSTM(n *Network) recurrence {
	// Sonnet draws the biases like the weights.
	fanIn := Inputs + n.Hidden
	init := truncatedNormal(fanIn, 0)
	w := n.param(&Param{Name: "lstm/w_gates", Shape: []int{fanIn, 4 * n.Hidden}, Module: Recurrent, init: init})
	b := n.param(&Param{Name: "lstm/b_gates", Shape: []int{4 * n.Hidden}, Module: Recurrent, Bias: true, init: init})
	return &lstm{linear{w, b}}
}

type lstmEngine struct {
	*Engine
	*lstm
	act   kernel.Matrix // [rows, 4H] gates; the backward pass replaces them by their gradient
	c     []float32     // t+1 blocks of [b, H]: cell states before each step and at the end
	tanhC []float32     // [rows, H]
	dc    []float32     // [b, H]
	w     *factor
	wT    *factor // [4H, H] recurrent weights transposed
}

func (l *lstm) engine(e *Engine) cellEngine {
	h := e.net.Hidden
	return &lstmEngine{
		Engine: e, lstm: l, w: e.spreadFactor(l.gates),
		act: e.spread(e.rows, 4*h), c: e.memory.Floats((e.t + 1) * e.b * h), tanhC: e.memory.Floats(e.rows * h),
	}
}

func (l *lstmEngine) allocateBackward() {
	h := l.net.Hidden
	l.dc = l.memory.Floats(l.b * h)
	l.wT = l.transposedFactor(l.gates.w.rowsFrom(Inputs))
}

func (l *lstmEngine) initialState(i int) kernel.Matrix {
	if i == 1 {
		return kernel.Dense(l.c, l.b, l.net.Hidden)
	}
	return l.hidden(0, l.b)
}

func (l *lstmEngine) initialStateGrad(i int) kernel.Matrix {
	if i == 1 {
		return kernel.Dense(l.dc, l.b, l.net.Hidden)
	}
	return l.hiddenGrad(0, l.b)
}

// gateRows are the n rows of the gates from `first` on.
func (l *lstmEngine) gateRows(first, n int) kernel.Matrix {
	return rowsOf(l.act, first, first+n)
}

func (l *lstmEngine) forward(m *multiplier, t, from, to int) {
	h := l.net.Hidden
	first, n := t*l.b+from, to-from
	// The inputs of all gates come from one product: gates = [x, h]·W + b.
	m.take(l.inputs(first, n))
	m.times(l.gateRows(first, n), l.w)
	for r := first; r < first+n; r++ {
		// Apply the gates: c' = σ(f+1)·c + σ(i)·tanh(j) and h' = tanh(c')·σ(o).
		next := r + l.b
		kernel.LSTMForward(matrixRow(l.act, r), row(l.c, r, h), row(l.c, next, h), row(l.tanhC, r, h), l.state(next), forgetBias)
	}
}

func (l *lstmEngine) beginBackward(from, to int) {
	h := l.net.Hidden
	clear(l.dc[from*h : to*h])
}

func (l *lstmEngine) backward(m *multiplier, t, from, to int) {
	h := l.net.Hidden
	first, n := t*l.b+from, to-from
	for b := from; b < to; b++ {
		// Go back through the gates. From the gradients of h' and c' follow those of c
		// and of the gates' inputs, which replace the gates.
		r := t*l.b + b
		act, next := matrixRow(l.act, r), r+l.b
		kernel.LSTMBackward(act, act, row(l.tanhC, r, h), row(l.c, r, h), l.stateGrad(next), row(l.dc, b, h))
		if t > 0 {
			l.prefetch(r - l.b)
		}
	}
	// Add the gradient of h that comes through W to that from the readouts.
	m.take(l.gateRows(first, n))
	m.addTo(l.hiddenGrad(first, n), l.wT)
}

// prefetch asks for the row from which the next step back starts. So it is on its way
// from memory while this step's product is computed.
func (l *lstmEngine) prefetch(r int) {
	h := l.net.Hidden
	kernel.Prefetch(matrixRow(l.act, r))
	kernel.Prefetch(row(l.tanhC, r, h))
	kernel.Prefetch(row(l.c, r, h))
	kernel.Prefetch(l.stateGrad(r + l.b))
}

func (l *lstmEngine) gradients() []gradient {
	return []gradient{{of: l.gates, a: l.inputs(0, l.rows), b: l.gateRows(0, l.rows)}}
}
