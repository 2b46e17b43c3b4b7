// Package ratemaps is the body of the tool `ratemaps`: it averages the
// activities of units over the bins of the room and of head direction.
package ratemaps

import (
	"context"
	"errors"
	"fmt"
	"io"

	"gridcells/pkg/cli"
	"gridcells/pkg/npy"
)

// Run is the tool.
func Run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) error {
	f, err := parse(args, stdin, stdout, stderr)
	if err != nil {
		return err
	}
	out, err := f.Create(stdout, true)
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
	in, err := findInput(header, &f.Parameters)
	if err != nil {
		return err
	}
	a, err := newAverager(in, f)
	if err != nil {
		return err
	}
	if err := f.average(ctx, a, reader, stdout, stderr); err != nil {
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

// average reads all records.
func (f *flags) average(ctx context.Context, a *averager, reader *npy.Reader, stdout, stderr io.Writer) error {
	progress := f.NewProgress(stdout, stderr, -1, "ratemaps", "trajectories")
	defer progress.Done()
	rows := npy.Prefetch(ctx, reader, a.batch, 2)
	next := rows.Next
	if f.Centre {
		held, err := hold(rows)
		if err != nil {
			return err
		}
		a.place.centre(held)
		next = held.next
	}
	for {
		batch, err := next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := a.add(batch); err != nil {
			return reader.Locate(err)
		}
		progress.Add(batch.Len())
	}
	if a.steps() == 0 {
		return errors.New("the input holds no records: there is nothing to average")
	}
	return a.finish()
}

// remark writes a line to standard error.
func (f *flags) remark(stderr io.Writer, format string, values ...any) {
	if !f.Quiet {
		fmt.Fprintf(stderr, "ratemaps: "+format+"\n", values...)
	}
}
