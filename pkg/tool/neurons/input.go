package neurons

import (
	"fmt"
	"io"
	"strings"

	"gridcells/pkg/cli"
	"gridcells/pkg/npy"
	"gridcells/pkg/recording"
)

// readPath reads the path: from the file that --path names, or from the first file
// that holds one.
func (f *flags) readPath(stdin io.Reader) (*recording.Path, string, error) {
	clock := recording.Clock{Rate: f.TrackingRate}
	if f.Path != "" {
		p, err := f.pathOf(f.Path, clock, stdin)
		return p, f.Path, err
	}
	name := f.Files[0]
	if !isArchive(name) {
		return nil, "", cli.Usagef("--path: name the file of positions; %s is not an .npz file that could hold them too", cli.DisplayName(name))
	}
	p, err := f.pathOf(name, clock, stdin)
	if err != nil {
		err = fmt.Errorf("%w; --path names another file", err)
	}
	return p, name, err
}

func isArchive(name string) bool { return strings.HasSuffix(strings.ToLower(name), ".npz") }

func (f *flags) pathOf(name string, clock recording.Clock, stdin io.Reader) (p *recording.Path, err error) {
	if isArchive(name) {
		return recording.ReadPath(name, clock)
	}
	err = open(name, stdin, func(in io.Reader) error {
		p, err = recording.ReadPathFrom(in, clock)
		return err
	})
	if err == nil && f.TrackingRate > 0 && f.Seconds != 1 {
		return nil, cli.Usagef("--tracking-rate gives the times of the path; --seconds has no times to multiply")
	}
	return p, err
}

// open opens a file that may be compressed, and adds its name to errors.
func open(name string, stdin io.Reader, read func(io.Reader) error) error {
	in, err := cli.Open(name, stdin)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := read(in); err != nil {
		return fmt.Errorf("%s: %w", cli.DisplayName(name), err)
	}
	return nil
}

// readSpikes reads the units of a file.
func readSpikes(name string, stdin io.Reader) (units []recording.Unit, err error) {
	if !isArchive(name) {
		err = open(name, stdin, func(in io.Reader) error {
			units, err = recording.ReadSpikes(in, recording.NameOfFile(name))
			return err
		})
		return units, err
	}
	archive, err := npy.OpenNPZ(name)
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	if units, err = recording.SpikesOfArchive(archive, recording.NameOfFile(name)); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return units, nil
}
