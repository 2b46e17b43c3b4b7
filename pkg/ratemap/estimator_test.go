package ratemap

import (
	"errors"
	"math"
	"slices"
	"testing"

	"gridcells/pkg/npy/npytest"
)

// Rates smoothed by a Gaussian against SciPy, and adaptively against the
// definition; testdata/make_estimator.py wrote both.
func TestEstimatorEqualsSciPy(t *testing.T) {
	arrays, err := npytest.ReadNPZ("testdata/estimator.npz")
	if err != nil {
		t.Fatal(err)
	}
	get := func(name string) []float64 {
		v, err := arrays[name].Float64()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	var steps []int64
	for _, n := range get("steps") {
		steps = append(steps, int64(n))
	}
	ny, sigma, sums := arrays["steps"].Shape[1], get("sigma"), get("sums")
	for name, how := range map[string]Smoothing{
		"gauss":    {Sigma: Size[float64]{sigma[0], sigma[1]}, MinSteps: 5},
		"adaptive": {Adaptive: get("alpha")[0], StepSeconds: get("dt")[0]},
	} {
		e := NewEstimator(steps, ny, how)
		got := make([]float64, len(sums))
		for range 2 { // working memory is reused
			if err := e.Rates(got, sums); err != nil {
				t.Fatal(err)
			}
		}
		missing := 0
		for i, want := range get(name) {
			if math.IsNaN(want) {
				missing++
			}
			if math.IsNaN(want) != math.IsNaN(got[i]) || math.Abs(got[i]-want) > 1e-13*math.Abs(want) {
				t.Errorf("%s, bin %d: %v, want %v", name, i, got[i], want)
			}
		}
		if missing == 0 {
			t.Errorf("%s: no bin is left out", name)
		}
	}
}

// Without smoothing a rate is the mean, to the bit.
func TestEstimatorWithoutSmoothing(t *testing.T) {
	a := NewAccumulator(4, 2)
	Add(a, []int32{0, 0, 1, 3, 3, 3}, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0.1, 12}, 2)
	want, sums, got := make([]float64, 4), make([]float64, 4), make([]float64, 4)
	e := NewEstimator(a.Steps(), 2, Smoothing{})
	for u := range 2 {
		if err := errors.Join(a.Mean(want, u), a.Sums(sums, u), e.Rates(got, sums)); err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(got, want, func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }) {
			t.Errorf("unit %d: %v, want %v", u, got, want)
		}
	}
	if err := a.Sums(sums, 2); err == nil {
		t.Error("unit out of range accepted")
	}
	if err := e.Rates(got[:2], sums); err == nil {
		t.Error("short result accepted")
	}
	sums[0] = math.Inf(1)
	if err := e.Rates(got, sums); !errors.Is(err, ErrNotFinite) {
		t.Errorf("infinite sum: %v", err)
	}
}

func TestSpeeds(t *testing.T) {
	nan := math.NaN()
	// 1 m/s along x at 10 Hz, a lost position, and one that stands alone.
	positions := []float64{0, 0, 0.1, 0, 0.2, 0, 0.3, 0, nan, 0, 0.9, 0, nan, nan, 1, 0, 1, 0.3}
	want := []float64{1, 1, 1, 1, nan, nan, nan, 3, 3}
	got := make([]float64, len(want))
	Speeds(got, positions, 2, 0.1)
	for i, w := range want {
		if math.IsNaN(w) != math.IsNaN(got[i]) || math.Abs(got[i]-w) > 1e-12 {
			t.Errorf("step %d: %v m/s, want %v", i, got[i], w)
		}
	}
}

func TestLayout(t *testing.T) {
	l := NewLayout(Size[int]{30, 20}, Size[float64]{1.5, 1})
	if l != (Layout{30, 20, 1}) || l.IsSquare() || l.Shorter() != 20 || l.Cells() != 600 {
		t.Errorf("%+v", l)
	}
	if l := NewLayout(Size[int]{20, 20}, Size[float64]{1, 2}); l.Aspect != 2 || l.IsSquare() || l.Shorter() != 20 {
		t.Errorf("%+v", l)
	}
	if !Square(7).IsSquare() {
		t.Error("a square is none")
	}
}
