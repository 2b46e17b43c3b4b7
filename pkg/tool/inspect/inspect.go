// Package inspect is the tool inspect: it tells what is in record streams,
// TFRecord files and checkpoints.
//
// The tool reads a file to its end and prints its format, the number of its
// records, and the type, shape, range and mean of every field. It describes a
// damaged file up to the damage and then fails.
//
//	inspect trajectories.npy run.safetensors
//	inspect --json -o summary.json scores.npy
//
// The outputs of the tools hold their provenance: each stage that handled them,
// with its version and parameters. --commands turns the provenance into a bash
// script that makes the file again:
//
//	inspect --commands -o again.sh scores.npy
//
// The package gridcells/pkg/inspect reads the files, package rerun writes the
// commands, and this package has the flags.
package inspect

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"gridcells/pkg/checkpoint"
	"gridcells/pkg/cli"
	"gridcells/pkg/inspect"
	"gridcells/pkg/npy"
	"gridcells/pkg/printable"
	"gridcells/pkg/rerun"
)

const description = `Tell what is in record streams, TFRecord files and checkpoints.

Read each file to its end. Print its format, the number of its records, the tools that made it with their parameters,
and the type, shape, range and mean of every field. A damaged file is described up to the damage. Then, and after files of other formats, the status is 1.
Outputs of the tools hold their provenance: all stages with their parameters. --commands turns it into a script.

    simulate -n 1000 | targets | inspect
    inspect run.safetensors shards/*.tfrecord`

type flags struct {
	cli.Common
	cli.Input
	cli.OutputFile
	JSON       bool `help:"Write one JSON object for each file, on a line of its own." name:"json" group:"Output" xor:"form"`
	Provenance bool `help:"Write only the provenance, as a JSON list for each file." group:"Output" xor:"form"`
	Commands   bool `help:"Write the commands that make the file again, as a bash script." group:"Output" xor:"form"`
}

// Run is the tool.
func Run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) error {
	var f flags
	if err := cli.Parse("inspect", description, &f, args, stdin, stdout, stderr); err != nil {
		return err
	}
	out, err := f.Create(stdout, false)
	if err != nil {
		return err
	}
	defer out.Discard()
	if len(f.Files) == 0 {
		f.Files = []string{"-"}
	}
	damaged, unread := 0, 0
	for _, name := range f.Files {
		summary, err := f.describe(ctx, out, name, stdin)
		if err != nil {
			return err
		}
		switch {
		case summary.Damaged != "":
			damaged++
		case summary.Unread != "":
			unread++
		}
	}
	if err := out.Commit(); err != nil {
		return err
	}
	var faults []string
	if damaged > 0 {
		faults = append(faults, fmt.Sprintf("%d of %d inputs damaged", damaged, len(f.Files)))
	}
	if unread > 0 {
		faults = append(faults, fmt.Sprintf("%d of %d inputs not read", unread, len(f.Files)))
	}
	if faults != nil {
		return errors.New(strings.Join(faults, ", "))
	}
	return nil
}

// describe writes what is in an input, and returns it.
func (f *flags) describe(ctx context.Context, out io.Writer, name string, stdin io.Reader) (*inspect.Summary, error) {
	summary, err := read(name, stdin)
	if cause := context.Cause(ctx); cause != nil {
		return nil, cause // the input is not damaged: it was not read to its end
	}
	if err != nil {
		return nil, err
	}
	text, err := f.format(name, summary)
	if err != nil {
		return nil, err
	}
	_, err = out.Write(text)
	return summary, err
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

// format returns what is to be written about an input.
func (f *flags) format(name string, s *inspect.Summary) ([]byte, error) {
	var b bytes.Buffer
	switch {
	case f.JSON:
		err := json.NewEncoder(&b).Encode(s)
		return printable.JSON(b.Bytes()), err
	case f.Provenance:
		e := json.NewEncoder(&b)
		e.SetIndent("", "  ")
		err := e.Encode(append(npy.Provenance{}, s.Provenance...))
		return printable.JSON(b.Bytes()), err
	case f.Commands:
		lines, err := commands(name, s)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", cli.DisplayName(name), err)
		}
		return []byte(strings.Join(lines, "\n") + "\n"), nil
	}
	err := s.Text(&b)
	return b.Bytes(), err
}

// commands returns the script that makes an input again.
func commands(name string, s *inspect.Summary) ([]string, error) {
	if s.Format == "safetensors" && name != "-" {
		c, err := checkpoint.Load(name)
		if err != nil {
			return nil, err
		}
		origin, err := c.Origin(name)
		if err != nil {
			return nil, err
		}
		return rerun.Training(origin)
	}
	if len(s.Provenance) == 0 {
		return nil, errors.New("has no provenance: the commands that made it are not known")
	}
	if name == "-" {
		return rerun.Commands(s.Provenance, "output.npy")
	}
	return rerun.Commands(s.Provenance, filepath.Base(name))
}
