package parallel

import (
	"context"
	"sync"
	"sync/atomic"
)

// Each calls work once for each item 0 … n−1, in at most workers goroutines, and
// waits for all of them. worker is a number 0 … workers−1. No two calls with the
// same worker run at the same time, so each worker can have memory of its own.
//
// After an error, or when the context has ended, no further item is begun. Items
// begin in the order of their numbers, so all items before a failed one have begun.
// Each returns the error of the failed item with the lowest number.
func Each(ctx context.Context, workers, n int, work func(worker, item int) error) error {
	errs := make([]error, n)
	var next atomic.Int64
	var failed atomic.Bool
	var wg sync.WaitGroup
	worker := func(w int) {
		for !failed.Load() {
			item := int(next.Add(1)) - 1
			if item >= n {
				return
			}
			if errs[item] = context.Cause(ctx); errs[item] == nil {
				errs[item] = work(w, item)
			}
			if errs[item] != nil {
				failed.Store(true)
			}
		}
	}
	for w := 1; w < min(workers, n); w++ {
		wg.Go(func() { worker(w) })
	}
	worker(0) // here, so that one worker wakes no thread
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
