package ratemaps

import (
	"fmt"
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
	// add adds the batch to the worker's share of the units; turns is nil if
	// there are no directions.
	add(worker int, bins, turns []int32)
	// mean writes a unit's maps.
	mean(unit int, rates, tuning []float64) error
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
	tuned  bool
}

// share is the part of a layer's units that one worker adds up.
type share struct {
	from, to      int
	rates, tuning *ratemap.Accumulator
}

func newActivities[F float32 | float64](a *averager, c npy.Column, read func([]F, []byte)) *activities[F] {
	units := c.Shape[1]
	l := &activities[F]{column: c, read: read, values: make([]F, a.batch*c.Len()), tuned: a.directions}
	for w := range a.workers {
		s := share{from: w * units / a.workers, to: (w + 1) * units / a.workers}
		s.rates = ratemap.NewAccumulator(a.room.Cells(), s.to-s.from)
		s.tuning = ratemap.NewAccumulator(a.circle.Cells(), s.to-s.from)
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

func (l *activities[F]) add(worker int, bins, turns []int32) {
	s := l.shares[worker]
	if s.from == s.to {
		return
	}
	ratemap.Add(s.rates, bins, l.values[s.from:], l.units())
	if turns != nil {
		ratemap.Add(s.tuning, turns, l.values[s.from:], l.units())
	}
}

func (l *activities[F]) mean(unit int, rates, tuning []float64) error {
	for _, s := range l.shares {
		if unit < s.from || unit >= s.to {
			continue
		}
		if err := s.rates.Mean(rates, unit-s.from); err != nil {
			return fmt.Errorf("unit %d: %w", unit, err)
		}
		if l.tuned {
			if err := s.tuning.Mean(tuning, unit-s.from); err != nil {
				return fmt.Errorf("unit %d: %w", unit, err)
			}
		}
		return nil
	}
	return fmt.Errorf("no unit %d", unit)
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
