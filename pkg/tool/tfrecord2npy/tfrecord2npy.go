// Package tfrecord2npy is the body of the tool `tfrecord2npy`: it turns
// TFRecord files of trajectories into a record stream.
package tfrecord2npy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/term"

	"gridcells/pkg/cli"
	"gridcells/pkg/npy"
	"gridcells/pkg/tfrecord"
	"gridcells/pkg/trajectory"
)

const description = `Read TFRecord files of trajectories, in the layout of the dataset released with Banino et al., Nature 557 (2018).

Writes records with init_pos [2], init_hd [1], ego_vel [T, 3], target_pos [T, 2] and target_hd [T, 1]; the first record
decides T. Both checksums of every record are verified. GZIP, ZLIB and zstd files are recognised. Of a directory all files
with .tfrecord in their names are read, in the order of the names.

    tfrecord2npy --shuffle --repeat square_room_100steps_2.2m_1000000 | targets | train --checkpoint run.safetensors`

type flags struct {
	cli.Common
	cli.Output
	Parameters
}

// Parameters are the flags that determine the output. They are recorded in its
// provenance.
type Parameters struct {
	Files         []string `json:"files" arg:"" optional:"" name:"file" help:"TFRecord files or directories of them; none or - is standard input." reads:""`
	Shuffle       bool     `json:"shuffle" help:"Read the files in random order, a new one each time, and draw records from a buffer." group:"Order"`
	ShuffleBuffer int      `json:"shuffle_buffer" help:"Records waiting in the buffer while one is drawn." default:"256" group:"Order"`
	Repeat        bool     `json:"repeat" help:"Start over at the end, without end." group:"Order"`
	Skip          int64    `json:"skip" help:"Records of the sequence to leave out at the start." default:"0" group:"Order"`
	Limit         int64    `json:"limit" help:"Records to write at most; 0 is no limit." default:"0" group:"Order"`
	Seed          uint64   `json:"seed" help:"Seed of the random order." default:"1" group:"Common"`
	SkipCorrupt   bool     `json:"skip_corrupt" help:"Pass over damaged records and count them." group:"Order"`
}

// Validate checks how the flags relate.
func (f *flags) Validate() error {
	switch {
	case f.Repeat && (len(f.Files) == 0 || slices.Contains(f.Files, "-")):
		return fmt.Errorf("--repeat: standard input can be read only once; name files")
	case f.ShuffleBuffer < 1:
		return fmt.Errorf("--shuffle-buffer %d: want at least 1", f.ShuffleBuffer)
	case f.Skip < 0 || f.Limit < 0:
		return fmt.Errorf("--skip %d --limit %d: want numbers that are not negative", f.Skip, f.Limit)
	}
	return nil
}

// dataset is the sequence of records that the flags ask for.
func (f *flags) dataset(stdin io.Reader) (tfrecord.Dataset, error) {
	paths := f.Files
	if len(paths) == 0 {
		paths = []string{"-"}
	}
	var files []string
	for _, path := range paths {
		if path == "-" {
			files = append(files, cli.DisplayName(path))
			continue
		}
		found, err := tfrecord.Find(path)
		if err != nil {
			return tfrecord.Dataset{}, err
		}
		files = append(files, found...)
	}
	return tfrecord.Dataset{
		Files: files,
		OpenFile: func(name string) (io.ReadCloser, error) {
			if name == cli.DisplayName("-") {
				return openStdin(stdin)
			}
			return os.Open(name)
		},
		Shuffle: f.Shuffle, ShuffleBuffer: f.ShuffleBuffer, Repeat: f.Repeat, Skip: f.Skip, Limit: f.Limit, Seed: f.Seed,
		Options: tfrecord.Options{SkipCorrupt: f.SkipCorrupt},
	}, nil
}

// keepInputs refuses an output that is one of the files in a directory that is
// read.
func (f *flags) keepInputs(files []string, stdin io.Reader, stdout io.Writer) error {
	var inputs []cli.NamedFile
	for _, name := range files {
		if name != cli.DisplayName("-") {
			inputs = append(inputs, cli.NamedFile{Flag: "the input", Name: name})
		}
	}
	output := []cli.NamedFile{{Flag: "--output", Name: f.Output.Output}}
	if err := cli.Distinct(inputs, output, stdin, stdout); err != nil {
		return &cli.UsageError{Err: err}
	}
	return nil
}

