package kernel

import "math"

func sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }

// RMSProp holds the numbers of a step of RMSProp, in either form.
type RMSProp struct {
	LearningRate float32
	Decay        float32 // of the mean square
	Momentum     float32
	Epsilon      float32
}

// StepTF makes one step of TensorFlow 1's RMSProp, with ε inside the root:
//
//	ms = decay·ms + (1−decay)·g²
//	mom = momentum·mom + lr·g/√(ms+ε)
//	w = w − mom
func (p RMSProp) StepTF(w, ms, mom, g []float32) {
	sameLength("RMSProp.StepTF", len(w), len(ms), len(mom), len(g))
	active.rmspropTF(w, ms, mom, g, p.LearningRate, p.Decay, p.Momentum, p.Epsilon)
}

func rmspropTFScalar(w, ms, mom, g []float32, lr, decay, momentum, eps float32) {
	for i, d := range g {
		ms[i] = float32(decay*ms[i]) + float32((1-decay)*float32(d*d))
		mom[i] = float32(mom[i]*momentum) + float32(lr*d)/sqrt(ms[i]+eps)
		w[i] -= mom[i]
	}
}

// StepTorch makes one step of PyTorch's RMSProp, with ε outside the root:
//
//	ms = decay·ms + (1−decay)·g²
//	buf = momentum·buf + g/(√ms+ε)
//	w = w − lr·buf
func (p RMSProp) StepTorch(w, ms, buf, g []float32) {
	sameLength("RMSProp.StepTorch", len(w), len(ms), len(buf), len(g))
	active.rmspropTorch(w, ms, buf, g, p.LearningRate, p.Decay, p.Momentum, p.Epsilon)
}

func rmspropTorchScalar(w, ms, buf, g []float32, lr, decay, momentum, eps float32) {
	for i, d := range g {
		ms[i] = float32(decay*ms[i]) + float32((1-decay)*float32(d*d))
		buf[i] = float32(buf[i]*momentum) + d/(sqrt(ms[i])+eps)
		w[i] -= float32(lr * buf[i])
	}
}

// Adam holds the numbers of a step of Adam. The corrections are factors by which the
// two averages are multiplied.
type Adam struct {
	LearningRate     float32
	Beta1, Beta2     float32 // decays of the mean and of the mean square
	Epsilon          float32
	MeanCorrection   float32
	SquareCorrection float32
}

// Step makes one step of Adam, where mc and vc are the corrections:
//
//	m = β₁·m + (1−β₁)·g
//	v = β₂·v + (1−β₂)·g²
//	w = w − lr·(m·mc)/(√(v·vc)+ε)
func (p Adam) Step(w, m, v, g []float32) {
	sameLength("Adam.Step", len(w), len(m), len(v), len(g))
	active.adam(w, m, v, g, p.LearningRate, p.Beta1, p.Beta2, p.Epsilon, p.MeanCorrection, p.SquareCorrection)
}

func adamScalar(w, m, v, g []float32, lr, beta1, beta2, eps, mc, vc float32) {
	for i, d := range g {
		m[i] = float32(beta1*m[i]) + float32((1-beta1)*d)
		v[i] = float32(beta2*v[i]) + float32((1-beta2)*float32(d*d))
		w[i] -= float32(lr*float32(m[i]*mc)) / (sqrt(float32(v[i]*vc)) + eps)
	}
}

// Momentum makes one step of gradient descent with momentum:
//
//	buf = momentum·buf + g
//	w = w − lr·buf
func Momentum(w, buf, g []float32, lr, momentum float32) {
	sameLength("Momentum", len(w), len(buf), len(g))
	active.momentum(w, buf, g, lr, momentum)
}

func momentumScalar(w, buf, g []float32, lr, momentum float32) {
	for i, d := range g {
		buf[i] = float32(buf[i]*momentum) + d
		w[i] -= float32(lr * buf[i])
	}
}
