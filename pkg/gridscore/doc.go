// Package gridscore measures how much a ratemap looks like the firing of a
// grid cell: its spatial autocorrelogram (SAC), the SAC's correlations with
// itself rotated, and the gridness scores made of them.
//
// # Arrays
//
// Ratemaps are float64 slices of n×n values, row-major, first axis x, second
// axis y; NaN marks a bin that was never visited. Autocorrelograms are
// (2n−1)×(2n−1), lag zero in the middle. Lengths along the axes are counted in
// bins, and ring radii in fractions of n, so a definition means the same ring
// of the arena at any number of bins.
//
// # Scores
//
// A [Definition] names the rings of the SAC that are tried and the formulas
// that make scores of the correlations c30 … c150 in a ring. A [Scorer] is
// built once, for a number of bins and some definitions. It then scores one ratemap
// after another without allocating. Whatever does not depend on the ratemap is
// computed when the Scorer is built: which points lie in which ring, and the spline
// weights of every rotated point.
//
// The definitions are those of Banino et al., "Vector-based navigation using
// grid-like representations in artificial agents", Nature 557 (2018): as in the
// program released with the paper ([Reference]), and as in the paper's text
// ([Paper]). [NoFreeLunch] and [Opexebo] come from other laboratories. The
// definitions differ, so compare scores only if they have the same name. [Registry]
// lists them all.
//
// # What a score does not say
//
// Smooth noise has gridness too. A share of units above a threshold means something
// only in comparison with the share that a null model gives; see package
// population.
package gridscore

// Run go generate in this directory after changing _gen.

//go:generate go run -C _gen . -out ../vector_amd64.s -stubs ../vector_stubs_amd64.go -pkg gridscore
