package gridscore

import (
	"math"
	"testing"

	"gridcells/pkg/npy/npytest"
	"gridcells/pkg/ratemap"
)

// TestOpexebo holds the score against opexebo 0.7.2 itself, run by
// testdata/make_opexebo.py on synthetic maps, on noise and on published maps of
// recorded grid cells: radii of the central field and scores.
func TestOpexebo(t *testing.T) {
	want := npytest.Golden(t, "testdata/opexebo.npz")
	for _, test := range []struct {
		archive string
		n       int
	}{{"synthetic_scores_20", 20}, {"synthetic_scores_32", 32}, {"recorded_grid_maps", 32}} {
		maps := npytest.Golden(t, "testdata/"+test.archive+".npz")["ratemap"]
		maps = append(maps, want[test.archive+"/noise"]...)
		s := newTestScorer(t, test.n, ZeroFilled, "opexebo", "reference")
		scores := make([]Score, 2)
		radii, gridness := want[test.archive+"/radius"], want[test.archive+"/score"]
		if len(gridness)*test.n*test.n != len(maps) {
			t.Fatalf("%s: %d scores for %d maps", test.archive, len(gridness), len(maps)/test.n/test.n)
		}
		compared, defined, worst := 0, 0, 0.0
		for i := range gridness {
			if err := s.Score(scores, maps[i*test.n*test.n:(i+1)*test.n*test.n]); err != nil {
				t.Fatal(err)
			}
			if want[test.archive+"/sac_off"][i] > 1e-9 {
				continue // a lone narrow field, see make_opexebo.py
			}
			if radius := s.centre.radius(s.SAC()); !math.IsNaN(gridness[i]) && radius != int(radii[i]) {
				t.Errorf("%s: map %d: central field of radius %d, opexebo %v", test.archive, i, radius, radii[i])
			}
			compared++
			off := math.Abs(scores[0].Sixty - gridness[i])
			if math.IsNaN(scores[0].Sixty) != math.IsNaN(gridness[i]) || off > 1e-12 {
				t.Errorf("%s: map %d: score %v, opexebo %v", test.archive, i, scores[0].Sixty, gridness[i])
			}
			if !math.IsNaN(off) {
				defined, worst = defined+1, max(worst, off)
			}
		}
		t.Logf("%s: %d of %d maps compared, %d with a score, largest difference %.1g", test.archive, compared, len(gridness), defined, worst)
		if compared < 19 || defined < 19 {
			t.Errorf("%s: only %d maps compared, %d of them with a score", test.archive, compared, defined)
		}
	}
}

// cone is a SAC that falls linearly to 0 at a radius.
func cone(n int, radius float64) []float64 {
	size := 2*n - 1
	sac := make([]float64, size*size)
	for p := range sac {
		sac[p] = max(0, 1-math.Hypot(float64(p/size-n+1), float64(p%size-n+1))/radius)
	}
	return sac
}

// A cone's region at the lowest threshold, 0.2, has a radius of about 0.8 of its
// own.
func TestCentralField(t *testing.T) {
	const n = 32
	c := newCentralField(ratemap.Square(n))
	for _, radius := range []float64{6, 10, 15} {
		if got := c.radius(cone(n, radius)); math.Abs(float64(got)-0.8*radius) > 1.5 {
			t.Errorf("cone of radius %v: central field of radius %d", radius, got)
		}
	}
	size := 2*n - 1
	if got := c.radius(make([]float64, size*size)); got != 0 {
		t.Errorf("zeros: radius %d", got)
	}
	// A peak of one bin is flattened away. All the rest is as high then, and leaves
	// no room for rings.
	if got := c.radius(cone(n, 1)); got < c.size/2 {
		t.Errorf("a peak of one bin: radius %d", got)
	}
	// Lower lags that the region would enclose end its growth.
	hole := cone(n, 15)
	hole[(n-1)*size+n+3] = 0.1
	hole[(n-1)*size+n-5] = 0.1
	if got := c.radius(hole); got > 6 {
		t.Errorf("with holes at 4 bins: radius %d", got)
	}
}
