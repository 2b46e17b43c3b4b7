package population

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"

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

// LayerMaps give the maps of the units of one layer, a unit at a time, so that those of
// many units need not be in memory together.
type LayerMaps struct {
	Name string
	// Units is the number of units.
	Units int
	// Read sets m to the maps of a unit, 0 … Units−1. m is either zero or what an earlier
	// call left there, whose slices may be used again. It is called from several
	// goroutines, more than once for a unit.
	Read func(unit int, m *Maps) error
	// Untrained are ratemaps [nx, ny] of the same layer in an untrained network, for the
	// null of that name.
	Untrained [][]float64
}

// InMemory returns the maps of a layer that are in memory.
func InMemory(name string, units []Maps) LayerMaps {
	return LayerMaps{Name: name, Units: len(units), Read: func(unit int, m *Maps) error {
		*m = units[unit]
		return nil
	}}
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
	Excess map[NullKey]Excess // from [Population.Summary]
	// Common are the scores of null maps that the units have in common, in groups of
	// maps that depend on each other.
	Common map[NullKey][][]float64

	maps  LayerMaps
	index int // in Population.Layers
	// low and least are the lowest values of all ratemaps and of all direction tunings.
	// Only the baseline Population needs them.
	low, least float64
	unvisited  atomic.Int64 // bins of all ratemaps that were never visited
	tallies    map[NullKey]*tally
}

// tally counts null scores above the cut. Several goroutines use it.
type tally struct {
	sync.Mutex
	*significance.Tally
}

// Excess compares the share of a layer's units above [GridCriterion.Cut] with a
// null's share.
type Excess struct {
	significance.Excess
	Draws int // null maps of each unit, or of all units together
}

// Unit is what was measured of one unit.
type Unit struct {
	Number  int // that of its maps
	Scores  map[Key]gridscore.Score
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

// NullScores compare one of a unit's scores with those of null maps. The scores of the
// unit's own null maps themselves are passed to [Settings.OwnScores].
type NullScores struct {
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
	p.Settings.findOutside()
	for i, maps := range layers {
		p.Layers = append(p.Layers, newLayer(i, maps))
	}
	workers, err := newWorkers(&p.Settings)
	if err != nil {
		return nil, err
	}
	if s.Baseline == celltype.Population {
		for _, l := range p.Layers {
			if err := l.findLowest(ctx, workers[0]); err != nil {
				return nil, err
			}
		}
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

func newLayer(index int, maps LayerMaps) *Layer {
	l := &Layer{Name: maps.Name, Units: make([]*Unit, maps.Units), Common: map[NullKey][][]float64{},
		maps: maps, index: index, low: math.Inf(1), least: math.Inf(1)}
	units := make([]Unit, maps.Units)
	for i := range units {
		l.Units[i] = &units[i]
	}
	return l
}

// findLowest finds the lowest values of a layer's maps.
func (l *Layer) findLowest(ctx context.Context, w *worker) error {
	for i := range l.Units {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		m, err := w.read(l, i)
		if err != nil {
			return &UnitError{l.Name, i, err}
		}
		l.low = min(l.low, field.Lowest(m.Ratemap))
		l.least = min(l.least, field.Lowest(m.DirectionTuning))
	}
	return nil
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

// eachUnit does something to all units of every layer in parallel. One call gets the
// units from the given one on, at most the given number.
func (p *Population) eachUnit(ctx context.Context, workers []*worker, most int, do func(w *worker, ctx context.Context, l *Layer, from int, units []*Unit) error) error {
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
		err := do(workers[w], ctx, item.layer, item.from, item.layer.Units[item.from:item.to])
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
