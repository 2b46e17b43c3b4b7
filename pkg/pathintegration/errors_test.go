package pathintegration_test

import (
	"math"
	"testing"

	"gridcells/pkg/ensemble"
	"gridcells/pkg/pathintegration"
)

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-9) && !(math.IsNaN(got) && math.IsNaN(want)) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func errorsOf(paths ...[]float64) *pathintegration.Errors {
	e := pathintegration.NewErrors(2)
	for _, p := range paths {
		e.Add(p)
	}
	return e
}

// By hand: final errors 1 and 3 have mean 2, sd 1; 7 and 13 have mean 10, sd 3.
func TestErrors(t *testing.T) {
	a, b := errorsOf([]float64{0, 1}, []float64{4, 3}), errorsOf([]float64{0, 7}, []float64{0, 13})
	mean, sd := a.Final()
	near(t, "mean", mean, 2)
	near(t, "sd", sd, 1)
	near(t, "first step", a.Means()[0], 2)
	effect := func(trained, control *pathintegration.Errors) float64 {
		mean, sd := trained.Final()
		other, otherSD := control.Final()
		return pathintegration.EffectSize(mean, sd, other, otherSD)
	}
	near(t, "effect size", effect(a, b), 8/math.Sqrt(5))
	near(t, "of nothing", effect(errorsOf(), b), math.NaN())
	near(t, "without variance", effect(errorsOf([]float64{0, 1}), errorsOf([]float64{0, 1})), math.NaN())
}

func TestDistances(t *testing.T) {
	d := make([]float64, 2)
	pathintegration.Distances(d, []float64{0, 0, 1, 1}, []float64{3, 4, 1, 0}, 0)
	near(t, "3, 4, 5", d[0], 5)
	near(t, "1 along y", d[1], 1)
	pathintegration.Distances(d, []float64{1, -1, 0.5, 0}, []float64{-0.9, 1, 5, 0}, 2.2)
	near(t, "across a corner of a torus", d[0], math.Hypot(0.3, 0.2))
	near(t, "a prediction outside", d[1], 0.1)
	pathintegration.Turns(d, []float64{math.Pi - 0.1, 1}, []float64{-math.Pi + 0.1, 1 + 6*math.Pi})
	near(t, "across π", d[0], 0.2*180/math.Pi)
	near(t, "three turns on", d[1], 0)
}

// The floor of argmax is the distance to the nearest centre; at a centre it is 0,
// also for the mean of a code as narrow as the released one.
func TestFloor(t *testing.T) {
	place, err := ensemble.NewPlaceCells(256, 0.01, 2.2, 8341, false)
	if err != nil {
		t.Fatal(err)
	}
	direction, err := ensemble.NewHeadDirectionCells(12, 20, 8341)
	if err != nil {
		t.Fatal(err)
	}
	d := pathintegration.NewDecoder(ensemble.DefaultConfig(), place, direction)
	x, y := place.Center(17)
	near(t, "at a centre", d.PositionFloor(x, y, ensemble.Argmax), 0)
	if f := d.PositionFloor(x, y, ensemble.Mean); f > 1e-3 {
		t.Errorf("mean at a centre: %v", f)
	}
	sum, count := 0.0, 0
	for u := -1.0; u <= 1; u += 0.05 {
		for v := -1.0; v <= 1; v += 0.05 {
			nearest := math.Inf(1)
			for i := range place.Cells() {
				x, y := place.Center(i)
				nearest = min(nearest, math.Hypot(x-u, y-v))
			}
			if got := d.PositionFloor(u, v, ensemble.Argmax); math.Abs(got-nearest) > 1e-9 {
				t.Fatalf("(%v, %v): %v, want %v", u, v, got, nearest)
			}
			sum, count = sum+nearest, count+1
		}
	}
	// ½√(A/N) is for cells at random places far from walls.
	if mean, rule := sum/float64(count), 0.5*math.Sqrt(2.2*2.2/256); math.Abs(mean/rule-1) > 0.15 {
		t.Errorf("mean floor %v, ½√(A/N) is %v", mean, rule)
	}
	if f := d.HeadingFloor(direction.Mean(3)); f > 30 {
		t.Errorf("heading floor at a preferred direction: %v°", f)
	}
	near(t, "turned once", d.HeadingFloor(direction.Mean(3)+2*math.Pi), d.HeadingFloor(direction.Mean(3)))
}

// Cartesian predictions are the quantities themselves. Predictions of DoG codes
// have the error that the spacing of the place cells causes.
func TestFloorOfOtherTargets(t *testing.T) {
	place, err := ensemble.NewPlaceCells(256, 0.12, 2.2, 8341, false)
	if err != nil {
		t.Fatal(err)
	}
	direction, err := ensemble.NewHeadDirectionCells(12, 20, 8341)
	if err != nil {
		t.Fatal(err)
	}
	c := ensemble.DefaultConfig()
	c.TargetsType = ensemble.Cartesian
	d := pathintegration.NewDecoder(c, place, direction)
	x, y := d.Position([]float32{0.25, -0.5}, ensemble.Direct)
	near(t, "x", x, 0.25)
	near(t, "y", y, -0.5)
	near(t, "heading", d.Heading([]float32{0, 2}), math.Pi/2)
	near(t, "floor", d.PositionFloor(0.25, -0.5, ensemble.Direct), 0)
	if f := d.HeadingFloor(1); f > 1e-4 {
		t.Errorf("floor of headings %v°", f)
	}

	c.TargetsType, c.SurroundScale = ensemble.DoG, 2
	d = pathintegration.NewDecoder(c, place, direction)
	x, y = place.Center(17)
	if f := d.PositionFloor(x, y, ensemble.Argmax); f != 0 {
		t.Errorf("argmax at a centre: %v m", f)
	}
	if f := d.PositionFloor(x, y, ensemble.Top3); f > 0.15 {
		t.Errorf("top3 at a centre: %v m", f)
	}
	// The code raises all cells, so that its mean is drawn to the middle.
	if f, r := d.PositionFloor(x, y, ensemble.Mean), math.Hypot(x, y); f < 0.5*r || f > r {
		t.Errorf("mean at a centre %v m from the middle: %v m", r, f)
	}
}
