// Package optimize changes a network's weights by their gradient. It has the
// optimisers, gradient clipping, weight decay and learning-rate schedules.
//
// The default is TensorFlow 1's RMSProp, as the released program of Banino et
// al. 2018 used it. Its mean squares start at one, and ε stands inside the square
// root. That matters because gradients clipped to ±1e-5 have squares as small as
// ε itself.
package optimize
