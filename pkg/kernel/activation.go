package kernel

import "math"

// A conversion of a product to float32 forbids the compiler to fuse it with a sum;
// see vector.go.

// Sigmoid sets dst[i] = 1/(1+exp(−x[i])); dst may be x.
func Sigmoid(dst, x []float32) {
	sameLength("Sigmoid", len(dst), len(x))
	active.sigmoid(dst, x)
}

func sigmoidScalar(dst, x []float32) {
	for i, v := range x {
		dst[i] = sigmoid(v)
	}
}

func sigmoid(x float32) float32 { return float32(1 / (1 + math.Exp(-float64(x)))) }

// Tanh sets dst[i] = tanh(x[i]); dst may be x.
func Tanh(dst, x []float32) {
	sameLength("Tanh", len(dst), len(x))
	active.tanh(dst, x)
}

func tanhScalar(dst, x []float32) {
	for i, v := range x {
		dst[i] = tanh(v)
	}
}

func tanh(x float32) float32 { return float32(math.Tanh(float64(x))) }

// ReLU sets dst[i] = max(x[i], 0). NaN stays NaN. dst may be x.
func ReLU(dst, x []float32) {
	sameLength("ReLU", len(dst), len(x))
	active.relu(dst, x)
}

func reluScalar(dst, x []float32) {
	for i, v := range x {
		if v < 0 {
			v = 0
		}
		dst[i] = v
	}
}

// SigmoidBackward sets dx[i] = dy[i]·y[i]·(1−y[i]), where y is the output of
// [Sigmoid]; dx may be y or dy.
func SigmoidBackward(dx, y, dy []float32) {
	sameLength("SigmoidBackward", len(dx), len(y), len(dy))
	active.sigmoidBackward(dx, y, dy)
}

func sigmoidBackwardScalar(dx, y, dy []float32) {
	for i := range dx {
		dx[i] = sigmoidGradient(y[i], dy[i])
	}
}

func sigmoidGradient(y, dy float32) float32 { return float32(float32(dy*y) * float32(1-y)) }

// TanhBackward sets dx[i] = dy[i]·(1−y[i]²), where y is the output of [Tanh];
// dx may be y or dy. 1−y² is computed as (1−y)(1+y), which stays exact when y is
// close to ±1.
func TanhBackward(dx, y, dy []float32) {
	sameLength("TanhBackward", len(dx), len(y), len(dy))
	active.tanhBackward(dx, y, dy)
}

func tanhBackwardScalar(dx, y, dy []float32) {
	for i := range dx {
		dx[i] = tanhGradient(y[i], dy[i])
	}
}

func tanhGradient(y, dy float32) float32 { return float32(dy * float32(float32(1-y)*float32(y+1))) }

// ReLUBackward sets dx[i] = dy[i] where y[i] > 0, else 0; y may be the input or
// the output of [ReLU], and dx may be y or dy.
func ReLUBackward(dx, y, dy []float32) {
	sameLength("ReLUBackward", len(dx), len(y), len(dy))
	active.reluBackward(dx, y, dy)
}

func reluBackwardScalar(dx, y, dy []float32) {
	for i := range dx {
		d := float32(0)
		if y[i] > 0 {
			d = dy[i]
		}
		dx[i] = d
	}
}

// LSTMForward computes one row of an LSTM step of H units. gates [4H] holds
// pre-activations in the order i, j, f, o and is overwritten with σ(i),
// tanh(j), σ(f+forgetBias), σ(o). Then
//
//	c = σ(f+forgetBias)·cPrev + σ(i)·tanh(j)
//	tanhC = tanh(c)
//	h = tanhC·σ(o)
//
// c may be cPrev.
func LSTMForward(gates, cPrev, c, tanhC, h []float32, forgetBias float32) {
	sameLength("LSTMForward", len(h), len(cPrev), len(c), len(tanhC))
	sameLength("LSTMForward: gates", 4*len(h), len(gates))
	active.lstmForward(gates, cPrev, c, tanhC, h, forgetBias)
}

func lstmForwardScalar(gates, cPrev, c, tanhC, h []float32, forgetBias float32) {
	n := len(h)
	gi, gj, gf, gout := gates[:n], gates[n:][:n], gates[2*n:][:n], gates[3*n:][:n]
	for u := range h {
		i, j := sigmoid(gi[u]), tanh(gj[u])
		f, o := sigmoid(gf[u]+forgetBias), sigmoid(gout[u])
		gi[u], gj[u], gf[u], gout[u] = i, j, f, o
		c[u] = float32(float64(f)*float64(cPrev[u]) + float64(i*j))
		tanhC[u] = tanh(c[u])
		h[u] = tanhC[u] * o
	}
}

// LSTMBackward computes one row of the gradient of an LSTM step. act [4H] holds
// the activations left by [LSTMForward] and dh [H] the gradient of h. dc [H]
// holds the gradient that arrives at c from the next step and is overwritten
// with the gradient of cPrev. dgates [4H] receives the gradients of the
// pre-activations and may be act.
func LSTMBackward(dgates, act, tanhC, cPrev, dh, dc []float32) {
	sameLength("LSTMBackward", len(dh), len(tanhC), len(cPrev), len(dc))
	sameLength("LSTMBackward: gates", 4*len(dh), len(dgates), len(act))
	active.lstmBackward(dgates, act, tanhC, cPrev, dh, dc)
}

func lstmBackwardScalar(dgates, act, tanhC, cPrev, dh, dc []float32) {
	n := len(dh)
	for u := range dh {
		i, j, f, o := act[u], act[n+u], act[2*n+u], act[3*n+u]
		cell := dc[u] + tanhGradient(tanhC[u], float32(dh[u]*o))
		dc[u] = cell * f
		dgates[u] = sigmoidGradient(i, cell*j)
		dgates[n+u] = tanhGradient(j, cell*i)
		dgates[2*n+u] = sigmoidGradient(f, cell*cPrev[u])
		dgates[3*n+u] = sigmoidGradient(o, dh[u]*tanhC[u])
	}
}
