package gridscore

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"gridcells/pkg/npy"
	"gridcells/pkg/ratemap"
)

// smoothNoise makes maps [n, n] of white noise smoothed by sigma bins.
func smoothNoise(seed uint64, count, n int, sigma float64) []float64 {
	rng := rand.New(rand.NewPCG(seed, 7))
	maps := make([]float64, count*n*n)
	white := make([]float64, n*n)
	for k := range count {
		for i := range white {
			white[i] = rng.NormFloat64()
		}
		ratemap.Smooth(maps[k*n*n:(k+1)*n*n], white, n, sigma)
	}
	return maps
}

// latticeMaps are perfect hexagonal lattices of scale bins, at random phases.
func latticeMaps(seed uint64, count, n int, scale float64) []float64 {
	rng := rand.New(rand.NewPCG(seed, 8))
	var maps []float64
	for range count {
		maps = append(maps, hexagonal(n, scale, 60*rng.Float64(), scale*rng.Float64(), scale*rng.Float64())...)
	}
	return maps
}

// hexagonal is a lattice of Gaussian-like fields: three plane waves, rectified.
func hexagonal(n int, scale, orientation, x0, y0 float64) []float64 {
	m := make([]float64, n*n)
	for i := range m {
		x, y := float64(i/n)-x0, float64(i%n)-y0
		for k := range 3 {
			s, c := math.Sincos((orientation + 30 + 60*float64(k)) * math.Pi / 180)
			m[i] += math.Cos(4 * math.Pi / math.Sqrt(3) / scale * (x*c + y*s))
		}
		m[i] = max(0, m[i])
	}
	return m
}

// The nulls reject lattices and do not reject what they themselves would draw.
func TestNulls(t *testing.T) {
	const n = 20
	dir := t.TempDir()
	maps := append(latticeMaps(1, 10, n, 6), smoothNoise(1, 30, n, 1.5)...)
	in := ratemapRows(t, maps, n, npy.Float64, npy.Provenance{})
	untrained := filepath.Join(dir, "untrained.npy")
	if err := os.WriteFile(untrained, ratemapRows(t, smoothNoise(2, 50, n, 1.5), n, npy.Float64, npy.Provenance{}), 0o666); err != nil {
		t.Fatal(err)
	}
	summaryFile, nullFile := filepath.Join(dir, "summary.json"), filepath.Join(dir, "nulls.npy")
	args := []string{"--null", "field,gaussian,iaaft,rotation", "--untrained", untrained, "--shuffles", "60", "--rotations", "8",
		"--score", "reference,paper", "--summary", summaryFile, "--null-scores", nullFile}
	out, stderr, status := run(in, append(args, "--threads", "1")...)
	if status != 0 || strings.Count(stderr, "excess") != 5 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	text, err := os.ReadFile(summaryFile)
	if err != nil {
		t.Fatal(err)
	}
	again, _, _ := run(in, append(args, "--threads", "3")...)
	text2, _ := os.ReadFile(summaryFile)
	if !bytes.Equal(out, again) || !bytes.Equal(text, text2) {
		t.Error("other bytes with three threads")
	}
	rows, _ := readAll(t, out)
	value := func(name string, i int) float64 { return floats(t, rows, name, i)[0] }
	for i := range 10 {
		if value("p_gaussian", i) > 0.05 || value("q_gaussian", i) > 0.2 || value("score_60", i) < value("threshold_95_gaussian", i) {
			t.Errorf("lattice %d: score %v, p %v, q %v, threshold %v", i, value("score_60", i), value("p_gaussian", i), value("q_gaussian", i), value("threshold_95_gaussian", i))
		}
	}
	for i := range 10 {
		if value("p_iaaft", i) > 0.05 {
			t.Errorf("lattice %d: p %v among maps with its values and spectrum", i, value("p_iaaft", i))
		}
	}
	low := 0
	for i := 10; i < 40; i++ {
		if value("p_gaussian_paper", i) <= 0.1 || value("p_iaaft_paper", i) <= 0.1 {
			low++
		}
		if value("threshold_99_field", i) < value("threshold_95_field", i) {
			t.Errorf("unit %d: thresholds in the wrong order", i)
		}
		if value("q_untrained", i) < value("p_untrained", i) {
			t.Errorf("unit %d: q below p", i)
		}
	}
	if low > 9 { // 3 expected in either
		t.Errorf("%d of 30 noise maps have p ≤ 0.1 in their own null", low)
	}
	checkSummary(t, text)
	checkNullScores(t, nullFile, rows, 40*60*3+8*40+50)
}

