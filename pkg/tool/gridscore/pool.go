package gridscore

import (
	"context"
	"sync"
	"sync/atomic"
)

// pool divides work between goroutines.
type pool struct{ workers int }

func newPool(workers int) pool { return pool{max(1, workers)} }

// each calls work(worker, 0) … work(worker, n−1), every item once, and waits for
// all. Of several errors that of the first item is returned.
func (p pool) each(ctx context.Context, n int, work func(worker, item int) error) error {
	errs := make([]error, n)
	var next atomic.Int64
	var failed atomic.Bool
	var wg sync.WaitGroup
	for w := range min(p.workers, n) {
		wg.Go(func() {
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
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
