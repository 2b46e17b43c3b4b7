package simulate

import (
	"context"
	"io"

	"gridcells/pkg/parallel"
)

// appendFunc appends item k to dst.
type appendFunc func(dst []byte, k uint64) []byte

// batch is n consecutive items, as bytes.
type batch struct {
	first uint64
	n     int
	data  []byte
}

// production makes numbered items in parallel.
type production struct {
	workers   int
	first     uint64            // number of the first item
	next      func() int        // size of the next batch; 0 ends the production
	newWorker func() appendFunc // called once for each worker
}

// run makes all batches and puts them in their order.
func (p production) run(ctx context.Context, put func(*batch) error) error {
	first := p.first
	plan := func(b *batch) error {
		if b.n = p.next(); b.n == 0 {
			return io.EOF
		}
		b.first = first
		first += uint64(b.n)
		return nil
	}
	return parallel.Ordered(ctx, p.workers, plan, func() func(*batch) error {
		item := p.newWorker()
		return func(b *batch) error {
			b.data = b.data[:0]
			for i := range b.n {
				b.data = item(b.data, b.first+uint64(i))
			}
			return nil
		}
	}, put)
}
