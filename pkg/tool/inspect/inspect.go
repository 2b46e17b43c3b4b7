// Package inspect is the body of the tool `inspect`: it tells what is in record
// streams, TFRecord files and checkpoints.
package inspect

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"gridcells/pkg/cli"
	"gridcells/pkg/inspect"
)

const description = `Tell what is in record streams, TFRecord files and checkpoints.

Reads each file to its end. Prints its format, the number of its records, the tools that made it with their parameters,
and the type, shape, range and mean of every field. A damaged file is described up to the damage; then the status is 1.

    simulate -n 1000 | targets | inspect
    inspect run.safetensors shards/*.tfrecord`

type flags struct {
	cli.Common
	cli.Input
	Output string `help:"Write to this file, whole or not at all. The default, -, is standard output." short:"o" default:"-" placeholder:"FILE" group:"Output" writes:""`
	JSON   bool   `help:"Write one JSON object for each file, on a line of its own." name:"json" group:"Output"`
}

// Run is the tool.
func Run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) error {
	var f flags
	if err := cli.Parse("inspect", description, &f, args, stdin, stdout, stderr); err != nil {
		return err
	}
	out, err := cli.Output{Output: f.Output, Compress: "none"}.Create(stdout, false)
	if err != nil {
		return err
	}
	defer out.Discard()
	if len(f.Files) == 0 {
		f.Files = []string{"-"}
	}
	damaged := 0
	for _, name := range f.Files {
		summary, err := read(name, stdin)
		if cause := context.Cause(ctx); cause != nil {
			return cause // the input is not damaged: it was not read to its end
		}
		if err != nil {
			return err
		}
		if summary.Damaged != "" {
			damaged++
		}
		if err := f.write(out, summary); err != nil {
			return err
		}
	}
	if err := out.Commit(); err != nil {
		return err
	}
	if damaged > 0 {
		return fmt.Errorf("%d of %d inputs damaged", damaged, len(f.Files))
	}
	return nil
}

// read describes one input, a file or standard input.
func read(name string, stdin io.Reader) (*inspect.Summary, error) {
	r, err := cli.Open(name, stdin)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return inspect.Read(r, cli.DisplayName(name))
}

// write writes one description in a single call, so that it appears as a whole.
func (f *flags) write(w io.Writer, s *inspect.Summary) error {
	var b bytes.Buffer
	var err error
	if f.JSON {
		err = json.NewEncoder(&b).Encode(s)
	} else {
		err = s.Text(&b)
	}
	if err != nil {
		return err
	}
	_, err = w.Write(b.Bytes())
	return err
}
