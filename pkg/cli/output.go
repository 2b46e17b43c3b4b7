package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Sink is an output that appears whole or not at all: a named file is written
// beside its final place and renamed by Commit. Nothing is created before the
// first Write.
type Sink struct {
	path       string
	stdout     io.Writer
	compress   string
	file       *os.File       // the temporary or special file, if the output is a file
	temporary  bool           // file is to be renamed to path
	compressor io.WriteCloser // nil without compression
	w          io.Writer      // set once open
	closed     bool
}

// Create prepares an output; "-" is stdout. A binary output is refused if it
// would go to a terminal.
func (o Output) Create(stdout io.Writer, binary bool) (*Sink, error) {
	if o.Output == "-" && (binary || o.Compress != "none") && isTerminal(stdout) {
		return nil, Usagef("the output is binary and standard output is a terminal; use -o FILE or a pipe")
	}
	return &Sink{path: o.Output, stdout: stdout, compress: o.Compress}, nil
}

// WriteFile writes a second output, such as a summary, whole or not at all; "-"
// is stdout.
func WriteFile(name string, stdout io.Writer, write func(io.Writer) error) error {
	sink, err := Output{Output: name, Compress: "none"}.Create(stdout, false)
	if err != nil {
		return err
	}
	defer sink.Discard()
	if err := write(sink); err != nil {
		return err
	}
	return sink.Commit()
}

// Write implements io.Writer. Once the reader of standard output has gone it
// fails with [ErrClosedPipe].
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
			s.remove()
			return s.wrap(err)
		}
	}
	if s.file == nil {
		return nil
	}
	return s.finishFile()
}

// Discard drops an output that was not committed; after Commit it does
// nothing, so that it can be deferred.
func (s *Sink) Discard() {
	if !s.closed {
		s.closed = true
		s.remove()
	}
}

func (s *Sink) open() error {
	s.w = s.stdout
	if s.path != "-" {
		if err := s.openFile(); err != nil {
			return err
		}
		s.w = s.file
	} else {
		widenPipe(s.stdout)
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

func (s *Sink) openFile() (err error) {
	// A device or a named pipe is written in place.
	if info, err := os.Stat(s.path); err == nil && !info.Mode().IsRegular() {
		if info.IsDir() {
			return fmt.Errorf("%s: is a directory", s.path)
		}
		s.file, err = os.OpenFile(s.path, os.O_WRONLY, 0)
		return err
	}
	s.file, err = os.CreateTemp(filepath.Dir(s.path), "."+filepath.Base(s.path)+".*.tmp")
	if err != nil {
		return fmt.Errorf("%s: %w", s.path, unwrapPath(err))
	}
	s.temporary = true
	return nil
}

func (s *Sink) finishFile() error {
	if !s.temporary {
		return s.wrap(s.file.Close())
	}
	// CreateTemp makes files private; an output is as open as the umask says.
	err := errors.Join(s.file.Chmod(0o666&^umask()), s.file.Close())
	if err == nil {
		err = os.Rename(s.file.Name(), s.path)
	}
	if err != nil {
		os.Remove(s.file.Name())
		return fmt.Errorf("%s: %w", s.path, unwrapPath(err))
	}
	return nil
}

func (s *Sink) remove() {
	if s.file != nil {
		s.file.Close()
		if s.temporary {
			os.Remove(s.file.Name())
		}
	}
}

func (s *Sink) wrap(err error) error {
	if err == nil {
		return nil
	}
	if s.path == "-" {
		if errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe) {
			return ErrClosedPipe
		}
		return fmt.Errorf("standard output: %w", unwrapPath(err))
	}
	return fmt.Errorf("%s: %w", s.path, unwrapPath(err))
}

// unwrapPath drops the temporary file's name from an error.
func unwrapPath(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	var l *os.LinkError
	if errors.As(err, &l) {
		return l.Err
	}
	return err
}
