//go:build unix

package namedpipe

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestWake wakes calls that wait at a named pipe to open it, to read or to write.
func TestWake(t *testing.T) {
	dir := t.TempDir()
	pipe := func(name string) string {
		path := filepath.Join(dir, name)
		if err := syscall.Mkfifo(path, 0o666); err != nil {
			t.Skip(err)
		}
		return path
	}
	results := make(chan error, 4)
	both := func(path string) { // holds both ends, without waiting
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
	}
	open := func(path string, flag int) {
		f, err := OpenFile(path, flag, 0)
		if err == nil && flag == os.O_RDONLY {
			_, err = f.Read(make([]byte, 1))
		} else if err == nil {
			_, err = f.Write(make([]byte, 1<<20)) // more than a pipe holds
		}
		results <- err
	}
	toRead, toWrite := pipe("to read"), pipe("to write")
	both(toRead)
	both(toWrite)
	go open(toRead, os.O_RDONLY)
	go open(toWrite, os.O_WRONLY)
	go open(pipe("nobody writes"), os.O_RDONLY)
	go open(pipe("nobody reads"), os.O_WRONLY)
	time.Sleep(100 * time.Millisecond)
	select {
	case err := <-results:
		t.Fatalf("does not wait: %v", err)
	default:
	}
	Wake()
	for range 4 {
		select {
		case err := <-results:
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%v, want %v", err, os.ErrDeadlineExceeded)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("still waits")
		}
	}
	if _, err := OpenFile(toRead, os.O_RDONLY, 0); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("later: %v", err)
	}
	file := filepath.Join(dir, "file")
	if f, err := OpenFile(file, os.O_WRONLY|os.O_CREATE, 0o666); err != nil {
		t.Errorf("a plain file: %v", err)
	} else {
		f.Close()
	}
}
