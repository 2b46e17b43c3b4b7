// Package room tells whether positions fit the room that they are said to be
// in, and if not, what most likely mends it: another unit of length, another
// origin, or another size of the room.
//
//	var seen room.Positions
//	seen.Add(xy)                              // [x, y, x, y, …]; NaN: no position
//	misfit := seen.Check(room.Room{Side: 1})  // nil if they fit
//
// Lengths are in metres. The room is a square, or a circle's bounding square,
// that is centred at 0. Positions that are not finite are losses of the tracker:
// they are counted as such and not as positions outside.
package room
