// Package celltype measures what a unit may be besides a grid cell: a border
// cell, a head-direction cell or a unit with spatial information. It also measures
// how reproducible a ratemap is.
//
// Ratemaps are nx×ny values, row-major, first axis x; functions take ny, the length
// of a row, or a layout. NaN marks bins never visited. A direction tuning is the mean
// activity in each bin of head direction; the first bin starts at −π. Undefined results
// are NaN.
//
// Most of these measures are defined for firing rates, which are not negative. They
// divide by a sum or a mean, so they are meaningless where it is near zero. Units
// of a linear layer have activities of both signs, so a [Baseline] makes them
// non-negative first. The choice matters: by three baselines one network had 71, 25
// and 0 % head-direction cells. Every table must therefore name its baseline.
package celltype

import (
	"fmt"
	"math"
	"strings"

	"gridcells/pkg/field"
)

// Baseline names a rule by which a map or tuning becomes non-negative.
type Baseline string

const (
	// Rectify replaces negative values by 0. It changes no firing rates.
	Rectify Baseline = "rectify"
	// ShiftNegative subtracts the map's minimum if that is negative.
	ShiftNegative Baseline = "shift-negative"
	// Minimum always subtracts the map's minimum. It gives every cosine tuning a
	// resultant length of 0.5, however shallow the tuning is.
	Minimum Baseline = "minimum"
	// Population subtracts the least value of all units of the layer.
	Population Baseline = "population"
	// None leaves the values as they are. The measures may then lie outside their range.
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

// Apply writes the values above the baseline to dst. population is the lowest
// value of all units; only Population uses it. NaN stays NaN.
func (b Baseline) Apply(dst, values []float64, population float64) {
	level := 0.0
	switch b {
	case Minimum:
		level = field.Lowest(values)
	case ShiftNegative:
		level = math.Min(0, field.Lowest(values))
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
