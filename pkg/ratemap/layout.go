package ratemap

import "math"

// Layout says how a ratemap divides a room: the numbers of bins along x, the first
// axis, and along y, the second, and the shape of a bin.
type Layout struct {
	X, Y int
	// Aspect is the length of a bin along y, in units of its length along x. Lengths
	// in bins are in units of the length along x.
	Aspect float64
}

// Square is the layout of n×n square bins.
func Square(n int) Layout { return Layout{n, n, 1} }

// NewLayout is the layout of bins over a room of the given size (m). Bins that are
// square up to rounding have an Aspect of 1.
func NewLayout(bins Size[int], room Size[float64]) Layout {
	aspect := room.Y / float64(bins.Y) / (room.X / float64(bins.X))
	if math.Abs(aspect-1) < 1e-9 {
		aspect = 1
	}
	return Layout{bins.X, bins.Y, aspect}
}

// Cells is the number of bins.
func (l Layout) Cells() int { return l.X * l.Y }

// IsSquare says that the map has as many bins along x as along y, and square bins.
func (l Layout) IsSquare() bool { return l.X == l.Y && l.Aspect == 1 }

// Shorter is the length of the map's shorter side, in bins. Radii and distances in
// units of n bins are in units of this length.
func (l Layout) Shorter() float64 { return min(float64(l.X), float64(l.Y)*l.Aspect) }
