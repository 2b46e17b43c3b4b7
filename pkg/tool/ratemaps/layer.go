package ratemaps

import (
	"fmt"
	"math"
	"slices"

	"gridcells/pkg/npy"
	"gridcells/pkg/ratemap"
)

// layer is one field of activities, in single or double precision.
type layer interface {
	name() string
	units() int
	// decode takes the activities from record i of the batch, whose bytes stay as they are
	// until the batch was added.
	decode(i int, row []byte)
	// finite reports whether all activities of a record are finite.
	finite(row []byte) bool
	// check returns an error about the first activity of record i that is not
	// finite, among the steps that count.
	check(i int, counts func(step int) bool) error
	// add adds the batch to the worker's share of the units; bins are those of its
	// steps, by kind of map. It reports whether what it added is finite.
	add(worker int, bins [][]int32) (finite bool)
	// keep holds on to the activities of the first n records of the batch.
	keep(n int)
	// addKept adds the kept activities of steps from to to−1 to a kind of maps; bins
	// are those of all steps.
	addKept(worker, kind int, bins []int32, from, to int)
	// sums writes the sum of a unit's activity in each bin of a kind of maps.
	sums(dst []float64, kind, unit int) error
	// steps are the numbers of steps in each bin of a kind of maps.
	steps(kind int) []int64
	// addSpeeds adds the batch to the worker's share of the speed scores; speeds are
	// those of its steps.
	addSpeeds(worker int, speeds []float64)
	// speedScore is that of a unit.
	speedScore(unit int) float64
	// shift adds up the kept activities of all units, shifted in time, in the steps
	// from to to−1; bins are those of all steps.
	shift(dst *ratemap.Accumulator, bins []int32, from, to int, s *shift)
	// keptRate is the smoothed rate of a unit in all kept steps of a recorded session.
	keptRate(unit int) []float64
}

func (a *averager) newLayer(s source) layer {
	if s.Type == npy.Float32 {
		return newActivities(a, s, s.Float32, s.View)
	}
	return newActivities(a, s, s.Float64, func([]byte) ([]float64, bool) { return nil, false })
}

// activities of a layer in a batch, and the sums of the units' shares.
type activities[F float32 | float64] struct {
	source  source
	read    func(dst []F, row []byte)
	view    func(row []byte) ([]F, bool) // the values without a copy, where that is possible
	records [][]F                        // of each record of the batch, [T, units]
	copies  [][]F                        // where there are no views; nil as long as there are
	shares  []share
	kept    [][]F // of each batch, if they are kept
}

// share is the part of a layer's units that one worker adds up.
type share struct {
	from, to int
	sums     []*ratemap.Accumulator // by kind of map
	speed    *ratemap.SpeedScore    // of a recorded session
}

func newActivities[F float32 | float64](a *averager, source source, read func([]F, []byte), view func([]byte) ([]F, bool)) *activities[F] {
	units := source.Shape[1]
	l := &activities[F]{source: source, read: read, view: view, records: make([][]F, a.batch), copies: make([][]F, a.batch)}
	for w := range a.workers {
		s := share{from: w * units / a.workers, to: (w + 1) * units / a.workers}
		for _, k := range a.kinds.list {
			s.sums = append(s.sums, ratemap.NewAccumulator(k.cells, s.to-s.from))
		}
		if a.session != nil {
			s.speed = ratemap.NewSpeedScore(s.to-s.from, a.in.steps, speedSmooth/a.session.FrameSeconds, leastSpeed)
		}
		l.shares = append(l.shares, s)
	}
	return l
}

func (l *activities[F]) name() string { return l.source.layer }
func (l *activities[F]) units() int   { return l.source.Shape[1] }

func (l *activities[F]) decode(i int, row []byte) {
	if values, ok := l.view(row); ok {
		l.records[i] = values
		return
	}
	if l.copies[i] == nil {
		l.copies[i] = make([]F, l.source.Len())
	}
	l.records[i] = l.copies[i]
	l.read(l.records[i], row)
}

