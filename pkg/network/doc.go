// Package network is the recurrent network that learns to path-integrate. It
// computes the network's losses, and their gradients by back-propagation through
// time.
//
// A recurrent cell, an LSTM by default, receives the animal's self-motion at each
// time step. Its initial state is a linear map of the codes of the first position
// and head direction. A linear layer with dropout follows, the bottleneck, in which
// grid cells appear. One linear readout for each ensemble follows the bottleneck
// (Banino et al. 2018, Methods, "Network architecture in the supervised learning
// experiment").
//
// [Config] describes a network, [Network] holds its parameters, and [Engine]
// computes losses and gradients of batches of one size on a team of threads. The
// results do not depend on the number of threads: each output is computed by one
// thread, and every sum has one order.
//
// Matrices are row-major. The rows of a batch are in the order [T, B]: first all
// trajectories at step 0, then all at step 1, and so on.
package network
