package room

import (
	"math"
	"slices"
)

// maxKept is the number of positions from which the span is taken. Of longer
// data every second, fourth, … position is kept.
const maxKept = 1 << 14

// Positions is what [Positions.Check] needs of a data set. The zero value is an
// empty one. It does not grow with the data.
type Positions struct {
	kept     []point // every stride-th finite position, in order
	stride   int64
	finite   int64
	lost     int64
	farthest float64 // largest |x| or |y|
}

type point [2]float64

// Add adds positions [n, 2] in their order.
func (p *Positions) Add(xy []float64) {
	p.stride = max(1, p.stride)
	for i := 0; i+1 < len(xy); i += 2 {
		x, y := xy[i], xy[i+1]
		if s := x + y; math.IsNaN(s) || math.IsInf(s, 0) {
			p.lost++
			continue
		}
		p.farthest = max(p.farthest, math.Abs(x), math.Abs(y))
		if p.finite%p.stride == 0 {
			p.keep(point{x, y})
		}
		p.finite++
	}
}

func (p *Positions) keep(at point) {
	if p.kept == nil {
		p.kept = make([]point, 0, maxKept)
	}
	p.kept = append(p.kept, at)
	if len(p.kept) < maxKept {
		return
	}
	for i := range maxKept / 2 {
		p.kept[i] = p.kept[2*i]
	}
	p.kept = p.kept[:maxKept/2]
	p.stride *= 2
}

// Finite is the number of positions, without those that were lost.
func (p *Positions) Finite() int64 { return p.finite }

// Lost is the number of positions that are NaN or infinite.
func (p *Positions) Lost() int64 { return p.lost }

// Interval is a range of one coordinate (m).
type Interval struct{ Lo, Hi float64 }

// Length is the interval's length.
func (i Interval) Length() float64 { return i.Hi - i.Lo }

// Middle is the interval's middle.
func (i Interval) Middle() float64 { return i.Lo + (i.Hi-i.Lo)/2 }

// Span returns the ranges of x and y without the outermost half per cent at
// each end, which single bad positions would decide. Without positions all is 0.
func (p *Positions) Span() (x, y Interval) {
	return p.between(0, 0.005), p.between(1, 0.005)
}

// Extent returns the ranges of x and y from the least to the largest, unless
// these are outliers: farther beyond the [Positions.Span] than a tenth of its
// length. Then it is the span's end.
func (p *Positions) Extent() (x, y Interval) {
	var extent [2]Interval
	for axis := range extent {
		all, span := p.between(axis, 0), p.between(axis, 0.005)
		beyond := 0.1 * span.Length()
		if span.Lo-all.Lo > beyond {
			all.Lo = span.Lo
		}
		if all.Hi-span.Hi > beyond {
			all.Hi = span.Hi
		}
		extent[axis] = all
	}
	return extent[0], extent[1]
}

// between is the range of a coordinate without a share of the positions at each
// end.
func (p *Positions) between(axis int, share float64) Interval {
	if len(p.kept) == 0 {
		return Interval{}
	}
	sorted := make([]float64, len(p.kept))
	for i, at := range p.kept {
		sorted[i] = at[axis]
	}
	slices.Sort(sorted)
	cut := int(share * float64(len(sorted)))
	return Interval{sorted[cut], sorted[len(sorted)-1-cut]}
}

// Outside is the share of positions outside a room of this side.
func (p *Positions) Outside(side float64) float64 {
	n := 0
	for _, at := range p.kept {
		if !inside(at, side) {
			n++
		}
	}
	return float64(n) / float64(max(1, len(p.kept)))
}

func inside(at point, side float64) bool {
	// The allowance is for positions on a wall that were rounded to float32.
	half := side / 2 * (1 + 1e-6)
	return math.Abs(at[0]) <= half && math.Abs(at[1]) <= half
}

// crossings counts how often the positions, in their order, go from the lower
// third of a span to its upper third or back: a path that has gone to and fro
// often has shown the room's extent, one that has not may have seen a part.
func (p *Positions) crossings(axis int, span Interval) int {
	third := span.Length() / 3
	n, last := 0, 0
	for _, at := range p.kept {
		now := last
		switch {
		case at[axis] < span.Lo+third:
			now = -1
		case at[axis] > span.Hi-third:
			now = 1
		}
		if now != last && last != 0 {
			n++
		}
		last = now
	}
	return n
}
