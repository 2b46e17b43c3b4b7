package significance_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gridcells/pkg/random"
	"gridcells/pkg/significance"
)

var nan = math.NaN()

func TestPValue(t *testing.T) {
	for _, c := range []struct {
		observed float64
		null     []float64
		want     float64
	}{
		{2, []float64{0, 1, 2, 3}, 3.0 / 5}, // a tie counts
		{4, []float64{0, 1, 2, 3}, 1.0 / 5}, // never 0
		{-1, []float64{0, 1, 2, 3}, 1},
		{2, []float64{0, nan, 3}, 2.0 / 3},
		{nan, []float64{0, 1}, nan},
		{1, []float64{nan}, nan},
		{1, nil, nan},
	} {
		got := significance.PValue(c.observed, c.null)
		if got != c.want && !(math.IsNaN(got) && math.IsNaN(c.want)) {
			t.Errorf("%v among %v: %v, want %v", c.observed, c.null, got, c.want)
		}
	}
}

// For even draws the share of the distribution above the quantile of n scores is known,
// and its mean is what AboveQuantile says. README and the reports quote the shares of
// 100 and of 20 null maps.
func TestAboveQuantile(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 1))
	for _, c := range []struct {
		q     float64
		n     int
		want  float64
		drawn bool
	}{
		{0.95, 100, 5.95 / 101, true}, {0.95, 20, 1.95 / 21, true}, {0.99, 100, 1.99 / 101, true}, {0.5, 7, 0.5, true},
		{0.95, 1, 0.5, true}, {0.95, 0, 0.05, false}, {0.99, -1, 0.01, false},
	} {
		got := significance.AboveQuantile(c.q, c.n)
		if math.Abs(got-c.want) > 1e-12 {
			t.Errorf("above the quantile %v of %d scores: %v, want %v", c.q, c.n, got, c.want)
		}
		const trials = 4000
		scores, mean := make([]float64, max(c.n, 0)), 0.0
		for range trials {
			for i := range scores {
				scores[i] = rng.Float64()
			}
			mean += (1 - significance.Quantile(scores, c.q)) / trials
		}
		if c.drawn && math.Abs(got-mean) > 5/math.Sqrt(12*trials*float64(c.n+2)) {
			t.Errorf("above the quantile %v of %d even draws: %v, want %v", c.q, c.n, got, mean)
		}
	}
}

func TestCountAbove(t *testing.T) {
	if n := significance.CountAbove([]float64{0.37, 0.371, math.NaN(), 1, -1}, 0.37); n != 2 {
		t.Errorf("CountAbove = %d, want 2", n)
	}
}

// Under the null p is uniform on 1/(n+1) … 1.
func TestPValueIsUniform(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	const trials, n = 20000, 19
	counts := make([]int, n+2)
	null := make([]float64, n)
	for range trials {
		for i := range null {
			null[i] = rng.NormFloat64()
		}
		counts[int(math.Round(significance.PValue(rng.NormFloat64(), null)*(n+1)))]++
	}
	chi := 0.0
	for _, c := range counts[1:] {
		expected := float64(trials) / (n + 1)
		chi += (float64(c) - expected) * (float64(c) - expected) / expected
	}
	if chi > 45 { // 19 degrees of freedom: 0.1 %
		t.Errorf("χ² is %.1f, counts %v", chi, counts)
	}
}

// numpy.quantile([3, 1, 2, 10], …).
func TestQuantile(t *testing.T) {
	x := []float64{3, nan, 1, 2, 10}
	for q, want := range map[float64]float64{0: 1, 0.5: 2.5, 0.95: 8.95, 0.99: 9.79, 1: 10} {
		if got := significance.Quantile(x, q); math.Abs(got-want) > 1e-12 {
			t.Errorf("quantile %v: %v, want %v", q, got, want)
		}
	}
	if x[0] != 3 {
		t.Error("the scores were sorted in place")
	}
	if v := significance.Quantile([]float64{nan}, 0.5); !math.IsNaN(v) {
		t.Errorf("quantile of nothing: %v", v)
	}
}

// By hand, for the p values of Benjamini & Hochberg (1995), section 3.2's kind:
// sorted 0.01, 0.02, 0.03, 0.04, 0.5 × 5/rank = 0.05, 0.05, 0.05, 0.05, 0.5.
func TestBenjaminiHochberg(t *testing.T) {
	for _, c := range []struct{ p, q []float64 }{
		{[]float64{0.04, 0.5, 0.01, 0.03, 0.02}, []float64{0.05, 0.5, 0.05, 0.05, 0.05}},
		{[]float64{0.001, 0.2, nan, 0.008, 0.9}, []float64{0.004, 0.2 * 4 / 3, nan, 0.016, 0.9}},
		{[]float64{0.9, 0.8}, []float64{0.9, 0.9}},
		{[]float64{nan}, []float64{nan}},
		{nil, nil},
	} {
		got := significance.BenjaminiHochberg(c.p)
		for i := range c.q {
			if math.Abs(got[i]-c.q[i]) > 1e-12 || math.IsNaN(got[i]) != math.IsNaN(c.q[i]) {
				t.Errorf("%v: %v, want %v", c.p, got, c.q)
				break
			}
		}
	}
}

// population draws units of which a share has scores 3 higher than their nulls.
func population(rng *rand.Rand, units, draws int, share float64) (observed []float64, null [][]float64) {
	for u := range units {
		v := rng.NormFloat64()
		if float64(u) < share*float64(units) {
			v += 4
		}
		own := make([]float64, draws)
		for i := range own {
			own[i] = rng.NormFloat64()
		}
		observed, null = append(observed, v), append(null, own)
	}
	return observed, null
}

