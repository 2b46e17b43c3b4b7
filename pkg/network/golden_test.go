package network

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gridcells/pkg/kernel"
	"gridcells/pkg/npy"
	"gridcells/pkg/npy/npytest"
	"gridcells/pkg/parallel"
)

// goldenRun is a run computed in double precision by another program: inputs,
// weights, activities, gradients and losses of 300 updates.
type goldenRun struct {
	t      *testing.T
	arrays map[string]*npy.Array
	b, len int // trajectories, steps
}

func loadGolden(t *testing.T, name string) *goldenRun {
	t.Helper()
	arrays, err := npytest.ReadNPZ("testdata/" + name + ".npz")
	if err != nil {
		t.Fatal(err)
	}
	shape := arrays["data/ego_vel"].Shape
	return &goldenRun{t, arrays, shape[0], shape[1]}
}

func (g *goldenRun) float32(name string) []float32 {
	g.t.Helper()
	a, ok := g.arrays[name]
	if !ok {
		g.t.Fatalf("no array %s", name)
	}
	x, err := a.Float32()
	if err != nil {
		g.t.Fatal(err)
	}
	return x
}

// network makes the network of the golden run, with its weights.
func (g *goldenRun) network() *Network {
	g.t.Helper()
	weights := func(name string) []int { return g.arrays["weights/"+name].Shape }
	c := Config{Cell: "lstm", Keep: []float64{0.5}, Loss: SoftmaxLoss}
	c.Hidden, c.Bottleneck = weights("bottleneck/w")[0], weights("bottleneck/w")[1]
	_, c.BottleneckBias = g.arrays["weights/bottleneck/b"]
	for _, head := range []string{"place_logits", "head_direction_logits"} {
		c.Heads = append(c.Heads, Head{Name: head, Cells: weights(head + "/w")[1]})
	}
	n, err := New(c)
	if err != nil {
		g.t.Fatal(err)
	}
	for _, p := range n.Params {
		if copy(p.Weights, g.float32("weights/"+p.Name)) != len(p.Weights) {
			g.t.Fatalf("%s: wrong size", p.Name)
		}
	}
	return n
}

// batch brings the golden data from [B, T] to [T, B].
func (g *goldenRun) batch(n *Network) *Batch {
	batch := n.NewBatch(g.b, g.len)
	g.toTimeMajor(batch.EgoVel, "data/ego_vel", Inputs)
	at := 0
	for i, kind := range []string{"place", "head_direction"} {
		cells := n.Config.Heads[i].Cells
		g.toTimeMajor(batch.Targets[i], "data/"+kind+"_target", cells)
		init := g.float32("data/" + kind + "_init")
		for b := range g.b {
			copy(batch.Init[b*n.codes()+at:], init[b*cells:(b+1)*cells])
		}
		at += cells
	}
	return batch
}

func (g *goldenRun) toTimeMajor(dst []float32, name string, width int) {
	src := g.float32(name)
	for b := range g.b {
		for t := range g.len {
			copy(dst[(t*g.b+b)*width:][:width], src[(b*g.len+t)*width:])
		}
	}
}

// kept is the golden run's dropout mask.
func (g *goldenRun) kept(n int) []bool {
	keep, kept := make([]float32, g.b*g.len*n), make([]bool, g.b*g.len*n)
	g.toTimeMajor(keep, "data/dropout_keep", n)
	for i, k := range keep {
		kept[i] = k != 0
	}
	return kept
}

func goldenEngine(t *testing.T, name string, threads int) (*goldenRun, *Network, *Engine, *Batch) {
	t.Helper()
	g := loadGolden(t, name)
	n := g.network()
	team := parallel.New(threads)
	t.Cleanup(team.Close)
	e, err := n.NewEngine(g.b, g.len, team)
	if err != nil {
		t.Fatal(err)
	}
	batch := g.batch(n)
	batch.Kept = g.kept(n.Bottleneck)
	return g, n, e, batch
}

var goldenRuns = []string{"train_small", "train_small_heads", "train_reference_size"}

// onEveryPath runs a test on every kernel path of this machine.
func onEveryPath(t *testing.T, f func(t *testing.T)) {
	for _, path := range kernel.Available() {
		t.Run(path, func(t *testing.T) {
			restore, err := kernel.Use(path)
			if err != nil {
				t.Fatal(err)
			}
			defer restore()
			f(t)
		})
	}
}

