// Package field divides ratemaps into firing fields.
//
// A ratemap is nx×ny values, row-major; functions take ny, the length of a row. NaN
// marks a bin that was never visited. Such
// a bin belongs to no field. Labels are 0 for bins of no field and 1, 2, … for the
// fields. The field with the highest peak has the label 1; of equally high peaks
// the one with the lower bin index comes first.
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
	const small = -1 // label of the bins of regions that are too small
	f := Fields{Labels: make([]int32, len(ratemap))}
	bins := make([]int32, 0, len(ratemap)) // of the region, in the order in which they were found
	for i, v := range ratemap {
		if f.Labels[i] != 0 || !(v > level) {
			continue
		}
		number := int32(len(f.Peaks) + 1)
		f.Labels[i] = number
		bins = append(bins[:0], int32(i))
		peak := i
		for next := 0; next < len(bins); next++ {
			at := int(bins[next])
			if ratemap[at] > ratemap[peak] || ratemap[at] == ratemap[peak] && at < peak {
				peak = at
			}
			for _, k := range sides(at, len(ratemap), ny) {
				if k >= 0 && ratemap[k] > level && f.Labels[k] == 0 {
					f.Labels[k] = number
					bins = append(bins, int32(k))
				}
			}
		}
		if len(bins) >= least {
			f.Peaks = append(f.Peaks, peak)
			continue
		}
		for _, k := range bins {
			f.Labels[k] = small
		}
	}
	f.renumber(ratemap)
	return f
}

// renumber sorts regions that were numbered in the order in which they were found.
func (f *Fields) renumber(ratemap []float64) {
	found := slices.Clone(f.Peaks)
	f.sortPeaks(ratemap)
	number := make([]int32, len(found)+1)
	for k, peak := range found {
		number[k+1] = int32(slices.Index(f.Peaks, peak) + 1)
	}
	for i, l := range f.Labels {
		f.Labels[i] = number[max(0, l)]
	}
}

// sides returns the four bins beside a bin. It returns −1 for each that would lie
// outside the map.
func sides(at, bins, ny int) [4]int {
	s := [4]int{-1, -1, -1, -1}
	if at >= ny {
		s[0] = at - ny
	}
	if at < bins-ny {
		s[1] = at + ny
	}
	if at%ny > 0 {
		s[2] = at - 1
	}
	if at%ny < ny-1 {
		s[3] = at + 1
	}
	return s
}
