package optimize

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gridcells/pkg/network"
	"gridcells/pkg/parallel"
)

func testNetwork(t testing.TB) *network.Network {
	t.Helper()
	n, err := network.New(network.Config{
		Cell: "lstm", Hidden: 6, Bottleneck: 8, BottleneckBias: true, Keep: []float64{0.5}, Loss: network.SoftmaxLoss,
		Heads: []network.Head{{Name: "place_logits", Cells: 5}},
	})
	if err != nil {
		t.Fatal(err)
	}
	n.Initialize(1)
	return n
}

func newOptimizer(t testing.TB, c Config, n *network.Network) *Optimizer {
	t.Helper()
	team := parallel.New(2)
	t.Cleanup(team.Close)
	o, err := New(c, n, team)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// gradientAt makes up a gradient of a few magnitudes around the usual clip.
func gradientAt(update, i int) float64 {
	return math.Sin(float64(1+7*i+13*update)) * math.Pow(10, -4-float64((i+update)%4))
}

// Each optimiser follows its formula, evaluated here in double precision.
func TestOptimisersFollowTheirFormulas(t *testing.T) {
	type element struct{ w, a, b float64 } // weight and its state
	const lr, momentum, decay = 1e-3, 0.9, 0.95
	formulas := map[string]struct {
		change func(*Config)
		start  element
		step   func(e *element, g float64, t int)
	}{
		"rmsprop": {func(c *Config) { c.Epsilon = 1e-10 }, element{a: 1}, func(e *element, g float64, _ int) {
			e.a = decay*e.a + (1-decay)*g*g
			e.b = momentum*e.b + lr*g/math.Sqrt(e.a+1e-10)
			e.w -= e.b
		}},
		"rmsprop-torch": {func(c *Config) { c.Epsilon = 1e-8 }, element{}, func(e *element, g float64, _ int) {
			e.a = decay*e.a + (1-decay)*g*g
			e.b = momentum*e.b + g/(math.Sqrt(e.a)+1e-8)
			e.w -= lr * e.b
		}},
		"adam": {func(c *Config) { c.Epsilon = 1e-8 }, element{}, func(e *element, g float64, t int) {
			e.a = 0.9*e.a + 0.1*g
			e.b = 0.999*e.b + 0.001*g*g
			e.w -= lr * e.a / (1 - math.Pow(0.9, float64(t))) / (math.Sqrt(e.b/(1-math.Pow(0.999, float64(t)))) + 1e-8)
		}},
		"adam-tf": {func(c *Config) { c.Epsilon = 1e-3 }, element{}, func(e *element, g float64, t int) {
			e.a = 0.9*e.a + 0.1*g
			e.b = 0.999*e.b + 0.001*g*g
			e.w -= lr * math.Sqrt(1-math.Pow(0.999, float64(t))) / (1 - math.Pow(0.9, float64(t))) * e.a / (math.Sqrt(e.b) + 1e-3)
		}},
		"sgd": {func(c *Config) {}, element{}, func(e *element, g float64, _ int) {
			e.a = momentum*e.a + g
			e.w -= lr * e.a
		}},
	}
	for name, f := range formulas {
		n := testNetwork(t)
		c := DefaultConfig()
		c.Name, c.LearningRate, c.Momentum, c.Decay, c.Clip = name, lr, momentum, decay, 0
		f.change(&c)
		o := newOptimizer(t, c, n)
		p := n.Param("bottleneck/w")
		want := make([]element, len(p.Weights))
		for i, w := range p.Weights {
			want[i] = f.start
			want[i].w = float64(w)
		}
		start := append([]float32(nil), p.Weights...)
		const updates = 50
		for update := range updates {
			for i := range p.Grad {
				g := gradientAt(update, i)
				p.Grad[i] = float32(g)
				f.step(&want[i], float64(p.Grad[i]), update+1)
			}
			if _, err := o.Step(uint64(update)); err != nil {
				t.Fatal(err)
			}
		}
		for i, w := range want {
			moved := math.Abs(w.w - float64(start[i]))
			if d := math.Abs(float64(p.Weights[i]) - w.w); d > 1e-3*moved+updates*6e-8 {
				t.Errorf("%s: weight %d is %v, want %v (moved by %v)", name, i, p.Weights[i], w.w, moved)
				break
			}
		}
	}
}

// Every optimiser of the table moves weights against their gradient, also one that
// keeps no state.
func TestOptimisersDescend(t *testing.T) {
	table := algorithms
	defer func() { algorithms = table }()
	algorithms = append(slices.Clone(table), algorithm{name: "plain", epsilon: 1e-8, step: func(s step, w, g []float32, _ [][]float32) {
		for i, v := range g {
			w[i] -= float32(s.rate) * v
		}
	}})
	for _, name := range Names() {
		n := testNetwork(t)
		c := DefaultConfig()
		c.Name, c.LearningRate, c.Clip, c.WeightDecay = name, 0.01, 0, 0
		o := newOptimizer(t, c, n)
		p := n.Param("bottleneck/w")
		p.Grad[0], p.Grad[1] = 0.5, -0.5
		before := slices.Clone(p.Weights)
		if _, err := o.Step(0); err != nil {
			t.Fatal(err)
		}
		if !(p.Weights[0] < before[0] && p.Weights[1] > before[1]) {
			t.Errorf("%s moves weights %v to %v", name, before[:2], p.Weights[:2])
		}
	}
}

func TestInitialMeanSquare(t *testing.T) {
	for _, test := range []struct {
		name    string
		initial float64
		want    float32
	}{{"rmsprop", -1, 1}, {"rmsprop-torch", -1, 0}, {"rmsprop", 0, 0}, {"rmsprop-torch", 1, 1}} {
		c := DefaultConfig()
		c.Name, c.InitialMS = test.name, test.initial
		if got := newOptimizer(t, c, testNetwork(t)).State()[0].Values[3]; got != test.want {
			t.Errorf("%s from %v: mean square starts at %v", test.name, test.initial, got)
		}
	}
}

func TestClippingAndDecayScopes(t *testing.T) {
	for scope, want := range map[Scope][3]bool{
		All: {true, true, true}, BottleneckAndHead: {false, true, true}, HeadsOnly: {false, false, true}, None: {},
	} {
		n := testNetwork(t)
		c := DefaultConfig()
		c.Name, c.Momentum, c.LearningRate, c.ClipScope, c.DecayScope, c.WeightDecay = "sgd", 0, 1, scope, scope, 0.5
		c.Clip = 1e-5
		o := newOptimizer(t, c, n)
		for _, p := range n.Params {
			for i := range p.Grad {
				p.Grad[i] = 1e-3
				p.Weights[i] = 0.25
			}
		}
		stats, err := o.Step(0)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range n.Params {
			in := want[p.Module]
			g := 1e-3
			if in && !p.Bias {
				g += 0.5 * 0.25
			}
			if in {
				g = 1e-5
			}
			if got := 0.25 - float64(p.Weights[0]); math.Abs(got-g) > 1e-6*max(1, g*1e3) {
				t.Errorf("scope %s: %s moved by %v, want %v", scope, p.Name, got, g)
			}
			if share := stats.ClippedShare[p.Module]; (share == 1) != in {
				t.Errorf("scope %s: share of clipped elements of %s is %v", scope, p.Module, share)
			}
		}
	}
}

func TestClippingByNorm(t *testing.T) {
	n := testNetwork(t)
	c := DefaultConfig()
	c.Name, c.Momentum, c.LearningRate, c.Clip, c.ClipNorm = "sgd", 0, 1, 0, 0.5
	o := newOptimizer(t, c, n)
	before := append([]float32(nil), n.Weights...)
	for _, p := range n.Params {
		for i := range p.Grad {
			p.Grad[i] = 2
		}
	}
	if _, err := o.Step(0); err != nil {
		t.Fatal(err)
	}
	var sum float64
	for i, w := range n.Weights {
		d := float64(w) - float64(before[i])
		sum += d * d
	}
	if norm := math.Sqrt(sum); math.Abs(norm-0.5) > 1e-5 {
		t.Errorf("the weights moved by %v, want the norm of 0.5", norm)
	}
}

func TestDecoupledDecay(t *testing.T) {
	n := testNetwork(t)
	c := DefaultConfig()
	c.Name, c.LearningRate, c.WeightDecay, c.DecayScope = "adamw", 0.1, 0.5, HeadsOnly
	o := newOptimizer(t, c, n)
	p, b := n.Param("place_logits/w"), n.Param("bottleneck/w")
	head, bottleneck := p.Weights[0], b.Weights[0]
	if _, err := o.Step(0); err != nil { // the gradient is zero
		t.Fatal(err)
	}
	if got, want := p.Weights[0], head*(1-0.1*0.5); math.Abs(float64(got-want)) > 1e-7 || b.Weights[0] != bottleneck {
		t.Errorf("head weight %v, want %v; bottleneck weight %v, want %v", got, want, b.Weights[0], bottleneck)
	}
}

func TestNonFiniteGradientChangesNothing(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(-1)} {
		n := testNetwork(t)
		o := newOptimizer(t, DefaultConfig(), n)
		before := append([]float32(nil), n.Weights...)
		n.Param("lstm/b_gates").Grad[17] = float32(bad)
		_, err := o.Step(0)
		var e *NonFiniteError
		if !errors.As(err, &e) || e.Tensor != "lstm/b_gates" || e.Index != 17 {
			t.Errorf("%v: %v", bad, err)
		}
		for i, w := range n.Weights {
			if w != before[i] {
				t.Fatalf("weight %d changed", i)
			}
		}
	}
}