func checkSummary(t *testing.T, text []byte) {
	t.Helper()
	var s struct {
		Layers []struct {
			Units    int
			Headline []string
			Grid     struct{ Units int } `json:"grid_cells"`
			Scores   []struct {
				Column string
				Nulls  []struct {
					Null  string
					Draws int
					Above struct {
						Excess   float64    `json:"excess"`
						Interval [2]float64 `json:"excess_interval"`
						P        *float64   `json:"p"`
					} `json:"above_cut"`
				}
			}
			Warnings []string
		}
	}
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	l := s.Layers[0]
	if len(s.Layers) != 1 || l.Units != 40 || len(l.Scores) != 2 || len(l.Scores[0].Nulls) != 5 || len(l.Warnings) != 1 || len(l.Headline) != 5 {
		t.Fatalf("%s", text)
	}
	for k, want := range []struct {
		name  string
		draws int
	}{{"field", 60}, {"gaussian", 60}, {"iaaft", 60}, {"rotation", 320}, {"untrained", 50}} {
		null := l.Scores[0].Nulls[k]
		if null.Null != want.name || null.Draws != want.draws || (null.Above.P == nil) != (want.name == "untrained") {
			t.Errorf("null %+v, want %+v", null, want)
		}
		if null.Above.Interval[0] > null.Above.Excess || null.Above.Interval[1] < null.Above.Excess {
			t.Errorf("%s: excess %v not in %v", null.Null, null.Above.Excess, null.Above.Interval)
		}
	}
	if g := l.Scores[0].Nulls[1].Above; g.Excess <= 0.05 || *g.P > 0.05 {
		t.Errorf("ten lattices among forty units are no excess: %+v", g)
	}
}

// The null scores are a stream that report reads as a control.
func checkNullScores(t *testing.T, file string, rows npy.Rows, want int) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	null, _ := readAll(t, b)
	if null.Len() != want {
		t.Errorf("%d null scores, want %d", null.Len(), want)
	}
	first := null.Row(0)
	if column(t, null, "null").String(first) != "field" || column(t, null, "layer").String(first) != `lä"r` {
		t.Errorf("first row %q", first)
	}
}

// periodicNoise are maps of waves three periods long, about: what the null without
// padding draws of such a spectrum. Their standard deviation is 4.
func periodicNoise(seed uint64, count, n int) []float64 {
	rng := rand.New(rand.NewPCG(seed, 9))
	maps := make([]float64, 0, count*n*n)
	for range count {
		m := make([]float64, n*n)
		for kx := -3; kx <= 3; kx++ {
			for ky := -3; ky <= 3; ky++ {
				if r := math.Hypot(float64(kx), float64(ky)); r < 2.5 || r >= 3.5 {
					continue
				}
				a, b := rng.NormFloat64(), rng.NormFloat64()
				for i := range m {
					s, c := math.Sincos(2 * math.Pi * float64(kx*(i/n)+ky*(i%n)) / float64(n))
					m[i] += a*c + b*s
				}
			}
		}
		maps = append(maps, m...)
	}
	return maps
}

// Noise of which a null is true has p values spread over (0, 1]: Gaussian noise in
// both, and where it is rectified among maps with its values. With
// GRIDCELLS_VALIDATION=400 and -v it prints what docs/scoring.md says of them.
func TestNullsAreCalibrated(t *testing.T) {
	const n = 16
	units, _ := validationMaps(t)
	units = max(120, units)
	noise := periodicNoise(9, units, n)
	rectified := make([]float64, len(noise))
	for i, v := range noise {
		rectified[i] = max(0, v-3)
	}
	for _, c := range []struct {
		name  string
		maps  []float64
		nulls []string
	}{{"noise", noise, []string{"gaussian", "iaaft"}}, {"rectified noise", rectified, []string{"iaaft"}}} {
		out, stderr, status := run(ratemapRows(t, c.maps, n, npy.Float64, nil), "--null", "gaussian,iaaft", "--shuffles", "99", "-q")
		if status != 0 {
			t.Fatal(stderr)
		}
		rows, _ := readAll(t, out)
		v := &verdicts{t, rows, n}
		t.Logf("%d maps of %s: %.1f %% above 0.37; p ≤ 0.05 in gaussian %.1f %%, in iaaft %.1f %%",
			units, c.name, v.percent("score_60", above), v.percent("p_gaussian", small), v.percent("p_iaaft", small))
		for _, null := range c.nulls {
			var counts [4]float64
			for i := range units {
				counts[min(3, int(4*(floats(t, rows, "p_"+null, i)[0]-0.005)))]++
			}
			chi, expected := 0.0, float64(units)/4
			for _, c := range counts {
				chi += (c - expected) * (c - expected) / expected
			}
			if chi > 16.3 { // 3 degrees of freedom: 0.1 %
				t.Errorf("%s in %s: p values by quarters: %v", c.name, null, counts)
			}
		}
	}
}

