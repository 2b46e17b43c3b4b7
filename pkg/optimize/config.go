package optimize

import (
	"fmt"
	"math"
	"slices"

	"gridcells/pkg/network"
)

// Scope says which modules of a network clipping or weight decay acts on.
type Scope string

// The scopes.
const (
	All               Scope = "all"        // every parameter
	BottleneckAndHead Scope = "bottleneck" // the linear layer and the readouts
	HeadsOnly         Scope = "heads"      // the readouts
	None              Scope = "none"
)

// Includes reports whether the scope covers a module.
func (s Scope) Includes(m network.Module) bool {
	switch s {
	case All:
		return true
	case BottleneckAndHead:
		return m != network.Recurrent
	case HeadsOnly:
		return m == network.Heads
	default:
		return false
	}
}

// Config describes an optimiser.
type Config struct {
	Name         string  `json:"optimizer"`
	LearningRate float64 `json:"learning_rate"`
	Momentum     float64 `json:"momentum"` // of rmsprop, rmsprop-torch and sgd
	Decay        float64 `json:"decay"`    // of rmsprop's mean square
	Epsilon      float64 `json:"epsilon"`
	InitialMS    float64 `json:"initial_ms"` // first value of rmsprop's mean square; a negative one stands for 1 in TensorFlow's form and 0 in PyTorch's
	Beta1        float64 `json:"beta1"`      // of adam
	Beta2        float64 `json:"beta2"`
	Clip         float64 `json:"clip"` // largest magnitude of an element of the gradient; 0 sets no limit
	ClipScope    Scope   `json:"clip_scope"`
	ClipNorm     float64 `json:"clip_norm"` // largest norm of the whole gradient; 0 sets no limit
	WeightDecay  float64 `json:"weight_decay"`
	DecayScope   Scope   `json:"weight_decay_scope"` // whose weights decay; biases never do
	Decoupled    bool    `json:"weight_decay_decoupled"`
	Schedule
}

// DefaultConfig is the configuration of the released program.
func DefaultConfig() Config {
	return Config{
		Name: "rmsprop", LearningRate: 1e-5, Momentum: 0.9, Decay: 0.9, Epsilon: 1e-10, InitialMS: -1,
		Beta1: 0.9, Beta2: 0.999, Clip: 1e-5, ClipScope: All, DecayScope: None, Schedule: Schedule{Course: "constant", Factor: 0.1},
	}
}

// Validate checks the configuration.
func (c *Config) Validate() error {
	if find(c.Name) == nil {
		return fmt.Errorf("optimiser %q is not one of %v", c.Name, Names())
	}
	for name, v := range map[string]float64{
		"learning rate": c.LearningRate, "momentum": c.Momentum, "decay": c.Decay, "epsilon": c.Epsilon,
		"beta1": c.Beta1, "beta2": c.Beta2, "clip": c.Clip, "clip norm": c.ClipNorm, "weight decay": c.WeightDecay,
	} {
		if !(v >= 0) || math.IsInf(v, 0) {
			return fmt.Errorf("%s of %v: it must not be negative", name, v)
		}
	}
	for _, s := range []Scope{c.ClipScope, c.DecayScope} {
		if !slices.Contains([]Scope{All, BottleneckAndHead, HeadsOnly, None}, s) {
			return fmt.Errorf("scope %q is not all, bottleneck, heads or none", s)
		}
	}
	return c.Schedule.validate()
}

// Schedule is the course of the learning rate over the updates.
type Schedule struct {
	Course string  `json:"schedule"`        // constant, step, cosine
	WarmUp int     `json:"warmup"`          // updates of linear growth from 0
	Period int     `json:"schedule_period"` // step: updates between drops; cosine: updates until zero
	Factor float64 `json:"schedule_factor"` // step: factor of each drop
}

// Schedules lists the schedules.
var Schedules = []string{"constant", "step", "cosine"}

func (s *Schedule) validate() error {
	switch {
	case !slices.Contains(Schedules, s.Course):
		return fmt.Errorf("schedule %q is not one of %v", s.Course, Schedules)
	case s.Course != "constant" && s.Period <= 0:
		return fmt.Errorf("schedule %s needs a period above 0", s.Course)
	case s.WarmUp < 0:
		return fmt.Errorf("warm-up of %d updates: it must not be negative", s.WarmUp)
	}
	return nil
}

// At returns the factor of the learning rate at an update, counted from 0.
func (s *Schedule) At(update uint64) float64 {
	u, f := float64(update), 1.0
	switch s.Course {
	case "step":
		f = math.Pow(s.Factor, math.Floor(u/float64(s.Period)))
	case "cosine":
		f = 0.5 * (1 + math.Cos(math.Pi*min(1, u/float64(s.Period))))
	}
	if s.WarmUp > 0 && u < float64(s.WarmUp) {
		f *= (u + 1) / float64(s.WarmUp)
	}
	return f
}
