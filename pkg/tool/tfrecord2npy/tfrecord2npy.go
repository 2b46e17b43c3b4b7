// Package tfrecord2npy is the tool tfrecord2npy: it turns TFRecord files of
// trajectories into a record stream.
//
// The files have the layout of the dataset that was released with Banino et al.
// (2018). simulate --tfrecord writes the same layout. A directory stands for all
// files in it with .tfrecord in their names, or else for those that end like
// -00000-of-01024. A missing shard is an error:
//
//	simulate -n 1000 --tfrecord shards --shards 4
//	tfrecord2npy -o all.npy shards
//
// A training wants records in random order and without end. --shuffle reads the
// files in a random order and draws records from a buffer. --repeat starts again
// at the end, with a new order:
//
//	tfrecord2npy --shuffle --repeat shards | targets | train --steps 1000 --checkpoint shuffled.safetensors
//
// Both checksums of every record are verified. A damaged record is an error that
// names its file, its number and its byte offset; --skip-corrupt counts it and
// goes on. Package tfrecord has the format, and this package has the order.
package tfrecord2npy

import (
	"context"
	"fmt"
	"io"

	"gridcells/pkg/cli"
)

// Run is the tool.
func Run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) error {
	var f flags
	if err := cli.Parse("tfrecord2npy", description, &f, args, stdin, stdout, stderr); err != nil {
		return err
	}
	out, err := f.CreateStream(stdout)
	if err != nil {
		return err
	}
	defer out.Discard()
	d, err := f.dataset(stdin)
	if err != nil {
		return err
	}
	if err := f.keepInputs(d.Files, stdin, stdout); err != nil {
		return err
	}
	provenance, err := f.origin()
	if err != nil {
		return err
	}
	stage, err := f.stage()
	if err != nil {
		return err
	}
	progress := f.NewProgress(stdout, stderr, -1, "tfrecord2npy", "trajectories")
	defer progress.Done()
	c := &converter{records: d.Open(), out: out, provenance: provenance.Append(stage), skip: f.Skip, limit: f.Limit, skipCorrupt: f.SkipCorrupt, progress: progress}
	defer c.records.Close()
	err = c.run(ctx)
	if n := c.skipped + c.records.Skipped(); n > 0 {
		f.Remark(stderr, "tfrecord2npy", fmt.Sprintf("skipped %d corrupt records", n))
	}
	if err != nil {
		return err
	}
	return out.Commit()
}
