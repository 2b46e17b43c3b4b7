package figure

import (
	"math"
	"testing"

	"gridcells/pkg/celltype"
	"gridcells/pkg/results"
)

// The headline's share follows the rule that made the classes.
func TestJudge(t *testing.T) {
	unit := func(score, threshold float64, class celltype.Class) Unit {
		return Unit{Score60: score, Class: class, Own: []OwnNull{{Null: FieldNull, Threshold95: threshold, Q: 1}}}
	}
	for name, test := range map[string]struct {
		units []Unit
		rule  *results.GridRule
		want  Judgement
		grid  int
	}{
		"own":            {[]Unit{unit(0.3, 0.2, "grid"), unit(0.5, 0.6, "none"), unit(0.5, 0.1, "conjunctive")}, nil, ByOwn, 2},
		"fixed":          {[]Unit{unit(0.3, 0.2, "none"), unit(0.5, 0.6, "grid")}, nil, ByCriterion, 1},
		"another rule":   {[]Unit{unit(0.3, 0.2, "none"), unit(0.5, 0.1, "none")}, nil, ByClass, 0},
		"both":           {[]Unit{unit(0.5, 0.2, "grid"), unit(0.1, 0.2, "none")}, &results.GridRule{Threshold: results.FixedThreshold, Cut: 0.37}, ByCriterion, 1},
		"without class":  {[]Unit{unit(0.3, 0.2, ""), unit(0.5, 0.6, "")}, nil, ByOwn, 1},
		"without a null": {[]Unit{{Score60: 0.3}, {Score60: 0.5}}, nil, ByCriterion, 1},
		"also q":         {[]Unit{unit(0.5, 0.2, "grid")}, &results.GridRule{Threshold: results.OwnThreshold, Null: FieldNull, Significant: FieldNull}, ByClass, 1},
	} {
		l := Layer{Units: test.units}
		r := &Run{Criterion: 0.37, Rule: test.rule, Layers: []Layer{l}}
		if got, _ := r.Judge(l); got != test.want {
			t.Errorf("%s: rule %d, want %d", name, got, test.want)
		}
		if n := r.CountGrid(l).Units; n != test.grid {
			t.Errorf("%s: %d grid cells, want %d", name, n, test.grid)
		}
	}
}

// The mean threshold is that of the units that have one, as in gridscore's summary.
func TestCountOwnWithoutThreshold(t *testing.T) {
	nan := math.NaN()
	l := Layer{Units: []Unit{
		{Score60: 0.5, Own: []OwnNull{{"field", 0.2, 0.01}, {"gaussian", nan, nan}}},
		{Score60: nan, Own: []OwnNull{{"field", nan, nan}, {"gaussian", nan, nan}}},
	}}
	l.CountOwn()
	if n := l.Null("field"); n.Threshold95.Float() != 0.2 || n.AboveOwn.Units != 1 || n.AboveOwn.Share.Float() != 0.5 {
		t.Errorf("null is %+v", n)
	}
	if n := l.Null("gaussian"); n.Threshold95.Known() || n.AboveOwn.Units != 0 {
		t.Errorf("a null without any threshold is %+v", n)
	}
}

func TestCountOwn(t *testing.T) {
	l := Layer{Units: []Unit{
		{Score60: 0.5, Own: []OwnNull{{"field", 0.2, 0.01}}},
		{Score60: 0.1, Own: []OwnNull{{"field", 0.4, 0.9}}},
	}}
	l.CountOwn()
	n := l.Null("field")
	if n == nil || n.AboveOwn.Units != 1 || n.AboveOwn.Share.Float() != 0.5 || n.Significant.Units != 1 || math.Abs(n.Threshold95.Float()-0.3) > 1e-12 {
		t.Errorf("null is %+v", n)
	}
	if low := n.AboveOwn.Interval[0].Float(); math.Abs(low-0.0945) > 1e-4 { // Wilson's of 1 in 2
		t.Errorf("the interval begins at %v", low)
	}
}

func TestProbability(t *testing.T) {
	for _, test := range []struct {
		p     float64
		draws int
		want  string
	}{
		{1.0 / 101, 100, "< 0.01"}, {1.0 / 1001, 1000, "< 0.001"}, {2.0 / 101, 100, "0.02"}, {1.0 / 101, 0, "0.0099"}, {0.0004, 0, "< 0.001"}, {math.NaN(), 100, "–"},
	} {
		if got := Probability(results.Of(test.p), test.draws); got != test.want {
			t.Errorf("p = %v of %d draws is %s, want %s", test.p, test.draws, got, test.want)
		}
	}
}
