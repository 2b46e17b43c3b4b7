package nulls

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gridcells/pkg/random"
	"gridcells/pkg/ratemap"
)

// A Null is an entry of the [Registry]: one kind of null map. Exactly one of
// NewOwn and NewCommon is set.
//
// To add a null, write a file with a type that implements [Own] or [Common], and
// add an entry to the Registry. The flags, columns and titles of the tools follow
// from the entry.
type Null struct {
	// Name is the name on the command line and the end of the names of columns.
	Name string
	// Title is the name in figures and sentences.
	Title string
	// Help is one sentence that says what a null map is.
	Help string
	// Needs says what must be given besides the units' ratemaps.
	Needs Needs
	// Draws is the number of null maps for each unit, by the options. It is nil where
	// the maps are given: then there are as many as are given.
	Draws func(Options) int
	// NewOwn returns what draws null maps of one unit at a time, of a layout.
	NewOwn func(l ratemap.Layout, o Options) Own
	// NewCommon returns what draws null maps that the units of a layer have in common.
	NewCommon func(l Layer, o Options) Common
}

// Needs are the inputs that a null needs besides the ratemaps.
type Needs struct {
	// Shifted: the unit's maps with its activity shifted in time ([Unit].Shifted).
	Shifted bool
	// Untrained: the maps of the layer in an untrained network ([Layer].Untrained).
	Untrained bool
	// Layer: the ratemaps of all units of the layer at once ([Layer].Ratemaps).
	Layer bool
}

// Options are the settings of all nulls.
type Options struct {
	// Shuffles is the number of null maps for each unit, where each unit has its own.
	Shuffles int
	// Rotations is the number of times that a layer is rotated.
	Rotations int
	// Segmentation says how a map is divided into fields, and how these are placed.
	Segmentation Segmentation
	// Padding is the side of the square from which random fields are cut, in units of
	// the map's side; see [GaussianField].
	Padding int
}

// DefaultOptions are the defaults of the tool gridscore.
func DefaultOptions() Options {
	return Options{Shuffles: 1000, Rotations: 100, Segmentation: Segmentation{Smoothing: 1, Threshold: 0.2, Least: 2}, Padding: 1}
}

// Segmentation says how a ratemap is divided into fields, and how the fields are
// placed.
type Segmentation struct {
	// Smoothing is the standard deviation (bins) of the Gaussian by which the map is
	// smoothed before it is divided; 0 means no smoothing. The values that are moved
	// are not smoothed.
	Smoothing float64
	// InTurn says that [FieldShuffle] completes each field before the next one.
	InTurn bool
	// Threshold and Least concern [FieldCut] only. A field consists of the bins that
	// reach this share of its peak's height, measured from the map's lowest value.
	Threshold float64
	// Least is the smallest number of bins of a field.
	Least int
}

// Unit is what a null knows of a unit.
type Unit struct {
	Ratemap []float64 // [nx, ny]
	Shifted []float64 // [shifts, nx, ny], one map after the other
}

// Layer is what a null knows of a layer.
type Layer struct {
	Ratemaps  [][]float64 // of all units
	Untrained [][]float64 // of all units of the same layer in an untrained network
}

// Own draws null maps of one unit. It keeps its working memory, so it must not be
// used by two goroutines at once.
type Own interface {
	// Prepare takes a unit and returns the number of null maps to draw. The number is 0
	// if no bin of the unit's map was visited. The unit must not change while it is
	// drawn from.
	Prepare(u Unit) (draws int)
	// Draw writes the next null maps, [nx, ny], to dsts. Bins never visited are NaN. It
	// makes no difference to the maps how many are drawn at once.
	Draw(dsts [][]float64, s *random.Stream)
}

// Common draws null maps that the units of a layer have in common. They come in
// groups: the maps of a group depend on one another, groups do not. It may be used
// by several goroutines at once.
type Common interface {
	// Groups is the number of groups.
	Groups() int
	// Group returns the maps of the i-th group.
	Group(i int, s *random.Stream) [][]float64
}

