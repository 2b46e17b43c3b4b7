package network

// recurrence is a recurrent cell's parameters.
type recurrence interface {
	// states is the number of initial states: the hidden state and, for the
	// LSTM, the cell state.
	states() int
	// engine makes the cell's part of an engine.
	engine(e *Engine) cellEngine
}

// cellEngine runs a cell. Its methods treat the trajectories from … to−1 only,
// so that threads can share the trajectories out.
type cellEngine interface {
	// initialState returns where the i-th initial state [b, H] is put, with
	// its leading dimension; initialStateGrad where its gradient is left.
	initialState(i int) ([]float32, int)
	initialStateGrad(i int) ([]float32, int)
	// forward takes step t: from row block t of the engine's xh to the hidden
	// states in block t+1.
	forward(t, from, to int)
	// beginBackward forgets gradients of an earlier pass, and backward goes
	// from block t+1 of dh to block t, to which it adds.
	beginBackward(from, to int)
	backward(t, from, to int)

	allocateBackward()
	transposeWeights(member int)
	// products lists the gradient of the cell's parameters.
	products() []product
}

func newRecurrence(n *Network, cell string) recurrence {
	switch cell {
	case "gru":
		return newGRU(n)
	case "rnn-tanh", "rnn-relu":
		return newRNN(n, cell)
	default:
		return newLSTM(n)
	}
}
