package population

import (
	"errors"
	"fmt"
	"math"

	"gridcells/pkg/celltype"
	"gridcells/pkg/geometry"
	"gridcells/pkg/gridscore"
	"gridcells/pkg/nulls"
	"gridcells/pkg/ratemap"
	"gridcells/pkg/results"
	"gridcells/pkg/scales"
)

// Settings say what is measured, and how.
type Settings struct {
	// Layout is that of the ratemaps, [nx, ny].
	Layout ratemap.Layout
	// Room is the size of the room (m) along x and y; the diameter of a round one.
	Room ratemap.Size[float64]
	// Session says that the units are neurons recorded in one session, whose rates are
	// in Hz.
	Session bool
	// Round says that the room is a disc. Bins outside of it do not count as never
	// visited.
	Round bool

	// Definitions of gridness. Units are judged by the first one.
	Definitions []gridscore.Definition
	// Unvisited says how bins that were never visited count. Each definition is
	// applied with each of them. Nulls, lattices and classes use the first one.
	Unvisited []gridscore.Unvisited
	// CorrectEllipse says that units and null maps are scored after the ellipse of their
	// peaks was made a circle, where six peaks make one.
	CorrectEllipse bool
	// Peaks are the maxima of the autocorrelogram that make the lattice.
	Peaks geometry.Rule
	// Scales is the histogram of the test of whether scales are discrete (m).
	Scales scales.Histogram

	// Baseline makes maps and tunings non-negative for border scores, head directions
	// and spatial information.
	Baseline celltype.Baseline
	// BorderStrip is the width of the strip along a wall, in units of n bins.
	BorderStrip float64
	// FieldRule says what the firing fields of a neuron are.
	FieldRule celltype.FieldRule

	Grid GridCriterion
	// BorderCut is the border score, and HeadDirectionCut the resultant length, that a
	// unit must exceed to count as border or head-direction cell.
	BorderCut, HeadDirectionCut float64

	// Nulls that units are compared with.
	Nulls       []nulls.Null
	NullOptions nulls.Options

	// Seed of all that is random.
	Seed uint64
	// Threads to use.
	Threads int
	// Progress, if it is not nil, is told how many maps were scored since the last
	// call. It is called from several goroutines.
	Progress func(maps int)

	// SAC and OwnScores, if they are not nil, get what is too large to be kept for many
	// units: the autocorrelogram [2nx−1, 2ny−1] of each unit, for the first way to count
	// unvisited bins, and the scores of a unit's own null maps by each definition. layer
	// and unit are indices. The functions are called from several goroutines, must not
	// keep the values, and end the work by an error.
	SAC       func(layer, unit int, sac []float64) error
	OwnScores func(layer, unit int, key NullKey, scores []float64) error

	outside []bool // bins outside of a round room; nil if no bin is
}

// GridCriterion says when a unit is a grid cell.
type GridCriterion struct {
	// Own names the null that gives each unit its own threshold: the 95th percentile
	// of its null scores. A grid cell has a score above it. The paper's criterion is
	// "field". Empty: a grid cell has a score above Cut.
	Own string
	// Cut is a score for all units. It is also the criterion of [Layer.Excess].
	Cut float64
	// Significant names a null in which the unit's q must also be at most 0.05. If it
	// is empty, there is no such condition.
	Significant string
}

// Rule is the criterion as it is written in results.
func (c GridCriterion) Rule() *results.GridRule {
	r := &results.GridRule{Threshold: results.FixedThreshold, Cut: c.Cut, Significant: c.Significant}
	if c.Own != "" {
		r.Threshold, r.Null = results.OwnThreshold, c.Own
	}
	return r
}

// Defaults are the settings of the tool gridscore for maps of n×n bins: the
// released program's score in a room of 2.2 m, without nulls. Units above 0.37 are
// grid cells; add the null field and set Grid.Own for the paper's criterion.
func Defaults(n int) Settings {
	return Settings{
		Layout: ratemap.Square(n), Room: ratemap.Size[float64]{X: 2.2, Y: 2.2}, Definitions: []gridscore.Definition{gridscore.Reference()},
		Unvisited: []gridscore.Unvisited{gridscore.ZeroFilled}, Peaks: geometry.DefaultRule(),
		Scales:   scales.Histogram{Low: 0.2, High: 1.2, Bins: scales.PaperBins},
		Baseline: celltype.Rectify, BorderStrip: 0.15, FieldRule: celltype.DefaultFieldRule(),
		Grid: GridCriterion{Cut: results.PaperCut}, BorderCut: 0.5, HeadDirectionCut: 0.47,
		NullOptions: nulls.DefaultOptions(), Seed: 1, Threads: 1,
	}
}

