package pages

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
	"gridcells/pkg/figure"
	"gridcells/pkg/results"
	"gridcells/pkg/significance"
)

const (
	headlineWidth  = 172 // of the large number and what is said of it, in points
	headlineLine   = 11.5
	comparisonLine = 12.5
)

// drawHeadline says what share of the first layer's units are grid cells, by which
// rule, and what that is worth beside the nulls. It returns what is left below.
func (r *Report) drawHeadline(c draw.Canvas) draw.Canvas {
	if len(r.Layers) == 0 || len(r.Layers[0].Units) == 0 {
		return c
	}
	layer := r.Layers[0]
	count := r.CountGrid(layer)
	big, small := canvas.Text(30, true, canvas.Blue), canvas.Text(8.5, false, canvas.Ink)
	y := c.Max.Y - 26
	number := figure.Percent(count.Share)
	canvas.Write(c, big, vg.Point{X: c.Min.X, Y: y}, number)
	if i := count.Interval; i != nil && i[0].Known() {
		text := fmt.Sprintf("[%.1f, %.1f]", 100*i[0].Float(), 100*i[1].Float())
		at := canvas.Width(big, number) + 5
		if at+canvas.Width(small, text) <= headlineWidth-8 {
			canvas.Write(c, small, vg.Point{X: c.Min.X + at, Y: y}, text)
		}
	}
	y -= 3
	write := func(style draw.TextStyle, text string) {
		for _, part := range canvas.Wrap(style, text, headlineWidth-14) {
			y -= headlineLine
			canvas.Write(c, style, vg.Point{X: c.Min.X, Y: y}, part)
		}
	}
	for _, text := range r.headline(layer) {
		write(small, text)
	}
	if text, beyond := r.verdict(layer); text != "" {
		style := canvas.Text(8.5, true, canvas.Ink)
		if beyond {
			style.Color = canvas.Blue
		}
		write(style, text)
	}
	bottom := r.drawComparisons(draw.Crop(c, headlineWidth, 0, 0, 0), layer)
	return draw.Crop(c, 0, 0, 0, min(y, bottom)-12-c.Max.Y)
}

// headline says which units and which rule the large number is about.
func (r *Report) headline(layer figure.Layer) []string {
	n := len(layer.Units)
	of := fmt.Sprintf("of %d %s are grid cells: ", n, layer.Label())
	if n == 1 {
		of = "of 1 unit is a grid cell: "
	}
	var lines []string
	switch judgement, null := r.Judge(layer); judgement {
	case figure.ByOwn:
		own := figure.Null{Null: results.Null{Name: null}}
		if n := layer.Null(null); n != nil {
			own = *n
		}
		name := own.Heading()
		if null == figure.FieldNull {
			name = "field shuffles"
		}
		lines = append(lines, of+fmt.Sprintf("above the 95th percentile of their own %s (chance: %.1f %%)", name, 100*own.ChanceOwn()))
		if p := r.Paper; p != nil && null == figure.FieldNull {
			lines = append(lines, fmt.Sprintf("the paper: %.1f %% (%d of %d)", 100*p.Share, p.Units, p.Of))
		}
	case figure.ByCriterion:
		lines = append(lines, of+fmt.Sprintf("a gridness above %.2f", r.Criterion))
		if len(layer.Untrained) > 0 {
			lines = append(lines, "untrained network: "+r.share(layer.Untrained))
		}
	case figure.ByClass:
		rule := "classed so in the input"
		if r.Rule != nil && r.Rule.Significant != "" {
			rule += fmt.Sprintf(", q at most 0.05 in the null %s", r.Rule.Significant)
		}
		lines = append(lines, of+rule)
	}
	if n := figure.CountNaN(layer.Scores()); n > 0 {
		lines = append(lines, fmt.Sprintf("%d without a score (NaN)", n))
	}
	return lines
}

// verdict says against which nulls the share of grid cells is more than chance.
func (r *Report) verdict(layer figure.Layer) (text string, beyond bool) {
	not, known := r.NotBeyond(layer)
	switch judgement, _ := r.Judge(layer); {
	case !known:
		return "", false
	case len(not) > 0:
		return "not shown to exceed: " + strings.Join(not, ", "), false
	case judgement == figure.ByOwn:
		return "more than chance against every null", true
	}
	return "more than every null gives", true
}

// NotBeyond lists the titles of the nulls against which the share of grid cells is
// not shown to be more than chance; known is false if there is no null.
func (r *Report) NotBeyond(layer figure.Layer) (titles []string, known bool) {
	if judgement, _ := r.Judge(layer); judgement == figure.ByOwn {
		for _, n := range r.ownNulls(layer) {
			known = true
			if i := n.AboveOwn.Interval; i != nil && !(i[0].Float() > n.ChanceOwn() && rare(n.AboveOwn, n.ChanceOwn())) {
				titles = append(titles, n.Heading())
			}
		}
		return titles, known
	}
	for _, n := range layer.Compared(r.Criterion) {
		known = true
		if !(n.Above.Interval[0].Float() > 0) {
			titles = append(titles, n.Heading())
		}
	}
	return titles, known
}

