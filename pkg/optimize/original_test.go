package optimize_test

import (
	"fmt"
	"math"
	"testing"

	"gridcells/pkg/ensemble"
	"gridcells/pkg/kernel"
	"gridcells/pkg/network"
	"gridcells/pkg/npy"
	"gridcells/pkg/npy/npytest"
	"gridcells/pkg/optimize"
	"gridcells/pkg/parallel"
)

// original is a run of the program released with Banino et al. 2018, made to run
// again in TensorFlow 2's compatibility mode: 100 records, weights before and
// after 60 updates of 10 records without dropout, and the losses.
type original struct {
	file          string
	concentration float64 // of the head-direction cells
	targets       ensemble.Code
	loss          network.Loss
	change        func(*optimize.Config)
}

// The tolerances of losses are relative to the loss, those of the weights of a tensor
// to the norm of their movement. The measured differences were 1.3e-7 and 5e-6.
const lossWithin, moveWithin = 1e-6, 1e-4

var originals = []original{
	{"original_defaults", 20, ensemble.Softmax, network.SoftmaxLoss, func(*optimize.Config) {}},
	{"original_unclipped", 20, ensemble.Softmax, network.SoftmaxLoss, func(c *optimize.Config) {
		c.ClipScope, c.LearningRate = optimize.None, 1e-3
	}},
	{"original_normalized", 1, ensemble.Normalized, network.SoftmaxTFLoss, func(c *optimize.Config) {
		c.LearningRate = 1e-2
	}},
}

func TestTrainingEqualsTheOriginalProgram(t *testing.T) {
	for _, o := range originals {
		arrays, err := npytest.ReadNPZ("testdata/" + o.file + ".npz")
		if err != nil {
			t.Fatal(err)
		}
		run := &originalRun{t: t, original: o, arrays: arrays}
		run.encode()
		for _, path := range kernel.Available() {
			t.Run(o.file+"/"+path, func(t *testing.T) {
				restore, err := kernel.Use(path)
				if err != nil {
					t.Fatal(err)
				}
				defer restore()
				run.check(t)
			})
		}
	}
}

type originalRun struct {
	original
	t       *testing.T
	arrays  map[string]*npy.Array
	init    [2][]float32 // of place cells and head-direction cells: [records, cells]
	targets [2][]float32 // [records, T, cells]
}

const (
	records, steps, batchSize = 100, 100, 10
	placeCells, hdCells       = 64, 12
)

func (r *originalRun) float32(name string) []float32 {
	r.t.Helper()
	a, ok := r.arrays[name]
	if !ok {
		r.t.Fatalf("%s: no array %s", r.file, name)
	}
	x, err := a.Float32()
	if err != nil {
		r.t.Fatal(err)
	}
	return x
}

// encode makes the codes of all records, as the tool targets does.
func (r *originalRun) encode() {
	config := ensemble.DefaultConfig()
	config.NPC, config.PCScale = []int{placeCells}, []float64{0.05}
	config.NHDC, config.HDCConcentration = []int{hdCells}, []float64{r.concentration}
	config.TargetsType, config.InitConditionType = r.original.targets, ensemble.Softmax // as its defaults have it
	named, err := config.Build()
	if err != nil {
		r.t.Fatal(err)
	}
	for i, fields := range [][2]string{{"init_pos", "target_pos"}, {"init_hd", "target_hd"}} {
		encoder := config.Encoder(named[i].Ensemble)
		encodeAll := func(field string, code ensemble.Code) []float32 {
			x := r.float32("data/" + field)
			dim, cells := named[i].Dim(), named[i].Cells()
			codes := make([]float32, len(x)/dim*cells)
			at := make([]float64, dim)
			for k := range len(x) / dim {
				for d := range at {
					at[d] = float64(x[k*dim+d])
				}
				encoder.Encode(codes[k*cells:(k+1)*cells], at, code, nil)
			}
			return codes
		}
		r.init[i], r.targets[i] = encodeAll(fields[0], config.InitConditionType), encodeAll(fields[1], config.TargetsType)
	}
}

// fill brings the records of an update into a batch.
func (r *originalRun) fill(batch *network.Batch, update int) {
	egoVel := r.float32("data/ego_vel")
	cells := []int{placeCells, hdCells}
	for b := range batchSize {
		record := (update*batchSize + b) % records
		at := b * (placeCells + hdCells)
		for i, n := range cells {
			copy(batch.Init[at:], r.init[i][record*n:(record+1)*n])
			at += n
		}
		for t := range steps {
			row := t*batchSize + b
			copy(batch.EgoVel[row*network.Inputs:][:network.Inputs], egoVel[(record*steps+t)*network.Inputs:])
			for i, n := range cells {
				copy(batch.Targets[i][row*n:(row+1)*n], r.targets[i][(record*steps+t)*n:])
			}
		}
	}
}

// check trains and compares losses and weights.
func (r *originalRun) check(t *testing.T) {
	n, err := network.New(network.Config{
		Cell: "lstm", Hidden: 32, Bottleneck: 48, Keep: []float64{1}, Loss: r.loss,
		Heads: []network.Head{{Name: "place_logits", Cells: placeCells}, {Name: "head_direction_logits", Cells: hdCells}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range n.Params {
		copy(p.Weights, r.float32("weights/"+p.Name))
	}
	team := parallel.New(1)
	defer team.Close()
	engine, err := n.NewEngine(batchSize, steps, team)
	if err != nil {
		t.Fatal(err)
	}
	config := optimize.DefaultConfig()
	r.change(&config)
	opt, err := optimize.New(config, n, team)
	if err != nil {
		t.Fatal(err)
	}
	batch := n.NewBatch(batchSize, steps)
	worst := 0.0
	losses := r.float32("losses")
	if testing.Short() {
		losses = losses[:10] // the run has weights for its end only
	}
	for update, want := range losses {
		r.fill(batch, update)
		got := engine.Gradients(batch, network.Options{}).Total
		worst = max(worst, math.Abs(got-float64(want))/float64(want))
		if _, err := opt.Step(uint64(update)); err != nil {
			t.Fatal(err)
		}
	}
	if worst > lossWithin {
		t.Errorf("a loss is off by %.2g of itself, want at most %.2g", worst, lossWithin)
	}
	if testing.Short() {
		return
	}
	report := fmt.Sprintf("losses within %.2g", worst)
	for _, p := range n.Params {
		off := distance(p.Weights, r.float32("final/"+p.Name)) / distance(r.float32("weights/"+p.Name), r.float32("final/"+p.Name))
		if off > moveWithin {
			t.Errorf("%s ends %.2g of its movement away, want at most %.2g", p.Name, off, moveWithin)
		}
		report += fmt.Sprintf(", %s %.1g", p.Name, off)
	}
	t.Log(report)
}

// distance is the Euclidean distance.
func distance(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		sum += math.Pow(float64(a[i])-float64(b[i]), 2)
	}
	return math.Sqrt(sum)
}
