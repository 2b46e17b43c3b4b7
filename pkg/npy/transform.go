package npy

import (
	"context"
	"io"
)

// RowFunc fills the rows of dst from as many rows of src; first is the number
// of src's first row in the stream.
type RowFunc func(dst, src Rows, first int64) error

// Transform writes one row of w's dtype for each row that r has left. Batches
// of rows go through workers goroutines, each with a RowFunc of its own from
// newWorker, and come out in order, so the output does not depend on their
// number. It does not close w.
func Transform(ctx context.Context, r *Reader, w *Writer, batch, workers int, newWorker func() RowFunc) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	type job struct {
		src, dst Rows
		first    int64
		err      error
		done     chan struct{}
	}
	jobs := make(chan *job, workers)
	queue := make(chan *job, workers) // the same jobs in stream order
	free := make(chan *job, 2*workers+2)
	for range cap(free) {
		free <- &job{done: make(chan struct{}, 1)}
	}
	for range workers {
		go func() {
			work := newWorker()
			for j := range jobs {
				j.err = work(j.dst, j.src, j.first)
				j.done <- struct{}{}
			}
		}()
	}
	go func() { // reads ahead; it may outlive the call if the input is silent
		defer close(queue)
		defer close(jobs)
		for first := int64(0); ; {
			var j *job
			select {
			case j = <-free:
			case <-ctx.Done():
				return
			}
			rows, err := r.Next(j.src.Data, batch)
			if err != nil {
				j.err = err
				j.done <- struct{}{}
				select {
				case queue <- j:
				case <-ctx.Done():
				}
				return
			}
			j.src, j.first = rows, first
			if size := rows.Len() * w.dtype.size; cap(j.dst.Data) < size {
				j.dst = MakeRows(w.dtype, rows.Len())
			} else {
				j.dst = Rows{w.dtype, j.dst.Data[:size]}
			}
			first += int64(rows.Len())
			select {
			case jobs <- j:
			case <-ctx.Done():
				return
			}
			select {
			case queue <- j:
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		var j *job
		var open bool
		select {
		case j, open = <-queue:
			if !open {
				return context.Cause(ctx)
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		<-j.done
		if j.err == io.EOF {
			return nil
		}
		if j.err != nil {
			return j.err
		}
		if err := w.Write(j.dst); err != nil {
			return err
		}
		free <- j
	}
}