// rare reports whether chance gives such a share to at most 2.5 % of populations. Of few
// units, the interval of the share alone says too often that it exceeds chance: one unit
// of two has an interval from 9.5 % on, and at a chance of 5.9 % one population in nine
// has one.
func rare(above results.Count, chance float64) bool {
	n := int(math.Round(float64(above.Units) / above.Share.Float()))
	return above.Units > 0 && significance.AtLeast(above.Units, n, chance) <= 0.025
}

// ownNulls lists the nulls that units were compared with one by one. The first is the
// null that decides which units are grid cells, or field shuffles if no null decides.
func (r *Report) ownNulls(layer figure.Layer) []figure.Null {
	leading := figure.FieldNull
	if judgement, null := r.Judge(layer); judgement == figure.ByOwn {
		leading = null
	}
	var first, others []figure.Null
	for _, n := range layer.Nulls {
		switch {
		case !n.AboveOwn.Share.Known():
		case n.Name == leading:
			first = append(first, n)
		default:
			others = append(others, n)
		}
	}
	return append(first, others...)
}

// comparison is a line of the table beside the headline, and its interval in the
// plot beside the table.
type comparison struct {
	cells    []string
	interval figure.Interval
}

// comparisons is the table and its plot.
type comparisons struct {
	head      []string
	fractions []vg.Length // where the columns are, as fractions of the width
	lines     []comparison
	axis      string
	low, high float64 // ends of the plot's axis, shares
	reference float64 // where a line marks chance
	notes     []string
}

// drawComparisons draws what the headline is worth. It returns how low the drawing
// reaches.
func (r *Report) drawComparisons(c draw.Canvas, layer figure.Layer) vg.Length {
	switch {
	case len(r.ownNulls(layer)) > 0:
		return r.ownComparisons(layer).draw(c)
	case len(layer.Compared(r.Criterion)) > 0:
		return r.excessComparisons(layer).draw(c)
	}
	style := canvas.Text(8, false, canvas.Ink)
	y := c.Max.Y
	for _, text := range canvas.Wrap(style, "No null is known. Smooth random maps look like grids too, so a share of grid cells says little "+
		"by itself: see gridscore --null, and --population and --null-scores here.", c.Size().X) {
		y -= 11
		canvas.Write(c, style, vg.Point{X: c.Min.X, Y: y}, text)
	}
	return y
}

// ownComparisons shows the share of units above the 95th percentile of their own
// null maps, for each null and for the untrained network.
func (r *Report) ownComparisons(layer figure.Layer) comparisons {
	nulls := r.ownNulls(layer)
	chance := nulls[0].ChanceOwn()
	t := comparisons{
		head: []string{"null", "above own 95th percentile", "mean threshold"}, fractions: []vg.Length{0, 0.48, 0.7},
		axis: fmt.Sprintf("units (%%), line: chance, %.1f %%", 100*chance), reference: chance, high: 2 * chance,
	}
	add := func(name string, n results.Null) {
		i := figure.Interval{Value: n.AboveOwn.Share, Than: n.ChanceOwn()}
		if n.AboveOwn.Interval != nil {
			i.Interval = *n.AboveOwn.Interval
			t.high = math.Max(t.high, 1.08*i.Interval[1].Float())
		}
		t.high = math.Max(t.high, 1.08*n.AboveOwn.Share.Float())
		t.lines = append(t.lines, comparison{[]string{name, figure.PercentInterval(n.AboveOwn), figure.Decimals(n.Threshold95.Float())}, i})
	}
	for _, n := range nulls[:min(len(nulls), figure.MostNulls-1)] {
		add(n.Heading(), n.Null)
	}
	for _, n := range layer.UntrainedOwn {
		if n.Name == figure.FieldNull && n.AboveOwn.Share.Known() {
			add("untrained, field", n)
		}
	}
	t.high = math.Min(t.high, 1)
	scores := layer.Scores()
	above := results.CountOf(significance.CountAbove(scores, r.Criterion), len(scores))
	note := fmt.Sprintf("Above a gridness of %.2f: %s of the units", r.Criterion, figure.Percent(above.Share))
	if n := len(layer.Untrained); n > 0 {
		note += ", untrained " + figure.Percent(results.CountOf(significance.CountAbove(layer.Untrained, r.Criterion), n).Share)
	}
	note += "."
	if n := layer.Null(figure.FieldNull); n != nil && n.Threshold95.Known() && r.Criterion == results.PaperCut {
		note += fmt.Sprintf(" %.2f is the mean threshold of the paper's own score; the mean threshold of this score is %s.", r.Criterion, figure.Decimals(n.Threshold95.Float()))
	}
	t.notes = append(t.notes, note)
	if text := r.significant(layer); text != "" {
		t.notes = append(t.notes, text)
	}
	return t
}

