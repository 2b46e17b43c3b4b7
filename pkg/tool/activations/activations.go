// Package activations is the body of the tool `activations`: it runs a trained
// network over encoded trajectories and writes its units' activities.
package activations

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"gridcells/pkg/checkpoint"
	"gridcells/pkg/cli"
	"gridcells/pkg/ensemble"
	"gridcells/pkg/feed"
	"gridcells/pkg/network"
	"gridcells/pkg/npy"
	"gridcells/pkg/parallel"
	"gridcells/pkg/pathintegration"
)

const description = `Run a trained network over encoded trajectories and write its units' activities.

Reads records with ego_vel [T, 3] and the codes that targets adds; writes the same records without the codes, with
lstm [T, H], bottleneck [T, N] and decoded_pos [T, 2] (m) added.

    simulate -n 4000 --seed 2 | targets | activations --checkpoint run.safetensors | ratemaps | gridscore | report -o run.pdf`

type flags struct {
	cli.Common
	cli.Input
	cli.Output
	cli.Drop
	Seed            uint64   `help:"Seed of the dropout, and of the initial weights of the untrained network beside the errors of --path-integration: that of the training." default:"1" group:"Common"`
	Preset          string   `help:"Settings of the released code (reference: dropout on) or of the paper (off)." enum:",reference,paper" default:"" placeholder:"reference|paper" group:"Network"`
	Checkpoint      string   `help:"The network: a checkpoint of train, or a safetensors file of weights." required:"" placeholder:"FILE" group:"Network" reads:""`
	Layers          []string `help:"Layers to write: lstm, bottleneck." default:"lstm,bottleneck" group:"Network"`
	Dropout         string   `help:"Dropout of the linear layer: ${enum}. The released code leaves it on." enum:"on,off" default:"off" group:"Network"`
	Decode          string   `help:"How to read positions from the place cells: ${enum}." enum:"top3,mean,argmax" default:"top3" group:"Network"`
	Batch           int      `help:"Trajectories to run at a time." default:"50" group:"Network"`
	PathIntegration string   `help:"Write loss, position and heading errors against time as JSON, beside those of the untrained network; - is standard output, if the records go to a file." placeholder:"FILE" group:"Output" writes:""`
}

var presets = map[string]map[string]string{
	"reference": {"dropout": "on"},
	"paper":     {"dropout": "off"},
}

// Validate checks the values that kong does not.
func (f *flags) Validate() error {
	for _, l := range f.Layers {
		if l != "lstm" && l != "bottleneck" {
			return fmt.Errorf("--layers: %q is not lstm or bottleneck", l)
		}
	}
	if f.Batch <= 0 {
		return fmt.Errorf("--batch must be above 0")
	}
	return nil
}

// Run is the tool.
func Run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) error {
	var f flags
	if err := cli.Parse("activations", description, &f, args, stdin, stdout, stderr, cli.Preset(presets)); err != nil {
		return err
	}
	out, err := f.Create(stdout, true)
	if err != nil {
		return err
	}
	defer out.Discard()
	saved, err := checkpoint.Load(f.Checkpoint)
	if err != nil {
		return err
	}
	reader := cli.Records(f.Files, stdin)
	data, err := feed.Open(reader)
	if err != nil {
		return err
	}
	team := f.NewTeam()
	defer team.Close()
	r, err := newRun(&f, saved, data, team)
	if err != nil {
		return err
	}
	stage, err := npy.NewStage("activations", cli.Version, r.parameters(), nil)
	if err != nil {
		return err
	}
	provenance := data.Provenance.Append(stage)
	w := npy.NewWriter(out, r.out, provenance)
	progress := f.NewProgress(stdout, stderr, -1, "activations", "trajectories")
	defer progress.Done()
	if err := r.run(ctx, w, progress); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return err
	}
	return r.writePathIntegration(f.PathIntegration, stdout, provenance)
}

// run is one pass over the trajectories.
type run struct {
	flags  *flags
	saved  *checkpoint.Checkpoint
	origin *checkpoint.Origin
	data   *feed.Feed
	team   *parallel.Team
	net    *network.Network

	out        *npy.DType
	copy       func(dst, src []byte)
	lstm       *npy.Column // nil: not wanted
	bottleneck *npy.Column
	decoded    *npy.Column

	decoder *decoder // nil without place cells
	errors  *pathErrors
	control *control // nil: not compared

	engine *network.Engine
	batch  *network.Batch
	size   int // of engine and batch
	done   uint64
	rows   npy.Rows // being written
	source npy.Rows
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
	if !slices.Equal(saved.Network.Heads, data.Heads) {
		return nil, fmt.Errorf("the network of %s predicts %s, but the input has codes for %s",
			f.Checkpoint, describeHeads(saved.Network.Heads), describeHeads(data.Heads))
	}
	var err error
	if r.net, err = network.New(saved.Network); err != nil {
		return nil, err
	}
	if err := saved.RestoreWeights(r.net); err != nil {
		return nil, fmt.Errorf("%s: %w", f.Checkpoint, err)
	}
	if r.origin, err = saved.Origin(f.Checkpoint); err != nil {
		return nil, err
	}
	if err := r.layout(); err != nil {
		return nil, err
	}
	return r, r.findDecoder()
}

