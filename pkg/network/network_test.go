package network

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"gridcells/pkg/kernel"
	"gridcells/pkg/parallel"
	"gridcells/pkg/random"
)

func randomBatch(n *Network, b, steps int) *Batch {
	s := random.New(1, "test batch")
	batch := n.NewBatch(b, steps)
	for i := range batch.EgoVel {
		batch.EgoVel[i] = float32(s.NormFloat64())
	}
	for i := range batch.Init {
		batch.Init[i] = s.Float32()
	}
	for h, targets := range batch.Targets {
		cells := n.Config.Heads[h].Cells
		for r := 0; r < len(targets); r += cells {
			targets[r+s.IntN(cells)] = 1
		}
	}
	return batch
}

// Weights come from a normal distribution with standard deviation 1/√fan-in, truncated
// at two standard deviations.
func TestInitialize(t *testing.T) {
	n, err := New(Config{
		Cell: "lstm", Hidden: 128, Bottleneck: 256, Keep: []float64{0.5}, Loss: SoftmaxLoss, InitWeightDisp: 0.25,
		Heads: []Head{{Name: "place_logits", Cells: 256}, {Name: "head_direction_logits", Cells: 12}},
	})
	if err != nil {
		t.Fatal(err)
	}
	n.Initialize(1)
	const truncated = 0.87962566 // standard deviation of the truncated standard normal
	for name, want := range map[string]struct{ mean, sd float64 }{
		"lstm/w_gates":            {0, truncated / math.Sqrt(131)},
		"lstm/b_gates":            {0, truncated / math.Sqrt(131)},
		"state_init/w":            {0, truncated / math.Sqrt(268)},
		"cell_init/b":             {0, 0},
		"bottleneck/w":            {0, truncated / math.Sqrt(128)},
		"place_logits/w":          {0.25 / 16, truncated / 16},
		"head_direction_logits/w": {0.25 / 16, truncated / 16},
		"head_direction_logits/b": {0, 0},
	} {
		p := n.Param(name)
		if p == nil {
			t.Fatalf("no parameter %s", name)
		}
		var sum, sum2, largest float64
		for _, w := range p.Weights {
			x := float64(w)
			sum, sum2, largest = sum+x, sum2+x*x, max(largest, math.Abs(x-want.mean))
		}
		count := float64(len(p.Weights))
		mean := sum / count
		sd := math.Sqrt(sum2/count - mean*mean)
		if math.Abs(mean-want.mean) > 5*want.sd/math.Sqrt(count) || math.Abs(sd-want.sd) > 0.1*want.sd {
			t.Errorf("%s: mean %v, sd %v; want %v, %v", name, mean, sd, want.mean, want.sd)
		}
		if largest > 2*want.sd/truncated+1e-6 {
			t.Errorf("%s: an element %v away from the mean", name, largest)
		}
	}
	if n.Param("bottleneck/b") != nil {
		t.Error("there is a bottleneck bias")
	}
}

func ExampleEngine() {
	n, _ := New(Config{
		Cell: "lstm", Hidden: 128, Bottleneck: 256, Keep: []float64{0.5}, Loss: SoftmaxLoss,
		Heads: []Head{{Name: "place_logits", Cells: 256}, {Name: "head_direction_logits", Cells: 12}},
	})
	n.Initialize(1)
	team := parallel.New(2)
	defer team.Close()
	e, _ := n.NewEngine(10, 100, team)
	losses := e.Gradients(randomBatch(n, 10, 100), Options{Dropout: true})
	// An untrained network predicts nearly equal probabilities: ln 256 + ln 12 ≈
	// 8.0.
	fmt.Printf("%.0f %d parameters\n", losses.Total, len(n.Params))
	// Output: 8 11 parameters
}

func BenchmarkGradients(b *testing.B) {
	for _, size := range []struct {
		batch, linear, threads int
		precision              kernel.Precision
	}{
		{10, 256, 1, kernel.Single}, {10, 256, 2, kernel.Single}, {10, 512, 1, kernel.Single}, {10, 512, 2, kernel.Single},
		{1, 256, 1, kernel.Single}, {100, 256, 1, kernel.Single}, {100, 256, 2, kernel.Single},
		{10, 256, 1, kernel.Split}, {10, 256, 2, kernel.Split}, {10, 256, 1, kernel.BFloat16}, {10, 256, 2, kernel.BFloat16},
	} {
		b.Run(fmt.Sprintf("batch=%d/linear=%d/threads=%d/%v", size.batch, size.linear, size.threads, size.precision), func(b *testing.B) {
			c := Config{
				Cell: "lstm", Hidden: 128, Bottleneck: size.linear, Keep: []float64{0.5}, Loss: SoftmaxLoss,
				Heads: []Head{{Name: "place_logits", Cells: 256}, {Name: "head_direction_logits", Cells: 12}},
			}
			_, e, batch, options := randomRunIn(b, size.precision, c, size.batch, 100, size.threads)
			e.Gradients(batch, options)
			for b.Loop() {
				e.Gradients(batch, options)
				options.Update++
			}
			b.ReportMetric(float64(c.FLOP(size.batch, 100))*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}

// TestTooLarge: networks and batches that take more memory than is allowed are refused
// before any of it is taken.
func TestTooLarge(t *testing.T) {
	config := func(hidden, bottleneck int) Config {
		return Config{Cell: "lstm", Hidden: hidden, Bottleneck: bottleneck, Keep: []float64{0.5}, Loss: SoftmaxLoss,
			Heads: []Head{{Name: "place_logits", Cells: 16}}}
	}
	for _, size := range [][2]int{{30000, 256}, {9000, 256}, {65536, 65536}, {math.MaxInt, 1}, {4, math.MaxInt}} {
		if _, err := New(config(size[0], size[1])); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%v units: %v", size, err)
		}
	}
	_, err := New(config(30000, 256))
	if want := "too large: a cell of 30000 units and a linear layer of 256 have 3.61e+09 weights, for whose training it takes 72.2 GB of memory; at most 268435456 weights (5.37 GB) are allowed"; err.Error() != want {
		t.Errorf("message %q, want %q", err, want)
	}
	n, err := New(config(4, 4))
	if err != nil {
		t.Fatal(err)
	}
	team := parallel.New(1)
	defer team.Close()
	for _, size := range [][2]int{{1 << 20, 100}, {100, 1 << 20}, {1 << 40, 1 << 40}} {
		if _, err := n.NewEngine(size[0], size[1], team); !errors.Is(err, ErrTooLarge) {
			t.Errorf("batch of %v: %v", size, err)
		}
	}
}