func TestForwardEqualsGolden(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for _, name := range goldenRuns {
			g, n, e, batch := goldenEngine(t, name, 2)
			losses := e.Forward(batch, Options{Dropout: true})
			if want, err := g.arrays["losses"].Float64(); err != nil || math.Abs(losses.Total-want[0]) > 1e-5*want[0] {
				t.Errorf("%s: loss %v, want %v", name, losses.Total, want[0])
			}
			// The arrays hold all steps, or only the last.
			steps := g.arrays["forward/lstm"].Shape[1]
			check := func(what string, got func(step, b int) []float32) {
				want := g.float32("forward/" + what)
				width := len(want) / g.b / steps
				for b := range g.b {
					for s := range steps {
						w := want[(b*steps+s)*width:][:width]
						if i := differs(got(g.len-steps+s, b), w, 2e-6, 1e-5); i >= 0 {
							t.Errorf("%s: %s[%d, %d, %d] = %v, want %v", name, what, b, s, i, got(g.len-steps+s, b)[i], w[i])
							return
						}
					}
				}
			}
			check("lstm", e.Hidden)
			check("bottleneck", func(s, b int) []float32 { return e.BottleneckRow(s, b, false) })
			for i, h := range n.Config.Heads {
				check(h.Name, func(s, b int) []float32 { return e.Logits(i, s, b) })
			}
		}
	})
}

// The golden run with weight decay has it in its gradients.
func goldenDecay(name string, p *Param) float32 {
	if name == "train_small_heads" && p.Module != Recurrent && !p.Bias {
		return 1e-5
	}
	return 0
}

func TestGradientsEqualGolden(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for _, name := range goldenRuns {
			g, n, e, batch := goldenEngine(t, name, 2)
			e.Gradients(batch, Options{Dropout: true})
			for _, p := range n.Params {
				kernel.Axpy(p.Grad, goldenDecay(name, p), p.Weights)
				want := g.float32("grad/" + p.Name)
				largest := float64(0)
				for _, w := range want {
					largest = max(largest, math.Abs(float64(w)))
				}
				if i := differs(p.Grad, want, 1e-4*largest, 1e-4); i >= 0 {
					t.Errorf("%s: gradient of %s[%d] = %v, want %v (largest %v)", name, p.Name, i, p.Grad[i], want[i], largest)
				}
			}
		}
	})
}

// differs returns the index of the first element that is off by more than abs
// and more than rel of its value, or −1.
func differs(got, want []float32, abs, rel float64) int {
	if len(got) != len(want) {
		return 0
	}
	for i, w := range want {
		d := math.Abs(float64(got[i]) - float64(w))
		if !(d <= abs || d <= rel*math.Abs(float64(w))) {
			return i
		}
	}
	return -1
}

// Every parameter's gradient, for every cell, activation and loss, agrees with
// central differences of the loss along random directions.
func TestGradientsEqualFiniteDifferences(t *testing.T) {
	for _, cell := range Cells() {
		for _, loss := range []Loss{SoftmaxLoss, SigmoidLoss, SquaredLoss} { // SoftmaxTFLoss has no true gradient
			for _, activation := range BottleneckActivations {
				for _, bias := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s/%s/%s/%v", cell, loss, activation, bias), func(t *testing.T) {
						checkGradient(t, Config{
							Cell: cell, Hidden: 7, Bottleneck: 6, BottleneckBias: bias, BottleneckActivation: activation, Keep: []float64{0.5, 0.8},
							Loss: loss, Heads: []Head{{Name: "place_logits", Cells: 9, Init: 2}, {Name: "place_logits_2", Cells: 4}, {Name: "head_direction_logits", Cells: 5, Init: 8}},
						})
					})
				}
			}
		}
	}
}

