// Package scales finds out whether the scales of a population of grid cells fall
// into discrete clusters. It fits Gaussian mixtures, chooses among them by the
// Bayesian information criterion (BIC), and tests discreteness as the paper does
// (Banino and others 2018, Supplementary Methods 3d; Stensola and others 2012).
//
// Scales are lengths in any unit, the same for all.
package scales

import (
	"cmp"
	"math"
	"slices"

	"gridcells/pkg/random"
)

// Enough is the number of scales that clusters need. With fewer scales, neither
// clusters nor their absence should be believed.
const Enough = 30

// Cluster is one component of a mixture. Its mean and standard deviation are in m
// if the scales are.
type Cluster struct {
	Weight float64 `json:"weight"`
	Mean   float64 `json:"mean_m"`
	SD     float64 `json:"sd_m"`
}

// Mixture is a mixture of normal distributions, in ascending order of their means.
type Mixture struct {
	Clusters      []Cluster
	LogLikelihood float64
	// BIC is (3k − 1) ln N − 2 ln L for k clusters and N scales. The lowest is best.
	BIC float64
}

// Ratios of the means of neighbouring clusters.
func (m *Mixture) Ratios() []float64 {
	ratios := []float64{}
	for k := 1; k < len(m.Clusters); k++ {
		ratios = append(ratios, m.Clusters[k].Mean/m.Clusters[k-1].Mean)
	}
	return ratios
}

// Mixtures fits mixtures of 1 to most clusters by expectation maximisation (EM). It
// fits no more clusters than there are distinct scales. least is the minimum
// standard deviation of a cluster; rounding to whole bins allows no less.
func Mixtures(scales []float64, most int, least float64) []Mixture {
	x := slices.Clone(scales)
	slices.Sort(x)
	distinct := len(slices.Compact(slices.Clone(x)))
	var fits []Mixture
	for k := 1; k <= min(most, distinct); k++ {
		// EM finds the nearest maximum only, so try two plausible starts.
		best := fit(x, byCount(x, k), least)
		if other := fit(x, byGaps(x, k), least); other.LogLikelihood > best.LogLikelihood {
			best = other
		}
		fits = append(fits, best)
	}
	return fits
}

// Best returns the index of the mixture with the lowest BIC, or −1 without
// mixtures.
func Best(fits []Mixture) int {
	best := -1
	for i := range fits {
		if best < 0 || fits[i].BIC < fits[best].BIC {
			best = i
		}
	}
	return best
}

// byCount divides the scales into k groups of equal size and returns the groups'
// ends.
func byCount(x []float64, k int) []int {
	ends := make([]int, k)
	for i := range ends {
		ends[i] = (i + 1) * len(x) / k
	}
	return ends
}

// byGaps divides the scales at the k−1 widest gaps and returns the groups' ends. Of gaps
// of equal width the first counts as the widest.
func byGaps(x []float64, k int) []int {
	order := make([]int, 0, len(x))
	for i := 1; i < len(x); i++ {
		order = append(order, i)
	}
	gap := func(i int) float64 { return x[i] - x[i-1] }
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(gap(b), gap(a)) })
	ends := append(slices.Clone(order[:k-1]), len(x))
	slices.Sort(ends)
	return ends
}

// start makes a cluster of each group.
func start(x []float64, ends []int, least float64) []Cluster {
	clusters := make([]Cluster, len(ends))
	from := 0
	for k, to := range ends {
		group := x[from:to]
		mean, square := 0.0, 0.0
		for _, v := range group {
			mean += v / float64(len(group))
		}
		for _, v := range group {
			square += (v - mean) * (v - mean) / float64(len(group))
		}
		clusters[k] = Cluster{float64(len(group)) / float64(len(x)), mean, max(least, math.Sqrt(square))}
		from = to
	}
	return clusters
}

