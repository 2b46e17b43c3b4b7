package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"gridcells/pkg/figure"
	"gridcells/pkg/printable"
	"gridcells/pkg/results"
)

// maxName is the number of characters that are shown of a name in the input.
const maxName = 60

// text is the summary for people, below the path of the output: a table for each
// run. Names come from the input; characters in them that a terminal would obey are
// escaped.
func text(runs []shownRun, path string) string {
	var b strings.Builder
	b.WriteString(printable.Text(path))
	switch n := runs[0].summary.Pages; n {
	case 0: // a page for a browser
	case 1:
		b.WriteString(" (1 page)")
	default:
		fmt.Fprintf(&b, " (%d pages)", n)
	}
	b.WriteString("\n")
	for _, r := range runs {
		b.WriteString("\n")
		if r.name != "" {
			b.WriteString(printable.Short(r.name, maxName) + ":\n\n")
		}
		runText(&b, r.summary)
	}
	return b.String()
}

// runText is the table of one run, with a column for it, for the untrained network
// and for the paper, as far as they are known.
func runText(b *strings.Builder, s *results.Report) {
	t := table{untrained: s.UntrainedPathIntegration != nil, paper: s.Paper}
	for _, l := range s.Layers {
		t.untrained = t.untrained || l.Untrained != nil
	}
	for i, l := range s.Layers {
		if i > 0 {
			t.paper = nil // the paper has figures of the linear layer only
		}
		t.layer(l, s.Criterion)
	}
	t.paper = s.Paper
	t.training(s)
	t.write(b)
	for _, l := range s.Layers {
		b.WriteString(verdict(l))
	}
}

// verdict is a sentence on what the nulls say of a layer.
func verdict(l results.ReportLayer) string {
	name := printable.Short(l.Layer, maxName)
	switch {
	case l.NotBeyond == nil:
		return ""
	case len(l.NotBeyond) == 0:
		return fmt.Sprintf("\n%s: the share of grid cells is more than chance against every null.\n", name)
	}
	return fmt.Sprintf("\n%s: the share of grid cells is not shown to be more than chance against %s.\n", name, list(l.NotBeyond))
}

