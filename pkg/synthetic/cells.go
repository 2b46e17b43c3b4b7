package synthetic

import "math"

// Grid is a grid cell: the sum of three plane waves at 60° to each other, so that
// its rate is Peak at the points of a triangular lattice and 0 between them.
type Grid struct {
	Scale       float64    // distance between neighbouring points of the lattice, m
	Orientation float64    // of one axis of the lattice against the x axis, rad
	Phase       [2]float64 // a point of the lattice, m
	Peak        float64    // Hz
}

// Rate implements [Cell].
func (g Grid) Rate(x, y, _ float64) float64 {
	k := 4 * math.Pi / (math.Sqrt(3) * g.Scale)
	sum := 0.0
	for i := range 3 {
		// Waves run at 30° to the axes of the lattice.
		sin, cos := math.Sincos(g.Orientation + math.Pi/6 + float64(i)*math.Pi/3)
		sum += math.Cos(k * (cos*(x-g.Phase[0]) + sin*(y-g.Phase[1])))
	}
	return g.Peak * max(0, (sum+1.5)/4.5)
}

// Border is a border cell: it fires within a distance of a wall.
type Border struct {
	Wall     float64 // place of the wall on its axis, m
	AlongX   bool    // the wall is along x, at a value of y; else at a value of x
	Distance float64 // over which the rate falls by a factor of e^½, m
	Peak     float64 // Hz
}

// Rate implements [Cell].
func (b Border) Rate(x, y, _ float64) float64 {
	at := x
	if b.AlongX {
		at = y
	}
	d := (at - b.Wall) / b.Distance
	return b.Peak * math.Exp(-d*d/2)
}

// HeadDirection is a head-direction cell with a von Mises tuning curve.
type HeadDirection struct {
	Towards       float64 // preferred direction, rad
	Concentration float64
	Peak          float64 // Hz
}

// Rate implements [Cell].
func (h HeadDirection) Rate(_, _, head float64) float64 {
	return h.Peak * math.Exp(h.Concentration*(math.Cos(head-h.Towards)-1))
}

// Place is a place cell with one Gaussian field.
type Place struct {
	X, Y float64 // centre of the field, m
	SD   float64 // m
	Peak float64 // Hz
}

// Rate implements [Cell].
func (p Place) Rate(x, y, _ float64) float64 {
	dx, dy := x-p.X, y-p.Y
	return p.Peak * math.Exp(-(dx*dx+dy*dy)/(2*p.SD*p.SD))
}

// Constant is a cell that fires at one rate everywhere (Hz).
type Constant float64

// Rate implements [Cell].
func (c Constant) Rate(_, _, _ float64) float64 { return float64(c) }
