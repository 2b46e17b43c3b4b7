package gridscore

import (
	"math"
	"testing"

	"gridcells/pkg/npy/npytest"
	"gridcells/pkg/ratemap"
)

// Scores of maps that are not square against SciPy and opexebo:
// testdata/make_rectangle.py wrote them.
func TestRectangle(t *testing.T) {
	arrays, err := npytest.ReadNPZ("testdata/rectangle.npz")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"tall", "wide", "flat_bins"} {
		get := func(field string) []float64 {
			v, err := arrays[name+"/"+field].Float64()
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		shape := arrays[name+"/ratemap"].Shape
		layout := ratemap.Layout{X: shape[1], Y: shape[2], Aspect: get("aspect")[0]}
		maps, scores, sacs := get("ratemap"), get("score"), get("sac")
		for k := range shape[0] {
			rates := maps[k*layout.Cells() : (k+1)*layout.Cells()]
			for _, u := range []Unvisited{ZeroFilled, LeftOut} {
				s, err := NewScorer(layout, u, Reference(), Opexebo(layout))
				if err != nil {
					t.Fatal(err)
				}
				got := make([]Score, 2)
				if err := s.Score(got, rates); err != nil {
					t.Fatal(err)
				}
				want := scores[4*k+2*int(u):]
				if math.Abs(got[0].Sixty-want[0]) > 1e-9 || math.Abs(got[0].Ninety-want[1]) > 1e-9 {
					t.Errorf("%s, map %d, unvisited %s: scores %v and %v, want %v and %v", name, k, u, got[0].Sixty, got[0].Ninety, want[0], want[1])
				}
				if k == shape[0]-1 { // the map with bins never visited
					for i, w := range sacs[int(u)*len(s.SAC()):][:len(s.SAC())] {
						if math.Abs(s.SAC()[i]-w) > 1e-9 {
							t.Fatalf("%s, unvisited %s: SAC is %v at lag %d, want %v", name, u, s.SAC()[i], i, w)
						}
					}
				}
				if u != ZeroFilled || layout.Aspect != 1 {
					continue // opexebo has neither
				}
				if want := get("opexebo")[k]; math.Abs(got[1].Sixty-want) > 1e-9 {
					t.Errorf("%s, map %d: opexebo scores %v, want %v", name, k, got[1].Sixty, want)
				}
				if r, want := s.centre.radius(s.SAC()), get("opexebo_radius")[k]; float64(r) != want {
					t.Errorf("%s, map %d: central field of radius %d, want %v", name, k, r, want)
				}
			}
		}
	}
}

// A square map scored as one that is not has the same scores: both ways to rotate
// agree. (Of other definitions, lags lie on the edges of rings.)
func TestRectangleEqualsSquare(t *testing.T) {
	const n = 16
	almost := ratemap.Layout{X: n, Y: n, Aspect: 1 + 1e-12}
	rates := make([]float64, n*n)
	for i := range rates {
		rates[i] = math.Sin(float64(i/n)) * math.Cos(float64(i%n)/2)
	}
	var got [2][]Score
	for k, layout := range []ratemap.Layout{ratemap.Square(n), almost} {
		s, err := NewScorer(layout, ZeroFilled, Reference(), ReferenceMinMax())
		if err != nil {
			t.Fatal(err)
		}
		got[k] = make([]Score, 2)
		if err := s.Score(got[k], rates); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range got[0] {
		if g := got[1][i]; math.Abs(g.Sixty-want.Sixty) > 1e-9 || math.Abs(g.Ninety-want.Ninety) > 1e-9 {
			t.Errorf("definition %d: %+v, want %+v", i, g, want)
		}
	}
}

func TestLayouts(t *testing.T) {
	for _, bad := range []ratemap.Layout{{X: 1, Y: 9, Aspect: 1}, {X: 9, Y: MaxBins + 1, Aspect: 1}, {X: 9, Y: 9}, {X: 9, Y: 9, Aspect: math.NaN()}} {
		if _, err := NewScorer(bad, ZeroFilled, Reference()); err == nil {
			t.Errorf("%+v accepted", bad)
		}
	}
	// A corridor has room for the narrowest rings only.
	s, err := NewScorer(ratemap.Layout{X: 40, Y: 2, Aspect: 1}, LeftOut, Reference(), Opexebo(ratemap.Layout{X: 40, Y: 2, Aspect: 1}))
	if err != nil {
		t.Fatal(err)
	}
	rates := make([]float64, 80)
	rates[33] = 1
	if err := s.Score(make([]Score, 2), rates); err != nil {
		t.Error(err)
	}
}
