// Package ratemaps is the body of the tool `ratemaps`: it averages the
// activities of units over the bins of the room and of head direction.
package ratemaps

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"gridcells/pkg/cli"
	"gridcells/pkg/npy"
	"gridcells/pkg/ratemap"
)

const description = `Average the activity of units in each bin of the room, and in each bin of head direction.

Reads records, of any origin, with target_pos [T, 2] (m, the room's centre at 0), activities [T, units] in one or more
layers and, if there is one, target_hd [T, 1] (rad). Writes one row a unit: layer, unit, ratemap [bins, bins] (first axis
x, second y; NaN: never visited), direction_tuning [direction bins], which starts at −π, and occupancy [bins, bins] (steps).

With several --bins there are also ratemap_32 and so on, for gridscore --sensitivity; with --halves, ratemap_half_1 and
ratemap_half_2, for the stability of maps; with --shifts N, ratemap_shifted [N, bins, bins] and direction_tuning_shifted,
made of activities shifted in time against the trajectory: gridscore's null shift. Shifts hold all activities in memory.

    activations --checkpoint run.safetensors < eval.npy | ratemaps | gridscore | report -o run.pdf`

type flags struct {
	cli.Common
	cli.Input
	cli.Output
	cli.Drop
	Seed           uint64   `help:"Seed of the shifts." default:"1" group:"Common"`
	Preset         string   `help:"Bins of the released code (reference: 20) or of the paper (32)." enum:",reference,paper" default:"" placeholder:"reference|paper" group:"Maps"`
	Bins           []int    `help:"Bins along a side of the room; further numbers make further maps." default:"20" group:"Maps"`
	DirectionBins  int      `help:"Bins of head direction." default:"20" group:"Maps"`
	EnvSize        float64  `help:"Side of the room (m), or its diameter; default: what the input's provenance says, else 2.2." placeholder:"2.2" group:"Maps"`
	Halves         string   `help:"Also average halves of the data: every other record (records), or the first and the second half of each record (time)." enum:",records,time" default:"" placeholder:"records|time" group:"Maps"`
	Shifts         int      `help:"Also average activities shifted in time, so many times." default:"0" group:"Maps"`
	ShiftScope     string   `help:"Shift each record in itself, by its own draw (record), or all records behind one another (session), as for recordings." enum:"record,session" default:"record" group:"Maps"`
	ShiftLeast     float64  `help:"Least shift, as a fraction of the record or session." default:"0.1" group:"Maps"`
	Layers         []string `help:"Fields that hold activities [T, units]; default: all of that shape that are no part of a trajectory, its codes or predictions." placeholder:"FIELD" group:"Fields"`
	PositionField  string   `help:"Field that holds the positions." default:"target_pos" placeholder:"FIELD" group:"Fields"`
	DirectionField string   `help:"Field that holds the head directions; default: target_hd, where there is one." placeholder:"FIELD" group:"Fields"`
}

// presets are the differences between the released code and the paper that
// concern ratemaps.
var presets = map[string]map[string]string{
	"reference": {"bins": "20"},
	"paper":     {"bins": "32"},
}

// parameters are this stage's in the provenance.
type parameters struct {
	EnvSize        float64  `json:"env_size"`
	Bins           []int    `json:"bins"`
	DirectionBins  int      `json:"direction_bins"`
	Layers         []string `json:"layers"`
	PositionField  string   `json:"position_field"`
	DirectionField string   `json:"direction_field,omitempty"`
	Halves         string   `json:"halves,omitempty"`
	cli.Drop
	*shifts
}

func (f *flags) parameters(a *averager) parameters {
	p := parameters{EnvSize: f.EnvSize, Bins: f.Bins, DirectionBins: f.DirectionBins,
		Layers: a.names(), PositionField: f.PositionField, DirectionField: f.DirectionField, Halves: f.Halves, Drop: f.Drop}
	if f.Shifts > 0 {
		p.shifts = &shifts{f.Shifts, f.ShiftScope, f.ShiftLeast, f.Seed}
	}
	return p
}

