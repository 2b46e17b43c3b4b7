package population

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gridcells/pkg/celltype"
	"gridcells/pkg/field"
	"gridcells/pkg/geometry"
	"gridcells/pkg/gridscore"
	"gridcells/pkg/parallel"
	"gridcells/pkg/ratemap"
	"gridcells/pkg/significance"
)

// Maps are one unit's maps. Only Ratemap is needed.
type Maps struct {
	// Number keys the unit's random numbers, so that its nulls do not depend on the
	// other units.
	Number int
	// Ratemap is the mean activity by position [nx, ny].
	Ratemap []float64
	// Unsmoothed is the ratemap before it was smoothed; nil if it was not. Coherence is
	// measured in it.
	Unsmoothed []float64
	// Occupancy is the time, or the number of steps, in each bin [nx, ny].
	Occupancy []float64
	// DirectionTuning is the mean activity by head direction [d]; the first bin starts
	// at −π.
	DirectionTuning []float64
	// FirstHalf and SecondHalf are ratemaps of two halves of the data, each [nx, ny].
	FirstHalf, SecondHalf []float64
	// ShiftedRatemaps [shifts, nx, ny] and ShiftedTunings [shifts, d] were made with the
	// activity shifted in time.
	ShiftedRatemaps, ShiftedTunings []float64
	// SpeedScore is the correlation of a neuron's rate with speed, as pkg ratemap
	// measures it. ShiftedSpeedScores [shifts] and ShiftedStabilities [shifts] are
	// speed scores and correlations of the halves of the data with the activity
	// shifted in time.
	SpeedScore                             float64
	ShiftedSpeedScores, ShiftedStabilities []float64
	// Rebinned are ratemaps at other numbers of bins, by these numbers; see
	// [Population.Sensitivity].
	Rebinned map[ratemap.Size[int]][]float64
}

// LayerMaps are the maps of the units of one layer.
type LayerMaps struct {
	Name  string
	Units []Maps
	// Untrained are ratemaps [nx, ny] of the same layer in an untrained network, for the
	// null of that name.
	Untrained [][]float64
}

// Population is what was measured.
type Population struct {
	Settings Settings
	Layers   []*Layer
}

// Layer is what was measured in one layer. The units are in the order of its
// maps.
type Layer struct {
	Name   string
	Units  []*Unit
	Excess map[NullKey]Excess
	// Common are the scores of null maps that the units have in common, in groups of
	// maps that depend on each other.
	Common map[NullKey][][]float64

	maps LayerMaps
	// low and least are the lowest values of all ratemaps and of all direction tunings.
	low, least float64
}

// Excess compares the share of a layer's units above [GridCriterion.Cut] with a
// null's share.
type Excess struct {
	significance.Excess
	Draws int // null maps of each unit, or of all units together
}

// Unit is what was measured of one unit.
type Unit struct {
	Maps    *Maps
	Scores  map[Key]gridscore.Score
	SAC     []float64 // autocorrelogram [2nx−1, 2ny−1], for the first way to count unvisited bins
	Lattice geometry.Lattice
	// Corrected says that the scores are those of the SAC whose ellipse was corrected.
	Corrected bool
	Cell      Cell
	Nulls     map[NullKey]*NullScores

	IsGrid, IsBorder, IsHeadDirection bool
}

// Cell holds a unit's measures other than gridness. Package celltype defines them.
type Cell struct {
	Border, BorderSolstad float64
	// Direction is the resultant length of the head-direction tuning, DirectionAngle
	// its direction (rad), DirectionP the p value among shifted tunings.
	Direction, DirectionAngle, DirectionP float64
	// Information is in bits per spike, InformationRate in bits per second if
	// activities are spikes per second; InformationP is the p value among shifted maps.
	Information, InformationRate, InformationP float64
	Sparsity, Coherence                        float64
	Stability                                  float64 // correlation of the halves
	// BorderP, BorderSolstadP, StabilityP and SpeedP are the p values of the two border
	// scores, of the correlation of the halves and of the speed score among those of
	// shifted activity.
	BorderP, BorderSolstadP, StabilityP, SpeedP float64
	// MeanRate and PeakRate are in the unit of activities, Hz for neurons.
	MeanRate, PeakRate float64
	// Fields is the number of firing fields, and FieldArea their mean area (m²).
	Fields    int
	FieldArea float64
}

// NullScores compare one of a unit's scores with those of null maps.
type NullScores struct {
	// Scores are those of the unit's own null maps; nil where units have their null
	// maps in common.
	Scores []float64
	// P is the p value, and Q the false-discovery rate among the units of the layer.
	P, Q float64
	// Threshold95 and Threshold99 are percentiles of the null scores.
	Threshold95, Threshold99 float64
}

// Class is the unit's type.
func (u *Unit) Class() celltype.Class {
	return celltype.ClassOf(u.IsGrid, u.IsBorder, u.IsHeadDirection)
}

// UnitError is an error in one unit.
type UnitError struct {
	Layer string
	Unit  int // in the order of the layer's maps
	Err   error
}

