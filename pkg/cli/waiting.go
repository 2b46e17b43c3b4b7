package cli

import (
	"io/fs"
	"os"
	"sync"
)

// named are the named pipes at which this process waits. Opening one waits for the
// program at its other end, and no context ends that.
var named waiting

// waiting is a set of named pipes that are being opened or read.
type waiting struct {
	mu      sync.Mutex
	opening map[string]int // how often each is being opened
	reading []*os.File
	woken   bool
}

// OpenFile is [os.OpenFile] for files that may be named pipes: a signal ends the
// wait for the program at the other end.
func OpenFile(name string, flag int, mode os.FileMode) (*os.File, error) {
	opened := named.begin(name)
	f, err := os.OpenFile(name, flag, mode)
	var reading *os.File
	if flag == os.O_RDONLY {
		reading = f
	}
	if stopped := opened(reading); err == nil && stopped != nil {
		f.Close()
		return nil, stopped
	}
	return f, err
}

// begin says that a file is about to be opened. The function that it returns is to
// be called afterwards, with the file if it will be read; its error says that the
// tool is to stop.
func (w *waiting) begin(name string) (opened func(*os.File) error) {
	info, err := os.Stat(name)
	if err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		return func(*os.File) error { return nil }
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.opening == nil {
		w.opening = map[string]int{}
	}
	w.opening[name]++
	return func(f *os.File) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.opening[name]--; w.opening[name] == 0 {
			delete(w.opening, name)
		}
		if w.woken {
			return &fs.PathError{Op: "open", Path: name, Err: os.ErrDeadlineExceeded}
		}
		if f != nil {
			w.reading = append(w.reading, f)
		}
		return nil
	}
}

// wake ends all waits with [os.ErrDeadlineExceeded].
func (w *waiting) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.woken = true
	for _, f := range w.reading {
		expire(f)
	}
	for name := range w.opening {
		meet(name)
	}
}