// Registry lists all nulls in the order of their columns.
var Registry = []Null{
	{
		Name: "field", Title: "field shuffle",
		Help:  "Move each of the unit's firing fields to a random place, keeping every value of the map (Barry and Burgess 2017).",
		Draws: shuffles,
		NewOwn: func(l ratemap.Layout, o Options) Own {
			return &drawn{NewFieldShuffle(l, o.Segmentation), o.Shuffles}
		},
	},
	{
		Name: "field-cut", Title: "shuffle of cut fields",
		Help:  "Move the upper part of each of the unit's firing fields to a random place, over a flat background.",
		Draws: shuffles,
		NewOwn: func(l ratemap.Layout, o Options) Own {
			return &drawn{NewFieldCut(l, o.Segmentation), o.Shuffles}
		},
	},
	{
		Name: "gaussian", Title: "Gaussian fields",
		Help:  "Draw a Gaussian random field with the unit's radially averaged power spectrum.",
		Draws: shuffles,
		NewOwn: func(l ratemap.Layout, o Options) Own {
			return &drawn{NewGaussianField(l, o.Padding), o.Shuffles}
		},
	},
	{
		Name: "iaaft", Title: "IAAFT surrogates",
		Help:  "Draw a random map with exactly the unit's values and nearly its radially averaged power spectrum.",
		Draws: shuffles,
		NewOwn: func(l ratemap.Layout, o Options) Own {
			return &drawn{NewAmplitudeAdjusted(l, o.Padding), o.Shuffles}
		},
	},
	{
		Name: "shift", Title: "time shifts",
		Help:   "Take the unit's map with its activity shifted in time.",
		Needs:  Needs{Shifted: true},
		NewOwn: func(ratemap.Layout, Options) Own { return &shifted{} },
	},
	{
		Name: "rotation", Title: "rotations",
		Help:      "Take a map of the layer along randomly rotated axes of its activity space.",
		Needs:     Needs{Layer: true},
		Draws:     func(o Options) int { return o.Rotations },
		NewCommon: func(l Layer, o Options) Common { return &rotations{NewRotation(l.Ratemaps), o.Rotations} },
	},
	{
		Name: "untrained", Title: "untrained network",
		Help:      "Take a unit of an untrained network.",
		Needs:     Needs{Untrained: true},
		NewCommon: func(l Layer, _ Options) Common { return untrained(l.Untrained) },
	},
}

func shuffles(o Options) int { return o.Shuffles }

// Names of all nulls, in the order of the registry.
func Names() []string {
	names := make([]string, len(Registry))
	for i, null := range Registry {
		names[i] = null.Name
	}
	return names
}

// Named returns the null of that name.
func Named(name string) (Null, error) {
	i := slices.IndexFunc(Registry, func(null Null) bool { return null.Name == name })
	if i < 0 {
		return Null{}, fmt.Errorf("no null is called %q: known are %s", name, strings.Join(Names(), ", "))
	}
	return Registry[i], nil
}

// Select returns the nulls of those names, each once, in the order of the registry.
func Select(names []string) ([]Null, error) {
	for _, name := range names {
		if _, err := Named(name); err != nil {
			return nil, err
		}
	}
	var selected []Null
	for _, null := range Registry {
		if slices.Contains(names, null.Name) {
			selected = append(selected, null)
		}
	}
	return selected, nil
}

// Stream returns the random numbers of a null of a layer: those of the unit with
// this number where each unit has its own null maps, else those of the group. They
// do not depend on other units, nulls and layers.
func Stream(seed uint64, null, layer string, index int) *random.Stream {
	s := random.New(seed, "")
	Rekey(s, seed, null, layer, index)
	return s
}

// Rekey turns a stream into the one that [Stream] returns.
func Rekey(s *random.Stream, seed uint64, null, layer string, index int) {
	s.Rekey(seed, "null "+null+" "+layer)
	s.Seek(uint64(index))
}

// maker makes null maps of a ratemap, as many as are asked for.
type maker interface {
	Prepare(ratemap []float64)
	Draw(dst []float64, s *random.Stream)
}

// drawn is the null of a maker.
type drawn struct {
	maker
	draws int
}

// Draw draws one map after the other where the maker cannot draw several at once.
func (d *drawn) Draw(dsts [][]float64, s *random.Stream) {
	if several, ok := d.maker.(interface {
		DrawAll(dsts [][]float64, s *random.Stream)
	}); ok {
		several.DrawAll(dsts, s)
		return
	}
	for _, dst := range dsts {
		d.maker.Draw(dst, s)
	}
}

func (d *drawn) Prepare(u Unit) int {
	if !visited(u.Ratemap) {
		return 0
	}
	d.maker.Prepare(u.Ratemap)
	return d.draws
}

// visited reports whether any bin was visited.
func visited(ratemap []float64) bool {
	return slices.ContainsFunc(ratemap, func(v float64) bool { return !math.IsNaN(v) })
}
