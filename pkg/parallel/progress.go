package parallel

import (
	"runtime"
	"sync/atomic"
	"time"
)

// Progress is how far one thread has come, for others that wait for it. What the thread
// did before Set is seen by a thread that Await has returned to. Each Progress has a
// cache line of its own. The zero Progress is ready for use.
type Progress struct {
	done atomic.Int64
	_    [56]byte
}

// Set says how far the thread has come.
func (p *Progress) Set(done int) { p.done.Store(int64(done)) }

// Reached tells whether the thread has come as far as n.
func (p *Progress) Reached(n int) bool { return p.done.Load() >= int64(n) }

// Await waits until the thread has come as far as n. A wait of more than some
// microseconds lets other goroutines run, and a wait of more than a millisecond leaves
// the core to others.
func (p *Progress) Await(n int) {
	const spins, yields = 4000, 4000
	for i := 0; !p.Reached(n); i++ {
		switch {
		case i < spins:
		case i < spins+yields:
			runtime.Gosched()
		default:
			time.Sleep(50 * time.Microsecond)
		}
	}
}
