package network

import (
	"fmt"
	"sync/atomic"
	"time"

	"gridcells/pkg/kernel"
	"gridcells/pkg/memory"
	"gridcells/pkg/parallel"
	"gridcells/pkg/random"
)

// Batch is the data of one update or evaluation, rows in the order [T, B].
type Batch struct {
	EgoVel  []float32   // [T, B, 3]
	Init    []float32   // [B, initial codes of all heads side by side]
	Targets [][]float32 // for each head [T, B, cells]
	// Kept says which units of the linear layer dropout keeps, [T, B, N]. If it is
	// nil, they are drawn at random. It serves to repeat the dropout of another
	// program.
	Kept []bool
}

// NewBatch allocates a batch of b trajectories of t steps.
func (n *Network) NewBatch(b, t int) *Batch {
	var pool memory.Pool
	batch := &Batch{EgoVel: pool.Floats(t * b * Inputs), Init: pool.Floats(b * n.initCodes())}
	for _, h := range n.Config.Heads {
		batch.Targets = append(batch.Targets, pool.Floats(t*b*h.Cells))
	}
	return batch
}

// Options are the random perturbations of a pass.
type Options struct {
	// Dropout switches dropout on.
	Dropout bool
	// VelocityNoise is the standard deviation of the Gaussian noise that is added
	// to each component of ego_vel. nil stands for no noise.
	VelocityNoise []float64
	// StateNoise is the standard deviation of the Gaussian noise that is added to each
	// element of the cell's initial states. 0 stands for no noise.
	StateNoise float64
	// Seed and Update name the random numbers. The same pair gives the same pass.
	Seed, Update uint64
}

// Losses are the mean losses over batch and time.
type Losses struct {
	Total float64
	Heads []float64 // in the order of the network's heads
	// Entropies are the mean entropies of the targets (nats), in the order of Heads:
	// the least losses that the targets allow. They are means over every 29th row
	// of the batch. nil if the loss is no cross-entropy.
	Entropies []float64
}

// Engine runs a network on batches of b trajectories of t steps. It owns all
// the memory it needs and allocates none while running.
type Engine struct {
	net       *Network
	team      *parallel.Team
	memory    memory.Pool
	precision kernel.Precision
	b, t      int
	rows      int // t·b

	batch    *Batch
	options  Options
	training bool

	// xh has t+1 blocks of b rows [x_t, h_{t−1}]: the input of step t beside the
	// hidden state from which the step starts. So one product with the cell's
	// weights [3+H, …] serves both, and one product gives their gradient.
	xh    []float32
	codes []float32 // [b, initial codes]
	// dh has t+1 blocks of b rows. The first is the gradient of the initial hidden
	// state, the others are those of the hidden states after each step.
	dh         []float32
	stride     int       // distance between rows of the linear layer
	codeStride int       // distance between rows of logits
	bottleneck []float32 // [rows, N] before dropout; unused in training
	dropped    []float32 // [rows, N] after dropout
	logits     []float32 // [rows, codes]; in training their gradient replaces them
	dropGrad   []float32 // [rows, N] gradient of the linear layer
	masks      []uint64  // dropout, [rows, groups, words]
	blocks     []int     // of the readout: the first row of each, and the number of rows
	loss       lossFunction
	rowLoss    []float64 // [heads, rows]
	entropy    rowEntropy
	rowEntropy []float64   // [heads, ⌈rows/29⌉]
	scratch    [][]float32 // for each thread, a block of logits
	losses     Losses

	factors            []*factor // all that follow and those of the cell
	stateInitW, headsW []*factor
	bottleneckW        *factor
	bottleneckT        *factor // transposed weights [N, H]
	headsT             *factor // [codes, N], transposed weights of all readouts one below the other

	cell     cellEngine
	noise    []*random.Stream // one for each thread
	multiply []multiplier     // one for each thread
	tasks    []task
	next     atomic.Int32 // number of the next block or task that a thread takes

	phases struct {
		prepare, forward, backward func(int)
	}
	// recurrent is the number of threads that run the cell, and progress how far each
	// has come: the number of its steps forward, and then whether it is back.
	recurrent int
	progress  []parallel.Progress
	phase     func(member int) // the phase in progress
	member    func(member int) // does a thread's share of it
	clocks    []clock
}

// Times is the time spent so far in the parts of passes, averaged over the threads.
type Times struct {
	Factors   time.Duration // weights: copied, transposed, in precisions other than single rounded
	Inputs    time.Duration // inputs, dropout masks
	Forward   time.Duration // initial states, and the cell, forward in time
	Readout   time.Duration // linear layer, readouts and losses; in training also their gradients
	Backward  time.Duration // the cell, back in time
	Gradients time.Duration // gradients of the weights
	Waiting   time.Duration // of a thread for others
}

// clock measures what a thread does. Clocks are so far apart that threads do not share
// cache lines.
type clock struct {
	Times
	last time.Time
	_    [64]byte
}

// lap adds the time since the last lap to a part.
func (c *clock) lap(part *time.Duration) {
	now := time.Now()
	*part += now.Sub(c.last)
	c.last = now
}

