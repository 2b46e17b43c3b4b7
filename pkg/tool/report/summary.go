package report

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"gridcells/pkg/figure"
	"gridcells/pkg/pages"
	"gridcells/pkg/printable"
	"gridcells/pkg/results"
)

// summarize returns the numbers of the pages.
func summarize(r *pages.Report, pages int) *results.Report {
	s := &results.Report{Pages: pages, Criterion: r.Criterion}
	for _, l := range r.Layers {
		s.Layers = append(s.Layers, summarizeLayer(l, r.Criterion))
	}
	if n := len(r.Log); n > 0 {
		last := r.Log[n-1]
		s.Loss = &results.ReportLoss{Updates: int(last.Step), Final: last.Loss, FinalSD: last.LossSD, First: r.Log[0].Loss}
	}
	s.PathIntegration = summarizeError(r.PathIntegration)
	s.UntrainedPathIntegration = summarizeError(r.UntrainedPathIntegration)
	return s
}

func summarizeLayer(l figure.Layer, criterion float64) results.ReportLayer {
	scores := l.Scores()
	s := results.ReportLayer{Layer: l.Name, ReportScores: summarizeScores(scores, criterion)}
	if _, at := figure.Highest(scores); at >= 0 {
		s.BestUnit = &l.Units[at].Number
	}
	if l.Untrained != nil {
		untrained := summarizeScores(l.Untrained, criterion)
		s.Untrained = &untrained
	}
	for _, n := range l.Compared(criterion) {
		s.Nulls = append(s.Nulls, summarizeNull(n))
	}
	for _, n := range l.Nulls {
		if n.AboveOwn.Share.Known() && !slices.ContainsFunc(s.Nulls, func(m results.ReportNull) bool { return m.Name == n.Name }) {
			s.Nulls = append(s.Nulls, summarizeNull(n))
		}
	}
	for _, u := range l.Units {
		if u.Class != "" {
			if s.Classes == nil {
				s.Classes = map[string]int{}
			}
			s.Classes[string(u.Class)]++
		}
	}
	return s
}

func summarizeNull(n figure.Null) results.ReportNull {
	s := results.ReportNull{Name: n.Name, Share: n.Above.Null, Excess: n.Above.Excess, Interval: n.Above.Interval, P: n.Above.P}
	if n.AboveOwn.Share.Known() {
		s.AboveOwn, s.Threshold95 = &n.AboveOwn, n.Threshold95
	}
	return s
}

func summarizeScores(scores []float64, criterion float64) results.ReportScores {
	above := figure.CountAbove(scores, criterion)
	best, _ := figure.Highest(scores)
	return results.ReportScores{
		Units: len(scores), Above: above,
		Share: results.CountOf(above, len(scores)).Share,
		Best:  results.Of(best),
	}
}

func summarizeError(p *results.PathIntegration) *results.ReportError {
	if p == nil {
		return nil
	}
	return &results.ReportError{Final: p.Final, Floor: p.Floor, Loss: p.Loss}
}

// maxName is the number of characters that are shown of a name in the input.
const maxName = 60

// text is the summary for people, below the path of the output. Names come from the
// input; characters in them that a terminal would obey are escaped.
func text(s *results.Report, path string) string {
	var b strings.Builder
	plural := "s"
	if s.Pages == 1 {
		plural = ""
	}
	fmt.Fprintf(&b, "%s (%d page%s)\n", printable.Text(path), s.Pages, plural)
	w := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	for _, l := range s.Layers {
		fmt.Fprintf(w, "%s\t%s\t%s\n", printable.Short(l.Layer, maxName), describeUnits(l, s.Criterion), describeControls(l))
	}
	if s.Loss != nil {
		fmt.Fprintf(w, "loss\t%s after %d updates\t%s\n", show(s.Loss.Final, 1, "%.3f"), s.Loss.Updates,
			"first logged "+show(s.Loss.First, 1, "%.3f"))
	}
	if p := s.PathIntegration; p != nil {
		value := show(p.Final, 100, "%.1f cm")
		if p.Floor.Known() {
			value += show(p.Floor, 100, ", floor %.1f cm")
		}
		fmt.Fprintf(w, "position error\t%s\t%s\n", value, untrained(s.UntrainedPathIntegration, finalText))
		if p.Loss.Known() {
			fmt.Fprintf(w, "evaluation loss\t%s\t%s\n", lossText(p), untrained(s.UntrainedPathIntegration, lossText))
		}
	}
	w.Flush() // into memory, which cannot fail
	return trimLines(b.String())
}

// describeUnits begins with the share by the paper's criterion, if it is known.
func describeUnits(l results.ReportLayer, criterion float64) string {
	text := ""
	for _, n := range l.Nulls {
		if n.Name == figure.FieldNull && n.AboveOwn != nil {
			text = fmt.Sprintf("%d of %d units above the 95th percentile of their own field shuffles (%s); ", n.AboveOwn.Units, l.Units, figure.PercentInterval(*n.AboveOwn))
		}
	}
	text += fmt.Sprintf("%d of %d units above %.2f (%s), best %s", l.Above, l.Units, criterion, show(l.Share, 100, "%.1f %%"), show(l.Best, 1, "%.2f"))
	if l.BestUnit != nil {
		text += fmt.Sprintf(" (unit %d)", *l.BestUnit)
	}
	return text
}

func describeControls(l results.ReportLayer) string {
	var controls []string
	if s := l.Untrained; s != nil {
		controls = append(controls, fmt.Sprintf("untrained %d of %d (%s), best %s", s.Above, s.Units, show(s.Share, 100, "%.1f %%"), show(s.Best, 1, "%.2f")))
	}
	for _, n := range l.Nulls {
		if n.Excess.Known() {
			controls = append(controls, fmt.Sprintf("%s %s, excess %s [%s, %s] points", printable.Short(n.Name, maxName), show(n.Share, 100, "%.1f %%"),
				show(n.Excess, 100, "%+.1f"), show(n.Interval[0], 100, "%+.1f"), show(n.Interval[1], 100, "%+.1f")))
		}
	}
	return strings.Join(controls, "\t")
}

func finalText(e *results.ReportError) string { return show(e.Final, 100, "%.1f cm") }
func lossText(e *results.ReportError) string  { return show(e.Loss, 1, "%.3f") }

func untrained(e *results.ReportError, text func(*results.ReportError) string) string {
	if e == nil {
		return ""
	}
	return "untrained " + text(e)
}

// show formats a value times scale, which converts it to the unit of the format.
func show(v results.Number, scale float64, format string) string {
	if !v.Known() {
		return "unknown"
	}
	return fmt.Sprintf(format, v.Float()*scale)
}

// trimLines removes the spaces at the ends of lines, which an empty last column
// leaves.
func trimLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}
