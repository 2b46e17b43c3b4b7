package network

import "gridcells/pkg/kernel"

// cellType is one kind of recurrent cell. A new cell is a file like lstm.go and
// an entry in cellTypes.
type cellType struct {
	name  string
	help  string
	new   func(n *Network) recurrence // adds the cell's parameters to the network
	gates int                         // matrices [3+H, H] of weights, for counting operations
	// initialStates names the maps from the codes to the cell's initial states:
	// the hidden state first.
	initialStates []string
}

var cellTypes = []cellType{
	{"lstm", "long short-term memory, as in the paper", newLSTM, 4, []string{"state_init", "cell_init"}},
	{"gru", "gated recurrent unit", newGRU, 3, []string{"state_init"}},
	{"rnn-tanh", "plain recurrent cell with tanh", newTanhRNN, 1, []string{"state_init"}},
	{"rnn-relu", "plain recurrent cell with the rectifier, as in Sorscher et al. 2019", newReLURNN, 1, []string{"state_init"}},
}

// Cells lists the recurrent cells.
func Cells() []string {
	var names []string
	for _, c := range cellTypes {
		names = append(names, c.name)
	}
	return names
}

// findCell returns the entry of a cell. It returns nil if no cell has that name.
func findCell(name string) *cellType {
	for i := range cellTypes {
		if cellTypes[i].name == name {
			return &cellTypes[i]
		}
	}
	return nil
}

// recurrence is a recurrent cell's parameters.
type recurrence interface {
	// engine makes the cell's part of an engine.
	engine(e *Engine) cellEngine
}

// cellEngine runs a cell. Its methods work on the trajectories from … to−1 only, so
// that threads can divide the trajectories.
type cellEngine interface {
	// initialState is where the i-th initial state [b, H] is stored.
	// initialStateGrad is where its gradient is stored.
	initialState(i int) kernel.Matrix
	initialStateGrad(i int) kernel.Matrix
	// forward computes step t. It reads block t of the engine's xh and writes the
	// hidden states into block t+1.
	forward(m *multiplier, t, from, to int)
	// beginBackward clears gradients of an earlier pass. backward computes the
	// gradient of step t: it reads block t+1 of dh and adds to block t.
	beginBackward(from, to int)
	backward(m *multiplier, t, from, to int)

	allocateBackward()
	// gradients lists those of the cell's linear maps.
	gradients() []gradient
}