func (l *activities[F]) finite(row []byte) bool { return l.source.CheckRow(row) == nil }

func (l *activities[F]) check(i int, counts func(step int) bool) error {
	units := l.units()
	for k, v := range l.records[i] {
		value := float64(v)
		if (math.IsNaN(value) || math.IsInf(value, 0)) && counts(k/units) {
			return fmt.Errorf("%w; a position of NaN leaves the step out of maps",
				&npy.NotFiniteError{Field: l.source.Name, Index: []int{k / units, k % units}, Value: value})
		}
	}
	return nil
}

func (l *activities[F]) add(worker int, bins [][]int32) (finite bool) {
	s, steps := l.shares[worker], l.source.Shape[0]
	if s.from == s.to {
		return true
	}
	finite = true
	block := l.block()
	for from := 0; from < len(bins[0]); {
		i, t := from/steps, from%steps
		to := from + min(block, steps-t)
		rows := l.records[i][t*l.units()+s.from:]
		for k, sum := range s.sums {
			finite = ratemap.Add(sum, bins[k][from:to], rows, l.units()) && finite
		}
		from = to
	}
	return finite
}

// block is the number of steps whose activities stay in the nearest cache, while they
// are added to one kind of map after the other.
func (l *activities[F]) block() int {
	const bytes = 16 << 10
	return max(1, bytes/(l.units()*l.source.Type.Size))
}

func (l *activities[F]) addSpeeds(worker int, speeds []float64) {
	s, steps := l.shares[worker], l.source.Shape[0]
	for i := 0; i < len(speeds)/steps && s.from < s.to; i++ {
		ratemap.AddSpeeds(s.speed, speeds[i*steps:(i+1)*steps], l.records[i][s.from:], l.units())
	}
}

func (l *activities[F]) speedScore(unit int) float64 {
	i := slices.IndexFunc(l.shares, func(s share) bool { return unit >= s.from && unit < s.to })
	return l.shares[i].speed.Of(unit - l.shares[i].from)
}

func (l *activities[F]) keep(n int) {
	l.kept = append(l.kept, slices.Concat(l.records[:n]...))
}

func (l *activities[F]) addKept(worker, kind int, bins []int32, from, to int) {
	s := l.shares[worker]
	if s.from == s.to {
		return
	}
	begin := 0 // step at which a chunk begins
	for _, chunk := range l.kept {
		end := begin + len(chunk)/l.units()
		if lo, hi := max(from, begin), min(to, end); lo < hi {
			ratemap.Add(s.sums[kind], bins[lo:hi], chunk[(lo-begin)*l.units()+s.from:], l.units())
		}
		begin = end
	}
}

func (l *activities[F]) sums(dst []float64, kind, unit int) error {
	for _, s := range l.shares {
		if unit >= s.from && unit < s.to {
			return s.sums[kind].Sums(dst, unit-s.from)
		}
	}
	return fmt.Errorf("no unit %d", unit)
}

func (l *activities[F]) steps(kind int) []int64 {
	for _, s := range l.shares {
		if s.from < s.to { // only these count
			return s.sums[kind].Steps()
		}
	}
	return l.shares[0].sums[kind].Steps()
}

func (l *activities[F]) shift(dst *ratemap.Accumulator, bins []int32, from, to int, s *shift) {
	units, full := l.units(), len(l.kept[0])/l.units()
	for from < to {
		source, n := s.source(from)
		n = min(n, to-from, full-source%full)
		ratemap.Add(dst, bins[from:from+n], l.kept[source/full][source%full*units:], units)
		from += n
	}
}

func (l *activities[F]) keptRate(unit int) []float64 {
	units, steps := l.units(), l.source.Shape[0]
	var rates []float64
	for _, chunk := range l.kept {
		for from := 0; from < len(chunk); from += steps * units {
			n := len(rates)
			rates = append(rates, make([]float64, steps)...)
			ratemap.SmoothRate(l.shares[0].speed, rates[n:], chunk[from+unit:], units)
		}
	}
	return rates
}
