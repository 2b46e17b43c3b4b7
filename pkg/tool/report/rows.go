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
	"gridcells/pkg/pipeline"
	"gridcells/pkg/printable"
	"gridcells/pkg/results"

	"gonum.org/v1/gonum/stat"
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

// unnamedLayer is the layer of units whose rows name none, such as recorded cells.
const unnamedLayer = figure.Unnamed

// scored is what a stream of scored units holds.
type scored struct {
	layers     []figure.Layer
	provenance npy.Provenance
	// checkpoints has the provenance of each input of --over-training, by update.
	checkpoints map[float64]npy.Provenance
	directed    bool // mean vectors of head direction were measured
}

// readScored reads a stream to its end and closes it. Layers are in the order in
// which they appear. The name is for messages. If page is not nil, it gets what only a
// page for a browser shows.
func readScored(ctx context.Context, name string, reader *npy.Reader, page *pageRows) (*scored, error) {
	defer reader.Close()
	d, provenance, err := reader.Header()
	if err != nil {
		return nil, err
	}
	c, err := unitColumns(d)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, pipeline.Explain(err, d, pipeline.Scores))
	}
	s := &scored{provenance: provenance, directed: c.directionLength != nil}
	addToPage := page.units(d, c, provenance)
	err = eachRow(ctx, reader, func(row []byte) {
		l := layerOf(&s.layers, c.layerName(row))
		u := c.read(row, len(l.Units))
		l.Units = append(l.Units, u)
		addToPage(l.Name, u, row)
	})
	if err != nil {
		return nil, err
	}
	if len(s.layers) == 0 {
		return nil, fmt.Errorf("%s: no units: the input has no rows", name)
	}
	return s, nil
}

// eachRow calls take for each row that is left in a stream.
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

func (c *columns) layerName(row []byte) string {
	if c.layer != nil {
		return c.layer.String(row)
	}
	return unnamedLayer
}

// layerOf returns the layer of a name. It adds the layer if it is missing.
func layerOf(layers *[]figure.Layer, name string) *figure.Layer {
	k := slices.IndexFunc(*layers, func(l figure.Layer) bool { return l.Name == name })
	if k < 0 {
		k = len(*layers)
		*layers = append(*layers, figure.Layer{Name: name})
	}
	return &(*layers)[k]
}

// unnamedNull is the null of control scores whose rows name none.
const unnamedNull = "null"

// controlScores are the scores of one control of one layer.
type controlScores struct {
	layer, null string
	scores      []float64
	own         figure.Layer // the scores as units, where their own null maps are known
	cells       cellCounts
}

// cellCounts counts the types of cells among units as their rows are read.
type cellCounts struct {
	columns                      *columns // that tell the types
	units, border, headDirection int
	scales                       []float64 // of the grid cells (m)
}

// add counts the unit of a row.
func (n *cellCounts) add(row []byte) {
	c := n.columns
	n.units++
	if scalar(c.isBorder, row) > 0 {
		n.border++
	}
	if scalar(c.isHeadDirection, row) > 0 {
		n.headDirection++
	}
	if scale := scalar(c.scale, row); scalar(c.isGrid, row) > 0 && !math.IsNaN(scale) {
		n.scales = append(n.scales, scale)
	}
}

// result returns the counts of the types that the rows tell of. It is nil if they
// tell of none.
func (n *cellCounts) result() *results.ReportCells {
	c, cells := n.columns, &results.ReportCells{}
	if c.isBorder != nil {
		count := results.CountOf(n.border, n.units)
		cells.Border = &count
	}
	if c.isHeadDirection != nil {
		count := results.CountOf(n.headDirection, n.units)
		cells.HeadDirection = &count
	}
	if len(n.scales) > 0 {
		cells.Scale = &results.Range{
			Mean:  results.Of(stat.Mean(n.scales, nil)),
			Least: results.Of(slices.Min(n.scales)), Greatest: results.Of(slices.Max(n.scales)),
		}
	}
	if *cells == (results.ReportCells{}) {
		return nil
	}
	return cells
}

// A rowTaker takes from the rows of a control what only a page for a browser shows.
type rowTaker interface {
	// header is called once, before the rows. The name is for messages.
	header(name string, d *npy.DType) error
	take(row []byte)
}

// noRows takes nothing.
type noRows struct{}

func (noRows) header(string, *npy.DType) error { return nil }
func (noRows) take([]byte)                     {}

// readControl reads the scores of a stream by layer and, if there is a field null,
// by null. also gets all rows.
func readControl(ctx context.Context, name string, reader *npy.Reader, also rowTaker) ([]controlScores, npy.Provenance, error) {
	defer reader.Close()
	d, provenance, err := reader.Header()
	if err != nil {
		return nil, nil, err
	}
	c, err := controlColumns(d)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, pipeline.Explain(err, d, pipeline.Scores))
	}
	if err := also.header(name, d); err != nil {
		return nil, nil, err
	}
	null, err := d.Scalar("null", "SU")
	hasNull := err == nil
	var list []controlScores
	last := -1 // index of the last row's list, because rows of a kind stand together
	err = eachRow(ctx, reader, func(row []byte) {
		also.take(row)
		layer, kind := c.layerName(row), unnamedNull
		if hasNull {
			kind = null.String(row)
		}
		if last < 0 || list[last].layer != layer || list[last].null != kind {
			last = slices.IndexFunc(list, func(s controlScores) bool { return s.layer == layer && s.null == kind })
		}
		if last < 0 {
			last = len(list)
			list = append(list, controlScores{layer: layer, null: kind, cells: cellCounts{columns: c}})
		}
		score := scalar(c.score60, row)
		list[last].scores = append(list[last].scores, score)
		list[last].cells.add(row)
		if len(c.nulls) > 0 {
			list[last].own.Units = append(list[last].own.Units, figure.Unit{Score60: score, Own: c.own(row)})
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

// selectLayers returns the layers of these names. Without names it returns all,
// the linear layer first, because grid cells are looked for there.
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
			return nil, fmt.Errorf("--layers: there are no units of layer %q; the input has %s", name, layerNames(layers))
		}
		selected = append(selected, layers[k])
	}
	return selected, nil
}

func layerNames(layers []figure.Layer) string {
	names := make([]string, len(layers))
	for i, l := range layers {
		names[i] = printable.Short(l.Name, maxName)
	}
	return strings.Join(names, ", ")
}

// parseUnits reads a list of units and ranges such as "3,10-20". It returns nil for
// an empty list, which selects all units.
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
			return nil, fmt.Errorf("%q is neither a unit nor a range of units such as 10-20", part)
		}
		ranges = append(ranges, [2]int{first, last})
	}
	return func(u figure.Unit) bool {
		return slices.ContainsFunc(ranges, func(r [2]int) bool { return r[0] <= u.Number && u.Number <= r[1] })
	}, nil
}
