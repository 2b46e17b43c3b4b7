// Package ratemaps is the tool ratemaps: it averages the activities of units
// over the bins of the room and of head direction.
//
// A ratemap is the mean activity of a unit in each bin of the room. The tool
// reads records with target_pos [T, 2] (m), activities [T, units] and perhaps
// target_hd [T, 1] (rad). It writes one row for each unit: layer, unit, ratemap,
// direction_tuning and occupancy.
//
//	ratemaps -o mine.npy activations.npy
//	ratemaps --bins 32 --layers bottleneck activations.npy | gridscore -o fine.npy
//
// The records may come from any program, also from recorded cells. A bin that
// was never visited is NaN. Positions that do not fit the room are an error that
// says what may mend them: another unit, another origin or another size.
//
// --halves also averages two halves of the data, so that the stability of a map
// can be measured. --shifts also averages activities that are shifted in time,
// which the null shift of gridscore needs:
//
//	ratemaps --shifts 20 -o shifted.npy activations.npy
//
// Package ratemap does the averaging, and this package has the flags and the
// fields.
package ratemaps

import (
	"context"
	"errors"
	"fmt"
	"io"

	"gridcells/pkg/agreement"
	"gridcells/pkg/cli"
	"gridcells/pkg/npy"
)

// Run is the tool.
func Run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) error {
	f, err := parse(args, stdin, stdout, stderr)
	if err != nil {
		return err
	}
	out, err := f.CreateStream(stdout)
	if err != nil {
		return err
	}
	defer out.Discard()

	reader := cli.Records(f.Files, stdin)
	header, provenance, err := reader.Header()
	if err != nil {
		return err
	}
	if err := f.complete(provenance); err != nil {
		return err
	}
	doubt, err := agreement.Doubt(f.Preset, provenance)
	if err != nil {
		return err
	}
	f.Remark(stderr, "ratemaps", doubt)
	in, err := findInput(header, &f.Parameters)
	if err != nil {
		return err
	}
	next, err := f.surveyed(in, f.Batches(ctx, reader, in.batch(), f.Files, stdin))
	if err != nil {
		return err
	}
	a, err := newAverager(in, f)
	if err != nil {
		return err
	}
	if err := f.average(ctx, a, reader, next, stdout, stderr); err != nil {
		return err
	}
	if err := f.judge(a, provenance, stderr); err != nil {
		return err
	}
	stage, err := npy.NewStage("ratemaps", cli.Version, f.recorded(in.fields()), a.derived())
	if err != nil {
		return err
	}
	if err := a.write(ctx, out, provenance.Append(stage)); err != nil {
		return err
	}
	return out.Commit()
}

// average reads all records, which next returns in batches.
func (f *flags) average(ctx context.Context, a *averager, reader *npy.Reader, next func() (npy.Rows, error), stdout, stderr io.Writer) error {
	progress := f.NewProgress(stdout, stderr, -1, "ratemaps", "trajectories")
	defer progress.Done()
	for {
		batch, err := next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := a.add(ctx, batch); err != nil {
			return reader.Locate(err)
		}
		progress.Add(batch.Len())
	}
	if a.steps() == 0 {
		return errors.New("the input holds no records: there is nothing to average")
	}
	return a.finish(ctx)
}

// remark writes a line to standard error.
func (f *flags) remark(stderr io.Writer, format string, values ...any) {
	f.Remark(stderr, "ratemaps", fmt.Sprintf(format, values...))
}