// NewEngine makes an engine for batches of b trajectories of t steps, in single
// precision.
func (n *Network) NewEngine(b, t int, team *parallel.Team) (*Engine, error) {
	return n.NewEngineIn(kernel.Single, b, t, team)
}

// NewEngineIn makes an engine that computes its matrix products in a precision. All
// else is float32 in any precision.
func (n *Network) NewEngineIn(precision kernel.Precision, b, t int, team *parallel.Team) (*Engine, error) {
	if b <= 0 || t <= 0 {
		return nil, fmt.Errorf("a batch of %d trajectories of %d steps: both must be positive", b, t)
	}
	perRow := float64(8*n.Hidden + 3*n.Bottleneck + 2*n.codes())
	if values := float64(b) * float64(t) * perRow; values > maxValues {
		return nil, fmt.Errorf("%w: a batch of %d trajectories of %d steps takes %s of memory; at most %s are allowed", ErrTooLarge, b, t, gigabytes(values), gigabytes(maxValues))
	}
	e := &Engine{net: n, team: team, precision: precision, b: b, t: t, rows: b * t}
	loss := findLoss(n.Loss)
	e.loss, e.entropy = loss.rows, loss.entropy
	e.xh = e.memory.Floats((t + 1) * b * (Inputs + n.Hidden))
	e.stride, e.codeStride = kernel.RowStride(n.Bottleneck), kernel.RowStride(n.codes())
	e.bottleneck = e.memory.Floats(e.rows * e.stride)
	e.dropped = e.memory.Floats(e.rows * e.stride)
	e.logits = e.memory.Floats(e.rows * e.codeStride)
	e.codes = e.memory.Floats(b * n.initCodes())
	e.masks = make([]uint64, e.rows*e.maskWords())
	e.rowLoss = make([]float64, len(n.heads)*e.rows)
	e.losses.Heads = make([]float64, len(n.heads))
	if e.entropy != nil {
		e.rowEntropy = make([]float64, len(n.heads)*((e.rows+entropyEvery-1)/entropyEvery))
		e.losses.Entropies = make([]float64, len(n.heads))
	}
	e.blocks = divideRows(e.rows, e.readoutBlock(), team.Size())
	e.prepareProducts()
	e.cell = n.cell.engine(e)
	for range team.Size() {
		e.noise = append(e.noise, random.New(0, ""))
		e.scratch = append(e.scratch, e.memory.Floats(e.readoutBlock()*n.codes()))
	}
	// While a step has few rows, its time hardly depends on their number, because the
	// weights have to be read. Therefore one of two threads runs the cell, and the other
	// computes what lies above it.
	e.recurrent = team.Size()
	if e.recurrent == 2 {
		e.recurrent = 1
	}
	e.progress, e.clocks = make([]parallel.Progress, e.recurrent), make([]clock, team.Size())
	e.member = e.share
	e.phases.prepare, e.phases.forward, e.phases.backward = e.prepare, e.forward, e.backward
	return e, nil
}

// Forward evaluates the losses of a batch. The result is valid until the next
// call.
func (e *Engine) Forward(batch *Batch, o Options) *Losses {
	e.training = false
	e.pass(batch, o)
	return &e.losses
}

// Gradients evaluates the losses of a batch and stores the gradient of the
// total loss in the network's Grads.
func (e *Engine) Gradients(batch *Batch, o Options) *Losses {
	if e.dh == nil {
		e.allocateBackward()
	}
	e.training = true
	e.pass(batch, o)
	e.run(e.phases.backward)
	return &e.losses
}

// Times returns the time spent in the passes so far.
func (e *Engine) Times() Times {
	var sum Times
	for i := range e.clocks {
		c, n := &e.clocks[i].Times, time.Duration(len(e.clocks))
		sum.Factors += c.Factors / n
		sum.Inputs += c.Inputs / n
		sum.Forward += c.Forward / n
		sum.Readout += c.Readout / n
		sum.Backward += c.Backward / n
		sum.Gradients += c.Gradients / n
		sum.Waiting += c.Waiting / n
	}
	return sum
}

func (e *Engine) pass(batch *Batch, o Options) {
	e.batch, e.options = batch, o
	e.run(e.phases.prepare)
	e.run(e.phases.forward)
	e.sumLosses()
	e.sumEntropies()
}

// run lets the team do a phase.
func (e *Engine) run(phase func(int)) {
	e.phase = phase
	e.next.Store(0)
	for i := range e.progress {
		e.progress[i].Set(0)
	}
	now := time.Now()
	for i := range e.clocks {
		e.clocks[i].last = now
	}
	e.team.Run(e.member)
	for i := range e.clocks {
		e.clocks[i].lap(&e.clocks[i].Waiting)
	}
}

// share does a thread's share of the phase in progress.
func (e *Engine) share(member int) { e.phase(member) }

func (e *Engine) allocateBackward() {
	n := e.net
	e.dh = e.memory.Floats((e.t + 1) * e.b * n.Hidden)
	e.dropGrad = e.memory.Floats(e.rows * e.stride)
	e.bottleneckT = e.transposedFactor(n.bottleneck.w.rowsFrom(0))
	var heads []kernel.Matrix
	for _, l := range n.heads {
		heads = append(heads, l.w.rowsFrom(0))
	}
	e.headsT = e.transposedFactor(heads...)
	e.cell.allocateBackward()
	e.tasks = e.listTasks()
}

