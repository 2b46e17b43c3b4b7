// Package network is the recurrent network that learns to path-integrate, with
// its losses and their gradients by back-propagation through time.
//
// A cell (an LSTM by default) is driven by the animal's self-motion and starts
// from a linear map of the place-cell and head-direction codes of the first
// position; a linear layer with dropout, the bottleneck in which grid cells
// appear, leads to one linear readout for each ensemble (Banino et al. 2018,
// Methods, "Network architecture in the supervised learning experiment").
//
// [Config] describes a network, [Network] holds its parameters, and [Engine]
// computes losses and gradients of one size of batch on a team of threads. The
// results do not depend on the number of threads: threads divide outputs, and
// every sum runs in one order.
//
// Matrices are row-major; the rows of a batch are in the order [T, B]: all
// trajectories at step 0, then all at step 1.
package network
