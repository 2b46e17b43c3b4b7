// Package ratemap turns positions, head directions and unit activities into
// ratemaps and direction tuning curves.
//
// A [Rectangle] or [Circle] says in which bin a step of a trajectory falls. An
// [Accumulator] adds up the activities of units in each bin, over any number of
// trajectories, and divides by the number of steps.
//
//	room, err := ratemap.NewRectangle(ratemap.Size[int]{20, 20}, ratemap.Size[float64]{2.2, 2.2})
//	rates := ratemap.NewAccumulator(room.Cells(), units)
//	for each trajectory {
//		room.Bins(bins, positions)                   // positions [T, 2] in m
//		ratemap.Add(rates, bins, activities, units)  // activities [T, units]
//	}
//	err = rates.Mean(ratemap, unit)                  // [20, 20]; NaN: never visited
package ratemap

//go:generate go run -C _gen . -out ../vector_amd64.s -stubs ../vector_stubs_amd64.go -pkg ratemap
