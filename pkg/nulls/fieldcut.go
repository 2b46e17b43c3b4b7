package nulls

import (
	"math"

	"gridcells/pkg/field"
	"gridcells/pkg/random"
	"gridcells/pkg/ratemap"
)

// FieldCut moves pieces of firing fields about. It is an earlier interpretation of
// the field shuffle by this project. [FieldShuffle] has replaced it; it is kept for
// comparison. The map is divided by a watershed, and each basin is cut off at a
// share of its peak's height. Every piece is moved so that its peak comes to lie in
// a random visited bin. All other bins get the mean of the bins outside the pieces.
//
// A piece keeps its shape. Bins that would leave the arena, or fall on bins never
// visited, are lost. Where pieces overlap the higher value holds. So a null map has
// fewer distinct values than the unit's map, and less variance.
type FieldCut struct {
	nx, ny     int
	rule       Segmentation
	smoothed   []float64
	visited    []int
	ratemap    []float64
	fields     field.Fields
	members    [][]int // the bins of each piece
	background float64
	covered    []bool
}

// NewFieldCut returns a FieldCut for maps of a layout.
func NewFieldCut(l ratemap.Layout, rule Segmentation) *FieldCut {
	return &FieldCut{nx: l.X, ny: l.Y, rule: rule, smoothed: make([]float64, l.Cells()), covered: make([]bool, l.Cells())}
}

// Prepare divides a ratemap into pieces of fields. The map must not change while it is
// drawn from.
func (f *FieldCut) Prepare(ratemapIn []float64) {
	f.ratemap = ratemapIn
	ratemap.Smooth(f.smoothed, ratemapIn, f.ny, f.rule.Smoothing)
	f.fields = field.Watershed(f.smoothed, f.ny, f.rule.Threshold, f.rule.Least)
	f.members = make([][]int, len(f.fields.Peaks))
	f.visited = f.visited[:0]
	var sum, count float64
	low := math.Inf(1)
	for i, v := range ratemapIn {
		if math.IsNaN(v) {
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

// Fields is the number of fields that were found in the map.
func (f *FieldCut) Fields() int { return len(f.fields.Peaks) }

// Draw writes a shuffled map to dst.
func (f *FieldCut) Draw(dst []float64, s *random.Stream) {
	for i, v := range f.ratemap {
		dst[i] = f.background
		if math.IsNaN(v) {
			dst[i] = v
		}
	}
	clear(f.covered)
	for k, peak := range f.fields.Peaks {
		to := f.visited[s.IntN(len(f.visited))]
		f.move(dst, f.members[k], to/f.ny-peak/f.ny, to%f.ny-peak%f.ny)
	}
}

func (f *FieldCut) move(dst []float64, bins []int, dx, dy int) {
	for _, i := range bins {
		x, y := i/f.ny+dx, i%f.ny+dy
		if x < 0 || y < 0 || x >= f.nx || y >= f.ny {
			continue
		}
		at := x*f.ny + y
		if !math.IsNaN(dst[at]) && (!f.covered[at] || f.ratemap[i] > dst[at]) {
			dst[at], f.covered[at] = f.ratemap[i], true
		}
	}
}
