package gridscore

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"

	"gridcells/pkg/npy"
	"gridcells/pkg/population"
	"gridcells/pkg/ratemap"
)

// writeNullScores writes the scores of all null maps by the first definition as
// rows: layer, unit, null, score_60. Null maps that belong to no unit have the
// number −1.
func writeNullScores(w io.Writer, p *population.Population, provenance npy.Provenance) error {
	width := 1
	for _, l := range p.Layers {
		width = max(width, len([]rune(l.Name)))
	}
	names := 1
	for _, null := range p.Settings.Nulls {
		names = max(names, len(null.Name))
	}
	d, err := npy.NewDType(
		npy.Field{Name: "layer", Type: npy.Unicode(width)}, npy.Field{Name: "unit", Type: npy.Int32},
		npy.Field{Name: "null", Type: npy.Unicode(max(9, names))}, npy.Field{Name: "score_60", Type: npy.Float64})
	if err != nil {
		return err
	}
	out := npy.NewWriter(w, d, provenance)
	for _, l := range p.Layers {
		for _, null := range p.Settings.Nulls {
			key := population.NullKey{Null: null.Name, Definition: p.Settings.First().Definition}
			for _, u := range l.Units {
				if err := out.Write(nullRows(d, l.Name, u.Maps.Number, null.Name, u.Nulls[key].Scores)); err != nil {
					return err
				}
			}
			if err := out.Write(nullRows(d, l.Name, -1, null.Name, slices.Concat(l.Common[key]...))); err != nil {
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

// writeSensitivity writes the table of the share of units above the cut, for each
// layer, definition, inner radius and number of bins.
func (f *flags) writeSensitivity(ctx context.Context, w io.Writer, p *population.Population, bins []ratemap.Size[int]) error {
	how := population.Sensitivity{Bins: bins, Inner: f.SensitivityInner, Draws: f.SensitivityDraws, Padding: f.GaussianPadding}
	lines, err := p.Sensitivity(ctx, how)
	if err != nil {
		return err
	}
	table := csv.NewWriter(w)
	table.Write([]string{"layer", "score", "bins", "inner_radius", "inner_radius_bins", "units", "cut", "share", "null_share_gaussian", "excess"})
	text := func(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }
	for _, l := range lines {
		table.Write([]string{l.Layer, l.Definition, binsText(l.Bins), text(l.Inner), text(l.Inner * ratemap.NewLayout(l.Bins, p.Settings.Room).Shorter()),
			strconv.Itoa(l.Units), text(p.Settings.Grid.Cut), text(l.Share), text(l.NullShare), text(l.Share - l.NullShare)})
	}
	table.Flush()
	return table.Error()
}

// binsText writes numbers of bins as 20, or as 20x30.
func binsText(b ratemap.Size[int]) string {
	if b.X == b.Y {
		return strconv.Itoa(b.X)
	}
	return fmt.Sprintf("%dx%d", b.X, b.Y)
}