func checkGradient(t *testing.T, c Config) {
	n, e, batch, options := randomRun(t, c, 3, 5, 1)
	if b := n.Param("bottleneck/b"); b != nil {
		// Silent units of rnn-relu leave the rectified layer at zero, where it has
		// no slope.
		for i := range b.Weights {
			b.Weights[i] = 0.1 * float32(1+i) * float32(1-2*(i%2))
		}
	}
	e.Gradients(batch, options)
	for _, p := range n.Params {
		grad := append([]float32(nil), p.Grad...)
		var norm float64
		for _, g := range grad {
			norm += float64(g) * float64(g)
		}
		norm = math.Sqrt(norm)
		if norm == 0 {
			t.Errorf("the gradient of %s is zero", p.Name)
			continue
		}
		// Along the gradient itself the loss changes at the rate of its norm.
		const step = 5e-4
		at := func(sign float64) float64 {
			saved := append([]float32(nil), p.Weights...)
			defer copy(p.Weights, saved)
			for i := range p.Weights {
				p.Weights[i] += float32(sign * step * float64(grad[i]) / norm)
			}
			return e.Forward(batch, options).Total
		}
		slope := (at(1) - at(-1)) / (2 * step)
		if math.Abs(slope-norm) > 0.01*norm+2e-4 {
			t.Errorf("%s: slope along the gradient %v, norm of the gradient %v", p.Name, slope, norm)
		}
	}
}

// randomRun makes a network with random weights and a batch of random data.
func randomRun(t testing.TB, c Config, b, steps, threads int) (*Network, *Engine, *Batch, Options) {
	t.Helper()
	return randomRunIn(t, kernel.Single, c, b, steps, threads)
}

func randomRunIn(t testing.TB, precision kernel.Precision, c Config, b, steps, threads int) (*Network, *Engine, *Batch, Options) {
	t.Helper()
	n, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	n.Initialize(7)
	team := parallel.New(threads)
	t.Cleanup(team.Close)
	e, err := n.NewEngineIn(precision, b, steps, team)
	if err != nil {
		t.Fatal(err)
	}
	return n, e, randomBatch(n, b, steps), Options{Dropout: true, VelocityNoise: []float64{0.1, 0, 0.2}, StateNoise: 0.1, Seed: 3, Update: 5}
}

// oddSizes is a network of sizes that no vector, tile or thread divides evenly.
func oddSizes(cell string) Config {
	return Config{
		Cell: cell, Hidden: 33, Bottleneck: 70, Keep: []float64{0.5}, Loss: SoftmaxLoss,
		Heads: []Head{{Name: "place_logits", Cells: 65}, {Name: "head_direction_logits", Cells: 12}},
	}
}

func TestSameBitsAtAnyNumberOfThreads(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for _, cell := range Cells() {
			for _, b := range []int{1, 3, 10} {
				c := oddSizes(cell)
				var want []float32
				var wantLoss float64
				for _, threads := range []int{1, 2, 3, 5} {
					n, e, batch, options := randomRun(t, c, b, 21, threads)
					loss := e.Gradients(batch, options).Total
					if threads == 1 {
						want, wantLoss = append(want, n.Grads...), loss
						continue
					}
					if loss != wantLoss {
						t.Errorf("%s, batch %d: loss %v with %d threads, %v with one", cell, b, loss, threads, wantLoss)
					}
					for i, g := range n.Grads {
						if math.Float32bits(g) != math.Float32bits(want[i]) {
							t.Fatalf("%s, batch %d: gradient %d differs with %d threads", cell, b, i, threads)
						}
					}
				}
			}
		}
	})
}

func TestDropoutKeepsTheStatedShare(t *testing.T) {
	c := Config{
		Cell: "lstm", Hidden: 8, Bottleneck: 300, Keep: []float64{0.5, 0.9, 1}, Loss: SoftmaxLoss,
		Heads: []Head{{Name: "place_logits", Cells: 5}},
	}
	_, e, batch, options := randomRun(t, c, 10, 20, 1)
	e.Forward(batch, options)
	for g, keep := range c.Keep {
		var kept float64
		for r := range 200 {
			for i := g * 100; i < (g+1)*100; i++ {
				before, after := e.BottleneckRow(r/10, r%10, false)[i], e.BottleneckRow(r/10, r%10, true)[i]
				if after != 0 {
					kept++
					if math.Abs(float64(after)*keep-float64(before)) > 1e-5 {
						t.Fatalf("group %d: %v became %v", g, before, after)
					}
				}
			}
		}
		if share := kept / 20000; math.Abs(share-keep) > 0.02 {
			t.Errorf("group %d keeps %v, want %v", g, share, keep)
		}
	}
	e.Forward(batch, Options{})
	if before, after := e.BottleneckRow(3, 2, false), e.BottleneckRow(3, 2, true); differs(after, before, 0, 0) >= 0 {
		t.Error("without dropout the linear layer's output changes")
	}
}

