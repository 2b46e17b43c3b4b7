package cli

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"golang.org/x/term"

	"gridcells/pkg/compression"
	"gridcells/pkg/foreign"
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

// Batches returns a function that reads the next rows of the files, or of stdin if there
// are none, from their reader. Its error is io.EOF after the last rows, and the cause of
// the context's end. A goroutine reads ahead, and the end of the context ends the wait for
// an input that stays silent. But a tool with one thread reads files where it uses the
// rows. They are in the nearest caches then, and no other thread has to be woken.
func (c Common) Batches(ctx context.Context, r *npy.Reader, rows int, files []string, stdin io.Reader) func() (npy.Rows, error) {
	if c.Workers() > 1 || mayBeSilent(files, stdin) {
		return npy.Prefetch(ctx, r, rows, 2).Next
	}
	var last npy.Rows
	return func() (_ npy.Rows, err error) {
		if err := context.Cause(ctx); err != nil {
			return npy.Rows{}, err
		}
		last, err = r.Next(last.Data, rows)
		return last, err
	}
}

// mayBeSilent reports whether one of the files, or stdin if there are none, is no regular
// file: whoever reads a pipe may have to wait for another program.
func mayBeSilent(files []string, stdin io.Reader) bool {
	if len(files) == 0 {
		files = []string{"-"}
	}
	return slices.ContainsFunc(files, func(name string) bool {
		if name != "-" {
			info, err := os.Stat(name)
			return err != nil || !info.Mode().IsRegular()
		}
		f, ok := stdin.(*os.File)
		if !ok {
			return true
		}
		info, err := f.Stat()
		return err != nil || !info.Mode().IsRegular()
	})
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
	if advice := unreadable(start); advice != "" {
		in.Close()
		return nil, fmt.Errorf("%s: not a record stream but %s", DisplayName(name), advice)
	}
	return input{b, in.Close}, nil
}

// unreadable recognises other formats than record streams by their first bytes. It
// says what the format is and which program reads it.
func unreadable(start []byte) string {
	switch format := foreign.Format(start); format {
	case foreign.Archive:
		return format + "; scripts/records.py makes a record stream of its arrays"
	case foreign.HDF5:
		return format + "; save its arrays with numpy.save, then use scripts/records.py"
	case foreign.MATLAB:
		return format + "; load it with scipy.io.loadmat, save its arrays with numpy.save, then use scripts/records.py"
	case foreign.MATLAB73:
		return format + "; load it with h5py, save its arrays with numpy.save, then use scripts/records.py"
	case foreign.Pickle:
		return format + "; load it in Python, save its arrays with numpy.save, then use scripts/records.py"
	case foreign.PDF:
		return format
	}
	switch {
	case len(start) >= 9 && start[8] == '{' && binary.LittleEndian.Uint64(start) < 1<<32:
		return "a safetensors file, such as a checkpoint; give it to --checkpoint"
	case len(start) >= 12 && tfrecord.Checksum(start[:8]) == binary.LittleEndian.Uint32(start[8:]):
		return "a TFRecord file; tfrecord2npy reads it"
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
