// Package parallel runs a function on a fixed team of threads, at a cost of
// about a microsecond, for work that is divided many times a second.
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
	spins   int           // how often a thread looks before it sleeps
	round   atomic.Uint32 // grows by one with every Run
	pending atomic.Int32  // members still at work in this round
	work    func(member int)
	closed  bool

	mutex sync.Mutex
	wake  sync.Cond // for members that gave up spinning
	done  sync.Cond // for the caller likewise
}

// spins is how often a thread looks for a change before it sleeps: some 100 µs,
// longer than the usual pauses within an update and short enough to leave the
// core to others while the input is awaited. Waking a sleeper takes as long.
const spins = 400000

// New starts a team of n ≥ 1 threads.
func New(n int) *Team {
	t := &Team{size: max(1, n), spins: spins}
	if t.size > runtime.NumCPU() {
		t.spins = 0 // it would keep the others from their work
	}
	t.wake.L, t.done.L = &t.mutex, &t.mutex
	for member := 1; member < t.size; member++ {
		go t.serve(member)
	}
	return t
}

// Size is the number of threads.
func (t *Team) Size() int { return t.size }

// Run calls work(0) … work(Size−1), each on its thread, and returns when all
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

func (t *Team) begin(work func(member int)) {
	t.work = work
	t.pending.Store(int32(t.size - 1))
	t.mutex.Lock()
	t.round.Add(1)
	t.mutex.Unlock()
	t.wake.Broadcast()
}

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
