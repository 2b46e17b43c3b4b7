package figure

import (
	"fmt"
	"strings"

	"gridcells/pkg/celltype"
	"gridcells/pkg/results"
)

// FieldNull is the null of the paper's criterion: field shuffles.
const FieldNull = "field"

// IsGrid tells whether a unit counts as a grid cell. Its class decides if it is
// known. Otherwise its own threshold decides if it has one, and otherwise the
// criterion.
func (r *Run) IsGrid(u Unit) bool {
	if u.Class != "" {
		return u.Class == celltype.Grid || u.Class == celltype.Conjunctive
	}
	if own, ok := u.own(r.rule().Null); ok {
		return u.Score60 > own.Threshold95
	}
	return u.Score60 > r.Criterion
}

// rule is the rule by which units are called grid cells. If the run does not say,
// it is their own threshold in field shuffles.
func (r *Run) rule() results.GridRule {
	if r.Rule != nil {
		return *r.Rule
	}
	return results.GridRule{Threshold: results.OwnThreshold, Null: FieldNull, Cut: r.Criterion}
}

// CountGrid counts a layer's grid cells.
func (r *Run) CountGrid(l Layer) results.Count {
	n := 0
	for _, u := range l.Units {
		if r.IsGrid(u) {
			n++
		}
	}
	return results.CountOf(n, len(l.Units)).WithInterval(len(l.Units))
}

// A Judgement is the rule that makes grid cells of a layer's units.
type Judgement int

// The rules that there are.
const (
	ByOwn       Judgement = iota // a unit's own threshold, the 95th percentile of its null scores
	ByCriterion                  // one threshold for all units
	ByClass                      // another rule; only its result is known
)

// Judge finds the rule by which the units of a layer are called grid cells, and
// the null of the own thresholds. It returns the run's rule if that rule agrees with
// the classes of the units, and otherwise a rule that agrees with them.
func (r *Run) Judge(l Layer) (Judgement, string) {
	null := r.rule().Null
	if null == "" {
		null = FieldNull
	}
	own := func(u Unit) (bool, bool) {
		o, ok := u.own(null)
		return ok && u.Score60 > o.Threshold95, ok
	}
	fixed := func(u Unit) (bool, bool) { return u.Score60 > r.Criterion, true }
	agrees := func(rule func(Unit) (bool, bool)) bool {
		for _, u := range l.Units {
			if is, known := rule(u); !known || is != r.IsGrid(u) {
				return false
			}
		}
		return true
	}
	if r.rule().Significant != "" {
		return ByClass, ""
	}
	first, second := Judgement(ByOwn), Judgement(ByCriterion)
	rules := map[Judgement]func(Unit) (bool, bool){ByOwn: own, ByCriterion: fixed}
	if r.rule().Threshold == results.FixedThreshold {
		first, second = second, first
	}
	for _, j := range []Judgement{first, second} {
		if agrees(rules[j]) {
			if j == ByOwn {
				return j, null
			}
			return j, ""
		}
	}
	return ByClass, ""
}

// describe says after "units" which of them are grid cells, for an axis.
func (r *Run) describe(l Layer) string {
	switch judgement, null := r.Judge(l); judgement {
	case ByOwn:
		return "above their own " + strings.TrimSuffix(title(null), "s") + "s"
	case ByCriterion:
		return fmt.Sprintf("above %.2f", r.Criterion)
	}
	return "grid cells"
}

// short is like describe, where there is less room.
func (r *Run) short(l Layer) string {
	if judgement, _ := r.Judge(l); judgement == ByCriterion {
		return r.describe(l)
	}
	return "grid cells"
}
