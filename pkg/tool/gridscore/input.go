package gridscore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"gridcells/pkg/cli"
	"gridcells/pkg/gridscore"
	"gridcells/pkg/npy"
	"gridcells/pkg/nulls"
	"gridcells/pkg/pipeline"
	"gridcells/pkg/population"
	"gridcells/pkg/ratemap"
)

// unnamedLayer is the layer of rows without one, recorded cells for example.
const unnamedLayer = "units"

// input is where the fields are in the rows read. A field that is not there is
// nil.
type input struct {
	dtype       *npy.DType
	bins        ratemap.Size[int] // of the ratemaps
	layer, unit *npy.Column
	ratemap     npy.Column

	occupancy, tuning, unsmoothed   *npy.Column
	firstHalf, secondHalf           *npy.Column
	shiftedRatemaps, shiftedTunings *npy.Column
	speed                           *npy.Column // speed score, a number
	shiftedSpeeds, shiftedHalves    *npy.Column
	rebinned                        []npy.Column // ratemaps at other numbers of bins

	forget bool // keep nothing of the rows but what is decoded
}

// findInput finds the fields, and checks that those which the nulls need are there.
func (f *flags) findInput(dtype *npy.DType) (*input, error) {
	in, err := newInput(dtype, f.Sensitivity != "")
	if err != nil {
		return nil, err
	}
	asked, err := nulls.Select(f.Null)
	if err != nil {
		return nil, err
	}
	return in, in.check(asked)
}

// newInput finds the fields. Ratemaps at other numbers of bins are looked for if
// rebinned is set.
func newInput(dtype *npy.DType, rebinned bool) (*input, error) {
	in := &input{dtype: dtype, layer: scalar(dtype, "layer", "SU"), unit: scalar(dtype, "unit", "iu"), speed: scalar(dtype, "speed_score", "f")}
	var err error
	if in.ratemap, err = findMap(dtype, "ratemap"); err != nil {
		return nil, pipeline.Explain(err, dtype, pipeline.Ratemaps)
	}
	in.bins = binsOf(in.ratemap)
	nx, ny := in.bins.X, in.bins.Y
	for _, optional := range []struct {
		name   string
		column **npy.Column
		shape  []int // −1 matches any number
	}{
		{"occupancy", &in.occupancy, []int{nx, ny}},
		{"ratemap_unsmoothed", &in.unsmoothed, []int{nx, ny}},
		{"direction_tuning", &in.tuning, []int{-1}},
		{"ratemap_half_1", &in.firstHalf, []int{nx, ny}},
		{"ratemap_half_2", &in.secondHalf, []int{nx, ny}},
		{"ratemap_shifted", &in.shiftedRatemaps, []int{-1, nx, ny}},
		{"direction_tuning_shifted", &in.shiftedTunings, []int{-1, -1}},
		{"speed_score_shifted", &in.shiftedSpeeds, []int{-1}},
		{"split_half_r_shifted", &in.shiftedHalves, []int{-1}},
	} {
		if _, ok := dtype.Field(optional.name); !ok {
			continue
		}
		c, err := dtype.Floats(optional.name, optional.shape...)
		if err != nil {
			return nil, err
		}
		*optional.column = &c
	}
	if rebinned {
		in.rebinned, err = rebinnedMaps(dtype)
	}
	return in, err
}

// check reports a field that a null needs and that is not there.
func (in *input) check(asked []nulls.Null) error {
	for _, null := range asked {
		if null.Needs.Shifted && in.shiftedRatemaps == nil {
			return fmt.Errorf("the null %s: %w", null.Name, &npy.FieldError{Name: "ratemap_shifted", Found: "no such field", Wanted: "what ratemaps --shifts N adds"})
		}
	}
	return nil
}

// sides are the numbers of bins at which there are ratemaps.
func (in *input) sides() []ratemap.Size[int] {
	sides := []ratemap.Size[int]{in.bins}
	for _, c := range in.rebinned {
		sides = append(sides, binsOf(c))
	}
	return sides
}

// binsOf are the numbers of bins of a map.
func binsOf(c npy.Column) ratemap.Size[int] {
	return ratemap.Size[int]{X: c.Shape[0], Y: c.Shape[1]}
}

// rebinnedMaps finds the fields ratemap_20, ratemap_20x30 and so on.
func rebinnedMaps(dtype *npy.DType) (columns []npy.Column, err error) {
	for _, field := range dtype.Fields() {
		digits, ok := strings.CutPrefix(field.Name, "ratemap_")
		if !ok || digits == "" || strings.Trim(digits, "0123456789x") != "" {
			continue
		}
		c, err := findMap(dtype, field.Name)
		if err != nil {
			return nil, err
		}
		columns = append(columns, c)
	}
	return columns, nil
}

// findMap finds a field of maps [nx, ny].
func findMap(dtype *npy.DType, name string) (npy.Column, error) {
	c, err := dtype.Floats(name, -1, -1)
	if err != nil {
		return c, err
	}
	for _, n := range c.Shape {
		if n < 2 || n > gridscore.MaxBins {
			return c, &npy.FieldError{Name: name, Found: c.Describe(), Wanted: fmt.Sprintf("2 to %d bins a side", gridscore.MaxBins)}
		}
	}
	return c, nil
}

func scalar(dtype *npy.DType, name, kinds string) *npy.Column {
	c, err := dtype.Scalar(name, kinds)
	if err != nil {
		return nil
	}
	return &c
}

// rows are all rows of the input. q values, shares and rotations need the whole
// population, so it is held in memory.
type rows struct {
	layers []population.LayerMaps
	places []place // of each row
}

