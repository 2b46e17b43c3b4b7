// Package population measures all units of a network's layers, or all recorded
// cells, from their ratemaps: gridness by several definitions, the lattice, border
// and head-direction tuning, spatial information, and how all of these compare
// with null maps.
//
// A program fills in [Maps] for each unit, calls [Measure] with [Settings], and
// finds everything that was measured in the [Population]: in each [Unit], in each
// [Layer], and summed up by [Population.Summary]. Scores are found by their [Key],
// comparisons with nulls by their [NullKey].
//
// Ratemaps are [n, n] float64 values, row-major, first axis x; NaN marks a bin that
// was never visited. Undefined values are NaN. The same maps, settings and seed
// give the same results at any number of threads.
package population
