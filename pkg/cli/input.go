package cli

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/term"

	"gridcells/pkg/npy"
)

// Open opens an input by name; "-" is stdin. zstd and gzip are recognised by
// their first bytes and decompressed.
func Open(name string, stdin io.Reader) (io.ReadCloser, error) {
	if name == "-" {
		if isTerminal(stdin) {
			return nil, Usagef("no input: standard input is a terminal; name a file or pipe something in")
		}
		return decompress(io.NopCloser(stdin), "standard input")
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	return decompress(f, name)
}

// DisplayName is what messages call an input.
func DisplayName(name string) string {
	if name == "-" {
		return "standard input"
	}
	return name
}

// Records returns a reader over the record streams in the files, or stdin if
// there are none.
func Records(files []string, stdin io.Reader) *npy.Reader {
	if len(files) == 0 {
		files = []string{"-"}
	}
	sources := make([]npy.Source, len(files))
	for i, name := range files {
		sources[i] = npy.Source{
			Name: DisplayName(name),
			Open: func() (io.ReadCloser, error) { return Open(name, stdin) },
		}
	}
	return npy.NewReaders(sources...)
}

type input struct {
	io.Reader
	close func() error
}

func (i input) Close() error { return i.close() }

func decompress(f io.ReadCloser, name string) (io.ReadCloser, error) {
	r := bufio.NewReaderSize(f, 1<<16)
	start, _ := r.Peek(4) // an error comes again with the next Read
	switch {
	case bytes.HasPrefix(start, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(r)
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("%s: gzip: %w", name, err)
		}
		return input{named{z, name + ": gzip"}, f.Close}, nil
	case bytes.HasPrefix(start, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		// A window of 128 MiB covers zstd's --ultra levels; more is refused.
		z, err := zstd.NewReader(r, zstd.WithDecoderMaxMemory(128<<20), zstd.WithDecoderConcurrency(1))
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("%s: zstd: %w", name, err)
		}
		return input{named{z, name + ": zstd"}, func() error { z.Close(); return f.Close() }}, nil
	}
	return input{r, f.Close}, nil
}

// named adds the input's name to the errors of a decompressor.
type named struct {
	io.Reader
	name string
}

func (n named) Read(p []byte) (int, error) {
	k, err := n.Reader.Read(p)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("%s: %w", n.name, err)
	}
	return k, err
}

func isTerminal(v any) bool {
	f, ok := v.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
