package population

import (
	"fmt"
	"math"
	"strings"

	"gridcells/pkg/gridscore"
	"gridcells/pkg/ratemap"
	"gridcells/pkg/results"
	"gridcells/pkg/scales"
)

// fieldNull is the null of the paper's criterion.
const fieldNull = "field"

// paper is the share that the paper found in such a room. It is nil for recorded
// neurons, because the paper's share is of units of networks.
func (s *Settings) paper() *results.PaperShare {
	if s.Session {
		return nil
	}
	if s.Round {
		return results.PaperShareOf("circle")
	}
	return results.PaperShareOf("square")
}

// headline says how many units of a layer are grid cells by the first score, and
// compares this with chance. The first line has the null of the own thresholds. If
// there are no own thresholds, it has the paper's criterion, which needs the null
// field. The same criterion with the other nulls follows, and then the share above the
// fixed cut:
//
//	22.3 % [18.9, 26.1] of 512 units are above the 95th percentile of their own field shuffles (chance: 5.1 %; the paper: 25.2 %)
//	above the 95th percentile of other nulls: Gaussian fields 6.4 % [4.6, 8.9], IAAFT surrogates 7.0 % [5.1, 9.6]
//	8.2 % are above 0.37, which is the mean threshold in the paper; the mean threshold of this score is 0.17
//
// The last lines say by how much that share exceeds each null's; they need a number of
// units, because a bootstrap over few of them knows nothing of their variety. Brackets
// are intervals of 95 %.
func (p *Population) headline(l *Layer, s *results.Score) []string {
	lines := []string{}
	if len(s.Nulls) == 0 {
		return lines
	}
	first := p.leading()
	if n := s.Null(first); n != nil {
		chance := fmt.Sprintf("chance: %.1f %%", 100*n.ChanceOwn())
		if paper := p.Settings.paper(); paper != nil && first == fieldNull {
			chance += fmt.Sprintf("; the paper: %.1f %%", 100*paper.Share)
		}
		units := fmt.Sprintf("of %d units are above the 95th percentile of their", len(l.Units))
		if len(l.Units) == 1 {
			units = "of 1 unit is above the 95th percentile of its"
		}
		lines = append(lines, fmt.Sprintf("%s %s own %s (%s)", interval(n.AboveOwn), units, p.own(first), chance))
	}
	if others := p.others(s, first); len(others) > 0 {
		nulls := "nulls"
		if len(lines) > 0 {
			nulls = "other nulls"
		}
		lines = append(lines, "above the 95th percentile of "+nulls+": "+strings.Join(others, ", "))
	}
	lines = append(lines, p.aboveCut(s))
	if len(l.Units) < population {
		return lines
	}
	for _, null := range p.Settings.Nulls {
		lines = append(lines, p.excessLine(null.Title, s.Null(null.Name)))
	}
	return lines
}

// population is the number of units from which an excess is a statement about a
// population.
const population = 10

// leading is the null that the headline begins with.
func (p *Population) leading() string {
	if own := p.Settings.Grid.Own; own != "" {
		return own
	}
	return fieldNull
}

// own names the maps of a null of a unit's own.
func (p *Population) own(null string) string {
	if null == fieldNull {
		return "field shuffles"
	}
	for _, n := range p.Settings.Nulls {
		if n.Name == null {
			return n.Title
		}
	}
	return null
}

// others are the shares above the 95th percentile of all nulls but the first.
func (p *Population) others(s *results.Score, first string) (others []string) {
	for _, null := range p.Settings.Nulls {
		if null.Name != first {
			others = append(others, null.Title+" "+interval(s.Null(null.Name).AboveOwn))
		}
	}
	return others
}

// aboveCut describes the share above the fixed cut. It gives the mean
// threshold of this score too, which may differ from the cut of the paper.
func (p *Population) aboveCut(s *results.Score) string {
	cut := p.Settings.Grid.Cut
	text := fmt.Sprintf("%.1f %% are above %v", 100*s.Above.Share.Float(), cut)
	if cut == results.PaperCut && !p.Settings.Session {
		text += ", which is the mean threshold in the paper"
	}
	if n := s.Null(p.leading()); n != nil {
		text += fmt.Sprintf("; the mean threshold of this score is %.2f", n.Threshold95.Float())
	}
	return text
}

// excessLine says by how much the share above the fixed cut exceeds a null's.
func (p *Population) excessLine(title string, n *results.Null) string {
	e := n.Above
	text := fmt.Sprintf("above %v: %s %.1f %%, excess %s points [%s, %s]", p.Settings.Grid.Cut, title,
		100*e.Null.Float(), e.Excess.Points(), e.Interval[0].Points(), e.Interval[1].Points())
	if e.P.Known() {
		text += fmt.Sprintf(", p = %.2g", e.P.Float())
	}
	return text
}

// interval is a share with its interval, in percent.
func interval(c results.Count) string {
	text := fmt.Sprintf("%.1f %%", 100*c.Share.Float())
	if c.Interval != nil {
		text += fmt.Sprintf(" [%.1f, %.1f]", 100*c.Interval[0].Float(), 100*c.Interval[1].Float())
	}
	return text
}

// fewUnvisited is the largest share of unvisited bins that gives no warning.
const fewUnvisited = 0.05

// warnings say what makes a layer's results doubtful.
func (p *Population) warnings(r *results.Layer) []string {
	warnings := []string{}
	if text := p.UnvisitedWarning(r); text != "" {
		warnings = append(warnings, text)
	}
	if r.Scales.TooFew() {
		warnings = append(warnings, fmt.Sprintf("%d grid cells with a scale: too few, below %d, to conclude anything about clusters of scales", r.Scales.Units, scales.Enough))
	}
	return warnings
}

// UnvisitedWarning says how bins that were never visited change the scores of a
// layer. It returns "" if there are few such bins, or if they do not count.
func (p *Population) UnvisitedWarning(r *results.Layer) string {
	share := r.Unvisited.Float()
	if p.Settings.Unvisited[0] != gridscore.ZeroFilled || !(share > fewUnvisited) {
		return ""
	}
	return fmt.Sprintf("%.0f %% of the bins were never visited and count as 0. All units share these holes, and holes can make even noise look hexagonal. "+
		"Use --unvisited omit, or make ratemaps of more data or of fewer bins", 100*share)
}

// unvisited is the share of bins of a layer's ratemaps that were never visited.
// Bins outside of a round room do not count. It is NaN if there are no units.
func (p *Population) unvisited(l *Layer) float64 {
	bins := 0
	for i := range p.Settings.Layout.Cells() {
		if p.Settings.inRoom(i) {
			bins += len(l.Units)
		}
	}
	return float64(l.unvisited.Load()) / float64(bins)
}

// outside tells whether any part of a bin lies outside of the disc that fills the
// square.
func outside(x, y int, l ratemap.Layout) bool {
	far := func(i, n int) float64 {
		middle := float64(n) / 2
		return max(math.Abs(float64(i)-middle), math.Abs(float64(i+1)-middle))
	}
	return math.Hypot(far(x, l.X), far(y, l.Y)*float64(l.X)/float64(l.Y)) > float64(l.X)/2
}