// Validate checks the values that kong does not.
func (f *flags) Validate() error {
	if len(f.Bins) == 0 {
		return errors.New("--bins: give a number of bins")
	}
	for i, n := range f.Bins {
		if slices.Contains(f.Bins[:i], n) {
			return fmt.Errorf("--bins: %d is listed twice", n)
		}
	}
	if f.Shifts < 0 || !(f.ShiftLeast >= 0 && f.ShiftLeast < 0.5) {
		return errors.New("--shifts must not be negative, and --shift-least from 0 to below 0.5")
	}
	return nil
}

// Run is the tool.
func Run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) error {
	var f flags
	if err := cli.Parse("ratemaps", description, &f, args, stdin, stdout, stderr, cli.Preset(presets)); err != nil {
		return err
	}
	out, err := f.Create(stdout, true)
	if err != nil {
		return err
	}
	defer out.Discard()

	reader := cli.Records(f.Files, stdin)
	in, provenance, err := reader.Header()
	if err != nil {
		return err
	}
	if f.EnvSize == 0 {
		f.EnvSize = 2.2
		if _, err := provenance.Parameter("env_size", &f.EnvSize); err != nil {
			return err
		}
	}
	a, err := newAverager(in, f)
	if err != nil {
		return err
	}
	stage, err := npy.NewStage("ratemaps", cli.Version, f.parameters(a), nil)
	if err != nil {
		return err
	}
	if err := f.average(ctx, a, reader, stdout, stderr); err != nil {
		return err
	}
	if !f.Quiet && a.outside > 0 {
		fmt.Fprintf(stderr, "ratemaps: %d of %d positions lie outside the room of %v m and are left out\n", a.outside, a.steps, f.EnvSize)
	}
	if err := a.write(ctx, out, provenance.Append(stage)); err != nil {
		return err
	}
	return out.Commit()
}

// average reads all records.
func (f *flags) average(ctx context.Context, a *averager, reader *npy.Reader, stdout, stderr io.Writer) error {
	progress := f.NewProgress(stdout, stderr, -1, "ratemaps", "trajectories")
	defer progress.Done()
	rows := npy.Prefetch(ctx, reader, a.batch, 2)
	for {
		batch, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		a.add(batch)
		progress.Add(batch.Len())
	}
	switch {
	case a.steps == 0:
		return errors.New("the input holds no records: there is nothing to average")
	case a.outside == a.steps:
		return fmt.Errorf("none of the %d positions lies in a room of %v m around 0: set --env-size, or centre the positions", a.steps, f.EnvSize)
	}
	return nil
}

// notLayer tells the fields of trajectories, and of what the tools add to them,
// that have the shape of a layer but are none.
func notLayer(name string) bool {
	known := []string{"init_pos", "init_hd", "ego_vel", "target_pos", "target_hd", "decoded_pos"}
	return slices.Contains(known, name) || strings.HasPrefix(name, "place_") || strings.HasPrefix(name, "head_direction_")
}

// layerFields returns the fields to average, of T steps.
func layerFields(in *npy.DType, f flags, steps int) ([]npy.Column, error) {
	var columns []npy.Column
	for _, name := range f.Layers {
		c, err := in.Floats(name, steps, -1)
		if err != nil {
			return nil, err
		}
		columns = append(columns, c)
	}
	if len(f.Layers) > 0 {
		return columns, nil
	}
	for _, field := range in.Fields() {
		if notLayer(field.Name) || field.Name == f.PositionField || field.Name == f.DirectionField {
			continue
		}
		if c, err := in.Floats(field.Name, steps, -1); err == nil && c.Shape[1] > 0 {
			columns = append(columns, c)
		}
	}
	if len(columns) == 0 {
		return nil, fmt.Errorf("no activities: found the fields %s, wanted at least one of shape (%d, units); see --layers", in, steps)
	}
	return columns, nil
}

// kind is one of the maps that are made of every unit.
type kind struct {
	field string
	shape []int
	cells int
}

// bins are in which bin of each kind of map a batch's steps fall.
type bins struct {
	of [][]int32 // by kind
}

