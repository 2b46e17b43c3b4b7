package gridscore

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gridcells/pkg/geometry/latticetest"
	gridscores "gridcells/pkg/gridscore"
	"gridcells/pkg/npy"
	"gridcells/pkg/npy/npytest"
	"gridcells/pkg/nulls"
	"gridcells/pkg/ratemap"
	"gridcells/pkg/results"
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
		maps = append(maps, latticetest.Lattice{Scale: scale, Orientation: 60 * rng.Float64(), X: scale * rng.Float64(), Y: scale * rng.Float64()}.Rates(n)...)
	}
	return maps
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
	rows, _ := npytest.Read(t, out)
	value := func(name string, i int) float64 { return npytest.Floats(t, rows, name, i)[0] }
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
	s, err := results.ReadPopulation(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	l := s.Layer("lä\"r")
	if len(s.Layers) != 1 || l == nil || l.Units != 40 || len(l.Scores) != 2 || len(l.Scores[0].Nulls) != 5 || len(l.Warnings) != 1 || len(l.Headline) != 8 {
		t.Fatalf("%s", text)
	}
	for _, want := range []struct {
		name  string
		draws int
	}{{"field", 60}, {"gaussian", 60}, {"iaaft", 60}, {"rotation", 320}, {"untrained", 50}} {
		null := l.Score("score_60").Null(want.name)
		if null == nil || null.Draws != want.draws || null.Above.P.Known() == (want.name == "untrained") {
			t.Fatalf("null %+v, want %+v", null, want)
		}
		if e := null.Above; e.Interval[0].Float() > e.Excess.Float() || e.Interval[1].Float() < e.Excess.Float() {
			t.Errorf("%s: excess %v not in %v", null.Name, e.Excess, e.Interval)
		}
		own := null.AboveOwn
		if own.Interval == nil || !(own.Interval[0].Float() < own.Share.Float() && own.Share.Float() < own.Interval[1].Float()) {
			t.Errorf("%s: share above own threshold %+v", null.Name, own)
		}
	}
	if g := l.Score("score_60").Null("gaussian").Above; g.Excess.Float() <= 0.05 || g.P.Float() > 0.05 {
		t.Errorf("ten lattices among forty units are no excess: %+v", g)
	}
	if field := l.Score("score_60").Null("field"); l.Grid.Units != field.AboveOwn.Units {
		t.Errorf("%d grid cells, but %d units above their own threshold", l.Grid.Units, field.AboveOwn.Units)
	}
}