// All of what ratemaps adds is used and described.
func shiftedRows(t *testing.T) []byte {
	t.Helper()
	const n, shifts, directions = 12, 9, 20
	d, err := npy.NewDType(
		npy.Field{Name: "unit", Type: npy.Int32},
		npy.Field{Name: "ratemap", Type: npy.Float64, Shape: []int{n, n}},
		npy.Field{Name: "ratemap_16", Type: npy.Float64, Shape: []int{16, 16}},
		npy.Field{Name: "direction_tuning", Type: npy.Float64, Shape: []int{directions}},
		npy.Field{Name: "ratemap_half_1", Type: npy.Float64, Shape: []int{n, n}},
		npy.Field{Name: "ratemap_half_2", Type: npy.Float64, Shape: []int{n, n}},
		npy.Field{Name: "occupancy", Type: npy.Float64, Shape: []int{n, n}},
		npy.Field{Name: "ratemap_shifted", Type: npy.Float32, Shape: []int{shifts, n, n}},
		npy.Field{Name: "direction_tuning_shifted", Type: npy.Float32, Shape: []int{shifts, directions}})
	if err != nil {
		t.Fatal(err)
	}
	rows := npy.MakeRows(d, 4)
	rng := rand.New(rand.NewPCG(4, 4))
	for i := range rows.Len() {
		row := rows.Row(i)
		for _, f := range d.Fields() {
			c := npy.Column{Field: f}
			if f.Name == "unit" {
				c.PutInt(row, i)
				continue
			}
			v := make([]float64, c.Len())
			for k := range v {
				v[k] = rng.Float64()
			}
			c.PutFloat64(row, v)
		}
		hex := hexagonal(n, 4, 10, float64(i), 1)
		column(t, rows, "ratemap").PutFloat64(row, hex)
		column(t, rows, "ratemap_half_1").PutFloat64(row, hex)
		column(t, rows, "ratemap_half_2").PutFloat64(row, hex)
		tuning := make([]float64, directions)
		tuning[3] = float64(i) // unit 0 is silent
		column(t, rows, "direction_tuning").PutFloat64(row, tuning)
	}
	return encode(t, rows, npy.Provenance{})
}

func TestShiftsAndHalves(t *testing.T) {
	in := shiftedRows(t)
	out, stderr, status := run(in, "--null", "shift", "-q")
	if status != 0 {
		t.Fatal(stderr)
	}
	rows, _ := readAll(t, out)
	for _, name := range []string{"ratemap_shifted", "direction_tuning_shifted"} {
		if _, ok := rows.DType.Field(name); ok {
			t.Errorf("%s is passed through", name)
		}
	}
	for i := range rows.Len() {
		value := func(name string) float64 { return floats(t, rows, name, i)[0] }
		if value("p_shift") != 0.1 || value("spatial_information_p_shift") != 0.1 || !near(value("split_half_r"), 1, 1e-12) {
			t.Errorf("unit %d: p %v, %v, halves %v", i, value("p_shift"), value("spatial_information_p_shift"), value("split_half_r"))
		}
		class, direction := "conjunctive", 1.0
		if i == 0 {
			class, direction = "grid", math.NaN()
		} else if value("head_direction_p_shift") != 0.1 || !near(value("head_direction_deg"), -180+18*3.5, 1e-9) {
			t.Errorf("unit %d: direction %v°, p %v", i, value("head_direction_deg"), value("head_direction_p_shift"))
		}
		if got := column(t, rows, "class").String(rows.Row(i)); got != class || !near(value("head_direction_length"), direction, 1e-12) {
			t.Errorf("unit %d: class %s, direction %v", i, got, value("head_direction_length"))
		}
	}
	if _, stderr, status := run(ratemapRows(t, make([]float64, 400), 20, npy.Float64, nil), "--null", "shift"); status != 1 || !strings.Contains(stderr, "ratemaps --shifts") {
		t.Errorf("without shifts: status %d, %s", status, stderr)
	}
}

