package ratemap

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gridcells/pkg/kernel"
	"gridcells/pkg/npy/npytest"
)

// Points on edges, beside edges and outside, against SciPy; the same counts as
// numpy.histogram2d but for points within rounding of the upper edge.
func TestSquareEqualsSciPy(t *testing.T) {
	const n, units = 20, 3
	get := npytest.Golden(t, "testdata/binned_statistic.npz")
	for _, precision := range []string{"single", "double"} {
		room, err := square(n, 2.2)
		if err != nil {
			t.Fatal(err)
		}
		if precision == "single" {
			room = room.Single()
		}
		positions := get[precision+"_positions"]
		bins := make([]int32, len(positions)/2)
		room.Bins(bins, positions)
		rates := NewAccumulator(room.Cells(), units)
		Add(rates, bins, get[precision+"_activities"], units)
		for i, want := range get[precision+"_steps"] {
			if float64(rates.Steps()[i]) != want {
				t.Errorf("%s: bin %d has %d steps, want %v", precision, i, rates.Steps()[i], want)
			}
		}
		want := get[precision+"_ratemaps"]
		mean := make([]float64, n*n)
		for u := range units {
			if err := rates.Mean(mean, u); err != nil {
				t.Fatal(err)
			}
			for i, v := range mean {
				if w := want[u*n*n+i]; !(math.Abs(v-w) <= 1e-15*math.Abs(w)+1e-15) && !(math.IsNaN(v) && math.IsNaN(w)) {
					t.Errorf("%s: unit %d, bin %d: %v, want %v", precision, u, i, v, w)
				}
			}
		}
	}
}

func TestCircleEqualsSciPy(t *testing.T) {
	get := npytest.Golden(t, "testdata/binned_statistic.npz")
	circle, err := NewCircle(20)
	if err != nil {
		t.Fatal(err)
	}
	directions := get["directions"]
	bins := make([]int32, len(directions))
	circle.Bins(bins, directions)
	rates := NewAccumulator(20, 1)
	Add(rates, bins, get["direction_activities"], 1)
	mean := make([]float64, 20)
	if err := rates.Mean(mean, 0); err != nil {
		t.Fatal(err)
	}
	for i, w := range get["direction_tuning"] {
		if math.Abs(mean[i]-w) > 1e-14 {
			t.Errorf("bin %d: %v, want %v", i, mean[i], w)
		}
	}
}

func TestCircleWraps(t *testing.T) {
	circle, err := NewCircle(4)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		angle float64
		want  int32
	}{
		{-math.Pi, 0}, {math.Pi, 0}, {float64(float32(math.Pi)), 0}, {-math.Pi / 2, 1}, {0, 2}, {math.Pi / 2, 3},
		{math.Nextafter(math.Pi, 0), 3}, {math.Nextafter(-math.Pi, -4), 3}, {2 * math.Pi, 2}, {7 * math.Pi / 2, 1},
		{-1e-17, 1}, {-0.1 - 6*math.Pi, 1}, {1e300, 0}, {math.NaN(), Outside}, {math.Inf(1), Outside}, {math.Inf(-1), Outside},
	} {
		var bin [1]int32
		circle.Bins(bin[:], []float64{c.angle})
		if c.angle == 1e300 {
			if bin[0] < 0 || bin[0] > 3 {
				t.Errorf("%v: bin %d", c.angle, bin[0])
			}
			continue
		}
		if bin[0] != c.want {
			t.Errorf("%v: bin %d, want %d", c.angle, bin[0], c.want)
		}
	}
}

// Every edge, the numbers beside it, and random points, against a search.
func TestFindEqualsSearch(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{1, 2, 3, 7, 20, 32, 1000, MaxBins} {
		for _, side := range []float64{2.2, 1, 0.3, minSide, maxSide} {
			room, err := square(n, side)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range []Rectangle{room, room.Single()} {
				e := &s.x
				var points []float64
				for _, at := range e.at {
					points = append(points, math.Nextafter(at, -1e9), at, math.Nextafter(at, 1e9))
				}
				for range 100 {
					points = append(points, side*(rng.Float64()-0.5))
				}
				for _, v := range points {
					if v >= e.at[n] {
						continue
					}
					want := Outside
					for i := range n {
						if v >= e.at[i] && v < e.at[i+1] {
							want = i
						}
					}
					if got := e.find(v); got != want {
						t.Fatalf("%d bins of %v: %v is in bin %d, want %d", n, side, v, got, want)
					}
				}
			}
		}
	}
}

