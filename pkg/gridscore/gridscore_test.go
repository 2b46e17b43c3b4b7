package gridscore

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gridcells/pkg/npy/npytest"
	"gridcells/pkg/ratemap"
)

// sharedData finds a file of material that is not part of the repository, and
// skips the test where it is absent.
func sharedData(t testing.TB, name string) string {
	t.Helper()
	dirs := []string{os.Getenv("GRIDCELLS_DATA"), filepath.Join("..", "..", "..", "shared", "data")}
	for _, dir := range dirs {
		if path := filepath.Join(dir, name); dir != "" {
			if _, err := os.Stat(path); err == nil {
				return path
			}
		}
	}
	t.Skipf("%s not found: set GRIDCELLS_DATA to the folder that holds it", name)
	return ""
}

func newTestScorer(t testing.TB, n int, u Unvisited, names ...string) *Scorer {
	t.Helper()
	var definitions []Definition
	for _, name := range names {
		d, err := Named(name, ratemap.Square(n))
		if err != nil {
			t.Fatal(err)
		}
		definitions = append(definitions, d)
	}
	s, err := NewScorer(ratemap.Square(n), u, definitions...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The golden values were computed with the released definitions in SciPy. Its
// SAC divides by underflowed variances for a lone narrow field, so the scores of
// those maps are NaN there; they are compared with the oracle instead.
func TestGolden(t *testing.T) {
	files := []struct {
		n     int
		path  func() string
		undef int
	}{
		{20, func() string { return "testdata/synthetic_scores_20.npz" }, 4},
		{32, func() string { return "testdata/synthetic_scores_32.npz" }, 2},
		{20, func() string { return sharedData(t, "reference_activations_scores.npz") }, 0},
	}
	for _, file := range files {
		path := file.path()
		t.Run(filepath.Base(path), func(t *testing.T) {
			checkGolden(t, npytest.Golden(t, path), file.n, file.undef)
		})
	}
}

func checkGolden(t *testing.T, g map[string][]float64, n, undefined int) {
	const tolerance = 1e-6
	s := newTestScorer(t, n, ZeroFilled, "reference", "minmax")
	size := 2*n - 1
	var worstSAC, worst float64
	compare := func(i int, what string, worst *float64, got, want float64) {
		d := math.Abs(got - want)
		if !(d <= tolerance) {
			t.Errorf("map %d: %s is %v, want %v", i, what, got, want)
		}
		*worst = max(*worst, d)
	}
	nans := 0
	scores := make([]Score, 2)
	for i := range g["score_60"] {
		ratemap := g["ratemap"][i*n*n : (i+1)*n*n]
		if err := s.Score(scores, ratemap); err != nil {
			t.Fatalf("map %d: %v", i, err)
		}
		want := Score{g["score_60"][i], g["score_90"][i],
			Ring{g["mask_60"][2*i], g["mask_60"][2*i+1]}, Ring{g["mask_90"][2*i], g["mask_90"][2*i+1]}}
		minmax := g["score_60_minmax"][i]
		sac := g["sac"][i*size*size : (i+1)*size*size]
		if math.IsNaN(want.Sixty) {
			nans++
			sac = oracleSAC(ratemap, n, ZeroFilled)
			want = oracleScore(sac, n, Reference())
			minmax = oracleScore(sac, n, ReferenceMinMax()).Sixty
		}
		for k, v := range s.SAC() {
			compare(i, fmt.Sprintf("sac[%d,%d]", k/size, k%size), &worstSAC, v, sac[k])
		}
		compare(i, "score_60", &worst, scores[0].Sixty, want.Sixty)
		compare(i, "score_90", &worst, scores[0].Ninety, want.Ninety)
		compare(i, "score_60_minmax", &worst, scores[1].Sixty, minmax)
		compare(i, "score_90 of minmax", &worst, scores[1].Ninety, want.Ninety)
		if scores[0].Ring60 != want.Ring60 || scores[0].Ring90 != want.Ring90 {
			t.Errorf("map %d: rings %v, %v, want %v, %v", i, scores[0].Ring60, scores[0].Ring90, want.Ring60, want.Ring90)
		}
	}
	if nans != undefined {
		t.Errorf("%d golden scores are NaN, want %d", nans, undefined)
	}
	t.Logf("largest deviation: sac %.2g, scores %.2g", worstSAC, worst)
}

// maps made up to be awkward, by name.
func awkwardMaps(n int) map[string][]float64 {
	rng := rand.New(rand.NewPCG(1, 2))
	fill := func(f func(x, y int) float64) []float64 {
		m := make([]float64, n*n)
		for i := range m {
			m[i] = f(i/n, i%n)
		}
		return m
	}
	noise := func(int, int) float64 { return rng.NormFloat64() }
	centre := float64(n) / 2
	return map[string][]float64{
		"noise":             fill(noise),
		"all zero":          fill(func(int, int) float64 { return 0 }),
		"all NaN":           fill(func(int, int) float64 { return math.NaN() }),
		"constant":          fill(func(int, int) float64 { return 0.1 }),
		"constant rounding": fill(func(int, int) float64 { return 0.1 * (1 + float64(rng.IntN(3)-1)*0x1p-52) }),
		"one bin":           fill(func(x, y int) float64 { return map[bool]float64{true: 1}[x == 1 && y == n-1] }),
		"one row":           fill(func(x, y int) float64 { return map[bool]float64{true: 1}[x == 1] }),
		"offset":            fill(func(int, int) float64 { return 100 + rng.Float64() }),
		"tiny":              fill(func(int, int) float64 { return 1e-300 * rng.Float64() }),
		"denormal":          fill(func(int, int) float64 { return 5e-324 * float64(rng.IntN(9)) }),
		"huge":              fill(func(int, int) float64 { return 1e307 * rng.NormFloat64() }),
		"holes": fill(func(int, int) float64 {
			if rng.IntN(4) == 0 {
				return math.NaN()
			}
			return 3 + rng.NormFloat64()
		}),
		"disc": fill(func(x, y int) float64 {
			if math.Hypot(float64(x)+0.5-centre, float64(y)+0.5-centre) > centre {
				return math.NaN()
			}
			return rng.Float64()
		}),
		"half visited": fill(func(x, y int) float64 {
			if x > n/2 {
				return math.NaN()
			}
			return rng.Float64()
		}),
		"narrow field": fill(func(x, y int) float64 {
			return math.Exp(-(float64(x)*float64(x) + float64(y-2)*float64(y-2)) / 0.5)
		}),
	}
}

func TestAgainstOracle(t *testing.T) {
	for _, n := range []int{2, 3, 4, 5, 7, 13, 20, 21} {
		for name, ratemap := range awkwardMaps(n) {
			for _, u := range []Unvisited{ZeroFilled, LeftOut} {
				checkOracle(t, fmt.Sprintf("%s, %d bins, unvisited %d", name, n, u), ratemap, n, u)
			}
		}
	}
}

func checkOracle(t *testing.T, name string, rates []float64, n int, u Unvisited) {
	definitions := []Definition{Reference(), ReferenceMinMax(), Paper(PaperInner), Paper(0)}
	s, err := NewScorer(ratemap.Square(n), u, definitions...)
	if err != nil {
		t.Fatal(err)
	}
	scores := make([]Score, len(definitions))
	if err := s.Score(scores, rates); err != nil {
		t.Fatal(err)
	}
	sac := oracleSAC(rates, n, u)
	for i, v := range s.SAC() {
		if !(math.Abs(v-sac[i]) <= 1e-9) {
			t.Fatalf("%s: sac[%d] is %v, want %v", name, i, v, sac[i])
		}
	}
	for i, d := range definitions {
		want := oracleScore(sac, n, d)
		if math.IsInf(want.Sixty, -1) { // no ring holds a point
			want.Sixty, want.Ninety = math.NaN(), math.NaN()
		}
		if !near(scores[i].Sixty, want.Sixty) || !near(scores[i].Ninety, want.Ninety) {
			t.Errorf("%s: %s is %+v, want %+v", name, d.Name, scores[i], want)
		}
	}
}

func near(a, b float64) bool {
	return math.Abs(a-b) <= 1e-7 || math.IsNaN(a) && math.IsNaN(b)
}

// A map that does not vary has no autocorrelation, whatever its value.
func TestConstantScoresZero(t *testing.T) {
	const n = 20
	s := newTestScorer(t, n, ZeroFilled, "reference", "paper")
	scores := make([]Score, 2)
	for _, c := range []float64{0, 1, -0.1, 1.0 / 3, 1e-310, 1e300, math.Pi * 1e9, math.NaN()} {
		ratemap := make([]float64, n*n)
		for i := range ratemap {
			ratemap[i] = c
		}
		if err := s.Score(scores, ratemap); err != nil {
			t.Fatal(err)
		}
		for _, sc := range scores {
			if sc.Sixty != 0 || sc.Ninety != 0 {
				t.Errorf("constant %v scores %+v", c, sc)
			}
		}
	}
}

// Gridness depends neither on the unit nor on the base rate; turning the map by
// 90° changes nothing either.
func TestInvariance(t *testing.T) {
	const n = 20
	s := newTestScorer(t, n, LeftOut, "reference")
	base := awkwardMaps(n)["holes"]
	score := func(f func(i int) float64) Score {
		m := make([]float64, n*n)
		for i := range m {
			m[i] = f(i)
		}
		scores := make([]Score, 1)
		if err := s.Score(scores, m); err != nil {
			t.Fatal(err)
		}
		return scores[0]
	}
	want := score(func(i int) float64 { return base[i] })
	for name, f := range map[string]func(i int) float64{
		"scaled":  func(i int) float64 { return 1e-9 * base[i] },
		"shifted": func(i int) float64 { return base[i] - 17 },
		"negated": func(i int) float64 { return -base[i] },
		"turned":  func(i int) float64 { return base[(i%n)*n+n-1-i/n] },
	} {
		if got := score(f); !near(got.Sixty, want.Sixty) || !near(got.Ninety, want.Ninety) {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

func TestErrors(t *testing.T) {
	if _, err := NewScorer(ratemap.Square(1), ZeroFilled, Reference()); err == nil {
		t.Error("one bin accepted")
	}
	if _, err := NewScorer(ratemap.Square(MaxBins+1), ZeroFilled, Reference()); err == nil {
		t.Error("too many bins accepted")
	}
	if _, err := NewScorer(ratemap.Square(20), ZeroFilled); err == nil {
		t.Error("no definition accepted")
	}
	for _, rings := range [][]Ring{nil, {{0.5, 0.5}}, {{-1, 1}}, {{math.NaN(), 1}}, {{0, math.Inf(1)}}} {
		d := Reference()
		d.Rings = rings
		if _, err := NewScorer(ratemap.Square(20), ZeroFilled, d); err == nil {
			t.Errorf("rings %v accepted", rings)
		}
	}
	if _, err := Named("no such", ratemap.Square(20)); err == nil {
		t.Error("unknown name accepted")
	}
	for _, name := range Names() {
		if d, err := Named(name, ratemap.Square(20)); err != nil || d.Name != name {
			t.Errorf("%s: %v, %v", name, d.Name, err)
		}
	}
	s := newTestScorer(t, 20, ZeroFilled, "reference")
	ratemap := make([]float64, 400)
	if err := s.Score(make([]Score, 2), ratemap); err == nil {
		t.Error("wrong number of scores accepted")
	}
	if err := s.Score(make([]Score, 1), ratemap[1:]); err == nil {
		t.Error("short ratemap accepted")
	}
	ratemap[7] = math.Inf(-1)
	if err := s.Score(make([]Score, 1), ratemap); !errors.Is(err, ErrInfinite) {
		t.Errorf("infinite value: %v", err)
	}
}

func TestNoAllocation(t *testing.T) {
	for _, u := range []Unvisited{ZeroFilled, LeftOut} {
		s := newTestScorer(t, 20, u, "reference", "paper")
		ratemap := awkwardMaps(20)["holes"]
		scores := make([]Score, 2)
		allocations := testing.AllocsPerRun(10, func() { _ = s.Score(scores, ratemap) })
		if allocations != 0 {
			t.Errorf("unvisited %d: %v allocations", u, allocations)
		}
	}
}

// Clones give the same bits side by side.
func TestClones(t *testing.T) {
	s := newTestScorer(t, 20, ZeroFilled, "reference")
	ratemap := awkwardMaps(20)["noise"]
	want := make([]Score, 1)
	if err := s.Score(want, ratemap); err != nil {
		t.Fatal(err)
	}
	results := make(chan Score)
	for range 4 {
		go func(s *Scorer) {
			got := make([]Score, 1)
			_ = s.Score(got, ratemap)
			results <- got[0]
		}(s.Clone())
	}
	for range 4 {
		if got := <-results; got != want[0] {
			t.Errorf("got %+v, want %+v", got, want[0])
		}
	}
}

// Both ways of summing over lags, against the sums written down.
func TestLagSums(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{2, 3, 7, 19, 20, 21, 32, 41} {
		a, b := make([]float64, n*n), make([]float64, n*n)
		for i := range a {
			a[i], b[i] = rng.NormFloat64(), rng.NormFloat64()
		}
		size := 2*n - 1
		want := make([]float64, n*size)
		for dx := range n {
			for j := range size {
				for i := range n - dx {
					for k := range n {
						if to := k + j - (n - 1); to >= 0 && to < n {
							want[dx*size+j] += a[i*n+k] * b[(i+dx)*n+to]
						}
					}
				}
			}
		}
		for _, vector := range []bool{false, true} {
			l := newLagSums(n, n)
			if vector && !l.vector {
				t.Log("the vector path is not to be had here")
				continue
			}
			l.vector = vector
			got := make([]float64, n*size)
			l.compute(got, a, b)
			l.compute(got, a, b) // nothing is left over from before
			for i := range got {
				if math.Abs(got[i]-want[i]) > 1e-12*float64(n) {
					t.Fatalf("%d bins, vector %v: sum %d is %v, want %v", n, vector, i, got[i], want[i])
				}
			}
		}
	}
}

func TestAddBlock(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	draw := func(n int) []float64 {
		v := make([]float64, n)
		for i := range v {
			v[i] = rng.NormFloat64()
		}
		return v
	}
	if newLagSums(2, 2).vector {
		for _, c := range [][4]int{{0, 3, 3, 50}, {3, 0, 3, 50}, {1, 1, 1, 40}, {2, 5, 7, 47}, {9, 20, 20, 80}} {
			rows, count, strideA, strideB := c[0], c[1], c[2], c[3]
			a, b := draw(rows*strideA+count), draw(rows*strideB+count+blockLags)
			got := [blockLags]float64(draw(blockLags))
			want := got
			addBlock(&got, a, b, rows, count, strideA, strideB)
			addBlockScalar(&want, a, b, rows, count, strideA, strideB)
			for j := range got {
				if math.Abs(got[j]-want[j]) > 1e-12 {
					t.Errorf("%v: sum %d is %v, want %v", c, j, got[j], want[j])
				}
			}
		}
	}
}

// The vector path gives the same bits, at any number of lags, defined or not.
func TestPearsonAll(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for n := range 20 {
		s := overlapSums{}
		for _, v := range []*[]float64{&s.cross, &s.count, &s.first, &s.second, &s.first2, &s.second2} {
			*v = make([]float64, n)
		}
		for i := range n {
			count := rng.IntN(6) // below 2 nothing is defined
			for range count {
				x, y := rng.NormFloat64(), rng.NormFloat64()
				if i%5 == 4 {
					x = 0.1 // does not vary
				}
				s.first[i], s.second[i], s.cross[i] = s.first[i]+x, s.second[i]+y, s.cross[i]+x*y
				s.first2[i], s.second2[i] = s.first2[i]+x*x, s.second2[i]+y*y
			}
			s.count[i] = float64(count)
		}
		got, want := make([]float64, n), make([]float64, n)
		pearsonAll(got, &s)
		pearsonAllScalar(want, &s, 0)
		if !slices.Equal(got, want) {
			t.Errorf("%d lags: %v, want %v", n, got, want)
		}
	}
}

func TestInterpolate(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for _, n := range []int{2, 3, 7, 20} {
		s := newSpline(n)
		for _, plane := range s.padded {
			for i := range plane {
				plane[i] = rng.NormFloat64()
			}
		}
		samples := []sample{{}} // outside of the SAC
		for range n {
			turn := rng.Float64() * math.Pi / 2
			samples = append(samples, s.newSample(rng.IntN(n), rng.IntN(n), angle{math.Cos(turn), math.Sin(turn)}, splineWeights))
		}
		got, want := make([][2]float64, len(samples)), make([][2]float64, len(samples))
		interpolate(got, samples, &s.planes)
		interpolateScalar(want, samples, &s.planes)
		for i := range got {
			if math.Abs(got[i][0]-want[i][0]) > 1e-14 || math.Abs(got[i][1]-want[i][1]) > 1e-14 {
				t.Errorf("%d bins, sample %d: %v, want %v", n, i, got[i], want[i])
			}
		}
	}
}

// The scalar path gives the same scores.
func TestScalarPath(t *testing.T) {
	g := npytest.Golden(t, "testdata/synthetic_scores_20.npz")
	vector := newTestScorer(t, 20, ZeroFilled, "reference")
	scalar := vector.Clone()
	scalar.sac.lags.vector, scalar.spline.vector = false, false
	a, b := make([]Score, 1), make([]Score, 1)
	for i := range g["score_60"] {
		ratemap := g["ratemap"][i*400 : (i+1)*400]
		if err := errors.Join(vector.Score(a, ratemap), scalar.Score(b, ratemap)); err != nil {
			t.Fatal(err)
		}
		if math.Abs(a[0].Sixty-b[0].Sixty) > 1e-10 || a[0].Ring60 != b[0].Ring60 {
			t.Errorf("map %d: %+v, scalar %+v", i, a[0], b[0])
		}
	}
}

func BenchmarkScore(b *testing.B) {
	for _, n := range []int{20, 32, 44} {
		for _, bench := range []struct {
			name  string
			rule  Unvisited
			names []string
		}{
			{"reference", ZeroFilled, []string{"reference"}},
			{"all", ZeroFilled, Names()},
			{"leftout", LeftOut, []string{"reference"}},
		} {
			b.Run(fmt.Sprintf("%d/%s", n, bench.name), func(b *testing.B) {
				s := newTestScorer(b, n, bench.rule, bench.names...)
				ratemap := awkwardMaps(n)["holes"]
				scores := make([]Score, len(bench.names))
				b.ReportAllocs()
				for b.Loop() {
					if err := s.Score(scores, ratemap); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkSAC(b *testing.B) {
	for _, n := range []int{20, 32} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			a, err := NewAutocorrelator(ratemap.Square(n), ZeroFilled)
			if err != nil {
				b.Fatal(err)
			}
			ratemap := awkwardMaps(n)["noise"]
			sac := make([]float64, a.Lags())
			for b.Loop() {
				if err := a.Compute(sac, ratemap); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkNewScorer(b *testing.B) {
	for b.Loop() {
		newTestScorer(b, 20, ZeroFilled, "reference")
	}
}

func BenchmarkOracle(b *testing.B) {
	ratemap := awkwardMaps(20)["noise"]
	for b.Loop() {
		oracleScore(oracleSAC(ratemap, 20, ZeroFilled), 20, Reference())
	}
}

// A lattice of fields 6 bins apart.
func ExampleScorer() {
	const n = 20
	rates := make([]float64, n*n)
	for i := range rates {
		x, y := float64(i/n), float64(i%n)
		for _, degrees := range []float64{0, 60, 120} {
			s, c := math.Sincos(degrees * math.Pi / 180)
			rates[i] += math.Cos(4 * math.Pi / (math.Sqrt(3) * 6) * (c*x + s*y))
		}
	}
	definitions := []Definition{Reference(), Paper(PaperInner)}
	scorer, err := NewScorer(ratemap.Square(n), ZeroFilled, definitions...)
	if err != nil {
		fmt.Println(err)
		return
	}
	scores := make([]Score, len(definitions))
	if err := scorer.Score(scores, rates); err != nil {
		fmt.Println(err)
		return
	}
	for i, d := range definitions {
		fmt.Printf("%-9s hexagonal %.1f, square %.1f\n", d.Name, scores[i].Sixty, scores[i].Ninety)
	}
	// Output:
	// reference hexagonal 1.7, square 0.2
	// paper     hexagonal 1.4, square 0.2
}
