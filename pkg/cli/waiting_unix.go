//go:build unix

package cli

import (
	"os"
	"syscall"
	"time"
)

// expire ends the reads of a pipe that wait, and later ones.
func expire(f *os.File) { f.SetReadDeadline(time.Now()) }

// meet opens both ends of a named pipe, without waiting, so that whoever waits for
// the other end goes on.
func meet(name string) {
	f, err := os.OpenFile(name, os.O_RDWR|syscall.O_NONBLOCK, 0)
	if err != nil {
		return
	}
	time.AfterFunc(grace, func() { f.Close() })
}
