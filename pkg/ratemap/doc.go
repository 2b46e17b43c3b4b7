// Package ratemap turns positions, head directions and unit activities into
// ratemaps and direction tuning curves.
//
// A [Square] or [Circle] says in which bin a step of a trajectory falls; an
// [Accumulator] adds up the units' activities in each bin, over as many
// trajectories as one likes, and divides by the steps counted.
//
//	room, err := ratemap.NewSquare(20, 2.2)
//	rates := ratemap.NewAccumulator(room.Cells(), units)
//	for each trajectory {
//		room.Bins(bins, positions)                   // positions [T, 2] in m
//		ratemap.Add(rates, bins, activities, units)  // activities [T, units]
//	}
//	err = rates.Mean(ratemap, unit)                  // [20, 20]; NaN: never visited
package ratemap