func TestOutside(t *testing.T) {
	room, err := square(2, 2)
	if err != nil {
		t.Fatal(err)
	}
	positions := []float64{
		-1, -1, // first bin
		1, 1, // last bin is closed
		0, -0.5, // x is the first axis
		1.1, 0, 0, -1.1, math.NaN(), 0, 0, math.Inf(1),
	}
	want := []int32{0, 3, 2, Outside, Outside, Outside, Outside}
	bins := make([]int32, len(want))
	room.Bins(bins, positions)
	for i := range want {
		if bins[i] != want[i] {
			t.Errorf("%v: bin %d, want %d", positions[2*i:2*i+2], bins[i], want[i])
		}
	}
}

// Accumulators of parts of the units have the same bits as one of all.
func TestSplitUnits(t *testing.T) {
	const steps, units, bins = 500, 11, 9
	rng := rand.New(rand.NewPCG(1, 1))
	activities := make([]float32, steps*units)
	for i := range activities {
		activities[i] = rng.Float32()
	}
	where := make([]int32, steps)
	for i := range where {
		where[i] = int32(rng.IntN(bins+1)) - 1
	}
	whole := NewAccumulator(bins, units)
	Add(whole, where, activities, units)
	want, got := make([]float64, bins), make([]float64, bins)
	for from := 0; from < units; from += 4 {
		part := NewAccumulator(bins, min(4, units-from))
		Add(part, where[:100], activities[from:], units)
		Add(part, where[100:], activities[100*units+from:], units)
		for u := from; u < min(from+4, units); u++ {
			if err := whole.Mean(want, u); err != nil {
				t.Fatal(err)
			}
			if err := part.Mean(got, u-from); err != nil {
				t.Fatal(err)
			}
			for i := range want {
				if got[i] != want[i] {
					t.Errorf("unit %d, bin %d: %v, want %v", u, i, got[i], want[i])
				}
			}
		}
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		n    int
		side float64
	}{{0, 1}, {-1, 1}, {MaxBins + 1, 1}, {1, 0}, {1, -1}, {1, math.NaN()}, {1, math.Inf(1)}} {
		if _, err := square(c.n, c.side); err == nil {
			t.Errorf("%d bins of %v accepted", c.n, c.side)
		}
	}
	if _, err := NewCircle(0); err == nil {
		t.Error("no direction bins accepted")
	}
	a := NewAccumulator(2, 1)
	Add(a, []int32{0}, []float64{math.NaN()}, 1)
	if err := a.Mean(make([]float64, 2), 0); !errors.Is(err, ErrNotFinite) {
		t.Errorf("NaN activity: %v", err)
	}
	if err := a.Mean(make([]float64, 1), 0); err == nil {
		t.Error("short result accepted")
	}
	if err := a.Mean(make([]float64, 2), 1); err == nil {
		t.Error("unit out of range accepted")
	}
}

func ExampleAdd() {
	room, err := square(2, 2.2)
	if err != nil {
		fmt.Println(err)
		return
	}
	rates := NewAccumulator(room.Cells(), 1)
	bins := make([]int32, 3)
	room.Bins(bins, []float64{-1, 1, -0.5, 0.2, 0.3, -0.9}) // x, y of three steps
	Add(rates, bins, []float32{1, 2, 7}, 1)
	mean := make([]float64, room.Cells())
	if err := rates.Mean(mean, 0); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(mean[:2])
	fmt.Println(mean[2:])
	// Output:
	// [NaN 1.5]
	// [7 NaN]
}

