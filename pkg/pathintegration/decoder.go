package pathintegration

import (
	"math"

	"gridcells/pkg/ensemble"
)

// Decodings lists the ways to decode positions from predictions of a code. All of
// them are evaluated.
func Decodings(targets ensemble.Code) []ensemble.Decoding {
	if targets == ensemble.Cartesian {
		return []ensemble.Decoding{ensemble.Direct}
	}
	return []ensemble.Decoding{ensemble.Top3, ensemble.Mean, ensemble.Argmax}
}

// negligible is a difference of logits. The exp of any lower one is zero in single
// precision, and too small to change the sum.
const negligible = -104

// softmax sets dst to the softmax of z, of the same length.
func softmax(dst, z []float32) {
	largest := z[0]
	for _, v := range z {
		largest = max(largest, v)
	}
	var sum float64
	for i, v := range z {
		if v-largest < negligible { // all but a few cells of a code of narrow fields
			dst[i] = 0
			continue
		}
		e := math.Exp(float64(v - largest))
		dst[i] = float32(e)
		sum += e
	}
	for i := range dst {
		dst[i] = float32(float64(dst[i]) / sum)
	}
}

// Decoder reads positions and headings from logits. It has working memory, so that
// each goroutine needs its own.
type Decoder struct {
	targets          ensemble.Code
	period           float64     // side of a periodic room (m), or 0
	place, direction *population // direction is nil for no headings
	cells            *ensemble.PlaceCells
	preferred        *ensemble.HeadDirectionCells
}

// population is an ensemble with the working memory for decoding its logits.
type population struct {
	ensemble.Ensemble
	encoder  *ensemble.Encoder
	activity []float32
	density  []float64
	logits   []float32
	all      []int32 // the numbers of all cells
}

func newPopulation(c ensemble.Config, e ensemble.Ensemble) *population {
	n := max(e.Cells(), c.TargetsType.Width(e))
	p := &population{e, c.Encoder(e), make([]float32, n), make([]float64, n), make([]float32, n), make([]int32, n)}
	for i := range p.all {
		p.all[i] = int32(i)
	}
	return p
}

// NewDecoder returns a Decoder for predictions of the targets of a configuration.
// direction may be nil.
func NewDecoder(c ensemble.Config, place *ensemble.PlaceCells, direction *ensemble.HeadDirectionCells) *Decoder {
	d := &Decoder{targets: c.TargetsType, period: c.Period(), place: newPopulation(c, place), cells: place, preferred: direction}
	if direction != nil {
		d.direction = newPopulation(c, direction)
	}
	return d
}

// Position decodes the logits of the place cells. The mean is weighted by their
// softmax. Top3 and argmax need only the order of the logits. Cartesian
// predictions are the position itself, for every value of how.
func (d *Decoder) Position(logits []float32, how ensemble.Decoding) (x, y float64) {
	if d.targets == ensemble.Cartesian {
		return float64(logits[0]), float64(logits[1])
	}
	if how == ensemble.Mean {
		activity := d.place.activity[:d.cells.Cells()]
		softmax(activity, logits)
		logits = activity
	}
	return d.cells.Decode(logits, how)
}

// Heading is the direction of the mean of the head-direction cells' preferred
// directions, weighted by the softmax of their logits.
func (d *Decoder) Heading(logits []float32) float64 {
	if d.targets == ensemble.Cartesian {
		return math.Atan2(float64(logits[1]), float64(logits[0]))
	}
	activity := d.direction.activity[:d.preferred.Cells()]
	softmax(activity, logits)
	var sin, cos float64
	for i, a := range activity {
		s, c := math.Sincos(d.preferred.Mean(i))
		sin, cos = sin+float64(a)*s, cos+float64(a)*c
	}
	return math.Atan2(sin, cos)
}

// PositionFloor is the distance between a position and the one decoded from its
// place code: the error of a network that predicts its targets perfectly.
func (d *Decoder) PositionFloor(x, y float64, how ensemble.Decoding) float64 {
	return d.floorOf(d.place.exact(d.targets, x, y), x, y, how)
}

// floorOf is PositionFloor with the logits of a perfect prediction at hand.
func (d *Decoder) floorOf(exact []float32, x, y float64, how ensemble.Decoding) float64 {
	u, v := d.Position(exact, how)
	return distance(u-x, v-y, d.period)
}

// HeadingFloor is the same for a heading (rad). It is in degrees.
func (d *Decoder) HeadingFloor(heading float64) float64 {
	turn := [1]float64{}
	Turns(turn[:], []float64{heading}, []float64{d.Heading(d.direction.exact(d.targets, heading))})
	return turn[0]
}

// exact returns the logits of a perfect prediction. For most codes these are the
// log-densities. Their maximum is subtracted, which does not change the softmax,
// so that they keep their precision as float32 numbers.
func (p *population) exact(targets ensemble.Code, at ...float64) []float32 {
	logits := p.logits[:targets.Width(p)]
	switch targets {
	case ensemble.Cartesian:
		p.Cartesian(logits, at)
		return logits
	case ensemble.DoG:
		p.encoder.Encode(logits, at, targets, nil)
		for i, v := range logits {
			logits[i] = float32(math.Log(max(float64(v), math.SmallestNonzeroFloat32)))
		}
		return logits
	}
	density := p.density[:p.Cells()]
	largest := p.LogDensity(density, at, p.all[:p.Cells()])
	for i, v := range density {
		logits[i] = float32(v - largest)
	}
	return logits
}