func describeHeads(heads []network.Head) string {
	var parts []string
	for _, h := range heads {
		text := fmt.Sprintf("%s (%d)", h.Name, h.Cells)
		if h.Init > 0 {
			text = fmt.Sprintf("%s (%d from %d)", h.Name, h.Cells, h.Init)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

// layout plans the output's rows: the input's fields without the codes, and
// the activities.
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
	var added []npy.Field
	add := func(name string, width int) {
		added = append(added, npy.Field{Name: name, Type: npy.Float32, Shape: []int{r.data.Steps, width}})
	}
	if slices.Contains(r.flags.Layers, "lstm") {
		add("lstm", r.net.Hidden)
	}
	if slices.Contains(r.flags.Layers, "bottleneck") {
		add("bottleneck", r.net.Bottleneck)
	}
	if r.hasPlaceCells() {
		add("decoded_pos", 2)
	}
	if r.out, err = kept.Without(codes...).With(added...); err != nil {
		return err
	}
	for _, f := range added {
		column, err := r.out.Floats(f.Name, f.Shape...)
		if err != nil {
			return err
		}
		*map[string]**npy.Column{"lstm": &r.lstm, "bottleneck": &r.bottleneck, "decoded_pos": &r.decoded}[f.Name] = &column
	}
	r.copy = in.Copier(r.out)
	return nil
}

func (r *run) hasPlaceCells() bool { return strings.HasPrefix(r.data.Heads[0].Name, "place") }

// findDecoder makes the place cells whose logits give the position. The input
// says where they lie; a checkpoint's own record must agree.
func (r *run) findDecoder() error {
	if !r.hasPlaceCells() {
		return nil
	}
	named, err := r.data.Ensembles.Build()
	if err != nil {
		return fmt.Errorf("the input's provenance: %w", err)
	}
	cells, ok := named[0].Ensemble.(*ensemble.PlaceCells)
	if !ok || r.data.Ensembles.TargetsType.Width(cells) != r.data.Heads[0].Cells {
		return fmt.Errorf("the input has codes of %d place cells, but its provenance does not tell where they lie; make the codes with targets", r.data.Heads[0].Cells)
	}
	if r.saved.IsRun() && !sameCells(r.saved.Ensembles, r.data.Ensembles) {
		return fmt.Errorf("%s was trained on other ensembles than the input's: %+v, not %+v", r.flags.Checkpoint, r.saved.Ensembles, r.data.Ensembles)
	}
	r.decoder = &decoder{cells: cells, ensembles: r.data.Ensembles, how: ensemble.Decoding(r.flags.Decode)}
	if how := pathintegration.Decodings(r.data.Ensembles.TargetsType); len(how) == 1 {
		r.decoder.how = how[0] // there is no other way
	}
	if r.errors, err = newPathErrors(r.data); err != nil || r.errors == nil || r.flags.PathIntegration == "" {
		return err
	}
	r.control, err = r.newControl()
	return err
}

// sameCells reports whether two configurations have the same cells; how their
// activities are coded may differ, unless the targets are no activities.
func sameCells(a, b ensemble.Config) bool {
	return (a.TargetsType == ensemble.Cartesian) == (b.TargetsType == ensemble.Cartesian) && a.EnvSize == b.EnvSize && a.Periodic == b.Periodic && a.NeuronsSeed == b.NeuronsSeed &&
		slices.Equal(a.NPC, b.NPC) && slices.Equal(a.PCScale, b.PCScale) &&
		slices.Equal(a.NHDC, b.NHDC) && slices.Equal(a.HDCConcentration, b.HDCConcentration)
}

// decode is how positions are read.
func (r *run) decode() string {
	if r.decoder == nil {
		return r.flags.Decode
	}
	return string(r.decoder.how)
}

// parameters describe the stage in the provenance.
func (r *run) parameters() any {
	return struct {
		*checkpoint.Origin
		Layers  []string `json:"layers"`
		Dropout string   `json:"dropout"`
		Decode  string   `json:"decode"`
		Seed    uint64   `json:"seed"`
		Batch   int      `json:"batch"`
		cli.Drop
	}{r.origin, r.flags.Layers, r.flags.Dropout, r.flags.Decode, r.flags.Seed, r.flags.Batch, r.flags.Drop}
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
		r.data.Load(r.batch)
		options := network.Options{Dropout: r.flags.Dropout == "on", Seed: r.flags.Seed, Update: r.done}
		losses := r.engine.Forward(r.batch, options)
		r.done++
		r.source = rows
		r.team.Run(r.fill)
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
	if r.engine, err = r.net.NewEngine(n, r.data.Steps, r.team); err != nil || r.control == nil {
		return err
	}
	r.control.engine, err = r.control.net.NewEngine(n, r.data.Steps, r.team)
	return err
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
			r.lstm.PutFloat32(row, x)
		}
		if r.bottleneck != nil {
			r.gather(x, r.net.Bottleneck, func(t int) []float32 { return r.engine.BottleneckRow(t, b, true) })
			r.bottleneck.PutFloat32(row, x)
		}
		if r.decoder != nil {
			r.decoder.path(x, r.data.Steps, func(t int) []float32 { return r.engine.Logits(0, t, b) })
			r.decoded.PutFloat32(row, x)
		}
	}
}

func (r *run) gather(dst []float32, width int, at func(t int) []float32) {
	for t := range r.data.Steps {
		copy(dst[t*width:(t+1)*width], at(t))
	}
}
