package gridscore

import (
	"math"
	"slices"

	"gridcells/pkg/ratemap"
)

// centralField measures the radius of a SAC's central field as opexebo 0.7.2
// does (place_field, with the arguments that grid_score gives it):
//
//  1. The SAC is cropped to [opexeboSize] lags along each axis.
//  2. Peaks are flattened by an opening by reconstruction: every lag takes the
//     lowest of itself and its four neighbours (erosion), and the result is
//     restored as far as paths over eight neighbours reach without exceeding the
//     SAC (reconstruction by dilation).
//  3. The field is the region around lag zero, connected over four neighbours, that
//     is not below a share of the flattened peak. The share falls from 0.95 to 0.2 in
//     steps of about 0.02. The fall ends when a hole opens in the region, when the
//     region's growth accelerates, or when the region has stayed the same ten times.
type centralField struct {
	layout ratemap.Layout
	rows   int       // lags along x of the cropped SAC
	size   int       // and along y
	mask   []float64 // the cropped SAC with a margin of one: −Inf
	flat   []float64 // the flattened SAC, with the same margin
	stride int
	queue  []int32

	inside []bool // the region, with the same margin
	edge   []int32
	next   []int32
}

func newCentralField(layout ratemap.Layout) *centralField {
	rows, size := opexeboSize(layout.X), opexeboSize(layout.Y)
	stride := size + 2
	padded := (rows + 2) * stride
	c := &centralField{layout: layout, rows: rows, size: size, stride: stride, inside: make([]bool, padded)}
	c.mask, c.flat = slices.Repeat([]float64{math.Inf(-1)}, padded), slices.Repeat([]float64{math.Inf(-1)}, padded)
	return c
}

// leastCentre is the area of a field that opexebo keeps, in bins.
const leastCentre = 5

// radius returns ⌊√(area/π)⌋ of the central field, in units of a bin's length along
// x; 0 if there is none.
func (c *centralField) radius(sac []float64) int {
	c.crop(sac)
	c.flatten()
	middle := (c.rows/2+1)*c.stride + c.size/2 + 1
	peak := c.flat[middle]
	// A peak below 0 makes opexebo take the whole SAC for the field, which leaves
	// no room for rings. A SAC of zeros has no peak.
	if peak < 0 || c.mask[middle] == 0 {
		return 0
	}
	start, growth, area := c.start(middle, peak)
	if !(growth > 0) {
		return 0
	}
	area = c.expand(middle, peak, expansion{start, growth, area})
	if area < leastCentre {
		return 0
	}
	return int(math.Sqrt(float64(area) * c.layout.Aspect / math.Pi))
}

// crop copies the middle of the SAC.
func (c *centralField) crop(sac []float64) {
	whole := 2*c.layout.Y - 1
	above, left := (2*c.layout.X-1-c.rows)/2, (whole-c.size)/2 // lags left out at the edges
	for i := range c.rows {
		copy(c.mask[(i+1)*c.stride+1:][:c.size], sac[(i+above)*whole+left:])
	}
}

// flatten sets flat to the opening by reconstruction of mask.
func (c *centralField) flatten() {
	c.erode()
	// Two passes restore most lags: one forth from the neighbours before, one back
	// from those behind. The queue takes up what the passes could not reach.
	s := c.stride
	before := [4]int{-s - 1, -s, -s + 1, -1}
	c.queue = c.queue[:0]
	for i := 1; i <= c.rows; i++ {
		for at := i*s + 1; at <= i*s+c.size; at++ {
			c.restore(at, before, 1)
		}
	}
	for i := c.rows; i >= 1; i-- {
		for at := i*s + c.size; at >= i*s+1; at-- {
			c.restore(at, before, -1)
			for _, d := range before {
				if to := at - d; c.flat[to] < c.flat[at] && c.flat[to] < c.mask[to] {
					c.queue = append(c.queue, int32(at))
					break
				}
			}
		}
	}
	for k := 0; k < len(c.queue); k++ {
		at := int(c.queue[k])
		for _, d := range [8]int{-s - 1, -s, -s + 1, -1, 1, s - 1, s, s + 1} {
			if to := at + d; c.flat[to] < c.flat[at] && c.flat[to] < c.mask[to] {
				c.flat[to] = min(c.flat[at], c.mask[to])
				c.queue = append(c.queue, int32(to))
			}
		}
	}
}