func TestStateNoiseHasTheStatedDeviation(t *testing.T) {
	const b = 200
	for _, cell := range Cells() {
		_, e, batch, _ := randomRun(t, oddSizes(cell), b, 2, 2)
		for i := range e.stateInitW {
			states := func(o Options) []float32 {
				e.Forward(batch, o)
				var all []float32
				for m, r := e.cell.initialState(i), 0; r < b; r++ {
					all = append(all, m.Data[r*m.Stride:][:m.Cols]...)
				}
				return all
			}
			plain, noisy, other := states(Options{}), states(Options{StateNoise: 0.3, Seed: 1}), states(Options{StateNoise: 0.3, Seed: 1, Update: 1})
			var sum, squares, equal float64
			for k := range plain {
				d := float64(noisy[k] - plain[k])
				sum += d
				squares += d * d
				if noisy[k] == other[k] {
					equal++
				}
			}
			n := float64(len(plain))
			if mean, sd := sum/n, math.Sqrt(squares/n); math.Abs(mean) > 0.015 || math.Abs(sd-0.3) > 0.015 || equal > n/100 {
				t.Errorf("%s, state %d: noise of mean %v and standard deviation %v, want 0 and 0.3; %v of %v equal in another update", cell, i, mean, sd, equal, n)
			}
		}
	}
}

// The rectified layer has the rates of the linear one, with 0 in place of negative
// rates.
func TestRectifiedBottleneck(t *testing.T) {
	c := Config{
		Cell: "lstm", Hidden: 33, Bottleneck: 70, Keep: []float64{0.5}, Loss: SoftmaxLoss,
		Heads: []Head{{Name: "place_logits", Cells: 65}},
	}
	_, linear, batch, options := randomRun(t, c, 3, 21, 2)
	c.BottleneckActivation = "relu"
	_, rectified, _, _ := randomRun(t, c, 3, 21, 2)
	linear.Forward(batch, options)
	rectified.Forward(batch, options)
	zeros := 0
	for r := range 3 * 21 {
		for i, x := range linear.BottleneckRow(r/3, r%3, false) {
			before, after := rectified.BottleneckRow(r/3, r%3, false)[i], rectified.BottleneckRow(r/3, r%3, true)[i]
			if want := max(x, 0); before != want || (after != 0 && after != 2*want) {
				t.Fatalf("row %d, unit %d: %v and %v after dropout, want %v and its double or 0", r, i, before, after, want)
			}
			if x < 0 {
				zeros++
			}
		}
	}
	if zeros == 0 {
		t.Error("nothing was negative")
	}
}

func TestConfigErrors(t *testing.T) {
	good := Config{Cell: "lstm", Hidden: 8, Bottleneck: 6, Keep: []float64{0.5}, Loss: SoftmaxLoss, Heads: []Head{{Name: "place_logits", Cells: 5}}}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*Config){
		"cell":           func(c *Config) { c.Cell = "transformer" },
		"positive":       func(c *Config) { c.Hidden = 0 },
		"activation":     func(c *Config) { c.BottleneckActivation = "sine" },
		"no ensemble":    func(c *Config) { c.Heads = nil },
		"loss":           func(c *Config) { c.Loss = "" },
		"dropout groups": func(c *Config) { c.Keep = []float64{1, 1, 1, 1} },
		"probability":    func(c *Config) { c.Keep = []float64{math.NaN()} },
		"of -1 values":   func(c *Config) { c.Heads = []Head{{Name: "place_logits", Cells: 5, Init: -1}} },
		"0 cells":        func(c *Config) { c.Heads = []Head{{Name: "place_logits", Cells: 0}} },
	} {
		c := good
		spoil(&c)
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestNoAllocationPerUpdate(t *testing.T) {
	c := Config{
		Cell: "lstm", Hidden: 16, Bottleneck: 16, Keep: []float64{0.5}, Loss: SoftmaxLoss,
		Heads: []Head{{Name: "place_logits", Cells: 16}},
	}
	_, e, batch, options := randomRun(t, c, 4, 10, 2)
	e.Gradients(batch, options)
	if n := testing.AllocsPerRun(10, func() { e.Gradients(batch, options) }); n != 0 {
		t.Errorf("%v allocations in an update", n)
	}
}
