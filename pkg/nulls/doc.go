// Package nulls makes ratemaps that a unit could have had without being a grid
// cell. Their scores are what a unit's own score must be compared with.
//
// [FieldShuffle] moves a unit's firing fields about, [GaussianField] keeps
// nothing but the unit's radially averaged power spectrum, [AmplitudeAdjusted]
// that and the unit's values, and [Rotation] looks at a layer's activity along
// other axes. (Circular shifts in time need the
// activities themselves: the tool ratemaps makes those.)
//
// Ratemaps are n×n values, row-major; NaN marks bins never visited and stays
// where it is. Every draw takes its random numbers from a stream that the
// caller keys by seed, null, layer and unit.
package nulls
