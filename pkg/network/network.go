package network

import (
	"errors"
	"fmt"
	"math"

	"gridcells/pkg/memory"
	"gridcells/pkg/random"
)

// Module is a part of the network. Each parameter belongs to one. Clipping and
// weight decay can act on some of the modules only.
type Module int

// The modules.
const (
	Recurrent  Module = iota // the cell and the maps to its initial state
	Bottleneck               // the linear layer
	Heads                    // the readouts
)

// String names the module as logs do.
func (m Module) String() string { return [...]string{"recurrent", "bottleneck", "heads"}[m] }

// Param is one tensor of parameters. Weights and Grad are parts of the
// network's flat vectors.
type Param struct {
	Name    string
	Shape   []int
	Module  Module
	Bias    bool
	Offset  int // index of the first element in the flat vectors
	Weights []float32
	Grad    []float32

	init func(s *random.Stream) float64
}

// Network holds the parameters.
type Network struct {
	Config
	Params  []*Param
	Weights []float32 // all parameters; gaps between tensors are zero
	Grads   []float32 // the gradient, laid out like Weights

	cell       recurrence
	stateInit  []linear // maps from the codes to the initial states of the cell
	bottleneck linear
	heads      []linear
	memory     memory.Pool
}

// linear is a linear map [in, out]. b is its bias, or nil if it has none.
type linear struct{ w, b *Param }

// align is the alignment of tensors in the flat vectors, in elements: a cache
// line.
const align = 16

// New makes a network with all parameters zero.
func New(c Config) (*Network, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	n := layOut(c)
	if err := n.checkSize(); err != nil {
		return nil, err
	}
	n.allocate()
	return n, nil
}

const (
	// maxWeights is the largest number of weights of a network: 1 GiB of them. The
	// gradient, the optimiser's moments and transposed weights are as large each.
	maxWeights = 1 << 28
	// maxValues is the largest number of values that an engine keeps: 4 GiB of them.
	maxValues = 1 << 30
	// copies is how many arrays of the size of the weights a training holds.
	copies = 5
)

// ErrTooLarge says that a network, or a batch, takes more memory than is allowed.
var ErrTooLarge = errors.New("too large")

// gigabytes is the memory that float32 values take.
func gigabytes(values float64) string { return fmt.Sprintf("%.3g GB", 4*values/1e9) }

// checkSize refuses networks that no memory can hold. It counts in floating point,
// in which products of sizes do not overflow.
func (n *Network) checkSize() error {
	total := 0.0
	for _, p := range n.Params {
		size := 1.0
		for _, d := range p.Shape {
			if d < 0 { // 4 × the units of a cell has overflowed
				size = math.Inf(1)
			}
			size *= float64(d)
		}
		total += size
	}
	if c := n.Config; !(total <= maxWeights) || c.Hidden > maxWeights || c.Bottleneck > maxWeights {
		return fmt.Errorf("%w: a cell of %d units and a linear layer of %d have %.3g weights, for whose training it takes %s of memory; at most %d weights (%s) are allowed",
			ErrTooLarge, c.Hidden, c.Bottleneck, total, gigabytes(copies*total), maxWeights, gigabytes(copies*maxWeights))
	}
	return nil
}

// Shapes returns the shape of each parameter by its name. It does not allocate the
// network, because a configuration from a file may claim any size.
func (c Config) Shapes() (map[string][]int, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	shapes := map[string][]int{}
	for _, p := range layOut(c).Params {
		shapes[p.Name] = p.Shape
	}
	return shapes, nil
}

// layOut makes the network's parameters without memory for their values.
func layOut(c Config) *Network {
	n := &Network{Config: c}
	h, codes := c.Hidden, c.initCodes()
	cell := findCell(c.Cell)
	n.cell = cell.new(n)
	for _, name := range cell.initialStates {
		n.stateInit = append(n.stateInit, n.linear(name, Recurrent, true, codes, h, truncatedNormal(codes, 0)))
	}
	n.bottleneck = n.linear("bottleneck", Bottleneck, c.BottleneckBias, h, c.Bottleneck, truncatedNormal(h, 0))
	for _, head := range c.Heads {
		n.heads = append(n.heads, n.linear(head.Name, Heads, true, c.Bottleneck, head.Cells,
			truncatedNormal(c.Bottleneck, c.InitWeightDisp)))
	}
	return n
}

// truncatedNormal is TensorFlow's initialiser: normal numbers with the standard
// deviation 1/√fanIn, truncated at two standard deviations. disp shifts their mean
// by disp/√fanIn.
func truncatedNormal(fanIn int, disp float64) func(*random.Stream) float64 {
	sd := 1 / math.Sqrt(float64(fanIn))
	return func(s *random.Stream) float64 { return s.TruncatedNormal(sd) + disp*sd }
}

// linear adds the parameters of a linear map [in, out] to the network.
func (n *Network) linear(name string, m Module, bias bool, in, out int, init func(*random.Stream) float64) linear {
	l := linear{w: n.param(&Param{Name: name + "/w", Shape: []int{in, out}, Module: m, init: init})}
	if bias {
		l.b = n.param(&Param{Name: name + "/b", Shape: []int{out}, Module: m, Bias: true})
	}
	return l
}

func (n *Network) param(p *Param) *Param {
	n.Params = append(n.Params, p)
	return p
}

func (n *Network) allocate() {
	total := 0
	for _, p := range n.Params {
		p.Offset = total
		total += (p.len() + align - 1) / align * align
	}
	n.Weights, n.Grads = n.memory.Floats(total), n.memory.Floats(total)
	for _, p := range n.Params {
		end := p.Offset + p.len()
		p.Weights, p.Grad = n.Weights[p.Offset:end:end], n.Grads[p.Offset:end:end]
	}
}

func (p *Param) len() int {
	size := 1
	for _, d := range p.Shape {
		size *= d
	}
	return size
}

// Initialize draws all weights as the released program did. Weights are normal with
// the standard deviation 1/√fan-in, truncated at two standard deviations. Biases are
// zero, but those of the LSTM are drawn like its weights. Every tensor has its own
// random stream.
func (n *Network) Initialize(seed uint64) {
	for _, p := range n.Params {
		if p.init == nil {
			clear(p.Weights)
			continue
		}
		s := random.New(seed, "weights "+p.Name)
		for i := range p.Weights {
			p.Weights[i] = float32(p.init(s))
		}
	}
}

// Param finds a parameter by name. It returns nil if there is none.
func (n *Network) Param(name string) *Param {
	for _, p := range n.Params {
		if p.Name == name {
			return p
		}
	}
	return nil
}
