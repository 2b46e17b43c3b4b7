package pathintegration

import (
	"math"

	"gridcells/pkg/ensemble"
)

// Decodings that are compared.
var Decodings = []ensemble.Decoding{ensemble.Top3, ensemble.Mean, ensemble.Argmax}

// Softmax sets dst to the softmax of z, of the same length.
func Softmax(dst, z []float32) {
	largest := z[0]
	for _, v := range z {
		largest = max(largest, v)
	}
	var sum float64
	for i, v := range z {
		e := math.Exp(float64(v - largest))
		dst[i] = float32(e)
		sum += e
	}
	for i := range dst {
		dst[i] = float32(float64(dst[i]) / sum)
	}
}

// Decoder reads positions and headings from logits. It has scratch space: one
// for each goroutine.
type Decoder struct {
	place     *ensemble.PlaceCells
	direction *ensemble.HeadDirectionCells // nil: no headings
	activity  []float32
	density   []float64
	logits    []float32
	all       []int32 // the numbers of all cells
}

// NewDecoder returns a Decoder; direction may be nil.
func NewDecoder(place *ensemble.PlaceCells, direction *ensemble.HeadDirectionCells) *Decoder {
	n := place.Cells()
	if direction != nil {
		n = max(n, direction.Cells())
	}
	d := &Decoder{place, direction, make([]float32, n), make([]float64, n), make([]float32, n), make([]int32, n)}
	for i := range d.all {
		d.all[i] = int32(i)
	}
	return d
}

// Position decodes logits of the place cells. The mean is weighted by their
// softmax; the others need only the order.
func (d *Decoder) Position(logits []float32, how ensemble.Decoding) (x, y float64) {
	if how == ensemble.Mean {
		activity := d.activity[:d.place.Cells()]
		Softmax(activity, logits)
		logits = activity
	}
	return d.place.Decode(logits, how)
}

// Heading is the direction of the mean of the head-direction cells' preferred
// directions, weighted by the softmax of their logits.
func (d *Decoder) Heading(logits []float32) float64 {
	activity := d.activity[:d.direction.Cells()]
	Softmax(activity, logits)
	var sin, cos float64
	for i, a := range activity {
		s, c := math.Sincos(d.direction.Mean(i))
		sin, cos = sin+float64(a)*s, cos+float64(a)*c
	}
	return math.Atan2(sin, cos)
}

// PositionFloor is the error of decoding the place cells' own log-densities at a
// position: what a network that predicts its targets perfectly is left with.
func (d *Decoder) PositionFloor(x, y float64, how ensemble.Decoding) float64 {
	u, v := d.Position(d.exact(d.place, x, y), how)
	return math.Hypot(u-x, v-y)
}

// HeadingFloor is the same for headings (rad), in degrees.
func (d *Decoder) HeadingFloor(heading float64) float64 {
	turn := [1]float64{}
	Turns(turn[:], []float64{heading}, []float64{d.Heading(d.exact(d.direction, heading))})
	return turn[0]
}

// exact are an ensemble's log-densities less their maximum, which is all that a
// softmax depends on, so that they keep their digits as float32.
func (d *Decoder) exact(e ensemble.Ensemble, at ...float64) []float32 {
	density, logits := d.density[:e.Cells()], d.logits[:e.Cells()]
	largest := e.LogDensity(density, at, d.all[:e.Cells()])
	for i, v := range density {
		logits[i] = float32(v - largest)
	}
	return logits
}