func (e *UnitError) Error() string {
	return fmt.Sprintf("layer %s, unit %d: %v", e.Layer, e.Unit, e.Err)
}
func (e *UnitError) Unwrap() error { return e.Err }

// Measure measures all units. It fails if a map has another size than the
// settings say or holds an infinite value, if a null lacks what it needs, or if
// the context ends.
func Measure(ctx context.Context, layers []LayerMaps, s Settings) (*Population, error) {
	if err := s.validate(); err != nil {
		return nil, err
	}
	s.Threads = max(1, min(s.Threads, s.Work(layers))) // each has working memory of its own
	p := &Population{Settings: s}
	for _, maps := range layers {
		l, err := newLayer(maps, &s)
		if err != nil {
			return nil, err
		}
		p.Layers = append(p.Layers, l)
	}
	workers, err := newWorkers(&p.Settings)
	if err != nil {
		return nil, err
	}
	if err := p.eachUnit(ctx, workers, measuredAtOnce, (*worker).measure); err != nil {
		return nil, err
	}
	if err := p.compare(ctx, workers); err != nil {
		return nil, err
	}
	for _, l := range p.Layers {
		for _, u := range l.Units {
			p.judge(u)
		}
	}
	return p, nil
}

func newLayer(maps LayerMaps, s *Settings) (*Layer, error) {
	l := &Layer{Name: maps.Name, Excess: map[NullKey]Excess{}, Common: map[NullKey][][]float64{}, maps: maps,
		low: math.Inf(1), least: math.Inf(1)}
	for i := range maps.Units {
		m := &maps.Units[i]
		if err := m.validate(s); err != nil {
			return nil, &UnitError{maps.Name, i, err}
		}
		l.low = min(l.low, field.Lowest(m.Ratemap))
		l.least = min(l.least, field.Lowest(m.DirectionTuning))
		l.Units = append(l.Units, &Unit{Maps: m, Nulls: map[NullKey]*NullScores{}, Scores: map[Key]gridscore.Score{}})
	}
	return l, nil
}

func (m *Maps) validate(s *Settings) error {
	nx, ny := s.Layout.X, s.Layout.Y
	size := nx * ny
	if len(m.Ratemap) != size {
		return fmt.Errorf("ratemap of %d values: want %d×%d", len(m.Ratemap), nx, ny)
	}
	for _, other := range [][]float64{m.Occupancy, m.Unsmoothed, m.FirstHalf, m.SecondHalf} {
		if len(other) != 0 && len(other) != size {
			return fmt.Errorf("occupancy, unsmoothed ratemap or ratemap of half the data of %d values: want %d×%d", len(other), nx, ny)
		}
	}
	if len(m.ShiftedRatemaps)%size != 0 {
		return fmt.Errorf("shifted ratemaps of %d values: want a multiple of %d×%d", len(m.ShiftedRatemaps), nx, ny)
	}
	for _, null := range s.Nulls {
		if null.Needs.Shifted && len(m.ShiftedRatemaps) == 0 {
			return fmt.Errorf("the null %s needs shifted ratemaps", null.Name)
		}
	}
	return nil
}

// measuredAtOnce is how many units of a layer are measured together.
const measuredAtOnce = 4

// eachUnit does something to all units of every layer in parallel. One call gets at
// most the given number of units of a layer.
func (p *Population) eachUnit(ctx context.Context, workers []*worker, most int, do func(w *worker, ctx context.Context, l *Layer, units []*Unit) error) error {
	type item struct {
		layer    *Layer
		from, to int
	}
	var items []item
	for _, l := range p.Layers {
		for from := 0; from < len(l.Units); from += most {
			items = append(items, item{l, from, min(from+most, len(l.Units))})
		}
	}
	return parallel.Each(ctx, len(workers), len(items), func(w, i int) error {
		item := items[i]
		err := do(workers[w], ctx, item.layer, item.layer.Units[item.from:item.to])
		if cause := context.Cause(ctx); cause != nil {
			return cause // nothing is wrong with the unit
		}
		if err == nil {
			return nil
		}
		unit := item.from
		if e := (*gridscore.MapError)(nil); errors.As(err, &e) && most > 1 {
			unit, err = unit+e.Map, e.Err
		}
		return &UnitError{item.layer.Name, unit, err}
	})
}

// judge decides whether a unit is a grid cell, and gives it a class.
func (p *Population) judge(u *Unit) {
	s := &p.Settings
	first := s.First()
	threshold := s.Grid.Cut
	if null := s.Grid.Own; null != "" {
		threshold = u.Nulls[NullKey{null, first.Definition}].Threshold95
	}
	u.IsGrid = u.Scores[first].Sixty > threshold
	if null := s.Grid.Significant; null != "" {
		u.IsGrid = u.IsGrid && u.Nulls[NullKey{null, first.Definition}].Q <= 0.05
	}
	u.IsBorder = u.Cell.Border > s.BorderCut
	u.IsHeadDirection = u.Cell.Direction > s.HeadDirectionCut
}