// BinLength is the length of a bin along x (m), the unit of lengths in bins.
func (s *Settings) BinLength() float64 { return s.Room.X / float64(s.Layout.X) }

// validate checks the settings that no other package checks.
func (s *Settings) validate() error {
	if err := gridscore.CheckLayout(s.Layout); err != nil {
		return err
	}
	for _, side := range []float64{s.Room.X, s.Room.Y} {
		if !(side > 0) || math.IsInf(side, 0) {
			return fmt.Errorf("a room of %v m: its side must be above 0", side)
		}
	}
	if len(s.Definitions) == 0 || len(s.Unvisited) == 0 {
		return errors.New("no definition of gridness, or no way to count unvisited bins")
	}
	for i, d := range s.Definitions {
		for _, other := range s.Definitions[:i] {
			if d.Name == other.Name {
				return fmt.Errorf("the definition %s is listed twice", d.Name)
			}
		}
	}
	for _, name := range []string{s.Grid.Own, s.Grid.Significant} {
		if name != "" && !s.hasNull(name) {
			return fmt.Errorf("the criterion for grid cells needs the null %s, which is not among those asked for", name)
		}
	}
	return nil
}

// findOutside finds the bins outside of a round room.
func (s *Settings) findOutside() {
	if s.outside = nil; !s.Round {
		return
	}
	s.outside = make([]bool, s.Layout.Cells())
	for i := range s.outside {
		s.outside[i] = outside(i/s.Layout.Y, i%s.Layout.Y, s.Layout)
	}
}

// inRoom tells whether a bin can be visited.
func (s *Settings) inRoom(bin int) bool { return s.outside == nil || !s.outside[bin] }

func (s *Settings) hasNull(name string) bool {
	for _, null := range s.Nulls {
		if null.Name == name {
			return true
		}
	}
	return false
}

// Key names one of a unit's gridness scores.
type Key struct {
	Definition string
	Unvisited  gridscore.Unvisited
}

// Keys of all scores: all definitions for the first way to count unvisited bins,
// then all for the second.
func (s *Settings) Keys() []Key {
	var keys []Key
	for _, unvisited := range s.Unvisited {
		for _, d := range s.Definitions {
			keys = append(keys, Key{d.Name, unvisited})
		}
	}
	return keys
}

// First is the key of the score by which units are judged.
func (s *Settings) First() Key { return Key{s.Definitions[0].Name, s.Unvisited[0]} }

// NullKey names the comparison of a score with a null.
type NullKey struct {
	Null, Definition string
}

// NullKeys of all comparisons, null by null. Scores are compared for the first way
// to count unvisited bins.
func (s *Settings) NullKeys() []NullKey {
	var keys []NullKey
	for _, null := range s.Nulls {
		for _, d := range s.Definitions {
			keys = append(keys, NullKey{null.Name, d.Name})
		}
	}
	return keys
}

// Score is the key of the score that is compared.
func (s *Settings) Score(k NullKey) Key { return Key{k.Definition, s.Unvisited[0]} }

// Work is the number of maps that Measure scores, for its progress.
func (s *Settings) Work(layers []LayerMaps) int {
	work := 0
	for _, l := range layers {
		work += l.Units
		for _, null := range s.Nulls {
			switch {
			case null.Draws != nil:
				work += l.Units * null.Draws(s.NullOptions)
			case null.Needs.Shifted && l.Units > 0:
				var first Maps
				if l.Read(0, &first) == nil { // else Measure reports the error
					work += l.Units * len(first.ShiftedRatemaps) / s.Layout.Cells()
				}
			case null.Needs.Untrained:
				work += len(l.Untrained)
			}
		}
	}
	return work
}
