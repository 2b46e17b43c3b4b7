//go:build !linux

package cli

import "os"

// interruptible returns f: where a pipe cannot be opened once more, only a second
// signal ends a tool that waits for its first byte.
func interruptible(f *os.File) *os.File { return f }
