package geometry_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gridcells/pkg/geometry"
	"gridcells/pkg/geometry/latticetest"
	"gridcells/pkg/gridscore"
	"gridcells/pkg/ratemap"
)

func sac(t testing.TB, m []float64, n int, u gridscore.Unvisited) []float64 {
	t.Helper()
	a, err := gridscore.NewAutocorrelator(ratemap.Square(n), u)
	if err != nil {
		t.Fatal(err)
	}
	s := make([]float64, a.Lags())
	if err := a.Compute(s, m); err != nil {
		t.Fatal(err)
	}
	return s
}

func apart(a, b, period float64) float64 { return math.Abs(math.Remainder(a-b, period)) }

// Scale within 1.5 %, orientation within 1°, for every phase and orientation at
// the scales that fit the map.
func TestIdealLattices(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{20, 32} {
		var worstScale, worstAngle float64
		for _, scale := range []float64{0.25, 0.35, 0.45, 0.55} {
			for range 40 {
				bins, orientation := scale*float64(n), 60*rng.Float64()
				m := latticetest.Lattice{Scale: bins, Orientation: orientation, X: bins * rng.Float64(), Y: bins * rng.Float64()}.Map(n)
				l := geometry.Measure(sac(t, m, n, gridscore.ZeroFilled), ratemap.Square(n), geometry.DefaultRule())
				worstScale = max(worstScale, math.Abs(l.Scale/bins-1))
				worstAngle = max(worstAngle, apart(l.Orientation, orientation, 60))
				if !(math.Abs(l.Scale/bins-1) < 0.015 && apart(l.Orientation, orientation, 60) < 1 && l.Ellipticity < 1.03) {
					t.Errorf("%d bins, scale %.2f, orientation %.1f°: %+v", n, bins, orientation, l)
				}
			}
		}
		t.Logf("%d bins: scale within %.1f %%, orientation within %.1f°", n, 100*worstScale, worstAngle)
	}
}

func TestEllipticity(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 1))
	const n = 32
	for _, ratio := range []float64{1.1, 1.2, 1.3} {
		for range 30 {
			axis := 180 * rng.Float64()
			m := latticetest.Lattice{Scale: 9, Orientation: 60 * rng.Float64(), X: 9 * rng.Float64(), Y: 9 * rng.Float64(), Stretch: ratio, Axis: axis}.Map(n)
			l := geometry.Measure(sac(t, m, n, gridscore.ZeroFilled), ratemap.Square(n), geometry.DefaultRule())
			if math.Abs(l.Ellipticity-ratio) > 0.06 || apart(l.EllipseAngle, axis, 180) > 15 {
				t.Errorf("stretched by %v along %.0f°: %+v", ratio, axis, l)
			}
		}
	}
}

// A map of peaks set by hand: a SAC with exact maxima at known lags.
func TestPeaksByHand(t *testing.T) {
	const n = 8
	size := 2*n - 1
	s := make([]float64, size*size)
	set := func(x, y int, v float64) { s[(x+n-1)*size+y+n-1], s[(n-1-x)*size+n-1-y] = v, v }
	set(0, 0, 1)
	for _, p := range [][2]int{{4, 0}, {2, 3}, {-2, 3}} {
		set(p[0], p[1], 0.5)
	}
	set(2, 1, 0.9)  // too near the centre
	set(6, 6, 0.9)  // too far
	set(0, 6, -0.1) // no maximum of a positive value
	l := geometry.Measure(s, ratemap.Square(n), geometry.Rule{Nearest: 2.5, Farthest: 0.8})
	distance := math.Sqrt(13)
	if l.Peaks != 6 || math.Abs(l.Scale-distance) > 1e-12 || math.Abs(l.PeakCorrelation-0.5) > 1e-12 {
		t.Errorf("%+v, want 6 peaks at %v", l, distance)
	}
	if l.Orientation > 1e-9 && l.Orientation < 60-1e-9 {
		t.Errorf("orientation %v, want 0", l.Orientation)
	}
	// Peaks (±4, 0) and (±2, ±3) lie on x²/16 + y²/12 = 1.
	if math.Abs(l.Ellipticity-4/math.Sqrt(12)) > 1e-9 || math.Min(l.EllipseAngle, 180-l.EllipseAngle) > 1e-6 {
		t.Errorf("ellipse %v along %v°, want %v along 0°", l.Ellipticity, l.EllipseAngle, 4/math.Sqrt(12))
	}
	if p := geometry.Peaks(s, ratemap.Square(n), geometry.Rule{Nearest: 0.5, Farthest: 0.8}); len(p) != 8 {
		t.Errorf("%d peaks, want 8", len(p))
	}
	if p := geometry.Peaks(s, ratemap.Square(n), geometry.Rule{Nearest: 0.5, Farthest: 0.8, Apart: 28}); len(p) != 6 {
		t.Errorf("%d peaks 28° apart, want 6: (4, 0) is 26.6° from the nearer (2, 1), (2, 3) 29.7°", len(p))
	}
}

// Where there is no lattice there is no scale, and never a panic.
func TestNoLattice(t *testing.T) {
	const n = 20
	bump := make([]float64, n*n)
	stripes := make([]float64, n*n)
	missing := make([]float64, n*n)
	for i := range bump {
		x, y := float64(i/n)-10, float64(i%n)-10
		bump[i] = math.Exp(-(x*x + y*y) / 18)
		stripes[i] = math.Cos(x)
		missing[i] = math.NaN()
	}
	for name, m := range map[string][]float64{"bump": bump, "stripes": stripes, "NaN": missing, "zero": make([]float64, n*n)} {
		l := geometry.Measure(sac(t, m, n, gridscore.LeftOut), ratemap.Square(n), geometry.DefaultRule())
		if l.Peaks >= 6 || !math.IsNaN(l.Scale) || !math.IsNaN(l.Orientation) || !math.IsNaN(l.Ellipticity) {
			t.Errorf("%s: %+v", name, l)
		}
	}
}

// A square lattice has its four neighbours and two of the next: no hexagon.
func TestSquareLattice(t *testing.T) {
	const n, scale = 32, 8.0
	m := make([]float64, n*n)
	for i := range m {
		m[i] = math.Cos(2*math.Pi*float64(i/n)/scale) + math.Cos(2*math.Pi*float64(i%n)/scale)
	}
	l := geometry.Measure(sac(t, m, n, gridscore.ZeroFilled), ratemap.Square(n), geometry.DefaultRule())
	if l.SpacingCV < 0.1 || l.AngleSD < 5 {
		t.Errorf("passes for a lattice: %+v", l)
	}
}

func BenchmarkMeasure(b *testing.B) {
	s := sac(b, latticetest.Lattice{Scale: 7, Orientation: 10, X: 3, Y: 2}.Map(20), 20, gridscore.ZeroFilled)
	for b.Loop() {
		geometry.Measure(s, ratemap.Square(20), geometry.DefaultRule())
	}
}

func ExampleMeasure() {
	const n, roomSize = 32, 2.2
	a, _ := gridscore.NewAutocorrelator(ratemap.Square(n), gridscore.ZeroFilled)
	s := make([]float64, a.Lags())
	a.Compute(s, latticetest.Lattice{Scale: 10, Orientation: 15, X: 4, Y: 4}.Map(n)) // 10 bins, 15°
	l := geometry.Measure(s, ratemap.Square(n), geometry.DefaultRule())
	fmt.Printf("%.2f m, %.0f°\n", l.Scale*roomSize/n, l.Orientation)
	// Output: 0.69 m, 15°
}
