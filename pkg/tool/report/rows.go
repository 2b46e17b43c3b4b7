package report

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"gridcells/pkg/figure"
	"gridcells/pkg/npy"
)

// fields says where in a row a unit's values are. Columns that the stream lacks
// and the report can do without have no length.
type fields struct {
	layer, unit             npy.Column
	ratemap, sac            npy.Column
	score60, score90, ring  npy.Column
	hasLayer, hasSAC        bool
	hasScore90, hasRing     bool
	hasRatemap, hasUnitName bool
	tuning                  npy.Column
	hasTuning               bool
}

// unitFields finds what the pages show.
func unitFields(d *npy.DType) (f fields, err error) {
	if f, err = scoreFields(d); err != nil {
		return f, err
	}
	if f.unit, err = d.Scalar("unit", "iuf"); err != nil {
		return f, err
	}
	if f.ratemap, err = d.Floats("ratemap", -1, -1); err != nil {
		return f, err
	}
	n := f.ratemap.Shape[0]
	if n < 1 || n != f.ratemap.Shape[1] {
		return f, &npy.FieldError{Name: "ratemap", Found: f.ratemap.Describe(), Wanted: "as many bins along x as along y, at least 1"}
	}
	f.hasUnitName, f.hasRatemap = true, true
	for _, o := range []struct {
		name   string
		column *npy.Column
		found  *bool
		shape  []int
	}{
		{"sac", &f.sac, &f.hasSAC, []int{2*n - 1, 2*n - 1}},
		{"score_90", &f.score90, &f.hasScore90, nil},
		{"mask_60", &f.ring, &f.hasRing, []int{2}},
		{"direction_tuning", &f.tuning, &f.hasTuning, []int{-1}},
	} {
		if _, *o.found = d.Field(o.name); !*o.found {
			continue
		}
		if *o.column, err = d.Floats(o.name, o.shape...); err != nil {
			return f, err
		}
	}
	return f, nil
}

// scoreFields finds what the control needs: layers and scores.
func scoreFields(d *npy.DType) (f fields, err error) {
	if f.score60, err = d.Floats("score_60"); err != nil {
		return f, err
	}
	if _, f.hasLayer = d.Field("layer"); f.hasLayer {
		f.layer, err = d.Scalar("layer", "SU")
	}
	return f, err
}

// unnamedLayer is the layer of units whose rows have none, recorded cells for
// example.
const unnamedLayer = "units"

// readUnits reads the stream to its end and sorts the units into layers, in the
// order in which the layers appear. The name is for messages.
func readUnits(ctx context.Context, name string, reader *npy.Reader, find func(*npy.DType) (fields, error)) ([]figure.Layer, npy.Provenance, error) {
	d, provenance, err := reader.Header()
	if err != nil {
		return nil, nil, err
	}
	f, err := find(d)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	var layers []figure.Layer
	var buffer []byte
	for {
		if err := context.Cause(ctx); err != nil {
			return nil, nil, err
		}
		rows, err := reader.Next(buffer, 64)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		buffer = rows.Data
		for i := range rows.Len() {
			layers = f.add(layers, rows.Row(i))
		}
	}
	if len(layers) == 0 {
		return nil, nil, fmt.Errorf("%s: no units: the input has no rows", name)
	}
	return layers, provenance, nil
}

// add appends a row's unit to its layer.
func (f *fields) add(layers []figure.Layer, row []byte) []figure.Layer {
	name := unnamedLayer
	if f.hasLayer {
		name = f.layer.String(row)
	}
	k := slices.IndexFunc(layers, func(l figure.Layer) bool { return l.Name == name })
	if k < 0 {
		k = len(layers)
		layers = append(layers, figure.Layer{Name: name})
	}
	layers[k].Units = append(layers[k].Units, f.readUnit(row))
	return layers
}

func (f *fields) readUnit(row []byte) figure.Unit {
	u := figure.Unit{
		Score60: scalar(f.score60, row), Score90: math.NaN(),
		Ring60: figure.Ring{Inner: math.NaN(), Outer: math.NaN()},
	}
	if f.hasUnitName {
		u.Number = f.unit.Int(row)
	}
	if f.hasRatemap {
		u.Ratemap = readMap(f.ratemap, row)
	}
	if f.hasSAC {
		u.SAC = readMap(f.sac, row)
	}
	if f.hasScore90 {
		u.Score90 = scalar(f.score90, row)
	}
	if f.hasRing {
		var r [2]float64
		f.ring.Float64(r[:], row)
		u.Ring60 = figure.Ring{Inner: r[0], Outer: r[1]}
	}
	if f.hasTuning {
		u.DirectionTuning = make([]float64, f.tuning.Len())
		f.tuning.Float64(u.DirectionTuning, row)
	}
	return u
}

func scalar(c npy.Column, row []byte) float64 {
	var v [1]float64
	c.Float64(v[:], row)
	return v[0]
}

func readMap(c npy.Column, row []byte) figure.Map {
	m := figure.Map{Rows: c.Shape[0], Columns: c.Shape[1], Values: make([]float64, c.Len())}
	c.Float64(m.Values, row)
	return m
}

// selectLayers returns the layers asked for; if none are, all, with the linear
// layer first, which is where grid cells are looked for.
func selectLayers(layers []figure.Layer, names []string) ([]figure.Layer, error) {
	if len(names) == 0 {
		rank := func(l figure.Layer) int {
			if k := slices.Index([]string{"bottleneck", "lstm"}, l.Name); k >= 0 {
				return k
			}
			return 2
		}
		slices.SortStableFunc(layers, func(a, b figure.Layer) int { return rank(a) - rank(b) })
		return layers, nil
	}
	var selected []figure.Layer
	for _, name := range names {
		k := slices.IndexFunc(layers, func(l figure.Layer) bool { return l.Name == name })
		if k < 0 {
			return nil, fmt.Errorf("no units of layer %q (the input has %s)", name, layerNames(layers))
		}
		selected = append(selected, layers[k])
	}
	return selected, nil
}

func layerNames(layers []figure.Layer) string {
	names := make([]string, len(layers))
	for i, l := range layers {
		names[i] = l.Name
	}
	return strings.Join(names, ", ")
}

// parseUnits understands lists such as "3,10-20"; an empty list selects all,
// which is nil.
func parseUnits(list string) (func(figure.Unit) bool, error) {
	if list == "" {
		return nil, nil
	}
	var ranges [][2]int
	for _, part := range strings.Split(list, ",") {
		from, to, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			to = from
		}
		first, err := strconv.Atoi(from)
		last, err2 := strconv.Atoi(to)
		if err := errors.Join(err, err2); err != nil || first > last {
			return nil, fmt.Errorf("%q is no unit and no range of units such as 10-20", part)
		}
		ranges = append(ranges, [2]int{first, last})
	}
	return func(u figure.Unit) bool {
		return slices.ContainsFunc(ranges, func(r [2]int) bool { return r[0] <= u.Number && u.Number <= r[1] })
	}, nil
}
