// Package field divides ratemaps into firing fields.
//
// A ratemap is nx×ny values, row-major; functions take ny, the length of a row. NaN
// marks a bin that was never visited. Such a bin belongs to no field. Labels are 0 for
// bins of no field and 1, 2, … for the fields. The field with the highest peak has the
// label 1; of equally high peaks the one with the lower bin index comes first.
package field

import (
	"cmp"
	"math"
	"slices"
)

// Fields are the firing fields of a ratemap.
type Fields struct {
	Labels []int32 // of every bin
	Peaks  []int   // the bin of every field's peak; that of field k at index k−1
}

// Basins divides the whole ratemap into the basins of its local maxima: every
// visited bin belongs to the field of the local maximum to which the steepest
// ascent over the eight neighbours leads. Of bins with equal values the one with
// the lower index counts as the higher, so a flat map is one field.
func Basins(ratemap []float64, ny int) Fields {
	top := climb(ratemap, ny)
	f := Fields{Labels: make([]int32, len(ratemap))}
	for i := range top {
		if int(top[i]) == i {
			f.Peaks = append(f.Peaks, i)
		}
	}
	f.sortPeaks(ratemap)
	for k, peak := range f.Peaks {
		f.Labels[peak] = int32(k + 1)
	}
	for i := range top {
		if top[i] >= 0 {
			f.Labels[i] = f.Labels[top[i]]
		}
	}
	return f
}

// Watershed cuts each of the [Basins] off at a share, threshold, of its peak's
// height: it keeps the bins that reach this height. Heights are measured from the
// map's lowest value, because the activity of linear units has no natural zero. A
// basin is no field if fewer than least of its bins remain or if its peak has the
// height 0.
func Watershed(ratemap []float64, ny int, threshold float64, least int) Fields {
	f := Basins(ratemap, ny)
	low := Lowest(ratemap)
	bins := make([]int, len(f.Peaks)) // the number that remains of each basin
	for i, l := range f.Labels {
		if l == 0 {
			continue
		}
		height := ratemap[f.Peaks[l-1]] - low
		if height > 0 && ratemap[i]-low >= threshold*height {
			bins[l-1]++
		} else {
			f.Labels[i] = 0
		}
	}
	f.keep(func(k int) bool { return bins[k] > 0 && bins[k] >= least })
	return f
}

// keep leaves out the fields k, counted from 0, that are not to be kept.
func (f *Fields) keep(keep func(k int) bool) {
	number := make([]int32, len(f.Peaks)+1)
	kept := f.Peaks[:0]
	for k, peak := range f.Peaks {
		if keep(k) {
			kept = append(kept, peak)
			number[k+1] = int32(len(kept))
		}
	}
	f.Peaks = kept
	for i, l := range f.Labels {
		f.Labels[i] = number[l]
	}
}

// sortPeaks sorts the peaks by descending height, then by bin.
func (f *Fields) sortPeaks(ratemap []float64) {
	slices.SortFunc(f.Peaks, func(a, b int) int {
		if c := cmp.Compare(ratemap[b], ratemap[a]); c != 0 {
			return c
		}
		return cmp.Compare(a, b)
	})
}

// Lowest returns the lowest value that is not NaN, or +Inf if there is none.
func Lowest(ratemap []float64) float64 {
	low := math.Inf(1)
	for _, v := range ratemap {
		if v < low {
			low = v
		}
	}
	return low
}

// climb returns for every bin the local maximum to which the steepest ascent leads.
// It returns −1 for bins that are NaN.
func climb(ratemap []float64, ny int) []int32 {
	up := make([]int32, len(ratemap))
	for i := range up {
		up[i] = higher(ratemap, ny, i)
	}
	for i := range up {
		if up[i] < 0 {
			continue
		}
		top := up[i]
		for up[top] != top {
			top = up[top]
		}
		for k := int32(i); up[k] != top; { // shorten the path for the bins after this one
			k, up[k] = up[k], top
		}
	}
	return up
}

