// Package significance compares scores of units with scores of null maps. It finds
// thresholds, p values and q values, and the excess: by how much a population's
// share of units above a criterion exceeds the share that a null gives.
//
// Undefined scores are NaN. An undefined score of a unit is above no threshold and
// has neither p nor q. Undefined scores of null maps are left out of thresholds and
// p values.
package significance

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"gridcells/pkg/random"
)

// PValue is the share of null scores that reach the observed one, where the
// observed one counts as a null score too: (1 + #{null ≥ observed})/(1 + n). It is
// never 0. If observed and null scores are exchangeable, P(p ≤ a) ≤ a.
func PValue(observed float64, null []float64) float64 {
	reach, n := 0, 0
	for _, v := range null {
		if !math.IsNaN(v) {
			n++
		}
		if v >= observed {
			reach++
		}
	}
	if math.IsNaN(observed) || n == 0 {
		return math.NaN()
	}
	return float64(1+reach) / float64(1+n)
}

// Quantile returns the q-quantile of the scores. It interpolates linearly between
// order statistics, as numpy.quantile does. Without scores it is NaN.
func Quantile(scores []float64, q float64) float64 {
	sorted := defined(scores)
	if len(sorted) == 0 {
		return math.NaN()
	}
	slices.Sort(sorted)
	at := q * float64(len(sorted)-1)
	low := min(int(at), len(sorted)-1)
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (at-float64(low))*(sorted[high]-sorted[low])
}

// AboveQuantile is the probability that a further score from the distribution of n
// scores is above their [Quantile] q. It is more than 1 − q: 5.9 % for the 95th
// percentile of 100 scores, 9.3 % for that of 20. The k-th lowest of n scores
// leaves (n + 1 − k)/(n + 1) of the distribution above it, whatever that is, and
// the quantile lies at k = 1 + q (n − 1). In between, where it interpolates, this is
// exact for even densities. Without scores it is 1 − q.
func AboveQuantile(q float64, n int) float64 {
	if n <= 0 {
		return 1 - q
	}
	return (float64(n) - q*float64(n-1)) / float64(n+1)
}

func defined(scores []float64) []float64 {
	return slices.DeleteFunc(slices.Clone(scores), math.IsNaN)
}

