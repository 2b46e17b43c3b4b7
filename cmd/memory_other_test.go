//go:build !linux

package cmd_test

import "os"

// peakMemory is 0: only Linux gives the figure in a known unit.
func peakMemory(*os.ProcessState) int64 { return 0 }
