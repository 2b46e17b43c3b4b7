package sweep

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"gridcells/pkg/results"
)

// values are named numbers in order. An undefined number is NaN.
type values struct {
	columns []Column
	byName  map[string]float64
}

func (v *values) add(c Column, x float64) {
	if v.byName == nil {
		v.byName = map[string]float64{}
	}
	if _, ok := v.byName[c.Name]; !ok {
		v.columns = append(v.columns, c)
	}
	v.byName[c.Name] = x
}

// addLog adds where the training ended.
func (v *values) addLog(log []results.LogLine) {
	if len(log) == 0 {
		return
	}
	last := log[len(log)-1]
	v.add(Column{Name: "updates", Definition: "updates made"}, float64(last.Step))
	v.add(Column{Name: "training_loss", Unit: "nats", Definition: "mean loss over the updates of the log's last line"}, last.Loss.Float())
}

// The columns of path integration.
var (
	lossColumn  = Column{Name: "loss", Unit: "nats", Definition: "mean loss in held-out trajectories"}
	errorColumn = func(p *results.PathIntegration) Column {
		return Column{Name: "error_cm", Unit: "cm", Definition: "mean position error at the end of held-out trajectories" + decodedBy(p)}
	}
	bestErrorColumn      = Column{Name: "best_error_cm", Unit: "cm", Definition: "the same by the way of decoding that gives the least"}
	untrainedErrorColumn = func(p *results.PathIntegration) Column {
		return Column{Name: "untrained_error_cm", Unit: "cm", Definition: "error_cm of the untrained network" + decodedBy(p)}
	}
	untrainedBestErrorColumn = Column{Name: "untrained_best_error_cm", Unit: "cm", Definition: "best_error_cm of the untrained network"}
)

func decodedBy(p *results.PathIntegration) string {
	if p.Decode == "" {
		return ""
	}
	return ", decoded by " + p.Decode
}

// addPath adds the errors of a network and of the untrained one; either may be nil.
func (v *values) addPath(trained, untrained *results.PathIntegration) {
	if trained != nil {
		v.add(lossColumn, trained.Loss.Float())
		v.add(errorColumn(trained), 100*trained.Final.Float())
		if best := bestError(trained); !math.IsNaN(best) {
			v.add(bestErrorColumn, best)
		}
	}
	if untrained != nil {
		v.add(untrainedErrorColumn(untrained), 100*untrained.Final.Float())
		if best := bestError(untrained); !math.IsNaN(best) {
			v.add(untrainedBestErrorColumn, best)
		}
	}
}

// bestError returns the least final error (cm) over the ways of decoding; NaN if
// they are not known.
func bestError(p *results.PathIntegration) float64 {
	best := math.NaN()
	for _, c := range p.Trained.Position {
		if e := 100 * c.Final.Float(); math.IsNaN(best) || e < best {
			best = e
		}
	}
	return best
}

// Integrates says whether the network path-integrates: its position error is at
// most this fraction of that of the untrained network, each by its best way of
// decoding where that is known.
func (r Run) Integrates(fraction float64) bool {
	value := func(best, plain string) float64 {
		if v, ok := r.Values[best]; ok {
			return v
		}
		if v, ok := r.Values[plain]; ok {
			return v
		}
		return math.NaN()
	}
	trained := value(bestErrorColumn.Name, "error_cm")
	untrained := value(untrainedBestErrorColumn.Name, "untrained_error_cm")
	return trained <= fraction*untrained // false if one is NaN
}

// units are the units of a layer with ratemaps of some size.
type units struct {
	bins      int
	rule      results.GridRule
	trained   *results.Layer
	untrained *results.Layer // nil if it is not known
	suffix    string         // of the names of columns
}

