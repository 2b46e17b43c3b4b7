package optimize

import (
	"math"

	"gridcells/pkg/kernel"
)

// algorithm is one optimiser. A new optimiser is an entry in algorithms. If its
// formula is new, it also needs a kernel.
type algorithm struct {
	name string
	help string
	// state names the vectors that it keeps, which are laid out like the weights.
	state []string
	// initialMS is the first value of the mean square, the vector "ms".
	initialMS float64
	// epsilon is the default of ε, which keeps divisions from overflowing.
	epsilon float64
	// decoupled says that weight decay always acts on the weights themselves.
	decoupled bool
	// step moves the weights w [n] against the gradient g [n].
	step func(s step, w, g []float32, state [][]float32)
}

// step holds what an algorithm's step depends on beside the vectors.
type step struct {
	*Config
	rate   float64 // learning rate of this update
	update uint64  // counted from 0
}

var algorithms = []algorithm{
	{
		name: "rmsprop", help: "TensorFlow's RMSProp, as in the released program",
		state: []string{"ms", "mom"}, initialMS: 1, epsilon: 1e-10,
		step: func(s step, w, g []float32, state [][]float32) { s.rmsprop().StepTF(w, state[0], state[1], g) },
	},
	{
		name: "rmsprop-torch", help: "PyTorch's RMSProp",
		state: []string{"ms", "mom"}, epsilon: 1e-8,
		step: func(s step, w, g []float32, state [][]float32) { s.rmsprop().StepTorch(w, state[0], state[1], g) },
	},
	{
		name: "adam", help: "PyTorch's Adam",
		state: []string{"m", "v"}, epsilon: 1e-8, step: adam,
	},
	{
		name: "adam-tf", help: "TensorFlow 1's Adam, which does not correct the bias under ε",
		state: []string{"m", "v"}, epsilon: 1e-8, step: adamTF,
	},
	{
		name: "adamw", help: "Adam with decoupled weight decay",
		state: []string{"m", "v"}, epsilon: 1e-8, decoupled: true, step: adam,
	},
	{
		name: "sgd", help: "gradient descent with momentum",
		state: []string{"mom"}, epsilon: 1e-8,
		step: func(s step, w, g []float32, state [][]float32) {
			kernel.Momentum(w, state[0], g, float32(s.rate), float32(s.Momentum))
		},
	},
}

// Names lists the optimisers.
func Names() []string {
	var names []string
	for _, a := range algorithms {
		names = append(names, a.name)
	}
	return names
}

// DefaultEpsilon is the ε that an optimiser has in the library it comes from. It is
// NaN for an unknown name.
func DefaultEpsilon(name string) float64 {
	if a := find(name); a != nil {
		return a.epsilon
	}
	return math.NaN()
}

// find returns the entry of an optimiser. It returns nil if no optimiser has that name.
func find(name string) *algorithm {
	for i := range algorithms {
		if algorithms[i].name == name {
			return &algorithms[i]
		}
	}
	return nil
}

func (s step) rmsprop() kernel.RMSProp {
	return kernel.RMSProp{
		LearningRate: float32(s.rate), Decay: float32(s.Decay), Momentum: float32(s.Config.Momentum), Epsilon: float32(s.Epsilon),
	}
}

// bias returns 1−β₁ᵗ and 1−β₂ᵗ at update t, counted from 1. Adam's averages start
// from 0, and these are the sums of the weights that they have given so far.
func (s step) bias() (mean, square float64) {
	t := float64(s.update + 1)
	return 1 - math.Pow(s.Beta1, t), 1 - math.Pow(s.Beta2, t)
}

// adam is PyTorch's form: w −= lr·m̂/(√v̂+ε). Both averages are divided by their
// bias.
func adam(s step, w, g []float32, state [][]float32) {
	mean, square := s.bias()
	kernel.Adam{
		LearningRate: float32(s.rate), Beta1: float32(s.Beta1), Beta2: float32(s.Beta2), Epsilon: float32(s.Epsilon),
		MeanCorrection: float32(1 / mean), SquareCorrection: float32(1 / square),
	}.Step(w, state[0], state[1], g)
}

// adamTF is TensorFlow 1's form: w −= lr·√(1−β₂ᵗ)/(1−β₁ᵗ)·m/(√v+ε). It adds ε to
// the root of the uncorrected average.
func adamTF(s step, w, g []float32, state [][]float32) {
	mean, square := s.bias()
	kernel.Adam{
		LearningRate: float32(s.rate * math.Sqrt(square) / mean), Beta1: float32(s.Beta1), Beta2: float32(s.Beta2), Epsilon: float32(s.Epsilon),
		MeanCorrection: 1, SquareCorrection: 1,
	}.Step(w, state[0], state[1], g)
}