// unvisited is the share of bins never visited in all ratemaps.
func (r *rows) unvisited() float64 {
	missing, bins := 0, 0
	for _, l := range r.layers {
		for _, u := range l.Units {
			bins += len(u.Ratemap)
			for _, v := range u.Ratemap {
				if math.IsNaN(v) {
					missing++
				}
			}
		}
	}
	return float64(missing) / float64(bins)
}

// place is where a row's unit is, and what is kept of the row.
type place struct {
	layer, unit int
	kept        []byte
}

// record returns the number of a unit's row.
func (r *rows) record(layer string, unit int) int {
	return slices.IndexFunc(r.places, func(p place) bool { return p.unit == unit && r.layers[p.layer].Name == layer })
}

// read reads and decodes all rows. Those fields that are written again are kept
// as they are.
func (in *input) read(ctx context.Context, r *npy.Reader) (*rows, error) {
	kept := in.kept()
	keep := in.dtype.Copier(kept)
	all := &rows{}
	batch := max(1, min(256, (8<<20)/max(1, in.dtype.Size())))
	batches := npy.Prefetch(ctx, r, batch, 2)
	for {
		b, err := batches.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		var block npy.Rows // what is kept of the batch
		if !in.forget {
			block = npy.MakeRows(kept, b.Len())
		}
		for i := range b.Len() {
			if err := in.add(all, b.Row(i)); err != nil {
				return nil, fmt.Errorf("record %d: %w", len(all.places), err)
			}
			if !in.forget {
				row := block.Row(i)
				keep(row, b.Row(i))
				all.places[len(all.places)-1].kept = row
			}
		}
	}
}

// shiftedFields are not passed through: they are large, and of use only here.
var shiftedFields = []string{"ratemap_shifted", "direction_tuning_shifted", "speed_score_shifted", "split_half_r_shifted"}

// kept are the fields that are passed through.
func (in *input) kept() *npy.DType { return in.dtype.Without(shiftedFields...) }

// add decodes a row.
func (in *input) add(all *rows, row []byte) error {
	name := unnamedLayer
	if in.layer != nil {
		name = in.layer.String(row)
	}
	at := slices.IndexFunc(all.layers, func(l population.LayerMaps) bool { return l.Name == name })
	if at < 0 {
		at = len(all.layers)
		all.layers = append(all.layers, population.LayerMaps{Name: name})
	}
	l := &all.layers[at]
	maps, err := in.decode(row)
	if err != nil {
		return err
	}
	maps.Number = len(l.Units)
	if in.unit != nil {
		maps.Number = in.unit.Int(row)
	}
	all.places = append(all.places, place{layer: at, unit: len(l.Units)})
	l.Units = append(l.Units, maps)
	return nil
}

// decode returns the maps of a row.
func (in *input) decode(row []byte) (m population.Maps, err error) {
	for _, part := range []struct {
		to     *[]float64
		column *npy.Column
	}{
		{&m.Ratemap, &in.ratemap}, {&m.Occupancy, in.occupancy}, {&m.Unsmoothed, in.unsmoothed}, {&m.DirectionTuning, in.tuning},
		{&m.FirstHalf, in.firstHalf}, {&m.SecondHalf, in.secondHalf},
		{&m.ShiftedRatemaps, in.shiftedRatemaps}, {&m.ShiftedTunings, in.shiftedTunings},
		{&m.ShiftedSpeedScores, in.shiftedSpeeds}, {&m.ShiftedStabilities, in.shiftedHalves},
	} {
		if part.column == nil {
			continue
		}
		if *part.to, err = values(*part.column, row); err != nil {
			return m, err
		}
	}
	m.SpeedScore = math.NaN()
	if in.speed != nil {
		one, err := values(*in.speed, row)
		if err != nil {
			return m, err
		}
		m.SpeedScore = one[0]
	}
	if len(in.rebinned) > 0 {
		m.Rebinned = map[ratemap.Size[int]][]float64{}
	}
	for _, c := range in.rebinned {
		if m.Rebinned[binsOf(c)], err = values(c, row); err != nil {
			return m, err
		}
	}
	return m, nil
}

// values are those of a field; an infinite one is an error.
func values(c npy.Column, row []byte) ([]float64, error) {
	v := make([]float64, c.Len())
	c.Float64(v, row)
	if slices.ContainsFunc(v, func(x float64) bool { return math.IsInf(x, 0) }) {
		return nil, fmt.Errorf("%s holds an infinite value", c.Name)
	}
	return v, nil
}

// readUntrained reads the ratemaps of an untrained network into the layers of the
// same names. It returns their provenance.
func (f *flags) readUntrained(ctx context.Context, all *rows, bins ratemap.Size[int], stdin io.Reader) (npy.Provenance, error) {
	if f.Untrained == "" {
		return nil, nil
	}
	name := cli.DisplayName(f.Untrained)
	reader := cli.Records([]string{f.Untrained}, stdin)
	dtype, provenance, err := reader.Header()
	if err != nil {
		return nil, err
	}
	maps, err := dtype.Floats("ratemap", bins.X, bins.Y)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, pipeline.Explain(err, dtype, pipeline.Ratemaps))
	}
	in := &input{dtype: dtype, bins: bins, layer: scalar(dtype, "layer", "SU"), ratemap: maps, forget: true}
	untrained, err := in.read(ctx, reader)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for _, from := range untrained.layers {
		for i := range all.layers {
			if l := &all.layers[i]; l.Name == from.Name {
				for _, u := range from.Units {
					l.Untrained = append(l.Untrained, u.Ratemap)
				}
			}
		}
	}
	return provenance, nil
}
