package parallel

import (
	"context"
	"io"
)

// Ordered works on items in parallel and delivers them in order, so that the result
// does not depend on the number of workers.
//
// next runs in a goroutine of its own. It fills one item after the other until it
// returns io.EOF. Each worker works on items with a function that newWorker
// returns. put receives the finished items in order. Items are used again: next
// finds in an item what the last use left there. The first error of any of these
// functions ends the call, and so does the end of the context, with its cause. The
// call does not wait for a next that is still waiting for input.
func Ordered[T any](ctx context.Context, workers int, next func(*T) error, newWorker func() func(*T) error, put func(*T) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	o := &ordered[T]{ctx: ctx}
	slots := 2*workers + 2
	o.free, o.queue, o.jobs = make(chan *job[T], slots), make(chan *job[T], slots), make(chan *job[T], slots)
	for range slots {
		o.free <- &job[T]{done: make(chan struct{}, 1)}
	}
	for range workers {
		go o.work(newWorker())
	}
	go o.read(next)
	return o.deliver(put)
}

// job is an item on its way. Each channel has room for all jobs, so sending one
// never blocks.
type job[T any] struct {
	item T
	err  error
	done chan struct{}
}

type ordered[T any] struct {
	ctx               context.Context
	free, queue, jobs chan *job[T]
}

func (o *ordered[T]) work(work func(*T) error) {
	for j := range o.jobs {
		j.err = work(&j.item)
		j.done <- struct{}{}
	}
}

func (o *ordered[T]) read(next func(*T) error) {
	defer close(o.jobs)
	for {
		select {
		case j := <-o.free:
			if j.err = next(&j.item); j.err != nil {
				j.done <- struct{}{}
				o.queue <- j
				return
			}
			o.queue <- j
			o.jobs <- j
		case <-o.ctx.Done():
			return
		}
	}
}

func (o *ordered[T]) deliver(put func(*T) error) error {
	for {
		select {
		case j := <-o.queue:
			select {
			case <-j.done:
			case <-o.ctx.Done():
				return context.Cause(o.ctx)
			}
			if j.err == io.EOF {
				return nil
			}
			if j.err != nil {
				return j.err
			}
			if err := put(&j.item); err != nil {
				return err
			}
			o.free <- j
		case <-o.ctx.Done():
			return context.Cause(o.ctx)
		}
	}
}
