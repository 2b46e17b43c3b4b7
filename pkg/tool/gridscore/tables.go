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

// writeNullScores writes the scores of all null maps as rows: layer, unit, null,
// score_60, and score_60_NAME for each further definition. Null maps that belong to
// no unit have the number −1.
func writeNullScores(w io.Writer, p *population.Population, own *ownScores, provenance npy.Provenance) error {
	t, err := newNullTable(p)
	if err != nil {
		return err
	}
	out := npy.NewWriter(w, t.dtype, provenance)
	for i, l := range p.Layers {
		for _, null := range p.Settings.Nulls {
			for k, u := range l.Units {
				rows, err := t.rows(l.Name, u.Number, null.Name, func(key population.NullKey) ([]float64, error) { return own.of(i, k, key) })
				if err != nil {
					return err
				}
				if err := out.Write(rows); err != nil {
					return err
				}
			}
			rows, err := t.rows(l.Name, -1, null.Name, func(key population.NullKey) ([]float64, error) { return slices.Concat(l.Common[key]...), nil })
			if err != nil {
				return err
			}
			if err := out.Write(rows); err != nil {
				return err
			}
		}
	}
	return out.Close()
}

// nullTable makes the rows of null scores.
type nullTable struct {
	dtype             *npy.DType
	layer, unit, null npy.Column
	definitions       []string
	scores            []npy.Column // by definition
}

func newNullTable(p *population.Population) (*nullTable, error) {
	width, names := 1, 9
	for _, l := range p.Layers {
		width = max(width, len([]rune(l.Name)))
	}
	for _, null := range p.Settings.Nulls {
		names = max(names, len(null.Name))
	}
	fields := []npy.Field{{Name: "layer", Type: npy.Unicode(width)}, {Name: "unit", Type: npy.Int32}, {Name: "null", Type: npy.Unicode(names)}}
	t := &nullTable{}
	for _, d := range p.Settings.Definitions {
		key := population.Key{Definition: d.Name, Unvisited: p.Settings.Unvisited[0]}
		fields = append(fields, npy.Field{Name: "score_60" + suffix(p.Settings, key), Type: npy.Float64})
		t.definitions = append(t.definitions, d.Name)
	}
	var err error
	if t.dtype, err = npy.NewDType(fields...); err != nil {
		return nil, err
	}
	var columns []npy.Column
	for _, f := range t.dtype.Fields() {
		columns = append(columns, npy.Column{Field: f})
	}
	t.layer, t.unit, t.null, t.scores = columns[0], columns[1], columns[2], columns[3:]
	return t, nil
}

// rows are those of one unit, or of the maps of no unit, in one null. scores returns
// the scores by a definition, of as many maps for each.
func (t *nullTable) rows(layer string, unit int, null string, scores func(population.NullKey) ([]float64, error)) (rows npy.Rows, err error) {
	for k, definition := range t.definitions {
		list, err := scores(population.NullKey{Null: null, Definition: definition})
		if err != nil {
			return rows, err
		}
		if k == 0 {
			rows = npy.MakeRows(t.dtype, len(list))
		}
		for i, s := range list {
			row := rows.Row(i)
			t.layer.PutString(row, layer)
			t.unit.PutInt(row, unit)
			t.null.PutString(row, null)
			t.scores[k].PutFloat64(row, []float64{s})
		}
	}
	return rows, nil
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
