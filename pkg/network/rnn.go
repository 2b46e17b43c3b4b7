package network

import "gridcells/pkg/kernel"

// rnn is the plain recurrent cell: h' = φ([x, h]·W + b). φ is tanh, or the rectifier
// as in Sorscher et al. 2019.
type rnn struct {
	step linear
	relu bool
}

func newTanhRNN(n *Network) recurrence { return newRNN(n, false) }
func newReLURNN(n *Network) recurrence { return newRNN(n, true) }

func newRNN(n *Network, relu bool) *rnn {
	in := Inputs + n.Hidden
	return &rnn{step: n.linear("rnn", Recurrent, true, in, n.Hidden, truncatedNormal(in, 0)), relu: relu}
}

type rnnEngine struct {
	*Engine
	*rnn
	act kernel.Matrix // [rows, H] inputs of φ; the backward pass replaces them by their gradient
	w   *factor
	wT  *factor // [H, H]
}

func (r *rnn) engine(e *Engine) cellEngine {
	return &rnnEngine{Engine: e, rnn: r, w: e.spreadFactor(r.step), act: e.spread(e.rows, e.net.Hidden)}
}

func (r *rnnEngine) allocateBackward() {
	r.wT = r.transposedFactor(r.step.w.rowsFrom(Inputs))
}

func (r *rnnEngine) initialState(int) kernel.Matrix { return r.hidden(0, r.b) }

func (r *rnnEngine) initialStateGrad(int) kernel.Matrix { return r.hiddenGrad(0, r.b) }

// actRows are the n rows of φ's inputs from `first` on.
func (r *rnnEngine) actRows(first, n int) kernel.Matrix {
	return rowsOf(r.act, first, first+n)
}

func (r *rnnEngine) forward(m *multiplier, t, from, to int) {
	first, n := t*r.b+from, to-from
	m.take(r.inputs(first, n))
	m.times(r.actRows(first, n), r.w)
	for i := first; i < first+n; i++ {
		out, in := r.state(i+r.b), matrixRow(r.act, i)
		if r.relu {
			kernel.ReLU(out, in)
		} else {
			kernel.Tanh(out, in)
		}
	}
}

func (r *rnnEngine) beginBackward(int, int) {}

func (r *rnnEngine) backward(m *multiplier, t, from, to int) {
	first, n := t*r.b+from, to-from
	for i := first; i < first+n; i++ {
		next := i + r.b
		grad, y, dy := matrixRow(r.act, i), r.state(next), r.stateGrad(next)
		if r.relu {
			kernel.ReLUBackward(grad, y, dy)
		} else {
			kernel.TanhBackward(grad, y, dy)
		}
	}
	m.take(r.actRows(first, n))
	m.addTo(r.hiddenGrad(first, n), r.wT)
}

func (r *rnnEngine) gradients() []gradient {
	return []gradient{{of: r.step, a: r.inputs(0, r.rows), b: r.actRows(0, r.rows)}}
}
