// Package activations is the tool activations: it runs a trained network over
// encoded trajectories and writes the activities of its units.
//
// The tool reads the records that targets writes. It writes the same records
// without the codes, and adds lstm [T, H], bottleneck [T, N] and decoded_pos
// [T, 2] (m), the positions that the network predicts:
//
//	activations --checkpoint run.safetensors -o active.npy codes.npy
//	activations --checkpoint run.safetensors codes.npy | ratemaps -o mine.npy
//
// --path-integration writes how far the predicted positions and directions are
// from the true ones at each time step, for this network and for an untrained
// one:
//
//	activations --checkpoint run.safetensors --path-integration errors.json -o active.npy codes.npy
//
// Trajectories that the network was not trained for, such as those of another
// room, are refused; --allow-mismatch accepts them. Package pathintegration
// measures the errors, and this package has the flags and the fields.
package activations

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"gridcells/pkg/agreement"
	"gridcells/pkg/checkpoint"
	"gridcells/pkg/cli"
	"gridcells/pkg/ensemble"
	"gridcells/pkg/feed"
	"gridcells/pkg/npy"
	"gridcells/pkg/parallel"
	"gridcells/pkg/preset"
)

const description = `Run a trained network over encoded trajectories. Read records with ego_vel [T, 3] and the codes that targets adds. Write the same records without the codes, with the activities lstm [T, H] and bottleneck [T, N] and the positions decoded_pos [T, 2] (m) that the network predicts.

    simulate -n 4000 --seed 2 | targets | activations --checkpoint run.safetensors -o act.npy`

const details = `The trajectories may be others than those of the training, more or fewer, longer or shorter. Their room, motion, ego_vel and codes must be those of the training; the message names the flags that differ. --allow-mismatch accepts them, and the provenance of the output then records both values.

The codes may be those of another program than targets. decoded_pos then needs the centres of its place cells, from --centres or from the parameter place_centres in the input's provenance: [N, 2] in metres. Without them the output has no decoded_pos.`

type flags struct {
	cli.Common
	cli.Input
	cli.Output
	Parameters
	Preset                   string `help:"Set --dropout as an experiment had it: on in the released program (reference), off in the paper." enum:",${presets}" default:"" placeholder:"${preset_names}" group:"Network"`
	Checkpoint               string `help:"Read the network from this file: a checkpoint of train, or a safetensors file of weights." required:"" placeholder:"FILE" group:"Network" reads:"" file:""`
	PathIntegration          string `help:"Write loss, position errors and heading errors against time to this file as JSON, together with those of the untrained network. - is standard output, if the records go to a file." placeholder:"FILE" group:"Output" writes:""`
	UntrainedPathIntegration string `help:"Take the errors of the untrained network from this file instead of running it. --path-integration must have written the file for the same trajectories and the same initial weights." placeholder:"FILE" group:"Output" reads:"" more:""`
}

// Parameters are the flags that determine the output. They are recorded in its
// provenance.
type Parameters struct {
	Layers  []string          `json:"layers" help:"Write the activities of these layers: lstm, bottleneck." default:"lstm,bottleneck" group:"Network"`
	Dropout string            `json:"dropout" help:"Turn the dropout of the linear layer on or off." enum:"on,off" default:"off" group:"Network"`
	Decode  ensemble.Decoding `json:"decode" help:"Read positions from the place cells in this way: ${enum}. top3 is the mean of the 3 most active cells." enum:"top3,mean,argmax" default:"top3" group:"Network"`
	Centres string            `json:"centres,omitempty" help:"Read the centres of the place cells [N, 2] (m) from this .npy file, for codes that targets did not make." placeholder:"FILE" group:"Network" more:"" reads:"" file:""`
	Seed    uint64            `json:"seed" help:"Set the seed of dropout, and of the weights of the untrained network of --path-integration. Give the seed of the training." default:"1" group:"Common"`
	Batch   int               `json:"batch" help:"Run this number of trajectories at a time." default:"50" group:"Network" more:"" min:"1" max:"1048576"`
	cli.Drop
	AllowMismatch bool `json:"allow_mismatch,omitempty" help:"Accept data of another kind than those of the training, and record the differences." group:"Network" more:""`
}

