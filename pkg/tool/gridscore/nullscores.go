package gridscore

import (
	"context"
	"fmt"
	"io"
	"slices"

	"gridcells/pkg/cli"
	"gridcells/pkg/gridscore"
	"gridcells/pkg/npy"
	"gridcells/pkg/nulls"
	"gridcells/pkg/random"
	"gridcells/pkg/significance"
)

func (p *population) newScorer(policy gridscore.Unvisited) (*gridscore.Scorer, error) {
	s, err := gridscore.NewScorer(p.bins, policy, p.definitions...)
	if err != nil {
		return nil, &cli.UsageError{Err: err}
	}
	return s, nil
}

// scoreNulls fills in all units' nulls.
func (p *population) scoreNulls(ctx context.Context, workers []*worker, stdin io.Reader) error {
	if len(p.flags.Null) == 0 {
		return nil
	}
	err := p.pool.each(ctx, len(p.units), func(w, i int) error { return workers[w].scoreOwnNulls(ctx, p.units[i]) })
	if err != nil {
		return err
	}
	if err := p.readUntrained(ctx, stdin); err != nil {
		return err
	}
	for _, null := range p.flags.nulls() {
		if null.NewCommon == nil {
			continue
		}
		for _, l := range p.layers {
			if err := p.scoreCommon(ctx, workers, null, l); err != nil {
				return err
			}
		}
	}
	for _, l := range p.layers {
		p.test(l)
	}
	n := len(p.flags.Null) * len(p.definitions)
	for _, l := range p.layers {
		l.excess = make([]excess, n)
	}
	return p.pool.each(ctx, len(p.layers)*n, func(_, i int) error {
		l := p.layers[i/n]
		l.excess[i%n] = p.findExcess(i%n/len(p.definitions), i%n%len(p.definitions), l)
		return nil
	})
}

// excess is the excess of a layer's share above the cut over a null's.
type excess struct {
	significance.Excess
	draws int // null maps of each unit, or in common
}

// excess of a layer over the k-th null by definition d.
func (p *population) excess(k, d int, l *layer) excess { return l.excess[k*len(p.definitions)+d] }

// scoreOwnNulls scores the null maps that a unit has for itself.
func (w *worker) scoreOwnNulls(ctx context.Context, u *unit) error {
	u.nulls = make([]nullScores, len(w.flags.Null))
	for k, null := range w.flags.Null {
		u.nulls[k] = make(nullScores, len(w.definitions))
		if w.own[k] == nil {
			continue
		}
		nulls.Rekey(w.stream, w.flags.Seed, null, u.layer.name, w.number(u))
		draws := w.own[k].Prepare(nulls.Unit{Ratemap: u.ratemap, Shifted: w.buffers.values(w.table, "ratemap_shifted", u)})
		for range draws {
			if err := context.Cause(ctx); err != nil {
				return err
			}
			w.own[k].Draw(w.values, w.stream)
			if err := w.scorers[0].Score(w.scores, w.values); err != nil {
				return fmt.Errorf("null %s of unit %d: %w", null, w.number(u), err)
			}
			for d, s := range w.scores {
				u.nulls[k][d].scores = append(u.nulls[k][d].scores, s.Sixty)
			}
		}
		w.progress.Add(draws)
	}
	return nil
}

// scoreCommon scores the null maps that a layer's units have in common.
func (p *population) scoreCommon(ctx context.Context, workers []*worker, null nulls.Null, l *layer) error {
	given := nulls.Layer{Untrained: p.untrainedMaps[l.name]}
	for _, u := range l.units {
		given.Ratemaps = append(given.Ratemaps, u.ratemap)
	}
	common := null.NewCommon(given, p.flags.options())
	groups := make([]group, common.Groups())
	if l.common == nil {
		l.common = map[string][]group{}
	}
	l.common[null.Name] = groups
	return p.pool.each(ctx, len(groups), func(w, i int) error {
		maps := common.Group(i, nulls.Stream(p.flags.Seed, null.Name, l.name, i))
		g, err := workers[w].scoreMaps(maps)
		groups[i] = g
		if null.Draws != nil {
			p.progress.Add(len(maps))
		}
		if err != nil {
			return fmt.Errorf("null %s of layer %s: %w", null.Name, l.name, err)
		}
		return nil
	})
}

// scoreMaps scores maps that belong together.
func (w *worker) scoreMaps(maps [][]float64) (group, error) {
	g := make(group, len(w.definitions))
	for _, m := range maps {
		if err := w.scorers[0].Score(w.scores, m); err != nil {
			return nil, err
		}
		for i, s := range w.scores {
			g[i] = append(g[i], s.Sixty)
		}
	}
	return g, nil
}

