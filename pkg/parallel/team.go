// Package parallel divides work among threads, in one of three ways. A [Team] is a
// fixed number of threads that begin together in about a microsecond; it is for work
// that is divided many times a second. [Each] is for a number of items, and
// [Ordered] is for a stream of items.
package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Team is a fixed number of threads. The caller of Run is one of them. A Team
// serves one caller at a time.
type Team struct {
	size    int
	spins   int           // how often a thread looks for work before it sleeps
	round   atomic.Uint32 // grows by one with every Run
	pending atomic.Int32  // members still at work in this round
	work    func(member int)
	closed  bool

	mutex sync.Mutex
	wake  sync.Cond // for members that gave up spinning
	done  sync.Cond // for the caller, if it gave up spinning
}

// spins is how often a thread looks for a change before it sleeps. This takes some
// 100 µs, which is longer than the usual pauses within an update. It is short enough
// to leave the core to others while the team waits for input. To wake a sleeping
// thread takes as long.
const spins = 400000

// New starts a team of n ≥ 1 threads.
func New(n int) *Team {
	t := &Team{size: max(1, n), spins: spins}
	if t.size > min(runtime.NumCPU(), runtime.GOMAXPROCS(0)) {
		t.spins = 0 // a spinning thread would keep the others from their work
	}
	t.wake.L, t.done.L = &t.mutex, &t.mutex
	for member := 1; member < t.size; member++ {
		go t.serve(member)
	}
	return t
}

// Size is the number of threads.
func (t *Team) Size() int { return t.size }

// Run calls work(0) … work(Size−1), each on a thread of its own. It returns when all
// have returned.
func (t *Team) Run(work func(member int)) {
	if t.size == 1 {
		work(0)
		return
	}
	t.begin(work)
	work(0)
	for range t.spins {
		if t.pending.Load() == 0 {
			return
		}
	}
	t.mutex.Lock()
	for t.pending.Load() != 0 {
		t.done.Wait()
	}
	t.mutex.Unlock()
}

// Close ends the team's threads.
func (t *Team) Close() {
	if t.size > 1 && !t.closed {
		t.closed = true
		t.begin(nil)
	}
}

// begin starts a round of work on all threads but the caller's.
func (t *Team) begin(work func(member int)) {
	t.work = work
	t.pending.Store(int32(t.size - 1))
	t.mutex.Lock()
	t.round.Add(1)
	t.mutex.Unlock()
	t.wake.Broadcast()
}

// serve does a member's work of each round until the team is closed.
func (t *Team) serve(member int) {
	for round := uint32(1); ; round++ {
		t.await(round)
		if t.work == nil {
			return
		}
		t.work(member)
		if t.pending.Add(-1) == 0 {
			t.mutex.Lock() // the caller is either before its check or asleep
			t.done.Signal()
			t.mutex.Unlock()
		}
	}
}

// await returns when the round has begun.
func (t *Team) await(round uint32) {
	for range t.spins {
		if t.round.Load() == round {
			return
		}
	}
	t.mutex.Lock()
	for t.round.Load() != round {
		t.wake.Wait()
	}
	t.mutex.Unlock()
}

// Share divides n items into size shares that differ by at most one, and
// returns the bounds of the member's share.
func Share(n, member, size int) (from, to int) {
	return n * member / size, n * (member + 1) / size
}
