package gridscore

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"

	"gridcells/pkg/npy"
	"gridcells/pkg/random"
	"gridcells/pkg/scales"
	"gridcells/pkg/significance"
)

// real is a number in JSON; null where it is not finite.
type real float64

func (r real) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(r)) || math.IsInf(float64(r), 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(r))
}

func reals(values []float64) []real {
	r := make([]real, len(values))
	for i, v := range values {
		r[i] = real(v)
	}
	return r
}

// summary is what --summary writes. Shares are of all units of the layer,
// intervals have a confidence of 95 %.
type summary struct {
	Bins       int            `json:"bins"`
	Parameters parameters     `json:"parameters"`
	Layers     []layerSummary `json:"layers"`
	Provenance npy.Provenance `json:"provenance"`
}

type layerSummary struct {
	Layer    string   `json:"layer"`
	Units    int      `json:"units"`
	Headline []string `json:"headline"`
	// Scores by every definition and policy for unvisited bins.
	Scores        []scoreSummary       `json:"scores"`
	Grid          cellCount            `json:"grid_cells"`
	Border        cellCount            `json:"border_cells"`
	HeadDirection cellCount            `json:"head_direction_cells"`
	Conjunctive   cellCount            `json:"conjunctive_cells"`
	Classes       map[string]cellCount `json:"classes"`
	Scales        scaleSummary         `json:"grid_scales"`
	Warnings      []string             `json:"warnings"`
}

type cellCount struct {
	Units int  `json:"units"`
	Share real `json:"share"`
}

type scoreSummary struct {
	Column string        `json:"column"`
	Score  string        `json:"score"`
	Above  cellCount     `json:"above_cut"`
	Mean   real          `json:"mean"`
	Best   real          `json:"best"`
	Nulls  []nullSummary `json:"nulls,omitempty"`
}

// nullSummary is a null's for one definition.
type nullSummary struct {
	Null  string `json:"null"`
	Draws int    `json:"draws"` // null maps of each unit, or in common
	// Above are the shares above the fixed cut, AboveOwn those above each unit's own
	// 95th percentile: under the null 5 % of the units exceed that.
	Above    excessSummary `json:"above_cut"`
	AboveOwn cellCount     `json:"above_own_threshold_95"`
	// Thresholds are the means of the units' percentiles: the paper's criterion is
	// the first, for the null field.
	Threshold95 real `json:"mean_threshold_95"`
	Threshold99 real `json:"mean_threshold_99"`
	// AboveThreshold is the share above that mean of 95th percentiles.
	AboveThreshold cellCount `json:"above_mean_threshold_95"`
	Significant    cellCount `json:"q_at_most_0.05"`
}

type excessSummary struct {
	Observed real    `json:"share"`
	Null     real    `json:"null_share"`
	Excess   real    `json:"excess"`
	Interval [2]real `json:"excess_interval"`
	P        real    `json:"p"`
}

type scaleSummary struct {
	Units        int                `json:"grid_cells_with_scale"`
	Least        real               `json:"least_m"`
	Greatest     real               `json:"greatest_m"`
	Mean         real               `json:"mean_m"`
	Median       real               `json:"median_m"`
	BIC          []real             `json:"bic_by_clusters"`
	Clusters     []scales.Cluster   `json:"clusters"`
	Ratios       []real             `json:"ratios"`
	Discreteness discretenessReport `json:"discreteness"`
}

type discretenessReport struct {
	SD       real `json:"sd_of_counts"`
	NullMean real `json:"null_mean"`
	P        real `json:"p"`
}

func (p *population) summary() summary {
	s := summary{Bins: p.bins, Parameters: p.parameters(), Layers: []layerSummary{}, Provenance: p.provenance}
	for _, l := range p.layers {
		s.Layers = append(s.Layers, p.summarize(l))
	}
	return s
}

func (p *population) summarize(l *layer) layerSummary {
	s := layerSummary{Layer: l.name, Units: len(l.units), Classes: map[string]cellCount{}, Headline: []string{}, Warnings: []string{}}
	count := func(is func(u *unit) bool) cellCount { return countUnits(l, is) }
	s.Grid = count(func(u *unit) bool { return u.isGrid })
	s.Border = count(func(u *unit) bool { return u.isBorder })
	s.HeadDirection = count(func(u *unit) bool { return u.isDirection })
	s.Conjunctive = count(func(u *unit) bool { return u.isGrid && u.isDirection })
	for _, u := range l.units {
		name := u.class()
		if _, ok := s.Classes[name]; !ok {
			s.Classes[name] = count(func(u *unit) bool { return u.class() == name })
		}
	}
	for i := range p.policies {
		for d := range p.definitions {
			s.Scores = append(s.Scores, p.summarizeScore(l, i, d))
		}
	}
	for k := range p.flags.Null {
		s.Headline = append(s.Headline, p.headline(l, k))
	}
	s.Scales = p.summarizeScales(l)
	if s.Scales.Units < scales.Enough {
		s.Warnings = append(s.Warnings, fmt.Sprintf("%d grid cells with a scale: too few, below %d, to conclude anything about clusters of scales", s.Scales.Units, scales.Enough))
	}
	return s
}