// Details is the part of the help that only --help-all shows.
func (f *flags) Details() string { return details }

// Variables are the values of the enumerations.
func (f *flags) Variables() map[string]string { return preset.Variables("activations") }

// Validate checks the values that kong does not.
func (f *flags) Validate() error {
	if len(f.Layers) == 0 {
		return fmt.Errorf("--layers: want lstm, bottleneck or both")
	}
	for _, l := range f.Layers {
		if !slices.Contains(layers, l) {
			return fmt.Errorf("--layers: %q is not lstm or bottleneck", l)
		}
	}
	if f.UntrainedPathIntegration != "" && f.PathIntegration == "" {
		return fmt.Errorf("--untrained-path-integration: give --path-integration too")
	}
	return nil
}

// Run is the tool.
func Run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) error {
	var f flags
	if err := cli.Parse("activations", description, &f, args, stdin, stdout, stderr, cli.Preset(preset.Of("activations"))); err != nil {
		return err
	}
	out, err := f.CreateStream(stdout)
	if err != nil {
		return err
	}
	defer out.Discard()
	saved, err := checkpoint.Load(f.Checkpoint)
	if err != nil {
		return err
	}
	data, err := feed.Open(cli.Records(f.Files, stdin))
	if err != nil {
		return err
	}
	accepted, err := f.compare(saved, data)
	if err != nil {
		return err
	}
	team := parallel.New(f.Workers())
	defer team.Close()
	r, err := newRun(&f, saved, data, team)
	if err != nil {
		return err
	}
	f.remark(stderr, r, accepted)
	provenance, err := f.provenance(saved, data, accepted)
	if err != nil {
		return err
	}
	if err := r.startControl(stdin, provenance); err != nil {
		return err
	}
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

// compare finds out whether the network was trained for the preset, and whether the
// data are of the kind that it was trained on. It returns the differences that were
// accepted. A file of weights alone does not say what it was trained on.
func (f *flags) compare(saved *checkpoint.Checkpoint, data *feed.Feed) ([]agreement.Difference, error) {
	trained, err := f.compareTraining(saved)
	if err != nil {
		return nil, err
	}
	differences, err := agreement.Evaluation(saved.Provenance, data.Provenance)
	if err != nil {
		return nil, err
	}
	return append(trained, differences...), agreement.Check(f.Checkpoint, differences, f.AllowMismatch)
}

// compareTraining finds out whether the network was trained for the preset.
func (f *flags) compareTraining(saved *checkpoint.Checkpoint) ([]agreement.Difference, error) {
	if !saved.IsRun() {
		return nil, nil
	}
	parameters, err := saved.Parameters()
	if err != nil {
		return nil, err
	}
	differences, err := agreement.Trained(f.Preset, parameters, saved.Provenance)
	if err != nil {
		return nil, err
	}
	return differences, agreement.Check("--preset "+f.Preset, differences, f.AllowMismatch)
}

// derived is what the provenance records beside the flags: where the weights come
// from, and how their data differ from the input.
type derived struct {
	*checkpoint.Origin
	Accepted []agreement.Difference `json:"accepted,omitempty"`
}

// provenance is that of the output.
func (f *flags) provenance(saved *checkpoint.Checkpoint, data *feed.Feed, accepted []agreement.Difference) (npy.Provenance, error) {
	origin, err := saved.Origin(f.Checkpoint)
	if err != nil {
		return nil, err
	}
	recorded := f.Parameters
	if f.Centres != "" {
		recorded.Centres = filepath.Base(f.Centres)
	}
	stage, err := npy.NewStage("activations", cli.Version, recorded, derived{origin, accepted})
	return data.Provenance.Append(stage), err
}

// remark says on standard error which differences were accepted, and what the
// output lacks.
func (f *flags) remark(stderr io.Writer, r *run, accepted []agreement.Difference) {
	for _, d := range accepted {
		f.Remark(stderr, "activations", fmt.Sprintf("accepted: %s", d))
	}
	if r.decoder == nil && r.hasPlaceCells() {
		f.Remark(stderr, "activations", "the input does not say where its place cells lie: the output has no decoded_pos; give their centres with --centres")
	}
}
