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

// produce makes items from number first on in batches of next() items, until
// that is 0, and puts them in order.
func produce(ctx context.Context, workers int, first uint64, next func() int, newWorker func() appendFunc, put func(*batch) error) error {
	plan := func(b *batch) error {
		if b.n = next(); b.n == 0 {
			return io.EOF
		}
		b.first = first
		first += uint64(b.n)
		return nil
	}
	return parallel.Ordered(ctx, workers, plan, func() func(*batch) error {
		item := newWorker()
		return func(b *batch) error {
			b.data = b.data[:0]
			for i := range b.n {
				b.data = item(b.data, b.first+uint64(i))
			}
			return nil
		}
	}, put)
}
