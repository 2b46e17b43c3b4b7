package network

import "gridcells/pkg/kernel"

// rnn is the plain recurrent cell, h' = φ([x, h]·W + b), with φ tanh or, as in
// Sorscher et al. 2019, the rectifier.
type rnn struct {
	step linear
	relu bool
}

func newRNN(n *Network, cell string) *rnn {
	return &rnn{
		step: n.linear("rnn", Recurrent, Inputs+n.Hidden, n.Hidden, true, truncatedNormal(Inputs+n.Hidden, 0)),
		relu: cell == "rnn-relu",
	}
}

func (r *rnn) states() int { return 1 }

type rnnEngine struct {
	*Engine
	*rnn
	act []float32 // [rows, H] inputs of φ; after the backward pass their gradient
	wT  []float32 // [H, H]
}

func (r *rnn) engine(e *Engine) cellEngine {
	return &rnnEngine{Engine: e, rnn: r, act: e.memory.Floats(e.rows * e.net.Hidden)}
}

func (r *rnnEngine) allocateBackward() { r.wT = r.memory.Floats(r.net.Hidden * r.net.Hidden) }

func (r *rnnEngine) initialState(int) ([]float32, int) {
	return r.xh[Inputs:], Inputs + r.net.Hidden
}

func (r *rnnEngine) initialStateGrad(int) ([]float32, int) { return r.dh, r.net.Hidden }

func (r *rnnEngine) forward(t, from, to int) {
	h := r.net.Hidden
	w, first, n := Inputs+h, t*r.b+from, to-from
	act := r.act[first*h:]
	kernel.GemmBias(n, h, w, r.xh[first*w:], w, r.step.w.Weights, h, act, h, r.step.b.Weights)
	for row := first; row < first+n; row++ {
		next := row + r.b
		out, in := r.xh[next*w+Inputs:(next+1)*w], r.act[row*h:(row+1)*h]
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
	w, first, n := Inputs+h, t*r.b+from, to-from
	for row := first; row < first+n; row++ {
		next := row + r.b
		grad, y, dy := r.act[row*h:(row+1)*h], r.xh[next*w+Inputs:(next+1)*w], r.dh[next*h:(next+1)*h]
		if r.relu {
			kernel.ReLUBackward(grad, y, dy)
		} else {
			kernel.TanhBackward(grad, y, dy)
		}
	}
	kernel.Gemm(n, h, h, r.act[first*h:], h, r.wT, h, r.dh[first*h:], h, true)
}

func (r *rnnEngine) transposeWeights(member int) {
	r.transpose(r.wT, r.step.w, Inputs, member)
}

func (r *rnnEngine) products() []product {
	h := r.net.Hidden
	return gradientOf(r.step, r.rows, r.xh, Inputs+h, r.act, h)
}
