package cli

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// widenPipe enlarges a pipe to Linux's usual limit of 1 MiB, so that the two
// programs at its ends switch less often. Failure costs only speed.
func widenPipe(w io.Writer) {
	if f, ok := w.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeNamedPipe != 0 {
			unix.FcntlInt(f.Fd(), unix.F_SETPIPE_SZ, 1<<20)
		}
	}
}
