package network

import (
	"math"
	"testing"

	"gridcells/pkg/kernel"
	"gridcells/pkg/parallel"
	"gridcells/pkg/random"
)

// The entropy of targets is the smallest possible loss: the loss of logits that predict
// the targets exactly.
func TestEntropyIsTheLeastLoss(t *testing.T) {
	s := random.New(3, "entropy")
	const cells = 13
	for _, test := range []struct {
		loss  Loss
		sum   float64                      // of the targets
		logit func(t, sum float64) float64 // that predicts a target
	}{
		{SoftmaxLoss, 1, func(t, _ float64) float64 { return math.Log(t) }},
		{SoftmaxTFLoss, 2.5, func(t, _ float64) float64 { return math.Log(t) }},
		{SigmoidLoss, 3, func(t, _ float64) float64 { p := 0.99*t + 0.005; return math.Log(p / (1 - p)) }},
	} {
		of := findLoss(test.loss)
		targets, logits, dz := make([]float32, cells), make([]float32, cells), make([]float32, cells)
		var sum float64
		for i := range targets {
			targets[i] = s.Float32()
			sum += float64(targets[i])
		}
		for i := range targets {
			targets[i] *= float32(test.sum / sum)
			logits[i] = float32(test.logit(float64(targets[i]), test.sum))
		}
		entropy := of.entropy(targets)
		if least := lossOf(of, dz, logits, targets); math.Abs(entropy-least) > 1e-5 {
			t.Errorf("%s: entropy %v, least loss %v", test.loss, entropy, least)
		}
		logits[4] += 0.5
		if more := lossOf(of, dz, logits, targets); more < entropy+1e-3 {
			t.Errorf("%s: entropy %v, loss of another prediction %v", test.loss, entropy, more)
		}
	}
}

func TestEntropiesOfABatch(t *testing.T) {
	n, err := New(Config{
		Cell: "rnn-tanh", Hidden: 8, Bottleneck: 8, Keep: []float64{1}, Loss: SoftmaxLoss,
		Heads: []Head{{Name: "place_logits", Cells: 5}, {Name: "head_direction_logits", Cells: 4}},
	})
	if err != nil {
		t.Fatal(err)
	}
	n.Initialize(1)
	const b, steps = 3, 40
	batch := randomBatch(n, b, steps) // one cell of each row has the target 1
	for r := range b * steps {
		copy(batch.Targets[1][4*r:], []float32{0.25, 0.25, 0.25, 0.25})
	}
	for _, threads := range []int{1, 2} {
		team := parallel.New(threads)
		e, err := n.NewEngine(b, steps, team)
		if err != nil {
			t.Fatal(err)
		}
		got := e.Gradients(batch, Options{}).Entropies
		if len(got) != 2 || got[0] != 0 || math.Abs(got[1]-math.Log(4)) > 1e-12 {
			t.Errorf("%d threads: entropies %v, want 0 and log 4", threads, got)
		}
		team.Close()
	}
}

// lossOf is the loss of one row.
func lossOf(l lossType, dz, z, t []float32) float64 {
	row := func(x []float32) kernel.Matrix { return kernel.Dense(x, 1, len(x)) }
	var loss [1]float64
	l.rows(loss[:], row(dz), row(z), row(t), 1)
	return loss[0]
}
