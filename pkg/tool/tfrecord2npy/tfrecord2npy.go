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
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/term"

	"gridcells/pkg/cli"
	"gridcells/pkg/namedpipe"
	"gridcells/pkg/npy"
	"gridcells/pkg/tfrecord"
	"gridcells/pkg/trajectory"
)

const description = `Read TFRecord files of trajectories, in the layout of the dataset released with Banino et al., Nature 557 (2018).

Each output record has init_pos [2], init_hd [1], ego_vel [T, 3], target_pos [T, 2] and target_hd [T, 1]. The first input
record determines T; with --skip-corrupt, the majority of the first records does. Both checksums of every record are verified.
GZIP, ZLIB and zstd files are recognised. In a directory all files with .tfrecord in their names are read, sorted by name. If
there are none, those that end like -00000-of-01024 are. A missing file and several datasets in a directory are errors.

    tfrecord2npy --shuffle --repeat square_room_100steps_2.2m_1000000 | targets | train --checkpoint run.safetensors`

type flags struct {
	cli.Common
	cli.Output
	Parameters
}

// Parameters are the flags that determine the output. They are recorded in its
// provenance.
type Parameters struct {
	Files         []string `json:"files" arg:"" optional:"" name:"file" help:"Read these TFRecord files, or all those in these directories. Without files, or for -, read standard input." reads:""`
	Shuffle       bool     `json:"shuffle" help:"Read the files in random order, a new one in each pass, and draw records from a buffer." group:"Order"`
	ShuffleBuffer int      `json:"shuffle_buffer" help:"Set the number of records in the buffer of --shuffle." default:"256" min:"1" group:"Order"`
	Repeat        bool     `json:"repeat" help:"Start again at the end of the input, endlessly." group:"Order"`
	Skip          int64    `json:"skip" help:"Leave out this number of good records at the start." default:"0" min:"0" group:"Order"`
	Limit         int64    `json:"limit" help:"Write at most this number of records. 0 sets no limit." default:"0" min:"0" group:"Order"`
	Seed          uint64   `json:"seed" help:"Set the seed of the random order." default:"1" group:"Common"`
	SkipCorrupt   bool     `json:"skip_corrupt" help:"Pass over damaged records, and report their number." group:"Order"`
}

