package parallel

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
)

func TestEach(t *testing.T) {
	for _, workers := range []int{-1, 1, 3, 50} {
		calls := make([]atomic.Int32, 20)
		busy := make([]atomic.Int32, max(1, workers))
		err := Each(t.Context(), workers, len(calls), func(worker, item int) error {
			if busy[worker].Add(1) != 1 {
				t.Errorf("two items at once for worker %d", worker)
			}
			calls[item].Add(1)
			busy[worker].Add(-1)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		for i := range calls {
			if n := calls[i].Load(); n != 1 {
				t.Errorf("%d workers: item %d was done %d times", workers, i, n)
			}
		}
	}
	if err := Each(t.Context(), 4, 0, nil); err != nil {
		t.Errorf("no items: %v", err)
	}
}

func TestEachFails(t *testing.T) {
	err := Each(t.Context(), 3, 100, func(_, item int) error {
		if item >= 7 {
			return fmt.Errorf("item %d", item)
		}
		return nil
	})
	if err == nil || err.Error() != "item 7" {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	done := 0
	err = Each(ctx, 1, 100, func(_, item int) error {
		if done++; item == 4 {
			cancel(stopped)
		}
		return nil
	})
	if !errors.Is(err, stopped) || done != 5 {
		t.Errorf("%d items, error %v", done, err)
	}
}
