package activations

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"gridcells/pkg/checkpoint"
	"gridcells/pkg/cli"
	"gridcells/pkg/feed"
	"gridcells/pkg/kernel"
	"gridcells/pkg/network"
	"gridcells/pkg/npy"
	"gridcells/pkg/parallel"
	"gridcells/pkg/pathintegration"
)

// run is one pass over the trajectories.
type run struct {
	flags *flags
	saved *checkpoint.Checkpoint
	data  *feed.Feed
	team  *parallel.Team
	net   *network.Network

	out        *npy.DType
	copy       func(dst, src []byte)
	lstm       *npy.Column // nil: not wanted
	bottleneck *npy.Column
	decoded    *npy.Column

	decoder *decoder // nil without place cells
	errors  *pathErrors
	control *control // nil: no errors are wanted

	engine *network.Engine
	batch  *network.Batch
	size   int // of engine and batch
	done   uint64
	rows   npy.Rows // being written
	source npy.Rows

	mu  sync.Mutex
	bad *npy.RecordError // the first value of the batch that is not finite
}

func newRun(f *flags, saved *checkpoint.Checkpoint, data *feed.Feed, team *parallel.Team) (*run, error) {
	r := &run{flags: f, saved: saved, data: data, team: team}
	if !saved.IsRun() {
		// Weights alone tell neither the loss nor how wide each initial code is.
		saved.Network.Loss = data.Loss()
		for i := range min(len(saved.Network.Heads), len(data.Heads)) {
			saved.Network.Heads[i].Init = data.Heads[i].Init
		}
	}
	if err := data.CheckHeads(saved.Network.Heads); err != nil {
		return nil, fmt.Errorf("%s: %w", f.Checkpoint, err)
	}
	var err error
	if r.net, err = saved.Restore(); err != nil {
		return nil, fmt.Errorf("%s: %w", f.Checkpoint, err)
	}
	if err := r.findDecoder(); err != nil {
		return nil, err
	}
	data.CheckFinite("target_pos", "target_hd")
	return r, r.layout()
}

// layers are the layers whose activities can be written.
var layers = []string{"lstm", "bottleneck"}

// layout plans the rows of the output: the fields of the input without the codes,
// and the activities.
func (r *run) layout() error {
	in := r.data.DType
	kept, err := r.flags.Drop.From(in)
	if err != nil {
		return err
	}
	var codes []string
	for _, h := range r.data.Heads {
		for _, quantity := range []string{"init", "target"} {
			codes = append(codes, strings.Replace(h.Name, "logits", quantity, 1))
		}
	}
	columns := []struct {
		name   string
		width  int
		wanted bool
		column **npy.Column
	}{
		{"lstm", r.net.Hidden, slices.Contains(r.flags.Layers, "lstm"), &r.lstm},
		{"bottleneck", r.net.Bottleneck, slices.Contains(r.flags.Layers, "bottleneck"), &r.bottleneck},
		{"decoded_pos", 2, r.decoder != nil, &r.decoded},
	}
	var added []npy.Field
	for _, c := range columns {
		if c.wanted {
			added = append(added, npy.Field{Name: c.name, Type: npy.Float32, Shape: []int{r.data.Steps, c.width}})
		}
	}
	if r.out, err = kept.Without(codes...).With(added...); err != nil {
		return err
	}
	for _, c := range columns {
		if !c.wanted {
			continue
		}
		column, err := r.out.Floats(c.name, r.data.Steps, c.width)
		if err != nil {
			return err
		}
		*c.column = &column
	}
	r.copy = in.Copier(r.out)
	return nil
}

func (r *run) hasPlaceCells() bool { return strings.HasPrefix(r.data.Heads[0].Name, "place") }

