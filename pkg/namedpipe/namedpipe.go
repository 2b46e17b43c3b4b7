// Package namedpipe opens files that may be named pipes, so that a signal ends the
// wait for the program at the other end.
//
// Opening a named pipe waits until another program opens its other end, and reading
// or writing one waits for that program. No context ends such a wait. [Wake] does:
// a call that waits gets [os.ErrDeadlineExceeded], and so does every later call.
// Files of other kinds are opened as [os.OpenFile] does.
package namedpipe

import (
	"io/fs"
	"os"
	"sync"
	"time"
)

// OpenFile is [os.OpenFile] for files that may be named pipes.
func OpenFile(name string, flag int, mode os.FileMode) (*os.File, error) {
	if info, err := os.Stat(name); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		return os.OpenFile(name, flag, mode)
	}
	if !all.begin(name) {
		return nil, stopped(name)
	}
	f, err := os.OpenFile(name, flag, mode)
	if !all.opened(name, f) && err == nil {
		f.Close()
		return nil, stopped(name)
	}
	return f, err
}

func stopped(name string) error {
	return &fs.PathError{Op: "open", Path: name, Err: os.ErrDeadlineExceeded}
}

// Wake ends all waits of this process at named pipes, for good.
func Wake() { all.wake() }

// patience is how long writing to a pipe may still wait after [Expire]: a program that
// stops may have something left to say, and a reader that only is slow shall get it.
const patience = 2 * time.Second

// Expire ends the reads of a pipe that wait, and later ones, at once. Writes end
// after two seconds.
func Expire(f *os.File) {
	now := time.Now()
	f.SetReadDeadline(now) // files of other kinds have no deadlines
	f.SetWriteDeadline(now.Add(patience))
}

// all are the named pipes at which this process waits.
var all waiting

// waiting is a set of named pipes that are being opened, read or written.
type waiting struct {
	mu      sync.Mutex
	opening map[string]int // how often each is being opened
	open    []*os.File
	woken   bool
}

// begin says that a pipe is about to be opened. It returns false if the process no
// longer waits.
func (w *waiting) begin(name string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.woken {
		return false
	}
	if w.opening == nil {
		w.opening = map[string]int{}
	}
	w.opening[name]++
	return true
}

// opened says that a pipe has been opened, or could not be if f is nil. It returns
// false if the process no longer waits.
func (w *waiting) opened(name string, f *os.File) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.opening[name]--; w.opening[name] == 0 {
		delete(w.opening, name)
	}
	if f != nil {
		w.open = append(w.open, f)
	}
	return !w.woken
}

func (w *waiting) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.woken = true
	for _, f := range w.open {
		Expire(f)
	}
	for name := range w.opening {
		meet(name)
	}
}
