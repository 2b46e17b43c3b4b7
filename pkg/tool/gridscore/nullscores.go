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
	if slices.Contains(p.flags.Null, "rotation") {
		for _, l := range p.layers {
			if err := p.rotate(ctx, workers, l); err != nil {
				return err
			}
		}
	}
	if slices.Contains(p.flags.Null, "untrained") {
		if err := p.scoreUntrained(ctx, workers, stdin); err != nil {
			return err
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
		draws, draw := w.draws(null, u)
		for i := range draws {
			if err := context.Cause(ctx); err != nil {
				return err
			}
			draw(i)
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

// draws returns the number of a unit's null maps, 0 if it has none of its own,
// and what writes the i-th to w.values.
func (w *worker) draws(null string, u *unit) (int, func(i int)) {
	w.stream.Rekey(w.flags.Seed, "null "+null+" "+u.layer.name)
	w.stream.Seek(uint64(w.number(u)))
	if !slices.ContainsFunc(u.ratemap, func(v float64) bool { return v == v }) {
		return 0, nil // never visited: there is nothing to move or to draw from
	}
	switch null {
	case "field":
		w.fields.Prepare(u.ratemap)
		return w.flags.Shuffles, func(int) { w.fields.Draw(w.values, w.stream) }
	case "gaussian":
		w.gaussian.Prepare(u.ratemap)
		return w.flags.Shuffles, func(int) { w.gaussian.Draw(w.values, w.stream) }
	case "iaaft":
		w.iaaft.Prepare(u.ratemap)
		return w.flags.Shuffles, func(int) { w.iaaft.Draw(w.values, w.stream) }
	case "shift":
		shifted := w.buffers.values(w.table, "ratemap_shifted", u)
		size := len(w.values)
		return len(shifted) / size, func(i int) { copy(w.values, shifted[i*size:]) }
	}
	return 0, nil
}

// rotate scores the layer's maps along other axes.
func (p *population) rotate(ctx context.Context, workers []*worker, l *layer) error {
	maps := make([][]float64, len(l.units))
	for i, u := range l.units {
		maps[i] = u.ratemap
	}
	rotation := nulls.NewRotation(maps)
	l.rotated = make([]group, p.flags.Rotations)
	return p.pool.each(ctx, p.flags.Rotations, func(w, r int) error {
		s := random.New(p.flags.Seed, "null rotation "+l.name)
		s.Seek(uint64(r))
		g, err := workers[w].scoreMaps(rotation.Draw(s))
		l.rotated[r] = g
		p.progress.Add(len(maps))
		return err
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

// scoreUntrained scores the maps of an untrained network, every unit a group.
func (p *population) scoreUntrained(ctx context.Context, workers []*worker, stdin io.Reader) error {
	name := p.flags.Untrained
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
	p.pooled = map[string][]group{}
	for _, l := range other.layers {
		groups := make([]group, len(l.units))
		err := p.pool.each(ctx, len(groups), func(w, i int) (err error) {
			groups[i], err = workers[w].scoreMaps([][]float64{l.units[i].ratemap})
			return err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", cli.DisplayName(name), err)
		}
		p.pooled[l.name] = groups
	}
	return nil
}

// common are the groups of a null that a layer's units have in common, by
// definition d; nil if each has its own.
func (p *population) common(null string, l *layer, d int) [][]float64 {
	groups := l.rotated
	switch null {
	case "rotation":
	case "untrained":
		groups = p.pooled[l.name]
	default:
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
