package nulls

import (
	"math"

	"gridcells/pkg/field"
	"gridcells/pkg/random"
	"gridcells/pkg/ratemap"
)

// Segmentation says how a ratemap is divided into fields.
type Segmentation struct {
	// Smoothing is the standard deviation (bins) of the Gaussian by which the map is
	// smoothed before it is divided. What is moved are the unsmoothed values.
	Smoothing float64
	// Threshold is the share of a peak's height, above the map's lowest value, that
	// a field's bins reach.
	Threshold float64
	// Least is the number of bins that a field must have.
	Least int
}

// FieldShuffle is the null of Banino et al. 2018 (Methods, "Gridness score and
// grid-cell classification"): the map is divided by a watershed, every field is
// moved so that its peak comes to lie in a random visited bin, and all other
// bins get the mean of the background. The paper leaves the details open. Here
// fields keep their shape; what would leave the arena, or fall on bins never
// visited, is lost; where fields overlap the higher value holds.
type FieldShuffle struct {
	n          int
	rule       Segmentation
	smoothed   []float64
	visited    []int
	ratemap    []float64
	fields     field.Fields
	members    [][]int // bins of each field
	background float64
	covered    []bool
}

// NewFieldShuffle returns a FieldShuffle for maps of n×n bins.
func NewFieldShuffle(n int, rule Segmentation) *FieldShuffle {
	return &FieldShuffle{n: n, rule: rule, smoothed: make([]float64, n*n), covered: make([]bool, n*n)}
}

// Prepare divides a ratemap into fields. The map must not change while it is
// drawn from.
func (f *FieldShuffle) Prepare(ratemapIn []float64) {
	f.ratemap = ratemapIn
	ratemap.Smooth(f.smoothed, ratemapIn, f.n, f.rule.Smoothing)
	f.fields = field.Watershed(f.smoothed, f.n, f.rule.Threshold, f.rule.Least)
	f.members = make([][]int, len(f.fields.Peaks))
	f.visited = f.visited[:0]
	var sum, count float64
	low := math.Inf(1)
	for i, v := range ratemapIn {
		if v != v {
			continue
		}
		f.visited = append(f.visited, i)
		low = min(low, v)
		if l := f.fields.Labels[i]; l > 0 {
			f.members[l-1] = append(f.members[l-1], i)
		} else {
			sum, count = sum+v, count+1
		}
	}
	f.background = low
	if count > 0 {
		f.background = sum / count
	}
}

// Fields is the number of fields that were found.
func (f *FieldShuffle) Fields() int { return len(f.fields.Peaks) }

// Draw writes a shuffled map to dst.
func (f *FieldShuffle) Draw(dst []float64, s *random.Stream) {
	for i, v := range f.ratemap {
		dst[i] = f.background
		if v != v {
			dst[i] = v
		}
	}
	clear(f.covered)
	for k, peak := range f.fields.Peaks {
		to := f.visited[s.IntN(len(f.visited))]
		f.move(dst, f.members[k], to/f.n-peak/f.n, to%f.n-peak%f.n)
	}
}

func (f *FieldShuffle) move(dst []float64, bins []int, dx, dy int) {
	for _, i := range bins {
		x, y := i/f.n+dx, i%f.n+dy
		if x < 0 || y < 0 || x >= f.n || y >= f.n {
			continue
		}
		at := x*f.n + y
		if dst[at] == dst[at] && (!f.covered[at] || f.ratemap[i] > dst[at]) {
			dst[at], f.covered[at] = f.ratemap[i], true
		}
	}
}
