package main

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// pin ties the calling goroutine to a core. Otherwise two threads may share a core for
// a long time on a busy machine.
func pin(core int) {
	runtime.LockOSThread()
	var set unix.CPUSet
	set.Set(core % runtime.NumCPU())
	// This fails if the process may not use that core. Then only precision is lost.
	_ = unix.SchedSetaffinity(0, &set)
}

// unpin undoes pin for the calling goroutine. The others have ended with their
// threads.
func unpin() {
	var set unix.CPUSet
	for core := range runtime.NumCPU() {
		set.Set(core)
	}
	_ = unix.SchedSetaffinity(0, &set)
	runtime.UnlockOSThread()
}