// erode sets flat to the lowest of each lag and its four neighbours within the
// cropped SAC.
func (c *centralField) erode() {
	for i := 1; i <= c.rows; i++ {
		for j := 1; j <= c.size; j++ {
			at := i*c.stride + j
			lowest := c.mask[at]
			for _, d := range [4]int{-c.stride, -1, 1, c.stride} {
				if v := c.mask[at+d]; !math.IsInf(v, -1) {
					lowest = min(lowest, v)
				}
			}
			c.flat[at] = lowest
		}
	}
}

// restore raises a lag to the highest of itself and four of its neighbours: those
// before it (direction 1) or after it (−1). It does not raise it above the SAC.
func (c *centralField) restore(at int, before [4]int, direction int) {
	highest := c.flat[at]
	for _, d := range before {
		highest = max(highest, c.flat[at+direction*d])
	}
	c.flat[at] = min(highest, c.mask[at])
}

// start finds the highest share of the peak at which opexebo can measure how fast
// the region grows. growth is the ratio of the areas at a share a little below and
// at this share, area the former; growth is NaN where holes prevent that at all
// shares.
func (c *centralField) start(middle int, peak float64) (share, growth float64, area int) {
	pairs := [5][3]float64{{0.95, 0.95 - 0.02, 0.95}}
	for i := range 4 {
		high := 0.95 + 0.01 + float64(i)*(1-(0.95+0.01))/3
		pairs[1+i] = [3]float64{high, high - 0.01, high - 0.01}
	}
	for _, p := range pairs {
		c.reset(middle)
		first := c.grow(p[0] * peak)
		if c.holes() {
			continue
		}
		second := first + c.grow(p[1]*peak)
		if c.holes() {
			continue
		}
		return p[2], float64(second) / float64(first), second
	}
	return 0, math.NaN(), 0
}

// expansion is where the fall of the share begins, and the growth and the area
// that it is compared with.
type expansion struct {
	share, growth float64
	area          int
}

// expand lets the share fall and returns the area of the last good region; 0 if
// there was none.
func (c *centralField) expand(middle int, peak float64, from expansion) int {
	const end, step = 0.2, 0.02
	c.reset(middle)
	area, good := 0, 0
	last, shrunk, unchanged := from.area, 0, 0
	steps := int((from.share-end)/step) + 1
	for i := range steps {
		share := from.share + float64(i)*(end-from.share)/float64(max(steps-1, 1))
		area += c.grow(math.RoundToEven(share*100) / 100 * peak)
		if c.holes() {
			break
		}
		change := float64(area) / float64(last)
		if shrunk++; change >= 1 {
			shrunk = 0
		}
		if math.Floor(change/from.growth) > 2 || shrunk >= 3 {
			break
		}
		if unchanged++; change != 1 {
			unchanged = 0
		}
		if unchanged >= 10 {
			break
		}
		last, good = area, area
	}
	return good
}

// reset makes the region empty, about to grow from the middle.
func (c *centralField) reset(middle int) {
	clear(c.inside)
	c.edge = append(c.edge[:0], int32(middle))
}

// grow adds to the region what is connected to it by sides and not below the
// threshold, and returns how many lags that were.
func (c *centralField) grow(threshold float64) int {
	added := 0
	c.queue = append(c.queue[:0], c.edge...)
	c.next = c.next[:0]
	for len(c.queue) > 0 {
		at := int(c.queue[len(c.queue)-1])
		c.queue = c.queue[:len(c.queue)-1]
		if c.inside[at] || math.IsInf(c.mask[at], -1) {
			continue
		}
		if c.flat[at] < threshold {
			c.next = append(c.next, int32(at))
			continue
		}
		c.inside[at] = true
		added++
		for _, d := range [4]int{-c.stride, -1, 1, c.stride} {
			if !c.inside[at+d] {
				c.queue = append(c.queue, int32(at+d))
			}
		}
	}
	c.edge, c.next = c.next, c.edge
	return added
}

// holes reports whether the region, which is connected, encloses lags that do
// not belong to it. This is so if its Euler number is below 1, where lags
// outside are neighbours if they share a side. The number is counted from the
// 2×2 windows.
func (c *centralField) holes() bool {
	ones, threes, diagonals := 0, 0, 0
	for i := 0; i+c.stride+1 < len(c.inside); i++ {
		a, b, d, e := c.inside[i], c.inside[i+1], c.inside[i+c.stride], c.inside[i+c.stride+1]
		if !(a || b || d || e) {
			continue
		}
		count := 0
		for _, in := range [4]bool{a, b, d, e} {
			if in {
				count++
			}
		}
		switch {
		case count == 1:
			ones++
		case count == 3:
			threes++
		case count == 2 && a == e:
			diagonals++
		}
	}
	return ones-threes-2*diagonals < 4
}
