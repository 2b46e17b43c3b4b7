// Package geometry measures the lattice in a spatial autocorrelogram (SAC): its
// scale, orientation and ellipticity, and how well the peaks form a lattice.
//
// All measures come from the six local maxima nearest to lag zero (Banino et al.
// 2018, Supplementary Methods 3d; Sargolini et al. 2006). Lengths are in units of a
// bin's length along the first axis. Angles are in degrees, counter-clockwise from the
// first axis of the ratemap, which is x. Undefined results are NaN.
package geometry

import (
	"cmp"
	"math"
	"slices"

	"gridcells/pkg/ratemap"
)

// Neighbours is the number of peaks around the centre of a hexagonal lattice.
const Neighbours = 6

// Rule says which maxima of a SAC are peaks of its lattice. A maximum is higher
// than all eight neighbours.
type Rule struct {
	// Nearest is the minimum distance of a peak from the centre (bins).
	Nearest float64 `json:"nearest_bins"`
	// Farthest is the maximum distance, as a fraction of the ratemap's shorter side. At
	// long lags few bins overlap, and the SAC is noise.
	Farthest float64 `json:"farthest"`
	// Least is the correlation that a peak must exceed.
	Least float64 `json:"least"`
	// Apart is the minimum angle (degrees) between a peak and all peaks nearer to the
	// centre. opexebo uses 15°; 0 allows any angle.
	Apart float64 `json:"apart_deg"`
}

// DefaultRule takes maxima that are positive, more than a bin from the centre
// and within 0.8·n.
func DefaultRule() Rule { return Rule{Nearest: 1, Farthest: 0.8} }

// Lattice describes the peaks around the centre of a SAC.
type Lattice struct {
	// Peaks is the number of peaks. If it is below six, everything else is NaN.
	Peaks int
	// Scale is the median distance of the six peaks from the centre (bins).
	Scale float64
	// Orientation of the axes, in [0°, 60°): the mean direction of the six peaks
	// modulo 60°.
	Orientation float64
	// Ellipticity is the ratio of the major to the minor axis of the ellipse that fits
	// the peaks with the least squared error: 1 for a circle. It is NaN if the best fit
	// is no ellipse.
	Ellipticity float64
	// EllipseAngle is the direction of the major axis, in [0°, 180°).
	EllipseAngle float64
	// SpacingCV is the coefficient of variation of the six distances. AngleSD is the
	// standard deviation (degrees) of the peaks' directions from the nearest axis. Both
	// are 0 for a perfect lattice.
	SpacingCV, AngleSD float64
	// PeakCorrelation is the mean height of the SAC at the six peaks.
	PeakCorrelation float64
}

// Peak is a local maximum of a SAC: its lag (bins), refined by a quadratic
// through the eight neighbours, and its height.
type Peak struct {
	X, Y, Height float64
}

func (p Peak) distance() float64 { return math.Hypot(p.X, p.Y) }
func (p Peak) angle() float64    { return math.Atan2(p.Y, p.X) }

// Peaks returns the peaks of the SAC [2nx−1, 2ny−1] of a ratemap, nearest first. It
// looks at half of the lags, because a SAC has the same values at opposite lags.
func Peaks(sac []float64, layout ratemap.Layout, rule Rule) []Peak {
	size := 2*layout.Y - 1
	farthest := rule.Farthest * layout.Shorter()
	// Refining moves a peak by at most a bin along either axis.
	reach, reachAcross := min(layout.X-2, int(farthest)+1), min(layout.Y-2, int(farthest/layout.Aspect)+1)
	found := make([]distant, 0, 64)
	for x := 0; x <= reach; x++ {
		across := min(reachAcross, int(math.Sqrt(max(0, (farthest+2)*(farthest+2)-float64(x*x)))/layout.Aspect)+1)
		from := -across
		if x == 0 {
			from = 1
		}
		row := (layout.X - 1 + x) * size
		for y := from; y <= across; y++ {
			at := row + layout.Y - 1 + y
			if !(sac[at] > rule.Least) || !isMaximum(sac, at, size) {
				continue
			}
			p := refine(sac, at, size)
			p.X, p.Y = p.X+float64(x), (p.Y+float64(y))*layout.Aspect
			if d := p.distance(); d > rule.Nearest && d <= farthest {
				found = append(found, distant{p, d})
			}
		}
	}
	return separate(nearestFirst(found), rule.Apart)
}

// distant is a peak with its distance from the centre (bins).
type distant struct {
	Peak
	distance float64
}

// nearestFirst returns peaks and their opposites, sorted by their distance from the
// centre. Peaks of the same distance are sorted by their direction, from −π on.
func nearestFirst(found []distant) []Peak {
	slices.SortFunc(found, func(p, q distant) int { return cmp.Compare(p.distance, q.distance) })
	const rounding = 1e-9
	peaks := make([]Peak, 0, 2*len(found))
	for from, to := 0, 0; from < len(found); from = to {
		for to = from + 1; to < len(found) && found[to].distance-found[to-1].distance <= rounding; to++ {
		}
		for _, p := range found[from:to] {
			peaks = append(peaks, p.Peak, Peak{-p.X, -p.Y, p.Height})
		}
		same := peaks[2*from:]
		if len(same) == 2 && same[0].Y != 0 { // the most frequent case needs no angles
			if same[0].Y > 0 {
				same[0], same[1] = same[1], same[0]
			}
			continue
		}
		slices.SortFunc(same, func(p, q Peak) int { return cmp.Compare(p.angle(), q.angle()) })
	}
	return peaks
}

