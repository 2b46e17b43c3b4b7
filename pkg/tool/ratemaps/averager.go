package ratemaps

import (
	"context"
	"slices"
	"sync/atomic"

	"gridcells/pkg/cli"
	"gridcells/pkg/npy"
	"gridcells/pkg/parallel"
	"gridcells/pkg/pipeline"
	"gridcells/pkg/ratemap"
)

// kind is one of the maps that are made of every unit.
type kind struct {
	field string
	shape []int
	cells int
	sigma ratemap.Size[float64] // standard deviation (bins) of the smoothing
	raw   bool                  // no smoothing, nor an adaptive one
}

// kinds are the maps that are made of every unit, and where each is in the list.
type kinds struct {
	list       []kind
	rooms      int // the first are maps of the room, one for each number of bins
	unsmoothed int // the first map again, without smoothing; −1 if that has none
	direction  int // the direction tuning; −1 if there is none
	halves     int // the first half, which the second follows; −1 if there are none
}

// largest is the most cells of a kind.
func (k *kinds) largest() int {
	cells := 0
	for _, kind := range k.list {
		cells = max(cells, kind.cells)
	}
	return cells
}

func planKinds(f *flags, directions bool) kinds {
	room := func(name string, b bins) kind {
		sigma := ratemap.Size[float64]{X: f.Smooth / f.sides.X * float64(b.X), Y: f.Smooth / f.sides.Y * float64(b.Y)}
		return kind{field: name, shape: []int{b.X, b.Y}, cells: b.X * b.Y, sigma: sigma}
	}
	k := kinds{list: []kind{room("ratemap", f.Bins[0])}, unsmoothed: -1, direction: -1, halves: -1}
	for _, b := range f.Bins[1:] {
		k.list = append(k.list, room("ratemap_"+b.String(), b))
	}
	k.rooms = len(k.list)
	if f.session != nil && (f.Smooth > 0 || f.Adaptive > 0) {
		raw := room("ratemap_unsmoothed", f.Bins[0])
		raw.sigma, raw.raw = ratemap.Size[float64]{}, true
		k.unsmoothed = len(k.list)
		k.list = append(k.list, raw)
	}
	if directions {
		k.direction = len(k.list)
		k.list = append(k.list, kind{field: "direction_tuning", shape: []int{f.DirectionBins}, cells: f.DirectionBins})
	}
	if f.Halves != "" {
		k.halves = len(k.list)
		k.list = append(k.list, room("ratemap_half_1", f.Bins[0]), room("ratemap_half_2", f.Bins[0]))
	}
	return k
}

// averager adds up records.
type averager struct {
	in      *input
	place   *place
	kinds   kinds
	halves  string  // "" if there are none
	side    float64 // of the room (m), the longer one
	shifts  ShiftParameters
	how     Estimate
	session *pipeline.Recording // nil unless the input is a recorded session
	workers int
	batch   int // records

	layers    []layer // made with the first batch
	records   int64
	inside    int64 // steps in the room, also those left out for their speed
	speed     int64 // steps left out for their speed
	course    continuity
	occupancy []float64
	all, out  *npy.DType // of the rows: with all fields, and without those to drop
	b         batch
	kept      kept
}

// batch holds the bins, positions, directions and speeds of the records that are being added.
type batch struct {
	bins       [][]int32 // of each step, by kind of map
	positions  []float64 // [records, T, 2], m
	turns      []float64 // [records, T], rad
	directions []directions
	speeds     []float64 // [records, T], m/s, of a recorded session
	tooFast    []int64   // of each record, the steps in the room left out for their speed
}

// kept is what is held of all steps, for shifts and halves of the session.
type kept struct {
	bins   []int32   // of the first kind of map
	turns  []int32   // bins of direction, if there are any
	speeds []float64 // of a recorded session, m/s
}

func newAverager(in *input, f *flags) (*averager, error) {
	a := &averager{in: in, workers: f.Workers(), halves: f.Halves, side: f.EnvSize, kinds: planKinds(f, in.direction != nil), shifts: f.ShiftParameters, how: f.Estimate, session: f.session}
	if err := a.checkScopes(); err != nil {
		return nil, err
	}
	var err error
	if a.place, err = newPlace(in, f); err != nil {
		return nil, err
	}
	a.occupancy = make([]float64, a.kinds.list[0].cells)
	a.batch = in.batch()
	if a.all, err = a.layout(); err != nil {
		return nil, err
	}
	a.out, err = f.Drop.From(a.all)
	return a, err
}

// checkScopes refuses halves and shifts that records of one step cannot have.
func (a *averager) checkScopes() error {
	if a.in.steps > 1 {
		return nil
	}
	switch {
	case a.shifts.Shifts > 0 && a.shifts.ShiftScope == "record":
		return cli.Usagef("--shifts: a record of one step cannot be shifted by itself; use --shift-scope session, which shifts all records as a whole")
	case a.halves == "time":
		return cli.Usagef("--halves time: a record of one step has no halves; use --halves session, which divides all records by time")
	case a.halves == "records":
		return cli.Usagef("--halves records: with one step in each record both halves would hold every other sample of the same path; use --halves session, which divides all records by time")
	}
	return nil
}