func countUnits(l *layer, is func(u *unit) bool) cellCount {
	n := 0
	for _, u := range l.units {
		if is(u) {
			n++
		}
	}
	return cellCount{n, real(float64(n) / float64(len(l.units)))}
}

func (p *population) summarizeScore(l *layer, policy, d int) scoreSummary {
	score := func(u *unit) float64 { return u.scores[policy][d].Sixty }
	s := scoreSummary{Column: "score_60" + p.suffix(policy, d), Score: p.definitions[d].Name, Best: real(math.NaN())}
	s.Above = countUnits(l, func(u *unit) bool { return score(u) > p.flags.GridCut })
	var sum, n float64
	for _, u := range l.units {
		if v := score(u); v == v {
			sum, n = sum+v, n+1
			if !(v <= float64(s.Best)) {
				s.Best = real(v)
			}
		}
	}
	s.Mean = real(sum / n)
	if policy == 0 {
		for k := range p.flags.Null {
			s.Nulls = append(s.Nulls, p.summarizeNull(l, k, d))
		}
	}
	return s
}

func (p *population) summarizeNull(l *layer, k, d int) nullSummary {
	e := p.excess(k, d, l)
	s := nullSummary{Null: p.flags.Null[k], Draws: e.draws, Above: excessSummary{real(e.Observed), real(e.Null), real(e.Excess.Excess), [2]real{real(e.Low), real(e.High)}, real(e.P)}}
	var t95, t99, n float64
	for _, u := range l.units {
		if r := u.nulls[k][d]; r.threshold95 == r.threshold95 {
			t95, t99, n = t95+r.threshold95, t99+r.threshold99, n+1
		}
	}
	s.Threshold95, s.Threshold99 = real(t95/n), real(t99/n)
	s.AboveOwn = countUnits(l, func(u *unit) bool { return u.scores[0][d].Sixty > u.nulls[k][d].threshold95 })
	s.AboveThreshold = countUnits(l, func(u *unit) bool { return u.scores[0][d].Sixty > t95/n })
	s.Significant = countUnits(l, func(u *unit) bool { return u.nulls[k][d].q <= 0.05 })
	return s
}

// binWidths below which no cluster's standard deviation can be told from 0: the
// standard deviation of what rounding to whole bins does.
const binWidths = 0.2886751345948129 // 1/√12

func (p *population) summarizeScales(l *layer) scaleSummary {
	bin := p.flags.EnvSize / float64(p.bins)
	var x []float64
	for _, u := range l.units {
		if s := u.lattice.Scale * bin; u.isGrid && s == s {
			x = append(x, s)
		}
	}
	nan := real(math.NaN())
	s := scaleSummary{Units: len(x), Least: nan, Greatest: nan, Mean: nan, Median: real(significance.Quantile(x, 0.5)),
		BIC: []real{}, Clusters: []scales.Cluster{}, Ratios: []real{}}
	if len(x) > 0 {
		s.Least, s.Greatest, s.Mean = real(slices.Min(x)), real(slices.Max(x)), 0
	}
	for _, v := range x {
		s.Mean += real(v / float64(len(x)))
	}
	const most = 8
	fits := scales.Mixtures(x, most, binWidths*bin)
	for _, m := range fits {
		s.BIC = append(s.BIC, real(m.BIC))
	}
	if best := scales.Best(fits); best >= 0 {
		s.Clusters, s.Ratios = fits[best].Clusters, reals(fits[best].Ratios())
	}
	const samples, histogramBins = 500, 13
	d := scales.Test(x, scales.Histogram{Low: p.flags.ScaleLow, High: p.flags.ScaleHigh, Bins: histogramBins}, samples,
		random.New(p.flags.Seed, "discreteness "+l.name))
	s.Discreteness = discretenessReport{real(d.SD), real(d.NullMean), real(d.P)}
	return s
}

// headline says what the population's share of grid cells is worth.
func (p *population) headline(l *layer, k int) string {
	e := p.excess(k, 0, l)
	text := fmt.Sprintf("%.1f %% of %d units above %v; %s %.1f %%; excess %+.1f points [%+.1f, %+.1f]",
		100*e.Observed, len(l.units), p.flags.GridCut, p.flags.Null[k], 100*e.Null, 100*e.Excess.Excess, 100*e.Low, 100*e.High)
	if e.P == e.P {
		text += fmt.Sprintf(", p = %.2g", e.P)
	}
	return text
}

func (p *population) headlines(w io.Writer) {
	for _, l := range p.layers {
		for k := range p.flags.Null {
			fmt.Fprintf(w, "gridscore: %s: %s\n", l.name, p.headline(l, k))
		}
	}
}
