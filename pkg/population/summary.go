package population

import (
	"context"
	"math"
	"slices"
	"sync"

	"gridcells/pkg/random"
	"gridcells/pkg/results"
	"gridcells/pkg/scales"
	"gridcells/pkg/significance"
)

// Summary sums the population up. It first finds the Excess of each layer. The caller
// names the columns of the scores and adds parameters and provenance. The error is that of
// a context that has ended.
func (p *Population) Summary(ctx context.Context, column func(Key) string) (*results.Population, error) {
	if err := p.findExcess(ctx); err != nil {
		return nil, err
	}
	s := &results.Population{Bins: p.Settings.Layout.X, Grid: p.Settings.Grid.Rule(), Paper: p.Settings.paper(), Layers: []results.Layer{}}
	if p.Settings.Layout.Y != s.Bins {
		s.BinsAcross = p.Settings.Layout.Y
	}
	for _, l := range p.Layers {
		s.Layers = append(s.Layers, p.summarize(l, column))
	}
	return s, nil
}

// findExcess compares the shares of all layers' units above the cut with those of nulls.
func (p *Population) findExcess(ctx context.Context) error {
	var lock sync.Mutex
	for _, l := range p.Layers {
		l.Excess = map[NullKey]Excess{}
	}
	return p.compareAll(ctx, func(c comparison) {
		e := p.excess(c)
		lock.Lock()
		defer lock.Unlock()
		c.layer.Excess[c.key] = e
	})
}

func (p *Population) summarize(l *Layer, column func(Key) string) results.Layer {
	r := results.Layer{
		Name: l.Name, Units: len(l.Units), Classes: map[string]results.Count{},
		Grid:          l.Count(func(u *Unit) bool { return u.IsGrid }),
		Border:        l.Count(func(u *Unit) bool { return u.IsBorder }),
		HeadDirection: l.Count(func(u *Unit) bool { return u.IsHeadDirection }),
		Conjunctive:   l.Count(func(u *Unit) bool { return u.IsGrid && u.IsHeadDirection }),
	}
	for _, u := range l.Units {
		class := u.Class()
		if _, ok := r.Classes[string(class)]; !ok {
			r.Classes[string(class)] = l.Count(func(u *Unit) bool { return u.Class() == class })
		}
	}
	for _, key := range p.Settings.Keys() {
		s := p.Score(l, key)
		s.Column = column(key)
		r.Scores = append(r.Scores, s)
	}
	r.Headline = p.headline(l, &r.Scores[0])
	r.Scales = p.Scales(l)
	r.Unvisited = results.Of(p.unvisited(l))
	r.Warnings = p.warnings(&r)
	return r
}

// Count counts the units for which a condition holds.
func (l *Layer) Count(is func(u *Unit) bool) results.Count {
	n := 0
	for _, u := range l.Units {
		if is(u) {
			n++
		}
	}
	return results.CountOf(n, len(l.Units))
}

// Score sums up one of a layer's scores, and its nulls if it has any.
func (p *Population) Score(l *Layer, key Key) results.Score {
	score := func(u *Unit) float64 { return u.Scores[key].Sixty }
	s := results.Score{Score: key.Definition}
	s.Above = l.Count(func(u *Unit) bool { return score(u) > p.Settings.Grid.Cut })
	sum, n, best := 0.0, 0.0, math.NaN()
	for _, u := range l.Units {
		if v := score(u); !math.IsNaN(v) {
			sum, n = sum+v, n+1
			if !(v <= best) {
				best = v
			}
		}
	}
	s.Mean, s.Best = results.Of(sum/n), results.Of(best)
	if key.Unvisited == p.Settings.Unvisited[0] {
		for _, null := range p.Settings.Nulls {
			s.Nulls = append(s.Nulls, p.Null(l, NullKey{null.Name, key.Definition}))
		}
	}
	return s
}

// Null sums up the comparison of a layer with a null.
func (p *Population) Null(l *Layer, key NullKey) results.Null {
	score := func(u *Unit) float64 { return u.Scores[p.Settings.Score(key)].Sixty }
	e := l.Excess[key]
	n := results.Null{Name: key.Null, Draws: e.Draws, Above: results.ExcessOf(e.Excess)}
	var sum95, sum99, count float64
	for _, u := range l.Units {
		if s := u.Nulls[key]; !math.IsNaN(s.Threshold95) {
			sum95, sum99, count = sum95+s.Threshold95, sum99+s.Threshold99, count+1
		}
	}
	mean95 := sum95 / count
	n.Threshold95, n.Threshold99 = results.Of(mean95), results.Of(sum99/count)
	n.AboveOwn = l.Count(func(u *Unit) bool { return score(u) > u.Nulls[key].Threshold95 }).WithInterval(len(l.Units))
	n.AboveThreshold = l.Count(func(u *Unit) bool { return score(u) > mean95 })
	n.Significant = l.Count(func(u *Unit) bool { return u.Nulls[key].Q <= 0.05 })
	return n
}

// roundingSD is the standard deviation of the error of rounding to whole bins,
// in bins. No cluster of scales can be narrower.
const roundingSD = 0.2886751345948129 // 1/√12

const (
	discretenessSamples = 500 // number of samples in the paper's test of discreteness
	mostClusters        = 8   // largest number of clusters that is tried
)

// Scales describes the scales of a layer's grid cells.
func (p *Population) Scales(l *Layer) *results.Scales {
	bin := p.Settings.BinLength()
	var x []float64
	for _, u := range l.Units {
		if s := u.Lattice.Scale * bin; u.IsGrid && !math.IsNaN(s) {
			x = append(x, s)
		}
	}
	r := &results.Scales{Units: len(x), Median: results.Of(significance.Quantile(x, 0.5)),
		BIC: []results.Number{}, Clusters: []scales.Cluster{}, Ratios: []results.Number{}}
	if len(x) > 0 {
		mean := 0.0
		for _, v := range x {
			mean += v / float64(len(x))
		}
		r.Least, r.Greatest, r.Mean = results.Of(slices.Min(x)), results.Of(slices.Max(x)), results.Of(mean)
	}
	fits := scales.Mixtures(x, mostClusters, roundingSD*bin)
	for _, m := range fits {
		r.BIC = append(r.BIC, results.Of(m.BIC))
	}
	if best := scales.Best(fits); best >= 0 {
		r.Clusters, r.Ratios = fits[best].Clusters, results.AllOf(fits[best].Ratios())
	}
	d := scales.Test(x, p.Settings.Scales, discretenessSamples, random.New(p.Settings.Seed, "discreteness "+l.Name))
	r.Discreteness = results.Discreteness{SD: results.Of(d.SD), NullMean: results.Of(d.NullMean), P: results.Of(d.P)}
	return r
}
