package celltype_test

import (
	"math"
	"testing"

	"gridcells/pkg/celltype"
	"gridcells/pkg/ratemap"
)

var nan = math.NaN()

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-12) && !(math.IsNaN(got) && math.IsNaN(want)) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// fill makes a map [n, n].
func fill(n int, f func(x, y int) float64) []float64 {
	m := make([]float64, n*n)
	for i := range m {
		m[i] = f(i/n, i%n)
	}
	return m
}

func TestBaselines(t *testing.T) {
	for _, c := range []struct {
		baseline celltype.Baseline
		want     [3]float64
	}{
		{celltype.Rectify, [3]float64{0, 1, 3}},
		{celltype.ShiftNegative, [3]float64{0, 3, 5}},
		{celltype.Minimum, [3]float64{0, 3, 5}},
		{celltype.Population, [3]float64{2, 5, 7}},
		{celltype.None, [3]float64{-2, 1, 3}},
	} {
		b, err := celltype.ParseBaseline(string(c.baseline))
		got := make([]float64, 4)
		b.Apply(got, []float64{-2, 1, 3, nan}, -4)
		if err != nil || [3]float64(got[:3]) != c.want || !math.IsNaN(got[3]) {
			t.Errorf("%s: %v, %v, want %v", c.baseline, got, err, c.want)
		}
	}
	got := make([]float64, 2)
	celltype.ShiftNegative.Apply(got, []float64{1, 2}, 0)
	near(t, "shift-negative of positive values", got[0], 1)
	if _, err := celltype.ParseBaseline("zero"); err == nil {
		t.Error("an unknown baseline passes")
	}
}

// By hand: on 20×20 bins with strips of 3, the wall's strip holds 60 bins.
func TestBorder(t *testing.T) {
	for name, c := range map[string]struct {
		m    []float64
		want float64
	}{
		"a wall":           {fill(20, func(x, y int) float64 { return step(x < 3) }), 1},
		"the other wall":   {fill(20, func(x, y int) float64 { return step(y >= 17) }), 1},
		"half along it":    {fill(20, func(x, y int) float64 { return step(x < 3 && y < 10) + 0.5 }), (1 - 0.5) / (1 + 0.5)},
		"flat":             {fill(20, func(x, y int) float64 { return 2 }), 0},
		"centre only":      {fill(20, func(x, y int) float64 { return step(x >= 3 && x < 17 && y >= 3 && y < 17) }), -1},
		"nothing":          {make([]float64, 400), nan},
		"unvisited corner": {fill(20, func(x, y int) float64 { return unvisited(x < 3, x > 17 && y > 17) }), 1},
		"round arena": {fill(20, func(x, y int) float64 {
			return unvisited(true, math.Hypot(float64(x)-9.5, float64(y)-9.5) > 10)
		}), 0},
	} {
		near(t, name, celltype.Border(c.m, ratemap.Square(20), 3), c.want)
	}
}

