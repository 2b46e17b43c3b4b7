package scales_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"gridcells/pkg/random"
	"gridcells/pkg/scales"
)

func sample(rng *rand.Rand, n int, sd float64, means ...float64) []float64 {
	var x []float64
	for i := range n {
		x = append(x, means[i%len(means)]+sd*rng.NormFloat64())
	}
	return x
}

// The paper's clusters, 47, 70 and 106 cm, are found again among 129 scales.
func TestMixtures(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	right := 0
	for range 10 {
		x := sample(rng, 129, 0.03, 0.47, 0.70, 1.06)
		fits := scales.Mixtures(x, 8, 0.005)
		best := fits[scales.Best(fits)]
		if len(best.Clusters) != 3 {
			continue
		}
		right++
		for k, want := range []float64{0.47, 0.70, 1.06} {
			c := best.Clusters[k]
			if math.Abs(c.Mean-want) > 0.02 || math.Abs(c.SD-0.03) > 0.012 || math.Abs(c.Weight-1.0/3) > 0.05 {
				t.Errorf("cluster %d: %+v", k, c)
			}
		}
		if r := best.Ratios(); math.Abs(r[0]-0.70/0.47) > 0.05 || math.Abs(r[1]-1.06/0.70) > 0.05 {
			t.Errorf("ratios %v", r)
		}
	}
	if right < 9 {
		t.Errorf("three clusters in %d of 10 samples", right)
	}
}

// One normal cluster is one cluster.
func TestOneCluster(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	right := 0
	for range 20 {
		fits := scales.Mixtures(sample(rng, 100, 0.1, 0.7), 8, 0.005)
		if scales.Best(fits) == 0 {
			right++
		}
		for k := 1; k < len(fits); k++ {
			if fits[k].LogLikelihood < fits[0].LogLikelihood-0.5 {
				t.Errorf("%d clusters are less likely than one: %v < %v", k+1, fits[k].LogLikelihood, fits[0].LogLikelihood)
			}
		}
	}
	if right < 18 {
		t.Errorf("one cluster in %d of 20 samples", right)
	}
}

// By hand: x = ±1 has variance 1 and log likelihood −(ln 2π + 1).
func TestLikelihood(t *testing.T) {
	fits := scales.Mixtures([]float64{-1, 1}, 1, 0.1)
	want := -(math.Log(2*math.Pi) + 1)
	if math.Abs(fits[0].LogLikelihood-want) > 1e-12 || math.Abs(fits[0].BIC-(2*math.Log(2)-2*want)) > 1e-12 {
		t.Errorf("%+v, want %v", fits[0], want)
	}
}

// One start of EM divides the scales into groups of equal size, and one at the widest
// gaps. Each finds clusters that the other does not.
func TestStarts(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 2))
	few := append(sample(rng, 94, 0.02, 0.5), sample(rng, 3, 0.005, 0.8)...)
	few = append(few, sample(rng, 3, 0.005, 0.9)...)
	for name, c := range map[string]struct {
		x     []float64
		means []float64
	}{
		"few, and apart":  {few, []float64{0.5, 0.8, 0.9}},
		"with an outlier": {append(sample(rng, 120, 0.05, 0.4, 0.8), 1.5), []float64{0.4, 0.8}},
	} {
		fits := scales.Mixtures(c.x, len(c.means), 0.005)
		clusters := fits[len(fits)-1].Clusters
		for k, want := range c.means {
			if math.Abs(clusters[k].Mean-want) > 0.02 {
				t.Errorf("%s: no cluster at %v among %+v", name, want, clusters)
			}
		}
	}
}

func TestFewScales(t *testing.T) {
	if fits := scales.Mixtures(nil, 8, 0.1); len(fits) != 0 || scales.Best(fits) != -1 {
		t.Errorf("of nothing: %+v", fits)
	}
	fits := scales.Mixtures([]float64{0.5, 0.5, 0.5}, 8, 0.01)
	if len(fits) != 1 || fits[0].Clusters[0].SD != 0.01 || len(fits[0].Ratios()) != 0 {
		t.Errorf("equal scales: %+v", fits)
	}
	d := scales.Test(nil, scales.Histogram{Low: 0, High: 1, Bins: 13}, 500, random.New(1, "test"))
	if !math.IsNaN(d.P) {
		t.Errorf("of nothing: %+v", d)
	}
}

// Clustered scales are discrete; evenly spread ones are not.
func TestDiscreteness(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 2))
	h := scales.Histogram{Low: 0.2, High: 1.2, Bins: 13}
	s := random.New(1, "test")
	if d := scales.Test(sample(rng, 90, 0.01, 0.47, 0.70, 1.06), h, 500, s); d.P > 0.01 || d.P < 1.0/501 || d.SD < d.NullMean {
		t.Errorf("clusters: %+v", d)
	}
	var even []float64
	for i := range 90 {
		even = append(even, 0.21+0.98*float64(i)/89)
	}
	if d := scales.Test(even, h, 500, s); d.P < 0.5 {
		t.Errorf("even: %+v", d)
	}
	// By hand: counts 2 and 0 have a standard deviation of 1.
	if d := scales.Test([]float64{0.1, 0.2, 5}, scales.Histogram{Low: 0, High: 1, Bins: 2}, 1, s); d.SD != 1 {
		t.Errorf("%+v, want 1", d)
	}
	// A scale at the upper end is in the last bin; those scales themselves count for P.
	if d := scales.Test([]float64{1}, scales.Histogram{Low: 0, High: 1, Bins: 2}, 1, s); d.SD != 0.5 || d.P < 0.5 {
		t.Errorf("%+v, want 0.5", d)
	}
}
