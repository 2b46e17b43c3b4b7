package figure

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// SummaryPage tells at a glance what came out: how many units are grid-like, the
// scores' distribution, the loss, the error of path integration, each beside the
// untrained network as far as it is known, and the best units.
func (r *Report) SummaryPage(size PageSize) Page {
	return Page{Size: size, Name: "Summary", Draw: func(c draw.Canvas) {
		body := header(c, r.title(), r.Subtitle)
		body = r.drawResults(body)
		body = r.drawPlots(body)
		r.drawBest(body)
	}}
}

// table draws lines of cells under a heading, the first column to the left and
// the others to the right, and returns what is left below.
func table(c draw.Canvas, widths []vg.Length, head []string, rows [][]string) draw.Canvas {
	const lineHeight = 14
	y := c.Max.Y
	write := func(cells []string, bold bool) {
		y -= lineHeight
		x := c.Min.X
		for i, cell := range cells {
			style := textStyle(8.5, bold, ink)
			cell = shorten(style, cell, widths[i]-4)
			at := vg.Point{X: x, Y: y + 4}
			if i > 0 {
				style.XAlign = draw.XRight
				at.X += widths[i]
			}
			fillBaseline(c, style, at, cell)
			x += widths[i]
		}
	}
	write(head, true)
	line(c, hairline, 0.5, c.Min.X, y, c.Max.X, y)
	for _, row := range rows {
		write(row, false)
	}
	return draw.Crop(c, 0, 0, 0, y-c.Max.Y)
}

func (r *Report) drawResults(c draw.Canvas) draw.Canvas {
	c = r.drawLayerTable(c)
	style := textStyle(8.5, false, ink)
	y := c.Max.Y - 6
	for _, sentence := range r.sentences() {
		for _, text := range wrap(style, sentence, c.Size().X) {
			y -= 12
			fillBaseline(c, style, vg.Point{X: c.Min.X, Y: y}, text)
		}
	}
	return draw.Crop(c, 0, 0, 0, y-10-c.Max.Y)
}

// mostTableRows bounds the table, so that the summary stays a page.
const mostTableRows = 12

func (r *Report) drawLayerTable(c draw.Canvas) draw.Canvas {
	head := []string{"layer", "units", fmt.Sprintf("gridness > %.2f", r.Criterion), "best gridness", "median"}
	fractions := []vg.Length{0.2, 0.08, 0.15, 0.18, 0.09}
	controls := r.controls()
	for _, c := range controls {
		head = append(head, c.name+", best")
		fractions = append(fractions, 0.15)
	}
	total := vg.Length(0)
	for _, f := range fractions {
		total += f
	}
	widths := make([]vg.Length, len(fractions))
	for i, f := range fractions {
		widths[i] = f / total * c.Size().X
	}
	var rows [][]string
	for i, l := range r.Layers {
		if i == mostTableRows {
			rows = append(rows, []string{fmt.Sprintf("and %d more layers", len(r.Layers)-i)})
			break
		}
		scores := l.Scores()
		best, at := Highest(scores)
		row := []string{l.Name, fmt.Sprint(len(scores)), r.share(scores), "–", decimals(median(scores))}
		if at >= 0 {
			row[3] = fmt.Sprintf("%.2f (unit %d)", best, l.Units[at].Number)
		}
		for _, c := range controls {
			row = append(row, r.shareAndBest(c.scores(l)))
		}
		rows = append(rows, row)
	}
	return table(c, widths, head, rows)
}

// control is a kind of scores that layers are compared with.
type control struct {
	name   string
	scores func(Layer) []float64
	style  draw.LineStyle
}

// controls lists the controls that at least one layer has.
func (r *Report) controls() []control {
	all := []control{
		{"untrained", func(l Layer) []float64 { return l.Untrained }, solidOrange},
		{"null", func(l Layer) []float64 { return l.Null }, dashedInk},
	}
	return slices.DeleteFunc(all, func(c control) bool {
		return !slices.ContainsFunc(r.Layers, func(l Layer) bool { return len(c.scores(l)) > 0 })
	})
}

// shareAndBest writes a control as "7 (2.7 %), 0.49".
func (r *Report) shareAndBest(scores []float64) string {
	if len(scores) == 0 {
		return "–"
	}
	best, _ := Highest(scores)
	return r.share(scores) + ", " + decimals(best)
}

// share writes how many scores exceed the criterion, as "51 (19.9 %)".
func (r *Report) share(scores []float64) string {
	if len(scores) == 0 {
		return "–"
	}
	n := CountAbove(scores, r.Criterion)
	return fmt.Sprintf("%d (%.1f %%)", n, 100*float64(n)/float64(len(scores)))
}

func decimals(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return fmt.Sprintf("%.2f", v)
}