// isMaximum tells whether a value is higher than its eight neighbours.
func isMaximum(sac []float64, at, size int) bool {
	// Along the ridges of stripes, values differ only by rounding.
	const rounding = 1e-9
	v := sac[at] - rounding
	row, before, after := sac[at-1:at+2], sac[at-size-1:at-size+2], sac[at+size-1:at+size+2]
	return v > row[0] && v > row[2] && v > before[1] && v > after[1] &&
		v > before[0] && v > before[2] && v > after[0] && v > after[2]
}

// refine fits a quadratic to a point and its neighbours and returns the offset of
// its maximum. The offset is 0 if the quadratic has no maximum within a bin.
func refine(sac []float64, at, size int) Peak {
	f := func(dx, dy int) float64 { return sac[at+dx*size+dy] }
	gx, gy := (f(1, 0)-f(-1, 0))/2, (f(0, 1)-f(0, -1))/2
	xx, yy := f(1, 0)-2*f(0, 0)+f(-1, 0), f(0, 1)-2*f(0, 0)+f(0, -1)
	xy := (f(1, 1) - f(1, -1) - f(-1, 1) + f(-1, -1)) / 4
	p := Peak{Height: f(0, 0)}
	determinant := xx*yy - xy*xy
	if !(determinant > 0 && xx < 0) {
		return p
	}
	x, y := (xy*gy-yy*gx)/determinant, (xy*gx-xx*gy)/determinant
	if math.Abs(x) <= 1 && math.Abs(y) <= 1 {
		p.X, p.Y = x, y
	}
	return p
}

// separate drops every peak whose direction is too close to that of a nearer
// one.
func separate(peaks []Peak, apart float64) []Peak {
	if apart == 0 {
		return peaks
	}
	least := apart * math.Pi / 180
	var kept []Peak
	for _, p := range peaks {
		if !slices.ContainsFunc(kept, func(k Peak) bool {
			return math.Abs(math.Remainder(k.angle()-p.angle(), 2*math.Pi)) < least
		}) {
			kept = append(kept, p)
		}
	}
	return kept
}

// Measure returns the lattice of the SAC [2nx−1, 2ny−1] of a ratemap.
func Measure(sac []float64, layout ratemap.Layout, rule Rule) Lattice {
	peaks := Peaks(sac, layout, rule)
	nan := math.NaN()
	l := Lattice{len(peaks), nan, nan, nan, nan, nan, nan, nan}
	if len(peaks) < Neighbours {
		return l
	}
	peaks = peaks[:Neighbours]
	l.distances(peaks)
	l.directions(peaks)
	l.ellipse(peaks)
	return l
}

func (l *Lattice) distances(peaks []Peak) {
	d := make([]float64, len(peaks))
	var mean, square float64
	l.PeakCorrelation = 0
	count := float64(len(peaks))
	for i, p := range peaks {
		d[i] = p.distance()
		mean += d[i] / count
		l.PeakCorrelation += p.Height / count
	}
	for _, v := range d {
		square += (v - mean) * (v - mean) / count
	}
	slices.Sort(d)
	half := len(d) / 2
	l.Scale = (d[half-1] + d[half]) / 2
	l.SpacingCV = math.Sqrt(square) / mean
}

func (l *Lattice) directions(peaks []Peak) {
	var sin, cos float64
	for _, p := range peaks {
		s, c := math.Sincos(Neighbours * p.angle())
		sin, cos = sin+s, cos+c
	}
	axis := math.Atan2(sin, cos) / Neighbours
	var square float64
	for _, p := range peaks {
		off := math.Remainder(p.angle()-axis, 2*math.Pi/Neighbours)
		square += off * off / float64(len(peaks))
	}
	l.Orientation = positive(axis*180/math.Pi, 60)
	l.AngleSD = math.Sqrt(square) * 180 / math.Pi
}

// positive takes an angle modulo a period into [0, period).
func positive(angle, period float64) float64 {
	angle = math.Mod(angle, period)
	if angle < 0 {
		angle += period
	}
	if angle >= period { // rounding
		angle = 0
	}
	return angle
}

// ellipse fits a·x² + 2b·xy + c·y² = 1 to the peaks.
func (l *Lattice) ellipse(peaks []Peak) {
	var m [3][4]float64
	for _, p := range peaks {
		x, y := p.X/l.Scale, p.Y/l.Scale
		row := [3]float64{x * x, 2 * x * y, y * y}
		for i, v := range row {
			for j, w := range row {
				m[i][j] += v * w
			}
			m[i][3] += v
		}
	}
	q, ok := solve3(m)
	if !ok {
		return
	}
	a, b, c := q[0], q[1], q[2]
	middle, spread := (a+c)/2, math.Hypot((a-c)/2, b)
	if !(middle-spread > 1e-6) {
		return // a parabola or hyperbola
	}
	l.Ellipticity = math.Sqrt((middle + spread) / (middle - spread))
	// Along the major axis the quadratic form grows most slowly.
	l.EllipseAngle = positive((math.Atan2(2*b, a-c)/2+math.Pi/2)*180/math.Pi, 180)
}

// solve3 solves three linear equations; false if they are singular.
func solve3(m [3][4]float64) (x [3]float64, ok bool) {
	for i := range 3 {
		pivot := i
		for k := i + 1; k < 3; k++ {
			if math.Abs(m[k][i]) > math.Abs(m[pivot][i]) {
				pivot = k
			}
		}
		m[i], m[pivot] = m[pivot], m[i]
		if math.Abs(m[i][i]) < 1e-9 {
			return x, false
		}
		for k := range 3 {
			if k == i {
				continue
			}
			f := m[k][i] / m[i][i]
			for j := i; j < 4; j++ {
				m[k][j] -= f * m[i][j]
			}
		}
	}
	for i := range 3 {
		x[i] = m[i][3] / m[i][i]
	}
	return x, true
}
