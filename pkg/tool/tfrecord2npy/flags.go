package tfrecord2npy

import (
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
