package gridscore

import (
	"math"

	"gridcells/pkg/kernel"
)

// The rotated SACs are those of SciPy ≥ 1.6, ndimage.rotate(sac, angle,
// reshape=False): the interpolating cubic B-spline with mirrored ends about the
// SAC's centre, zero where the rotated point lies outside the lags' square.
//
// Two symmetries save most of this work. A SAC is the same turned by 180°, and
// so is its spline. And the lag grid is the same turned by 90°, so the SAC
// rotated by 120°, 135° or 150° has the values of the SAC rotated by 30°, 45°
// or 60° at points turned by 90°, and rotation by 90° interpolates nothing. So
// with q running over a quarter of the points and q′ = q turned by 90°, the
// spline's values at M·q and M·q′ for three rotations M are all that is
// needed.

// pole of the cubic B-spline's prefilter, √3 − 2.
var pole = math.Sqrt(3) - 2

// planes hold the values from which a rotated SAC is interpolated: the
// coefficients of a spline, or the SAC's own values.
type planes struct {
	n      int
	stride int
	// The plane of the SAC, and of the SAC turned by 90°, for lags −n … n+1 along
	// both axes: one beyond the SAC before and two behind, as far as a point within
	// it looks.
	padded [2][]float64
	vector bool // the processor has AVX2 and FMA
}

func newPlanes(n int) planes {
	size := 2*n - 1
	p := planes{n: n, stride: size + padBefore + padAfter, vector: kernel.Path() != "scalar"}
	for i := range p.padded {
		p.padded[i] = make([]float64, p.stride*p.stride)
	}
	return p
}

// copySAC makes the planes those of the SAC itself, for linear interpolation.
// Values beyond the SAC stay 0.
func (p *planes) copySAC(sac []float64) {
	size := 2*p.n - 1
	for i := range size {
		for j := range size {
			v := sac[i*size+j]
			// The point (i, j) turned by 90° about the centre is (size−1−j, i).
			p.padded[0][(i+padBefore)*p.stride+j+padBefore] = v
			p.padded[1][(size-1-j+padBefore)*p.stride+i+padBefore] = v
		}
	}
}

// spline holds the B-spline coefficients of a SAC.
type spline struct {
	planes
	half   []float64 // (2n−1)×n, see fit
	turned []float64
	poles  poles
}

const (
	padBefore = 1
	padAfter  = 2
)

func newSpline(n int) *spline {
	size := 2*n - 1
	s := &spline{planes: newPlanes(n)}
	s.half = make([]float64, size*n)
	s.turned = make([]float64, size*n)
	s.poles = newPoles(size)
	return s
}

// fit computes the coefficients of a SAC. It relies on the SAC's symmetry:
// filtering along x keeps it, so half of the columns and then half of the rows
// give all coefficients.
func (s *spline) fit(sac []float64) {
	n, size := s.n, 2*s.n-1
	copyLines(lines{s.half, 0, n}, lines{sac, 0, size}, shape{size, n}, s.vector)
	s.filter(s.half)
	// Rows 0 … n−1 of what is now filtered along x, as columns.
	last := (size - 1) * n
	transposeLines(lines{s.turned, last, -n}, lines{s.half, last, -n}, shape{n, n}, s.vector)
	transposeLines(lines{s.turned, 0, n}, lines{s.half, 0, n}, shape{n, n}, s.vector)
	s.filter(s.turned)
	s.pad()
}

// filter runs the prefilter down the n columns of lines.
func (s *spline) filter(lines []float64) {
	prefilter(lines, s.n, &s.poles, s.vector)
}

// poles are what the prefilter needs of its pole, for lines of one number.
type poles struct {
	powers []float64 // of the pole, up to that of the last line
	ends   float64   // 1 − pole^(2·(lines−1))
	folds  int       // the number of lines beside the ends whose power is not 0
}

// prefilter turns the columns of lines, [len(powers), n], into coefficients of the
// B-spline with mirrored ends. The recursions of the columns are independent, so
// they go side by side.
func prefilter(lines []float64, n int, p *poles, vector bool) {
	from := 0
	if vector {
		from = prefilterVectors(lines, n, p)
	}
	prefilterScalar(lines, n, p, from)
}

// prefilterScalar is prefilter for the columns from the given one on.
func prefilterScalar(lines []float64, n int, p *poles, from int) {
	if from == n {
		return
	}
	size, powers := len(p.powers), p.powers
	z, gain, _ := poleConstants()
	row := func(i int) []float64 { return lines[i*n+from : (i+1)*n] }
	for i := range size {
		for k, v := range row(i) {
			row(i)[k] = v * gain
		}
	}
	first, last := row(0), row(size-1)
	for k := range first {
		first[k] += powers[size-1] * last[k]
	}
	for i := 1; i <= p.folds; i++ {
		forth, back := powers[i], powers[i]*powers[size-1]
		line, mirror := row(i), row(size-1-i)
		for k, v := range line {
			first[k] += forth*v + back*mirror[k]
		}
	}
	for k := range first {
		first[k] /= p.ends
	}
	for i := 1; i < size; i++ {
		line, before := row(i), row(i-1)
		for k := range line {
			line[k] += z * before[k]
		}
	}
	before := row(size - 2)
	for k := range last {
		last[k] = (z*before[k] + last[k]) * z / (z*z - 1)
	}
	for i := size - 2; i >= 0; i-- {
		line, after := row(i), row(i+1)
		for k := range line {
			line[k] = z * (after[k] - line[k])
		}
	}
}