// findDecoder makes the place cells whose logits give the position, and what
// measures the errors. There is no decoder if nothing says where the cells lie.
func (r *run) findDecoder() error {
	centres, err := r.centres()
	if err != nil {
		return err
	}
	known := r.hasPlaceCells() && r.data.Ensembles.Known()
	switch {
	case centres != nil:
		r.decoder, err = r.decodeFrom(centres)
	case known:
		r.decoder, err = r.decodeTargets()
	}
	if err != nil {
		return err
	}
	if r.decoder != nil {
		for range r.team.Size() {
			r.decoder.members = append(r.decoder.members, pathintegration.NewDecoder(r.decoder.ensembles, r.decoder.cells, nil))
		}
	}
	if known {
		if r.errors, err = newPathErrors(r.data); err != nil {
			return err
		}
	}
	switch {
	case r.flags.PathIntegration == "":
		return nil
	case r.errors == nil:
		return fmt.Errorf("--path-integration needs place cells, the provenance that targets writes, and target_pos; the input lacks them")
	}
	return nil
}

func (r *run) run(ctx context.Context, w *npy.Writer, progress *cli.Progress) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r.data.Start(ctx, r.flags.Batch, !r.saved.Training.VelocityInputs, r.team)
	for {
		rows, err := r.data.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := r.prepare(rows.Len()); err != nil {
			return err
		}
		if err := r.data.Load(r.batch); err != nil {
			return err
		}
		options := network.Options{Dropout: r.flags.Dropout == "on", Seed: r.flags.Seed, Update: r.done}
		losses := r.engine.Forward(r.batch, options)
		r.done++
		r.source, r.bad = rows, nil
		r.team.Run(r.fill)
		if r.bad != nil {
			return r.data.Locate(r.bad)
		}
		r.errors.add(rows, r.rows, r.decoded, losses.Total)
		r.control.add(r, rows, losses.Total, options)
		if err := w.Write(r.rows); err != nil {
			return err
		}
		progress.Add(rows.Len())
	}
}

// prepare makes engine, batch and output rows for n trajectories.
func (r *run) prepare(n int) (err error) {
	if n == r.size {
		return nil
	}
	r.size = n
	r.batch = r.net.NewBatch(n, r.data.Steps)
	r.rows = npy.MakeRows(r.out, n)
	if r.engine, err = r.net.NewEngine(n, r.data.Steps, r.team); err != nil {
		return err
	}
	return r.control.prepare(r, n)
}

// fill writes a member's share of the output rows.
func (r *run) fill(member int) {
	from, to := parallel.Share(r.size, member, r.team.Size())
	x := make([]float32, r.data.Steps*max(r.net.Hidden, r.net.Bottleneck, 2))
	for b := from; b < to; b++ {
		row := r.rows.Row(b)
		r.copy(row, r.source.Row(b))
		if r.lstm != nil {
			r.gather(x, r.net.Hidden, func(t int) []float32 { return r.engine.Hidden(t, b) })
			r.put(r.lstm, b, x)
		}
		if r.bottleneck != nil {
			r.gather(x, r.net.Bottleneck, func(t int) []float32 { return r.engine.BottleneckRow(t, b, true) })
			r.put(r.bottleneck, b, x)
		}
		if r.decoder != nil {
			r.decoder.path(x, member, r.data.Steps, func(t int) []float32 { return r.engine.Logits(0, t, b) })
			r.put(r.decoded, b, x)
		}
	}
}

// put stores values in row b of the output. Values that are not finite are noted.
func (r *run) put(c *npy.Column, b int, x []float32) {
	row := r.rows.Row(b)
	c.PutFloat32(row, x)
	if kernel.FirstNonFinite(x[:c.Len()]) < 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if record := r.data.Record(b); r.bad == nil || record < r.bad.Record {
		r.bad = &npy.RecordError{Record: record, Err: fmt.Errorf("%w: the weights of %s are too large for this input", c.CheckRow(row), r.flags.Checkpoint)}
	}
}

func (r *run) gather(dst []float32, width int, at func(t int) []float32) {
	for t := range r.data.Steps {
		copy(dst[t*width:(t+1)*width], at(t))
	}
}
