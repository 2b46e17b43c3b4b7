package sweep

import (
	"math"

	"gridcells/pkg/results"
	"gridcells/pkg/significance"
)

// Criterion is when a unit counts as grid-like in a comparison with a null.
type Criterion string

const (
	// Cut is a fixed score. The null's share is that of its maps above it.
	Cut Criterion = "cut"
	// Own is each unit's own 95th percentile in the null. The null's share is what
	// chance gives with that many null maps: 5.9 % with 100, 9.3 % with 20.
	Own Criterion = "own"
)

// Comparison is one way to compare a network with a null.
type Comparison struct {
	Bins      int // along a side of the ratemaps
	Score     string
	Null      string
	Criterion Criterion
}

// Excess is by how much one network's share of grid-like units exceeds a null's,
// in points. Low and High are the ends of its 95 % interval over the units.
type Excess struct {
	Excess, Low, High float64
	P                 float64 // NaN if it is not known
}

// more says whether the network has more grid-like units than the null: the whole
// interval of its excess is above 0.
func (e Excess) more() bool { return e.Low > 0 }

// excesses returns the comparisons of a score of a layer, which has this number of units, with a
// null.
func excesses(n results.Null, units int) map[Criterion]Excess {
	cut := Excess{100 * n.Above.Excess.Float(), 100 * n.Above.Interval[0].Float(), 100 * n.Above.Interval[1].Float(), n.Above.P.Float()}
	low, high := significance.Wilson(n.AboveOwn.Units, units)
	chance := n.ChanceOwn()
	own := Excess{100 * (n.AboveOwn.Share.Float() - chance), 100 * (low - chance), 100 * (high - chance), math.NaN()}
	return map[Criterion]Excess{Cut: cut, Own: own}
}

// Pooled is a comparison with a null over the networks of a setting.
type Pooled struct {
	Setting string // empty for the networks of all settings together
	Comparison
	// Estimate is of the excess (points). For one network the interval is that over
	// its units. For all settings together it is not made: they are no sample of one
	// thing.
	Estimate
	// P is that of the one-sided t test that the mean excess is above 0; for one network
	// its own.
	P float64
	// Q is P corrected for all settings in this comparison (Benjamini & Hochberg 1995).
	Q float64
	// All counts the networks with more grid-like units than the null.
	All Share
	// Integrating counts the same among networks that path-integrate.
	Integrating Share
}

// Share is a share of networks.
type Share struct{ More, Of int }

// Interval is Wilson's 95 % interval of the share, in percent. NaN without networks.
func (s Share) Interval() (low, high float64) {
	low, high = significance.Wilson(s.More, s.Of)
	return 100 * low, 100 * high
}

// Percent is the share; NaN without networks.
func (s Share) Percent() float64 { return 100 * float64(s.More) / float64(s.Of) }

// Pool compares each setting with each null, over its networks. At the end stand the
// comparisons of all networks together. A network path-integrates if its position
// error is at most this fraction of that of the untrained network, each by its best
// way of decoding.
func (t *Table) Pool(fraction float64) []Pooled {
	settings, _ := t.Settings("") // without a base line there is no error
	var pooled []Pooled
	all := make([]Pooled, len(t.Comparisons))
	for k, c := range t.Comparisons {
		all[k] = Pooled{Comparison: c, Estimate: EstimateOf(nil), P: math.NaN(), Q: math.NaN()}
		from := len(pooled)
		for _, s := range settings {
			if p := pool(s, c, fraction); p.All.Of > 0 {
				pooled = append(pooled, p)
				all[k].All.add(p.All)
				all[k].Integrating.add(p.Integrating)
			}
		}
		ps := make([]float64, len(pooled)-from)
		for i := range ps {
			ps[i] = pooled[from+i].P
		}
		for i, q := range significance.BenjaminiHochberg(ps) {
			pooled[from+i].Q = q
		}
	}
	return append(pooled, all...)
}

func (s *Share) add(other Share) {
	s.More += other.More
	s.Of += other.Of
}

func pool(s Setting, c Comparison, fraction float64) Pooled {
	p := Pooled{Setting: s.Name, Comparison: c, Q: math.NaN()}
	var values []float64
	var last Excess
	for _, r := range s.Runs {
		e, ok := r.Excesses[c]
		if !ok || math.IsNaN(e.Excess) {
			continue
		}
		values, last = append(values, e.Excess), e
		p.All.count(e.more())
		if r.Integrates(fraction) {
			p.Integrating.count(e.more())
		}
	}
	p.Estimate = EstimateOf(values)
	p.P = p.greater()
	if p.N == 1 {
		p.Low, p.High, p.P = last.Low, last.High, last.P
	}
	return p
}

func (s *Share) count(more bool) {
	s.Of++
	if more {
		s.More++
	}
}
