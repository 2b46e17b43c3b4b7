package figure

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
)

// GridLikeCriterion is the gridness above which Banino et al. call a unit
// grid-like, from their field-shuffle null.
const GridLikeCriterion = 0.37

// A Unit is one cell, recorded or simulated.
type Unit struct {
	Number  int
	Ratemap Map // [n, n]; empty where there is none
	SAC     Map // [2n−1, 2n−1]; empty where there is none
	Score60 float64
	Score90 float64
	Ring60  Ring // the ring which gave Score60
	// DirectionTuning is the mean activity at equally spaced head directions,
	// the first bin starting at −π; empty where it is not known.
	DirectionTuning []float64
}

// title is the original's, `unit (score)`.
func (u Unit) title() string { return fmt.Sprintf("%d (%.2f)", u.Number, u.Score60) }

// A Layer is a population of units that are compared with each other.
type Layer struct {
	Name  string
	Units []Unit
	// Untrained holds the same layer's 60° scores before training, and Null
	// scores of maps without grids, of smooth noise for example; nil where they
	// are not known. Without them a share of grid-like units says little.
	Untrained []float64
	Null      []float64
}

// Scores returns the units' 60° scores, in the order of Units.
func (l Layer) Scores() []float64 {
	scores := make([]float64, len(l.Units))
	for i, u := range l.Units {
		scores[i] = u.Score60
	}
	return scores
}

// Ordered returns the units from the highest 60° score to the lowest, those of
// equal score by number and those whose score is NaN last.
func (l Layer) Ordered() []Unit {
	units := slices.Clone(l.Units)
	slices.SortStableFunc(units, func(a, b Unit) int {
		an, bn := math.IsNaN(a.Score60), math.IsNaN(b.Score60)
		switch {
		case an && !bn:
			return 1
		case bn && !an:
			return -1
		}
		return cmp.Or(cmp.Compare(b.Score60, a.Score60), cmp.Compare(a.Number, b.Number))
	})
	return units
}

// CountAbove returns how many scores exceed the criterion; NaN does not.
func CountAbove(scores []float64, criterion float64) int {
	n := 0
	for _, s := range scores {
		if s > criterion {
			n++
		}
	}
	return n
}

// Highest returns the highest score and where it is, or NaN and −1 where no
// score is a number.
func Highest(scores []float64) (score float64, at int) {
	score, at = math.NaN(), -1
	for i, s := range scores {
		if at < 0 && !math.IsNaN(s) || s > score {
			score, at = s, i
		}
	}
	return score, at
}

// A LossCurve is the course of a training: the mean loss over each logged
// stretch of updates and, where known, its standard deviation.
type LossCurve struct {
	Update []float64
	Loss   []float64
	SD     []float64 // as long as Loss, or nil
}

// PathIntegration tells how far decoded positions are from true ones.
type PathIntegration struct {
	Time  []float64 // s
	Error []float64 // m, mean over trajectories
	Final float64   // m, at the last time
	Floor float64   // m, what perfect predictions would leave; NaN where unknown
}

// A Trajectory is a path through the arena and where it seemed to go.
type Trajectory struct {
	True, Decoded [][2]float64 // m, from the arena's centre
	Side          float64      // side of a square arena, m; 0 where unknown
}

// A Stage is a program that has handled the data, with its parameters.
type Stage struct {
	Tool       string
	Version    string
	Role       string // what it did for a later stage, if the data did not pass through it
	Parameters []Parameter
}

// A Parameter is a setting of a stage, in text.
type Parameter struct{ Name, Value string }

// A Report is what the pages show. Only Layers is needed; what is absent is left
// out.
type Report struct {
	Title     string
	Subtitle  string
	Layers    []Layer
	Criterion float64 // gridness above which a unit counts as grid-like
	// Selected tells which units the pages of units show; nil stands for all.
	// Shares and histograms are always of all units.
	Selected func(Unit) bool
	Colormap *Colormap

	Loss                     *LossCurve
	PathIntegration          *PathIntegration
	UntrainedPathIntegration *PathIntegration
	Trajectory               *Trajectory // an example
	Stages                   []Stage
}

// PageSize is the size of a page.
type PageSize struct{ Width, Height vg.Length }

// The usual sizes of paper, upright.
var (
	A4     = PageSize{210 * vg.Millimeter, 297 * vg.Millimeter}
	Letter = PageSize{8.5 * vg.Inch, 11 * vg.Inch}
)

// colormap returns the report's map, or jet.
func (r *Report) colormap() *Colormap {
	if r.Colormap == nil {
		return DefaultColormap()
	}
	return r.Colormap
}

func (r *Report) title() string { return cmp.Or(r.Title, "Grid-cell report") }