// Grid cells are the units above their own threshold where there is a field
// null, as the paper has it, and those above a score otherwise. Standard error and
// summary say which.
func TestRecipe(t *testing.T) {
	const n = 20
	maps := append(latticeMaps(1, 4, n, 6), smoothNoise(1, 12, n, 1.5)...)
	round := npy.Provenance{{Tool: "simulate", Version: "1", Parameters: json.RawMessage(`{"arena":"circle"}`)}}
	for _, test := range []struct {
		name       string
		provenance npy.Provenance
		args       []string
		rule       results.GridRule
		cut        string // grid_cut in the provenance
		first      string // beginning of standard error
		own        bool
	}{
		{"own", nil, []string{"--null", "field,gaussian"}, results.GridRule{Threshold: "own", Null: "field", Cut: 0.37}, `"own"`,
			`[0-9.]+ % \[[0-9.]+, [0-9.]+\] of 16 units are above the 95th percentile of their own field shuffles \(chance: [5-9]\.[0-9] %; the paper: 25.2 %\)`, true},
		{"round", round, []string{"--null", "field", "--grid-cut", "own"}, results.GridRule{Threshold: "own", Null: "field", Cut: 0.37}, `"own"`,
			`.* \(chance: [5-9]\.[0-9] %; the paper: 21.9 %\)`, true},
		{"score", nil, []string{"--null", "field", "--grid-cut", "0.5"}, results.GridRule{Threshold: "fixed", Cut: 0.5}, `0.5`, `.*own field shuffles`, false},
		{"without field", nil, []string{"--null", "gaussian"}, results.GridRule{Threshold: "fixed", Cut: 0.37}, `0.37`,
			`above the 95th percentile of nulls: Gaussian fields [0-9.]+ %`, false},
		{"without nulls", nil, nil, results.GridRule{Threshold: "fixed", Cut: 0.37}, `0.37`, "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "summary.json")
			out, stderr, status := run(ratemapRows(t, maps, n, npy.Float64, test.provenance), append(test.args, "--shuffles", "40", "--summary", file)...)
			if status != 0 {
				t.Fatal(stderr)
			}
			first, _, _ := strings.Cut(stderr, "\n")
			if test.first == "" && stderr != "" || test.first != "" && !regexp.MustCompile(`^gridscore: lä"r: `+test.first).MatchString(first) {
				t.Errorf("standard error: %s", stderr)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, err := results.ReadPopulation(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if rule, err := s.Rule(); err != nil || rule != test.rule {
				t.Errorf("rule %+v, %v", rule, err)
			}
			rows, p := npytest.Read(t, out)
			var cut json.RawMessage
			var rule results.GridRule
			if _, err := p.Parameter("grid_cut", &cut); err != nil || string(cut) != test.cut {
				t.Errorf("grid_cut is %s, %v", cut, err)
			}
			if _, err := p.Parameter("grid_rule", &rule); err != nil || rule != test.rule {
				t.Errorf("grid_rule is %+v, %v", rule, err)
			}
			for i := range rows.Len() {
				threshold := test.rule.Cut
				if test.own {
					threshold = npytest.Floats(t, rows, "threshold_95_field", i)[0]
				}
				is := npytest.Column(t, rows, "is_grid").Int(rows.Row(i)) == 1
				if score := npytest.Floats(t, rows, "score_60", i)[0]; is != (score > threshold) {
					t.Errorf("unit %d: score %v, threshold %v, grid cell %v", i, score, threshold, is)
				}
			}
		})
	}
}

// If many bins were never visited, standard error says so. In a square room they count
// as 0; in a round room they are left out.
func TestUnvisitedWarning(t *testing.T) {
	const n = 20
	disc := func(reach float64) []byte {
		maps := smoothNoise(1, 3, n, 1.5)
		for i := range maps {
			if math.Hypot(float64(i%(n*n)/n)-9.5, float64(i%n)-9.5) > reach {
				maps[i] = math.NaN()
			}
		}
		return ratemapRows(t, maps, n, npy.Float64, npy.Provenance{{Tool: "simulate", Version: "1", Parameters: json.RawMessage(`{"arena":"circle"}`)}})
	}
	hole := smoothNoise(1, 3, n, 1.5)
	few := slices.Clone(hole)
	for i := range hole {
		if i%(n*n) < 100 {
			hole[i] = math.NaN()
		}
		if i%(n*n) < 10 {
			few[i] = math.NaN()
		}
	}
	for _, test := range []struct {
		name string
		in   []byte
		args []string
		want string
	}{
		{"a quarter", ratemapRows(t, hole, n, npy.Float64, nil), nil, "gridscore: lä\"r: warning: 25 % of the bins were never visited and count as 0."},
		{"left out", ratemapRows(t, hole, n, npy.Float64, nil), []string{"--unvisited", "omit"}, ""},
		{"quiet", ratemapRows(t, hole, n, npy.Float64, nil), []string{"-q"}, ""},
		{"few", ratemapRows(t, few, n, npy.Float64, nil), nil, ""},
		{"round room", disc(10), nil, "gridscore: 21 % of the bins were never visited and are left out of autocorrelograms; --unvisited zero"},
		{"round room, as zero", disc(10), []string{"--unvisited", "zero"}, ""},
		{"round room as the released program has it", disc(10), []string{"--preset", "reference"}, ""},
		{"round room, wall never reached", disc(8), []string{"--unvisited", "zero"}, "gridscore: lä\"r: warning: "},
	} {
		_, stderr, status := run(test.in, test.args...)
		if status != 0 || !strings.HasPrefix(stderr, test.want) || test.want == "" && stderr != "" {
			t.Errorf("%s: status %d, %q", test.name, status, stderr)
		}
		if test.want != "" && (!strings.Contains(stderr, "--unvisited ") || strings.Count(stderr, "\n") != 1) {
			t.Errorf("%s: %q", test.name, stderr)
		}
	}
}

// An inner radius at or above the smallest outer radius leaves those rings out.
func TestPaperInner(t *testing.T) {
	in := ratemapRows(t, latticeMaps(1, 3, 20, 6), 20, npy.Float64, nil)
	for inner, smallest := range map[string]float64{"0.2": 0.25, "0.25": 0.3125, "0.3": 0.3125, "0.6": 0.625} {
		out, stderr, status := run(in, "--score", "paper", "--paper-inner", inner)
		if status != 0 {
			t.Errorf("inner radius %s: %s", inner, stderr)
			continue
		}
		rows, _ := npytest.Read(t, out)
		for i := range rows.Len() {
			if ring := npytest.Floats(t, rows, "mask_60", i); ring[1] < smallest {
				t.Errorf("inner radius %s: ring %v", inner, ring)
			}
		}
	}
	for _, inner := range []string{"0.625", "3"} {
		if _, stderr, status := run(in, "--score", "paper", "--paper-inner", inner); status != 2 || !strings.Contains(stderr, "below 0.625") {
			t.Errorf("inner radius %s: status %d, %s", inner, status, stderr)
		}
	}
}

// The help of the flags names every definition and null that there is.
func TestHelpNamesAll(t *testing.T) {
	help, _, _ := run(nil, "--help")
	all, _, _ := run(nil, "--help-all")
	for _, name := range append(gridscores.Names(), nulls.Names()...) {
		if !regexp.MustCompile(`[ :]` + name + `[,.\s]`).Match(help) {
			t.Errorf("--help does not name %s", name)
		}
		if !strings.Contains(string(all), "\n"+name+": ") {
			t.Errorf("--help-all does not explain %s", name)
		}
	}
	if n := bytes.Count(help, []byte("\n")); n > 40 {
		t.Errorf("--help has %d lines", n)
	}
}

// The null scores are a stream that report reads as a control.
func checkNullScores(t *testing.T, file string, rows npy.Rows, want int) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	null, _ := npytest.Read(t, b)
	if null.Len() != want {
		t.Errorf("%d null scores, want %d", null.Len(), want)
	}
	first := null.Row(0)
	if npytest.Column(t, null, "null").String(first) != "field" || npytest.Column(t, null, "layer").String(first) != `lä"r` {
		t.Errorf("first row %q", first)
	}
	// Both definitions score the same maps, differently.
	score := func(name string) float64 {
		var v [1]float64
		npytest.Column(t, null, name).Float64(v[:], first)
		return v[0]
	}
	if reference, paper := score("score_60"), score("score_60_paper"); reference == 0 || paper == 0 || reference == paper {
		t.Errorf("the first null map scores %v and, by the paper's definition, %v", reference, paper)
	}
}