func step(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

func unvisited(fires, is bool) float64 {
	if is {
		return nan
	}
	return step(fires)
}

// By hand on 10×10 bins of 0.1 m: 200 cm² are 2 bins, distances 0.05 m … over 0.5 m.
func TestBorderSolstad(t *testing.T) {
	const n, bin = 10, 0.1
	wall := fill(n, func(x, y int) float64 { return step(x == 0) })
	// c = 1, d = 0.5/5.
	near(t, "along a wall", celltype.BorderSolstad(wall, ratemap.Square(n), bin), (1-0.1)/(1+0.1))
	// Away from the walls: c = 0.
	near(t, "centre", celltype.BorderSolstad(fill(n, func(x, y int) float64 { return step(x > 3 && x < 6 && y > 3 && y < 6) }), ratemap.Square(n), bin), -1)
	// All fields count, not only the first. The second lies along six bins of a wall.
	// d: the 4 central bins have distances 4.5, the 6 along the wall y = 9 have 0.5.
	two := fill(n, func(x, y int) float64 { return 2*step(x > 3 && x < 6 && y > 3 && y < 6) + step(x < 6 && y == 9) })
	d := (4*2*4.5 + 6*0.5) / (4*2 + 6) / 5
	near(t, "two fields", celltype.BorderSolstad(two, ratemap.Square(n), bin), (0.6-d)/(0.6+d))
	// One bin of 100 cm² is too small for a field. Bins of 0.2 m have 400 cm².
	one := fill(n, func(x, y int) float64 { return step(x == 0 && y == 0) })
	near(t, "too small", celltype.BorderSolstad(one, ratemap.Square(n), bin), -1)
	// It covers a tenth of the wall, at a tenth of the largest distance: (0.1−0.1)/(0.1+0.1).
	near(t, "large bins", celltype.BorderSolstad(one, ratemap.Square(n), 0.2), 0)
	// Below 0.3 of the peak there is no field; 0.3 itself does not count.
	low := fill(n, func(x, y int) float64 { return step(x == 0) + 0.3*step(y == 9 && x > 0) })
	near(t, "a low field", celltype.BorderSolstad(low, ratemap.Square(n), bin), (1-0.1)/(1+0.1))
	near(t, "nothing", celltype.BorderSolstad(make([]float64, n*n), ratemap.Square(n), bin), nan)
	near(t, "negative", celltype.BorderSolstad(fill(n, func(x, y int) float64 { return -1 }), ratemap.Square(n), bin), nan)
	// If half of a wall was visited, only the visited bins count.
	half := fill(n, func(x, y int) float64 { return unvisited(x == 0, x == 0 && y > 4) })
	near(t, "half a wall", celltype.BorderSolstad(half, ratemap.Square(n), bin), (1-0.1)/(1+0.1))
}

func TestDirection(t *testing.T) {
	one := make([]float64, 20)
	one[15] = 3
	r, angle := celltype.Direction(one)
	near(t, "one bin", r, 1)
	near(t, "its direction", angle, 2*math.Pi*15.5/20-math.Pi)
	flat := make([]float64, 20)
	for i := range flat {
		flat[i] = 4
	}
	if r, _ := celltype.Direction(flat); r > 1e-12 {
		t.Errorf("flat: %v", r)
	}
	// 1 + a cos θ has r = a/2; less its minimum, 1/2 whatever a.
	for _, a := range []float64{0.1, 0.5, 1} {
		tuning, shifted := make([]float64, 20), make([]float64, 20)
		for i := range tuning {
			tuning[i] = 1 + a*math.Cos(2*math.Pi*(float64(i)+0.5)/20)
		}
		r, _ := celltype.Direction(tuning)
		near(t, "cosine", r, a/2)
		celltype.Minimum.Apply(shifted, tuning, 0)
		if r, _ = celltype.Direction(shifted); r < 0.5 || r > 0.51 {
			t.Errorf("less its minimum: %v", r)
		}
	}
	if r, angle := celltype.Direction(make([]float64, 20)); !math.IsNaN(r) || !math.IsNaN(angle) {
		t.Errorf("silent: %v, %v", r, angle)
	}
	missing := append([]float64(nil), one...)
	missing[0] = nan
	r, _ = celltype.Direction(missing)
	near(t, "a bin never seen", r, 1)
}

// Skaggs by hand: firing in one of four bins visited alike is 2 bits a spike. With
// a rate of 4 there the mean is 1.
func TestInformation(t *testing.T) {
	m := []float64{4, 0, 0, 0}
	content, rate := celltype.Information(m, nil)
	near(t, "bits a spike", content, 2)
	near(t, "bits a second", rate, 2)
	near(t, "sparsity", celltype.Sparsity(m, nil), 1.0/4)
	// Half the time in the first bin: λ̄ = 2, information 1 bit a spike, 2 bits/s.
	p := []float64{3, 1, 1, 1}
	content, rate = celltype.Information(m, p)
	near(t, "bits a spike by time", content, 1)
	near(t, "bits a second by time", rate, 2)
	near(t, "sparsity by time", celltype.Sparsity(m, p), 4.0/8)
	// Bins below the mean rate count too, with their negative terms: λ = 3, 1, mean 2.
	content, _ = celltype.Information([]float64{3, 1}, nil)
	near(t, "below the mean", content, 0.75*math.Log2(1.5)+0.25*math.Log2(0.5))
	content, _ = celltype.Information([]float64{2, 2, nan, 2}, nil)
	near(t, "flat with a hole", content, 0)
	near(t, "sparsity of a flat map", celltype.Sparsity([]float64{2, 2, nan, 2}, nil), 1)
	for _, m := range [][]float64{{0, 0}, {nan, nan}, {-3, 1}, {-1, 2}} {
		if content, rate := celltype.Information(m, nil); !math.IsNaN(content) || !math.IsNaN(rate) {
			t.Errorf("%v: %v, %v", m, content, rate)
		}
	}
	near(t, "sparsity of nothing", celltype.Sparsity([]float64{0, nan}, nil), nan)
}

// By hand: in a chequerboard of 2×2 every bin's neighbours are 0, 1, 1 or 1, 0, 0.
func TestCoherence(t *testing.T) {
	near(t, "chequerboard", celltype.Coherence([]float64{1, 0, 0, 1}, 2), -1)
	near(t, "flat", celltype.Coherence(make([]float64, 9), 3), nan)
	near(t, "one bin", celltype.Coherence([]float64{1, nan, nan, nan}, 2), nan)
	slope := fill(20, func(x, y int) float64 { return float64(x) })
	if c := celltype.Coherence(slope, 20); c < 0.99 {
		t.Errorf("a slope: %v", c)
	}
}

func TestStability(t *testing.T) {
	near(t, "the same", celltype.Stability([]float64{1, 2, 4, nan}, []float64{2, 4, 8, 0}), 1)
	near(t, "opposite", celltype.Stability([]float64{1, 2, 3}, []float64{3, 2, 1}), -1)
	near(t, "flat", celltype.Stability([]float64{1, 1, 1}, []float64{3, 2, 1}), nan)
	near(t, "high mean", celltype.Stability([]float64{1e9, 1e9 + 1, 1e9}, []float64{0, 1, 0}), 1)
	near(t, "one bin in both", celltype.Stability([]float64{1, nan, 2}, []float64{1, 2, nan}), nan)
}
