package network

import (
	"fmt"
	"slices"
)

// Inputs is the number of components of the self-motion, ego_vel.
const Inputs = 3

// Head is the readout of one ensemble.
type Head struct {
	Name  string `json:"name"`  // of its tensors: place_logits, head_direction_logits_2, …
	Cells int    `json:"cells"` // size of the ensemble, or the width of its targets
	// Init is the width of the ensemble's code in the initial condition. 0 stands
	// for the width of its targets.
	Init int `json:"init,omitempty"`
}

func (h Head) initWidth() int {
	if h.Init > 0 {
		return h.Init
	}
	return h.Cells
}

// Config describes a network.
type Config struct {
	Cell           string `json:"cell"`            // one of [Cells]
	Hidden         int    `json:"nh_lstm"`         // units of the cell
	Bottleneck     int    `json:"nh_bottleneck"`   // units of the linear layer
	BottleneckBias bool   `json:"bottleneck_bias"` // whether the linear layer has a bias
	// BottleneckActivation is the function that follows the linear layer. "linear"
	// or "" stands for none. "relu" is the rectifier, as in Dordek et al. 2016 and
	// Sorscher et al. 2019; rectified units have no negative rates.
	BottleneckActivation string    `json:"bottleneck_activation,omitempty"`
	Keep                 []float64 `json:"dropout"` // probabilities of keeping a unit, one for each equal group
	InitWeightDisp       float64   `json:"init_weight_disp"`
	Loss                 Loss      `json:"loss"`
	Heads                []Head    `json:"heads"`
}

// BottleneckActivations lists the functions that can follow the linear layer.
var BottleneckActivations = []string{"linear", "relu"}

// rectified says whether a rectifier follows the linear layer.
func (c *Config) rectified() bool { return c.BottleneckActivation == "relu" }

// Validate checks the configuration.
func (c *Config) Validate() error {
	switch {
	case findCell(c.Cell) == nil:
		return fmt.Errorf("cell %q is not one of %v", c.Cell, Cells())
	case c.Hidden <= 0 || c.Bottleneck <= 0:
		return fmt.Errorf("a cell of %d units and a linear layer of %d: both must be positive", c.Hidden, c.Bottleneck)
	case len(c.Heads) == 0:
		return fmt.Errorf("no ensemble to predict")
	case findLoss(c.Loss).rows == nil:
		return fmt.Errorf("loss %q is not one of %v", c.Loss, LossNames())
	case !slices.Contains(BottleneckActivations, c.BottleneckActivation) && c.BottleneckActivation != "":
		return fmt.Errorf("bottleneck activation %q is not one of %v", c.BottleneckActivation, BottleneckActivations)
	case len(c.Keep) == 0 || c.Bottleneck%len(c.Keep) != 0:
		return fmt.Errorf("%d units of the linear layer do not divide into %d dropout groups", c.Bottleneck, len(c.Keep))
	}
	for _, p := range c.Keep {
		if !(p > 0 && p <= 1) {
			return fmt.Errorf("probability %v of keeping a unit: it must be above 0 and at most 1", p)
		}
	}
	for _, h := range c.Heads {
		if h.Cells <= 0 || h.Init < 0 {
			return fmt.Errorf("%s has %d cells and an initial code of %d values", h.Name, h.Cells, h.Init)
		}
	}
	return nil
}

// codes is the width of the logits of all ensembles side by side.
func (c *Config) codes() int {
	n := 0
	for _, h := range c.Heads {
		n += h.Cells
	}
	return n
}

// initCodes is the width of the initial condition of all ensembles side by side.
func (c *Config) initCodes() int {
	n := 0
	for _, h := range c.Heads {
		n += h.initWidth()
	}
	return n
}

// codesBefore is the number of logits to the left of those of a head.
func (c *Config) codesBefore(head int) int {
	n := 0
	for _, h := range c.Heads[:head] {
		n += h.Cells
	}
	return n
}

// FLOP counts the floating-point operations of the matrix products of an
// update, forward and backward, on b trajectories of t steps.
func (c *Config) FLOP(b, t int) int64 {
	cell := findCell(c.Cell)
	gates, states := int64(cell.gates), int64(len(cell.initialStates))
	hidden, codes := int64(c.Hidden), int64(c.codes())
	// A product counts three times if its input needs a gradient: forward, for the
	// gradient of the weights, and for that of the input. Otherwise it counts twice.
	step := 3*hidden*hidden*gates + 2*Inputs*hidden*gates +
		3*hidden*int64(c.Bottleneck) + 3*int64(c.Bottleneck)*codes
	return 2 * int64(b) * (int64(t)*step + 2*int64(c.initCodes())*hidden*states)
}