// Validate checks how the flags relate.
func (f *flags) Validate() error {
	if f.Repeat && (len(f.Files) == 0 || slices.Contains(f.Files, "-")) {
		return fmt.Errorf("--repeat: standard input can be read only once; name files")
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
			return namedpipe.OpenFile(name, os.O_RDONLY, 0)
		},
		Shuffle: f.Shuffle, ShuffleBuffer: f.ShuffleBuffer, Repeat: f.Repeat, Seed: f.Seed,
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

// converter turns records into rows.
type converter struct {
	records     *tfrecord.DatasetReader
	out         io.Writer
	provenance  npy.Provenance
	skip        int64 // good records to leave out
	limit       int64 // good records to write; 0 is no limit
	skipCorrupt bool
	progress    *cli.Progress

	ahead    [][]byte // records that were read to choose T, still to be converted
	good     int64    // records whose Examples were right
	skipped  int64    // records whose Examples were wrong
	lastGood uint64   // epoch of the last good record

	decoder *tfrecord.Decoder
	writer  *npy.Writer
	batch   npy.Rows // at its capacity
	filled  int
}

// run converts all records, in batches.
func (c *converter) run(ctx context.Context) error {
	steps, err := c.chooseSteps()
	if err != nil {
		return err
	}
	if err := c.begin(steps); err != nil {
		return err
	}
	for c.limit <= 0 || c.good < c.skip+c.limit {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		record, ok := c.next()
		if !ok {
			break
		}
		if err := c.decoder.Decode(c.batch.Row(c.filled), record); err != nil {
			if err := c.bad(err); err != nil {
				return err
			}
			continue
		}
		c.lastGood = c.records.Epoch()
		if c.good++; c.good <= c.skip {
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
	if c.good <= c.skip {
		return fmt.Errorf("no records are left: --skip %d leaves out all %d", c.skip, c.good)
	}
	if err := c.flush(); err != nil {
		return err
	}
	return c.writer.Close()
}

// next returns the next record: one of those that chooseSteps has read, then
// one of the files.
func (c *converter) next() ([]byte, bool) {
	if len(c.ahead) > 0 {
		record := c.ahead[0]
		c.ahead = c.ahead[1:]
		return record, true
	}
	if !c.records.Next() {
		return nil, false
	}
	return c.records.Record(), true
}

// bad counts a record whose Example is wrong. It returns an error if such
// records are not to be skipped, or if repetition would find nothing else.
func (c *converter) bad(err error) error {
	if !c.skipCorrupt {
		return c.records.Locate(err)
	}
	c.skipped++
	if c.records.Epoch() > c.lastGood+2 { // a shuffle buffer holds records of the epoch before
		return errors.New("nothing to repeat: every record of the input is corrupt")
	}
	return nil
}

// How many records, and how many bytes of them, chooseSteps looks at.
const (
	maxAhead      = 64
	maxAheadBytes = 16 << 20
)

// chooseSteps finds out T, the number of steps of the trajectories: that of the
// first record. With skipCorrupt the first record may itself be the odd one, so
// that T is the one that most of the first records have.
func (c *converter) chooseSteps() (int, error) {
	if !c.skipCorrupt {
		if !c.records.Next() {
			return 0, c.noRecords()
		}
		c.ahead = append(c.ahead, c.records.Record())
		steps, err := stepsOf(c.records.Record())
		if err != nil {
			return 0, c.records.Locate(err)
		}
		return steps, nil
	}
	for {
		votes, best, size := map[int]int{}, 0, 0
		var last error
		for len(c.ahead) < maxAhead && size < maxAheadBytes && c.records.Next() {
			record := bytes.Clone(c.records.Record())
			c.ahead, size = append(c.ahead, record), size+len(record)
			steps, err := stepsOf(record)
			if err != nil {
				last = c.records.Locate(err)
				continue
			}
			if votes[steps]++; votes[steps] > votes[best] {
				best = steps
			}
		}
		if best > 0 {
			return best, nil
		}
		if len(c.ahead) == 0 {
			return 0, c.noRecords()
		}
		for range c.ahead {
			if err := c.bad(last); err != nil {
				return 0, err
			}
		}
		c.ahead = nil
	}
}

// noRecords is the error for an input without any record.
func (c *converter) noRecords() error {
	if err := c.records.Err(); err != nil {
		return err
	}
	return errors.New("no records in the input")
}

// begin prepares the conversion of trajectories of as many steps.
func (c *converter) begin(steps int) error {
	dtype, err := trajectory.DType(steps)
	if err != nil {
		return err
	}
	c.decoder = tfrecord.NewDecoder(trajectory.Fields(steps))
	c.writer = npy.NewWriter(c.out, dtype, c.provenance)
	c.batch = npy.MakeRows(dtype, dtype.Batch(npy.PipeBatch, 256))
	return nil
}

// stepsOf returns the number of steps, T, of the trajectory in a record. It is an
// error if the record is none, or if the lengths of its features do not agree.
func stepsOf(record []byte) (int, error) {
	features, err := tfrecord.Features(record)
	if err != nil {
		return 0, err
	}
	byKey := map[string]tfrecord.Feature{}
	for _, f := range features {
		byKey[f.Key] = f
	}
	heading, ok := byKey["target_hd"]
	switch {
	case !ok:
		return 0, errors.New(`feature "target_hd" is missing: not a trajectory`)
	case heading.Kind != tfrecord.Float || heading.Len == 0:
		return 0, fmt.Errorf("feature %q is a list of %d %v values, not of floats", heading.Key, heading.Len, heading.Kind)
	}
	for _, want := range trajectory.Fields(heading.Len) {
		if f, ok := byKey[want.Key]; !ok {
			return 0, fmt.Errorf("feature %q is missing: not a trajectory", want.Key)
		} else if f.Kind != tfrecord.Float || f.Len != want.Len {
			return 0, fmt.Errorf("feature %q is a list of %d %v values, not of %d floats", f.Key, f.Len, f.Kind, want.Len)
		}
	}
	return heading.Len, nil
}

func (c *converter) flush() error {
	c.progress.Add(c.filled)
	err := c.writer.Write(c.batch.Slice(0, c.filled))
	c.filled = 0
	return err
}
