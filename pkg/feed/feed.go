// Package feed brings encoded trajectories from a record stream into the
// batches of a network.
package feed

import (
	"context"
	"errors"
	"fmt"
	"io"

	"gridcells/pkg/ensemble"
	"gridcells/pkg/network"
	"gridcells/pkg/npy"
	"gridcells/pkg/parallel"
)

// Feed reads batches. Its fields describe the stream.
type Feed struct {
	DType      *npy.DType
	Provenance npy.Provenance
	Ensembles  ensemble.Config
	Steps      int            // T, the steps of a trajectory
	Heads      []network.Head // one for each ensemble, place cells first

	reader  *npy.Reader
	egoVel  npy.Column
	init    []npy.Column // for each head
	targets []npy.Column

	rows   *npy.Prefetcher
	team   *parallel.Team
	size   int // trajectories of a batch
	blind  bool
	x      []float32 // a trajectory's values, for each thread
	work   func(member int)
	loaded npy.Rows
	into   *network.Batch
}

// Open reads the stream's header and finds the fields; what it lacks is an
// [*npy.FieldError].
func Open(r *npy.Reader) (*Feed, error) {
	f := &Feed{reader: r}
	var err error
	if f.DType, f.Provenance, err = r.Header(); err != nil {
		return nil, err
	}
	if f.Ensembles, err = ensemble.FromProvenance(f.Provenance); err != nil {
		return nil, err
	}
	if f.egoVel, err = f.DType.Floats("ego_vel", -1, network.Inputs); err != nil {
		return nil, err
	}
	f.Steps = f.egoVel.Shape[0]
	for _, kind := range []string{"place", "head_direction"} {
		if err := f.findEnsembles(kind); err != nil {
			return nil, err
		}
	}
	if len(f.Heads) == 0 {
		return nil, &npy.FieldError{Name: "place_target", Found: "no ensemble's codes", Wanted: "those that targets adds"}
	}
	return f, nil
}

func (f *Feed) findEnsembles(kind string) error {
	for i := 0; ; i++ {
		e := ensemble.Named{Kind: kind, Index: i}
		if _, ok := f.DType.Field(e.Field("target")); !ok {
			return nil
		}
		target, err := f.DType.Floats(e.Field("target"), f.Steps, -1)
		if err != nil {
			return err
		}
		init, err := f.DType.Floats(e.Field("init"), -1)
		if err != nil {
			return err
		}
		head := network.Head{Name: e.Field("logits"), Cells: target.Shape[1]}
		if init.Len() != head.Cells {
			head.Init = init.Len()
		}
		f.Heads = append(f.Heads, head)
		f.init, f.targets = append(f.init, init), append(f.targets, target)
	}
}

// Loss is the loss that suits the targets.
func (f *Feed) Loss() network.Loss {
	switch f.Ensembles.TargetsType {
	case ensemble.Normalized:
		return network.SigmoidLoss
	case ensemble.Cartesian:
		return network.SquaredLoss
	}
	return network.SoftmaxLoss
}

// ReleasedLoss is the loss that the released program takes. Its train.py knows
// only the softmax loss, and TensorFlow's gradient of it differs from the true
// one for normalized targets, which do not sum to 1.
func (f *Feed) ReleasedLoss() network.Loss {
	if f.Ensembles.TargetsType == ensemble.Normalized {
		return network.SoftmaxTFLoss
	}
	return network.SoftmaxLoss
}

// First is the number of the stream's first trajectory: what the program that
// made it was told to skip.
func (f *Feed) First() (int64, error) {
	var skip int64
	_, err := f.Provenance.Parameter("skip", &skip)
	return skip, err
}

// Start begins to read batches of size trajectories, ahead of their use; a
// blind network gets zeros for its self-motion. The reading stops with ctx.
func (f *Feed) Start(ctx context.Context, size int, blind bool, team *parallel.Team) {
	f.rows = npy.Prefetch(ctx, f.reader, size, 2)
	f.team, f.size, f.blind = team, size, blind
	longest := f.Steps * network.Inputs
	for _, t := range f.targets {
		longest = max(longest, t.Len())
	}
	f.x = make([]float32, longest*team.Size())
	f.work = f.load
}

// Next reads the rows of the next batch, fewer than asked for only at the end;
// after that it returns io.EOF. They are valid until the next call.
func (f *Feed) Next() (npy.Rows, error) {
	var err error
	f.loaded, err = f.rows.Next()
	return f.loaded, err
}

// Load brings the rows that Next returned into a batch of as many
// trajectories.
func (f *Feed) Load(batch *network.Batch) {
	f.into = batch
	f.team.Run(f.work)
}

// load brings a member's share of the trajectories into time-major order.
func (f *Feed) load(member int) {
	size := f.loaded.Len()
	from, to := parallel.Share(size, member, f.team.Size())
	longest := len(f.x) / f.team.Size()
	x := f.x[member*longest : (member+1)*longest]
	for b := from; b < to; b++ {
		row := f.loaded.Row(b)
		if f.blind {
			clear(x[:f.egoVel.Len()])
			f.scatter(f.into.EgoVel, x, b, size, network.Inputs)
		} else {
			f.scatter(f.into.EgoVel, values(f.egoVel, row, x), b, size, network.Inputs)
		}
		codes := f.into.Init[b*len(f.into.Init)/size:]
		for i, c := range f.targets {
			f.init[i].Float32(codes, row)
			codes = codes[f.init[i].Len():]
			f.scatter(f.into.Targets[i], values(c, row, x), b, size, c.Shape[1])
		}
	}
}

// values returns the row's elements, in place where that is possible and else
// in scratch.
func values(c npy.Column, row []byte, scratch []float32) []float32 {
	if v, ok := c.View(row); ok {
		return v
	}
	c.Float32(scratch, row)
	return scratch[:c.Len()]
}

// scatter copies one trajectory [T, width] into dst [T, B, width].
func (f *Feed) scatter(dst, src []float32, b, size, width int) {
	for t := range f.Steps {
		copy(dst[(t*size+b)*width:][:width], src[t*width:])
	}
}

// Skip passes over n trajectories. It comes before Start.
func (f *Feed) Skip(ctx context.Context, n int64) error {
	var buf []byte
	for n > 0 {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		rows, err := f.reader.Next(buf, int(min(n, 64)))
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("the data end %d trajectories before the place where the run stopped", n)
		}
		if err != nil {
			return err
		}
		n -= int64(rows.Len())
		buf = rows.Data
	}
	return nil
}
