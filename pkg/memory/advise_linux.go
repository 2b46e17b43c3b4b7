package memory

import "golang.org/x/sys/unix"

// adviseLargePages asks for pages of 2 MiB: an update of the network touches
// more pages of 4 KiB than the processor remembers the addresses of. Refusal
// costs only speed.
func adviseLargePages(b []byte) { _ = unix.Madvise(b, unix.MADV_HUGEPAGE) }
