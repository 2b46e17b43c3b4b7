package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"

	"gridcells/pkg/kernel"
	"gridcells/pkg/namedpipe"
	"gridcells/pkg/npy"
	"gridcells/pkg/printable"
)

// Version is the version of all the tools; it is part of every provenance.
const Version = "0.2.0"

// RunFunc is the body of a command. It reads no globals and does not exit.
type RunFunc func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) error

// Exit statuses.
const (
	StatusOK     = 0
	StatusFailed = 1
	StatusUsage  = 2
	// StatusTryAgain is that of a run which stopped because its time was over and can
	// go on, and of one that another process is making. It is EX_TEMPFAIL of sysexits.h.
	StatusTryAgain = 75
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

// TimeUp is the cause of a context that ended after a given time.
type TimeUp struct{ After time.Duration }

func (e *TimeUp) Error() string { return fmt.Sprintf("stopped after %v, as asked for", e.After) }

// TryAgain says that the work could not be done now, but may be later.
type TryAgain struct{ Err error }

func (e *TryAgain) Error() string { return e.Err.Error() }
func (e *TryAgain) Unwrap() error { return e.Err }

// Main runs a command with the process's arguments and streams, and returns its
// exit status. The first signal cancels the context; a second SIGINT or SIGTERM
// kills. Main alone reads the environment:
//
//	GRIDCELLS_CPUPROFILE=VALUE  write a CPU profile to VALUE.<tool>.pprof
//	GRIDCELLS_KERNEL=PATH       use this path of the kernels: scalar, avx2, avx512 or amx
func Main(name string, run RunFunc) int {
	// Without this, writing to a closed pipe kills the process before any
	// deferred call, and temporary files stay behind.
	ignoreBrokenPipe()
	// A team of workers keeps all cores busy. One more thread reads the input meanwhile.
	runtime.GOMAXPROCS(cores + 1)
	collectLater()
	stdin, stdout := interruptible(os.Stdin, os.O_RDONLY), interruptible(os.Stdout, os.O_WRONLY)
	ctx := cancelBySignal(stdin, stdout)
	err := useKernel(os.Getenv(kernelVariable))
	stopProfile := func() {}
	if err == nil {
		stopProfile, err = startProfile(os.Getenv(profileVariable), name)
	}
	if err == nil {
		err = run(ctx, stdin, stdout, os.Stderr, os.Args[1:])
		stopProfile()
	}
	if ctx.Err() != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		err = context.Cause(ctx)
	}
	return Report(name, err, os.Stderr)
}

// collectLater lets the first garbage collection wait until the heap has 16 MB, four times
// as long as usual. Most runs end before. Their collections would take up to a sixth of
// the time. From the first collection on the heap grows as usual.
func collectLater() {
	usual := debug.SetGCPercent(-1)
	debug.SetGCPercent(4 * usual)
	garbage := new([64]byte)
	runtime.AddCleanup(garbage, func(percent int) { debug.SetGCPercent(percent) }, usual)
}

// grace is how long a cancelled tool may take to notice, before waiting at a standard
// stream or a named pipe ends.
const grace = 200 * time.Millisecond

// cancelBySignal returns a context that the first signal cancels. If the tool then
// still waits at a standard stream or a named pipe, it is woken.
func cancelBySignal(standard ...*os.File) context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, stopSignals()...)
	go func() {
		s := <-signals
		signal.Reset(killSignals()...)
		cancel(&Interrupted{s})
		time.Sleep(grace)
		for _, f := range standard {
			namedpipe.Expire(f)
		}
		namedpipe.Wake()
	}()
	return ctx
}

const (
	profileVariable = "GRIDCELLS_CPUPROFILE"
	kernelVariable  = "GRIDCELLS_KERNEL"
)

func useKernel(path string) error {
	if path == "" {
		return nil
	}
	if _, err := kernel.Use(path); err != nil {
		return Usagef("%s=%s: %w", kernelVariable, path, err)
	}
	return nil
}

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
	if status == StatusOK || saidBefore(err) {
		return status
	}
	fmt.Fprintf(stderr, "%s: %s\n", name, printable.Text(strings.ReplaceAll(err.Error(), "\n", " ")))
	if status == StatusUsage {
		fmt.Fprintf(stderr, "%s: see %s --help\n", name, name)
	}
	return status
}

// saidBefore reports whether the tool failed only because the one before it in the
// pipeline did, which has said why.
func saidBefore(err error) bool {
	var e *npy.StreamError
	return errors.As(err, &e) && e.Name == DisplayName("-") && errors.Is(e.Err, npy.ErrWriterFailed)
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
	case *TimeUp, *TryAgain:
		return StatusTryAgain
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
