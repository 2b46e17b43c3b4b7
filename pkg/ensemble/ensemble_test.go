package ensemble

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats/scalar"

	"gridcells/pkg/npy/npytest"
	"gridcells/pkg/random"
)

func mustPlaceCells(t testing.TB, n int, scale float64) *PlaceCells {
	t.Helper()
	c, err := NewPlaceCells(n, scale, 2.2, 8341, false)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func mustHeadDirectionCells(t testing.TB, n int, concentration float64) *HeadDirectionCells {
	t.Helper()
	c, err := NewHeadDirectionCells(n, concentration, 8341)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCentersEqualNumPyBitForBit(t *testing.T) {
	want := npytest.Golden(t, "testdata/ensembles.npz")
	for name, n := range map[string]int{"place_256_0.01/centers": 256, "place_64_0.1/centers": 64} {
		c := mustPlaceCells(t, n, 0.01)
		centers := want[name]
		for i := range n {
			if x, y := c.Center(i); x != centers[2*i] || y != centers[2*i+1] {
				t.Fatalf("%s[%d] = %v, %v; want %v, %v", name, i, x, y, centers[2*i], centers[2*i+1])
			}
		}
	}
	c, err := NewHeadDirectionCells(12, 20, 8341)
	if err != nil {
		t.Fatal(err)
	}
	for i, mean := range want["hd_12_20/means"] {
		if c.Mean(i) != mean {
			t.Errorf("mean %d = %v, want %v", i, c.Mean(i), mean)
		}
	}
}

func TestCodesEqualGolden(t *testing.T) {
	want := npytest.Golden(t, "testdata/ensembles.npz")
	hd := mustHeadDirectionCells(t, 12, 20)
	for _, test := range []struct {
		name, input string
		ensemble    Ensemble
	}{
		{"place_256_0.01", "positions", mustPlaceCells(t, 256, 0.01)},
		{"place_64_0.1", "positions", mustPlaceCells(t, 64, 0.1)},
		{"hd_12_20", "head_directions", hd},
	} {
		x := want[test.input]
		encoder := NewEncoder(test.ensemble)
		n, dim := test.ensemble.Cells(), test.ensemble.Dim()
		got := make([]float32, n)
		for _, code := range []Code{Softmax, Normalized, Voronoi} {
			codes := want[test.name+"/"+string(code)]
			for i := range len(codes) / n {
				encoder.Encode(got, x[i*dim:(i+1)*dim], code, nil)
				for j, w := range codes[i*n : (i+1)*n] {
					if !scalar.EqualWithinAbsOrRel(float64(got[j]), w, 1e-44, 6e-7) {
						t.Fatalf("%s %s [%d, %d] = %v, want %v", test.name, code, i, j, got[j], w)
					}
				}
			}
		}
	}
}

func TestSampleFollowsThePosterior(t *testing.T) {
	c := mustPlaceCells(t, 64, 0.1)
	encoder, x := NewEncoder(c), []float64{0.2, -0.3}
	posterior, got := make([]float32, 64), make([]float32, 64)
	encoder.Encode(posterior, x, Softmax, nil)
	s := random.New(1, "test")
	counts := make([]float64, 64)
	const n = 20000
	for range n {
		encoder.Encode(got, x, Sample, s)
		sum := float32(0)
		for j, v := range got {
			counts[j] += float64(v) / n
			sum += v
		}
		if sum != 1 {
			t.Fatalf("a sample sums to %v", sum)
		}
	}
	for j, p := range posterior {
		if sd := math.Sqrt(float64(p)/n) + 1e-9; math.Abs(counts[j]-float64(p)) > 5*sd {
			t.Errorf("cell %d drawn with frequency %v, posterior %v", j, counts[j], p)
		}
	}
}

func TestZeros(t *testing.T) {
	dst := []float32{1, 2, 3}
	NewEncoder(mustPlaceCells(t, 3, 0.1)).Encode(dst, []float64{0, 0}, Zeros, nil)
	if dst[0] != 0 || dst[1] != 0 || dst[2] != 0 {
		t.Errorf("zeros = %v", dst)
	}
}

func TestFieldNames(t *testing.T) {
	c := DefaultConfig()
	c.NPC, c.PCScale = []int{4, 5}, []float64{0.1, 0.2}
	named, err := c.Build()
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, n := range named {
		got += n.Field("target") + " "
	}
	if got != "place_target place_target_2 head_direction_target " {
		t.Errorf("fields %q", got)
	}
	c.PCScale = nil
	if _, err := c.Build(); err == nil {
		t.Error("two ensembles without scales: no error")
	}
}

func TestDecode(t *testing.T) {
	c := &PlaceCells{x: []float64{0, 1, 0, 1}, y: []float64{0, 0, 1, 1}, scale: 1}
	activity := []float32{0.1, 0.4, 0.2, 0.3}
	for how, want := range map[Decoding][2]float64{
		Argmax: {1, 0}, Mean: {0.7, 0.5}, Top3: {2. / 3, 2. / 3},
	} {
		x, y := c.Decode(activity, how)
		if !scalar.EqualWithinAbs(x, want[0], 1e-7) || !scalar.EqualWithinAbs(y, want[1], 1e-7) {
			t.Errorf("%s: (%v, %v), want %v", how, x, y, want)
		}
	}
	one := &PlaceCells{x: []float64{0.5}, y: []float64{0.25}, scale: 1}
	if x, y := one.Decode([]float32{1}, Top3); x != 0.5 || y != 0.25 {
		t.Errorf("one cell: (%v, %v)", x, y)
	}
}

func ExampleEncoder() {
	cells, _ := NewPlaceCells(256, 0.01, 2.2, 8341, false)
	activity := make([]float32, cells.Cells())
	NewEncoder(cells).Encode(activity, []float64{0.33, 0.63}, Softmax, nil)
	x, y := cells.Decode(activity, Argmax)
	fmt.Printf("nearest cell at (%.3f, %.3f) m\n", x, y)
	// Output: nearest cell at (0.333, 0.625) m
}

func BenchmarkEncodeSoftmax(b *testing.B) {
	c := mustPlaceCells(b, 256, 0.01)
	e, dst := NewEncoder(c), make([]float32, 256)
	for b.Loop() {
		e.Encode(dst, []float64{0.2, -0.3}, Softmax, nil)
	}
}

// Cells that Near leaves out have no share in the posterior, anywhere in the
// room, on its walls or beyond.
func TestNearLosesNothing(t *testing.T) {
	s := random.New(2, "test")
	for _, scale := range []float64{0.001, 0.01, 0.1, 1} {
		c := mustPlaceCells(t, 256, scale)
		encoder, got, logs := NewEncoder(c), make([]float32, 256), make([]float64, 256)
		for i := range 2000 {
			x := []float64{s.Uniform(-1.1, 1.1), s.Uniform(-1.1, 1.1)}
			switch i % 10 {
			case 0:
				x[0] = math.Copysign(1.1, x[0])
			case 1:
				x[1] *= 2
			case 2: // the border of a square
				x[0] = 2.2*float64(i%gridSide)/gridSide - 1.1
			}
			want := make([]float32, 256)
			posterior(want, logs, c.LogDensity(logs, x, c.all))
			encoder.Encode(got, x, Softmax, nil)
			if !slices.Equal(got, want) {
				t.Fatalf("scale %v: codes at %v differ", scale, x)
			}
		}
	}
}

// posterior fills dst with the softmax of the log-densities of all cells.
func posterior(dst []float32, logs []float64, largest float64) {
	var sum float64
	for _, l := range logs {
		sum += math.Exp(l - largest)
	}
	for i, l := range logs {
		dst[i] = float32(math.Exp(l-largest) / sum)
	}
}

func BenchmarkEncodeHeadDirection(b *testing.B) {
	c, err := NewHeadDirectionCells(12, 20, 8341)
	if err != nil {
		b.Fatal(err)
	}
	e, dst := NewEncoder(c), make([]float32, 12)
	for b.Loop() {
		e.Encode(dst, []float64{0.4}, Softmax, nil)
	}
}

// testdata/dog.npz was computed by NumPy from the code's definition.
func TestDoGEqualsGolden(t *testing.T) {
	want := npytest.Golden(t, "testdata/dog.npz")
	hd := mustHeadDirectionCells(t, 12, 20)
	for _, test := range []struct {
		name, input string
		ensemble    Ensemble
		surround    float64
	}{
		{"place_64_0.12_2/dog", "positions", mustPlaceCells(t, 64, 0.12), 2},
		{"place_64_0.2_3/dog", "positions", mustPlaceCells(t, 64, 0.2), 3},
		{"hd_12_20_2/dog", "head_directions", hd, 2},
	} {
		x, codes := want[test.input], want[test.name]
		encoder := Config{SurroundScale: test.surround}.Encoder(test.ensemble)
		n, dim := DoG.Width(test.ensemble), test.ensemble.Dim()
		got := make([]float32, n)
		for i := range len(codes) / n {
			encoder.Encode(got, x[i*dim:(i+1)*dim], DoG, nil)
			for j, w := range codes[i*n : (i+1)*n] {
				if !scalar.EqualWithinAbsOrRel(float64(got[j]), w, 1e-12, 1e-6) {
					t.Fatalf("%s [%d, %d] = %v, want %v", test.name, i, j, got[j], w)
				}
			}
		}
	}
}

// Where centre and surround are the same, all cells are alike.
func TestDoGOfOneCell(t *testing.T) {
	got := make([]float32, 1)
	NewEncoder(mustPlaceCells(t, 1, 0.1)).Encode(got, []float64{0, 0}, DoG, nil)
	if got[0] != 1 {
		t.Errorf("one cell has %v", got[0])
	}
}

func TestCartesian(t *testing.T) {
	hd, err := NewHeadDirectionCells(5, 20, 8341)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		ensemble Ensemble
		x        []float64
		want     [2]float32
	}{
		{mustPlaceCells(t, 3, 0.1), []float64{0.25, -0.5}, [2]float32{0.25, -0.5}},
		{hd, []float64{math.Pi / 3}, [2]float32{0.5, float32(math.Sqrt(3) / 2)}},
	} {
		got := make([]float32, Cartesian.Width(test.ensemble))
		NewEncoder(test.ensemble).Encode(got, test.x, Cartesian, nil)
		for i, w := range test.want {
			if len(got) != 2 || !scalar.EqualWithinAbs(float64(got[i]), float64(w), 1e-7) {
				t.Errorf("%v is %v, want %v", test.x, got, test.want)
			}
		}
	}
}

func TestSurroundMustBeWider(t *testing.T) {
	c := DefaultConfig()
	for _, scale := range []float64{1, 0.5, -2, math.NaN()} {
		c.SurroundScale = scale
		if _, err := c.Build(); err == nil {
			t.Errorf("a surround of scale %v: no error", scale)
		}
	}
}

// In a periodic room codes and decoded positions depend only on distances around the
// torus: if positions and centres move by a whole side, nothing changes.
func TestPeriodicRoom(t *testing.T) {
	const side = 2.2
	for _, scale := range []float64{0.01, 0.1, 0.5} {
		c, err := NewPlaceCells(64, scale, side, 8341, true)
		if err != nil {
			t.Fatal(err)
		}
		encoder := NewEncoder(c)
		around := func(d float64) float64 { d = math.Abs(d); return min(d, side-d) }
		got, shifted, sums := make([]float32, 64), make([]float32, 64), make([]float64, 64)
		for i := range 400 {
			x, y := -1.1+float64(i%20)*0.11+0.013, -1.1+float64(i/20)*0.11+0.029
			total, nearest := 0.0, math.Inf(1)
			for j := range sums {
				cx, cy := c.Center(j)
				d2 := math.Pow(around(x-cx), 2) + math.Pow(around(y-cy), 2)
				sums[j], nearest = d2, min(nearest, d2)
			}
			for j, d2 := range sums {
				sums[j] = math.Exp(-(d2 - nearest) / (2 * scale * scale))
				total += sums[j]
			}
			encoder.Encode(got, []float64{x, y}, Softmax, nil)
			encoder.Encode(shifted, []float64{x + side, y - side}, Softmax, nil)
			for j := range got {
				if want := sums[j] / total; !scalar.EqualWithinAbsOrRel(float64(got[j]), want, 1e-30, 1e-5) {
					t.Fatalf("scale %v, (%v, %v), cell %d: %v, want %v", scale, x, y, j, got[j], want)
				}
				if !scalar.EqualWithinAbsOrRel(float64(got[j]), float64(shifted[j]), 1e-30, 1e-5) {
					t.Fatalf("cell %d: %v, a side farther %v", j, got[j], shifted[j])
				}
			}
		}
	}
}

func TestPeriodicDecoding(t *testing.T) {
	c := &PlaceCells{x: []float64{1, -1, 1.05}, y: []float64{-1.05, 1, 1.05}, side: 2.2}
	for _, test := range []struct {
		how      Decoding
		activity []float32
		x, y     float64
	}{
		{Argmax, []float32{0.2, 0.5, 0.3}, -1, 1},
		// about (−1, 1): centres at −1.2, −1 and −1.15; 1.15, 1 and 1.05
		{Top3, []float32{0.2, 0.5, 0.3}, (-1.2-1-1.15)/3 + 2.2, 3.2 / 3},
		{Mean, []float32{0.5, 0.5, 0}, 1.1, 1.075},
	} {
		x, y := c.Decode(test.activity, test.how)
		near := func(a, b float64) bool { return math.Abs(math.Remainder(a-b, 2.2)) < 1e-9 }
		if !near(x, test.x) || !near(y, test.y) || math.Abs(x) > 1.1+1e-9 || math.Abs(y) > 1.1+1e-9 {
			t.Errorf("%s: (%v, %v), want (%v, %v)", test.how, x, y, test.x, test.y)
		}
	}
}

// Impossible configurations are errors that name the flag.
func TestValidate(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(c *Config)
		want   string
	}{
		{"the default", func(*Config) {}, ""},
		{"no scale", func(c *Config) { c.PCScale = nil }, "--pc-scale"},
		{"no concentration", func(c *Config) { c.HDCConcentration = nil }, "--hdc-concentration"},
		{"nothing", func(c *Config) { *c = Config{EnvSize: 1} }, "no ensemble"},
		{"too many cells", func(c *Config) { c.NPC[0] = math.MaxInt }, "--n-pc"},
		{"too many cells in all", func(c *Config) { c.NPC[0], c.NHDC[0] = 65530, 12 }, "--n-hdc"},
		{"a negative number", func(c *Config) { c.NHDC[0] = -1 }, "--n-hdc"},
		{"a scale of 0", func(c *Config) { c.PCScale[0] = 0 }, "--pc-scale"},
		{"a scale that is no number", func(c *Config) { c.PCScale[0] = math.NaN() }, "--pc-scale"},
		{"a vanishing scale", func(c *Config) { c.PCScale[0] = 1e-308 }, "--pc-scale"},
		{"an endless room", func(c *Config) { c.EnvSize = math.Inf(1) }, "--env-size"},
		{"a flat tuning", func(c *Config) { c.HDCConcentration[0] = 0 }, "--hdc-concentration"},
		{"a normalized code beyond single precision", func(c *Config) { c.TargetsType, c.HDCConcentration[0] = Normalized, 89 }, "--hdc-concentration 89"},
		{"the same concentration for another code", func(c *Config) { c.HDCConcentration[0] = 89 }, ""},
		{"zeros as targets", func(c *Config) { c.TargetsType = Zeros }, "--targets-type"},
		{"an unknown code", func(c *Config) { c.InitConditionType = "mine" }, "--init-type"},
		{"an endless surround", func(c *Config) { c.SurroundScale = math.Inf(1) }, "--surround-scale"},
	} {
		c := DefaultConfig()
		test.change(&c)
		err := c.Validate()
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

// Every code of the table is finite, of its width, and explained.
func TestEveryCode(t *testing.T) {
	place, err := NewPlaceCells(32, 0.12, 2.2, 8341, false)
	if err != nil {
		t.Fatal(err)
	}
	encoder, stream := NewEncoder(place), random.New(1, "test")
	for _, code := range InitialCodes() {
		dst := make([]float32, code.Width(place))
		encoder.Encode(dst, []float64{0.3, -0.2}, code, stream)
		var sum float64
		for _, v := range dst {
			sum += math.Abs(float64(v))
		}
		if math.IsNaN(sum) || math.IsInf(sum, 0) || (sum == 0) != (code == Zeros) || code.Help() == "" {
			t.Errorf("%s (%s): sum %v", code, code.Help(), sum)
		}
		if slices.Contains(TargetCodes(), code) != (code != Zeros) {
			t.Errorf("%s among the targets: %v", code, TargetCodes())
		}
	}
	if Code("mine").Width(place) != 0 || Code("mine").Loss() != "" || Code("mine").Help() != "" {
		t.Error("an unknown code is known")
	}
}