// A random walk over the bins, 384 units, as in a run's evaluation.
func BenchmarkAdd(b *testing.B) {
	const steps, units = 100, 384
	room, err := square(20, 2.2)
	if err != nil {
		b.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	const trajectories = 64 // 9.8 MB of activities: more than a cache holds
	activities := make([]float32, trajectories*steps*units)
	for i := range activities {
		activities[i] = rng.Float32()
	}
	positions := make([]float64, trajectories*steps*2)
	for i := range positions {
		if i < 2 || i%(2*steps) < 2 {
			positions[i] = rng.Float64()*2 - 1
		} else {
			positions[i] = max(-1.1, min(1.1, positions[i-2]+0.02*rng.NormFloat64()))
		}
	}
	bins := make([]int32, trajectories*steps)
	a := NewAccumulator(room.Cells(), units)
	b.SetBytes(int64(len(activities)) * 4)
	for b.Loop() {
		room.Bins(bins, positions)
		Add(a, bins, activities, units)
	}
}

// A rectangle's bins along one axis do not depend on the other axis.
func TestRectangle(t *testing.T) {
	room, err := NewRectangle(Size[int]{3, 2}, Size[float64]{1.5, 0.8})
	if err != nil {
		t.Fatal(err)
	}
	if room.Cells() != 6 {
		t.Errorf("%d cells", room.Cells())
	}
	positions := []float64{-0.75, -0.4, -0.75, 0.4, 0, -0.1, 0.74, 0.01, 0.76, 0, 0, 0.41, 0.75, 0.4, math.NaN(), 0}
	want := []int32{0, 1, 2, 5, Outside, Outside, 5, Outside}
	got := make([]int32, len(want))
	room.Bins(got, positions)
	if !slices.Equal(got, want) {
		t.Errorf("bins %v, want %v", got, want)
	}
	for _, bad := range []struct {
		bins Size[int]
		room Size[float64]
	}{{Size[int]{0, 2}, Size[float64]{1, 1}}, {Size[int]{2, MaxBins + 1}, Size[float64]{1, 1}}, {Size[int]{2, 2}, Size[float64]{1, 0}}, {Size[int]{2, 2}, Size[float64]{math.Inf(1), 1}}} {
		if _, err := NewRectangle(bad.bins, bad.room); err == nil {
			t.Errorf("%+v passes", bad)
		}
	}
}

// A smoothed map is the transpose of the smoothed transpose, whatever its sides.
func TestSmoothRectangle(t *testing.T) {
	const nx, ny = 5, 3
	src, turned := make([]float64, nx*ny), make([]float64, nx*ny)
	for i := range nx {
		for j := range ny {
			src[i*ny+j] = float64((7*i + 3*j*j) % 11)
			turned[j*nx+i] = src[i*ny+j]
		}
	}
	src[4], turned[nx+1] = math.NaN(), math.NaN()
	a, b := make([]float64, nx*ny), make([]float64, nx*ny)
	Smooth(a, src, ny, 0.8)
	Smooth(b, turned, nx, 0.8)
	for i := range nx {
		for j := range ny {
			x, y := a[i*ny+j], b[j*nx+i]
			if math.Abs(x-y) > 1e-12 || math.IsNaN(x) != math.IsNaN(y) {
				t.Errorf("bin %d, %d: %v, transposed %v", i, j, x, y)
			}
		}
	}
}

// square returns n×n bins over a square room of the given side (m).
func square(n int, side float64) (Rectangle, error) {
	return NewRectangle(Size[int]{n, n}, Size[float64]{side, side})
}

// Rows that are added one after the other have the same bits in both ways.
func TestAddRows(t *testing.T) {
	if kernel.Path() == "scalar" {
		t.Skip("without vectors")
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for units := 1; units < 70; units++ {
		for steps := 1; steps < 4; steps++ {
			stride := units + steps%3 // the rows may lie apart
			sums, rows := make([]float64, units+1), make([]float32, (steps-1)*stride+units)
			for i := range sums {
				sums[i] = rng.NormFloat64()
			}
			for i := range rows {
				rows[i] = float32(rng.NormFloat64())
				if i%stride >= units {
					rows[i] = float32(math.NaN()) // between rows
				}
			}
			want := slices.Clone(sums)
			if !addRowsScalar(want[:units], rows, steps, stride) || !addRowsVector(sums[:units], rows, steps, stride) {
				t.Errorf("%d rows of %d units: not finite", steps, units)
			}
			if !slices.Equal(sums, want) {
				t.Errorf("%d rows of %d units: %v, want %v", steps, units, sums, want)
			}
		}
	}
}

// A value that is not finite is noticed wherever it is.
func TestAddRowsNotFinite(t *testing.T) {
	adds := map[string]func([]float64, []float32, int, int) bool{"scalar": addRowsScalar[float32]}
	if kernel.Path() != "scalar" {
		adds["vector"] = addRowsVector
	}
	for name, add := range adds {
		for units := 1; units < 40; units++ {
			for i := range 2 * units {
				rows := make([]float32, 2*units)
				for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
					rows[i] = float32(v)
					if add(make([]float64, units), rows, 2, units) {
						t.Errorf("%s: %v at %d of 2 rows of %d units is finite", name, v, i, units)
					}
				}
				rows[i] = -math.MaxFloat32
				if !add(make([]float64, units), rows, 2, units) {
					t.Errorf("%s: the largest number at %d of 2 rows of %d units is not finite", name, i, units)
				}
			}
		}
	}
	wide := []float64{1, 2, math.MaxFloat64, 4, 5}
	if !addRowsScalar(make([]float64, 5), wide, 1, 5) {
		t.Error("the largest double is not finite")
	}
	if wide[3] = math.Inf(1); addRowsScalar(make([]float64, 5), wide, 1, 5) {
		t.Error("an infinite double is finite")
	}
}
