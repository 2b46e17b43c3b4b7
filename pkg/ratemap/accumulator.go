package ratemap

import (
	"errors"
	"fmt"
	"math"

	"gridcells/pkg/kernel"
)

// ErrNotFinite says that the mean activity of a unit in a bin is infinite or NaN.
var ErrNotFinite = errors.New("activity that is not finite")

// Accumulator sums the activities of some units in each bin. It adds float64
// numbers in the order of the steps. The units can therefore be divided between
// Accumulators, one for each goroutine, without changing any bit of the result.
type Accumulator struct {
	units  int
	steps  []int64   // per bin
	sums   []float64 // [bins, units]: a step adds to one contiguous row
	vector bool      // the processor has AVX2
}

// NewAccumulator returns an empty Accumulator.
func NewAccumulator(bins, units int) *Accumulator {
	a := &Accumulator{units, make([]int64, bins), make([]float64, bins*units), kernel.Path() != "scalar"}
	// The system provides a page of memory when it is written to. If it is read before, as
	// sums are, the system has to act twice.
	clear(a.sums)
	return a
}

// Add adds the steps' activities to their bins. The activities of step t are
// activities[t·stride : t·stride+units]. Steps whose bin is Outside are left out. Add
// reports whether all sums that it changed are finite. They are not if an activity is
// not, nor if float64 activities are too large.
func Add[F float32 | float64](a *Accumulator, bins []int32, activities []F, stride int) (finite bool) {
	add := addRowsScalar[F]
	if a.vector {
		if vector, ok := any(addRowsVector).(func([]float64, []F, int, int) bool); ok {
			add = vector
		}
	}
	finite = true
	for t := 0; t < len(bins); {
		bin, first := bins[t], t
		for t++; t < len(bins) && bins[t] == bin; t++ { // a path stays in a bin for some steps
		}
		if bin < 0 || a.units == 0 {
			continue
		}
		a.steps[bin] += int64(t - first)
		from := int(bin) * a.units
		finite = add(a.sums[from:from+a.units], activities[first*stride:], t-first, stride) && finite
	}
	return finite
}

// addRowsScalar adds rows to sums, one after the other. Row t is rows[t·stride :
// t·stride+len(sums)]. It reports whether the sums are finite.
func addRowsScalar[F float32 | float64](sums []float64, rows []F, steps, stride int) (finite bool) {
	for t := range steps {
		addRow(sums, rows[t*stride:t*stride+len(sums)])
	}
	strange := 0.0
	for _, s := range sums {
		strange += 0 * s // zero, unless s is infinite or NaN
	}
	return strange == 0
}

// addRow adds row to sums, element by element. Both have the same length.
func addRow[F float32 | float64](sums []float64, row []F) {
	for len(sums) >= 4 && len(row) >= 4 {
		s, r := (*[4]float64)(sums), (*[4]F)(row)
		s[0] += float64(r[0])
		s[1] += float64(r[1])
		s[2] += float64(r[2])
		s[3] += float64(r[3])
		sums, row = sums[4:], row[4:]
	}
	for i := range min(len(sums), len(row)) {
		sums[i] += float64(row[i])
	}
}

// Mean writes the mean activity of a unit in each bin to dst, NaN where no step
// fell. It returns ErrNotFinite if a mean is not finite: such a mean would look
// like a bin that was never visited.
func (a *Accumulator) Mean(dst []float64, unit int) error {
	if unit < 0 || unit >= a.units || len(dst) != len(a.steps) {
		return fmt.Errorf("unit %d into %d bins: there are %d units and %d bins", unit, len(dst), a.units, len(a.steps))
	}
	for bin, steps := range a.steps {
		mean := a.sums[bin*a.units+unit] / float64(steps)
		if steps == 0 {
			mean = math.NaN()
		} else if math.IsNaN(mean) || math.IsInf(mean, 0) {
			return ErrNotFinite
		}
		dst[bin] = mean
	}
	return nil
}

// Sums writes the sum of a unit's activity in each bin to dst.
func (a *Accumulator) Sums(dst []float64, unit int) error {
	if unit < 0 || unit >= a.units || len(dst) != len(a.steps) {
		return fmt.Errorf("unit %d into %d bins: there are %d units and %d bins", unit, len(dst), a.units, len(a.steps))
	}
	for bin := range dst {
		dst[bin] = a.sums[bin*a.units+unit]
	}
	return nil
}

// Steps returns the number of steps in each bin. The slice belongs to the
// Accumulator.
func (a *Accumulator) Steps() []int64 { return a.steps }
