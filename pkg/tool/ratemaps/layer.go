package ratemaps

import (
	"fmt"
	"slices"
	"sync"

	"gridcells/pkg/npy"
	"gridcells/pkg/ratemap"
)

// layer is one field of activities, of either precision.
type layer interface {
	name() string
	units() int
	// decode takes the activities from record i of the batch.
	decode(i int, row []byte)
	// add adds the batch to the worker's share of the units.
	add(worker int, b *bins)
	// keep holds on to the activities of the first n records of the batch.
	keep(n int)
	// mean writes a unit's mean in each bin of a kind of maps.
	mean(dst []float64, kind, unit int) error
	// shift adds up the kept activities, shifted in time, of all units.
	shift(dst *ratemap.Accumulator, bins []int32, s *shift)
}

func (a *averager) newLayer(c npy.Column) layer {
	if c.Type == npy.Float32 {
		return newActivities(a, c, c.Float32)
	}
	return newActivities(a, c, c.Float64)
}

// activities of a layer in a batch, and the sums of the units' shares.
type activities[F float32 | float64] struct {
	column npy.Column
	read   func(dst []F, row []byte)
	values []F // [records, T, units]
	shares []share
	kept   [][]F // of all batches
}

// share is the part of a layer's units that one worker adds up.
type share struct {
	from, to int
	sums     []*ratemap.Accumulator // by kind of map
}

func newActivities[F float32 | float64](a *averager, c npy.Column, read func([]F, []byte)) *activities[F] {
	units := c.Shape[1]
	l := &activities[F]{column: c, read: read, values: make([]F, a.batch*c.Len())}
	for w := range a.workers {
		s := share{from: w * units / a.workers, to: (w + 1) * units / a.workers}
		for _, k := range a.kinds {
			s.sums = append(s.sums, ratemap.NewAccumulator(k.cells, s.to-s.from))
		}
		l.shares = append(l.shares, s)
	}
	return l
}

func (l *activities[F]) name() string { return l.column.Name }
func (l *activities[F]) units() int   { return l.column.Shape[1] }

func (l *activities[F]) decode(i int, row []byte) {
	n := l.column.Len()
	l.read(l.values[i*n:(i+1)*n], row)
}

func (l *activities[F]) add(worker int, b *bins) {
	s := l.shares[worker]
	if s.from == s.to {
		return
	}
	for k, sum := range s.sums {
		ratemap.Add(sum, b.of[k], l.values[s.from:], l.units())
	}
}

func (l *activities[F]) keep(n int) {
	l.kept = append(l.kept, slices.Clone(l.values[:n*l.column.Len()]))
}

func (l *activities[F]) mean(dst []float64, kind, unit int) error {
	for _, s := range l.shares {
		if unit < s.from || unit >= s.to {
			continue
		}
		if err := s.sums[kind].Mean(dst, unit-s.from); err != nil {
			return fmt.Errorf("unit %d: %w", unit, err)
		}
		return nil
	}
	return fmt.Errorf("no unit %d", unit)
}

func (l *activities[F]) shift(dst *ratemap.Accumulator, bins []int32, s *shift) {
	units, full := l.units(), len(l.kept[0])/l.units()
	for t := range bins {
		from := s.source(t)
		chunk := l.kept[from/full]
		at := from % full * units
		ratemap.Add(dst, bins[t:t+1], chunk[at:at+units], units)
	}
}

// parallel calls work(0) … work(workers−1), each in its own goroutine, and waits
// for all.
func parallel(workers int, work func(worker int)) {
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() { work(w) })
	}
	wg.Wait()
}
