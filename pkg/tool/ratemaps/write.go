package ratemaps

import (
	"context"
	"fmt"
	"io"
	"math"
	"unicode/utf8"

	"gridcells/pkg/npy"
	"gridcells/pkg/ratemap"
)

// layout plans the rows that the maps are written to.
func (a *averager) layout() (*npy.DType, error) {
	width := 1
	for _, s := range a.in.layers {
		width = max(width, utf8.RuneCountInString(s.layer))
	}
	fields := []npy.Field{{Name: "layer", Type: npy.Unicode(width)}, {Name: "unit", Type: npy.Int32}}
	for _, k := range a.kinds.list {
		fields = append(fields, npy.Field{Name: k.field, Type: npy.Float64, Shape: k.shape})
	}
	fields = append(fields, npy.Field{Name: "occupancy", Type: npy.Float64, Shape: a.kinds.list[0].shape})
	fields = append(fields, a.sessionFields()...)
	fields = append(fields, a.shiftedFields()...)
	return npy.NewDType(fields...)
}

// sessionFields are what is known of the neurons of a recorded session.
func (a *averager) sessionFields() []npy.Field {
	if a.session == nil {
		return nil
	}
	fields := []npy.Field{{Name: "spikes", Type: npy.Int32}, {Name: "speed_score", Type: npy.Float64}}
	if names := a.session.UnitNames; a.named() {
		width := 1
		for _, name := range names {
			width = max(width, utf8.RuneCountInString(name))
		}
		fields = append(fields, npy.Field{Name: "unit_name", Type: npy.Unicode(width)})
	}
	return fields
}

// named says that the session names the units of the only layer.
func (a *averager) named() bool {
	return a.session != nil && len(a.in.layers) == 1 && len(a.session.UnitNames) == a.in.layers[0].Shape[1]
}

// putSession writes what is known of a neuron. sums are those of its activity in
// each bin.
func (a *averager) putSession(put func(name string) npy.Column, row []byte, l layer, unit int, sums []float64) {
	if a.session == nil {
		return
	}
	total := 0.0
	for _, v := range sums {
		total += v
	}
	put("spikes").PutInt(row, int(math.Round(total*a.session.FrameSeconds)))
	put("speed_score").PutFloat64(row, []float64{l.speedScore(unit)})
	if a.named() {
		put("unit_name").PutString(row, a.session.UnitNames[unit])
	}
}

// write writes one row for each unit.
func (a *averager) write(ctx context.Context, w io.Writer, p npy.Provenance) error {
	writer := npy.NewWriter(w, a.out, p)
	for _, l := range a.layers {
		if err := a.writeLayer(ctx, writer, a.all, l); err != nil {
			return err
		}
	}
	return writer.Close()
}

// estimators turn the sums of each kind of maps into rates.
func (a *averager) estimators(l layer) []*ratemap.Estimator {
	var all []*ratemap.Estimator
	for k, kind := range a.kinds.list {
		all = append(all, ratemap.NewEstimator(l.steps(k), kind.shape[len(kind.shape)-1], a.smoothing(kind)))
	}
	return all
}

// partBytes is the size of the rows that are in memory at once. The system provides
// memory page by page, which takes longer than to fill it again.
const partBytes = 1 << 17

func (a *averager) writeLayer(ctx context.Context, w *npy.Writer, d *npy.DType, l layer) error {
	rowOf, err := a.rows(ctx, d, l)
	if err != nil {
		return fmt.Errorf("layer %s: %w", l.name(), err)
	}
	chunk := max(1, min(256, (8<<20)/d.Size()))
	part := d.Batch(partBytes, chunk)
	keep := d.Copier(a.out)
	row, kept := npy.MakeRows(d, 1).Row(0), npy.MakeRows(a.out, part)
	for from := 0; from < l.units(); from += chunk {
		end := min(from+chunk, l.units())
		for unit := from; unit < end; unit += part {
			rows := npy.Rows{DType: a.out, Data: kept.Data[:min(part, end-unit)*a.out.Size()]}
			for i := range rows.Len() {
				if err := rowOf(row, unit+i); err != nil {
					return fmt.Errorf("layer %s: %w", l.name(), err)
				}
				keep(rows.Row(i), row)
			}
			if unit == from {
				if err := w.Chunk(end - from); err != nil {
					return err
				}
			}
			if err := w.Write(rows); err != nil {
				return err
			}
		}
	}
	return nil
}

// rows returns a function that fills the row of a unit.
func (a *averager) rows(ctx context.Context, d *npy.DType, l layer) (func(row []byte, unit int) error, error) {
	column := func(name string) npy.Column {
		f, _ := d.Field(name)
		return npy.Column{Field: f}
	}
	shifted, err := a.shiftLayer(ctx, l)
	if err != nil {
		return nil, err
	}
	estimators := a.estimators(l)
	sums, rates := make([]float64, a.kinds.largest()), make([]float64, a.kinds.largest())
	return func(row []byte, unit int) error {
		for k, kind := range a.kinds.list {
			sums, rates := sums[:kind.cells], rates[:kind.cells]
			if err := l.sums(sums, k, unit); err != nil {
				return err
			}
			if err := estimators[k].Rates(rates, sums); err != nil {
				return fmt.Errorf("unit %d: %w", unit, err)
			}
			if k == 0 {
				a.putSession(column, row, l, unit, sums)
			}
			column(kind.field).PutFloat64(row, rates)
		}
		column("layer").PutString(row, l.name())
		column("unit").PutInt(row, unit)
		column("occupancy").PutFloat64(row, a.occupancy)
		for _, s := range shifted {
			column(s.field).PutFloat32(row, s.of(unit))
		}
		return nil
	}, nil
}
