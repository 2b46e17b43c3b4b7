package population

import (
	"context"
	"math"
	"slices"

	"gridcells/pkg/celltype"
	"gridcells/pkg/geometry"
	"gridcells/pkg/gridscore"
	"gridcells/pkg/nulls"
	"gridcells/pkg/random"
	"gridcells/pkg/significance"
)

// worker measures units in one goroutine. It holds the working memory.
type worker struct {
	settings *Settings
	scorers  []scorer
	strip    int // width of the strip along a wall, in bins

	maps   [measuredAtOnce]Maps // of the units at hand
	layer  *Layer               // to which these maps belong
	tuning []float64            // a direction tuning above its baseline
	scores map[string][]float64 // null scores of the unit at hand, by definition

	drawn  [][]float64 // null maps
	raised []float64   // a map above its baseline
	nulls  map[string]nulls.Own
	stream *random.Stream
}

// scorer scores by all definitions, for one way to count unvisited bins.
type scorer struct {
	*gridscore.Scorer
	unvisited gridscore.Unvisited
}

func newWorkers(s *Settings) ([]*worker, error) {
	workers := make([]*worker, s.Threads)
	for i := range workers {
		cells := s.Layout.Cells()
		workers[i] = &worker{
			settings: s, strip: max(1, int(math.Round(s.BorderStrip*s.Layout.Shorter()))),
			raised: make([]float64, cells),
			scores: map[string][]float64{},
			nulls:  map[string]nulls.Own{}, stream: random.New(s.Seed, ""),
		}
		for range drawnAtOnce {
			workers[i].drawn = append(workers[i].drawn, make([]float64, cells))
		}
		for _, null := range s.Nulls {
			if null.NewOwn != nil {
				workers[i].nulls[null.Name] = null.NewOwn(s.Layout, s.NullOptions)
			}
		}
	}
	for _, unvisited := range s.Unvisited {
		first, err := gridscore.NewScorer(s.Layout, unvisited, s.Definitions...)
		if err != nil {
			return nil, err
		}
		for i, w := range workers {
			own := first
			if i > 0 {
				own = first.Clone()
			}
			w.scorers = append(w.scorers, scorer{own, unvisited})
		}
	}
	return workers, nil
}

// read returns the maps of a unit, until the next call for any unit whose index is the
// same modulo measuredAtOnce.
func (w *worker) read(l *Layer, unit int) (*Maps, error) {
	if w.layer != l {
		w.maps, w.layer = [measuredAtOnce]Maps{}, l
	}
	m := &w.maps[unit%measuredAtOnce]
	if err := l.maps.Read(unit, m); err != nil {
		return nil, err
	}
	return m, m.validate(w.settings)
}

// drawnAtOnce is how many null maps are drawn and then scored together.
const drawnAtOnce = 8

// scoreMaps scores maps by all definitions. It calls put with the scores of each map in
// turn, after its ellipse was corrected if the settings say so and there is one. seen, if
// it is not nil, gets the SAC before the correction.
func (w *worker) scoreMaps(s scorer, ratemaps [][]float64, seen func(i int, sac []float64) error, put func(i int, scores []gridscore.Score, corrected bool)) error {
	return s.ScoreAll(ratemaps, func(i int, scores []gridscore.Score) error {
		if seen != nil {
			if err := seen(i, s.SAC()); err != nil {
				return err
			}
		}
		corrected := false
		if w.settings.CorrectEllipse {
			l := geometry.Measure(s.SAC(), w.settings.Layout, w.settings.Peaks)
			if corrected = l.Ellipticity <= mostElliptic; corrected {
				if err := s.Correct(scores, gridscore.Ellipse{Ratio: l.Ellipticity, Angle: l.EllipseAngle}); err != nil {
					return err
				}
			}
		}
		put(i, scores, corrected)
		return nil
	})
}

// mostElliptic is the largest ellipticity that is corrected. Six peaks with a larger
// one probably do not belong to a lattice.
const mostElliptic = 2

// measure measures units without their nulls.
func (w *worker) measure(_ context.Context, l *Layer, from int, units []*Unit) error {
	var ratemaps [measuredAtOnce][]float64
	for i, u := range units {
		m, err := w.read(l, from+i)
		if err != nil {
			return &gridscore.MapError{Map: i, Err: err}
		}
		*u = Unit{Number: m.Number, Scores: map[Key]gridscore.Score{}, Nulls: map[NullKey]*NullScores{}}
		ratemaps[i] = m.Ratemap
	}
	for k, s := range w.scorers {
		err := w.scoreMaps(s, ratemaps[:len(units)],
			func(i int, sac []float64) error {
				if k > 0 {
					return nil
				}
				units[i].Lattice = geometry.Measure(sac, w.settings.Layout, w.settings.Peaks)
				return w.keepSAC(l, from+i, sac)
			},
			func(i int, scores []gridscore.Score, corrected bool) {
				for j, d := range w.settings.Definitions {
					units[i].Scores[Key{d.Name, s.unvisited}] = scores[j]
				}
				if k == 0 {
					units[i].Corrected = corrected
				}
			})
		if err != nil {
			return err
		}
	}
	for i, u := range units {
		m := &w.maps[(from+i)%measuredAtOnce]
		l.unvisited.Add(int64(w.unvisited(m.Ratemap)))
		w.measureMap(l, m, &u.Cell)
		w.measureDirection(l, m, &u.Cell)
		w.progress(1)
	}
	return nil
}

