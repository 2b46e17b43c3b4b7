package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"gridcells/pkg/atomicfile"
	"gridcells/pkg/npy"
)

// Sink is an output. A named file appears whole or not at all, as the package
// atomicfile has it. Nothing is created before the first Write.
type Sink struct {
	path       string
	stdout     io.Writer
	compress   string
	stream     bool             // a record stream, not text or a picture
	file       *atomicfile.File // nil for standard output
	compressor io.WriteCloser   // nil without compression
	w          io.Writer        // set once open
	closed     bool
}

// Create prepares an output without compression; "-" is stdout. A binary output is
// refused if it would go to a terminal.
func (o OutputFile) Create(stdout io.Writer, binary bool) (*Sink, error) {
	return Output{OutputFile: o, Compress: "none"}.Create(stdout, binary)
}

// Create prepares an output; "-" is stdout. A binary output is refused if it
// would go to a terminal.
func (o Output) Create(stdout io.Writer, binary bool) (*Sink, error) {
	if o.Output == "-" && (binary || o.Compress != "none") && isTerminal(stdout) {
		return nil, Usagef("the output is binary and standard output is a terminal; use -o FILE or a pipe")
	}
	return &Sink{path: o.Output, stdout: stdout, compress: o.Compress}, nil
}

// CreateStream is Create for a record stream. If it is discarded before the first
// Write and goes into a pipe, the program behind the pipe is told that this one has
// failed, so that not every tool of a pipeline complains of what the first one said.
func (o Output) CreateStream(stdout io.Writer) (*Sink, error) {
	sink, err := o.Create(stdout, true)
	if err == nil {
		sink.stream = true
	}
	return sink, err
}

// WriteFile writes a second output, such as a summary, whole or not at all; "-"
// is stdout.
func WriteFile(name string, stdout io.Writer, write func(io.Writer) error) error {
	sink, err := OutputFile{name}.Create(stdout, false)
	if err != nil {
		return err
	}
	defer sink.Discard()
	if err := write(sink); err != nil {
		return err
	}
	return sink.Commit()
}

// Write implements io.Writer. Once the reader of standard output or of a named
// pipe has gone it fails with [ErrClosedPipe].
func (s *Sink) Write(p []byte) (int, error) {
	if s.w == nil {
		if err := s.open(); err != nil {
			return 0, err
		}
	}
	n, err := s.w.Write(p)
	return n, s.wrap(err)
}

// Commit finishes the output and puts it into its place. An output that was
// never written to becomes an empty file.
func (s *Sink) Commit() error {
	if s.w == nil {
		if err := s.open(); err != nil {
			return err
		}
	}
	s.closed = true
	if s.compressor != nil {
		if err := s.compressor.Close(); err != nil {
			s.discardFile()
			return s.wrap(err)
		}
	}
	if s.file == nil {
		return nil
	}
	return s.wrap(s.file.Commit())
}

// Discard drops an output that was not committed; after Commit it does
// nothing, so that it can be deferred.
func (s *Sink) Discard() {
	if s.closed {
		return
	}
	s.closed = true
	s.discardFile()
	if s.stream && s.w == nil && s.path == "-" && isPipe(s.stdout) {
		npy.WriteFailure(s.stdout) // an error would say that nobody is there to be told
	}
}

func (s *Sink) discardFile() {
	if s.file != nil {
		s.file.Discard()
	}
}

func (s *Sink) open() (err error) {
	s.w = s.stdout
	if s.path == "-" {
		widenPipe(s.stdout)
	} else {
		if s.file, err = atomicfile.Create(s.path, atomicfile.Options{}); err != nil {
			return err
		}
		s.w = s.file
	}
	switch s.compress {
	case "gzip":
		s.compressor = gzip.NewWriter(s.w)
	case "zstd":
		z, err := zstd.NewWriter(s.w, zstd.WithEncoderConcurrency(1))
		if err != nil {
			return err
		}
		s.compressor = z
	}
	if s.compressor != nil {
		s.w = s.compressor
	}
	return nil
}

func (s *Sink) wrap(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe):
		return ErrClosedPipe
	case s.path == "-":
		var p *fs.PathError
		if errors.As(err, &p) {
			err = p.Err
		}
		return fmt.Errorf("standard output: %w", err)
	}
	return err
}