// excessComparisons shows the share of each null above the criterion, and the
// excess of the layer's share over it.
func (r *Report) excessComparisons(layer figure.Layer) comparisons {
	compared := layer.Compared(r.Criterion)
	compared = compared[:min(len(compared), figure.MostNulls)]
	bound := figure.ExcessBound(compared)
	t := comparisons{
		head: []string{"compared with", "its share", "excess, 95 % interval", "p"}, fractions: []vg.Length{0, 0.3, 0.575, 0.665},
		axis: "excess (percentage points)", low: -bound, high: bound,
	}
	for _, n := range compared {
		e := n.Above
		t.lines = append(t.lines, comparison{
			[]string{n.Heading(), figure.Percent(e.Null), fmt.Sprintf("%s [%s, %s]", figure.Points(e.Excess), figure.Points(e.Interval[0]), figure.Points(e.Interval[1])), figure.Probability(e.P, n.Draws)},
			figure.Interval{Value: e.Excess, Interval: e.Interval},
		})
	}
	return t
}

// significant says how many units exceed their own nulls significantly.
func (r *Report) significant(layer figure.Layer) string {
	var parts []string
	for _, n := range r.ownNulls(layer) {
		if n.Significant.Share.Known() {
			parts = append(parts, fmt.Sprintf("%s %d", n.Heading(), n.Significant.Units))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "Single units with q ≤ 0.05: " + strings.Join(parts, "; ") + "."
}

func (t comparisons) draw(c draw.Canvas) vg.Length {
	style, bold, tiny := canvas.Text(8, false, canvas.Ink), canvas.Text(8, true, canvas.Ink), canvas.Text(7, false, canvas.SoftInk)
	hair := draw.LineStyle{Color: canvas.Hairline, Width: 0.5}
	width := c.Size().X
	at := make([]vg.Length, len(t.fractions))
	for i, f := range t.fractions {
		at[i] = c.Min.X + f*width
	}
	write := func(s draw.TextStyle, cells []string, y vg.Length) {
		for i, text := range cells {
			if i > 0 {
				s.XAlign = draw.XRight
			} else if len(at) > 1 {
				text = canvas.Shorten(s, text, at[1]-at[0]-canvas.Width(s, cells[1])-4)
			}
			canvas.Write(c, s, vg.Point{X: at[i], Y: y}, text)
		}
	}
	y := c.Max.Y - 8
	top := y
	end := at[len(at)-1]
	write(bold, t.head, y)
	canvas.Line(c, hair, vg.Point{X: c.Min.X, Y: y - 4}, vg.Point{X: end, Y: y - 4})
	plot := draw.Crop(c, end-c.Min.X+12, 0, 0, 0)
	x := func(v float64) vg.Length {
		return plot.Min.X + plot.Size().X*vg.Length((math.Min(math.Max(v, t.low), t.high)-t.low)/(t.high-t.low))
	}
	for _, l := range t.lines {
		y -= comparisonLine
		write(style, l.cells, y-2)
		figure.DrawInterval(plot, x, y+0.8, l.interval)
	}
	canvas.Line(c, draw.LineStyle{Color: canvas.SoftInk, Width: 0.6}, vg.Point{X: x(t.reference), Y: top - 2}, vg.Point{X: x(t.reference), Y: y - 6})
	canvas.Line(c, hair, vg.Point{X: plot.Min.X, Y: y - 6}, vg.Point{X: plot.Max.X, Y: y - 6})
	tiny.XAlign = draw.XCenter
	step := figure.RoundStep(100 * (t.high - t.low) / 4)
	for k := math.Ceil(100*t.low/step - 1e-9); k*step <= 100*t.high*(1+1e-9); k++ {
		label := figure.Signed(k*step, step)
		if t.low >= 0 {
			label = strings.TrimPrefix(label, "+")
		}
		canvas.Line(c, hair, vg.Point{X: x(k * step / 100), Y: y - 6}, vg.Point{X: x(k * step / 100), Y: y - 8})
		canvas.Write(c, tiny, vg.Point{X: x(k * step / 100), Y: y - 15}, label)
	}
	canvas.Write(c, tiny, vg.Point{X: (plot.Min.X + plot.Max.X) / 2, Y: top}, canvas.Shorten(tiny, t.axis, plot.Size().X))
	y -= 17
	note := canvas.Text(7.5, false, canvas.SoftInk)
	for _, text := range t.notes {
		for _, part := range canvas.Wrap(note, text, width) {
			y -= 9.5
			canvas.Write(c, note, vg.Point{X: c.Min.X, Y: y}, part)
		}
	}
	return y
}
