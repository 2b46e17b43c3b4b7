package recording

import (
	"bufio"
	"fmt"

	"gridcells/pkg/foreign"
)

// refuseForeign is an error if a file of another program begins here, which would
// pass for text.
func refuseForeign(in *bufio.Reader) error {
	start, _ := in.Peek(16) // an error comes again with the next Read
	format := foreign.Format(start)
	if format == "" {
		return nil
	}
	return fmt.Errorf("%s; %s", format, advice(format))
}

// advice says how a file of another format comes into one that neurons reads.
func advice(format string) string {
	switch format {
	case foreign.Archive:
		return "an NPZ archive is read from a file whose name ends in .npz"
	case foreign.HDF5:
		return "scripts/nwb.py makes an NPZ archive of an NWB file; docs/neurons.md has other programs"
	case foreign.MATLAB:
		return "load it with scipy.io.loadmat and save an NPZ archive: docs/neurons.md has the line"
	case foreign.MATLAB73:
		return "load it with h5py and save an NPZ archive, as docs/neurons.md shows for other MATLAB files"
	}
	return "path and spikes are read from text, NPZ and NPY"
}
