package ensemble

import (
	"math"
	"slices"

	"gridcells/pkg/random"
)

// Code is the way in which an ensemble's log-densities become activities.
type Code string

// The codes. All but Zeros may be training targets.
const (
	Softmax    Code = "softmax"    // posterior over the cells
	Voronoi    Code = "voronoi"    // one-hot of the largest density, the first if equal
	Sample     Code = "sample"     // one-hot, drawn from the posterior
	Normalized Code = "normalized" // exp of the unnormalised log-density
	// DoG is a difference of Gaussians as Sorscher et al. 2019 make it: the
	// posterior less that of fields whose variance is larger by the surround's
	// scale, raised so that the least is 0, and divided by the sum. It wants
	// fields that overlap: narrow ones leave next to nothing of the difference.
	DoG Code = "dog"
	// Cartesian is no population code but the quantity: the position (x, y) in
	// metres, a direction as (cos, sin).
	Cartesian Code = "cartesian"
	Zeros     Code = "zeros" // no information, for initial conditions only
)

// Width is the number of values with which a code describes an ensemble.
func (c Code) Width(e Ensemble) int {
	if c == Cartesian {
		return 2
	}
	return e.Cells()
}

// DefaultSurround is the surround's variance in units of the centre's.
const DefaultSurround = 2

// negligible is the difference of log-densities beyond which exp is zero in
// single precision.
const negligible = -104

// Encoder turns quantities into one ensemble's activities. It has scratch
// space and is not safe for concurrent use.
type Encoder struct {
	ensemble Ensemble
	surround float64
	logs     []float64
	wide     []float64 // of the surround
	all      []int32
}

// NewEncoder makes an encoder of the ensemble; for [DoG] the surround has the
// default scale.
func NewEncoder(e Ensemble) *Encoder {
	return &Encoder{ensemble: e, surround: DefaultSurround, logs: make([]float64, e.Cells())}
}

// Encode fills dst [code.Width] with the activities at x [Dim]. The stream is
// used by [Sample] only.
func (e *Encoder) Encode(dst []float32, x []float64, code Code, s *random.Stream) {
	clear(dst)
	switch code {
	case Zeros:
		return
	case Cartesian:
		e.ensemble.Cartesian(dst, x)
		return
	case DoG:
		e.differenceOfGaussians(dst, x)
		return
	}
	cells := e.ensemble.Near(x)
	logs := e.logs[:len(cells)]
	largest := e.ensemble.LogDensity(logs, x, cells)
	switch code {
	case Softmax:
		softmax(dst, logs, cells, largest)
	case Normalized:
		for i, l := range logs {
			if l > negligible {
				dst[cells[i]] = float32(math.Exp(l))
			}
		}
	case Voronoi:
		if i := slices.Index(logs, largest); i >= 0 {
			dst[cells[i]] = 1
		}
	case Sample:
		dst[cells[draw(logs, largest, s.Float64())]] = 1
	}
}

// softmax stores the cells' posterior in dst.
func softmax(dst []float32, logs []float64, cells []int32, largest float64) {
	var sum float64
	for i, l := range logs {
		if d := l - largest; d > negligible {
			p := math.Exp(d)
			logs[i] = p
			sum += p
		} else {
			logs[i] = 0
		}
	}
	for i, p := range logs {
		if p != 0 {
			dst[cells[i]] = float32(p / sum)
		}
	}
}

// differenceOfGaussians stores the [DoG] code in dst. Where centre and surround
// cannot be told apart all cells are alike.
func (e *Encoder) differenceOfGaussians(dst []float32, x []float64) {
	if e.wide == nil {
		e.wide, e.all = make([]float64, len(e.logs)), ascending(len(e.logs))
	}
	largest := e.ensemble.LogDensity(e.logs, x, e.all)
	var sum, sumWide float64
	for i, l := range e.logs {
		wide := math.Exp((l - largest) / e.surround)
		centre := wide * wide // the same as below at half the cost
		if e.surround != 2 {
			centre = math.Exp(l - largest)
		}
		e.logs[i], e.wide[i] = centre, wide
		sum += centre
		sumWide += wide
	}
	least := math.Inf(1)
	scale, scaleWide := 1/sum, 1/sumWide
	for i, centre := range e.logs {
		e.logs[i] = centre*scale - e.wide[i]*scaleWide
		least = min(least, e.logs[i])
	}
	sum = 0
	for _, d := range e.logs {
		sum += d - least
	}
	if !(sum > 0) {
		for i := range dst {
			dst[i] = 1 / float32(len(dst))
		}
		return
	}
	scale = 1 / sum
	for i, d := range e.logs {
		dst[i] = float32((d - least) * scale)
	}
}

// draw inverts the posterior's cumulative distribution at u in [0, 1).
func draw(logs []float64, largest, u float64) int {
	var sum float64
	for _, l := range logs {
		sum += math.Exp(l - largest)
	}
	last := 0
	for i, l := range logs {
		if p := math.Exp(l - largest); p > 0 {
			last = i
			if u -= p / sum; u < 0 {
				return i
			}
		}
	}
	return last // rounding left a remainder
}
