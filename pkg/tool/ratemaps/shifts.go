package ratemaps

import (
	"context"
	"fmt"
	"math"

	"gridcells/pkg/npy"
	"gridcells/pkg/parallel"
	"gridcells/pkg/random"
	"gridcells/pkg/ratemap"
)

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

// draw draws the k-th shift of all records.
func (a *averager) draw(k int) *shift {
	p, records, steps := a.shifts, int(a.records), a.in.steps
	if p.ShiftScope == "session" {
		records, steps = 1, len(a.kept.bins)
	}
	if a.session != nil && p.ShiftSeconds > 0 {
		p.ShiftLeast = p.ShiftSeconds / a.session.FrameSeconds / float64(steps)
	}
	return p.draw(k, records, steps)
}

// draw draws the k-th shift of records with that number of steps.
func (p *ShiftParameters) draw(k, records, steps int) *shift {
	s := &shift{period: steps, offsets: make([]int, records)}
	stream := random.New(p.Seed, "null shift")
	stream.Seek(uint64(k))
	least := min(max(1, int(math.Ceil(p.ShiftLeast*float64(steps)))), steps/2) // a shift by 0 is none
	for i := range s.offsets {
		s.offsets[i] = least + stream.IntN(steps-2*least+1)
	}
	return s
}

// shifted are maps or tunings of shifted activities.
type shifted struct {
	field  string
	shape  []int
	cells  int
	bins   []int32
	how    ratemap.Smoothing
	values []float32 // [units, shifts, cells]
}

func (s *shifted) of(unit int) []float32 {
	n := len(s.values)
	per := s.shape[0] * s.cells
	return s.values[unit*per : min(n, (unit+1)*per)]
}

// shiftedKinds are the maps made of shifted activities, without their values.
func (a *averager) shiftedKinds() []*shifted {
	if a.shifts.Shifts == 0 {
		return nil
	}
	add := func(k kind, bins []int32) *shifted {
		return &shifted{field: k.field + "_shifted", shape: append([]int{a.shifts.Shifts}, k.shape...), cells: k.cells, bins: bins, how: a.smoothing(k)}
	}
	kinds := []*shifted{add(a.kinds.list[0], a.kept.bins)}
	if k := a.kinds.direction; k >= 0 {
		kinds = append(kinds, add(a.kinds.list[k], a.kept.turns))
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
		s.values = make([]float32, l.units()*a.shifts.Shifts*s.cells)
	}
	if len(kinds) == 0 {
		return nil, nil
	}
	err := parallel.Each(ctx, a.workers, a.shifts.Shifts, func(_, k int) error { return a.shiftOnce(l, k, kinds) })
	return kinds, err
}

// shiftOnce averages the activities shifted by the k-th draw.
func (a *averager) shiftOnce(l layer, k int, kinds []*shifted) error {
	draw := a.draw(k)
	for _, s := range kinds {
		sums := ratemap.NewAccumulator(s.cells, l.units())
		l.shift(sums, s.bins, draw)
		estimator := ratemap.NewEstimator(sums.Steps(), s.shape[len(s.shape)-1], s.how)
		sum, rate := make([]float64, s.cells), make([]float64, s.cells)
		for u := range l.units() {
			if err := sums.Sums(sum, u); err != nil {
				return err
			}
			if err := estimator.Rates(rate, sum); err != nil {
				return fmt.Errorf("unit %d: %w", u, err)
			}
			to := s.of(u)[k*s.cells:]
			for i, v := range rate {
				to[i] = float32(v)
			}
		}
	}
	return nil
}