func TestSchedules(t *testing.T) {
	for _, test := range []struct {
		s      Schedule
		update uint64
		want   float64
	}{
		{Schedule{Course: "constant"}, 1e6, 1},
		{Schedule{Course: "constant", WarmUp: 10}, 0, 0.1},
		{Schedule{Course: "constant", WarmUp: 10}, 9, 1},
		{Schedule{Course: "step", Period: 100, Factor: 0.5}, 99, 1},
		{Schedule{Course: "step", Period: 100, Factor: 0.5}, 250, 0.25},
		{Schedule{Course: "cosine", Period: 100}, 50, 0.5},
		{Schedule{Course: "cosine", Period: 100}, 200, 0},
	} {
		if got := test.s.At(test.update); math.Abs(got-test.want) > 1e-12 {
			t.Errorf("%+v at %d: %v, want %v", test.s, test.update, got, test.want)
		}
	}
}

func TestConfigErrors(t *testing.T) {
	for want, spoil := range map[string]func(*Config){
		"optimiser":     func(c *Config) { c.Name = "eval(tf)" },
		"learning rate": func(c *Config) { c.LearningRate = math.NaN() },
		"clip":          func(c *Config) { c.Clip = -1 },
		"scope":         func(c *Config) { c.ClipScope = "everything" },
		"schedule":      func(c *Config) { c.Schedule.Course = "cyclic" },
		"period":        func(c *Config) { c.Schedule.Course = "cosine" },
	} {
		c := DefaultConfig()
		spoil(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func ExampleSchedule() {
	s := Schedule{Course: "cosine", Period: 300000, WarmUp: 1000}
	fmt.Printf("%.3f %.3f %.3f\n", s.At(0), s.At(1000), s.At(150000))
	// Output: 0.001 1.000 0.500
}
