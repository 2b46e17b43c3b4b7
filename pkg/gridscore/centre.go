package gridscore

import "math"

// centralField measures the central field of SACs as opexebo does: the region
// around lag zero above a threshold that falls from 0.95 of the peak in steps of
// 0.02 until the region's growth accelerates, a hole opens in it, it stays the
// same for ten steps, or the threshold reaches 0.2. Reads: opexebo,
// _findCentreRadius and _expand_field.
type centralField struct {
	n      int
	inside []bool // (2n−1)², with a margin of one
	stride int
	stack  []int32
	edge   []int32 // lags beside the region that were too low
	next   []int32
}

func newCentralField(n int) *centralField {
	stride := 2*n + 1
	return &centralField{n: n, inside: make([]bool, stride*stride), stride: stride}
}

const (
	centreStart = 0.95
	centreEnd   = 0.2
	centreSteps = 38
	// leastCentre is the area of a field that opexebo keeps, in bins.
	leastCentre = 5
)

// radius returns ⌊√(area/π)⌋ of the central field in bins; 0 if there is none.
//
// opexebo first flattens peaks to the lowest of the four values beside them (an
// opening by reconstruction), so that this is what thresholds are shares of.
func (c *centralField) radius(sac []float64) int {
	clear(c.inside)
	size := 2*c.n - 1
	middle := size * size / 2
	peak := min(sac[middle-1], sac[middle-size]) // the other two are the same
	if !(peak > 0) {
		return 0
	}
	c.edge = append(c.edge[:0], int32(c.n*c.stride+c.n))
	area := c.grow(sac, centreStart*peak)
	if c.holes() {
		return 0
	}
	// How fast the area grows at first is what its growth is compared with.
	first := area
	second := area + c.grow(sac, (centreStart-0.02)*peak)
	initial := float64(second) / float64(first)
	last, unchanged := second, 0
	for step := 2; step < centreSteps; step++ {
		threshold := math.Round(100*(centreStart-float64(step)*(centreStart-centreEnd)/(centreSteps-1))) / 100
		area = last + c.grow(sac, threshold*peak)
		if c.holes() || math.Floor(float64(area)/float64(last)/initial) > 2 {
			break
		}
		if unchanged++; area != last {
			unchanged = 0
		}
		if unchanged >= 10 {
			break
		}
		last = area
	}
	if last < leastCentre {
		return 0
	}
	return int(math.Sqrt(float64(last) / math.Pi))
}

// grow adds to the region what is connected to it by sides and not below the threshold, and returns how many lags were added.
func (c *centralField) grow(sac []float64, threshold float64) int {
	added := 0
	c.stack = append(c.stack[:0], c.edge...)
	c.next = c.next[:0]
	for len(c.stack) > 0 {
		at := int(c.stack[len(c.stack)-1])
		c.stack = c.stack[:len(c.stack)-1]
		x, y := at/c.stride-1, at%c.stride-1
		if c.inside[at] || x < 0 || y < 0 || x >= 2*c.n-1 || y >= 2*c.n-1 {
			continue
		}
		if sac[x*(2*c.n-1)+y] < threshold {
			c.next = append(c.next, int32(at))
			continue
		}
		c.inside[at] = true
		added++
		for _, d := range [4]int{-c.stride, -1, 1, c.stride} {
			if !c.inside[at+d] {
				c.stack = append(c.stack, int32(at+d))
			}
		}
	}
	c.edge, c.next = c.next, c.edge
	return added
}

// holes reports whether the region, which is connected, encloses lags outside
// of it, lags outside being neighbours by sides: whether its Euler number is
// below 1. The number is counted from the 2×2 windows.
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
