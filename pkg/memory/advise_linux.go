package memory

import "golang.org/x/sys/unix"

// adviseLargePages asks the system for pages of 2 MiB. An update of the network
// uses more pages of 4 KiB than the processor can remember the addresses of. If
// the system refuses, only speed is lost.
func adviseLargePages(b []byte) { _ = unix.Madvise(b, unix.MADV_HUGEPAGE) }
