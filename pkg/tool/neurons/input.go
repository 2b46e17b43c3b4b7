package neurons

import (
	"fmt"
	"io"
	"strings"

	"gridcells/pkg/cli"
	"gridcells/pkg/npy"
	"gridcells/pkg/recording"
)

// readFrames reads the path and brings it into frames. The path is in the file that
// --path names, or in the first file.
func (f *flags) readFrames(stdin io.Reader) (*recording.Frames, error) {
	name := f.Path
	if name == "" {
		name = f.Files[0]
		if !isArchive(name) {
			return nil, cli.Usagef("--path: name the file of positions; %s is not an .npz file that could hold them too", cli.DisplayName(name))
		}
	}
	clock := recording.Clock{Rate: f.TrackingRate}
	if isArchive(name) {
		return f.framesOfArchive(name, clock)
	}
	if f.TrackingRate > 0 && f.Seconds != 1 {
		return nil, cli.Usagef("--tracking-rate gives the times of the path; --seconds has no times to multiply")
	}
	var frames *recording.Frames
	err := open(name, stdin, func(in io.Reader) (err error) {
		frames, err = recording.MakeFrames(recording.ScanPathFrom(in, clock), f.options())
		return f.explain(err)
	})
	return frames, err
}

func (f *flags) framesOfArchive(name string, clock recording.Clock) (*recording.Frames, error) {
	archive, err := npy.OpenNPZ(name)
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	frames, err := recording.MakeFrames(recording.ScanArchive(archive, clock), f.options())
	if err == nil {
		return frames, nil
	}
	err = fmt.Errorf("%s: %w", name, f.explain(err))
	if f.Path == "" && !recording.HasPath(archive) {
		err = fmt.Errorf("%w; --path names another file", err)
	}
	return nil, err
}

func isArchive(name string) bool { return strings.HasSuffix(strings.ToLower(name), ".npz") }

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

// readSpikes hands the spikes of a file to take, and returns the units of the file.
func readSpikes(name string, stdin io.Reader, take recording.Take) (units []recording.UnitID, err error) {
	if !isArchive(name) {
		err = open(name, stdin, func(in io.Reader) error {
			units, err = recording.ReadSpikes(in, recording.NameOfFile(name), take)
			return err
		})
		return units, err
	}
	archive, err := npy.OpenNPZ(name)
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	if units, err = recording.SpikesOfArchive(archive, recording.NameOfFile(name), take); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return units, nil
}
