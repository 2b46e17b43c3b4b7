package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"runtime/pprof"
	"strings"
	"syscall"
)

// Version is the version of all the tools; it is part of every provenance.
const Version = "0.1.0"

// RunFunc is the body of a command. It reads no globals and does not exit.
type RunFunc func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) error

// Exit statuses.
const (
	StatusOK     = 0
	StatusFailed = 1
	StatusUsage  = 2
	// StatusSignal is added to the number of the signal that stopped the work.
	StatusSignal = 128
)

// ErrDone says that a flag such as --help or --version has been answered and
// nothing is left to do.
var ErrDone = errors.New("nothing left to do")

// ErrClosedPipe says that the reader of standard output has gone. It is no
// failure: that program had what it wanted.
var ErrClosedPipe = errors.New("the reader of the output has gone")

// UsageError says that the command line is wrong.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }
func (e *UsageError) Unwrap() error { return e.Err }

// Usagef makes a [UsageError].
func Usagef(format string, args ...any) error {
	return &UsageError{fmt.Errorf(format, args...)}
}

// Interrupted is the cause of a context that a signal has cancelled.
type Interrupted struct{ Signal os.Signal }

func (e *Interrupted) Error() string { return "stopped by signal: " + e.Signal.String() }

// Main runs a command with the process's arguments and streams, and returns
// its exit status. The first signal cancels the context; a second one kills.
func Main(name string, run RunFunc) int {
	// Without this, writing to a closed pipe kills the process before any
	// deferred call, and temporary files stay behind.
	ignoreBrokenPipe()
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, stopSignals()...)
	go func() {
		s := <-signals
		signal.Reset(stopSignals()...)
		cancel(&Interrupted{s})
	}()
	stopProfile, err := startProfile(os.Getenv(profileVariable), name)
	if err == nil {
		err = run(ctx, os.Stdin, os.Stdout, os.Stderr, os.Args[1:])
		stopProfile()
	}
	return Report(name, err, os.Stderr)
}

// profileVariable is the environment variable that asks every tool of a
// pipeline for a CPU profile: in the file VALUE.<tool>.pprof.
const profileVariable = "GRIDCELLS_CPUPROFILE"

func startProfile(prefix, name string) (stop func(), err error) {
	if prefix == "" {
		return func() {}, nil
	}
	f, err := os.Create(prefix + "." + name + ".pprof")
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		f.Close()
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		f.Close()
	}, nil
}

// Report writes the error of a command, if it deserves a message, as one line
// to stderr and returns the exit status.
func Report(name string, err error, stderr io.Writer) int {
	status := Status(err)
	if status == StatusOK {
		return status
	}
	fmt.Fprintf(stderr, "%s: %s\n", name, strings.ReplaceAll(err.Error(), "\n", " "))
	if status == StatusUsage {
		fmt.Fprintf(stderr, "%s: see %s --help\n", name, name)
	}
	return status
}

// Status maps a command's error to its exit status. Of several joined errors a
// failure counts more than a signal, and a signal more than a closed pipe.
func Status(err error) int {
	switch e := err.(type) {
	case nil:
		return StatusOK
	case *UsageError:
		return StatusUsage
	case *Interrupted:
		if s, ok := e.Signal.(syscall.Signal); ok {
			return StatusSignal + int(s)
		}
		return StatusFailed
	case *fs.PathError:
		if errors.Is(e, syscall.EPIPE) && e.Path == standardOutput {
			return StatusOK
		}
		return StatusFailed
	case interface{ Unwrap() error }:
		return Status(e.Unwrap())
	case interface{ Unwrap() []error }:
		worst := StatusOK
		for _, part := range e.Unwrap() {
			if s := Status(part); worst == StatusOK || s != StatusOK && s < worst {
				worst = s
			}
		}
		return worst
	}
	if err == ErrDone || err == ErrClosedPipe {
		return StatusOK
	}
	return StatusFailed
}

// standardOutput is what the os package calls standard output.
const standardOutput = "/dev/stdout"