// periodicNoise are maps of waves, about three to a side: maps that the null without
// padding draws from such a spectrum. Their standard deviation is 4.
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

// If a null is true of some noise, the p values of the noise spread evenly over (0,
// 1]. Both nulls are true of Gaussian noise. Only the null that keeps the values is
// true of rectified noise. With GRIDCELLS_VALIDATION=400 and -v it prints what
// docs/scoring.md says of them.
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
		rows, _ := npytest.Read(t, out)
		v := &verdicts{t, rows, n}
		t.Logf("%d maps of %s: %.1f %% above 0.37; p ≤ 0.05 in gaussian %.1f %%, in iaaft %.1f %%",
			units, c.name, v.percent("score_60", above), v.percent("p_gaussian", small), v.percent("p_iaaft", small))
		for _, null := range c.nulls {
			var counts [4]float64
			for i := range units {
				counts[min(3, int(4*(npytest.Floats(t, rows, "p_"+null, i)[0]-0.005)))]++
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

// gridscore uses and describes all that ratemaps adds.
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
		hex := latticetest.Lattice{Scale: 4, Orientation: 10, X: float64(i), Y: 1}.Rates(n)
		npytest.Column(t, rows, "ratemap").PutFloat64(row, hex)
		npytest.Column(t, rows, "ratemap_half_1").PutFloat64(row, hex)
		npytest.Column(t, rows, "ratemap_half_2").PutFloat64(row, hex)
		tuning := make([]float64, directions)
		tuning[3] = float64(i) // unit 0 is silent
		npytest.Column(t, rows, "direction_tuning").PutFloat64(row, tuning)
	}
	return npytest.Write(t, rows, npy.Provenance{})
}