// higher returns the highest of a bin and its eight neighbours. It returns −1 if the
// bin is NaN. Of equal values the lowest index counts as the highest.
func higher(ratemap []float64, ny, at int) int32 {
	if math.IsNaN(ratemap[at]) {
		return -1
	}
	best := at
	x, y := at/ny, at%ny
	for i := max(0, x-1); i <= min(len(ratemap)/ny-1, x+1); i++ {
		for j := max(0, y-1); j <= min(ny-1, y+1); j++ {
			k := i*ny + j
			if ratemap[k] > ratemap[best] || ratemap[k] == ratemap[best] && k < best {
				best = k
			}
		}
	}
	return int32(best)
}

// Above returns the regions of bins above a level. The bins of a region are
// connected by their sides, not by corners. Regions of fewer than least bins are
// left out.
func Above(ratemap []float64, ny int, level float64, least int) Fields {
	r := findRuns(ratemap, ny, level)
	f := Fields{Labels: make([]int32, len(ratemap))}
	regions := r.regions(least)
	for _, root := range regions {
		f.Peaks = append(f.Peaks, int(r.runs[root].peak))
	}
	f.sortPeaks(ratemap)
	number := make([]int32, len(r.runs)) // of the region whose root is this run
	for _, root := range regions {
		number[root] = int32(slices.Index(f.Peaks, int(r.runs[root].peak)) + 1)
	}
	for i, run := range r.runs {
		if label := number[r.root(int32(i))]; label > 0 {
			bins := f.Labels[run.from:run.to]
			for k := range bins {
				bins[k] = label
			}
		}
	}
	return f
}

// runs are the bins of a map above a level, as runs of neighbours within a row. Runs
// that touch each other belong to one region, a tree whose root is its first run.
type runs struct {
	ratemap []float64
	runs    []run
}

// run is the bins from to to−1 of a map.
type run struct {
	from, to int32
	parent   int32 // index of another run of the region; that of a root is its own
	// Of the whole region, if this is a root:
	bins int32
	peak int32 // the highest bin
}

// findRuns finds the runs row by row, and joins each with those of the row before that
// it touches.
func findRuns(ratemap []float64, ny int, level float64) runs {
	r := runs{ratemap, make([]run, 0, 2*len(ratemap)/ny)}
	before := 0 // the first run of the row before
	for row := 0; row < len(ratemap); row += ny {
		first := len(r.runs)
		r.addRow(ratemap[row:row+ny], row, level)
		for i, k := first, before; i < len(r.runs) && k < first; {
			// Both as they would lie in this row.
			from, to := r.runs[k].from+int32(ny), r.runs[k].to+int32(ny)
			if from < r.runs[i].to && r.runs[i].from < to {
				r.join(int32(k), int32(i))
			}
			if to < r.runs[i].to {
				k++
			} else {
				i++
			}
		}
		before = first
	}
	return r
}

// addRow adds the runs of a row whose first bin has this index.
func (r *runs) addRow(values []float64, first int, level float64) {
	for y := 0; y < len(values); y++ {
		if !(values[y] > level) {
			continue
		}
		from, peak := y, y
		for y++; y < len(values) && values[y] > level; y++ {
			if values[y] > values[peak] {
				peak = y
			}
		}
		r.runs = append(r.runs, run{int32(first + from), int32(first + y), int32(len(r.runs)), int32(y - from), int32(first + peak)})
	}
}

// regions are the roots of the regions of at least some bins.
func (r *runs) regions(least int) (roots []int32) {
	for i := range r.runs {
		if r.runs[i].parent == int32(i) && int(r.runs[i].bins) >= least {
			roots = append(roots, int32(i))
		}
	}
	return roots
}

// root is the first run of a run's region.
func (r *runs) root(i int32) int32 {
	for r.runs[i].parent != i {
		i = r.runs[i].parent
	}
	return i
}

// join makes one region of those of two runs.
func (r *runs) join(i, k int32) {
	i, k = r.root(i), r.root(k)
	if i == k {
		return
	}
	if k < i {
		i, k = k, i
	}
	region, other := &r.runs[i], &r.runs[k]
	other.parent = i
	region.bins += other.bins
	a, b := r.ratemap[region.peak], r.ratemap[other.peak]
	if b > a || b == a && other.peak < region.peak {
		region.peak = other.peak
	}
}