// tally counts the null scores of units, the last unit first.
func tally(null [][]float64, criterion float64) *significance.Tally {
	t := significance.NewTally(len(null), criterion)
	for u := len(null) - 1; u >= 0; u-- {
		t.Add(u, null[u])
	}
	return t
}

// The interval holds the true excess in about 95 % of populations, and p is
// below 0.05 in about 5 % of those without an excess.
func TestOwnNulls(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 1))
	s := random.New(1, "test")
	const trials, criterion = 60, 1.0
	chance := 0.5 * math.Erfc(criterion/math.Sqrt2)
	for _, share := range []float64{0, 0.2} {
		held, rejected := 0, 0
		above := 0.5 * math.Erfc((criterion-4)/math.Sqrt2)
		truth := share * (above - chance)
		for range trials {
			observed, null := population(rng, 40, 30, share)
			e := significance.OwnNulls(observed, tally(null, criterion), s)
			if e.Low <= truth && truth <= e.High {
				held++
			}
			if e.P <= 0.05 {
				rejected++
			}
			if math.Abs(e.Excess-(e.Observed-e.Null)) > 1e-12 || e.Low > e.Excess || e.High < e.Excess {
				t.Fatalf("%+v", e)
			}
		}
		if held < trials*85/100 {
			t.Errorf("share %v: the interval holds the truth in %d of %d", share, held, trials)
		}
		if share == 0 && rejected > trials*15/100 || share > 0 && rejected < trials*40/100 {
			t.Errorf("share %v: %d of %d rejected", share, rejected, trials)
		}
	}
}

// The interval of the excess holds the chance in the null maps, too. Here it is all that
// there is: each unit is above the criterion, and so are 2 of its 4 null maps. The
// standard deviation is that of 40 shares of 4 draws, √(½·½/4/40).
func TestOwnNullsDrawsNullMaps(t *testing.T) {
	observed, null := make([]float64, 40), make([][]float64, 40)
	for u := range observed {
		observed[u], null[u] = 2, []float64{0, 2, 0, 2}
	}
	e := significance.OwnNulls(observed, tally(null, 1), random.New(1, "test"))
	if width := 2 * 1.96 * math.Sqrt(0.25/4/40); math.Abs(e.Excess-0.5) > 1e-12 || math.Abs(e.High-e.Low-width) > 0.15*width {
		t.Errorf("%+v, want an interval of %v", e, width)
	}
}

func TestCommonNulls(t *testing.T) {
	s := random.New(1, "test")
	observed := []float64{1, 1, 0, nan}
	groups := [][]float64{{1, 0, 0, 0}, {0, 0, 0, 0}, {1, 1, 1, 1}}
	e := significance.CommonNulls(observed, groups, 0.5, s)
	if e.Observed != 0.5 || math.Abs(e.Null-5.0/12) > 1e-12 || e.P != 2.0/4 {
		t.Errorf("%+v", e)
	}
	// Null maps of one unit cannot be compared with a population of four.
	if e := significance.CommonNulls(observed, [][]float64{{1}, {0}}, 0.5, s); !math.IsNaN(e.P) || e.Null != 0.5 {
		t.Errorf("%+v", e)
	}
	for _, e := range []significance.Excess{
		significance.CommonNulls(nil, groups, 0.5, s), significance.CommonNulls(observed, nil, 0.5, s),
		significance.OwnNulls(nil, tally(nil, 0.5), s), significance.OwnNulls(observed, tally(make([][]float64, 4), 0.5), s),
	} {
		if !math.IsNaN(e.Excess) || !math.IsNaN(e.P) {
			t.Errorf("of nothing: %+v", e)
		}
	}
	// A unit without null maps counts as having none above the cut.
	if e := significance.OwnNulls([]float64{1, 0}, tally([][]float64{{1, 1}, nil}, 0.5), s); e.Null != 0.5 || e.P != 1 {
		t.Errorf("%+v", e)
	}
	if !slices.Equal([]float64{significance.Share([]float64{1, 0, nan, 2}, 0.5)}, []float64{0.5}) {
		t.Error("share")
	}
}

// Golden values were computed in Python from the formula.
func TestWilson(t *testing.T) {
	for _, test := range []struct {
		k, n      int
		low, high float64
	}{{0, 10, 0, 0.2775328}, {5, 10, 0.2365931, 0.7634069}, {10, 10, 0.7224672, 1}} {
		low, high := significance.Wilson(test.k, test.n)
		if math.Abs(low-test.low) > 1e-6 || math.Abs(high-test.high) > 1e-6 {
			t.Errorf("%d of %d: %v to %v", test.k, test.n, low, high)
		}
	}
	if low, high := significance.Wilson(0, 0); !math.IsNaN(low) || !math.IsNaN(high) {
		t.Errorf("no units: %v to %v", low, high)
	}
}

func TestAtLeast(t *testing.T) {
	for _, test := range []struct {
		k, n    int
		p, want float64
	}{
		{0, 5, 0.1, 1},
		{1, 1, 0.059, 0.059},
		{1, 2, 0.059, 1 - 0.941*0.941},
		{2, 2, 0.5, 0.25},
		{3, 4, 0.5, 5. / 16},
		{42, 512, 0.0594, 0.022962}, // summed term by term in Python
	} {
		if got := significance.AtLeast(test.k, test.n, test.p); math.Abs(got-test.want) > 5e-5 {
			t.Errorf("%d of %d at %v: %v, want %v", test.k, test.n, test.p, got, test.want)
		}
	}
	if got := significance.AtLeast(0, 0, 0.1); !math.IsNaN(got) {
		t.Errorf("none of none: %v", got)
	}
}