// median returns the median of the values that are not NaN, or NaN.
func median(values []float64) float64 {
	var v []float64
	for _, x := range values {
		if !math.IsNaN(x) {
			v = append(v, x)
		}
	}
	if len(v) == 0 {
		return math.NaN()
	}
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// sentences are the results that are single numbers.
func (r *Report) sentences() []string {
	var s []string
	if r.Loss != nil && len(r.Loss.Loss) > 0 {
		last := len(r.Loss.Loss) - 1
		s = append(s, fmt.Sprintf("Loss %.3f after %s updates.", r.Loss.Loss[last], groupThousands(fmt.Sprintf("%.0f", r.Loss.Update[last]))))
	}
	if pi := r.PathIntegration; pi != nil {
		text := fmt.Sprintf("Position error at the end of a trajectory %.1f cm", 100*pi.Final)
		if r.UntrainedPathIntegration != nil {
			text += fmt.Sprintf(" (untrained %.1f cm)", 100*r.UntrainedPathIntegration.Final)
		}
		if pi.Floor > 0 {
			text += fmt.Sprintf("; the decoder's floor is %.1f cm", 100*pi.Floor)
		}
		s = append(s, text+".")
	}
	if !slices.ContainsFunc(r.Layers, func(l Layer) bool { return l.Name == "bottleneck" }) {
		return s
	}
	return append(s, "For comparison, Banino et al. (2018): 129 of 512 linear units grid-like (25.2 %) in a square arena; 16 cm after 15 s, 91 cm untrained.")
}

const plotSpace = 14

// drawPlots draws plots in up to three columns, as high as leaves room for two rows of
// best units, and returns what is left below them.
func (r *Report) drawPlots(c draw.Canvas) draw.Canvas {
	plots := r.figures()
	if len(plots) == 0 {
		return c
	}
	columns := min(2, len(plots))
	if len(plots) > 4 {
		columns = 3
	}
	rows := (len(plots) + columns - 1) / columns
	best := r.newBestGrid(c.Size().X)
	height := (c.Size().Y-2*best.height-bestHeading)/vg.Length(rows) - plotSpace
	height = min(max(height, 120), 190)
	width := (c.Size().X - vg.Length(columns-1)*plotSpace) / vg.Length(columns)
	for i, p := range plots {
		x := c.Min.X + vg.Length(i%columns)*(width+plotSpace)
		y := c.Max.Y - vg.Length(i/columns+1)*(height+plotSpace) + plotSpace
		p(draw.Canvas{Canvas: c.Canvas, Rectangle: rectangle(x, y, width, height)})
	}
	return draw.Crop(c, 0, 0, 0, -vg.Length(rows)*(height+plotSpace))
}

const (
	bestColumns = 8
	bestSpace   = 8
	bestHeading = 18
)

// bestGrid is how the summary lays out the first layer's best units, each with
// its autocorrelogram under its ratemap.
type bestGrid struct {
	units        []Unit
	side, height vg.Length
}

func (r *Report) newBestGrid(width vg.Length) bestGrid {
	g := bestGrid{side: (width - (bestColumns-1)*bestSpace) / bestColumns}
	panels := vg.Length(1)
	if len(r.Layers) > 0 {
		g.units = r.Layers[0].Ordered()
		if hasSAC(g.units) {
			panels = 2
		}
	}
	g.height = unitTitle + panels*(g.side+panelSpace)
	return g
}

// drawBest shows the best units of the first layer in the space that is left.
func (r *Report) drawBest(c draw.Canvas) {
	g := r.newBestGrid(c.Size().X)
	rows := int((c.Size().Y - bestHeading + panelSpace + 0.01) / g.height)
	if rows < 1 || len(g.units) == 0 {
		return
	}
	style := textStyle(9, true, ink)
	fillBaseline(c, style, vg.Point{X: c.Min.X, Y: c.Max.Y - 10}, shorten(style, "Best units, "+r.Layers[0].Name, c.Size().X))
	for i, u := range g.units[:min(len(g.units), rows*bestColumns)] {
		x := c.Min.X + vg.Length(i%bestColumns)*(g.side+bestSpace)
		y := c.Max.Y - bestHeading - vg.Length(i/bestColumns+1)*g.height
		r.drawUpright(draw.Canvas{Canvas: c.Canvas, Rectangle: rectangle(x, y, g.side, g.height)}, u)
	}
}

// drawUpright draws a unit's ratemap above its autocorrelogram.
func (r *Report) drawUpright(c draw.Canvas, u Unit) {
	drawUnitTitle(c, r, u, 7.5)
	side := c.Size().X
	y := c.Max.Y - unitTitle - side
	panel := draw.Canvas{Canvas: c.Canvas, Rectangle: rectangle(c.Min.X, y, side, side)}
	drawRatemap(panel, u.Ratemap, r.colormap(), XRight)
	if !u.SAC.Empty() {
		panel.Rectangle = rectangle(c.Min.X, y-side-panelSpace, side, side)
		drawAutocorrelogram(panel, u.SAC, u.Ring60, r.colormap(), XRight)
	}
}
