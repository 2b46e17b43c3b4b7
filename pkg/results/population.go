package results

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"gridcells/pkg/npy"
	"gridcells/pkg/scales"
	"gridcells/pkg/significance"
)

// Population is what gridscore --summary writes. Shares are of all units of a
// layer.
type Population struct {
	Bins       int `json:"bins"`             // along a side of the ratemaps, or along x
	BinsAcross int `json:"bins_y,omitempty"` // along y, if it is another number
	// Parameters are those of the gridscore that wrote the file, by the names of its
	// flags.
	Parameters json.RawMessage `json:"parameters"`
	Grid       *GridRule       `json:"grid_rule,omitempty"` // nil: a file of an earlier version
	Paper      *PaperShare     `json:"paper,omitempty"`
	Layers     []Layer         `json:"layers"`
	Provenance npy.Provenance  `json:"provenance"`
}

// GridRule says when a unit counts as a grid cell (is_grid, class).
type GridRule struct {
	// Threshold is [OwnThreshold] or [FixedThreshold].
	Threshold string `json:"threshold"`
	// Null is the null whose scores give each unit's own threshold; empty for a fixed
	// one.
	Null string `json:"null,omitempty"`
	// Cut is the fixed threshold. Where units have their own, it is still the one of
	// [Score.Above] and [Null.Above].
	Cut float64 `json:"cut"`
	// Significant is the null in which the unit's q must be at most 0.05 besides; empty
	// if there is no such condition.
	Significant string `json:"q_null,omitempty"`
}

// The values of [GridRule.Threshold].
const (
	OwnThreshold   = "own"   // each unit's own: the 95th percentile of its null scores
	FixedThreshold = "fixed" // one score for all units
)

// PaperCut is the threshold that the paper found with its own, unreleased score
// and shuffle.
const PaperCut = 0.37

// PaperShare is the share of grid-like units in the paper (Banino et al. 2018,
// Fig. 1 and Extended Data Fig. 3): units of the linear layer above the 95th
// percentile of their field shuffles.
type PaperShare struct {
	Arena string  `json:"arena"` // square or circle
	Units int     `json:"units"`
	Of    int     `json:"of"`
	Share float64 `json:"share"`
}

// PaperShareOf returns the paper's share for an arena; the round one's is for
// "circle", the square one's for everything else.
func PaperShareOf(arena string) *PaperShare {
	if arena == "circle" {
		return &PaperShare{"circle", 56, 256, 56.0 / 256}
	}
	return &PaperShare{"square", 129, 512, 129.0 / 512}
}

// Figures are other figures of the paper (Fig. 1, Extended Data Fig. 3).
type Figures struct {
	Border, HeadDirection                float64 // shares of the units
	Error, UntrainedError                float64 // of the position after 15 s, m
	ScaleLeast, ScaleMean, ScaleGreatest float64 // of the grids, m
}

// PaperFigures are the paper's.
var PaperFigures = Figures{
	Border: 0.087, HeadDirection: 0.102, Error: 0.16, UntrainedError: 0.91, ScaleLeast: 0.28, ScaleMean: 0.66, ScaleGreatest: 1.15,
}

// Layer is what was found in the units of one layer.
type Layer struct {
	Name  string `json:"layer"`
	Units int    `json:"units"`
	// Headline has sentences about the population, the most important first.
	Headline []string `json:"headline"`
	// Scores are by every definition and treatment of unvisited bins.
	Scores        []Score          `json:"scores"`
	Grid          Count            `json:"grid_cells"`
	Border        Count            `json:"border_cells"`
	HeadDirection Count            `json:"head_direction_cells"`
	Conjunctive   Count            `json:"conjunctive_cells"`
	Classes       map[string]Count `json:"classes"`
	Scales        *Scales          `json:"grid_scales"`
	// Unvisited is the share of bins of the ratemaps that were never visited.
	Unvisited Number   `json:"unvisited_share,omitzero"`
	Warnings  []string `json:"warnings"`
}

// Count is a number of units and their share of the layer.
type Count struct {
	Units int    `json:"units"`
	Share Number `json:"share"`
	// Interval is Wilson's 95 % interval of the share, where there is one.
	Interval *[2]Number `json:"interval_95,omitempty"`
}

// CountOf returns k of n units; without units the share is unknown.
func CountOf(k, n int) Count { return Count{Units: k, Share: Of(float64(k) / float64(n))} }

// WithInterval adds Wilson's 95 % interval of the share of n units.
func (c Count) WithInterval(n int) Count {
	low, high := significance.Wilson(c.Units, n)
	c.Interval = &[2]Number{Of(low), Of(high)}
	return c
}

// Score is what one definition of gridness says of a layer.
type Score struct {
	Column string `json:"column"` // of gridscore's rows, score_60 for example
	Score  string `json:"score"`  // the definition's name
	Above  Count  `json:"above_cut"`
	Mean   Number `json:"mean"`
	Best   Number `json:"best"`
	Nulls  []Null `json:"nulls,omitempty"`
}

