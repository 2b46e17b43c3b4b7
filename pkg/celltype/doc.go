// Package celltype measures what else than a grid cell a unit may be: a border
// cell, a head-direction cell, a unit with spatial information, and how
// reproducible its ratemap is.
//
// Ratemaps are n×n values, row-major, first axis x; NaN marks bins never
// visited. Direction tunings are means per bin of head direction, the first bin
// starting at −π. Results that are undefined are NaN.
//
// Most of these measures are defined for firing rates, which are not negative,
// and mean nothing where the sum or mean that they divide by can be near zero.
// Units of a linear layer have activities of either sign: a [Baseline] names
// what is made of them first. The choice matters (one network had 71, 25 or 0 %
// head-direction cells by three of them), so tables must name it.
package celltype

import (
	"fmt"
	"math"
	"strings"
)

// Baseline names the way in which a map or tuning becomes non-negative.
type Baseline string

const (
	// Rectify replaces negative values by 0. It changes no firing rates.
	Rectify Baseline = "rectify"
	// ShiftNegative subtracts the map's minimum if that is negative.
	ShiftNegative Baseline = "shift-negative"
	// Minimum always subtracts the map's minimum. It turns any cosine tuning, however
	// shallow, into a resultant length of 0.5.
	Minimum Baseline = "minimum"
	// Population subtracts the least value of all units of the layer.
	Population Baseline = "population"
	// None leaves the values as they are; the measures may then leave their range.
	None Baseline = "none"
)

// Baselines are the names that ParseBaseline knows.
func Baselines() []Baseline {
	return []Baseline{Rectify, ShiftNegative, Minimum, Population, None}
}

// ParseBaseline checks a name.
func ParseBaseline(name string) (Baseline, error) {
	var names []string
	for _, b := range Baselines() {
		if string(b) == name {
			return b, nil
		}
		names = append(names, string(b))
	}
	return "", fmt.Errorf("no baseline is called %q: known are %s", name, strings.Join(names, ", "))
}

// Apply writes the values, brought above the baseline, to dst; population is the
// least value of all units, and counts for Population only. NaN stays NaN.
func (b Baseline) Apply(dst, values []float64, population float64) {
	level := 0.0
	switch b {
	case Minimum:
		level = Least(values)
	case ShiftNegative:
		level = math.Min(0, Least(values))
	case Population:
		level = population
	}
	for i, v := range values {
		v -= level
		if b == Rectify && v < 0 {
			v = 0
		}
		dst[i] = v
	}
}

// Least is the least of the values that are not NaN; +Inf if there are none.
func Least(values []float64) float64 {
	least := math.Inf(1)
	for _, v := range values {
		if v < least {
			least = v
		}
	}
	return least
}
