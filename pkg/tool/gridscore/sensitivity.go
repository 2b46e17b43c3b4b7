package gridscore

import (
	"context"
	"encoding/csv"
	"io"
	"math"
	"strconv"

	"gridcells/pkg/gridscore"
	"gridcells/pkg/npy"
	"gridcells/pkg/nulls"
	"gridcells/pkg/random"
	"gridcells/pkg/significance"
)

// writeSensitivity writes a table of the share of units above the cut, for each
// layer, definition, inner radius and number of bins.
func (p *population) writeSensitivity(ctx context.Context, w io.Writer) error {
	table := csv.NewWriter(w)
	table.Write([]string{"layer", "score", "bins", "inner_radius", "inner_radius_bins", "units", "cut", "share", "null_share_gaussian", "excess"})
	for _, c := range append([]npy.Column{p.ratemap}, p.finer...) {
		if err := p.sensitivity(ctx, table, c); err != nil {
			return err
		}
	}
	table.Flush()
	return table.Error()
}

// variants are the definitions with fixed rings, with every inner radius.
func (p *population) variants() (variants []gridscore.Definition, inner []float64) {
	for _, d := range p.definitions {
		if d.AroundCentre {
			continue // it finds its own radius
		}
		for _, radius := range p.flags.SensitivityInner {
			if v := d.WithInner(radius); len(v.Rings) > 0 {
				variants, inner = append(variants, v), append(inner, radius)
			}
		}
	}
	return variants, inner
}

// sensitivity writes the lines for one number of bins.
func (p *population) sensitivity(ctx context.Context, table *csv.Writer, c npy.Column) error {
	variants, inner := p.variants()
	if len(variants) == 0 {
		return nil
	}
	n := c.Shape[0]
	scorer, err := gridscore.NewScorer(n, p.policies[0], variants...)
	if err != nil {
		return err
	}
	for _, l := range p.layers {
		observed, null, err := p.scoreVariants(ctx, scorer, c, l)
		if err != nil {
			return err
		}
		for i, v := range variants {
			share, chance := significance.Share(observed[i], p.flags.GridCut), significance.Share(null[i], p.flags.GridCut)
			text := func(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }
			table.Write([]string{l.name, v.Name, strconv.Itoa(n), text(inner[i]), text(inner[i] * float64(n)),
				strconv.Itoa(len(l.units)), text(p.flags.GridCut), text(share), text(chance), text(share - chance)})
		}
	}
	return nil
}

// scoreVariants returns the layer's scores and those of its random fields, by
// variant.
func (p *population) scoreVariants(ctx context.Context, scorer *gridscore.Scorer, c npy.Column, l *layer) (observed, null [][]float64, err error) {
	draws, variants := p.flags.SensitivityDraws, len(scorer.Definitions())
	observed, null = table2(variants, len(l.units)), table2(variants, len(l.units)*draws)
	scorers := make([]*gridscore.Scorer, p.pool.workers)
	for i := range scorers {
		scorers[i] = scorer.Clone()
	}
	n := scorer.Bins()
	err = p.pool.each(ctx, len(l.units), func(worker, i int) error {
		ratemap, scores := make([]float64, n*n), make([]gridscore.Score, variants)
		c.Float64(ratemap, l.units[i].row)
		put := func(to [][]float64, at int, m []float64) error {
			err := scorers[worker].Score(scores, m)
			for v, s := range scores {
				to[v][at] = s.Sixty
			}
			return err
		}
		if err := put(observed, i, ratemap); err != nil {
			return err
		}
		field := nulls.NewGaussianField(n, p.flags.GaussianPadding)
		field.Prepare(ratemap)
		s := random.New(p.flags.Seed, "sensitivity "+l.name)
		s.Seek(uint64(p.number(l.units[i])))
		drawn := make([]float64, n*n)
		for k := range draws {
			field.Draw(drawn, s)
			if err := put(null, i*draws+k, drawn); err != nil {
				return err
			}
		}
		return nil
	})
	return observed, null, err
}

// table2 is rows×columns of NaN.
func table2(rows, columns int) [][]float64 {
	t := make([][]float64, rows)
	for i := range t {
		t[i] = make([]float64, columns)
		for k := range t[i] {
			t[i][k] = math.NaN()
		}
	}
	return t
}