func TestSensitivity(t *testing.T) {
	file := filepath.Join(t.TempDir(), "table.csv")
	_, stderr, status := run(shiftedRows(t), "--sensitivity", file, "--score", "reference,paper,opexebo", "--sensitivity-inner", "0.1,0.45,0.99", "--sensitivity-draws", "2")
	if status != 0 {
		t.Fatal(stderr)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	// Two numbers of bins; reference has a ring beyond 0.99 n, paper (to 20/32) has not.
	if len(lines) != 1+2*(3+2) {
		t.Fatalf("%d lines:\n%s", len(lines), text)
	}
	if got := strings.Join(lines[1][:7], ","); got != "units,reference,12,0.1,1.2,4,0.37" || lines[1][7] != "1" {
		t.Errorf("first line %v", lines[1])
	}
	if null, err := strconv.ParseFloat(lines[1][8], 64); err != nil || null < 0 || null > 1 {
		t.Errorf("null share %v", lines[1][8])
	}
}

// Maps without NaN have one score for both policies; others do not.
func TestBothPolicies(t *testing.T) {
	const n = 20
	maps := smoothNoise(3, 2, n, 1.5)
	for i := range n * n {
		if math.Hypot(float64(i/n)-9.5, float64(i%n)-9.5) > 10 {
			maps[n*n+i] = math.NaN()
		}
	}
	out, stderr, status := run(ratemapRows(t, maps, n, npy.Float64, nil), "--unvisited", "zero,omit", "--score", "reference,opexebo")
	if status != 0 {
		t.Fatal(stderr)
	}
	rows, _ := readAll(t, out)
	zero, omit := floats(t, rows, "score_60", 0)[0], floats(t, rows, "score_60_omit", 0)[0]
	if zero != omit || !near(floats(t, rows, "score_60_opexebo", 0)[0], floats(t, rows, "score_60_opexebo_omit", 0)[0], 0) {
		t.Errorf("without holes: %v and %v", zero, omit)
	}
	if zero, omit := floats(t, rows, "score_60", 1)[0], floats(t, rows, "score_60_omit", 1)[0]; zero == omit {
		t.Errorf("round arena: %v both ways", zero)
	}
}

func TestNullUsage(t *testing.T) {
	in := ratemapRows(t, make([]float64, 400), 20, npy.Float64, nil)
	for want, args := range map[string][]string{
		"no null is called":    {"--null", "magic"},
		"--untrained":          {"--null", "untrained"},
		"not among":            {"--grid-null", "field"},
		"above 0":              {"--shuffles", "0"},
		"no baseline":          {"--baseline", "sea"},
		"1 to 8":               {"--gaussian-padding", "0"},
		"standard output":      {"--summary", "-"},
		"is listed twice":      {"--unvisited", "zero,zero"},
		"below --scale-high":   {"--scale-low", "3"},
		"--border-strip above": {"--border-strip", "0.7"},
		"from the centre":      {"--peak-farthest", "2"},
	} {
		if _, stderr, status := run(in, args...); status != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%v: status %d, %q; want 2, %q", args, status, stderr, want)
		}
	}
	missing := filepath.Join(t.TempDir(), "none.npy")
	if _, stderr, status := run(in, "--untrained", missing); status != 1 || !strings.Contains(stderr, "none.npy") {
		t.Errorf("no untrained file: status %d, %s", status, stderr)
	}
}

// Maps of nothing are no grid cells and break nothing.
func TestEmptyMapsWithNulls(t *testing.T) {
	maps := make([]float64, 3*400)
	for i := range 400 {
		maps[i] = math.NaN()
		maps[400+i] = 2
	}
	maps[800+210] = 1
	out, stderr, status := run(ratemapRows(t, maps, 20, npy.Float64, nil), "--null", "field,gaussian,iaaft,rotation", "--shuffles", "5", "--rotations", "2", "--summary", filepath.Join(t.TempDir(), "s.json"))
	if status != 0 {
		t.Fatal(stderr)
	}
	rows, _ := readAll(t, out)
	for i := range rows.Len() {
		if class := column(t, rows, "class").String(rows.Row(i)); class == "grid" || class == "conjunctive" {
			t.Errorf("map %d is a %s cell", i, class)
		}
	}
}

// BenchmarkNulls scores the null maps of 64 units, 100 of each kind; a
// thousandfold test of 256 units costs 40 times as much.
func BenchmarkNulls(b *testing.B) {
	const units, shuffles = 64, 100
	in := ratemapRows(b, smoothNoise(1, units, 20, 1.5), 20, npy.Float64, nil)
	for _, null := range []string{"field", "gaussian", "iaaft"} {
		b.Run(null, func(b *testing.B) {
			for b.Loop() {
				if _, stderr, status := run(in, "--null", null, "--shuffles", strconv.Itoa(shuffles), "-q"); status != 0 {
					b.Fatal(stderr)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/units/shuffles, "µs/map")
		})
	}
}
