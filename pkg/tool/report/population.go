package report

import (
	"fmt"
	"io"

	"gridcells/pkg/figure"
	"gridcells/pkg/npy"
	"gridcells/pkg/pages"
	"gridcells/pkg/results"
)

// gatherPopulation adds to the layers what gridscore --summary found.
func (f *flags) gatherPopulation(r *pages.Report, stdin io.Reader) (npy.Provenance, error) {
	if f.Population == "" {
		return nil, nil
	}
	p, err := readFrom(f.Population, stdin, results.ReadPopulation)
	if err != nil {
		return nil, err
	}
	rule, err := p.Rule()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Population, err)
	}
	if rule.Cut != f.Criterion {
		return nil, fmt.Errorf("%s: its excess is above a gridness of %v, the report's criterion is %v: give --criterion %v or score again with gridscore --grid-cut %v",
			f.Population, rule.Cut, f.Criterion, rule.Cut, f.Criterion)
	}
	r.Rule = &rule
	for i := range r.Layers {
		if of := p.Layer(r.Layers[i].Name); of != nil {
			describe(&r.Layers[i], of)
		}
	}
	return p.Provenance, nil
}

// describe adds the values of a summary to a layer.
func describe(l *figure.Layer, of *results.Layer) {
	if s := of.Score("score_60"); s != nil {
		for _, n := range s.Nulls {
			l.AddNull(n.Name).Null = n
		}
	}
	l.Scales, l.Border, l.HeadDirection = of.Scales, &of.Border, &of.HeadDirection
}
