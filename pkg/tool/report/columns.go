package report

import (
	"math"
	"strings"

	"gridcells/pkg/celltype"
	"gridcells/pkg/figure"
	"gridcells/pkg/gridscore"
	"gridcells/pkg/npy"
)

// columns are the fields of a row that the pages show. Those that a stream lacks
// are nil; only ratemap and score_60 are needed.
type columns struct {
	layer, unit, class          *npy.Column
	ratemap, sac                *npy.Column
	score60, ring               *npy.Column
	tuning, occupancy           *npy.Column
	scale, border, isBorder     *npy.Column
	isGrid, isHeadDirection     *npy.Column
	directionLength, directionD *npy.Column // of the mean vector: 0 to 1, degrees
	nulls                       []nullColumns
}

// nullColumns are the fields that compare a unit with its own null maps.
type nullColumns struct {
	name         string
	threshold, q npy.Column
}

// optional finds a field that may be absent: then the column is nil.
func optional(d *npy.DType, column **npy.Column, name string, find func(name string) (npy.Column, error)) error {
	if _, ok := d.Field(name); !ok {
		return nil
	}
	c, err := find(name)
	*column = &c
	return err
}

// unitColumns finds all that is shown of units.
func unitColumns(d *npy.DType) (*columns, error) {
	c, err := scoreColumns(d)
	if err != nil {
		return nil, err
	}
	ratemap, err := d.Floats("ratemap", -1, -1)
	if err != nil {
		return nil, err
	}
	c.ratemap = &ratemap
	n, m := ratemap.Shape[0], ratemap.Shape[1]
	if n < 1 || m < 1 {
		return nil, &npy.FieldError{Name: "ratemap", Found: ratemap.Describe(), Wanted: "at least one bin along x and one along y"}
	}
	number := func(name string) (npy.Column, error) { return d.Scalar(name, "iuf") }
	text := func(name string) (npy.Column, error) { return d.Scalar(name, "SU") }
	shaped := func(shape ...int) func(string) (npy.Column, error) {
		return func(name string) (npy.Column, error) { return d.Floats(name, shape...) }
	}
	for _, o := range []struct {
		name   string
		column **npy.Column
		find   func(string) (npy.Column, error)
	}{
		{"unit", &c.unit, number},
		{"class", &c.class, text},
		{"sac", &c.sac, shaped(2*n-1, 2*m-1)},
		{"mask_60", &c.ring, shaped(2)},
		{"direction_tuning", &c.tuning, shaped(-1)},
		{"occupancy", &c.occupancy, shaped(ratemap.Shape...)},
		{"grid_scale_m", &c.scale, number},
		{"border_score", &c.border, number},
		{"is_border", &c.isBorder, number},
		{"head_direction_length", &c.directionLength, number},
		{"head_direction_deg", &c.directionD, number},
	} {
		if err := optional(d, o.column, o.name, o.find); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// controlColumns finds what is needed of a control.
func controlColumns(d *npy.DType) (*columns, error) {
	c, err := scoreColumns(d)
	if err != nil {
		return nil, err
	}
	number := func(name string) (npy.Column, error) { return d.Scalar(name, "iuf") }
	for name, column := range map[string]**npy.Column{
		"grid_scale_m": &c.scale, "is_grid": &c.isGrid, "is_border": &c.isBorder, "is_head_direction": &c.isHeadDirection,
	} {
		if err := optional(d, column, name, number); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// scoreColumns finds layers, scores and what the units' own null maps say.
func scoreColumns(d *npy.DType) (*columns, error) {
	c := &columns{}
	score, err := d.Floats("score_60")
	if err != nil {
		return nil, err
	}
	c.score60 = &score
	if err := optional(d, &c.layer, "layer", func(name string) (npy.Column, error) { return d.Scalar(name, "SU") }); err != nil {
		return nil, err
	}
	for _, field := range d.Fields() {
		// The names of further definitions have one more part: q_field_paper.
		name, ok := strings.CutPrefix(field.Name, "q_")
		if _, has := d.Field("threshold_95_" + name); !ok || !has || strings.Contains(name, "_") {
			continue
		}
		q, err := d.Scalar(field.Name, "f")
		if err != nil {
			return nil, err
		}
		threshold, err := d.Scalar("threshold_95_"+name, "f")
		if err != nil {
			return nil, err
		}
		c.nulls = append(c.nulls, nullColumns{name, threshold, q})
	}
	return c, nil
}

// unnamedLayer is the layer of units whose rows name none, such as recorded cells.
const unnamedLayer = figure.Unnamed

func (c *columns) layerName(row []byte) string {
	if c.layer != nil {
		return c.layer.String(row)
	}
	return unnamedLayer
}

// read decodes a row. A unit whose row has no number gets the given one.
func (c *columns) read(row []byte, number int) figure.Unit {
	if c.unit != nil {
		number = c.unit.Int(row)
	}
	u := figure.Unit{
		Number: number, Ratemap: readMap(c.ratemap, row),
		Score60: scalar(c.score60, row), Own: c.own(row), Measures: c.measures(row),
		Ring60: gridscore.Ring{Inner: math.NaN(), Outer: math.NaN()},
	}
	if c.sac != nil {
		u.SAC = readMap(c.sac, row)
	}
	if c.ring != nil {
		var r [2]float64
		c.ring.Float64(r[:], row)
		u.Ring60 = gridscore.Ring{Inner: r[0], Outer: r[1]}
	}
	if c.class != nil {
		u.Class = celltype.Class(c.class.String(row))
	}
	if c.occupancy != nil {
		u.Occupancy = readMap(c.occupancy, row)
	}
	if c.tuning != nil {
		u.DirectionTuning = make([]float64, c.tuning.Len())
		c.tuning.Float64(u.DirectionTuning, row)
	}
	return u
}

// measures returns nil if nothing but gridness was measured.
func (c *columns) measures(row []byte) *figure.Measures {
	if c.scale == nil && c.border == nil && c.isBorder == nil && c.directionLength == nil && c.directionD == nil {
		return nil
	}
	return &figure.Measures{
		Scale: scalar(c.scale, row), Border: scalar(c.border, row), IsBorder: scalar(c.isBorder, row) > 0,
		DirectionLength: scalar(c.directionLength, row), DirectionAngle: scalar(c.directionD, row) * math.Pi / 180,
	}
}

// own returns what the unit's own null maps say.
func (c *columns) own(row []byte) []figure.OwnNull {
	var own []figure.OwnNull
	for _, n := range c.nulls {
		own = append(own, figure.OwnNull{Null: n.name, Threshold95: scalar(&n.threshold, row), Q: scalar(&n.q, row)})
	}
	return own
}

// scalar returns the number in a row; NaN if the column is absent.
func scalar(c *npy.Column, row []byte) float64 {
	if c == nil {
		return math.NaN()
	}
	var v [1]float64
	c.Float64(v[:], row)
	return v[0]
}

func readMap(c *npy.Column, row []byte) figure.Map {
	m := figure.Map{Rows: c.Shape[0], Columns: c.Shape[1], Values: make([]float64, c.Len())}
	c.Float64(m.Values, row)
	return m
}
