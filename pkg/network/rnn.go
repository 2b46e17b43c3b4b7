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
	act []float32 // [rows, H] inputs of φ; the backward pass replaces them by their gradient
	wT  []float32 // [H, H]
}

func (r *rnn) engine(e *Engine) cellEngine {
	return &rnnEngine{Engine: e, rnn: r, act: e.memory.Floats(e.rows * e.net.Hidden)}
}

func (r *rnnEngine) allocateBackward() { r.wT = r.memory.Floats(r.net.Hidden * r.net.Hidden) }

func (r *rnnEngine) initialState(int) kernel.Matrix { return r.hidden(0, r.b) }

func (r *rnnEngine) initialStateGrad(int) kernel.Matrix { return r.hiddenGrad(0, r.b) }

// actRows are the n rows of φ's inputs from `first` on.
func (r *rnnEngine) actRows(first, n int) kernel.Matrix {
	return kernel.Dense(r.act[first*r.net.Hidden:], n, r.net.Hidden)
}

func (r *rnnEngine) forward(t, from, to int) {
	first, n := t*r.b+from, to-from
	r.step.apply(r.actRows(first, n), r.inputs(first, n))
	for i := first; i < first+n; i++ {
		out, in := r.state(i+r.b), row(r.act, i, r.net.Hidden)
		if r.relu {
			kernel.ReLU(out, in)
		} else {
			kernel.Tanh(out, in)
		}
	}
}

func (r *rnnEngine) beginBackward(int, int) {}

func (r *rnnEngine) backward(t, from, to int) {
	h := r.net.Hidden
	first, n := t*r.b+from, to-from
	for i := first; i < first+n; i++ {
		next := i + r.b
		grad, y, dy := row(r.act, i, h), r.state(next), r.stateGrad(next)
		if r.relu {
			kernel.ReLUBackward(grad, y, dy)
		} else {
			kernel.TanhBackward(grad, y, dy)
		}
	}
	kernel.Gemm(r.hiddenGrad(first, n), r.actRows(first, n), kernel.Dense(r.wT, h, h), true)
}

func (r *rnnEngine) transposeWeights(member int) {
	r.transpose(r.wT, r.step.w, Inputs, member)
}

func (r *rnnEngine) products() []product {
	return gradientOf(r.step, r.inputs(0, r.rows), r.actRows(0, r.rows))
}