// steps is the number of steps that were read.
func (a *averager) steps() int64 { return a.records * int64(a.in.steps) }

// keeps reports whether activities are held in memory. Halves of a session need
// that only where its length is not known before its end.
func (a *averager) keeps() bool {
	return a.shifts.Shifts > 0 || a.halves == "session" && a.frames() == 0
}

// frames is the number of frames of the session, 0 if it is not known. Those after
// it fill up the last record.
func (a *averager) frames() int64 {
	if a.session == nil {
		return 0
	}
	return a.session.Frames
}

// start allocates. It waits for the first records, since a header alone may claim
// anything.
func (a *averager) start() {
	for _, s := range a.in.layers {
		a.layers = append(a.layers, a.newLayer(s))
	}
	for range a.kinds.list {
		a.b.bins = append(a.b.bins, make([]int32, a.batch*a.in.steps))
	}
	a.b.positions = make([]float64, a.batch*a.in.steps*2)
	a.b.turns = make([]float64, a.batch*a.in.steps)
	a.b.directions = make([]directions, a.batch)
	a.b.tooFast = make([]int64, a.batch)
	if a.session != nil {
		a.b.speeds = make([]float64, a.batch*a.in.steps)
	}
}

// add adds a batch. First each worker decodes some of the records. Then each
// worker adds up some of the units, over all records in their order, so that the
// sums do not depend on the number of workers.
func (a *averager) add(ctx context.Context, rows npy.Rows) error {
	if a.layers == nil {
		a.start()
	}
	steps, n := a.in.steps, rows.Len()
	err := a.divided(ctx, func(w int) error {
		for i := w * n / a.workers; i < (w+1)*n/a.workers; i++ {
			a.findBins(i, rows.Row(i))
			for _, l := range a.layers {
				l.decode(i, rows.Row(i))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	var bins [][]int32
	for _, of := range a.b.bins {
		bins = append(bins, of[:n*steps])
	}
	var strange atomic.Bool // an activity is not finite
	err = a.divided(ctx, func(w int) error {
		for _, l := range a.layers {
			if !l.add(w, bins) {
				strange.Store(true)
			}
			if a.session != nil {
				l.addSpeeds(w, a.b.speeds[:n*steps])
			}
		}
		return nil
	})
	if err == nil && (strange.Load() || a.shifts.Shifts > 0) {
		err = a.check(rows)
	}
	if err != nil {
		return err
	}
	a.count(n, bins[0])
	if a.keeps() {
		a.keep(n, bins)
	}
	return nil
}

// findBins finds the bins of the steps of record i.
func (a *averager) findBins(i int, row []byte) {
	steps := a.in.steps
	at := func(kind int) []int32 { return a.b.bins[kind][i*steps : (i+1)*steps] }
	xy := a.b.positions[2*i*steps : 2*(i+1)*steps]
	a.place.positions(xy, row)
	for k, square := range a.place.rooms {
		square.Bins(at(k), xy)
	}
	if k := a.kinds.unsmoothed; k >= 0 {
		copy(at(k), at(0))
	}
	if k := a.kinds.direction; k >= 0 {
		turns := a.b.turns[i*steps : (i+1)*steps]
		a.b.directions[i] = a.place.turns(turns, row)
		a.place.circle.Bins(at(k), turns)
	}
	if a.session != nil {
		ratemap.Speeds(a.b.speeds[i*steps:(i+1)*steps], xy, a.how.reach(a.session.FrameSeconds), a.session.FrameSeconds)
		a.leaveOut(i, at)
	}
	if k := a.kinds.halves; k >= 0 {
		a.halve(at(0), at(k), at(k+1), a.records+int64(i))
	}
}

// leaveOut takes the steps of record i whose speed is not within the limits, or not
// known, out of all maps.
func (a *averager) leaveOut(i int, at func(kind int) []int32) {
	a.b.tooFast[i] = 0
	if !a.how.limitsSpeed() {
		return
	}
	for t, v := range a.b.speeds[i*a.in.steps : (i+1)*a.in.steps] {
		if v >= a.how.MinSpeed && (a.how.MaxSpeed == 0 || v <= a.how.MaxSpeed) {
			continue
		}
		if at(0)[t] != ratemap.Outside {
			a.b.tooFast[i]++
		}
		for k := range a.kinds.list {
			at(k)[t] = ratemap.Outside
		}
	}
}

// halve puts each step of a record into one half. Where the length of a session is
// not known its halves are found at the end; until then no step is in either.
func (a *averager) halve(bins, first, second []int32, record int64) {
	middle := (a.frames() + 1) / 2
	for t, bin := range bins {
		first[t], second[t] = ratemap.Outside, ratemap.Outside
		switch {
		case a.halves == "session" && middle == 0:
		case a.halves == "session" && record*int64(len(bins))+int64(t) >= middle:
			second[t] = bin
		case a.halves == "records" && record%2 == 1, a.halves == "time" && t >= (len(bins)+1)/2:
			second[t] = bin
		default:
			first[t] = bin
		}
	}
}

// check returns an error about the first activity of the batch that counts and is not
// finite.
func (a *averager) check(rows npy.Rows) error {
	for i := range rows.Len() {
		for _, l := range a.layers {
			if l.finite(rows.Row(i)) {
				continue
			}
			if err := l.check(i, func(t int) bool { return a.counts(i*a.in.steps + t) }); err != nil {
				return &npy.RecordError{Record: a.records + int64(i), Err: err}
			}
		}
	}
	return nil
}

// counts reports whether the activity of a step of the batch goes into a map.
func (a *averager) counts(step int) bool {
	if a.shifts.Shifts > 0 {
		return true
	}
	for _, of := range a.b.bins {
		if of[step] != ratemap.Outside {
			return true
		}
	}
	return false
}

// count counts n records.
func (a *averager) count(n int, bins []int32) {
	a.records += int64(n)
	a.place.seen.Add(a.b.positions[:2*n*a.in.steps])
	for i := range n {
		a.course.add(a.b.positions[2*i*a.in.steps:2*(i+1)*a.in.steps], a.side)
	}
	for _, d := range a.b.directions[:n] {
		a.place.directions.add(d)
	}
	for _, excluded := range a.b.tooFast[:n] {
		a.speed += excluded
		a.inside += excluded
	}
	for _, b := range bins {
		if b != ratemap.Outside {
			a.inside++
			a.occupancy[b]++
		}
	}
}

// keep holds on to what a batch of n records has for shifts and halves.
func (a *averager) keep(n int, bins [][]int32) {
	for _, l := range a.layers {
		l.keep(n)
	}
	a.kept.bins = append(a.kept.bins, bins[0]...)
	if k := a.kinds.direction; k >= 0 {
		a.kept.turns = append(a.kept.turns, bins[k]...)
	}
	if a.session != nil {
		a.kept.speeds = append(a.kept.speeds, a.b.speeds[:len(bins[0])]...)
	}
}

// finish completes the maps that need all records: those of the halves of a session.
func (a *averager) finish(ctx context.Context) error {
	if frames := a.frames(); frames > 0 && frames < int64(len(a.kept.bins)) { // what fills up the last record
		a.kept.bins = a.kept.bins[:frames]
		a.kept.turns = a.kept.turns[:min(frames, int64(len(a.kept.turns)))]
		a.kept.speeds = a.kept.speeds[:frames]
	}
	switch {
	case a.halves == "records" && a.records == 1:
		return cli.Usagef("--halves records: there is only one record; use --halves time, which divides it")
	case a.halves != "session" || a.frames() > 0:
		return nil
	case a.steps() < 2:
		return cli.Usagef("--halves session: one step has no halves")
	}
	middle := (len(a.kept.bins) + 1) / 2
	return a.divided(ctx, func(w int) error {
		for _, l := range a.layers {
			l.addKept(w, a.kinds.halves, a.kept.bins, 0, middle)
			l.addKept(w, a.kinds.halves+1, a.kept.bins, middle, len(a.kept.bins))
		}
		return nil
	})
}

// divided calls work once for each worker, all at the same time. It returns the
// error of the first worker, by number, that failed.
func (a *averager) divided(ctx context.Context, work func(worker int) error) error {
	return parallel.Each(ctx, a.workers, a.workers, func(_, w int) error { return work(w) })
}

// derived is what the provenance says that no flag sets: how many steps were left
// out, and where the middle of the positions was. It is nil if there is nothing
// to say.
func (a *averager) derived() any {
	d := struct {
		Outside int64       `json:"steps_outside,omitempty"`
		Lost    int64       `json:"steps_lost,omitempty"`
		Speed   int64       `json:"steps_left_out_for_speed,omitempty"`
		Middle  *[2]float64 `json:"middle_m,omitempty"`
		Room    *[2]float64 `json:"room_m,omitempty"`
	}{Lost: a.lost(), Outside: a.place.seen.Finite() - a.inside, Speed: a.speed}
	if a.place.moved {
		d.Middle = &a.place.origin
	}
	notSquare := slices.ContainsFunc(a.kinds.list[:a.kinds.rooms], func(k kind) bool { return k.shape[0] != k.shape[1] })
	if sides := a.place.sides; a.session != nil || sides.X != sides.Y || notSquare {
		d.Room = &[2]float64{sides.X, sides.Y}
	}
	if d.Outside == 0 && d.Lost == 0 && d.Speed == 0 && d.Middle == nil && d.Room == nil {
		return nil
	}
	return d
}

// lost is the number of steps in which tracking was lost.
func (a *averager) lost() int64 { return a.place.seen.Lost() - a.padding() }

// padding is the number of frames that fill up the last record of a session. Nothing
// is known in them.
func (a *averager) padding() int64 {
	if a.frames() == 0 {
		return 0
	}
	return max(0, a.steps()-a.frames())
}
