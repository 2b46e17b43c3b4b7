package sweep

import (
	"fmt"

	"gridcells/pkg/results"
)

// values are named numbers in order. An undefined number is NaN.
type values struct {
	names  []string
	byName map[string]float64
}

func (v *values) add(name string, x float64) {
	if v.byName == nil {
		v.byName = map[string]float64{}
	}
	if _, ok := v.byName[name]; !ok {
		v.names = append(v.names, name)
	}
	v.byName[name] = x
}

// addLog adds where the training ended.
func (v *values) addLog(log []results.LogLine) {
	if len(log) == 0 {
		return
	}
	last := log[len(log)-1]
	v.add("updates", float64(last.Step))
	v.add("training_loss", last.Loss.Float())
}

// addUnits adds what was found in the units of a layer. What the untrained network
// has by the same score stands beside it. suffix ends the names.
func (v *values) addUnits(trained, untrained *results.Layer, suffix string) {
	add := func(name string, x float64) { v.add(name+suffix, x) }
	add("units", float64(trained.Units))
	add("grid_share", 100*trained.Grid.Share.Float())
	for _, s := range trained.Scores {
		score := scoreName(s)
		add(score+"_share", 100*s.Above.Share.Float())
		add(score+"_best", s.Best.Float())
		if control := controlScore(untrained, s.Column); control != nil {
			add(score+"_untrained_share", 100*control.Above.Share.Float())
			for _, n := range control.Nulls {
				add(score+"_untrained_"+n.Name+"_own", 100*n.AboveOwn.Share.Float())
			}
		}
		for _, n := range s.Nulls {
			if n.Name != "untrained" { // has its column already
				add(score+"_"+n.Name+"_share", 100*n.Above.Null.Float())
			}
			add(score+"_"+n.Name+"_excess", 100*n.Above.Excess.Float())
			add(score+"_"+n.Name+"_own", 100*n.AboveOwn.Share.Float())
			add(score+"_"+n.Name+"_threshold", n.Threshold95.Float())
		}
	}
	add("border_share", 100*trained.Border.Share.Float())
	add("head_direction_share", 100*trained.HeadDirection.Share.Float())
	if trained.Scales != nil {
		add("scale_cm", 100*trained.Scales.Mean.Float())
	}
}

// scoreName names a score by its definition and, where its column does, by how
// unvisited bins count.
func scoreName(s results.Score) string {
	for _, ending := range []string{"_omit", "_zero"} {
		if len(s.Column) > len(ending) && s.Column[len(s.Column)-len(ending):] == ending {
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
