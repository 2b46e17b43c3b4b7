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
	for _, l := range p.Layers {
		l.tallies = map[NullKey]*tally{}
		for _, key := range p.Settings.NullKeys() {
			l.tallies[key] = &tally{Tally: significance.NewTally(len(l.Units), p.Settings.Grid.Cut)}
		}
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
	return p.compareAll(ctx, func(c comparison) { p.testUnits(c.layer, c.key) })
}

// scoreOwn scores the null maps that a unit, the only one of units, has for itself.
func (w *worker) scoreOwn(ctx context.Context, l *Layer, unit int, units []*Unit) error {
	u := units[0]
	for _, d := range w.settings.Definitions {
		for _, null := range w.settings.Nulls {
			u.Nulls[NullKey{null.Name, d.Name}] = &NullScores{}
		}
	}
	if !slices.ContainsFunc(w.settings.Nulls, func(null nulls.Null) bool { return null.NewOwn != nil }) {
		return nil
	}
	m, err := w.read(l, unit)
	if err != nil {
		return err
	}
	for _, null := range w.settings.Nulls {
		if null.NewOwn == nil {
			continue
		}
		for _, d := range w.settings.Definitions {
			w.scores[d.Name] = w.scores[d.Name][:0]
		}
		own := w.nulls[null.Name]
		nulls.Rekey(w.stream, w.settings.Seed, null.Name, l.Name, u.Number)
		draws := own.Prepare(nulls.Unit{Ratemap: m.Ratemap, Shifted: m.ShiftedRatemaps})
		for done := 0; done < draws; done += drawnAtOnce {
			if err := context.Cause(ctx); err != nil {
				return err
			}
			drawn := w.drawn[:min(drawnAtOnce, draws-done)]
			own.Draw(drawn, w.stream)
			err := w.scoreMaps(w.scorers[0], drawn, nil, func(_ int, scores []gridscore.Score, _ bool) {
				for i, d := range w.settings.Definitions {
					w.scores[d.Name] = append(w.scores[d.Name], scores[i].Sixty)
				}
			})
			if err != nil {
				return fmt.Errorf("null %s: %w", null.Name, err)
			}
		}
		for _, d := range w.settings.Definitions {
			if err := w.compareOwn(l, unit, NullKey{null.Name, d.Name}, w.scores[d.Name]); err != nil {
				return err
			}
		}
		w.progress(draws)
	}
	return nil
}

// compareOwn compares a unit's score with those of its own null maps.
func (w *worker) compareOwn(l *Layer, unit int, key NullKey, scores []float64) error {
	u := l.Units[unit]
	n := u.Nulls[key]
	n.Threshold95, n.Threshold99 = significance.Quantile(scores, 0.95), significance.Quantile(scores, 0.99)
	n.P = significance.PValue(u.Scores[w.settings.Score(key)].Sixty, scores)
	t := l.tallies[key]
	t.Lock()
	t.Add(unit, scores)
	t.Unlock()
	if w.settings.OwnScores == nil {
		return nil
	}
	return w.settings.OwnScores(l.index, unit, key, scores)
}

// scoreCommon scores the null maps that the units of a layer have in common.
func (p *Population) scoreCommon(ctx context.Context, workers []*worker, l *Layer, null nulls.Null) error {
	in := nulls.Layer{Untrained: l.maps.Untrained}
	if null.Needs.Layer {
		for i := range l.Units {
			m, err := workers[0].read(l, i)
			if err != nil {
				return err
			}
			in.Ratemaps = append(in.Ratemaps, slices.Clone(m.Ratemap))
		}
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

// comparison is one of a layer with a null.
type comparison struct {
	layer *Layer
	key   NullKey
	index int // of the definition
}

// compareAll does the work for every layer, null and definition.
func (p *Population) compareAll(ctx context.Context, work func(comparison)) error {
	var all []comparison
	for _, l := range p.Layers {
		for _, null := range p.Settings.Nulls {
			for i, d := range p.Settings.Definitions {
				all = append(all, comparison{l, NullKey{null.Name, d.Name}, i})
			}
		}
	}
	return parallel.Each(ctx, p.Settings.Threads, len(all), func(_, i int) error {
		work(all[i])
		return nil
	})
}

// testUnits finds q of a layer's units, and thresholds and p of a null that they have in
// common.
func (p *Population) testUnits(l *Layer, key NullKey) {
	if groups, ok := l.Common[key]; ok {
		common := slices.Concat(groups...)
		common95, common99 := significance.Quantile(common, 0.95), significance.Quantile(common, 0.99)
		for _, u := range l.Units {
			n := u.Nulls[key]
			n.Threshold95, n.Threshold99 = common95, common99
			n.P = significance.PValue(u.Scores[p.Settings.Score(key)].Sixty, common)
		}
	}
	ps := make([]float64, len(l.Units))
	for i, u := range l.Units {
		ps[i] = u.Nulls[key].P
	}
	for i, q := range significance.BenjaminiHochberg(ps) {
		l.Units[i].Nulls[key].Q = q
	}
}

// excess compares the share of a layer's units above the cut with a null's.
func (p *Population) excess(c comparison) (e Excess) {
	l := c.layer
	s := random.New(p.Settings.Seed, fmt.Sprintf("bootstrap %s %s %d", c.key.Null, l.Name, c.index))
	observed := make([]float64, len(l.Units))
	for i, u := range l.Units {
		observed[i] = u.Scores[p.Settings.Score(c.key)].Sixty
	}
	groups, ok := l.Common[c.key]
	if !ok {
		e.Draws = l.tallies[c.key].Draws()
		e.Excess = significance.OwnNulls(observed, l.tallies[c.key].Tally, s)
		return e
	}
	for _, g := range groups {
		e.Draws += len(g)
	}
	e.Excess = significance.CommonNulls(observed, groups, p.Settings.Grid.Cut, s)
	return e
}
