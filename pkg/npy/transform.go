package npy

import (
	"context"

	"gridcells/pkg/parallel"
)

// RowFunc fills the rows of dst from as many rows of src; first is the number
// of src's first row in the stream.
type RowFunc func(dst, src Rows, first int64) error

// Transform writes one row of w's dtype for each row that r has left. Batches
// of rows go through several goroutines, each with a RowFunc of its own from
// newWorker. They come out in order, so the output does not depend on the number
// of goroutines, workers. check gets the rows of r in the same order, before the rows made
// of them are written. Its error ends the work. Transform closes r when all is written,
// but never closes w. After an error or a cancelled context r is not closed, because
// another goroutine may still read from it.
func Transform(ctx context.Context, r *Reader, w *Writer, batch, workers int, check func(src Rows) error, newWorker func() RowFunc) error {
	type item struct {
		src, dst Rows
		first    int64
	}
	first := int64(0)
	next := func(i *item) error {
		rows, err := r.Next(i.src.Data, batch)
		if err != nil {
			return err
		}
		i.src, i.first = rows, first
		first += int64(rows.Len())
		if size := rows.Len() * w.dtype.size; cap(i.dst.Data) < size {
			i.dst = MakeRows(w.dtype, rows.Len())
		} else {
			i.dst = Rows{w.dtype, i.dst.Data[:size]}
		}
		return nil
	}
	err := parallel.Ordered(ctx, workers, next,
		func() func(*item) error {
			work := newWorker()
			return func(i *item) error { return work(i.dst, i.src, i.first) }
		},
		func(i *item) error {
			if err := check(i.src); err != nil {
				return err
			}
			return w.Write(i.dst)
		})
	return r.Locate(err)
}
