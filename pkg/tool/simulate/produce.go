package simulate

import (
	"context"
	"sync"
)

// appendFunc appends item k to dst.
type appendFunc func(dst []byte, k uint64) []byte

// batch is n consecutive items, as bytes.
type batch struct {
	first uint64
	n     int
	data  []byte
	done  chan struct{}
}

// produce makes items from number first on in batches of next() items, until
// that is 0, on as many workers as told, and puts them in order: what is put
// does not depend on the workers.
func produce(ctx context.Context, workers int, first uint64, next func() int, newWorker func() appendFunc, put func(*batch) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	var wait sync.WaitGroup
	defer wait.Wait()
	defer cancel(nil)

	jobs := make(chan *batch)
	queue := make(chan *batch, 2*workers+1)
	free := make(chan *batch, 2*workers+1)
	for range cap(free) {
		free <- &batch{done: make(chan struct{}, 1)}
	}
	for range workers {
		wait.Go(func() {
			item := newWorker()
			for b := range jobs {
				b.data = b.data[:0]
				for i := range b.n {
					b.data = item(b.data, b.first+uint64(i))
				}
				b.done <- struct{}{}
			}
		})
	}
	wait.Go(func() {
		defer close(queue)
		defer close(jobs)
		for n := next(); n > 0; n = next() {
			select {
			case b := <-free:
				b.first, b.n = first, n
				first += uint64(n)
				queue <- b // as large as there are batches: never blocks
				select {
				case jobs <- b:
				case <-ctx.Done():
					return
				}
			case <-ctx.Done():
				return
			}
		}
	})
	for b := range queue {
		select {
		case <-b.done:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := put(b); err != nil {
			return err
		}
		free <- b
	}
	return context.Cause(ctx)
}