// addUnits adds the values of the units of a layer. The value of the untrained
// network by the same score follows each.
func (v *values) addUnits(u units) {
	add := func(name, unit string, x float64, definition string, args ...any) {
		v.add(Column{Name: name + u.suffix, Bins: u.bins, Unit: unit, Definition: fmt.Sprintf(definition, args...)}, x)
	}
	cut := strconv.FormatFloat(u.rule.Cut, 'g', -1, 64)
	add("units", "", float64(u.trained.Units), "units of the layer %s", u.trained.Name)
	add("grid_share", "%", 100*u.trained.Grid.Share.Float(), "units that are grid cells: %s", ruleText(u.rule))
	for _, s := range u.trained.Scores {
		score := scoreName(s)
		share := func(what string) string { return fmt.Sprintf("%s whose gridness by %s is above %s", what, score, cut) }
		add(score+"_share", "%", 100*s.Above.Share.Float(), "%s", share("units"))
		add(score+"_best", "", s.Best.Float(), "highest gridness by %s", score)
		if control := controlScore(u.untrained, s.Column); control != nil {
			add(score+"_untrained_share", "%", 100*control.Above.Share.Float(), "%s", share("units of the untrained network"))
			for _, n := range control.Nulls {
				add(score+"_untrained_"+n.Name+"_own", "%", 100*n.AboveOwn.Share.Float(), "units of the untrained network above their own 95th percentile in the null %s by %s (chance gives %s %%)", n.Name, score, chanceText(n))
			}
		}
		for _, n := range s.Nulls {
			if n.Name != "untrained" { // has its column already
				add(score+"_"+n.Name+"_share", "%", 100*n.Above.Null.Float(), "%s", share("maps of the null "+n.Name))
			}
			add(score+"_"+n.Name+"_excess", "points", 100*n.Above.Excess.Float(), "%s_share less that of the null %s", score, n.Name)
			add(score+"_"+n.Name+"_own", "%", 100*n.AboveOwn.Share.Float(), "units above their own 95th percentile in the null %s by %s (chance gives %s %%)", n.Name, score, chanceText(n))
			add(score+"_"+n.Name+"_threshold", "", n.Threshold95.Float(), "mean over the units of that percentile")
		}
	}
	add("border_share", "%", 100*u.trained.Border.Share.Float(), "units that are border cells")
	add("head_direction_share", "%", 100*u.trained.HeadDirection.Share.Float(), "units that are head-direction cells")
	if u.trained.Scales != nil {
		add("scale_cm", "cm", 100*u.trained.Scales.Mean.Float(), "mean scale of the grid cells")
	}
}

func chanceText(n results.Null) string { return strconv.FormatFloat(100*n.ChanceOwn(), 'f', 1, 64) }

// ruleText says when a unit counts as a grid cell.
func ruleText(r results.GridRule) string {
	text := fmt.Sprintf("gridness above %g", r.Cut)
	if r.Threshold == results.OwnThreshold {
		text = fmt.Sprintf("gridness above their own 95th percentile in the null %s", r.Null)
	}
	if r.Significant != "" {
		text += fmt.Sprintf(", q at most 0.05 in the null %s", r.Significant)
	}
	return text
}

// excesses are the comparisons of the units with nulls, in order.
func (u units) excesses(into map[Comparison]Excess) (order []Comparison) {
	for _, s := range u.trained.Scores {
		for _, n := range s.Nulls {
			of := excesses(n, u.trained.Units)
			for _, criterion := range []Criterion{Cut, Own} {
				c := Comparison{u.bins, scoreName(s), n.Name, criterion}
				into[c] = of[criterion]
				order = append(order, c)
			}
		}
	}
	return order
}

// scoreName names a score by its definition and, where its column does, by how
// unvisited bins count.
func scoreName(s results.Score) string {
	for _, ending := range []string{"_omit", "_zero"} {
		if len(s.Column) > len(ending) && strings.HasSuffix(s.Column, ending) {
			return s.Score + ending
		}
	}
	return s.Score
}

func controlScore(untrained *results.Layer, column string) *results.Score {
	if untrained == nil {
		return nil
	}
	return untrained.Score(column)
}

// layerOf returns a layer of a population; the error names those that there are.
func layerOf(p *results.Population, name string) (*results.Layer, error) {
	if l := p.Layer(name); l != nil {
		return l, nil
	}
	var names []string
	for _, l := range p.Layers {
		names = append(names, l.Name)
	}
	return nil, fmt.Errorf("no layer %q: there are %q", name, names)
}
