package ensemble

import (
	"fmt"
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
	Zeros      Code = "zeros"      // no information, for initial conditions only
)

// ParseCode checks a code's name.
func ParseCode(name string) (Code, error) {
	c := Code(name)
	if !slices.Contains([]Code{Softmax, Voronoi, Sample, Normalized, Zeros}, c) {
		return "", fmt.Errorf("code %q is not softmax, voronoi, sample, normalized or zeros", name)
	}
	return c, nil
}

// negligible is the difference of log-densities beyond which exp is zero in
// single precision.
const negligible = -104

// Encoder turns quantities into one ensemble's activities. It has scratch
// space and is not safe for concurrent use.
type Encoder struct {
	ensemble Ensemble
	logs     []float64
}

// NewEncoder makes an encoder of the ensemble.
func NewEncoder(e Ensemble) *Encoder {
	return &Encoder{e, make([]float64, e.Cells())}
}

// Encode fills dst [Cells] with the activities at x [Dim]. The stream is used
// by [Sample] only.
func (e *Encoder) Encode(dst []float32, x []float64, code Code, s *random.Stream) {
	clear(dst)
	if code == Zeros {
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
