package network_test

import (
	"math"
	"testing"

	"gridcells/pkg/network"
	"gridcells/pkg/optimize"
	"gridcells/pkg/parallel"
)

// 300 updates on one batch follow the golden losses, on every kernel path.
func TestTrainingEqualsGolden(t *testing.T) {
	network.OnEveryPath(t, func(t *testing.T) {
		for _, name := range network.GoldenRuns {
			if name == "train_reference_size" && (testing.Short() || t.Name() == "TestTrainingEqualsGolden/scalar") {
				continue // 300 GFLOP in scalar code would take minutes
			}
			checkTraining(t, name)
		}
	})
}

func checkTraining(t *testing.T, name string) {
	n, e, batch, golden := network.GoldenTraining(t, name, 2)
	config := optimize.DefaultConfig()
	if name == "train_small_heads" {
		config.ClipScope, config.WeightDecay, config.DecayScope = optimize.HeadsOnly, 1e-5, optimize.BottleneckAndHead
	}
	team := parallel.New(2)
	defer team.Close()
	o, err := optimize.New(config, n, team)
	if err != nil {
		t.Fatal(err)
	}
	before := append([]float32(nil), n.Weights...)
	worst := 0.0
	for update, want := range golden("losses") {
		loss := e.Gradients(batch, network.Options{Dropout: true}).Total
		worst = max(worst, math.Abs(loss-float64(want))/float64(want))
		if _, err := o.Step(uint64(update)); err != nil {
			t.Fatal(err)
		}
	}
	if worst > 2e-5 {
		t.Errorf("%s: losses differ by up to %.1e of their value", name, worst)
	}
	for _, p := range n.Params {
		checkDelta(t, name, p, before[p.Offset:], golden("delta/"+p.Name))
	}
}

// checkDelta compares how far the updates moved a tensor. Where a clipped
// gradient lies within rounding of the clip, single elements may differ, so
// the tensor is compared as a whole.
func checkDelta(t *testing.T, run string, p *network.Param, before, want []float32) {
	var difference, norm float64
	for i, w := range want {
		d := float64(p.Weights[i]) - float64(before[i]) - float64(w)
		difference, norm = difference+d*d, norm+float64(w)*float64(w)
	}
	if norm == 0 || math.Sqrt(difference/norm) > 0.01 {
		t.Errorf("%s: %s moved %.2e away from a golden change of %.2e", run, p.Name, math.Sqrt(difference), math.Sqrt(norm))
	}
}
