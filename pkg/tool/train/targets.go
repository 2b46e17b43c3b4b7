package train

import (
	"fmt"
	"math"

	"gridcells/pkg/network"
)

// checkTargets remarks on targets of another program that are no probabilities, although
// the loss takes them as such: the loss would be a number without a meaning.
func (r *run) checkTargets(batch *network.Batch) string {
	if r.state.Network.Loss != network.SoftmaxLoss || r.data.Ensembles.Known() {
		return ""
	}
	for i, head := range r.state.Network.Heads {
		if what := improbable(batch.Targets[i], head.Cells); what != "" {
			return fmt.Sprintf("the targets of %s are no probabilities, as which --loss softmax takes them: %s. Divide them by their sum, or choose --loss sigmoid (each between 0 and 1) or mse (any)", head.Name, what)
		}
	}
	return ""
}

// improbable says why the rows of targets [rows, cells] are no probabilities; "" if they
// are.
func improbable(targets []float32, cells int) string {
	const rounding = 0.01 // of sums in half precision
	for ; len(targets) >= cells && cells > 0; targets = targets[cells:] {
		sum := 0.0
		for _, v := range targets[:cells] {
			if v < 0 {
				return fmt.Sprintf("one is %.3g", v)
			}
			sum += float64(v)
		}
		if math.Abs(sum-1) > rounding {
			return fmt.Sprintf("those of a step sum to %.3g", sum)
		}
	}
	return ""
}
