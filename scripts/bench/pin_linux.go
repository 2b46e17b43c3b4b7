package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// pin ties the calling goroutine to a core. Otherwise two threads may share a core for
// a long time on a busy machine.
func pin(thread int) {
	runtime.LockOSThread()
	processors := processors()
	var set unix.CPUSet
	set.Set(processors[thread%len(processors)])
	// This fails if the process may not use that core. Then only precision is lost.
	_ = unix.SchedSetaffinity(0, &set)
}

// processors lists the processors that this process may use, one of each core first. The system
// counts every thread of a core as a processor, and two of one core share its units.
var processors = sync.OnceValue(func() []int {
	var allowed unix.CPUSet
	if unix.SchedGetaffinity(0, &allowed) != nil {
		return []int{0}
	}
	seen := map[string]bool{}
	var first, second []int
	for p := range 64 * len(allowed) {
		if !allowed.IsSet(p) {
			continue
		}
		core, err := os.ReadFile(fmt.Sprintf("/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", p))
		if name := strings.TrimSpace(string(core)); err == nil && seen[name] {
			second = append(second, p)
		} else {
			seen[name] = true
			first = append(first, p)
		}
	}
	return append(first, second...)
})

// unpin undoes pin for the calling goroutine. The others have ended with their
// threads.
func unpin() {
	var set unix.CPUSet
	for _, p := range processors() {
		set.Set(p)
	}
	_ = unix.SchedSetaffinity(0, &set)
	runtime.UnlockOSThread()
}
