package nulls_test

import (
	"math"
	"math/cmplx"
	"slices"
	"testing"

	"gridcells/pkg/nulls"
	"gridcells/pkg/ratemap"
)

// rectangles are layouts that are not square, in both shapes of the field shuffle's
// sets.
var rectangles = []ratemap.Layout{{X: 7, Y: 12, Aspect: 1}, {X: 12, Y: 7, Aspect: 1.3}, {X: 70, Y: 9, Aspect: 1}, {X: 9, Y: 70, Aspect: 1}}

// rectangularMap has two fields, and some bins that were never visited.
func rectangularMap(l ratemap.Layout) []float64 {
	m := make([]float64, l.Cells())
	for i := range m {
		x, y := float64(i/l.Y), float64(i%l.Y)
		m[i] = math.Exp(-(math.Pow(x-2, 2)+math.Pow(y-3, 2))/4) + 0.7*math.Exp(-(math.Pow(x-5, 2)+math.Pow(y-5, 2))/2) + 1e-3*math.Sin(float64(7*i))
		if i%11 == 3 {
			m[i] = math.NaN()
		}
	}
	return m
}

// Null maps of maps that are not square have NaN where the map has, and those of
// field and iaaft have its values.
func TestNullsOfRectangles(t *testing.T) {
	options := nulls.DefaultOptions()
	options.Shuffles = 4
	for _, l := range rectangles {
		m := rectangularMap(l)
		values := sortedVisited(m)
		for _, null := range nulls.Registry {
			if null.NewOwn == nil || null.Needs.Shifted {
				continue
			}
			own, dst, s := null.NewOwn(l, options), make([]float64, len(m)), nulls.Stream(1, null.Name, "layer", 0)
			for range own.Prepare(nulls.Unit{Ratemap: m}) {
				own.Draw([][]float64{dst}, s)
				for i, v := range dst {
					if math.IsNaN(v) != math.IsNaN(m[i]) || math.IsInf(v, 0) {
						t.Fatalf("%s of %+v: bin %d is %v, of the map %v", null.Name, l, i, v, m[i])
					}
				}
				if keeps := null.Name == "field" || null.Name == "iaaft"; keeps && !slices.Equal(sortedVisited(dst), values) {
					t.Errorf("%s of %+v: other values", null.Name, l)
				}
				if slices.Equal(dst, m) {
					t.Errorf("%s of %+v: the map itself", null.Name, l)
				}
			}
		}
	}
}

func sortedVisited(m []float64) (values []float64) {
	for _, v := range m {
		if !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	slices.Sort(values)
	return values
}

// Gaussian fields of a map that is not square have, on average, its power at every
// length of the wave vector in the room.
func TestGaussianFieldOfRectangle(t *testing.T) {
	l := ratemap.Layout{X: 14, Y: 8, Aspect: 1.25}
	m := make([]float64, l.Cells())
	for i := range m {
		m[i] = math.Cos(2*math.Pi*3*float64(i/l.Y)/14) + 0.5*math.Sin(2*math.Pi*2*float64(i%l.Y)/8)
	}
	want := ringPower(m, l)
	g, dst, s := nulls.NewGaussianField(l, 1), make([]float64, len(m)), nulls.Stream(1, "gaussian", "layer", 0)
	g.Prepare(m)
	got := make([]float64, len(want))
	const draws = 600
	for range draws {
		g.Draw(dst, s)
		for r, p := range ringPower(dst, l) {
			got[r] += p / draws
		}
	}
	for r := 1; r < len(want); r++ {
		if math.Abs(got[r]-want[r]) > 0.1*want[r]+1e-9 {
			t.Errorf("ring %d: power %v, want %v", r, got[r], want[r])
		}
	}
}

// ringPower is the power by rings one wave number of the longer side wide, from sums
// over all bins.
func ringPower(m []float64, l ratemap.Layout) []float64 {
	lengthX, lengthY := float64(l.X), float64(l.Y)*l.Aspect
	longer := max(lengthX, lengthY)
	var power, count []float64
	for kx := range l.X {
		for ky := range l.Y {
			var sum complex128
			for i, v := range m {
				sum += complex(v, 0) * cmplx.Exp(complex(0, -2*math.Pi*(float64(kx*(i/l.Y))/float64(l.X)+float64(ky*(i%l.Y))/float64(l.Y))))
			}
			x, y := float64(min(kx, l.X-kx))/lengthX, float64(min(ky, l.Y-ky))/lengthY
			r := int(math.Round(math.Hypot(x, y) * longer))
			for len(power) <= r {
				power, count = append(power, 0), append(count, 0)
			}
			power[r] += real(sum)*real(sum) + imag(sum)*imag(sum)
			count[r]++
		}
	}
	for r := range power {
		power[r] /= max(1, count[r])
	}
	return power
}
