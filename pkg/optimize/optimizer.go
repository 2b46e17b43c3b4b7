package optimize

import (
	"fmt"
	"math"

	"gridcells/pkg/kernel"
	"gridcells/pkg/memory"
	"gridcells/pkg/network"
	"gridcells/pkg/parallel"
)

// modules is the number of a network's modules.
const modules = int(network.Heads) + 1

// chunkSize is the number of elements that a thread updates at a time. Weights,
// gradient and state of a chunk stay in the second-level cache. A thread has the
// same chunks in every update, because reading what another core wrote is slow.
const chunkSize = 8192

// chunk is a part of one parameter tensor.
type chunk struct {
	param    *network.Param
	from, to int // in the flat vectors
	clip     bool
	decay    bool
	state    [][]float32 // this part of each of the optimiser's vectors

	// Found by the last update:
	sumSquares float64 // of the gradient
	clipped    int     // elements that were clipped
}

// Stats describes the gradient of the last update, by module.
type Stats struct {
	GradNorm     [modules]float64 // norm with weight decay, before clipping
	ClippedShare [modules]float64 // share of elements that were clipped
	LearningRate float64
}

// NonFiniteError says that a gradient is not finite. The weights are unchanged.
type NonFiniteError struct {
	Tensor string
	Index  int
}

func (e *NonFiniteError) Error() string {
	return fmt.Sprintf("the gradient of %s is not finite at element %d", e.Tensor, e.Index)
}

// State is one of an optimiser's vectors, laid out like the network's weights.
type State struct {
	Name   string
	Values []float32
}

// Optimizer updates one network.
type Optimizer struct {
	config    Config
	algorithm *algorithm
	net       *network.Network
	team      *parallel.Team
	state     []State
	chunks    []chunk
	size      [modules]int
	stats     Stats
	now       step
	factor    float32 // by which clipping the norm multiplies the gradient
	measure   func(int)
	apply     func(int)
}

// New makes an optimiser for a network's weights.
func New(c Config, n *network.Network, team *parallel.Team) (*Optimizer, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	o := &Optimizer{config: c, algorithm: find(c.Name), net: n, team: team}
	var pool memory.Pool
	for _, name := range o.algorithm.state {
		o.state = append(o.state, State{name, pool.Floats(len(n.Weights))})
	}
	o.initializeMeanSquare()
	for _, p := range n.Params {
		o.size[p.Module] += len(p.Weights)
		for from := 0; from < len(p.Weights); from += chunkSize {
			part := chunk{
				param: p, from: p.Offset + from, to: p.Offset + min(from+chunkSize, len(p.Weights)),
				clip:  c.Clip > 0 && c.ClipScope.Includes(p.Module),
				decay: c.WeightDecay > 0 && !p.Bias && c.DecayScope.Includes(p.Module),
			}
			for _, s := range o.state {
				part.state = append(part.state, s.Values[part.from:part.to])
			}
			o.chunks = append(o.chunks, part)
		}
	}
	o.measure, o.apply = o.measureChunks, o.applyChunks
	return o, nil
}

func (o *Optimizer) initializeMeanSquare() {
	initial := o.config.InitialMS
	if initial < 0 {
		initial = o.algorithm.initialMS
	}
	for _, s := range o.state {
		if s.Name == "ms" {
			for i := range s.Values {
				s.Values[i] = float32(initial)
			}
		}
	}
}

// State returns the optimiser's vectors, for checkpoints.
func (o *Optimizer) State() []State { return o.state }

// Step changes the weights by the network's gradient. update counts from 0. If the
// gradient is not finite, it returns a [*NonFiniteError] and changes no weight. The
// statistics are valid until the next call.
func (o *Optimizer) Step(update uint64) (*Stats, error) {
	o.stats.LearningRate = o.config.LearningRate * o.config.Schedule.At(update)
	o.now = step{&o.config, o.stats.LearningRate, update}
	o.team.Run(o.measure)
	if err := o.sumNorms(); err != nil {
		return nil, err
	}
	o.team.Run(o.apply)
	var clipped [modules]int
	for _, c := range o.chunks {
		clipped[c.param.Module] += c.clipped
	}
	for m := range clipped {
		o.stats.ClippedShare[m] = float64(clipped[m]) / float64(max(1, o.size[m]))
	}
	return &o.stats, nil
}

// measureChunks adds the gradient of the weight decay, where that is a term of the
// loss, and sums the squares of the gradient.
func (o *Optimizer) measureChunks(member int) {
	from, to := parallel.Share(len(o.chunks), member, o.team.Size())
	for i := from; i < to; i++ {
		c := &o.chunks[i]
		g := o.net.Grads[c.from:c.to]
		if c.decay && !o.decoupled() {
			kernel.Axpy(g, float32(o.config.WeightDecay), o.net.Weights[c.from:c.to])
		}
		c.sumSquares = kernel.SumSquares(g)
	}
}

func (o *Optimizer) decoupled() bool { return o.config.Decoupled || o.algorithm.decoupled }

// sumNorms computes the norms of the gradient and the factor that limits it.
func (o *Optimizer) sumNorms() error {
	var sums [modules]float64
	for _, c := range o.chunks {
		s := c.sumSquares
		if math.IsNaN(s) || math.IsInf(s, 0) {
			at := kernel.FirstNonFinite(o.net.Grads[c.from:c.to])
			return &NonFiniteError{c.param.Name, c.from - c.param.Offset + at}
		}
		sums[c.param.Module] += s
	}
	total := 0.0
	for m, s := range sums {
		o.stats.GradNorm[m] = math.Sqrt(s)
		total += s
	}
	o.factor = 1
	if norm := math.Sqrt(total); o.config.ClipNorm > 0 && norm > o.config.ClipNorm {
		o.factor = float32(o.config.ClipNorm / norm)
	}
	return nil
}

// applyChunks clips the gradient and updates the weights.
func (o *Optimizer) applyChunks(member int) {
	from, to := parallel.Share(len(o.chunks), member, o.team.Size())
	for i := from; i < to; i++ {
		c := &o.chunks[i]
		w, g := o.net.Weights[c.from:c.to], o.net.Grads[c.from:c.to]
		if o.factor != 1 {
			kernel.Scale(g, o.factor)
		}
		if c.clip {
			c.clipped = kernel.Clip(g, float32(o.config.Clip))
		}
		if c.decay && o.decoupled() {
			kernel.Scale(w, 1-float32(o.now.rate)*float32(o.config.WeightDecay))
		}
		o.algorithm.step(o.now, w, g, c.state)
	}
}

// WeightNorms returns the norm of each module's weights and biases.
func WeightNorms(n *network.Network) [modules]float64 {
	var norms [modules]float64
	for _, p := range n.Params {
		norms[p.Module] += kernel.SumSquares(p.Weights)
	}
	for m, s := range norms {
		norms[m] = math.Sqrt(s)
	}
	return norms
}
