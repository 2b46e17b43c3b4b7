package celltype

import (
	"math"

	"gridcells/pkg/field"
	"gridcells/pkg/ratemap"
)

// FieldRule says what a firing field of a neuron is: connected bins whose rates are
// above a share of the map's peak.
type FieldRule struct {
	// Level is the share of the peak, 0.2 in Fyhn et al., Science 305:1258 (2004).
	Level float64
	// Least is the smallest number of bins of a field, 9 in opexebo.
	Least int
}

// DefaultFieldRule takes 0.2 of the peak and 9 bins.
func DefaultFieldRule() FieldRule { return FieldRule{Level: 0.2, Least: 9} }

// FiringFields returns the number of firing fields of a ratemap and their mean area
// (m²), NaN if there are none. Bins are connected by their sides. binSize is the
// length of a bin along the first axis (m).
func FiringFields(rates []float64, layout ratemap.Layout, binSize float64, rule FieldRule) (count int, area float64) {
	peak := highest(rates)
	if !(peak > 0) {
		return 0, math.NaN()
	}
	fields := field.Above(rates, layout.Y, rule.Level*peak, rule.Least)
	bins := 0
	for _, l := range fields.Labels {
		if l > 0 {
			bins++
		}
	}
	count = len(fields.Peaks)
	return count, float64(bins) / float64(count) * binSize * binSize * layout.Aspect
}

// Rates returns the mean rate over the time in the room, and the highest rate of a
// bin. occupancy is as for [Information]. Both are NaN if no bin was visited.
func Rates(rates, occupancy []float64) (mean, peak float64) {
	total, sum, _ := moments(rates, occupancy)
	return sum / total, highest(rates)
}

// highest is the highest rate of a bin. It is NaN if no bin was visited.
func highest(rates []float64) float64 {
	peak := math.Inf(-1)
	for _, v := range rates {
		if v > peak {
			peak = v
		}
	}
	if math.IsInf(peak, -1) {
		return math.NaN()
	}
	return peak
}
