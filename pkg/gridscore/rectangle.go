package gridscore

import (
	"math"

	"gridcells/pkg/kernel"
	"gridcells/pkg/ratemap"
)

// lagPlane is what the rotated SAC of a map that is not square is interpolated from:
// the coefficients of its spline, or its own values. The symmetry by which a square
// map's points turn into each other by 90° is missing, so half of all lags are
// rotated by all angles. Where bins are not square the SAC is rotated in the room,
// not in the array.
type lagPlane struct {
	layout ratemap.Layout
	nx, ny int       // lags along the axes
	stride int       // of padded
	padded []float64 // one lag beyond the SAC before and two behind
	lines  []float64
	turned []float64
	poles  [2]poles // of the filter along x and y
	vector bool     // the processor has AVX2 and FMA
}

func newLagPlane(layout ratemap.Layout) *lagPlane {
	p := &lagPlane{layout: layout, vector: kernel.Path() != "scalar", nx: 2*layout.X - 1, ny: 2*layout.Y - 1}
	p.stride = p.ny + padBefore + padAfter
	p.padded = make([]float64, (p.nx+padBefore+padAfter)*p.stride)
	p.lines, p.turned = make([]float64, p.nx*p.ny), make([]float64, p.nx*p.ny)
	p.poles = [2]poles{newPoles(p.nx), newPoles(p.ny)}
	return p
}

// set makes the plane that of a SAC, for one way to interpolate.
func (p *lagPlane) set(sac []float64, way int) {
	copy(p.lines, sac)
	if way == cubic {
		prefilter(p.lines, p.ny, &p.poles[0], p.vector)
		transpose(p.turned, p.lines, p.nx, p.ny)
		prefilter(p.turned, p.nx, &p.poles[1], p.vector)
		transpose(p.lines, p.turned, p.ny, p.nx)
	}
	for i := -padBefore; i < p.nx+padAfter; i++ {
		for j := -padBefore; j < p.ny+padAfter; j++ {
			p.padded[(i+padBefore)*p.stride+j+padBefore] = p.lines[mirrored(i, p.nx)*p.ny+mirrored(j, p.ny)]
		}
	}
}

// mirrored is the index whose mirror image at an end is i, which lies a little beyond it.
func mirrored(i, size int) int {
	switch {
	case i < 0:
		return -i
	case i >= size:
		return 2*(size-1) - i
	}
	return i
}

// transpose writes src [rows, columns] to dst [columns, rows].
func transpose(dst, src []float64, rows, columns int) {
	for i := range rows {
		for j := range columns {
			dst[j*rows+i] = src[i*columns+j]
		}
	}
}

// samples of the points, one for each of [Angles]. Those outside the SAC have no
// weight.
func (p *lagPlane) samples(points []point, weights weigh) []sample {
	all := make([]sample, 0, len(Angles)*len(points))
	aspect := p.layout.Aspect
	for _, q := range points {
		for _, degrees := range Angles {
			sin, cos := math.Sincos(degrees * math.Pi / 180)
			x, y := float64(q.x), float64(q.y)*aspect
			all = append(all, p.sampleAt(cos*x+sin*y, (-sin*x+cos*y)/aspect, weights))
		}
	}
	return all
}

// sampleAt is the sample for a lag (u, v), in bins along the axes of the array.
func (p *lagPlane) sampleAt(u, v float64, weights weigh) (sm sample) {
	centreX, centreY := float64(p.layout.X-1), float64(p.layout.Y-1)
	if math.Abs(u) > centreX || math.Abs(v) > centreY {
		return sm
	}
	i, wx := weights(u + centreX)
	j, wy := weights(v + centreY)
	sm.index = (i+padBefore)*p.stride + j + padBefore
	for a := range 4 {
		for b := range 4 {
			sm.weights[4*a+b] = wx[a] * wy[b]
		}
	}
	return sm
}

// at is the interpolated value of a sample.
func (p *lagPlane) at(sm *sample) float64 {
	n := p.stride
	at := p.padded[sm.index : sm.index+3*n+4]
	return weighted(sm.weights[:4], at) + weighted(sm.weights[4:8], at[n:]) +
		(weighted(sm.weights[8:12], at[2*n:]) + weighted(sm.weights[12:], at[3*n:]))
}

// sumLags computes the sums over each disc, less the innermost one, of a map that is
// not square.
func (s *Scorer) sumLags(sums []ringSums, samples []sample) {
	var sum ringSums
	from := 0
	for i, d := range s.plan.discs {
		for k := from; k < d.points; k++ {
			v := s.values[s.plan.points[k].lag]
			sum.sac += v
			sum.square += v * v
			for a := range Angles {
				r := s.plane.at(&samples[len(Angles)*k+a])
				sum.rotated[a] += r
				sum.squares[a] += r * r
				sum.products[a] += v * r
			}
		}
		from = max(from, d.points)
		sum.points = float64(from)
		sums[i] = sum
	}
}
