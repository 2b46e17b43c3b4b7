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
x, second y; NaN: never visited) and direction_tuning [direction bins], which starts at −π.

    activations --checkpoint run.safetensors < eval.npy | ratemaps | gridscore | report -o run.pdf`

type flags struct {
	cli.Common
	cli.Input
	cli.Output
	Bins           int      `help:"Bins along a side of the room." default:"20" group:"Maps"`
	DirectionBins  int      `help:"Bins of head direction." default:"20" group:"Maps"`
	EnvSize        float64  `help:"Side of the room (m), or its diameter; default: what the input's provenance says, else 2.2." placeholder:"2.2" group:"Maps"`
	Layers         []string `help:"Fields that hold activities [T, units]; default: all of that shape that are no part of a trajectory, its codes or predictions." placeholder:"FIELD" group:"Fields"`
	PositionField  string   `help:"Field that holds the positions." default:"target_pos" placeholder:"FIELD" group:"Fields"`
	DirectionField string   `help:"Field that holds the head directions; default: target_hd, where there is one." placeholder:"FIELD" group:"Fields"`
}

// parameters are this stage's in the provenance.
type parameters struct {
	EnvSize       float64  `json:"env_size"`
	Bins          int      `json:"bins"`
	DirectionBins int      `json:"direction_bins"`
	Layers        []string `json:"layers"`
	PositionField string   `json:"position_field"`
}

// Run is the tool.
func Run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) error {
	var f flags
	if err := cli.Parse("ratemaps", description, &f, args, stdout, stderr); err != nil {
		return err
	}
	stopProfile, err := f.Profile()
	if err != nil {
		return err
	}
	defer stopProfile()
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
	stage, err := npy.NewStage("ratemaps", cli.Version,
		parameters{f.EnvSize, f.Bins, f.DirectionBins, a.names(), f.PositionField})
	if err != nil {
		return err
	}
	if err := f.average(ctx, a, reader, stdout, stderr); err != nil {
		return err
	}
	if !f.Quiet && a.outside > 0 {
		fmt.Fprintf(stderr, "ratemaps: %d of %d positions lie outside the room of %v m and are left out\n", a.outside, a.steps, f.EnvSize)
	}
	if err := a.write(out, provenance.Append(stage)); err != nil {
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

// averager adds up records.
type averager struct {
	workers  int
	batch    int // records
	position npy.Column
	room     ratemap.Square
	side     int // bins along it

	direction  npy.Column
	circle     ratemap.Circle
	directions bool // there are directions

	columns        []npy.Column // of the layers
	layers         []layer      // made with the first batch
	steps, outside int64
	// Of the batch at hand, by step.
	bins, turns []int32
}

func newAverager(in *npy.DType, f flags) (*averager, error) {
	a := &averager{workers: f.Workers(), side: f.Bins}
	var err error
	if a.room, err = ratemap.NewSquare(f.Bins, f.EnvSize); err != nil {
		return nil, &cli.UsageError{Err: err}
	}
	if a.circle, err = ratemap.NewCircle(f.DirectionBins); err != nil {
		return nil, &cli.UsageError{Err: err}
	}
	if a.position, err = in.Floats(f.PositionField, -1, 2); err != nil {
		return nil, err
	}
	if a.position.Type == npy.Float32 {
		a.room = a.room.Single()
	}
	if err := a.findDirections(in, f.DirectionField); err != nil {
		return nil, err
	}
	if a.columns, err = layerFields(in, f, a.position.Shape[0]); err != nil {
		return nil, err
	}
	// About 2 MB a batch: large against the cost of handing it out, and still in
	// the cache when it is added up.
	a.batch = max(1, min(1024, (2<<20)/in.Size()))
	return a, nil
}

// start allocates, once there is data: a header alone may claim anything.
func (a *averager) start() {
	for _, c := range a.columns {
		a.layers = append(a.layers, a.newLayer(c))
	}
	a.bins = make([]int32, a.batch*a.position.Shape[0])
	a.turns = make([]int32, len(a.bins))
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
	steps := a.position.Shape[0]
	n := batch.Len()
	parallel(a.workers, func(w int) {
		place := make([]float64, 2*steps)
		for i := w * n / a.workers; i < (w+1)*n/a.workers; i++ {
			row := batch.Row(i)
			a.position.Float64(place, row)
			a.room.Bins(a.bins[i*steps:(i+1)*steps], place)
			if a.directions {
				a.direction.Float64(place, row)
				a.circle.Bins(a.turns[i*steps:(i+1)*steps], place[:steps])
			}
			for _, l := range a.layers {
				l.decode(i, row)
			}
		}
	})
	bins, turns := a.bins[:n*steps], []int32(nil)
	if a.directions {
		turns = a.turns[:n*steps]
	}
	parallel(a.workers, func(w int) {
		for _, l := range a.layers {
			l.add(w, bins, turns)
		}
	})
	a.steps += int64(len(bins))
	for _, b := range bins {
		if b == ratemap.Outside {
			a.outside++
		}
	}
}

// write writes one row for each unit.
func (a *averager) write(w io.Writer, p npy.Provenance) error {
	width := 1
	for _, name := range a.names() {
		width = max(width, len([]rune(name)))
	}
	fields := []npy.Field{
		{Name: "layer", Type: npy.Unicode(width)},
		{Name: "unit", Type: npy.Int32},
		{Name: "ratemap", Type: npy.Float64, Shape: []int{a.side, a.side}},
	}
	if a.directions {
		fields = append(fields, npy.Field{Name: "direction_tuning", Type: npy.Float64, Shape: []int{a.circle.Cells()}})
	}
	d, err := npy.NewDType(fields...)
	if err != nil {
		return err
	}
	writer := npy.NewWriter(w, d, p)
	for _, l := range a.layers {
		if err := a.writeLayer(writer, d, l); err != nil {
			return err
		}
	}
	return writer.Close()
}

func (a *averager) writeLayer(w *npy.Writer, d *npy.DType, l layer) error {
	column := func(name string) npy.Column {
		f, _ := d.Field(name)
		return npy.Column{Field: f}
	}
	rates, tuning := make([]float64, a.room.Cells()), make([]float64, a.circle.Cells())
	const chunk = 256
	for from := 0; from < l.units(); from += chunk {
		rows := npy.MakeRows(d, min(chunk, l.units()-from))
		for i := range rows.Len() {
			row, unit := rows.Row(i), from+i
			if err := l.mean(unit, rates, tuning); err != nil {
				return fmt.Errorf("layer %s: %w", l.name(), err)
			}
			column("layer").PutString(row, l.name())
			column("unit").PutInt(row, unit)
			column("ratemap").PutFloat64(row, rates)
			if a.directions {
				column("direction_tuning").PutFloat64(row, tuning)
			}
		}
		if err := w.Write(rows); err != nil {
			return err
		}
	}
	return nil
}
