package cli

import "runtime"

// cores is the number of processors that the process may use when it starts.
var cores = runtime.GOMAXPROCS(0)

// Workers is the number of threads to use.
func (c Common) Workers() int {
	if c.Threads > 0 {
		return c.Threads
	}
	return cores
}
