package report

import (
	"fmt"
	"math"
	"strings"
	"text/tabwriter"

	"gridcells/pkg/figure"
	"gridcells/pkg/pages"
)

// summary is what --summary-json writes; pointers are null where a value is
// unknown.
type summary struct {
	Pages     int            `json:"pages"`
	Criterion float64        `json:"criterion"`
	Layers    []layerSummary `json:"layers"`
	Loss      *lossSummary   `json:"loss,omitempty"`

	PathIntegration          *errorSummary `json:"path_integration,omitempty"`
	UntrainedPathIntegration *errorSummary `json:"untrained_path_integration,omitempty"`
}

type layerSummary struct {
	Layer    string `json:"layer"`
	BestUnit *int   `json:"best_unit"`
	scoreSummary
	Untrained *scoreSummary        `json:"untrained,omitempty"`
	Nulls     []nullSummary        `json:"nulls,omitempty"`
	Classes   map[figure.Class]int `json:"classes,omitempty"`
}

// nullSummary is a null's; the shares are those above the criterion.
type nullSummary struct {
	Null     string      `json:"null"`
	Share    *float64    `json:"share_above_criterion"`
	Excess   *float64    `json:"excess"`
	Interval [2]*float64 `json:"excess_interval"`
	P        *float64    `json:"p"`
}

type scoreSummary struct {
	Units     int      `json:"units"`
	Above     int      `json:"above_criterion"`
	Share     float64  `json:"share_above_criterion"`
	BestScore *float64 `json:"best_score"`
}

type lossSummary struct {
	Updates int      `json:"updates"`
	Final   *float64 `json:"final"`
	FinalSD *float64 `json:"final_sd"`
	First   *float64 `json:"first"`
}

type errorSummary struct {
	Final *float64 `json:"final_error_m"`
	Floor *float64 `json:"floor_m"`
	Loss  *float64 `json:"loss"`
}

func summarize(r *pages.Report, pages int) summary {
	s := summary{Pages: pages, Criterion: r.Criterion}
	for _, l := range r.Layers {
		s.Layers = append(s.Layers, summarizeLayer(l, r.Criterion))
	}
	if l := r.Loss; l != nil {
		last := len(l.Loss) - 1
		s.Loss = &lossSummary{
			Updates: int(l.Update[last]),
			Final:   finite(l.Loss[last]), FinalSD: finite(l.SD[last]), First: finite(l.Loss[0]),
		}
	}
	s.PathIntegration = summarizeError(r.PathIntegration)
	s.UntrainedPathIntegration = summarizeError(r.UntrainedPathIntegration)
	return s
}

func summarizeLayer(l figure.Layer, criterion float64) layerSummary {
	scores := l.Scores()
	s := layerSummary{Layer: l.Name, scoreSummary: summarizeScores(scores, criterion)}
	if _, at := figure.Highest(scores); at >= 0 {
		s.BestUnit = &l.Units[at].Number
	}
	s.Untrained = summarizeControl(l.Untrained, criterion)
	for _, n := range l.Compared(criterion) {
		e := n.Excess
		s.Nulls = append(s.Nulls, nullSummary{n.Name, finite(e.Null), finite(e.Excess), [2]*float64{finite(e.Low), finite(e.High)}, finite(e.P)})
	}
	for _, u := range l.Units {
		if u.Class != "" {
			if s.Classes == nil {
				s.Classes = map[figure.Class]int{}
			}
			s.Classes[u.Class]++
		}
	}
	return s
}

func summarizeControl(scores []float64, criterion float64) *scoreSummary {
	if scores == nil {
		return nil
	}
	s := summarizeScores(scores, criterion)
	return &s
}

func summarizeScores(scores []float64, criterion float64) scoreSummary {
	above := figure.CountAbove(scores, criterion)
	best, _ := figure.Highest(scores)
	return scoreSummary{
		Units: len(scores), Above: above,
		Share:     float64(above) / float64(len(scores)),
		BestScore: finite(best),
	}
}

func summarizeError(p *figure.PathIntegration) *errorSummary {
	if p == nil {
		return nil
	}
	return &errorSummary{Final: finite(p.Final), Floor: finite(p.Floor), Loss: finite(p.Loss)}
}

// finite returns nil for what JSON cannot say.
func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// text is the summary for people, under the path of the PDF.
func (s summary) text(path string) string {
	var b strings.Builder
	plural := "s"
	if s.Pages == 1 {
		plural = ""
	}
	fmt.Fprintf(&b, "%s (%d page%s)\n", path, s.Pages, plural)
	w := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	for _, l := range s.Layers {
		fmt.Fprintf(w, "%s\t%s\t%s\n", l.Layer, l.describe(s.Criterion), l.describeControls())
	}
	if s.Loss != nil {
		fmt.Fprintf(w, "loss\t%s after %d updates\t%s\n", show(s.Loss.Final, 1, "%.3f"), s.Loss.Updates,
			"first logged "+show(s.Loss.First, 1, "%.3f"))
	}
	if p := s.PathIntegration; p != nil {
		value := show(p.Final, 100, "%.1f cm")
		if p.Floor != nil {
			value += show(p.Floor, 100, ", floor %.1f cm")
		}
		fmt.Fprintf(w, "position error\t%s\t%s\n", value, untrained(s.UntrainedPathIntegration, (*errorSummary).finalText))
		if p.Loss != nil {
			fmt.Fprintf(w, "evaluation loss\t%s\t%s\n", p.lossText(), untrained(s.UntrainedPathIntegration, (*errorSummary).lossText))
		}
	}
	w.Flush() // into memory, which cannot fail
	return trimLines(b.String())
}

func (l layerSummary) describe(criterion float64) string {
	text := fmt.Sprintf("%d of %d units above %.2f (%.1f %%), best %s", l.Above, l.Units, criterion, 100*l.Share, show(l.BestScore, 1, "%.2f"))
	if l.BestUnit != nil {
		text += fmt.Sprintf(" (unit %d)", *l.BestUnit)
	}
	return text
}

func (l layerSummary) describeControls() string {
	var controls []string
	if s := l.Untrained; s != nil {
		controls = append(controls, fmt.Sprintf("untrained %d of %d (%.1f %%), best %s", s.Above, s.Units, 100*s.Share, show(s.BestScore, 1, "%.2f")))
	}
	for _, n := range l.Nulls {
		controls = append(controls, fmt.Sprintf("%s %s, excess %s [%s, %s] points", n.Null, show(n.Share, 100, "%.1f %%"),
			show(n.Excess, 100, "%+.1f"), show(n.Interval[0], 100, "%+.1f"), show(n.Interval[1], 100, "%+.1f")))
	}
	return strings.Join(controls, "\t")
}

func (e *errorSummary) finalText() string { return show(e.Final, 100, "%.1f cm") }
func (e *errorSummary) lossText() string  { return show(e.Loss, 1, "%.3f") }

func untrained(e *errorSummary, text func(*errorSummary) string) string {
	if e == nil {
		return ""
	}
	return "untrained " + text(e)
}

// show formats a value in a unit of which there are scale to its own.
func show(v *float64, scale float64, format string) string {
	if v == nil {
		return "unknown"
	}
	return fmt.Sprintf(format, *v*scale)
}

// trimLines drops what the table's last column leaves at the ends of lines.
func trimLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}
