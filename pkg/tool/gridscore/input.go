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
	spikes      *npy.Column // in the map of a recorded neuron
	ratemap     npy.Column

	occupancy, tuning, unsmoothed   *npy.Column
	firstHalf, secondHalf           *npy.Column
	shiftedRatemaps, shiftedTunings *npy.Column
	speed                           *npy.Column // speed score, a number
	shiftedSpeeds, shiftedHalves    *npy.Column
	rebinned                        []npy.Column // ratemaps at other numbers of bins
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
	in := &input{dtype: dtype, layer: scalar(dtype, "layer", "SU"), unit: scalar(dtype, "unit", "iu"), spikes: scalar(dtype, "spikes", "iu"), speed: scalar(dtype, "speed_score", "f")}
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

// shiftedFields are not passed through: they are large, and of use only here.
var shiftedFields = []string{"ratemap_shifted", "direction_tuning_shifted", "speed_score_shifted", "split_half_r_shifted"}

// layerName is the name of the layer of a row.
func (in *input) layerName(row []byte) string {
	if in.layer == nil {
		return unnamedLayer
	}
	return in.layer.String(row)
}

// decode sets the maps of a row. It uses the slices of m again.
func (in *input) decode(row []byte, m *population.Maps) (err error) {
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
		if *part.to, err = values(*part.to, part.column, row); err != nil {
			return err
		}
	}
	m.SpeedScore = math.NaN()
	if in.speed != nil {
		one, err := values(nil, in.speed, row)
		if err != nil {
			return err
		}
		m.SpeedScore = one[0]
	}
	if len(in.rebinned) > 0 && m.Rebinned == nil {
		m.Rebinned = map[ratemap.Size[int]][]float64{}
	}
	for i := range in.rebinned {
		c := &in.rebinned[i]
		if m.Rebinned[binsOf(*c)], err = values(m.Rebinned[binsOf(*c)], c, row); err != nil {
			return err
		}
	}
	return nil
}

// values are those of a field, in the storage of v if they fit. An infinite one is an
// error.
func values(v []float64, c *npy.Column, row []byte) ([]float64, error) {
	n := c.Len()
	v = slices.Grow(v[:0], n)[:n]
	c.Float64(v, row)
	for _, x := range v {
		if math.IsInf(x, 0) {
			return nil, fmt.Errorf("%s holds an infinite value", c.Name)
		}
	}
	return v, nil
}

// readBytes is the size of a batch of rows that is read ahead. It fits into the
// processor's cache.
const readBytes = 1 << 17

// eachRow calls do with every row of the files, and with its number.
func (f *flags) eachRow(ctx context.Context, r *npy.Reader, d *npy.DType, files []string, stdin io.Reader, do func(record int, row []byte) error) error {
	next := f.Batches(ctx, r, d.Batch(readBytes, 256), files, stdin)
	for record := 0; ; {
		b, err := next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for i := range b.Len() {
			if err := do(record, b.Row(i)); err != nil {
				return fmt.Errorf("record %d: %w", record, err)
			}
			record++
		}
	}
}

// readUntrained reads the ratemaps of an untrained network into the layers of the
// same names. It returns their provenance.
func (f *flags) readUntrained(ctx context.Context, all *rows, bins ratemap.Size[int], stdin io.Reader) (npy.Provenance, error) {
	if f.Untrained == "" {
		return nil, nil
	}
	name := cli.DisplayName(f.Untrained)
	files := []string{f.Untrained}
	reader := cli.Records(files, stdin)
	dtype, provenance, err := reader.Header()
	if err != nil {
		return nil, err
	}
	maps, err := dtype.Floats("ratemap", bins.X, bins.Y)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, pipeline.Explain(err, dtype, pipeline.Ratemaps))
	}
	layer := &input{layer: scalar(dtype, "layer", "SU")}
	err = f.eachRow(ctx, reader, dtype, files, stdin, func(_ int, row []byte) error {
		untrained, err := values(nil, &maps, row)
		if err != nil {
			return err
		}
		if l := all.layer(layer.layerName(row)); l != nil {
			l.untrained = append(l.untrained, untrained)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return provenance, nil
}
