// Package field divides ratemaps into firing fields.
//
// Ratemaps are n×n values, row-major; NaN marks bins never visited, which belong
// to no field. Labels are 0 for the background and 1, 2, … for the fields, the
// highest peak first.
package field

import (
	"cmp"
	"math"
	"slices"
)

// Fields are the firing fields of a ratemap.
type Fields struct {
	Labels []int32 // of every bin
	Peaks  []int   // bin of every field's peak: of field k at k−1
}

// Watershed divides a ratemap into the basins of its local maxima, by steepest
// ascent over the eight neighbours, and keeps of each basin the bins that reach
// threshold of the peak's height above the map's lowest value (the activity of
// linear units has no zero), unless they are fewer than least.
func Watershed(ratemap []float64, n int, threshold float64, least int) Fields {
	top := climb(ratemap, n)
	low := lowest(ratemap)
	members := map[int32]int{} // bins of the field with this peak
	inField := func(i int) bool {
		return top[i] >= 0 && ratemap[i]-low >= threshold*(ratemap[top[i]]-low) && ratemap[top[i]] > low
	}
	for i := range top {
		if inField(i) {
			members[top[i]]++
		}
	}
	f := Fields{Labels: make([]int32, len(ratemap))}
	for peak, bins := range members {
		if bins >= least {
			f.Peaks = append(f.Peaks, int(peak))
		}
	}
	f.sortPeaks(ratemap)
	number := make(map[int32]int32, len(f.Peaks))
	for k, peak := range f.Peaks {
		number[int32(peak)] = int32(k + 1)
	}
	for i := range top {
		if inField(i) {
			f.Labels[i] = number[top[i]]
		}
	}
	return f
}

func (f *Fields) sortPeaks(ratemap []float64) {
	slices.SortFunc(f.Peaks, func(a, b int) int {
		if c := cmp.Compare(ratemap[b], ratemap[a]); c != 0 {
			return c
		}
		return cmp.Compare(a, b)
	})
}

func lowest(ratemap []float64) float64 {
	low := math.Inf(1)
	for _, v := range ratemap {
		low = math.Min(low, orInf(v))
	}
	return low
}

func orInf(v float64) float64 {
	if v != v {
		return math.Inf(1)
	}
	return v
}

// climb returns for every bin the local maximum to which steepest ascent leads,
// −1 for NaN. Of equal values the one with the lower index counts as higher.
func climb(ratemap []float64, n int) []int32 {
	up := make([]int32, len(ratemap))
	for i := range up {
		up[i] = higher(ratemap, n, i)
	}
	for i := range up {
		if up[i] < 0 {
			continue
		}
		top := up[i]
		for up[top] != top {
			top = up[top]
		}
		for k := int32(i); up[k] != top; { // shorten the path for those after
			k, up[k] = up[k], top
		}
	}
	return up
}

// higher returns the highest of a bin and its neighbours.
func higher(ratemap []float64, n, at int) int32 {
	if ratemap[at] != ratemap[at] {
		return -1
	}
	best := at
	x, y := at/n, at%n
	for i := max(0, x-1); i <= min(n-1, x+1); i++ {
		for j := max(0, y-1); j <= min(n-1, y+1); j++ {
			k := i*n + j
			if ratemap[k] > ratemap[best] || ratemap[k] == ratemap[best] && k < best {
				best = k
			}
		}
	}
	return int32(best)
}

// Above returns the regions, connected by their sides, of bins above a level
// that have at least so many bins.
func Above(ratemap []float64, n int, level float64, least int) Fields {
	const small = -1 // label of bins in regions of too few
	f := Fields{Labels: make([]int32, len(ratemap))}
	bins := make([]int32, 0, len(ratemap)) // of the region, in the order in which they were met
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
			for _, k := range sides(at, n) {
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

// renumber sorts regions that were numbered in the order in which they were met.
func (f *Fields) renumber(ratemap []float64) {
	met := slices.Clone(f.Peaks)
	f.sortPeaks(ratemap)
	number := make([]int32, len(met)+1)
	for k, peak := range met {
		number[k+1] = int32(slices.Index(f.Peaks, peak) + 1)
	}
	for i, l := range f.Labels {
		f.Labels[i] = number[max(0, l)]
	}
}

// sides returns the four bins beside a bin, −1 outside of the map.
func sides(at, n int) [4]int {
	s := [4]int{-1, -1, -1, -1}
	if at >= n {
		s[0] = at - n
	}
	if at < n*(n-1) {
		s[1] = at + n
	}
	if at%n > 0 {
		s[2] = at - 1
	}
	if at%n < n-1 {
		s[3] = at + 1
	}
	return s
}
