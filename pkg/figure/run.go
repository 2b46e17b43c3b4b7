package figure

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gridcells/pkg/canvas"
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
	Class           Class     // empty where it is not known
	Measures        *Measures // nil where they are not known
}

// Measures are what else than gridness was measured of a unit; NaN where a
// measure is undefined.
type Measures struct {
	Scale           float64 // m, distance between a grid's fields
	Border          float64 // border score
	IsBorder        bool
	DirectionLength float64 // of the mean vector of head directions, 0 to 1
	DirectionAngle  float64 // rad, of that vector
}

// Heading is the original's, `unit (score)`.
func (u Unit) Heading() string { return fmt.Sprintf("%d (%.2f)", u.Number, u.Score60) }

// A Layer is a population of units that are compared with each other.
type Layer struct {
	Name  string
	Units []Unit
	// Untrained holds the same layer's 60° scores before training; nil where they
	// are not known.
	Untrained []float64
	// Nulls tell what maps without grids score, smooth noise for example. Without
	// them a share of grid-like units says little.
	Nulls  []Null
	Scales *Scales // nil where clusters of scales were not looked for
}

// A Null is a population of maps without grids which a layer is compared with.
type Null struct {
	Name   string
	Scores []float64 // 60° scores of its maps; nil where they are not known
	// Excess compares the shares above the criterion; nil where it was not
	// measured. With Scores, [Layer.Compared] fills it in.
	Excess *Excess
	// Own compares the units with their own nulls; nil where it was not done.
	Own *OwnNull
}

// Excess is by how much a share of units exceeds a null's.
type Excess struct {
	Share, Null float64
	Excess      float64
	Low, High   float64 // 95 % interval of Excess
	P           float64 // NaN where not tested
}

// OwnNull counts the units above the 95th percentile of their own null maps,
// which 5 % are by chance, and those that remain significant, q ≤ 0.05, among
// all the layer's units.
type OwnNull struct{ Above95, Significant int }

// Compared returns the nulls of which the share above the criterion is known.
// An excess that was not measured is the share less the null's, the interval
// being Wilson's of the share.
func (l Layer) Compared(criterion float64) []Null {
	var compared []Null
	for _, null := range l.Nulls {
		if null.Excess == nil && len(null.Scores) > 0 && len(l.Units) > 0 {
			n := float64(len(l.Units))
			share := float64(CountAbove(l.Scores(), criterion)) / n
			of := float64(CountAbove(null.Scores, criterion)) / float64(len(null.Scores))
			low, high := wilson(share, n)
			null.Excess = &Excess{Share: share, Null: of, Excess: share - of, Low: low - of, High: high - of, P: math.NaN()}
		}
		if null.Excess != nil {
			compared = append(compared, null)
		}
	}
	return compared
}

// wilson returns Wilson's 95 % interval of a share of n.
func wilson(share, n float64) (low, high float64) {
	const z = 1.959963984540054
	middle := (share + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(share*(1-share)/n+z*z/(4*n*n))
	return middle - half, middle + half
}

// Scales are the clusters into which the scales of grid-like units fall.
type Scales struct {
	Clusters []Cluster
	TooFew   bool // units, to conclude anything about clusters
}

// A Cluster is a normal distribution in a mixture.
type Cluster struct {
	Weight   float64
	Mean, SD float64 // m
}

// gridLike tells whether a unit is: by its class where that is known, else by
// the criterion.
func (r *Run) gridLike(u Unit) bool {
	if u.Class != "" {
		return u.Class == Grid || u.Class == Conjunctive
	}
	return u.Score60 > r.Criterion
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

// CountNaN returns how many scores are not known.
func CountNaN(scores []float64) int {
	n := 0
	for _, s := range scores {
		if math.IsNaN(s) {
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
	Loss  float64   // nats, of these trajectories; NaN where unknown
}

// A Trajectory is a path through the arena and where it seemed to go.
type Trajectory struct {
	True, Decoded [][2]float64 // m, from the arena's centre
	Side          float64      // side of a square arena or diameter of a round one, m; 0 where unknown
	Round         bool
	Periodic      bool // a path that leaves a square arena comes in on its other side
}

// A Run is what figures show of a training or of recorded cells. Only Layers is
// needed; what is absent is left out.
type Run struct {
	Layers    []Layer
	Criterion float64 // gridness above which a unit counts as grid-like
	// Selected tells which units are drawn; nil stands for all. Shares and
	// histograms are always of all units.
	Selected func(Unit) bool
	// Colormap is for all maps. Nil stands for jet where the original's figures
	// are imitated, on the summary, the pages of units and the overview, and for
	// viridis elsewhere.
	Colormap *canvas.Colormap
	// Rectified tells that mean vectors of head direction were taken of activities
	// below 0 set to 0; polar plots then show these.
	Rectified bool

	// Checkpoints are the same layers in the course of training, in rising order of
	// their updates.
	Checkpoints []Checkpoint

	Loss                     *LossCurve
	PathIntegration          *PathIntegration
	UntrainedPathIntegration *PathIntegration
	Trajectory               *Trajectory // an example
}

// A Checkpoint is what the units were after so many updates.
type Checkpoint struct {
	Update float64
	Layers []Layer
}

// Imitating returns the colours of maps that look like the original's.
func (r *Run) Imitating() *canvas.Colormap {
	if r.Colormap == nil {
		return canvas.Jet()
	}
	return r.Colormap
}

// Maps returns the colours of other maps.
func (r *Run) Maps() *canvas.Colormap {
	if r.Colormap == nil {
		return canvas.Viridis()
	}
	return r.Colormap
}
