package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"

	"gridcells/pkg/figure"
	"gridcells/pkg/npy"
	"gridcells/pkg/pages"
)

// population is what the report takes from what gridscore --summary writes.
type population struct {
	Parameters struct {
		GridCut any `json:"grid_cut"` // a number, or "own"
	} `json:"parameters"`
	Layers     []populationLayer `json:"layers"`
	Provenance npy.Provenance    `json:"provenance"`
}

type populationLayer struct {
	Layer  string `json:"layer"`
	Scores []struct {
		Column string `json:"column"`
		Nulls  []struct {
			Null  string `json:"null"`
			Above struct {
				Share    *float64    `json:"share"`
				Null     *float64    `json:"null_share"`
				Excess   *float64    `json:"excess"`
				Interval [2]*float64 `json:"excess_interval"`
				P        *float64    `json:"p"`
			} `json:"above_cut"`
			Own struct {
				Units *int `json:"units"`
			} `json:"above_own_threshold_95"`
			Significant struct {
				Units *int `json:"units"`
			} `json:"q_at_most_0.05"`
		} `json:"nulls"`
	} `json:"scores"`
	Scales *struct {
		Units    int `json:"grid_cells_with_scale"`
		Clusters []struct {
			Weight float64 `json:"weight"`
			Mean   float64 `json:"mean_m"`
			SD     float64 `json:"sd_m"`
		} `json:"clusters"`
	} `json:"grid_scales"`
}

// enoughScales is how many scales gridscore wants before it believes in clusters.
const enoughScales = 30

func readPopulation(r io.Reader) (*population, error) {
	p := &population{}
	if err := json.NewDecoder(r).Decode(p); err != nil {
		return nil, err
	}
	if len(p.Layers) == 0 {
		return nil, fmt.Errorf("no \"layers\": this is not what gridscore --summary writes")
	}
	return p, nil
}

// gatherPopulation adds to the layers what gridscore --summary found.
func (f *flags) gatherPopulation(r *pages.Report, stdin io.Reader) (npy.Provenance, error) {
	if f.Population == "" {
		return nil, nil
	}
	p, err := readFrom(f.Population, stdin, readPopulation)
	if err != nil {
		return nil, err
	}
	if cut, ok := p.Parameters.GridCut.(float64); ok && cut != f.Criterion {
		return nil, fmt.Errorf("%s: its excess is above a gridness of %v, the report's criterion is %v: give --criterion %v or score again with gridscore --grid-cut %v",
			f.Population, cut, f.Criterion, cut, f.Criterion)
	}
	for i := range r.Layers {
		l := &r.Layers[i]
		if k := slices.IndexFunc(p.Layers, func(q populationLayer) bool { return q.Layer == l.Name }); k >= 0 {
			p.Layers[k].describe(l)
		}
	}
	return p.Provenance, nil
}

// describe adds what is known of a layer to it.
func (p *populationLayer) describe(l *figure.Layer) {
	for _, s := range p.Scores {
		if s.Column != "score_60" {
			continue
		}
		for _, n := range s.Nulls {
			null := nullOf(l, n.Null)
			null.Excess = &figure.Excess{
				Share: orNaN(n.Above.Share), Null: orNaN(n.Above.Null), Excess: orNaN(n.Above.Excess),
				Low: orNaN(n.Above.Interval[0]), High: orNaN(n.Above.Interval[1]), P: orNaN(n.Above.P),
			}
			if n.Own.Units != nil && n.Significant.Units != nil {
				null.Own = &figure.OwnNull{Above95: *n.Own.Units, Significant: *n.Significant.Units}
			}
		}
	}
	if s := p.Scales; s != nil {
		l.Scales = &figure.Scales{TooFew: s.Units < enoughScales}
		for _, c := range s.Clusters {
			if c.SD > 0 && !math.IsInf(c.SD, 0) {
				l.Scales.Clusters = append(l.Scales.Clusters, figure.Cluster{Weight: c.Weight, Mean: c.Mean, SD: c.SD})
			}
		}
	}
}

// nullOf returns a layer's null of that name, which it adds where it is missing.
func nullOf(l *figure.Layer, name string) *figure.Null {
	k := slices.IndexFunc(l.Nulls, func(n figure.Null) bool { return n.Name == name })
	if k < 0 {
		k = len(l.Nulls)
		l.Nulls = append(l.Nulls, figure.Null{Name: name})
	}
	return &l.Nulls[k]
}
