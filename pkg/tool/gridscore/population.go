package gridscore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"gridcells/pkg/celltype"
	"gridcells/pkg/cli"
	"gridcells/pkg/geometry"
	"gridcells/pkg/gridscore"
	"gridcells/pkg/npy"
)

// population is all units of the input. q values, shares and rotations need all
// of them, so the rows are held in memory.
type population struct {
	*table
	flags    *flags
	pool     pool
	progress *cli.Progress

	units  []*unit
	layers []*layer

	untrainedMaps map[string][][]float64 // an untrained network's ratemaps, by layer

	untrained  npy.Provenance // of the untrained units
	provenance npy.Provenance // of the output
}

// layer is the units of one layer, in the order of the rows.
type layer struct {
	name   string
	units  []*unit
	low    float64 // least value of all their ratemaps, and of their tunings
	least  float64
	common map[string][]group // scores of the null maps that the units have in common, by null
	excess []excess           // by null and definition
}

// group is scores by definition of maps that belong together.
type group [][]float64

// unit is one row and what was found.
type unit struct {
	row     []byte
	layer   *layer
	index   int // within the layer
	ratemap []float64

	sac     []float64
	scores  [][]gridscore.Score // by policy and definition
	lattice geometry.Lattice
	cell    cellMeasures
	nulls   []nullScores // in the order of --null

	isGrid, isBorder, isDirection bool
}

// nullScores are one null's, by definition.
type nullScores []nullScore

type nullScore struct {
	scores                   []float64 // of the unit's own null maps; nil for nulls that units share
	p, q                     float64
	threshold95, threshold99 float64
}

// class names the unit's type. The first that holds: conjunctive (a grid cell
// with head direction), grid, border, head_direction, none.
func (u *unit) class() string {
	switch {
	case u.isGrid && u.isDirection:
		return "conjunctive"
	case u.isGrid:
		return "grid"
	case u.isBorder:
		return "border"
	case u.isDirection:
		return "head_direction"
	}
	return "none"
}

// unnamedLayer is the layer of rows without one, recorded cells for example.
const unnamedLayer = "units"

// read reads all rows.
func (p *population) read(ctx context.Context, r *npy.Reader) error {
	batch := max(1, min(256, (8<<20)/max(1, p.in.Size())))
	rows, own := npy.Prefetch(ctx, r, batch, 2), buffers{}
	for {
		b, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		data := slices.Clone(b.Data)
		for i := range b.Len() {
			p.add(data[i*p.in.Size():(i+1)*p.in.Size()], own)
		}
	}
}

func (p *population) add(row []byte, own buffers) {
	u := &unit{row: row, ratemap: make([]float64, p.ratemap.Len())}
	p.ratemap.Float64(u.ratemap, row)
	name := unnamedLayer
	if p.layer != nil {
		name = p.layer.String(row)
	}
	at := slices.IndexFunc(p.layers, func(l *layer) bool { return l.name == name })
	if at < 0 {
		at = len(p.layers)
		p.layers = append(p.layers, &layer{name: name, low: math.Inf(1), least: math.Inf(1)})
	}
	u.layer = p.layers[at]
	u.index = len(u.layer.units)
	u.layer.units = append(u.layer.units, u)
	u.layer.low = min(u.layer.low, celltype.Least(u.ratemap))
	if tuning := own.values(p.table, "direction_tuning", u); tuning != nil {
		u.layer.least = min(u.layer.least, celltype.Least(tuning))
	}
	p.units = append(p.units, u)
}

// number of the unit, by which its random numbers are keyed.
func (p *population) number(u *unit) int {
	if p.unit != nil {
		return p.unit.Int(u.row)
	}
	return u.index
}

// work is the number of maps to score, for the progress.
func (p *population) work() int {
	maps := len(p.units)
	for _, null := range p.flags.nulls() {
		switch {
		case null.Draws != nil:
			maps += len(p.units) * null.Draws(p.flags.options())
		case null.Needs.Shifted:
			maps += len(p.units) * p.optional["ratemap_shifted"].Shape[0]
		}
	}
	return maps
}

// measure fills in everything about the units.
func (p *population) measure(ctx context.Context, stdin io.Reader) error {
	workers, err := p.newWorkers()
	if err != nil {
		return err
	}
	err = p.pool.each(ctx, len(p.units), func(w, i int) error {
		if err := workers[w].measure(p.units[i]); err != nil {
			return fmt.Errorf("record %d: %w", i, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := p.scoreNulls(ctx, workers, stdin); err != nil {
		return err
	}
	p.judge()
	return nil
}

// judge decides what each unit is.
func (p *population) judge() {
	f := p.flags
	k := slices.Index(f.Null, f.GridNull)
	for _, u := range p.units {
		u.isGrid = u.scores[0][0].Sixty > f.GridCut && (f.GridNull == "" || u.nulls[k][0].q <= 0.05)
		u.isBorder = u.cell.border > f.BorderCut
		u.isDirection = u.cell.direction > f.HeadDirectionCut
	}
}

// write writes the rows in chunks whose size does not depend on the threads.
func (p *population) write(w rowWriter) error {
	batch := max(1, min(256, (8<<20)/p.out.Size()))
	buffer := npy.MakeRows(p.out, min(batch, len(p.units)))
	for from := 0; from < len(p.units); from += batch {
		rows := buffer.Slice(0, min(batch, len(p.units)-from))
		for i := range rows.Len() {
			p.fill(rows.Row(i), p.units[from+i])
		}
		if err := w.Write(rows); err != nil {
			return err
		}
	}
	return w.Close()
}
