//go:build !linux

package cli

import "os"

// interruptible returns f: where a pipe cannot be opened once more, only a second
// signal ends a tool that waits at a standard stream.
func interruptible(f *os.File, _ int) *os.File { return f }
