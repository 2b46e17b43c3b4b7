package gridscore

import (
	"math"

	"gridcells/pkg/cli"
	"gridcells/pkg/gridscore"
	"gridcells/pkg/npy"
	"gridcells/pkg/population"
)

// output is where the fields are in the rows written.
type output struct {
	dtype *npy.DType
	copy  func(dst, src []byte) // what is kept of the row read
	added []addition
	sac   *npy.Column // nil if autocorrelograms are dropped
}

// addition is a field that is added to the rows.
type addition struct {
	npy.Field
	put func(c npy.Column, row []byte, u *population.Unit)
}

// sacField is the name of the field of autocorrelograms.
const sacField = "sac"

// newOutput plans the rows written. Fields of the input that are dropped, and
// additions that are dropped, are left out.
func newOutput(in *input, s population.Settings, drop cli.Drop) (*output, error) {
	o := &output{}
	fields := []npy.Field{{Name: sacField, Type: npy.Float64, Shape: []int{2*s.Layout.X - 1, 2*s.Layout.Y - 1}}}
	for _, a := range additions(s) {
		fields = append(fields, a.Field)
	}
	all, err := in.dtype.With(fields...)
	if err != nil {
		return nil, err
	}
	kept, err := drop.From(all)
	if err != nil {
		return nil, err
	}
	o.dtype = kept.Without(shiftedFields...)
	for _, a := range additions(s) {
		if field, ok := o.dtype.Field(a.Name); ok {
			a.Field = field
			o.added = append(o.added, a)
		}
	}
	if field, ok := o.dtype.Field(sacField); ok {
		o.sac = &npy.Column{Field: field}
	}
	o.copy = in.dtype.Copier(o.dtype)
	return o, nil
}

// The rows of a chunk take at most chunkBytes. They are made in parts of partBytes, which
// stay in the processor's cache.
const (
	chunkBytes = 8 << 20
	chunkRows  = 256
	partBytes  = 1 << 17
)

// write writes the rows in chunks whose size does not depend on the threads. sacs is nil
// if there are no autocorrelograms to write.
func (o *output) write(w rowWriter, all *rows, sacs *sacs, p *population.Population) error {
	chunk, part := o.dtype.Batch(chunkBytes, chunkRows), o.dtype.Batch(partBytes, chunkRows)
	buffer := npy.MakeRows(o.dtype, min(part, len(all.places)))
	for record, end := 0, 0; record < len(all.places); {
		if record == end {
			end = min(record+chunk, len(all.places))
			if err := w.Chunk(end - record); err != nil {
				return err
			}
		}
		rows := buffer.Slice(0, min(part, end-record))
		for i := range rows.Len() {
			if err := o.fill(rows.Row(i), all, record, sacs, p); err != nil {
				return err
			}
			record++
		}
		if err := w.Write(rows); err != nil {
			return err
		}
	}
	return w.Close()
}

// fill makes a row of the output.
func (o *output) fill(row []byte, all *rows, record int, sacs *sacs, p *population.Population) error {
	err := all.view(record, func(read []byte) error {
		o.copy(row, read)
		return nil
	})
	if err != nil {
		return err
	}
	at := all.places[record]
	for _, a := range o.added {
		a.put(npy.Column{Field: a.Field}, row, p.Layers[at.layer].Units[at.unit])
	}
	if sacs == nil {
		return nil
	}
	return sacs.copy(*o.sac, row, at.layer, at.unit)
}

// suffix of the fields of a score.
func suffix(s population.Settings, k population.Key) string {
	text := ""
	if k.Definition != s.Definitions[0].Name {
		text = "_" + k.Definition
	}
	if k.Unvisited != s.Unvisited[0] {
		text += "_" + k.Unvisited.String()
	}
	return text
}

// number is a field of one float64.
func number(name string, value func(u *population.Unit) float64) addition {
	return addition{npy.Field{Name: name, Type: npy.Float64}, func(c npy.Column, row []byte, u *population.Unit) {
		c.PutFloat64(row, []float64{value(u)})
	}}
}

// integer is a field of one int32.
func integer(name string, value func(u *population.Unit) int) addition {
	return addition{npy.Field{Name: name, Type: npy.Int32}, func(c npy.Column, row []byte, u *population.Unit) {
		c.PutInt(row, value(u))
	}}
}

// flag is a field of one int32, 1 or 0.
func flag(name string, value func(u *population.Unit) bool) addition {
	return integer(name, func(u *population.Unit) int {
		if value(u) {
			return 1
		}
		return 0
	})
}

// array is a field of several float64.
func array(name string, value func(u *population.Unit) []float64, shape ...int) addition {
	return addition{npy.Field{Name: name, Type: npy.Float64, Shape: shape}, func(c npy.Column, row []byte, u *population.Unit) {
		c.PutFloat64(row, value(u))
	}}
}

// additions are the fields that gridscore adds besides the autocorrelogram, in their
// order.
func additions(s population.Settings) []addition {
	var added []addition
	for _, k := range s.Keys() {
		added = append(added, scoreAdditions(suffix(s, k), k)...)
	}
	added = append(added, geometryAdditions(s.BinLength())...)
	if s.CorrectEllipse {
		added = append(added, flag("ellipse_corrected", func(u *population.Unit) bool { return u.Corrected }))
	}
	added = append(added, cellAdditions()...)
	if s.Session {
		added = append(added, neuronAdditions()...)
	}
	for _, k := range s.NullKeys() {
		added = append(added, nullAdditions(k.Null+suffix(s, s.Score(k)), k)...)
	}
	return append(added, classAdditions()...)
}

