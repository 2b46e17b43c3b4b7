package parallel

import (
	"sync/atomic"
	"testing"
	"time"
)

func TestEveryMemberWorksOncePerRound(t *testing.T) {
	for _, size := range []int{1, 2, 3, 8} {
		team := New(size)
		counts := make([]atomic.Int32, size)
		const rounds = 1000
		for round := range rounds {
			if round == rounds/2 {
				time.Sleep(5 * time.Millisecond) // let the members fall asleep
			}
			team.Run(func(member int) { counts[member].Add(1) })
			for i := range counts {
				if n := counts[i].Load(); n != int32(round+1) {
					t.Fatalf("team of %d: member %d worked %d times in %d rounds", size, i, n, round+1)
				}
			}
		}
		team.Close()
	}
}

func TestRunWaitsForSlowMembers(t *testing.T) {
	team := New(3)
	defer team.Close()
	var finished atomic.Int32
	team.Run(func(member int) {
		time.Sleep(time.Duration(member) * 5 * time.Millisecond)
		finished.Add(1)
	})
	if finished.Load() != 3 {
		t.Errorf("%d of 3 finished when Run returned", finished.Load())
	}
}

func TestShareCoversAll(t *testing.T) {
	for n := range 20 {
		for size := 1; size < 8; size++ {
			next := 0
			for member := range size {
				from, to := Share(n, member, size)
				if from != next || to < from || to-from > n/size+1 {
					t.Fatalf("share %d of %d of %d items: %d to %d", member, size, n, from, to)
				}
				next = to
			}
			if next != n {
				t.Fatalf("shares of %d end at %d", n, next)
			}
		}
	}
}

func BenchmarkRun(b *testing.B) {
	team := New(2)
	defer team.Close()
	nothing := func(int) {}
	for b.Loop() {
		team.Run(nothing)
	}
}
