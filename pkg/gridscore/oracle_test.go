package gridscore

import "math"

// The definitions written down once more, as plainly as possible: no symmetry,
// no running sums, no shared weights. Slow, and what the Scorer must equal.

// oracleSAC pairs up every lag's bins and correlates them in two passes.
func oracleSAC(ratemap []float64, n int, unvisited Unvisited) []float64 {
	largest := 0.0
	for _, v := range ratemap {
		largest = max(largest, math.Abs(zeroIfNaN(v)))
	}
	ratemap = append([]float64(nil), ratemap...)
	for i, v := range ratemap {
		if math.Abs(v)/largest < 1e-301 { // documented: counts as 0
			ratemap[i] = 0
		}
	}
	size := 2*n - 1
	sac := make([]float64, size*size)
	for dx := -(n - 1); dx < n; dx++ {
		for dy := -(n - 1); dy < n; dy++ {
			var x, y []float64
			for i := range n {
				for k := range n {
					if i+dx < 0 || i+dx >= n || k+dy < 0 || k+dy >= n {
						continue
					}
					a, b := ratemap[i*n+k], ratemap[(i+dx)*n+k+dy]
					if unvisited == LeftOut && (math.IsNaN(a) || math.IsNaN(b)) {
						continue
					}
					x, y = append(x, zeroIfNaN(a)), append(y, zeroIfNaN(b))
				}
			}
			sac[(dx+n-1)*size+dy+n-1] = oraclePearson(x, y)
		}
	}
	return sac
}

func zeroIfNaN(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return v
}

// oraclePearson is the correlation of two lists, each brought to a maximum of 1
// first so that no square underflows.
func oraclePearson(x, y []float64) float64 {
	x, okX := oracleCentre(x)
	y, okY := oracleCentre(y)
	if !okX || !okY {
		return 0
	}
	var xx, yy, xy float64
	for i := range x {
		xx += x[i] * x[i]
		yy += y[i] * y[i]
		xy += x[i] * y[i]
	}
	return xy / math.Sqrt(xx*yy)
}

// oracleCentre subtracts the mean; false if nothing but rounding is left.
func oracleCentre(x []float64) ([]float64, bool) {
	largest, sum := 0.0, 0.0
	for _, v := range x {
		largest = max(largest, math.Abs(v))
	}
	if largest == 0 || len(x) < 2 {
		return nil, false
	}
	c := make([]float64, len(x))
	for i, v := range x {
		c[i] = v / largest
		sum += c[i]
	}
	var before, after float64
	for i := range c {
		before += c[i] * c[i]
		c[i] -= sum / float64(len(x))
		after += c[i] * c[i]
	}
	return c, after > 0x1p-88*before
}

// oracleRotate is ndimage.rotate(in, degrees, reshape=False).
func oracleRotate(in []float64, size int, degrees float64) []float64 {
	coefficients := oracleSpline(in, size)
	cos, sin := math.Cos(degrees*math.Pi/180), math.Sin(degrees*math.Pi/180)
	if degrees == 90 {
		cos, sin = 0, 1 // scipy.special.cosdg is exact
	}
	centre := float64(size-1) / 2
	mirror := func(i int) int {
		for i < 0 || i >= size {
			if i < 0 {
				i = -i
			} else {
				i = 2*(size-1) - i
			}
		}
		return i
	}
	out := make([]float64, len(in))
	for i := range size {
		for j := range size {
			x, y := float64(i)-centre, float64(j)-centre
			u, v := cos*x+sin*y+centre, -sin*x+cos*y+centre
			if u < 0 || v < 0 || u > float64(size-1) || v > float64(size-1) {
				continue
			}
			for a := int(math.Floor(u)) - 1; a <= int(math.Floor(u))+2; a++ {
				for b := int(math.Floor(v)) - 1; b <= int(math.Floor(v))+2; b++ {
					out[i*size+j] += coefficients[mirror(a)*size+mirror(b)] *
						cubicBSpline(u-float64(a)) * cubicBSpline(v-float64(b))
				}
			}
		}
	}
	return out
}

func cubicBSpline(t float64) float64 {
	t = math.Abs(t)
	switch {
	case t < 1:
		return (4 - 6*t*t + 3*t*t*t) / 6
	case t < 2:
		return (2 - t) * (2 - t) * (2 - t) / 6
	}
	return 0
}

// oracleSpline solves for the coefficients whose spline, mirrored at the ends,
// goes through the samples: (c[i−1] + 4c[i] + c[i+1])/6 = in[i] along each axis.
func oracleSpline(in []float64, size int) []float64 {
	c := append([]float64(nil), in...)
	line := make([]float64, size)
	for axis := range 2 {
		for k := range size {
			at := func(i int) *float64 {
				if axis == 0 {
					return &c[i*size+k]
				}
				return &c[k*size+i]
			}
			for i := range line {
				line[i] = *at(i)
			}
			solveTridiagonal(line)
			for i := range line {
				*at(i) = line[i]
			}
		}
	}
	return c
}

// solveTridiagonal is Gaussian elimination for the system of oracleSpline.
func solveTridiagonal(d []float64) {
	size := len(d)
	upper := make([]float64, size)
	for i := range d {
		lower, diagonal, above := 1.0/6, 4.0/6, 1.0/6
		if i == 0 {
			lower, above = 0, 2.0/6 // the neighbour before is the neighbour behind
		}
		if i == size-1 {
			lower, above = 2.0/6, 0
		}
		if i > 0 {
			diagonal -= lower * upper[i-1]
			d[i] -= lower * d[i-1]
		}
		upper[i] = above / diagonal
		d[i] /= diagonal
	}
	for i := size - 2; i >= 0; i-- {
		d[i] -= upper[i] * d[i+1]
	}
}

// oracleScore is one definition's result from a SAC.
func oracleScore(sac []float64, n int, d Definition) Score {
	size := 2*n - 1
	var rotated [7][]float64
	for a, degrees := range Angles {
		rotated[a] = oracleRotate(sac, size, degrees)
	}
	best := Score{Sixty: math.Inf(-1), Ninety: math.Inf(-1)}
	for _, ring := range d.Rings {
		var in []int
		for i := range size {
			for j := range size {
				x, y := float64(i-n+1), float64(j-n+1)
				r := math.Sqrt(x*x + y*y)
				if r <= ring.Outer*float64(n) && !(r <= ring.Inner*float64(n)) {
					in = append(in, i*size+j)
				}
			}
		}
		if len(in) == 0 {
			continue
		}
		var mean, variance float64
		for _, p := range in {
			mean += sac[p] / float64(len(in))
		}
		for _, p := range in {
			variance += (sac[p] - mean) * (sac[p] - mean) / float64(len(in))
		}
		var c Correlations
		for a := range c {
			for _, p := range in {
				c[a] += (sac[p] - mean) * (rotated[a][p] - mean) / float64(len(in))
			}
			c[a] /= variance + 1e-5
		}
		if s := d.Sixty(&c); s > best.Sixty {
			best.Sixty, best.Ring60 = s, ring
		}
		if s := d.Ninety(&c); s > best.Ninety {
			best.Ninety, best.Ring90 = s, ring
		}
	}
	return best
}
