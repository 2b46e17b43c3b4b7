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
	uncovered  []float64 // −∞ in visited bins, NaN elsewhere
	fields     field.Fields
	runs       [][]run // of each piece
	background float64
}

// run is a part of a piece: neighbouring bins of a row of the ratemap.
type run struct {
	x, y   int       // of the first bin
	values []float64 // from the ratemap
}

// NewFieldCut returns a FieldCut for maps of a layout.
func NewFieldCut(l ratemap.Layout, rule Segmentation) *FieldCut {
	return &FieldCut{nx: l.X, ny: l.Y, rule: rule, smoothed: make([]float64, l.Cells()), uncovered: make([]float64, l.Cells())}
}

// Prepare divides a ratemap into pieces of fields. The map must not change while it is
// drawn from.
func (f *FieldCut) Prepare(ratemapIn []float64) {
	ratemap.Smooth(f.smoothed, ratemapIn, f.ny, f.rule.Smoothing)
	f.fields = field.Watershed(f.smoothed, f.ny, f.rule.Threshold, f.rule.Least)
	f.runs = make([][]run, len(f.fields.Peaks))
	f.visited = f.visited[:0]
	var sum, count float64
	low := math.Inf(1)
	for i, v := range ratemapIn {
		if f.uncovered[i] = v; math.IsNaN(v) {
			continue
		}
		f.uncovered[i] = math.Inf(-1)
		f.visited = append(f.visited, i)
		low = min(low, v)
		if f.fields.Labels[i] == 0 {
			sum, count = sum+v, count+1
		}
	}
	f.cut(ratemapIn)
	f.background = low
	if count > 0 {
		f.background = sum / count
	}
}

// cut finds the runs of each piece.
func (f *FieldCut) cut(values []float64) {
	for from, to := 0, 0; from < len(values); from = to {
		label := f.fields.Labels[from]
		end := from - from%f.ny + f.ny // of the row
		for to = from + 1; to < end && f.fields.Labels[to] == label; {
			to++
		}
		if label > 0 {
			f.runs[label-1] = append(f.runs[label-1], run{from / f.ny, from % f.ny, values[from:to]})
		}
	}
}

// Fields is the number of fields that were found in the map.
func (f *FieldCut) Fields() int { return len(f.fields.Peaks) }

// Draw writes a shuffled map to dst.
func (f *FieldCut) Draw(dst []float64, s *random.Stream) {
	copy(dst, f.uncovered)
	for k, peak := range f.fields.Peaks {
		to := f.visited[s.IntN(len(f.visited))]
		f.move(dst, f.runs[k], to/f.ny-peak/f.ny, to%f.ny-peak%f.ny)
	}
	uncovered, background := math.Float64bits(math.Inf(-1)), math.Float64bits(f.background)
	for i, v := range dst {
		bits := math.Float64bits(v) // integers are chosen without a branch
		if bits == uncovered {
			bits = background
		}
		dst[i] = math.Float64frombits(bits)
	}
}

// move raises dst to the values of a piece at this distance from its place in the
// ratemap. NaN stays, because no number is greater.
func (f *FieldCut) move(dst []float64, piece []run, dx, dy int) {
	for _, r := range piece {
		x, y, values := r.x+dx, r.y+dy, r.values
		if x < 0 || x >= f.nx {
			continue
		}
		if y < 0 {
			values, y = values[min(-y, len(values)):], 0
		}
		if y >= f.ny {
			continue
		}
		row := dst[x*f.ny+y : (x+1)*f.ny]
		for j, v := range values[:min(len(values), len(row))] {
			if v > row[j] {
				row[j] = v
			}
		}
	}
}
