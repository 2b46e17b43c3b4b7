package ratemaps

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gridcells/pkg/celltype"
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

// source is the step whose activity goes with the position of step t, and the number
// of steps from there on that follow it likewise.
func (s *shift) source(t int) (from, n int) {
	r, at := t/s.period, t%s.period
	from, end := at+s.offsets[r], s.period
	if from >= s.period {
		from, end = from-s.period, s.offsets[r]
	}
	return r*s.period + from, end - from
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

// shifted are maps, tunings or numbers of shifted activities.
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

// put writes a number of a unit in the k-th shift.
func (s *shifted) put(unit, k int, v float64) { s.values[unit*s.shape[0]+k] = float32(v) }

// shiftedKinds is all that is made of shifted activities.
type shiftedKinds struct {
	maps []*shifted // ratemaps, and tunings if there are directions
	// halves are correlations of the halves of a session, and speeds speed scores; nil
	// if there are none.
	halves, speeds *shifted
}

// all lists what there is.
func (s *shiftedKinds) all() []*shifted {
	all := slices.Clone(s.maps)
	for _, numbers := range []*shifted{s.halves, s.speeds} {
		if numbers != nil {
			all = append(all, numbers)
		}
	}
	return all
}

// shiftedKinds plans what is made of shifted activities, without values.
func (a *averager) shiftedKinds() (kinds shiftedKinds) {
	if a.shifts.Shifts == 0 {
		return kinds
	}
	add := func(k kind, bins []int32) {
		kinds.maps = append(kinds.maps, &shifted{field: k.field + "_shifted", shape: append([]int{a.shifts.Shifts}, k.shape...), cells: k.cells, bins: bins, how: a.smoothing(k)})
	}
	numbers := func(field string) *shifted {
		return &shifted{field: field, shape: []int{a.shifts.Shifts}, cells: 1}
	}
	add(a.kinds.list[0], a.kept.bins)
	if k := a.kinds.direction; k >= 0 {
		add(a.kinds.list[k], a.kept.turns)
	}
	if a.session != nil && a.halves == "session" {
		kinds.halves = numbers("split_half_r_shifted")
	}
	if a.session != nil {
		kinds.speeds = numbers("speed_score_shifted")
	}
	return kinds
}

func (a *averager) shiftedFields() []npy.Field {
	var fields []npy.Field
	kinds := a.shiftedKinds()
	for _, s := range kinds.all() {
		fields = append(fields, npy.Field{Name: s.field, Type: npy.Float32, Shape: s.shape})
	}
	return fields
}

// shiftLayer measures a layer's shifted activities.
func (a *averager) shiftLayer(ctx context.Context, l layer) ([]*shifted, error) {
	kinds := a.shiftedKinds()
	all := kinds.all()
	for _, s := range all {
		s.values = make([]float32, l.units()*a.shifts.Shifts*s.cells)
	}
	if len(all) == 0 {
		return nil, nil
	}
	err := parallel.Each(ctx, a.workers, a.shifts.Shifts, func(_, k int) error { return a.shiftOnce(l, k, &kinds) })
	if err != nil || kinds.speeds == nil {
		return all, err
	}
	return all, parallel.Each(ctx, a.workers, l.units(), func(_, u int) error {
		a.shiftSpeeds(l, u, kinds.speeds)
		return nil
	})
}

// shiftOnce averages the activities shifted by the k-th draw.
func (a *averager) shiftOnce(l layer, k int, kinds *shiftedKinds) error {
	draw := a.draw(k)
	for _, s := range kinds.maps {
		err := a.shiftedRates(l, draw, s, 0, len(s.bins), func(unit int, rates []float64) {
			to := s.of(unit)[k*s.cells:]
			for i, v := range rates {
				to[i] = float32(v)
			}
		})
		if err != nil {
			return err
		}
	}
	if kinds.halves == nil {
		return nil
	}
	maps, middle := kinds.maps[0], (len(a.kept.bins)+1)/2
	first := make([][]float64, l.units())
	err := a.shiftedRates(l, draw, maps, 0, middle, func(unit int, rates []float64) { first[unit] = slices.Clone(rates) })
	if err != nil {
		return err
	}
	return a.shiftedRates(l, draw, maps, middle, len(a.kept.bins), func(unit int, rates []float64) {
		kinds.halves.put(unit, k, celltype.Stability(first[unit], rates))
	})
}

// shiftedRates averages shifted activities in the steps from to to−1, and hands the
// rates of each unit to use.
func (a *averager) shiftedRates(l layer, draw *shift, s *shifted, from, to int, use func(unit int, rates []float64)) error {
	sums := ratemap.NewAccumulator(s.cells, l.units())
	l.shift(sums, s.bins, from, to, draw)
	estimator := ratemap.NewEstimator(sums.Steps(), s.shape[len(s.shape)-1], s.how)
	sum, rate := make([]float64, s.cells), make([]float64, s.cells)
	for u := range l.units() {
		if err := sums.Sums(sum, u); err != nil {
			return err
		}
		if err := estimator.Rates(rate, sum); err != nil {
			return fmt.Errorf("unit %d: %w", u, err)
		}
		use(u, rate)
	}
	return nil
}

// shiftSpeeds finds the speed scores of a unit whose smoothed rate is shifted in time
// against the speeds.
func (a *averager) shiftSpeeds(l layer, unit int, to *shifted) {
	rates, speeds := l.keptRate(unit), a.kept.speeds
	for k := range a.shifts.Shifts {
		draw := a.draw(k)
		var sums ratemap.SpeedSums
		for t := 0; t < len(speeds); {
			source, n := draw.source(t)
			n = min(n, len(speeds)-t)
			sums.Add(rates[source:source+n], speeds[t:t+n], leastSpeed)
			t += n
		}
		to.put(unit, k, sums.Score())
	}
}
