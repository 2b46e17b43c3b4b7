package main

import (
	"fmt"
	"log"
	"runtime"
	"slices"
	"time"

	"gridcells/pkg/kernel"
	"gridcells/pkg/network"
	"gridcells/pkg/optimize"
	"gridcells/pkg/parallel"
	"gridcells/pkg/random"
)

// steps is the number of time steps of a trajectory, hidden the units of the
// LSTM, and places and directions the sizes of the ensembles.
const (
	steps      = 100
	hidden     = 128
	places     = 256
	directions = 12
)

// size is the size of an update and the number of threads.
type size struct {
	batch, linear, threads int
	precision              kernel.Precision
}

func (s size) String() string {
	text := fmt.Sprintf("batch %3d, linear %d, %d thread%s", s.batch, s.linear, s.threads, [...]string{"s", " "}[s.threads&1])
	if s.precision != kernel.Single {
		text += " " + s.precision.String()
	}
	return text
}

func (s size) config() network.Config {
	return network.Config{
		Cell: "lstm", Hidden: hidden, Bottleneck: s.linear, Keep: []float64{0.5}, Loss: network.SoftmaxLoss,
		Heads: []network.Head{{Name: "place_logits", Cells: places}, {Name: "head_direction_logits", Cells: directions}},
	}
}

// The parts of an update.
const (
	inputsPart = iota
	factorsPart
	forwardPart
	readoutPart
	backwardPart
	gradientsPart
	optimiserPart
)

// parts are the times of the parts of an update.
type parts [optimiserPart + 1]time.Duration

var partNames = [len(parts{})]string{
	"inputs, dropout masks", "weights: copied, transposed, rounded", "recurrent forward", "linear layer, heads, and back", "recurrent backward",
	"weight gradients", "clipping, optimiser",
}

// result holds the measurements of each round.
type result struct {
	threads int
	flop    float64
	peak    []float64 // FLOP/s
	share   []float64 // of the peak around the update
	update  []time.Duration
	parts   [len(parts{})][]time.Duration
	waiting []time.Duration // of a thread for the others, in an update
}

// run is a network in training on one random batch.
type run struct {
	size   size
	team   *parallel.Team
	engine *network.Engine
	opt    *optimize.Optimizer
	batch  *network.Batch
	update uint64
}

func newRun(s size) *run {
	r := &run{size: s, team: parallel.New(s.threads)}
	n, err := network.New(s.config())
	if err != nil {
		log.Fatal(err)
	}
	n.Initialize(1)
	if r.engine, err = n.NewEngineIn(s.precision, s.batch, steps, r.team); err != nil {
		log.Fatal(err)
	}
	if r.opt, err = optimize.New(optimize.DefaultConfig(), n, r.team); err != nil {
		log.Fatal(err)
	}
	r.batch = n.NewBatch(s.batch, steps)
	fill(r.batch, n.Config.Heads)
	return r
}

func fill(b *network.Batch, heads []network.Head) {
	s := random.New(1, "bench")
	for i := range b.EgoVel {
		b.EgoVel[i] = float32(s.NormFloat64())
	}
	for i := range b.Init {
		b.Init[i] = s.Float32()
	}
	for h, targets := range b.Targets {
		for row := 0; row < len(targets); row += heads[h].Cells {
			targets[row+s.IntN(heads[h].Cells)] = 1
		}
	}
}

// step makes an update and returns the time of each part, and how long a thread waited
// for the others in all of them.
func (r *run) step() (p parts, waiting time.Duration) {
	before := r.engine.Times()
	r.engine.Gradients(r.batch, network.Options{Dropout: true, Seed: 1, Update: r.update})
	start := time.Now()
	if _, err := r.opt.Step(r.update); err != nil {
		log.Fatal(err)
	}
	p[optimiserPart] = time.Since(start)
	r.update++
	after := r.engine.Times()
	p[inputsPart], p[factorsPart] = after.Inputs-before.Inputs, after.Factors-before.Factors
	p[forwardPart], p[readoutPart] = after.Forward-before.Forward, after.Readout-before.Readout
	p[backwardPart], p[gradientsPart] = after.Backward-before.Backward, after.Gradients-before.Gradients
	return p, after.Waiting - before.Waiting
}