// BenjaminiHochberg returns the q values of p values: the lowest false-discovery
// rate at which each is rejected (Benjamini & Hochberg 1995). NaN stands for no test
// and stays NaN.
func BenjaminiHochberg(p []float64) []float64 {
	q := make([]float64, len(p))
	var order []int
	for i, v := range p {
		q[i] = math.NaN()
		if !math.IsNaN(v) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	least := 1.0
	for rank := len(order); rank > 0; rank-- {
		i := order[rank-1]
		least = min(least, p[i]*float64(len(order))/float64(rank))
		q[i] = least
	}
	return q
}

// Share is the share of all scores that exceed a criterion. Without scores it is
// NaN.
func Share(scores []float64, criterion float64) float64 {
	return float64(CountAbove(scores, criterion)) / float64(len(scores))
}

// CountAbove returns how many scores exceed a criterion. NaN does not.
func CountAbove(scores []float64, criterion float64) int {
	above := 0
	for _, v := range scores {
		if v > criterion {
			above++
		}
	}
	return above
}

// Excess compares a population's share of units above a criterion with that of a
// null. All values are shares, not percent.
type Excess struct {
	Observed, Null float64
	// Excess is Observed − Null. Low and High are the ends of its 95 % interval, the
	// percentiles of a bootstrap.
	Excess, Low, High float64
	// P is the share of null populations whose share of units above the criterion
	// reaches the observed one, with the correction of [PValue]. It is NaN if the null
	// has no populations of the same size.
	P float64
}

// replicates is the number of bootstrap samples. With so many, the ends of the
// interval are known to about 2 % of its width.
const replicates = 2000

// A Tally counts the null scores above a criterion, of units that have null maps of
// their own. It is all that [OwnNulls] needs of them.
type Tally struct {
	criterion float64
	draws     []int // null maps of each unit
	above     []int // of each unit, those whose scores exceed the criterion
	// populations[k] counts the units whose k-th null score exceeds the criterion.
	populations []int
}

// NewTally returns a Tally of a number of units without null maps.
func NewTally(units int, criterion float64) *Tally {
	return &Tally{criterion: criterion, draws: make([]int, units), above: make([]int, units)}
}

// Add counts the scores of a unit's null maps. It is called once for each unit, in any
// order.
func (t *Tally) Add(unit int, scores []float64) {
	if more := len(scores) - len(t.populations); more > 0 {
		t.populations = append(t.populations, make([]int, more)...)
	}
	for k, v := range scores {
		if v > t.criterion {
			t.above[unit]++
			t.populations[k]++
		}
	}
	t.draws[unit] = len(scores)
}

// Draws is the largest number of null maps that a unit has.
func (t *Tally) Draws() int { return len(t.populations) }

// OwnNulls compares units with null maps of their own. A unit without null maps counts
// as one whose null maps never exceed the criterion, which is that of the tally. The
// bootstrap draws units, and for each unit it draws anew how many of its null maps
// exceed the criterion. For P, the k-th null maps of all units are one population.
func OwnNulls(observed []float64, null *Tally, s *random.Stream) Excess {
	units := len(observed)
	if units == 0 || null.Draws() == 0 {
		return undefined()
	}
	rates := make([]float64, units)
	for u, draws := range null.draws {
		if draws > 0 {
			rates[u] = float64(null.above[u]) / float64(draws)
		}
	}
	e := Excess{Observed: Share(observed, null.criterion), P: math.NaN()}
	for _, r := range rates {
		e.Null += r / float64(units)
	}
	e.Excess = e.Observed - e.Null
	e.interval(func() float64 {
		sum := 0.0
		for range units {
			u := s.IntN(units)
			if observed[u] > null.criterion {
				sum++
			}
			sum -= binomial(null.draws[u], rates[u], s)
		}
		return sum / float64(units)
	})
	e.P = populationP(CountAbove(observed, null.criterion), null.populations)
	return e
}

// binomial draws the share of successes in n trials of probability p.
func binomial(n int, p float64, s *random.Stream) float64 {
	if p == 0 || p == 1 {
		return p
	}
	return distuv.Binomial{N: float64(n), P: p, Src: s}.Rand() / float64(n)
}

// populationP is the share of null populations in which at least as many units are
// above the criterion as in the observed one, with the correction of [PValue].
func populationP(observed int, populations []int) float64 {
	reach := 0
	for _, n := range populations {
		if n >= observed {
			reach++
		}
	}
	return float64(1+reach) / float64(1+len(populations))
}

// CommonNulls compares units with a null that they have in common. Its scores come
// in groups that depend on one another: the units of one rotation of the layer, or
// single units of an untrained network. The bootstrap draws units and groups. P is
// NaN unless all groups are as large as the population.
func CommonNulls(observed []float64, groups [][]float64, criterion float64, s *random.Stream) Excess {
	var above, sizes []int
	total, all, comparable := 0, 0, true
	for _, g := range groups {
		above, sizes = append(above, CountAbove(g, criterion)), append(sizes, len(g))
		total, all = total+CountAbove(g, criterion), all+len(g)
		comparable = comparable && len(g) == len(observed)
	}
	if len(observed) == 0 || all == 0 {
		return undefined()
	}
	e := Excess{Observed: Share(observed, criterion), Null: float64(total) / float64(all), P: math.NaN()}
	e.Excess = e.Observed - e.Null
	e.interval(func() float64 {
		units, hits, size := 0, 0, 0
		for range observed {
			if observed[s.IntN(len(observed))] > criterion {
				units++
			}
		}
		for range groups {
			g := s.IntN(len(groups))
			hits, size = hits+above[g], size+sizes[g]
		}
		if size == 0 {
			return math.NaN()
		}
		return float64(units)/float64(len(observed)) - float64(hits)/float64(size)
	})
	if comparable && len(groups) > 1 {
		e.P = populationP(CountAbove(observed, criterion), above)
	}
	return e
}

func (e *Excess) interval(draw func() float64) {
	values := make([]float64, replicates)
	for i := range values {
		values[i] = draw()
	}
	e.Low, e.High = Quantile(values, 0.025), Quantile(values, 0.975)
}

func undefined() Excess {
	nan := math.NaN()
	return Excess{nan, nan, nan, nan, nan, nan}
}

// Wilson returns the ends of Wilson's 95 % score interval of the share k/n
// (Wilson 1927). If n is 0 they are NaN.
func Wilson(k, n int) (low, high float64) {
	const z = 1.959963984540054
	if n == 0 {
		return math.NaN(), math.NaN()
	}
	total, share := float64(n), float64(k)/float64(n)
	centre := (share + z*z/(2*total)) / (1 + z*z/total)
	half := z / (1 + z*z/total) * math.Sqrt(share*(1-share)/total+z*z/(4*total*total))
	return max(0, centre-half), min(1, centre+half)
}

// AtLeast is the probability that k or more of n units do what each does by itself
// with probability p. If n is 0 it is NaN.
func AtLeast(k, n int, p float64) float64 {
	if n == 0 {
		return math.NaN()
	}
	return distuv.Binomial{N: float64(n), P: p}.Survival(float64(k) - 1)
}