// list writes names as a sentence does: a, b and c.
func list(names []string) string {
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// table is the summary's table.
type table struct {
	chance    bool                // whether the part of the table that is being made has a column for what chance gives
	untrained bool                // whether it has a column for the untrained network
	paper     *results.PaperShare // nil: no column for the paper
	rows      [][]string
}

// row adds a row: what is measured, and the run's, the untrained network's and the
// paper's figure.
func (t *table) row(what, run, untrained, paper string) {
	t.withChance(what, run, "", untrained, paper)
}

// withChance is row for a figure of which it is known what chance gives.
func (t *table) withChance(what, run, chance, untrained, paper string) {
	row := []string{what, run}
	if t.chance {
		row = append(row, chance)
	}
	if t.paper == nil {
		paper = ""
	}
	t.rows = append(t.rows, append(row, untrained, paper))
}

// head adds a heading over the columns that are there.
func (t *table) head(text string) {
	if len(t.rows) > 0 {
		t.rows = append(t.rows, nil)
	}
	untrained := ""
	if t.untrained {
		untrained = "untrained"
	}
	t.withChance(text, "this run", "chance", untrained, "the paper")
}

func (t *table) layer(l results.ReportLayer, criterion float64) {
	t.chance = slices.ContainsFunc(l.Nulls, func(n results.ReportNull) bool { return n.AboveOwn != nil })
	t.head(fmt.Sprintf("%s, %d unit%s", printable.Short(l.Layer, maxName), l.Units, map[bool]string{false: "s"}[l.Units == 1]))
	for _, n := range l.Nulls {
		if n.AboveOwn == nil {
			continue
		}
		paper := ""
		if n.Name == figure.FieldNull && t.paper != nil {
			paper = fmt.Sprintf("%.1f %%", 100*t.paper.Share)
		}
		untrained := ""
		if u, ok := l.UntrainedOwn[n.Name]; ok {
			untrained = figure.Percent(u.Share)
		}
		t.withChance("above own "+nullName(n), figure.PercentInterval(*n.AboveOwn), figure.Percent(n.Chance), untrained, paper)
	}
	above, untrained := show(l.Share, 100, "%.1f %%"), ""
	if l.Untrained != nil {
		untrained = show(l.Untrained.Share, 100, "%.1f %%")
	}
	t.thresholds(l)
	t.row(fmt.Sprintf("above a gridness of %.2f", criterion), above, untrained, "")
	for _, n := range l.Nulls {
		if n.Excess.Known() {
			t.row("– "+nullName(n), fmt.Sprintf("%s, excess %s points [%s, %s]", show(n.Share, 100, "%.1f %%"), n.Excess.Points(),
				n.Interval[0].Points(), n.Interval[1].Points()), "", "")
		}
	}
	best, bestUntrained := show(l.Best, 1, "%.2f"), ""
	if l.BestUnit != nil {
		best += fmt.Sprintf(" (unit %d)", *l.BestUnit)
	}
	if l.Untrained != nil {
		bestUntrained = show(l.Untrained.Best, 1, "%.2f")
	}
	t.row("highest gridness", best, bestUntrained, "")
	t.cells(l)
}

// thresholds adds the mean thresholds of the field shuffle, which show what 0.37 is
// worth for this score.
func (t *table) thresholds(l results.ReportLayer) {
	for _, n := range l.Nulls {
		if n.Name == figure.FieldNull && n.AboveOwn != nil {
			t.row("mean threshold, "+nullName(n), show(n.Threshold95, 1, "%.2f"), "", fmt.Sprintf("%.2f", results.PaperCut))
		}
	}
}

// cells adds the scales of the grids and the other types of cells.
func (t *table) cells(l results.ReportLayer) {
	paper, before := results.PaperFigures, results.ReportCells{}
	if l.UntrainedCells != nil {
		before = *l.UntrainedCells
	}
	if s := l.Scales; s != nil && s.Units > 0 {
		t.row("grid scale, mean (range)", scaleText(&results.Range{Mean: s.Mean, Least: s.Least, Greatest: s.Greatest}), scaleText(before.Scale),
			fmt.Sprintf("%.0f cm (%.0f–%.0f)", 100*paper.ScaleMean, 100*paper.ScaleLeast, 100*paper.ScaleGreatest))
	}
	if l.Border != nil {
		t.row("border cells", shareText(l.Border), shareText(before.Border), fmt.Sprintf("%.1f %%", 100*paper.Border))
	}
	if l.HeadDirection != nil {
		t.row("head-direction cells", shareText(l.HeadDirection), shareText(before.HeadDirection), fmt.Sprintf("%.1f %%", 100*paper.HeadDirection))
	}
}

// training adds what is known of the network as a whole.
func (t *table) training(s *results.Report) {
	paper := results.PaperFigures
	t.chance = false
	if s.Loss != nil || s.PathIntegration != nil {
		t.head("network")
	}
	if p := s.PathIntegration; p != nil {
		t.row("position error", show(p.Final, 100, "%.1f cm"), untrained(s.UntrainedPathIntegration, finalText),
			fmt.Sprintf("%.0f cm (untrained %.0f)", 100*paper.Error, 100*paper.UntrainedError))
		if p.Floor.Known() {
			t.row("– floor of the place code", show(p.Floor, 100, "%.1f cm"), "", "")
		}
		if p.Loss.Known() {
			t.row("loss of the evaluation", lossText(p), untrained(s.UntrainedPathIntegration, lossText), "")
		}
	}
	if s.Loss != nil {
		t.row("loss of the training", fmt.Sprintf("%s after %d updates", show(s.Loss.Final, 1, "%.3f"), s.Loss.Updates), "", "")
		t.row("– first logged", show(s.Loss.First, 1, "%.3f"), "", "")
		if s.Loss.AboveEntropy.Known() {
			t.row("– above the targets' entropy", show(s.Loss.AboveEntropy, 1, "%.3f"), "", "")
		}
	}
}

// write sets the table, columns aligned, without spaces at the ends of lines.
func (t *table) write(b *strings.Builder) {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 3, ' ', 0)
	for _, row := range t.rows {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	w.Flush() // into memory, which cannot fail
	b.WriteString(trimLines(text.String()))
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

// nullName is a null's name in a sentence.
func nullName(n results.ReportNull) string {
	if n.Name == figure.FieldNull {
		return "field shuffles"
	}
	return printable.Short(cmp.Or(n.Title, n.Name), maxName)
}

// scaleText writes scales in cm; nothing for nil.
func scaleText(r *results.Range) string {
	if r == nil {
		return ""
	}
	return fmt.Sprintf("%s (%s–%s)", show(r.Mean, 100, "%.0f cm"), show(r.Least, 100, "%.0f"), show(r.Greatest, 100, "%.0f"))
}

// shareText writes the share of a count; nothing for nil.
func shareText(c *results.Count) string {
	if c == nil {
		return ""
	}
	return figure.Percent(c.Share)
}

func finalText(e *results.ReportError) string { return show(e.Final, 100, "%.1f cm") }

func lossText(e *results.ReportError) string { return show(e.Loss, 1, "%.3f") }

func untrained(e *results.ReportError, text func(*results.ReportError) string) string {
	if e == nil {
		return ""
	}
	return text(e)
}

// show formats a value times scale, which converts it to the unit of the format.
func show(v results.Number, scale float64, format string) string {
	if !v.Known() {
		return "unknown"
	}
	return fmt.Sprintf(format, v.Float()*scale)
}