// poleConstants returns the pole z, the gain of the prefilter, and z² − 1.
func poleConstants() (z, gain, divisor float64) {
	z = pole
	return z, (1 - z) * (1 - 1/z), z*z - 1
}

func newPoles(size int) poles {
	p := poles{powers: make([]float64, size)}
	for i := range p.powers {
		p.powers[i] = math.Pow(pole, float64(i))
		if p.powers[i] != 0 && i > 0 && i < size-1 {
			p.folds = i
		}
	}
	p.ends = 1 - p.powers[size-1]*p.powers[size-1]
	return p
}

// pad spreads the coefficients in turned over padded. Coefficient (i, j), which is
// turned[j·n+i], is (size−1−i, size−1−j) too. The point (i, j) turned by 90° about the
// centre is (size−1−j, i).
func (s *spline) pad() {
	n, size, stride := s.n, 2*s.n-1, s.stride
	// at is where row i, column j of the SAC is in a plane.
	at := func(i, j int) int { return (i+padBefore)*stride + j + padBefore }
	plane := s.padded[0]
	transposeLines(lines{plane, at(0, 0), stride}, lines{s.turned, 0, n}, shape{size, n}, s.vector)
	reverseLines(lines{plane, at(size-1, 0), -stride}, lines{plane, at(0, 0), stride}, shape{n - 1, size}, s.vector)
	// The row in the middle is its own mirror image: of two coefficients the later one holds.
	reverseLines(lines{plane, at(n-1, 0), stride}, lines{plane, at(n-1, n), stride}, shape{1, n - 1}, s.vector)
	plane = s.padded[1]
	reverseLines(lines{plane, at(0, n-1), stride}, lines{s.turned, 0, n}, shape{size, n}, s.vector)
	// The middle is written twice: of two coefficients the later one holds.
	copyLines(lines{plane, at(0, 0), stride}, lines{s.turned, (size - 1) * n, -n}, shape{n - 1, n}, s.vector)
	copyLines(lines{plane, at(n-1, 0), stride}, lines{s.turned, (n - 1) * n, -n}, shape{n, n - 1}, s.vector)
	for k := range s.padded {
		plane := s.padded[k]
		for i := range size {
			line := plane[(i+padBefore)*s.stride : (i+padBefore+1)*s.stride]
			line[0], line[padBefore+size], line[padBefore+size+1] = line[padBefore+1], line[padBefore+size-2], line[padBefore+size-3]
		}
		line := func(i int) []float64 { return plane[(i+padBefore)*s.stride : (i+padBefore+1)*s.stride] }
		copy(line(-1), line(1))
		copy(line(size), line(size-2))
		copy(line(size+1), line(size-3))
	}
}

// sample is a point at which planes are interpolated: the 4×4 elements from
// index on, and their weights. Outside the SAC all weights are zero.
type sample struct {
	index   int
	weights [16]float64
}

// weigh returns the first of the four elements along an axis that bear on the
// point t ≥ 0, and their weights.
type weigh func(t float64) (first int, w [4]float64)

// newSample returns the sample for the point lag (x, y) of the SAC rotated by
// an angle.
func (s *planes) newSample(x, y int, by angle, weights weigh) sample {
	centre, cos, sin := float64(s.n-1), by.cos, by.sin
	u := cos*float64(x) + sin*float64(y)
	v := -sin*float64(x) + cos*float64(y)
	if math.Abs(u) > centre || math.Abs(v) > centre {
		return sample{}
	}
	i, wx := weights(u + centre)
	j, wy := weights(v + centre)
	sm := sample{index: (i+padBefore)*s.stride + j + padBefore}
	for a := range 4 {
		for b := range 4 {
			sm.weights[4*a+b] = wx[a] * wy[b]
		}
	}
	return sm
}

// linearWeights are the weights of linear interpolation, as scikit-image rotates
// by default: of the two elements in the middle.
func linearWeights(t float64) (first int, w [4]float64) {
	whole := math.Floor(t)
	w[1], w[2] = 1-(t-whole), t-whole
	return int(whole) - 1, w
}

// splineWeights are the weights of the cubic B-spline.
func splineWeights(t float64) (first int, w [4]float64) {
	whole := math.Floor(t)
	f := t - whole
	g := 1 - f
	w[0] = g * g * g / 6
	w[1] = (f*f*(f-2)*3 + 4) / 6
	w[2] = (g*g*(g-2)*3 + 4) / 6
	w[3] = f * f * f / 6
	return int(whole) - 1, w
}

// evaluate sets out to the interpolated values at the points of the samples, and
// at those points turned by 90°.
func (s *planes) evaluate(out [][2]float64, samples []sample) {
	if s.vector {
		interpolate(out, samples, s)
	} else {
		interpolateScalar(out, samples, s)
	}
}

func interpolateScalar(out [][2]float64, samples []sample, s *planes) {
	n := s.stride
	for i := range samples {
		sm := &samples[i]
		for k, plane := range s.padded {
			at := plane[sm.index : sm.index+3*n+4]
			out[i][k] = weighted(sm.weights[:4], at) + weighted(sm.weights[4:8], at[n:]) +
				(weighted(sm.weights[8:12], at[2*n:]) + weighted(sm.weights[12:], at[3*n:]))
		}
	}
}

// weighted is the sum of four products.
func weighted(w, x []float64) float64 {
	return w[0]*x[0] + w[1]*x[1] + (w[2]*x[2] + w[3]*x[3])
}