// peak runs only operations of products on all threads for about a millisecond.
func (r *run) peak() float64 {
	flop := make([]int64, r.team.Size())
	start := time.Now()
	r.team.Run(func(member int) {
		for time.Since(start) < time.Millisecond {
			flop[member] += kernel.ProductLoop(r.size.precision, 2000)
		}
	})
	seconds := time.Since(start).Seconds()
	var sum int64
	for _, f := range flop {
		sum += f
	}
	return float64(sum) / seconds
}

// measure makes updates and measures the peak in turn.
func measure(s size, duration time.Duration) *result {
	runtime.GOMAXPROCS(max(runtime.NumCPU(), s.threads))
	r := newRun(s)
	defer r.team.Close()
	if s.threads > 1 {
		r.team.Run(pin)
		defer unpin()
	}
	c := s.config()
	out := &result{threads: s.threads, flop: float64(c.FLOP(s.batch, steps))}
	r.step()
	peak := r.peak()
	for start := time.Now(); time.Since(start) < duration || len(out.update) < 5; {
		before := peak
		begin := time.Now()
		p, waiting := r.step()
		took := time.Since(begin)
		peak = r.peak()
		out.peak = append(out.peak, peak)
		out.update = append(out.update, took)
		out.waiting = append(out.waiting, waiting)
		out.share = append(out.share, out.flop/took.Seconds()/((before+peak)/2))
		for i, d := range p {
			out.parts[i] = append(out.parts[i], d)
		}
	}
	return out
}

func updates(duration time.Duration) {
	// The default update on one thread and on two.
	defaults := map[kernel.Precision][]*result{}
	for _, p := range []kernel.Precision{kernel.Single, kernel.Split, kernel.BFloat16} {
		defaults[p] = measureDefaults(p, duration)
	}
	fmt.Printf("\nPeak of multiply-adds (GFLOP/s)           median   best\n")
	for i, r := range defaults[kernel.Single] {
		fmt.Printf("  %d thread%-31s %7.1f %7.1f\n", r.threads, [...]string{"", "s"}[i], median(r.peak)/1e9, slices.Max(r.peak)/1e9)
	}
	fmt.Printf("\nUpdate, forward to optimiser                median ms    GFLOP/s   share of peak   undisturbed\n")
	printDefaults := func(p kernel.Precision) {
		for _, r := range defaults[p] {
			printUpdate(size{10, 256, r.threads, p}, r)
		}
	}
	printDefaults(kernel.Single)
	for _, s := range []size{
		{10, 512, 1, kernel.Single}, {10, 512, 2, kernel.Single}, {1, 256, 1, kernel.Single}, {1, 256, 2, kernel.Single},
		{100, 256, 1, kernel.Single}, {100, 256, 2, kernel.Single},
	} {
		printUpdate(s, measure(s, duration))
	}
	printDefaults(kernel.Split)
	printDefaults(kernel.BFloat16)
	fmt.Println("  (The peak is that of the unit in use: multiply-adds, or with AMX products of tiles. One of split makes three.)")
	for _, p := range []kernel.Precision{kernel.Single, kernel.Split, kernel.BFloat16} {
		printParts(p, defaults[p]...)
	}
}

// measureDefaults measures the default update on one thread and on two.
func measureDefaults(p kernel.Precision, duration time.Duration) (list []*result) {
	for threads := 1; threads <= 2; threads++ {
		list = append(list, measure(size{10, 256, threads, p}, duration))
	}
	return list
}

// partsAlone prints the parts of the default update in every precision.
func partsAlone(duration time.Duration) {
	for _, p := range []kernel.Precision{kernel.Single, kernel.Split, kernel.BFloat16} {
		results := measureDefaults(p, duration)
		for _, r := range results {
			printUpdate(size{10, 256, r.threads, p}, r)
		}
		printParts(p, results...)
	}
}

func printUpdate(s size, r *result) {
	typical := median(r.update)
	fmt.Printf("  %-40s %10.2f %10.1f %13.0f %% %11.0f %%\n", s, milliseconds(typical), r.flop/typical.Seconds()/1e9,
		100*median(r.share), 100*r.flop/quantile(r.update, 0.1).Seconds()/quantile(r.peak, 0.9))
}