// Hidden returns the hidden state [H] of trajectory b after step t.
func (e *Engine) Hidden(t, b int) []float32 {
	return e.state((t+1)*e.b + b)
}

// BottleneckRow returns the activity [N] of the linear layer, before or after
// dropout. After Gradients only the activity after dropout is known.
func (e *Engine) BottleneckRow(t, b int, afterDropout bool) []float32 {
	n, at := e.net.Bottleneck, (t*e.b+b)*e.stride
	if afterDropout {
		return e.dropped[at : at+n]
	}
	return e.bottleneck[at : at+n]
}

// Logits returns the logits [cells] of a head. After Gradients it returns their
// gradient instead.
func (e *Engine) Logits(head, t, b int) []float32 {
	return e.headRows(head, t*e.b+b, 1).Data[:e.net.Config.Heads[head].Cells]
}

// prepare loads the factors and the inputs of the batch, and draws the dropout masks.
func (e *Engine) prepare(member int) {
	c := &e.clocks[member]
	e.loadFactors()
	c.lap(&c.Factors)
	from, to := parallel.Share(e.rows, member, e.team.Size())
	e.loadInputs(from, to, e.noise[member])
	if e.options.Dropout {
		e.drawMasks(from, to, e.noise[member])
	}
	c.lap(&c.Inputs)
}

// loadInputs copies the self-motion of rows into xh and adds noise to it.
func (e *Engine) loadInputs(from, to int, noise *random.Stream) {
	w := Inputs + e.net.Hidden
	for r := from; r < to; r++ {
		copy(e.xh[r*w:r*w+Inputs], e.batch.EgoVel[r*Inputs:])
	}
	if e.options.VelocityNoise == nil {
		return
	}
	noise.Rekey(e.options.Seed, "velocity noise")
	for r := from; r < to; r++ {
		noise.Seek(e.options.Update*uint64(e.rows) + uint64(r))
		for i, sd := range e.options.VelocityNoise {
			e.xh[r*w+i] += float32(sd * noise.NormFloat64())
		}
	}
}

// initialStates computes the initial states of trajectories from their codes.
func (e *Engine) initialStates(member, from, to int) {
	codes := e.net.initCodes()
	copy(e.codes[from*codes:to*codes], e.batch.Init[from*codes:])
	m := &e.multiply[member]
	m.take(kernel.Dense(e.codes[from*codes:], to-from, codes))
	for i, w := range e.stateInitW {
		m.times(rowsOf(e.cell.initialState(i), from, to), w)
	}
	if e.options.StateNoise != 0 {
		e.disturbStates(from, to, e.noise[member])
	}
}

// disturbStates adds noise to the initial states of trajectories. The noise of a
// trajectory does not depend on which thread has it.
func (e *Engine) disturbStates(from, to int, noise *random.Stream) {
	noise.Rekey(e.options.Seed, "state noise")
	for trajectory := from; trajectory < to; trajectory++ {
		noise.Seek(e.options.Update*uint64(e.b) + uint64(trajectory))
		for i := range e.stateInitW {
			state := e.cell.initialState(i)
			for j := range state.Cols {
				state.Data[trajectory*state.Stride+j] += float32(e.options.StateNoise * noise.NormFloat64())
			}
		}
	}
}

// forward runs the cell forward in time, and what lies above it as soon as the cell's
// states are known. Each thread that runs the cell has its own trajectories.
func (e *Engine) forward(member int) {
	if c := &e.clocks[member]; member < e.recurrent {
		from, to := parallel.Share(e.b, member, e.recurrent)
		if from < to {
			e.initialStates(member, from, to)
		}
		for t := range e.t {
			if from < to {
				e.cell.forward(&e.multiply[member], t, from, to)
			}
			e.progress[member].Set(t + 1)
		}
		c.lap(&c.Forward)
	}
	e.readout(member)
}

// await waits until all threads that run the cell have come to a progress. The time
// before is that of a part.
func (e *Engine) await(progress int, c *clock, part *time.Duration) {
	for i := range e.progress {
		if p := &e.progress[i]; !p.Reached(progress) {
			c.lap(part)
			p.Await(progress)
			c.lap(&c.Waiting)
		}
	}
}

// backward runs the cell back in time, and computes the gradients of the weights. Each
// thread that runs the cell has its own trajectories.
func (e *Engine) backward(member int) {
	if c := &e.clocks[member]; member < e.recurrent {
		if from, to := parallel.Share(e.b, member, e.recurrent); from < to {
			clear(e.dh[from*e.net.Hidden : to*e.net.Hidden])
			e.cell.beginBackward(from, to)
			for t := e.t - 1; t >= 0; t-- {
				e.cell.backward(&e.multiply[member], t, from, to)
			}
		}
		e.progress[member].Set(1)
		c.lap(&c.Backward)
	}
	e.gradients(member)
}
