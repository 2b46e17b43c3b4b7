package cli

import (
	"runtime"
	"sync"

	"gridcells/pkg/parallel"
)

// cores is the number of processors that the process may use at its start.
var cores = sync.OnceValue(func() int { return runtime.GOMAXPROCS(0) })

// Workers is the number of threads to use.
func (c Common) Workers() int {
	if c.Threads > 0 {
		return c.Threads
	}
	return cores()
}

// NewTeam makes a team of as many threads. A team keeps its threads busy, so that
// one more is allowed to run, which reads ahead.
func (c Common) NewTeam() *parallel.Team {
	if n := c.Workers() + 1; n > runtime.GOMAXPROCS(0) {
		runtime.GOMAXPROCS(n)
	}
	return parallel.New(c.Workers())
}