func TestShiftsAndHalves(t *testing.T) {
	in := shiftedRows(t)
	out, stderr, status := run(in, "--null", "shift", "-q")
	if status != 0 {
		t.Fatal(stderr)
	}
	rows, _ := npytest.Read(t, out)
	for _, name := range []string{"ratemap_shifted", "direction_tuning_shifted"} {
		if _, ok := rows.DType.Field(name); ok {
			t.Errorf("%s is passed through", name)
		}
	}
	for i := range rows.Len() {
		value := func(name string) float64 { return npytest.Floats(t, rows, name, i)[0] }
		if value("p_shift") != 0.1 || value("spatial_information_p_shift") != 0.1 || !near(value("split_half_r"), 1, 1e-12) {
			t.Errorf("unit %d: p %v, %v, halves %v", i, value("p_shift"), value("spatial_information_p_shift"), value("split_half_r"))
		}
		class, direction := "conjunctive", 1.0
		if i == 0 {
			class, direction = "grid", math.NaN()
		} else if value("head_direction_p_shift") != 0.1 || !near(value("head_direction_deg"), -180+18*3.5, 1e-9) {
			t.Errorf("unit %d: direction %v°, p %v", i, value("head_direction_deg"), value("head_direction_p_shift"))
		}
		if got := npytest.Column(t, rows, "class").String(rows.Row(i)); got != class || !near(value("head_direction_length"), direction, 1e-12) {
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
	// There are two numbers of bins. The definition reference has a ring beyond 0.99 n;
	// paper, whose rings end at 20/32 n, has none.
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
	rows, _ := npytest.Read(t, out)
	zero, omit := npytest.Floats(t, rows, "score_60", 0)[0], npytest.Floats(t, rows, "score_60_omit", 0)[0]
	if zero != omit || !near(npytest.Floats(t, rows, "score_60_opexebo", 0)[0], npytest.Floats(t, rows, "score_60_opexebo_omit", 0)[0], 0) {
		t.Errorf("without holes: %v and %v", zero, omit)
	}
	if zero, omit := npytest.Floats(t, rows, "score_60", 1)[0], npytest.Floats(t, rows, "score_60_omit", 1)[0]; zero == omit {
		t.Errorf("round arena: %v both ways", zero)
	}
}

func TestNullUsage(t *testing.T) {
	in := ratemapRows(t, make([]float64, 400), 20, npy.Float64, nil)
	for want, args := range map[string][]string{
		"--null must be one of":    {"--null", "magic"},
		"--untrained":              {"--null", "untrained"},
		"add it to --null":         {"--grid-null", "field"},
		"from 1":                   {"--shuffles", "0"},
		"neither own, nor a null":  {"--grid-cut", "NaN"},
		"--grid-cut iaaft: add it": {"--grid-cut", "iaaft", "--null", "field"},
		"--baseline must be":       {"--baseline", "sea"},
		"from 1 to 8":              {"--gaussian-padding", "0"},
		"standard output":          {"--summary", "-"},
		"is listed twice":          {"--unvisited", "zero,zero"},
		"below --scale-high":       {"--scale-low", "3"},
		"--border-strip must":      {"--border-strip", "0.7"},
		"--peak-farthest must":     {"--peak-farthest", "2"},
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

// Empty maps have no high score and cause no error.
func TestEmptyMapsWithNulls(t *testing.T) {
	maps := make([]float64, 3*400)
	for i := range 400 {
		maps[i] = math.NaN()
		maps[400+i] = 2
	}
	maps[800+210] = 1
	out, stderr, status := run(ratemapRows(t, maps, 20, npy.Float64, nil), "--null", "field,gaussian,iaaft,rotation", "--shuffles", "5", "--rotations", "2", "--grid-cut", "0.37", "--summary", filepath.Join(t.TempDir(), "s.json"))
	if status != 0 {
		t.Fatal(stderr)
	}
	rows, _ := npytest.Read(t, out)
	for i := range rows.Len() {
		if class := npytest.Column(t, rows, "class").String(rows.Row(i)); class == "grid" || class == "conjunctive" {
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