func scoreAdditions(suffix string, k population.Key) []addition {
	return []addition{
		number("score_60"+suffix, func(u *population.Unit) float64 { return u.Scores[k].Sixty }),
		number("score_90"+suffix, func(u *population.Unit) float64 { return u.Scores[k].Ninety }),
		array("mask_60"+suffix, func(u *population.Unit) []float64 { return radii(u.Scores[k].Ring60) }, 2),
		array("mask_90"+suffix, func(u *population.Unit) []float64 { return radii(u.Scores[k].Ring90) }, 2),
	}
}

func radii(r gridscore.Ring) []float64 { return []float64{r.Inner, r.Outer} }

func geometryAdditions(binSize float64) []addition {
	return []addition{
		number("grid_scale_m", func(u *population.Unit) float64 { return u.Lattice.Scale * binSize }),
		number("grid_orientation_deg", func(u *population.Unit) float64 { return u.Lattice.Orientation }),
		number("grid_ellipticity", func(u *population.Unit) float64 { return u.Lattice.Ellipticity }),
		number("grid_ellipse_angle_deg", func(u *population.Unit) float64 { return u.Lattice.EllipseAngle }),
		number("grid_spacing_cv", func(u *population.Unit) float64 { return u.Lattice.SpacingCV }),
		number("grid_angle_sd_deg", func(u *population.Unit) float64 { return u.Lattice.AngleSD }),
		number("grid_peak_correlation", func(u *population.Unit) float64 { return u.Lattice.PeakCorrelation }),
		integer("grid_peaks", func(u *population.Unit) int { return u.Lattice.Peaks }),
	}
}

func cellAdditions() []addition {
	return []addition{
		number("border_score", func(u *population.Unit) float64 { return u.Cell.Border }),
		number("border_score_solstad", func(u *population.Unit) float64 { return u.Cell.BorderSolstad }),
		number("head_direction_length", func(u *population.Unit) float64 { return u.Cell.Direction }),
		number("head_direction_deg", func(u *population.Unit) float64 { return u.Cell.DirectionAngle * 180 / math.Pi }),
		number("head_direction_p_shift", func(u *population.Unit) float64 { return u.Cell.DirectionP }),
		number("spatial_information_bits_per_spike", func(u *population.Unit) float64 { return u.Cell.Information }),
		number("spatial_information_bits_per_s", func(u *population.Unit) float64 { return u.Cell.InformationRate }),
		number("spatial_information_p_shift", func(u *population.Unit) float64 { return u.Cell.InformationP }),
		number("sparsity", func(u *population.Unit) float64 { return u.Cell.Sparsity }),
		number("coherence", func(u *population.Unit) float64 { return u.Cell.Coherence }),
		number("split_half_r", func(u *population.Unit) float64 { return u.Cell.Stability }),
	}
}

// neuronAdditions are the measures of recorded neurons, whose rates are in Hz.
func neuronAdditions() []addition {
	return []addition{
		number("mean_rate_hz", func(u *population.Unit) float64 { return u.Cell.MeanRate }),
		number("peak_rate_hz", func(u *population.Unit) float64 { return u.Cell.PeakRate }),
		integer("fields", func(u *population.Unit) int { return u.Cell.Fields }),
		number("field_area_m2", func(u *population.Unit) float64 { return u.Cell.FieldArea }),
		number("border_score_p_shift", func(u *population.Unit) float64 { return u.Cell.BorderP }),
		number("border_score_solstad_p_shift", func(u *population.Unit) float64 { return u.Cell.BorderSolstadP }),
		number("split_half_r_p_shift", func(u *population.Unit) float64 { return u.Cell.StabilityP }),
		number("speed_score_p_shift", func(u *population.Unit) float64 { return u.Cell.SpeedP }),
	}
}

func nullAdditions(suffix string, k population.NullKey) []addition {
	return []addition{
		number("p_"+suffix, func(u *population.Unit) float64 { return u.Nulls[k].P }),
		number("q_"+suffix, func(u *population.Unit) float64 { return u.Nulls[k].Q }),
		number("threshold_95_"+suffix, func(u *population.Unit) float64 { return u.Nulls[k].Threshold95 }),
		number("threshold_99_"+suffix, func(u *population.Unit) float64 { return u.Nulls[k].Threshold99 }),
	}
}

// widestClass is the room for the name of a class.
const widestClass = 16

func classAdditions() []addition {
	return []addition{
		flag("is_grid", func(u *population.Unit) bool { return u.IsGrid }),
		flag("is_border", func(u *population.Unit) bool { return u.IsBorder }),
		flag("is_head_direction", func(u *population.Unit) bool { return u.IsHeadDirection }),
		{npy.Field{Name: "class", Type: npy.Unicode(widestClass)}, func(c npy.Column, row []byte, u *population.Unit) {
			c.PutString(row, string(u.Class()))
		}},
	}
}
