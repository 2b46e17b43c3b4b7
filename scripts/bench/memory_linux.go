package main

import (
	"os"
	"syscall"
)

// peakMemory is the most memory that a process held, in MB.
func peakMemory(p *os.ProcessState) float64 {
	return float64(p.SysUsage().(*syscall.Rusage).Maxrss) / 1e3
}
