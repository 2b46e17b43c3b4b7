package cli

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"gridcells/pkg/compression"
	"gridcells/pkg/namedpipe"
	"gridcells/pkg/npy"
	"gridcells/pkg/tfrecord"
)

// Open opens an input by name; "-" is stdin. Input that is compressed with zstd
// or gzip is recognised by its first bytes and decompressed. Errors of Open name
// the input, those of reading do not: the caller knows the place in it.
func Open(name string, stdin io.Reader) (io.ReadCloser, error) {
	in, err := openRaw(name, stdin)
	if err != nil {
		return nil, err
	}
	r, err := compression.Open(in)
	if err != nil {
		in.Close()
		return nil, fmt.Errorf("%s: %w", DisplayName(name), err)
	}
	return input{r, func() error { return errors.Join(r.Close(), in.Close()) }}, nil
}

// openRaw opens an input by name without decompressing it.
func openRaw(name string, stdin io.Reader) (io.ReadCloser, error) {
	if name != "-" {
		f, err := namedpipe.OpenFile(name, os.O_RDONLY, 0)
		if err != nil {
			return nil, err
		}
		if info, err := f.Stat(); err == nil && info.IsDir() {
			f.Close()
			return nil, fmt.Errorf("%s: is a directory; name the files in it", name)
		}
		return f, nil
	}
	if isTerminal(stdin) {
		return nil, Usagef("no input: standard input is a terminal; name a file or pipe something in")
	}
	return io.NopCloser(stdin), nil
}

// DisplayName returns the name of an input for messages.
func DisplayName(name string) string {
	if name == "-" {
		return "standard input"
	}
	return name
}

// Records returns a reader of the record streams in the files, or in stdin if
// there are none.
func Records(files []string, stdin io.Reader) *npy.Reader {
	if len(files) == 0 {
		files = []string{"-"}
	}
	sources := make([]npy.Source, len(files))
	for i, name := range files {
		sources[i] = npy.Source{
			Name: DisplayName(name),
			Open: func() (io.ReadCloser, error) { return openRecords(name, stdin) },
		}
	}
	return npy.NewReaders(sources...)
}

// openRecords is Open for a record stream. A file of another format that people
// have at hand is refused with a message that says what reads it.
func openRecords(name string, stdin io.Reader) (io.ReadCloser, error) {
	in, err := Open(name, stdin)
	if err != nil {
		return nil, err
	}
	b := bufio.NewReaderSize(in, 1<<16)
	start, _ := b.Peek(16) // an error comes again with the next Read
	if advice := foreign(start); advice != "" {
		in.Close()
		return nil, fmt.Errorf("%s: not a record stream but %s", DisplayName(name), advice)
	}
	return input{b, in.Close}, nil
}

// foreign recognises other formats than record streams by their first bytes. It
// says what the format is and which program reads it.
func foreign(start []byte) string {
	has := func(magic string) bool { return bytes.HasPrefix(start, []byte(magic)) }
	switch {
	case has("PK\x03\x04"), has("PK\x05\x06"):
		return "an NPZ archive (or another ZIP file); scripts/records.py makes a record stream of its arrays"
	case has("\x89HDF\r\n\x1a\n"):
		return "an HDF5 file; save its arrays with numpy.save, then use scripts/records.py"
	case has("MATLAB 5.0 MAT"):
		return "a MATLAB file; load it with scipy.io.loadmat, save its arrays with numpy.save, then use scripts/records.py"
	case len(start) >= 9 && start[8] == '{' && binary.LittleEndian.Uint64(start) < 1<<32:
		return "a safetensors file, such as a checkpoint; give it to --checkpoint"
	case len(start) >= 12 && tfrecord.Checksum(start[:8]) == binary.LittleEndian.Uint32(start[8:]):
		return "a TFRecord file; tfrecord2npy reads it"
	case has("\x80\x03"), has("\x80\x04"), has("\x80\x05"):
		return "a Python pickle; load it in Python, save its arrays with numpy.save, then use scripts/records.py"
	}
	return ""
}

// input is a reader with its own way to close.
type input struct {
	io.Reader
	close func() error
}

func (i input) Close() error { return i.close() }

func isTerminal(v any) bool {
	f, ok := v.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
