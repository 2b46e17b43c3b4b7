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

	"gridcells/pkg/celltype"
	"gridcells/pkg/figure"
	"gridcells/pkg/gridscore"
	"gridcells/pkg/npy"
)

// fields says where in a row a unit's values are. Columns that the stream lacks
// and the report can do without have no length.
type fields struct {
	layer, unit       npy.Column
	ratemap, sac      npy.Column
	score60, ring     npy.Column
	hasLayer, hasUnit bool
	hasSAC            bool
	hasRing           bool
	tuning            npy.Column
	hasTuning         bool
	class             npy.Column
	hasClass          bool
	measures          map[string]npy.Column // those that are there
	nulls             []nullFields
}

// nullFields are where gridscore compares units with their own null maps.
type nullFields struct {
	name         string
	threshold, q npy.Column
}

// unitFields finds what the pages show.
func unitFields(d *npy.DType) (f fields, err error) {
	if f, err = scoreFields(d); err != nil {
		return f, err
	}
	if _, f.hasUnit = d.Field("unit"); f.hasUnit {
		if f.unit, err = d.Scalar("unit", "iuf"); err != nil {
			return f, err
		}
	}
	if f.ratemap, err = d.Floats("ratemap", -1, -1); err != nil {
		return f, err
	}
	n := f.ratemap.Shape[0]
	if n < 1 || n != f.ratemap.Shape[1] {
		return f, &npy.FieldError{Name: "ratemap", Found: f.ratemap.Describe(), Wanted: "as many bins along x as along y, at least 1"}
	}
	for _, o := range []struct {
		name   string
		column *npy.Column
		found  *bool
		shape  []int
	}{
		{"sac", &f.sac, &f.hasSAC, []int{2*n - 1, 2*n - 1}},
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
	return f, f.findMeasures(d)
}

// measureNames are fields that gridscore adds.
var measureNames = []string{"grid_scale_m", "border_score", "is_border", "head_direction_length", "head_direction_deg"}

// findMeasures finds what else than gridness was measured.
func (f *fields) findMeasures(d *npy.DType) (err error) {
	if _, f.hasClass = d.Field("class"); f.hasClass {
		if f.class, err = d.Scalar("class", "SU"); err != nil {
			return err
		}
	}
	f.measures = map[string]npy.Column{}
	for _, name := range measureNames {
		if _, ok := d.Field(name); !ok {
			continue
		}
		if f.measures[name], err = d.Scalar(name, "iuf"); err != nil {
			return err
		}
	}
	return f.findNulls(d)
}

// findNulls finds where gridscore compares units with their own null maps.
func (f *fields) findNulls(d *npy.DType) error {
	for _, field := range d.Fields() {
		// Further definitions have their names appended: q_field_paper.
		name, ok := strings.CutPrefix(field.Name, "q_")
		if !ok || strings.Contains(name, "_") {
			continue
		}
		q, err := d.Scalar(field.Name, "f")
		if err != nil {
			return err
		}
		if _, ok := d.Field("threshold_95_" + name); !ok {
			continue
		}
		threshold, err := d.Scalar("threshold_95_"+name, "f")
		if err != nil {
			return err
		}
		f.nulls = append(f.nulls, nullFields{name, threshold, q})
	}
	return nil
}

// readMeasures returns nil where nothing was measured.
func (f *fields) readMeasures(row []byte) *figure.Measures {
	if len(f.measures) == 0 {
		return nil
	}
	value := func(name string) float64 {
		if c, ok := f.measures[name]; ok {
			return scalar(c, row)
		}
		return math.NaN()
	}
	return &figure.Measures{
		Scale: value("grid_scale_m"), Border: value("border_score"), IsBorder: value("is_border") > 0,
		DirectionLength: value("head_direction_length"), DirectionAngle: value("head_direction_deg") * math.Pi / 180,
	}
}

// readOwn reads what a unit's own null maps say.
func (f *fields) readOwn(row []byte) []figure.OwnNull {
	var own []figure.OwnNull
	for _, n := range f.nulls {
		own = append(own, figure.OwnNull{Null: n.name, Threshold95: scalar(n.threshold, row), Q: scalar(n.q, row)})
	}
	return own
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
const unnamedLayer = figure.Unnamed

// scored is what a stream of scored units holds.
type scored struct {
	layers     []figure.Layer
	provenance npy.Provenance
	// checkpoints are the provenance of all inputs, over training, by update.
	checkpoints map[float64]npy.Provenance
	directed    bool // mean vectors of head direction were measured
}

// readScored reads a stream to its end, sorts the units into layers, in the order
// in which the layers appear, and closes it. The name is for messages.
func readScored(ctx context.Context, name string, reader *npy.Reader) (*scored, error) {
	defer reader.Close()
	d, provenance, err := reader.Header()
	if err != nil {
		return nil, err
	}
	f, err := unitFields(d)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	s := &scored{provenance: provenance}
	_, s.directed = f.measures["head_direction_length"]
	err = eachRow(ctx, reader, func(row []byte) {
		l := layerOf(&s.layers, f.layerName(row))
		u := f.readUnit(row, len(l.Units))
		l.Units = append(l.Units, u)
	})
	if err != nil {
		return nil, err
	}
	if len(s.layers) == 0 {
		return nil, fmt.Errorf("%s: no units: the input has no rows", name)
	}
	return s, nil
}

// eachRow hands over all rows that are left.
func eachRow(ctx context.Context, reader *npy.Reader, take func(row []byte)) error {
	var buffer []byte
	for {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		rows, err := reader.Next(buffer, 64)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		buffer = rows.Data
		for i := range rows.Len() {
			take(rows.Row(i))
		}
	}
}

func (f *fields) layerName(row []byte) string {
	if f.hasLayer {
		return f.layer.String(row)
	}
	return unnamedLayer
}

// layerOf returns the layer of that name, which it adds where it is missing.
func layerOf(layers *[]figure.Layer, name string) *figure.Layer {
	k := slices.IndexFunc(*layers, func(l figure.Layer) bool { return l.Name == name })
	if k < 0 {
		k = len(*layers)
		*layers = append(*layers, figure.Layer{Name: name})
	}
	return &(*layers)[k]
}

// unnamedNull is the null of control scores whose rows do not name one.
const unnamedNull = "null"

// controlScores are scores of a layer's control.
type controlScores struct {
	layer, null string
	scores      []float64
	own         figure.Layer // the scores as units, where their own null maps are known
}

// readControl reads the scores of a stream, by layer and, where the field null
// tells several apart, by null.
func readControl(ctx context.Context, name string, reader *npy.Reader) ([]controlScores, npy.Provenance, error) {
	defer reader.Close()
	d, provenance, err := reader.Header()
	if err != nil {
		return nil, nil, err
	}
	f, err := scoreFields(d)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := f.findNulls(d); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	null, err := d.Scalar("null", "SU")
	hasNull := err == nil
	var list []controlScores
	last := -1 // rows of a kind stand together
	err = eachRow(ctx, reader, func(row []byte) {
		layer, kind := f.layerName(row), unnamedNull
		if hasNull {
			kind = null.String(row)
		}
		if last < 0 || list[last].layer != layer || list[last].null != kind {
			last = slices.IndexFunc(list, func(c controlScores) bool { return c.layer == layer && c.null == kind })
		}
		if last < 0 {
			last = len(list)
			list = append(list, controlScores{layer: layer, null: kind})
		}
		score := scalar(f.score60, row)
		list[last].scores = append(list[last].scores, score)
		if len(f.nulls) > 0 {
			list[last].own.Units = append(list[last].own.Units, figure.Unit{Score60: score, Own: f.readOwn(row)})
		}
	})
	if err != nil {
		return nil, nil, err
	}
	if len(list) == 0 {
		return nil, nil, fmt.Errorf("%s: no units: the input has no rows", name)
	}
	return list, provenance, nil
}

// readUnit reads a row; number is the unit's if the row does not say.
func (f *fields) readUnit(row []byte, number int) figure.Unit {
	if f.hasUnit {
		number = f.unit.Int(row)
	}
	u := figure.Unit{
		Number: number, Ratemap: readMap(f.ratemap, row),
		Score60: scalar(f.score60, row), Own: f.readOwn(row),
		Ring60: gridscore.Ring{Inner: math.NaN(), Outer: math.NaN()},
	}
	if f.hasSAC {
		u.SAC = readMap(f.sac, row)
	}
	if f.hasRing {
		var r [2]float64
		f.ring.Float64(r[:], row)
		u.Ring60 = gridscore.Ring{Inner: r[0], Outer: r[1]}
	}
	if f.hasClass {
		u.Class = celltype.Class(f.class.String(row))
	}
	u.Measures = f.readMeasures(row)
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
