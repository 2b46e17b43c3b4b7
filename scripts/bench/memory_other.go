//go:build !linux

package main

import "os"

// peakMemory is 0: only Linux gives the figure in a known unit.
func peakMemory(*os.ProcessState) float64 { return 0 }