// readUntrained reads the maps of an untrained network, if one was given.
func (p *population) readUntrained(ctx context.Context, stdin io.Reader) error {
	name := p.flags.Untrained
	if name == "" {
		return nil
	}
	reader := cli.Records([]string{name}, stdin)
	in, provenance, err := reader.Header()
	if err != nil {
		return err
	}
	p.untrained = provenance
	ratemap, err := in.Floats("ratemap", p.bins, p.bins)
	if err != nil {
		return fmt.Errorf("%s: %w", cli.DisplayName(name), err)
	}
	t := &table{in: in, ratemap: ratemap, bins: p.bins, layer: scalar(in, "layer", "SU")}
	other := &population{table: t, flags: p.flags, pool: p.pool}
	if err := other.read(ctx, reader); err != nil {
		return err
	}
	p.untrainedMaps = map[string][][]float64{}
	for _, l := range other.layers {
		for _, u := range l.units {
			p.untrainedMaps[l.name] = append(p.untrainedMaps[l.name], u.ratemap)
		}
	}
	return nil
}

// common are the groups of a null that a layer's units have in common, by
// definition d; nil if each has its own.
func (p *population) common(null string, l *layer, d int) [][]float64 {
	groups, ok := l.common[null]
	if !ok {
		return nil
	}
	scores := make([][]float64, len(groups))
	for i, g := range groups {
		scores[i] = g[d]
	}
	return scores
}

// test compares the units of a layer with their nulls.
func (p *population) test(l *layer) {
	for k, null := range p.flags.Null {
		for d := range p.definitions {
			all := slices.Concat(p.common(null, l, d)...)
			ps := make([]float64, len(l.units))
			t95, t99 := significance.Quantile(all, 0.95), significance.Quantile(all, 0.99)
			for i, u := range l.units {
				s := &u.nulls[k][d]
				own := s.scores
				s.threshold95, s.threshold99 = t95, t99
				if own != nil {
					s.threshold95, s.threshold99 = significance.Quantile(own, 0.95), significance.Quantile(own, 0.99)
				} else {
					own = all
				}
				s.p = significance.PValue(u.scores[0][d].Sixty, own)
				ps[i] = s.p
			}
			for i, q := range significance.BenjaminiHochberg(ps) {
				l.units[i].nulls[k][d].q = q
			}
		}
	}
}

// findExcess compares the share of a layer's units above the cut with a null's.
func (p *population) findExcess(k, d int, l *layer) (e excess) {
	null := p.flags.Null[k]
	observed, own := make([]float64, len(l.units)), make([][]float64, len(l.units))
	for i, u := range l.units {
		observed[i], own[i] = u.scores[0][d].Sixty, u.nulls[k][d].scores
		e.draws = max(e.draws, len(own[i]))
	}
	s := random.New(p.flags.Seed, fmt.Sprintf("bootstrap %s %s %d", null, l.name, d))
	if e.draws > 0 {
		e.Excess = significance.OwnNulls(observed, own, p.flags.GridCut, s)
		return e
	}
	groups := p.common(null, l, d)
	for _, g := range groups {
		e.draws += len(g)
	}
	e.Excess = significance.CommonNulls(observed, groups, p.flags.GridCut, s)
	return e
}

// writeNullScores writes the first definition's scores of all null maps.
func (p *population) writeNullScores(w io.Writer) error {
	width := 1
	for _, l := range p.layers {
		width = max(width, len([]rune(l.name)))
	}
	d, err := npy.NewDType(
		npy.Field{Name: "layer", Type: npy.Unicode(width)}, npy.Field{Name: "unit", Type: npy.Int32},
		npy.Field{Name: "null", Type: npy.Unicode(9)}, npy.Field{Name: "score_60", Type: npy.Float64})
	if err != nil {
		return err
	}
	out := npy.NewWriter(w, d, p.provenance)
	for _, l := range p.layers {
		for k, null := range p.flags.Null {
			for _, u := range l.units {
				if err := out.Write(nullRows(d, l.name, p.number(u), null, u.nulls[k][0].scores)); err != nil {
					return err
				}
			}
			// Maps that belong to no unit have the number −1.
			if err := out.Write(nullRows(d, l.name, -1, null, slices.Concat(p.common(null, l, 0)...))); err != nil {
				return err
			}
		}
	}
	return out.Close()
}

func nullRows(d *npy.DType, layer string, unit int, null string, scores []float64) npy.Rows {
	rows := npy.MakeRows(d, len(scores))
	column := func(name string) npy.Column {
		f, _ := d.Field(name)
		return npy.Column{Field: f}
	}
	for i, s := range scores {
		row := rows.Row(i)
		column("layer").PutString(row, layer)
		column("unit").PutInt(row, unit)
		column("null").PutString(row, null)
		column("score_60").PutFloat64(row, []float64{s})
	}
	return rows
}
