package neurons

import (
	"io"
	"os"
	"path/filepath"
	"strings"

	"gridcells/pkg/cli"
	"gridcells/pkg/synthetic"
)

// writeExample writes the files of a synthetic session into a directory, in
// centimetres from a corner of the box, as a tracker would.
func (f *flags) writeExample(stdout, stderr io.Writer) error {
	r, err := synthetic.Example(1)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.Example, 0o777); err != nil {
		return err
	}
	path, spikes := filepath.Join(f.Example, "path.csv"), filepath.Join(f.Example, "spikes.csv")
	err = cli.WriteFile(path, stdout, func(w io.Writer) error {
		return synthetic.WritePath(w, r.Path, 0.01, [2]float64{-0.5, -0.5})
	})
	if err != nil {
		return err
	}
	if err := cli.WriteFile(spikes, stdout, func(w io.Writer) error { return synthetic.WriteSpikes(w, r.Units) }); err != nil {
		return err
	}
	f.remark(stderr, "%s and %s hold a synthetic session in centimetres; its units are, in order: %s", path, spikes, strings.Join(synthetic.ExampleCells, ", "))
	return nil
}
