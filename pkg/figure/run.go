package figure

import (
	"cmp"
	"math"
	"slices"

	"gridcells/pkg/canvas"
	"gridcells/pkg/celltype"
	"gridcells/pkg/gridscore"
	"gridcells/pkg/results"
	"gridcells/pkg/significance"
)

// A Unit is one cell, recorded or simulated.
type Unit struct {
	Number  int
	Ratemap Map // [n, m]; empty if there is none
	SAC     Map // [2n−1, 2m−1]; empty if there is none
	Score60 float64
	Ring60  gridscore.Ring // the ring that gave Score60, in units of n bins; NaN if unknown
	// DirectionTuning is the mean activity at equally spaced head directions. The
	// first bin starts at −π. It is empty if the tuning is not known.
	DirectionTuning []float64
	Occupancy       Map            // steps in each bin of the ratemap; empty if it is not known
	Class           celltype.Class // empty if it is not known
	Measures        *Measures      // nil if they are not known
	Own             []OwnNull      // what the unit's own null maps say, null by null
}

// Measures are the measures of a unit other than gridness. An undefined measure is
// NaN.
type Measures struct {
	Scale           float64 // m, distance between the fields of a grid
	Border          float64 // border score
	IsBorder        bool
	DirectionLength float64 // of the mean vector of head directions, 0 to 1
	DirectionAngle  float64 // rad, of that vector
}

// OwnNull compares a unit with its own null maps.
type OwnNull struct {
	Null        string
	Threshold95 float64 // 95th percentile of the scores of the null maps
	Q           float64 // q value of the unit among all units of the layer
}

// own returns the comparison with a null; ok is false if there is none.
func (u Unit) own(null string) (o OwnNull, ok bool) {
	for _, o := range u.Own {
		if o.Null == null {
			return o, true
		}
	}
	return OwnNull{}, false
}

// Heading is the original's heading of a unit, `unit (score)`.
func (u Unit) Heading() string { return numbered(u.Number, u.Score60) }

// A Layer is a population of units that are compared with each other.
type Layer struct {
	Name  string
	Units []Unit
	// Untrained holds the layer's 60° scores before training; nil if they are not
	// known.
	Untrained []float64
	// UntrainedOwn compares the layer before training with null maps of its own units.
	UntrainedOwn []results.Null
	// UntrainedCells counts the types of cells before training; nil if they are not
	// known.
	UntrainedCells *results.ReportCells
	// Nulls tell what maps without grids score, smooth noise for example. A share of
	// grid-like units says little without them.
	Nulls  []Null
	Scales *results.Scales // nil if nobody looked for clusters of scales
	// Border and HeadDirection count the units of these types, whatever else a unit
	// may be; nil if they are not known.
	Border, HeadDirection *results.Count
}

// Label names the layer's units in a sentence: "bottleneck units", or "units"
// where there are no layers.
func (l Layer) Label() string {
	if l.unnamed() {
		return "units"
	}
	return l.Name + " units"
}

// Of adds the layer's name to the title of a plot.
func (l Layer) Of(title string) string {
	if l.unnamed() {
		return title
	}
	return title + ", " + l.Name
}

func (l Layer) unnamed() bool { return l.Name == "" || l.Name == Unnamed }

// Unnamed is the name of the layer of units that belong to no layer, such as
// recorded cells.
const Unnamed = "units"

// A Null is a population of maps without grids that a layer is compared with. The
// pages leave out the parts of the comparison that are not known.
type Null struct {
	results.Null
	Scores []float64 // 60° scores of the null maps; nil if they are not known
}

// Null returns the null of a name; nil if there is none.
func (l *Layer) Null(name string) *Null {
	for i := range l.Nulls {
		if l.Nulls[i].Name == name {
			return &l.Nulls[i]
		}
	}
	return nil
}

// AddNull returns the null of a name, which it adds if there is none.
func (l *Layer) AddNull(name string) *Null {
	if n := l.Null(name); n != nil {
		return n
	}
	l.Nulls = append(l.Nulls, Null{Null: results.Null{Name: name}})
	return &l.Nulls[len(l.Nulls)-1]
}

// CountOwn adds what the units say about their own null maps to the layer's
// nulls, as far as it is not known yet.
func (l *Layer) CountOwn() {
	for i := range l.Nulls {
		if own := &l.Nulls[i].AboveOwn; own.Share.Known() && own.Interval == nil {
			*own = own.WithInterval(len(l.Units))
		}
	}
	for _, u := range l.Units {
		for _, o := range u.Own {
			if null := l.AddNull(o.Null); !null.AboveOwn.Share.Known() {
				l.countOwn(null)
			}
		}
	}
}

