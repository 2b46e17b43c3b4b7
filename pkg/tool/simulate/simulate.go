// Package simulate is the tool simulate: it makes the trajectories of a
// foraging rat, from which a network learns.
//
// The tool draws trajectories from a motion model and writes one record for
// each: init_pos [2] (m), init_hd [1] (rad), ego_vel [T, 3], target_pos [T, 2]
// (m) and target_hd [T, 1] (rad). The centre of the arena is the origin.
//
//	simulate -n 1000 -o mine.npy
//	simulate -n 1000 --arena circle --env-size 1.5 --steps 200 --seed 2 -o disc.npy
//
// The default model is that of the paper. --set changes its parameters, and
// --parameters prints them. The model replay cuts trajectories from a recorded
// path instead. This path is in centimetres, and a corner of the box is at 0:
//
//	simulate --motion replay --path rat.csv --set scale=0.01 --env-size 1 -n 1000 -o recorded.npy
//
// --tfrecord writes TFRecord files in the layout of the released dataset, for
// other programs and for tfrecord2npy:
//
//	simulate -n 1000 --tfrecord shards --shards 4
//
// The same seed and flags give the same bytes at any number of threads. Package
// trajectory has the models, and this package has the flags and the files.
package simulate

import (
	"context"
	"io"

	"gridcells/pkg/cli"
	"gridcells/pkg/npy"
	"gridcells/pkg/tfrecord"
	"gridcells/pkg/trajectory"
)

// Run is the tool.
func Run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) error {
	f, err := parse(args, stdin, stdout, stderr)
	if err != nil {
		return err
	}
	if f.Print {
		return f.printParameters(stdout)
	}
	config, err := f.config()
	if err != nil {
		return err
	}
	if err := f.readPath(config, stderr); err != nil {
		return err
	}
	if err := f.check(config); err != nil {
		return err
	}
	progress := f.NewProgress(stdout, stderr, f.total(), "simulate", "trajectories")
	defer progress.Done()
	if f.TFRecord != "" {
		return f.writeShards(ctx, config, progress)
	}
	return f.writeStream(ctx, config, stdout, progress)
}

// check refuses settings that do not fit together, once the path of a replay is known.
func (f *flags) check(config trajectory.Config) error {
	if _, err := trajectory.NewGenerator(config); err != nil {
		return &cli.UsageError{Err: err}
	}
	if f.TFRecord != "" && f.N < int64(f.Shards) {
		return cli.Usagef("-n %d: want at least one trajectory for each of the --shards %d files", f.N, f.Shards)
	}
	return nil
}

// total is the number of trajectories, −1 if they have no end.
func (f *flags) total() int64 {
	if f.N == 0 {
		return -1
	}
	return f.N
}

const (
	// chunkRows is the largest number of trajectories in a chunk of the stream. It is part of
	// the bytes.
	chunkRows = 256
	// batchRows is the largest number of trajectories that a worker makes at a time. The
	// batches under way then fit into the second-level cache.
	batchRows = 64
)

// writeStream writes the trajectories as a record stream.
func (f *flags) writeStream(ctx context.Context, config trajectory.Config, stdout io.Writer, progress *cli.Progress) error {
	dtype, err := trajectory.DType(f.Steps)
	if err != nil {
		return err
	}
	stage, err := f.stage(config.Model)
	if err != nil {
		return err
	}
	out, err := f.CreateStream(stdout)
	if err != nil {
		return err
	}
	defer out.Discard()
	w := npy.NewWriter(out, dtype, npy.Provenance{stage})
	chunk := int64(dtype.Batch(npy.PipeBatch, chunkRows))
	// rows is how many trajectories follow the first ones, up to the end of a chunk or of the
	// stream.
	rows := func(first int64) int64 {
		n := chunk - first%chunk
		if f.N > 0 {
			n = min(n, f.N-first)
		}
		return n
	}
	planned, written := int64(0), int64(0)
	next := func() int {
		n := min(rows(planned), batchRows)
		planned += n
		return int(n)
	}
	p := production{workers: f.Workers(), first: f.Skip, next: next, newWorker: maker(config, nil)}
	err = p.run(ctx, func(b *batch) error {
		progress.Add(b.n)
		if written%chunk == 0 {
			if err := w.Chunk(int(rows(written))); err != nil {
				return err
			}
		}
		written += int64(b.n)
		return w.Write(npy.Rows{DType: dtype, Data: b.data})
	})
	if err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return out.Commit()
}

// maker returns a function that makes functions, one for each worker, that
// append trajectory k to dst: as a row, or as a TFRecord if there is an
// encoder.
func maker(config trajectory.Config, encoder *tfrecord.Encoder) func() appendFunc {
	return func() appendFunc {
		g, err := trajectory.NewGenerator(config)
		if err != nil {
			panic(err) // the same call has succeeded in Run
		}
		t := trajectory.New(config.Steps)
		if encoder == nil {
			return func(dst []byte, k uint64) []byte {
				g.Generate(k, t)
				return t.AppendRow(dst)
			}
		}
		var row, example []byte
		return func(dst []byte, k uint64) []byte {
			g.Generate(k, t)
			row = t.AppendRow(row[:0])
			example = encoder.Append(example[:0], row)
			return tfrecord.AppendRecord(dst, example)
		}
	}
}