// averager adds up records.
type averager struct {
	workers  int
	batch    int // records
	position npy.Column
	rooms    []ratemap.Square
	kinds    []kind // the rooms' maps, then the direction tuning, then halves

	direction  npy.Column
	circle     ratemap.Circle
	directions bool   // there are directions
	halves     string // or ""
	shifts     shifts

	columns        []npy.Column // of the layers
	layers         []layer      // made with the first batch
	records        int64
	steps, outside int64
	occupancy      []float64
	all, out       *npy.DType // of the rows: with all fields, and without those to drop
	b              bins       // of the batch at hand
	kept           [2][]int32 // bins and turns of all steps, for shifts
}

func newAverager(in *npy.DType, f flags) (*averager, error) {
	a := &averager{workers: f.Workers(), halves: f.Halves, shifts: shifts{f.Shifts, f.ShiftScope, f.ShiftLeast, f.Seed}}
	var err error
	if a.position, err = in.Floats(f.PositionField, -1, 2); err != nil {
		return nil, err
	}
	for _, n := range f.Bins {
		room, err := ratemap.NewSquare(n, f.EnvSize)
		if err != nil {
			return nil, &cli.UsageError{Err: err}
		}
		if a.position.Type == npy.Float32 {
			room = room.Single()
		}
		a.rooms = append(a.rooms, room)
	}
	if a.circle, err = ratemap.NewCircle(f.DirectionBins); err != nil {
		return nil, &cli.UsageError{Err: err}
	}
	if err := a.findDirections(in, f.DirectionField); err != nil {
		return nil, err
	}
	if a.columns, err = layerFields(in, f, a.position.Shape[0]); err != nil {
		return nil, err
	}
	if f.Shifts > 0 && f.ShiftScope == "record" && a.position.Shape[0] < 2 {
		return nil, cli.Usagef("--shifts: records of a single step cannot be shifted in themselves; --shift-scope session shifts them all")
	}
	a.plan(f.Bins)
	// About 2 MB a batch: large against the cost of handing it out, and still in
	// the cache when it is added up.
	a.batch = max(1, min(1024, (2<<20)/in.Size()))
	if a.all, err = a.layout(); err != nil {
		return nil, err
	}
	a.out, err = f.Drop.From(a.all)
	return a, err
}

// plan lists the kinds of maps.
func (a *averager) plan(sides []int) {
	room := func(name string, n int) kind { return kind{name, []int{n, n}, n * n} }
	a.kinds = append(a.kinds, room("ratemap", sides[0]))
	for _, n := range sides[1:] {
		a.kinds = append(a.kinds, room(fmt.Sprintf("ratemap_%d", n), n))
	}
	if a.directions {
		n := a.circle.Cells()
		a.kinds = append(a.kinds, kind{"direction_tuning", []int{n}, n})
	}
	if a.halves != "" {
		a.kinds = append(a.kinds, room("ratemap_half_1", sides[0]), room("ratemap_half_2", sides[0]))
	}
	a.occupancy = make([]float64, a.kinds[0].cells)
}

// start allocates, once there is data: a header alone may claim anything.
func (a *averager) start() {
	for _, c := range a.columns {
		a.layers = append(a.layers, a.newLayer(c))
	}
	for range a.kinds {
		a.b.of = append(a.b.of, make([]int32, a.batch*a.position.Shape[0]))
	}
}

// findDirections looks for the directions, which need not be there unless they
// were asked for by name.
func (a *averager) findDirections(in *npy.DType, name string) (err error) {
	if name == "" {
		name = "target_hd"
		if _, ok := in.Field(name); !ok {
			return nil
		}
	}
	steps := a.position.Shape[0]
	if a.direction, err = in.Floats(name, steps); err != nil {
		a.direction, err = in.Floats(name, steps, 1)
	}
	a.directions = err == nil
	return err
}

func (a *averager) names() []string {
	var names []string
	for _, c := range a.columns {
		names = append(names, c.Name)
	}
	return names
}

