package cli

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

// The heap may grow to four times its usual size until the first collection, and to the
// usual size after it.
func TestCollectLater(t *testing.T) {
	const usual = 90
	before := debug.SetGCPercent(usual)
	defer debug.SetGCPercent(before)
	percent := func() uint64 {
		sample := []metrics.Sample{{Name: "/gc/gogc:percent"}}
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	collectLater()
	if p := percent(); p != 4*usual {
		t.Errorf("before the first collection the heap grows by %d %%, want %d %%", p, 4*usual)
	}
	runtime.GC()
	for end := time.Now().Add(10 * time.Second); percent() != usual; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after a collection the heap grows by %d %%, want %d %%", percent(), usual)
		}
	}
}
