package trajectory

import (
	"math"
	"os"
	"slices"
	"sort"
	"testing"

	"gridcells/pkg/npy"
)

// samplePaths is a sample of the released dataset's target_pos, [40, 100, 2].
func samplePaths(t testing.TB) Paths {
	f, err := os.Open("../../../shared/data/reference_target_pos.npy")
	if os.IsNotExist(err) {
		t.Skip("no sample of the released data beside the checkout")
	} else if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	a, err := npy.ReadArray(f)
	if err != nil {
		t.Fatal(err)
	}
	x, err := a.Float32()
	if err != nil {
		t.Fatal(err)
	}
	paths := make(Paths, a.Shape[0])
	for i := range paths {
		paths[i] = make([][2]float32, a.Shape[1])
		for j := range paths[i] {
			k := 2 * (i*a.Shape[1] + j)
			paths[i][j] = [2]float32{x[k], x[k+1]}
		}
	}
	return paths
}

func arenaOf(t testing.TB, name string, size float64) Arena {
	a, err := NewArena(name, size)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// simulated returns n trajectories' target_pos.
func simulated(t testing.TB, c Config, n int) Paths {
	g, err := NewGenerator(c)
	if err != nil {
		t.Fatal(err)
	}
	paths := make(Paths, n)
	for k := range paths {
		tr := New(c.Steps)
		g.Generate(uint64(k), tr)
		paths[k] = tr.TargetPos
	}
	return paths
}

func banino(t testing.TB) Config {
	return Config{Steps: 100, Arena: arenaOf(t, "square", 2.2), Model: Banino(), Seed: 1}
}

// realSummary are the summary figures of the surviving sample.
var realSummary = []Statistic{
	{"fraction of steps shorter than 1 µm", 0.1159},
	{"fraction of positions within 0.05 m of a wall", 0.2795},
	{"fraction of positions within 0.03 m of a wall", 0.2295},
	{"mean step (m)", 0.01973},
	{"mean step far from walls (m)", 0.02380},
	{"s.d. of steps far from walls (m)", 0.00485},
	{"resting bouts per trajectory", 2.025},
	{"mean resting bout (steps)", 5.667},
	{"5th percentile of the distance to walls (m)", 0.02250},
	{"s.d. of turns between steps far from walls (rad)", 0.2598},
}

const (
	sampleSize = 40  // trajectories in the real sample
	samples    = 100 // simulated ones to measure its noise with
)

// summaries measures many simulated samples of the size of the real one.
func summaries(c Config, paths Paths) [][]Statistic {
	var all [][]Statistic
	for sample := range slices.Chunk(paths, sampleSize) {
		all = append(all, sample.Distributions(c.Arena).Summary())
	}
	return all
}

// The figures of the default model equal those of the real sample within the scatter of
// 40 trajectories.
func TestBaninoSummary(t *testing.T) {
	c := banino(t)
	all := summaries(c, simulated(t, c, samples*sampleSize))
	for i, want := range realSummary {
		values := make([]float64, len(all))
		for j := range all {
			values[j] = all[j][i].Value
		}
		m, sd := mean(values), deviation(values)
		z := (want.Value - m) / sd
		t.Logf("%-50s %8.5f %8.5f ± %.5f  z = %+.1f", want.Name, want.Value, m, sd, z)
		if all[0][i].Name != want.Name || math.Abs(z) > 3 {
			t.Errorf("%s: %.5f in the real sample, %.5f ± %.5f in the model's", want.Name, want.Value, m, sd)
		}
	}
}

func TestRealSummary(t *testing.T) {
	got := samplePaths(t).Distributions(arenaOf(t, "square", 2.2)).Summary()
	for i, want := range realSummary {
		if math.Abs(got[i].Value-want.Value) > 1e-3*want.Value {
			t.Errorf("%s: %v, not %v", got[i].Name, got[i].Value, want.Value)
		}
	}
}

// This compares whole distributions. The largest distance between the real sample's
// cumulative distribution and the model's is one that samples of the model show, too.
func TestBaninoDistributions(t *testing.T) {
	real := samplePaths(t)
	c := banino(t)
	paths := simulated(t, c, samples*sampleSize)
	pool := paths.Distributions(c.Arena).All()
	for _, p := range pool {
		sort.Float64s(p)
	}
	noise := make([][]float64, len(pool))
	for sample := range slices.Chunk(paths, sampleSize) {
		for i, x := range sample.Distributions(c.Arena).All() {
			noise[i] = append(noise[i], kolmogorov(x, pool[i]))
		}
	}
	for i, x := range real.Distributions(c.Arena).All() {
		d := kolmogorov(x, pool[i])
		p := 1 - share(noise[i], d)
		t.Logf("%-32s distance %.3f, p = %.2f", DistributionNames[i], d, p)
		if p < 0.01 {
			t.Errorf("%s: distance %.3f to the model, more than %.0f %% of its own samples", DistributionNames[i], d, 100*(1-p))
		}
	}
}

// kolmogorov is the largest distance between the cumulative distributions of
// two samples, the second one sorted.
func kolmogorov(sample, sorted []float64) float64 {
	x := slices.Sorted(slices.Values(sample))
	d := 0.0
	for i := 0; i < len(x); {
		j := i
		for j < len(x) && x[j] == x[i] {
			j++
		}
		below := float64(sort.SearchFloat64s(sorted, x[i])) / float64(len(sorted))
		upTo := float64(sort.Search(len(sorted), func(k int) bool { return sorted[k] > x[i] })) / float64(len(sorted))
		d = max(d, math.Abs(float64(i)/float64(len(x))-below), math.Abs(float64(j)/float64(len(x))-upTo))
		i = j
	}
	return d
}

// The real sample's steps of 7 and of 8 simulation steps come where
// linspace(0, 749, 102) puts them: mean lengths of far steps, one for each k,
// differ from that pattern by noise alone, and from any even one by more.
func TestStoredInstantsShowInTheSample(t *testing.T) {
	real := samplePaths(t)
	arena := arenaOf(t, "square", 2.2)
	instants, err := Banino().instants(100)
	if err != nil {
		t.Fatal(err)
	}
	pattern := make([]float64, 99)
	even := make([]float64, 99)
	for k := range pattern {
		pattern[k] = float64(instants[k+2] - instants[k+1])
		even[k] = 7.5
	}
	fit, flat := misfit(real, arena, pattern), misfit(real, arena, even)
	t.Logf("chi² for 98 degrees of freedom: %.0f as stored, %.0f for even steps", fit, flat)
	if fit > 150 || flat < 250 {
		t.Errorf("chi² is %.0f as stored, %.0f for even steps", fit, flat)
	}
}

// misfit is the chi² of the mean far step for each k against a pattern, with
// one free factor.
func misfit(paths Paths, arena Arena, pattern []float64) float64 {
	n, sum := make([]float64, len(pattern)), make([]float64, len(pattern))
	for _, path := range paths {
		for k := range pattern {
			if d := (Paths{path[k : k+2]}).Distributions(arena).StepFar; len(d) == 1 {
				n[k]++
				sum[k] += d[0]
			}
		}
	}
	var sxy, sxx float64
	for k, p := range pattern {
		sxy += sum[k] * p
		sxx += n[k] * p * p
	}
	const sd = 0.0047 // of a step of one length, m
	factor, chi2 := sxy/sxx, 0.0
	for k, p := range pattern {
		if n[k] > 0 {
			d := sum[k]/n[k] - factor*p
			chi2 += n[k] * d * d / (sd * sd)
		}
	}
	return chi2
}
