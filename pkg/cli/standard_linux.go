package cli

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// interruptible opens the pipe that f is an end of once more, so that a deadline
// ends a Read or Write that waits for the program at the other end. The mode is
// [os.O_RDONLY] or [os.O_WRONLY]. The new end has a flag of its own for
// non-blocking work; that of f is shared with other programs. A file that is no
// pipe, or cannot be opened again, is returned as it is.
func interruptible(f *os.File, mode int) *os.File {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		return f
	}
	fd, err := unix.Open(fmt.Sprintf("/proc/self/fd/%d", f.Fd()), mode|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return f
	}
	return os.NewFile(uintptr(fd), f.Name())
}