// fit runs EM until a step raises the log likelihood by less than 1e-7 for each
// scale. Differences of BIC that matter are far larger.
func fit(x []float64, ends []int, least float64) Mixture {
	m := Mixture{Clusters: start(x, ends, least), LogLikelihood: math.Inf(-1)}
	duty := make([]float64, len(x)*len(ends)) // probability of each cluster, for each scale
	for range 1000 {
		before := m.LogLikelihood
		m.LogLikelihood = expect(duty, x, m.Clusters)
		if m.LogLikelihood-before < 1e-7*float64(len(x)) {
			break
		}
		maximize(m.Clusters, duty, x, least)
	}
	m.BIC = float64(3*len(ends)-1)*math.Log(float64(len(x))) - 2*m.LogLikelihood
	slices.SortFunc(m.Clusters, func(a, b Cluster) int { return cmp.Compare(a.Mean, b.Mean) })
	return m
}

// expect computes the probability of each cluster for each scale, duty [len(x), clusters].
func expect(duty, x []float64, clusters []Cluster) (logLikelihood float64) {
	n := len(clusters)
	heights := make([]float64, n)
	for k, c := range clusters {
		heights[k] = math.Log(c.Weight) - math.Log(c.SD) - 0.5*math.Log(2*math.Pi)
	}
	for i, v := range x {
		d := duty[i*n : (i+1)*n]
		largest := math.Inf(-1)
		for k, c := range clusters {
			z := (v - c.Mean) / c.SD
			d[k] = heights[k] - 0.5*z*z
			largest = max(largest, d[k])
		}
		sum := 0.0
		for k := range d {
			d[k] = math.Exp(d[k] - largest)
			sum += d[k]
		}
		for k := range d {
			d[k] /= sum
		}
		logLikelihood += largest + math.Log(sum)
	}
	return logLikelihood
}

// maximize moves the clusters to where the scales are that belong to them. One to which
// none belongs keeps its place and loses its weight.
func maximize(clusters []Cluster, duty, x []float64, least float64) {
	n := len(clusters)
	for k := range clusters {
		var weight, mean, square float64
		for i, v := range x {
			weight += duty[i*n+k]
			mean += duty[i*n+k] * v
		}
		if weight < 1e-12 {
			clusters[k].Weight = 0
			continue
		}
		mean /= weight
		for i, v := range x {
			square += duty[i*n+k] * (v - mean) * (v - mean)
		}
		clusters[k] = Cluster{weight / float64(len(x)), mean, max(least, math.Sqrt(square/weight))}
	}
}

// Discreteness is the result of a test of whether scales gather in clusters.
type Discreteness struct {
	// SD is the standard deviation of the counts of a histogram of the scales.
	SD float64
	// NullMean is the mean of that standard deviation over the null samples. P is the
	// share of samples that reach SD, where the scales themselves count as a sample.
	NullMean, P float64
}

// PaperBins is the number of bins of the paper's histogram of scales.
const PaperBins = 13

// Histogram is the histogram in which [Test] counts scales.
type Histogram struct {
	Low, High float64
	Bins      int
}

// sd is the standard deviation of the counts. Scales outside are left out.
func (h Histogram) sd(scales []float64, counts []float64) float64 {
	clear(counts)
	total := 0.0
	for _, v := range scales {
		if v < h.Low || v > h.High || math.IsNaN(v) {
			continue
		}
		at := min(h.Bins-1, int((v-h.Low)/(h.High-h.Low)*float64(h.Bins)))
		counts[at]++
		total++
	}
	mean, square := total/float64(h.Bins), 0.0
	for _, c := range counts {
		square += (c - mean) * (c - mean)
	}
	return math.Sqrt(square / float64(h.Bins))
}

// Test compares the scales with null samples. In a sample, each scale is moved by a
// uniform draw from ±half the smallest scale. The paper uses 500 samples and 13 bins
// over 10 to 36 spatial bins.
func Test(scales []float64, h Histogram, samples int, s *random.Stream) Discreteness {
	if len(scales) == 0 || samples < 1 {
		return Discreteness{math.NaN(), math.NaN(), math.NaN()}
	}
	counts := make([]float64, h.Bins)
	d := Discreteness{SD: h.sd(scales, counts)}
	half := slices.Min(scales) / 2
	moved := make([]float64, len(scales))
	reach := 0
	for range samples {
		for i, v := range scales {
			moved[i] = v + s.Uniform(-half, half)
		}
		sd := h.sd(moved, counts)
		d.NullMean += sd / float64(samples)
		if sd >= d.SD {
			reach++
		}
	}
	d.P = float64(1+reach) / float64(1+samples)
	return d
}
