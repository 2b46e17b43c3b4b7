package npy

import "context"

// Prefetcher reads rows ahead in its own goroutine, so that reading and work
// overlap and a cancelled context ends the wait for a silent input.
type Prefetcher struct {
	ctx     context.Context
	reader  *Reader
	batches chan batch
	free    chan []byte
	last    []byte // lent to the caller until the next call
	err     error
}

type batch struct {
	rows Rows
	err  error
}

// Prefetch reads batches of the given number of rows (the last may be
// shorter), at most depth of them ahead. The reader belongs to the Prefetcher
// from then on, which closes it: nobody else may, while it waits for input.
func Prefetch(ctx context.Context, r *Reader, rows, depth int) *Prefetcher {
	p := &Prefetcher{ctx: ctx, reader: r, batches: make(chan batch, depth), free: make(chan []byte, depth+2)}
	for range cap(p.free) {
		p.free <- nil
	}
	go p.read(r, rows)
	return p
}

func (p *Prefetcher) read(r *Reader, rows int) {
	defer close(p.batches)
	defer r.Close()
	for {
		var buf []byte
		select {
		case buf = <-p.free:
		case <-p.ctx.Done():
			return
		}
		b, err := r.Next(buf, rows)
		select {
		case p.batches <- batch{b, err}:
		case <-p.ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// Next returns the next batch, valid until the next call, io.EOF at the end,
// or the cause of the context's cancellation.
func (p *Prefetcher) Next() (Rows, error) {
	if p.err != nil {
		return Rows{}, p.err
	}
	if p.ctx.Err() != nil {
		return Rows{}, context.Cause(p.ctx)
	}
	if p.last != nil {
		p.free <- p.last
		p.last = nil
	}
	select {
	case b, open := <-p.batches:
		if !open { // the reading goroutine saw the cancellation first
			return Rows{}, context.Cause(p.ctx)
		}
		p.last, p.err = b.rows.Data, b.err
		return b.rows, b.err
	case <-p.ctx.Done():
		return Rows{}, context.Cause(p.ctx)
	}
}

// Locate adds the name of the input to a [*RecordError]; see [Reader.Locate].
func (p *Prefetcher) Locate(err error) error { return p.reader.Locate(err) }