// Null compares a layer's scores by one definition with those of one null.
type Null struct {
	Name  string `json:"null"`
	Draws int    `json:"draws"` // null maps of each unit, or of all units together
	// Above compares the shares above the fixed cut.
	Above Excess `json:"above_cut"`
	// AboveOwn counts the units above their own threshold, the 95th percentile of
	// their null scores. See [Null.ChanceOwn]. For the null field this is the paper's
	// criterion.
	AboveOwn Count `json:"above_own_threshold_95"`
	// Threshold95 and Threshold99 are means of the units' percentiles. With the paper's
	// score and shuffle the former came to 0.37.
	Threshold95 Number `json:"mean_threshold_95"`
	Threshold99 Number `json:"mean_threshold_99"`
	// AboveThreshold counts the units above the mean of the 95th percentiles.
	AboveThreshold Count `json:"above_mean_threshold_95"`
	Significant    Count `json:"q_at_most_0.05"`
}

// ChanceOwn is the share of units above their own threshold that chance alone gives
// with this number of draws.
func (n *Null) ChanceOwn() float64 { return significance.AboveQuantile(0.95, n.Draws) }

// Excess is by how much a layer's share of units above the fixed cut exceeds
// that of a null.
type Excess struct {
	Share    Number    `json:"share"`
	Null     Number    `json:"null_share"`
	Excess   Number    `json:"excess"`
	Interval [2]Number `json:"excess_interval"` // of confidence 95 %
	P        Number    `json:"p"`
}

// ExcessOf returns an excess as it is written.
func ExcessOf(e significance.Excess) Excess {
	return Excess{Of(e.Observed), Of(e.Null), Of(e.Excess), [2]Number{Of(e.Low), Of(e.High)}, Of(e.P)}
}

// Scales describe the scales of a layer's grid cells.
type Scales struct {
	Units        int              `json:"grid_cells_with_scale"`
	Least        Number           `json:"least_m"`
	Greatest     Number           `json:"greatest_m"`
	Mean         Number           `json:"mean_m"`
	Median       Number           `json:"median_m"`
	BIC          []Number         `json:"bic_by_clusters"` // of mixtures of 1, 2, … clusters
	Clusters     []scales.Cluster `json:"clusters"`        // of the mixture of lowest BIC
	Ratios       []Number         `json:"ratios"`          // of neighbouring clusters' means
	Discreteness Discreteness     `json:"discreteness"`
}

// TooFew tells that there are too few scales to say anything about clusters.
func (s *Scales) TooFew() bool { return s.Units < scales.Enough }

// Discreteness is the result of the test of whether scales gather in clusters.
type Discreteness struct {
	SD       Number `json:"sd_of_counts"`
	NullMean Number `json:"null_mean"`
	P        Number `json:"p"`
}

// ReadPopulation reads what [Population.Write] wrote.
func ReadPopulation(r io.Reader) (*Population, error) {
	p := &Population{}
	if err := read(r, p); err != nil {
		return nil, err
	}
	if len(p.Layers) == 0 {
		return nil, errors.New("no \"layers\": this is not what gridscore --summary writes, or it had no units")
	}
	return p, nil
}

// Write writes the population as JSON.
func (p *Population) Write(w io.Writer) error { return write(w, p) }

// Rule returns when a unit counts as a grid cell. For files of versions that had
// a fixed cut only, it is found in the parameters.
func (p *Population) Rule() (GridRule, error) {
	if p.Grid != nil {
		return *p.Grid, nil
	}
	var old struct {
		Cut  *float64 `json:"grid_cut"`
		Null string   `json:"grid_null"`
	}
	if err := json.Unmarshal(p.Parameters, &old); err != nil {
		return GridRule{}, fmt.Errorf("parameters: %w", err)
	}
	rule := GridRule{Threshold: FixedThreshold, Cut: PaperCut, Significant: old.Null}
	if old.Cut != nil {
		rule.Cut = *old.Cut
	}
	return rule, nil
}

// Layer returns the layer of a name; nil if there is none.
func (p *Population) Layer(name string) *Layer {
	return find(p.Layers, func(l *Layer) bool { return l.Name == name })
}

// Score returns the score of a column, "score_60" for that of the first
// definition; nil if there is none.
func (l *Layer) Score(column string) *Score {
	return find(l.Scores, func(s *Score) bool { return s.Column == column })
}

// Null returns the comparison with a null; nil if there is none.
func (s *Score) Null(name string) *Null {
	return find(s.Nulls, func(n *Null) bool { return n.Name == name })
}

// find returns the first element of a list for which is holds; nil if there is none.
func find[T any](list []T, is func(*T) bool) *T {
	for i := range list {
		if is(&list[i]) {
			return &list[i]
		}
	}
	return nil
}