// openStdin leaves the recognition of compression to the TFRecord reader, which
// can tell it from the length of a first record.
func openStdin(stdin io.Reader) (io.ReadCloser, error) {
	if file, ok := stdin.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		return nil, cli.Usagef("no input: standard input is a terminal; name files or pipe something in")
	}
	return io.NopCloser(stdin), nil
}

// stage describes the run in the stream's provenance. Files are recorded without
// their directories: the same data give the same bytes wherever they lie.
func (f *flags) stage() (npy.Stage, error) {
	p := f.Parameters
	p.Files = make([]string, len(f.Files))
	for i, file := range f.Files {
		p.Files[i] = filepath.Base(file)
	}
	return npy.NewStage("tfrecord2npy", cli.Version, p, nil)
}

// origin is the provenance of the files, which simulate leaves in its directories.
// It is known of a single whole directory only.
func (f *flags) origin() (npy.Provenance, error) {
	if len(f.Files) != 1 || f.Files[0] == "-" {
		return nil, nil
	}
	return npy.ReadProvenance(f.Files[0])
}

// Run is the tool.
func Run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) error {
	var f flags
	if err := cli.Parse("tfrecord2npy", description, &f, args, stdin, stdout, stderr); err != nil {
		return err
	}
	out, err := f.Create(stdout, true)
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
	c := &converter{records: d.Open(), out: out, provenance: provenance.Append(stage), skipCorrupt: f.SkipCorrupt, progress: progress}
	defer c.records.Close()
	err = c.run(ctx)
	if n := c.skipped + c.records.Skipped(); n > 0 && !f.Quiet {
		fmt.Fprintf(stderr, "tfrecord2npy: skipped %d corrupt records\n", n)
	}
	if err != nil {
		return err
	}
	return out.Commit()
}

type converter struct {
	records     *tfrecord.DatasetReader
	out         io.Writer
	provenance  npy.Provenance
	skipCorrupt bool
	skipped     int64 // records whose Examples were wrong
	progress    *cli.Progress

	decoder *tfrecord.Decoder
	writer  *npy.Writer
	batch   npy.Rows // at its capacity
	filled  int
}

// run converts all records, in batches.
func (c *converter) run(ctx context.Context) error {
	for c.records.Next() {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if err := c.convert(); err != nil {
			if !c.skipCorrupt {
				return c.records.Locate(err)
			}
			c.skipped++
			continue
		}
		if c.filled++; c.filled == c.batch.Len() {
			if err := c.flush(); err != nil {
				return err
			}
		}
	}
	if err := c.records.Err(); err != nil {
		return err
	}
	if c.writer == nil {
		return errors.New("no records in the input")
	}
	if err := c.flush(); err != nil {
		return err
	}
	return c.writer.Close()
}

// convert decodes the current record into the batch.
func (c *converter) convert() error {
	record := c.records.Record()
	if c.writer == nil {
		if err := c.begin(record); err != nil {
			return err
		}
	}
	return c.decoder.Decode(c.batch.Row(c.filled), record)
}

// begin derives the rows from the first record.
func (c *converter) begin(record []byte) error {
	features, err := tfrecord.Features(record)
	if err != nil {
		return err
	}
	steps, err := stepsOf(features)
	if err != nil {
		return err
	}
	dtype, err := trajectory.DType(steps)
	if err != nil {
		return err
	}
	c.decoder = tfrecord.NewDecoder(trajectory.Fields(steps))
	c.writer = npy.NewWriter(c.out, dtype, c.provenance)
	// About 1 MB keeps a pipe busy and the memory small.
	c.batch = npy.MakeRows(dtype, max(1, min(256, (1<<20)/dtype.Size())))
	return nil
}

// stepsOf is the number of a trajectory's steps, T.
func stepsOf(features []tfrecord.Feature) (int, error) {
	for _, f := range features {
		if f.Key == "target_hd" {
			if f.Kind != tfrecord.Float || f.Len == 0 {
				return 0, fmt.Errorf("feature %q is a list of %d %v values, not of floats", f.Key, f.Len, f.Kind)
			}
			return f.Len, nil
		}
	}
	return 0, errors.New(`feature "target_hd" is missing: not a trajectory`)
}

func (c *converter) flush() error {
	c.progress.Add(c.filled)
	err := c.writer.Write(c.batch.Slice(0, c.filled))
	c.filled = 0
	return err
}