// keepSAC passes a unit's SAC on to the caller of Measure.
func (w *worker) keepSAC(l *Layer, unit int, sac []float64) error {
	if w.settings.SAC == nil {
		return nil
	}
	return w.settings.SAC(l.index, unit, sac)
}

// unvisited counts the bins of a ratemap that were never visited.
func (w *worker) unvisited(ratemap []float64) int {
	missing := 0
	for i, v := range ratemap {
		if math.IsNaN(v) && w.settings.inRoom(i) {
			missing++
		}
	}
	return missing
}

func (w *worker) progress(maps int) {
	if w.settings.Progress != nil {
		w.settings.Progress(maps)
	}
}

// measureMap computes the measures of a ratemap other than gridness.
func (w *worker) measureMap(l *Layer, m *Maps, c *Cell) {
	layout := w.settings.Layout
	w.settings.Baseline.Apply(w.raised, m.Ratemap, l.low)
	c.Border = celltype.Border(w.raised, layout, w.strip)
	c.BorderSolstad = celltype.BorderSolstad(w.raised, layout, w.settings.BinLength())
	c.Information, c.InformationRate = celltype.Information(w.raised, m.Occupancy)
	c.Sparsity = celltype.Sparsity(w.raised, m.Occupancy)
	raw := m.Ratemap
	if m.Unsmoothed != nil {
		raw = m.Unsmoothed
	}
	c.Coherence = celltype.Coherence(raw, layout.Y)
	c.MeanRate, c.PeakRate = celltype.Rates(w.raised, m.Occupancy)
	c.Fields, c.FieldArea = celltype.FiringFields(w.raised, layout, w.settings.BinLength(), w.settings.FieldRule)
	c.Stability = math.NaN()
	if m.FirstHalf != nil && m.SecondHalf != nil {
		c.Stability = celltype.Stability(m.FirstHalf, m.SecondHalf)
	}
	c.StabilityP = significance.PValue(c.Stability, m.ShiftedStabilities)
	c.SpeedP = significance.PValue(m.SpeedScore, m.ShiftedSpeedScores)
	c.BorderP = significance.PValue(c.Border, w.shifted(m.ShiftedRatemaps, layout.Cells(), l.low, func(shifted []float64) float64 {
		return celltype.Border(shifted, layout, w.strip)
	}))
	c.BorderSolstadP = significance.PValue(c.BorderSolstad, w.shifted(m.ShiftedRatemaps, layout.Cells(), l.low, func(shifted []float64) float64 {
		return celltype.BorderSolstad(shifted, layout, w.settings.BinLength())
	}))
	c.InformationP = significance.PValue(c.Information, w.shifted(m.ShiftedRatemaps, layout.Cells(), l.low, func(shifted []float64) float64 {
		content, _ := celltype.Information(shifted, m.Occupancy)
		return content
	}))
}

// measureDirection measures the head-direction tuning, if there is one.
func (w *worker) measureDirection(l *Layer, m *Maps, c *Cell) {
	tuning := m.DirectionTuning
	c.Direction, c.DirectionAngle, c.DirectionP = math.NaN(), math.NaN(), math.NaN()
	if tuning == nil {
		return
	}
	w.tuning = slices.Grow(w.tuning[:0], len(tuning))[:len(tuning)]
	w.settings.Baseline.Apply(w.tuning, tuning, l.least)
	c.Direction, c.DirectionAngle = celltype.Direction(w.tuning)
	c.DirectionP = significance.PValue(c.Direction, w.shifted(m.ShiftedTunings, len(tuning), l.least, func(shifted []float64) float64 {
		length, _ := celltype.Direction(shifted)
		return length
	}))
}

// shifted measures each of several shifted maps or tunings of some size, raised
// above the baseline.
func (w *worker) shifted(values []float64, size int, population float64, measure func([]float64) float64) []float64 {
	if len(values) < size {
		return nil
	}
	var results []float64
	raised := make([]float64, size)
	for ; len(values) >= size && size > 0; values = values[size:] {
		w.settings.Baseline.Apply(raised, values[:size], population)
		results = append(results, measure(raised))
	}
	return results
}