// add adds a batch: first each worker decodes some of the records, then each
// adds up some of the units, over all records in their order.
func (a *averager) add(batch npy.Rows) {
	if a.layers == nil {
		a.start()
	}
	steps, n := a.position.Shape[0], batch.Len()
	parallel(a.workers, func(w int) {
		place := make([]float64, 2*steps)
		for i := w * n / a.workers; i < (w+1)*n/a.workers; i++ {
			a.findBins(i, batch.Row(i), place)
			for _, l := range a.layers {
				l.decode(i, batch.Row(i))
			}
		}
	})
	b := bins{}
	for _, of := range a.b.of {
		b.of = append(b.of, of[:n*steps])
	}
	parallel(a.workers, func(w int) {
		for _, l := range a.layers {
			l.add(w, &b)
		}
	})
	a.count(b.of[0])
	a.records += int64(n)
	if a.shifts.Count > 0 {
		a.keep(n, &b)
	}
}

// findBins finds the bins of the steps of record i; place is working memory.
func (a *averager) findBins(i int, row []byte, place []float64) {
	steps := a.position.Shape[0]
	a.position.Float64(place, row)
	at := func(kind int) []int32 { return a.b.of[kind][i*steps : (i+1)*steps] }
	for k, room := range a.rooms {
		room.Bins(at(k), place)
	}
	kind := len(a.rooms)
	if a.directions {
		a.direction.Float64(place, row)
		a.circle.Bins(at(kind), place[:steps])
		kind++
	}
	if a.halves == "" {
		return
	}
	first, second := at(kind), at(kind+1)
	copy(first, at(0))
	copy(second, at(0))
	for t := range first {
		later := t >= (steps+1)/2
		if a.halves == "records" {
			later = (a.records+int64(i))%2 == 1
		}
		if later {
			first[t] = ratemap.Outside
		} else {
			second[t] = ratemap.Outside
		}
	}
}

// count counts the steps.
func (a *averager) count(bins []int32) {
	a.steps += int64(len(bins))
	for _, b := range bins {
		if b == ratemap.Outside {
			a.outside++
		} else {
			a.occupancy[b]++
		}
	}
}

// layout plans the rows that the maps are written to.
func (a *averager) layout() (*npy.DType, error) {
	width := 1
	for _, name := range a.names() {
		width = max(width, len([]rune(name)))
	}
	fields := []npy.Field{{Name: "layer", Type: npy.Unicode(width)}, {Name: "unit", Type: npy.Int32}}
	for _, k := range a.kinds {
		fields = append(fields, npy.Field{Name: k.field, Type: npy.Float64, Shape: k.shape})
	}
	fields = append(fields, npy.Field{Name: "occupancy", Type: npy.Float64, Shape: a.kinds[0].shape})
	fields = append(fields, a.shiftedFields()...)
	return npy.NewDType(fields...)
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

func (a *averager) writeLayer(ctx context.Context, w *npy.Writer, d *npy.DType, l layer) error {
	column := func(name string) npy.Column {
		f, _ := d.Field(name)
		return npy.Column{Field: f}
	}
	shifted, err := a.shiftLayer(ctx, l)
	if err != nil {
		return fmt.Errorf("layer %s: %w", l.name(), err)
	}
	chunk := max(1, min(256, (8<<20)/d.Size()))
	keep := d.Copier(a.out)
	for from := 0; from < l.units(); from += chunk {
		rows := npy.MakeRows(d, min(chunk, l.units()-from))
		for i := range rows.Len() {
			row, unit := rows.Row(i), from+i
			for k, kind := range a.kinds {
				values := make([]float64, kind.cells)
				if err := l.mean(values, k, unit); err != nil {
					return fmt.Errorf("layer %s: %w", l.name(), err)
				}
				column(kind.field).PutFloat64(row, values)
			}
			column("layer").PutString(row, l.name())
			column("unit").PutInt(row, unit)
			column("occupancy").PutFloat64(row, a.occupancy)
			for _, s := range shifted {
				column(s.field).PutFloat32(row, s.of(unit))
			}
		}
		kept := npy.MakeRows(a.out, rows.Len())
		for i := range rows.Len() {
			keep(kept.Row(i), rows.Row(i))
		}
		if err := w.Write(kept); err != nil {
			return err
		}
	}
	return nil
}