// countOwn counts the units above their own thresholds in a null, and takes the mean of
// the thresholds. A unit whose null maps have no score has no threshold.
func (l *Layer) countOwn(null *Null) {
	above, significant, total, thresholds := 0, 0, 0.0, 0
	for _, u := range l.Units {
		o, ok := u.own(null.Name)
		if !ok {
			continue
		}
		if u.Score60 > o.Threshold95 {
			above++
		}
		if o.Q <= 0.05 {
			significant++
		}
		if !math.IsNaN(o.Threshold95) {
			total += o.Threshold95
			thresholds++
		}
	}
	n := len(l.Units)
	null.AboveOwn = results.CountOf(above, n).WithInterval(n)
	null.Significant = results.CountOf(significant, n)
	null.Threshold95 = results.Of(total / float64(thresholds))
}

// Compared returns the nulls whose share above the criterion is known. The
// interval of an excess that was not measured is Wilson's interval of the layer's
// share, less the null's share.
func (l Layer) Compared(criterion float64) []Null {
	var compared []Null
	for _, null := range l.Nulls {
		if !null.Above.Excess.Known() && len(null.Scores) > 0 && len(l.Units) > 0 {
			above, n := significance.CountAbove(l.Scores(), criterion), len(l.Units)
			share := float64(above) / float64(n)
			of := float64(significance.CountAbove(null.Scores, criterion)) / float64(len(null.Scores))
			low, high := significance.Wilson(above, n)
			null.Above = results.Excess{
				Share: results.Of(share), Null: results.Of(of), Excess: results.Of(share - of),
				Interval: [2]results.Number{results.Of(low - of), results.Of(high - of)},
			}
		}
		if null.Above.Null.Known() {
			compared = append(compared, null)
		}
	}
	return compared
}

// Scores returns the units' 60° scores, in the order of Units.
func (l Layer) Scores() []float64 {
	scores := make([]float64, len(l.Units))
	for i, u := range l.Units {
		scores[i] = u.Score60
	}
	return scores
}

// Ordered returns the units from the highest 60° score to the lowest. Units of
// equal score are ordered by number, and units whose score is NaN come last.
func (l Layer) Ordered() []Unit {
	units := slices.Clone(l.Units)
	slices.SortStableFunc(units, func(a, b Unit) int {
		// NaN is below all numbers for cmp.Compare.
		return cmp.Or(cmp.Compare(b.Score60, a.Score60), cmp.Compare(a.Number, b.Number))
	})
	return units
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

// Highest returns the highest score and where it is, or NaN and −1 if no score
// is a number.
func Highest(scores []float64) (score float64, at int) {
	score, at = math.NaN(), -1
	for i, s := range scores {
		if at < 0 && !math.IsNaN(s) || s > score {
			score, at = s, i
		}
	}
	return score, at
}

// A Trajectory is a path through the arena and the path that the network decoded.
type Trajectory struct {
	True, Decoded [][2]float64 // m, from the arena's centre
	Side          float64      // side of a square arena or diameter of a round one, m; 0 if unknown
	Round         bool
	Periodic      bool // a path that leaves a square arena comes in on its other side
}

// A Run is what figures show of a training or of recorded cells. Only Layers is
// needed; what is absent is left out.
type Run struct {
	Layers    []Layer
	Criterion float64           // gridness above which units are counted, whatever the rule is
	Rule      *results.GridRule // by which units are called grid cells; nil if it is not known
	// Paper is the published share of grid cells that the first layer is compared
	// with; nil: none.
	Paper *results.PaperShare
	// Side is the side of the room that the ratemaps cover, m; 0 if unknown.
	Side float64
	// Round says that the room is a circle of diameter Side.
	Round bool
	// Selected tells which units are drawn; nil stands for all. Shares and
	// histograms are always of all units.
	Selected func(Unit) bool
	// Colormap is for all maps. Nil stands for viridis, and for jet on the overview,
	// which imitates the original's figure.
	Colormap *canvas.Colormap
	// Rectified says that activities below 0 were set to 0 before mean vectors of
	// head direction were taken. Polar plots then start at 0.
	Rectified bool
	// Undirected says that the network was not trained on head directions. A report
	// then has no pages of tuning to head direction.
	Undirected bool

	// Checkpoints are the same layers in the course of training, in rising order of
	// their updates.
	Checkpoints []Checkpoint

	Log                      []results.LogLine
	PathIntegration          *results.PathIntegration
	UntrainedPathIntegration *results.PathIntegration
	Trajectory               *Trajectory // an example
	Session                  *Session    // of recorded neurons, those of the first layer
	// Seeds are plots of the networks of a sweep, side by side.
	Seeds []SeedPlot
}

// A Checkpoint is the state of the units after a number of updates.
type Checkpoint struct {
	Update float64
	Layers []Layer
}

// Maps returns the colours of maps.
func (r *Run) Maps() *canvas.Colormap {
	if r.Colormap == nil {
		return canvas.Viridis()
	}
	return r.Colormap
}

// OriginalMaps returns the colours of maps that imitate the original's figure.
func (r *Run) OriginalMaps() *canvas.Colormap {
	if r.Colormap == nil {
		return canvas.Jet()
	}
	return r.Colormap
}
