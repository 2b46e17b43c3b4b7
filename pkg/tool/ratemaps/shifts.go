package ratemaps

import (
	"context"
	"fmt"
	"math"

	"gridcells/pkg/npy"
	"gridcells/pkg/random"
	"gridcells/pkg/ratemap"
)

// shifts are the circular shifts in time that were asked for. Activity keeps its
// distribution and its course in time and loses its relation to place.
//
// A shift is drawn for each record, or one for the session, and holds for all
// units, which keep their correlations.
type shifts struct {
	Count int     `json:"shifts"`
	Scope string  `json:"shift_scope"` // record or session
	Least float64 `json:"shift_least"` // fraction of the record or session
	Seed  uint64  `json:"seed"`
}

// shift is one draw.
type shift struct {
	period  int   // steps of a record, or of the session
	offsets []int // of each record, or the one of the session
}

// source is the step whose activity goes with the position of step t.
func (s *shift) source(t int) int {
	r := t / s.period
	from := t%s.period + s.offsets[r]
	if from >= s.period {
		from -= s.period
	}
	return r*s.period + from
}

// draw draws the k-th shift of a number of records of so many steps.
func (p shifts) draw(k, records, steps int) *shift {
	if p.Scope == "session" {
		records, steps = 1, records*steps
	}
	s := &shift{period: steps, offsets: make([]int, records)}
	stream := random.New(p.Seed, "null shift")
	stream.Seek(uint64(k))
	least := min(max(1, int(math.Ceil(p.Least*float64(steps)))), steps/2) // a shift by 0 is none
	for i := range s.offsets {
		s.offsets[i] = least + stream.IntN(steps-2*least+1)
	}
	return s
}

// keep holds on to what shifts need of a batch of n records.
func (a *averager) keep(n int, b *bins) {
	for _, l := range a.layers {
		l.keep(n)
	}
	a.kept[0] = append(a.kept[0], b.of[0]...)
	if a.directions {
		a.kept[1] = append(a.kept[1], b.of[len(a.rooms)]...)
	}
}

// shifted are maps or tunings of shifted activities.
type shifted struct {
	field  string
	shape  []int
	cells  int
	bins   []int32
	values []float32 // [units, shifts, cells]
}

func (s *shifted) of(unit int) []float32 {
	n := len(s.values)
	per := s.shape[0] * s.cells
	return s.values[unit*per : min(n, (unit+1)*per)]
}

// shiftedKinds are the maps made of shifted activities, without their values.
func (a *averager) shiftedKinds() []*shifted {
	if a.shifts.Count == 0 {
		return nil
	}
	add := func(k kind, bins []int32) *shifted {
		return &shifted{field: k.field + "_shifted", shape: append([]int{a.shifts.Count}, k.shape...), cells: k.cells, bins: bins}
	}
	kinds := []*shifted{add(a.kinds[0], a.kept[0])}
	if a.directions {
		kinds = append(kinds, add(a.kinds[len(a.rooms)], a.kept[1]))
	}
	return kinds
}

func (a *averager) shiftedFields() []npy.Field {
	var fields []npy.Field
	for _, s := range a.shiftedKinds() {
		fields = append(fields, npy.Field{Name: s.field, Type: npy.Float32, Shape: s.shape})
	}
	return fields
}

// shiftLayer averages a layer's shifted activities.
func (a *averager) shiftLayer(ctx context.Context, l layer) ([]*shifted, error) {
	kinds := a.shiftedKinds()
	for _, s := range kinds {
		s.values = make([]float32, l.units()*a.shifts.Count*s.cells)
	}
	errs := make([]error, a.workers)
	if len(kinds) == 0 {
		return nil, nil
	}
	parallel(a.workers, func(w int) {
		for k := w; k < a.shifts.Count && errs[w] == nil; k += a.workers {
			if errs[w] = context.Cause(ctx); errs[w] == nil {
				errs[w] = a.shiftOnce(l, k, kinds)
			}
		}
	})
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return kinds, nil
}

// shiftOnce averages the activities shifted by the k-th draw.
func (a *averager) shiftOnce(l layer, k int, kinds []*shifted) error {
	draw := a.shifts.draw(k, int(a.records), a.position.Shape[0])
	for _, s := range kinds {
		sums := ratemap.NewAccumulator(s.cells, l.units())
		l.shift(sums, s.bins, draw)
		mean := make([]float64, s.cells)
		for u := range l.units() {
			if err := sums.Mean(mean, u); err != nil {
				return fmt.Errorf("unit %d: %w", u, err)
			}
			to := s.of(u)[k*s.cells:]
			for i, v := range mean {
				to[i] = float32(v)
			}
		}
	}
	return nil
}
