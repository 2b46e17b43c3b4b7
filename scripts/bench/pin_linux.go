package main

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// pin ties the calling goroutine to a core: on a busy machine two threads may
// otherwise share one for long.
func pin(core int) {
	runtime.LockOSThread()
	var set unix.CPUSet
	set.Set(core % runtime.NumCPU())
	// Failure, where the process may not use that core, costs only precision.
	_ = unix.SchedSetaffinity(0, &set)
}

// unpin undoes pin; the other goroutines have ended, and their threads with them.
func unpin() {
	var set unix.CPUSet
	for core := range runtime.NumCPU() {
		set.Set(core)
	}
	_ = unix.SchedSetaffinity(0, &set)
	runtime.UnlockOSThread()
}
