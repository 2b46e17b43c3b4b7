package population

import (
	"context"
	"fmt"
	"slices"

	"gridcells/pkg/gridscore"
	"gridcells/pkg/nulls"
	"gridcells/pkg/parallel"
	"gridcells/pkg/random"
	"gridcells/pkg/significance"
)

// compare scores all null maps and compares the units with them.
func (p *Population) compare(ctx context.Context, workers []*worker) error {
	if len(p.Settings.Nulls) == 0 {
		return nil
	}
	if err := p.eachUnit(ctx, workers, 1, (*worker).scoreOwn); err != nil {
		return err
	}
	for _, null := range p.Settings.Nulls {
		if null.NewCommon == nil {
			continue
		}
		for _, l := range p.Layers {
			if err := p.scoreCommon(ctx, workers, l, null); err != nil {
				return fmt.Errorf("null %s of layer %s: %w", null.Name, l.Name, err)
			}
		}
	}
	return p.test(ctx)
}

// scoreOwn scores the null maps that a unit, the only one of units, has for itself.
func (w *worker) scoreOwn(ctx context.Context, l *Layer, units []*Unit) error {
	u := units[0]
	for _, null := range w.settings.Nulls {
		found := make([]*NullScores, len(w.settings.Definitions))
		for i, d := range w.settings.Definitions {
			found[i] = &NullScores{}
			u.Nulls[NullKey{null.Name, d.Name}] = found[i]
		}
		if null.NewOwn == nil {
			continue
		}
		own := w.nulls[null.Name]
		nulls.Rekey(w.stream, w.settings.Seed, null.Name, l.Name, u.Maps.Number)
		draws := own.Prepare(nulls.Unit{Ratemap: u.Maps.Ratemap, Shifted: u.Maps.ShiftedRatemaps})
		for done := 0; done < draws; done += drawnAtOnce {
			if err := context.Cause(ctx); err != nil {
				return err
			}
			drawn := w.drawn[:min(drawnAtOnce, draws-done)]
			own.Draw(drawn, w.stream)
			err := w.scoreMaps(w.scorers[0], drawn, nil, func(_ int, scores []gridscore.Score, _ bool) {
				for i, s := range scores {
					found[i].Scores = append(found[i].Scores, s.Sixty)
				}
			})
			if err != nil {
				return fmt.Errorf("null %s: %w", null.Name, err)
			}
		}
		w.progress(draws)
	}
	return nil
}

// scoreCommon scores the null maps that the units of a layer have in common.
func (p *Population) scoreCommon(ctx context.Context, workers []*worker, l *Layer, null nulls.Null) error {
	in := nulls.Layer{Untrained: l.maps.Untrained}
	for _, u := range l.Units {
		in.Ratemaps = append(in.Ratemaps, u.Maps.Ratemap)
	}
	common := null.NewCommon(in, p.Settings.NullOptions)
	scores := map[string][][]float64{} // by definition and group
	for _, d := range p.Settings.Definitions {
		scores[d.Name] = make([][]float64, common.Groups())
		l.Common[NullKey{null.Name, d.Name}] = scores[d.Name]
	}
	return parallel.Each(ctx, len(workers), common.Groups(), func(w, g int) error {
		maps := common.Group(g, nulls.Stream(p.Settings.Seed, null.Name, l.Name, g))
		err := workers[w].scoreMaps(workers[w].scorers[0], maps, nil, func(_ int, of []gridscore.Score, _ bool) {
			for i, d := range p.Settings.Definitions {
				scores[d.Name][g] = append(scores[d.Name][g], of[i].Sixty)
			}
		})
		if err != nil {
			return err
		}
		workers[w].progress(len(maps))
		return nil
	})
}

// test compares every layer with every null by every definition.
func (p *Population) test(ctx context.Context) error {
	type comparison struct {
		layer *Layer
		key   NullKey
		index int // of the definition
	}
	var comparisons []comparison
	for _, l := range p.Layers {
		for _, null := range p.Settings.Nulls {
			for i, d := range p.Settings.Definitions {
				comparisons = append(comparisons, comparison{l, NullKey{null.Name, d.Name}, i})
			}
		}
	}
	excess := make([]Excess, len(comparisons))
	err := parallel.Each(ctx, p.Settings.Threads, len(comparisons), func(_, i int) error {
		c := comparisons[i]
		p.testUnits(c.layer, c.key)
		s := random.New(p.Settings.Seed, fmt.Sprintf("bootstrap %s %s %d", c.key.Null, c.layer.Name, c.index))
		excess[i] = p.excess(c.layer, c.key, s)
		return nil
	})
	for i, c := range comparisons {
		c.layer.Excess[c.key] = excess[i]
	}
	return err
}

// testUnits finds thresholds, p and q of a layer's units.
func (p *Population) testUnits(l *Layer, key NullKey) {
	common := slices.Concat(l.Common[key]...)
	common95, common99 := significance.Quantile(common, 0.95), significance.Quantile(common, 0.99)
	ps := make([]float64, len(l.Units))
	for i, u := range l.Units {
		s := u.Nulls[key]
		null := s.Scores
		s.Threshold95, s.Threshold99 = common95, common99
		if null != nil {
			s.Threshold95, s.Threshold99 = significance.Quantile(null, 0.95), significance.Quantile(null, 0.99)
		} else {
			null = common
		}
		s.P = significance.PValue(u.Scores[p.Settings.Score(key)].Sixty, null)
		ps[i] = s.P
	}
	for i, q := range significance.BenjaminiHochberg(ps) {
		l.Units[i].Nulls[key].Q = q
	}
}

// excess compares the share of a layer's units above the cut with a null's.
func (p *Population) excess(l *Layer, key NullKey, s *random.Stream) (e Excess) {
	observed, own := make([]float64, len(l.Units)), make([][]float64, len(l.Units))
	for i, u := range l.Units {
		observed[i], own[i] = u.Scores[p.Settings.Score(key)].Sixty, u.Nulls[key].Scores
		e.Draws = max(e.Draws, len(own[i]))
	}
	if e.Draws > 0 {
		e.Excess = significance.OwnNulls(observed, own, p.Settings.Grid.Cut, s)
		return e
	}
	for _, g := range l.Common[key] {
		e.Draws += len(g)
	}
	e.Excess = significance.CommonNulls(observed, l.Common[key], p.Settings.Grid.Cut, s)
	return e
}
