package figure

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// SummaryPage tells at a glance what came out: how many units are grid-like and
// what that is worth beside the nulls, the classes of cells, the distributions of
// scores and scales, the error of path integration, the loss, an example
// trajectory, each beside the untrained network as far as it is known, and the best
// units.
func (r *Report) SummaryPage(size PageSize) Page {
	return Page{Size: size, Name: "Summary", Draw: func(c draw.Canvas) {
		body := header(c, r.title(), r.Subtitle, nil)
		body = r.drawHeadline(draw.Crop(body, 0, 0, 0, -2))
		for _, layer := range r.Layers[:min(len(r.Layers), 1)] {
			body = drawClassBar(body, layer)
		}
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
	fractions := []vg.Length{0.17, 0.07, 0.19, 0.18, 0.1}
	anyLayer := func(has func(Layer) bool) bool { return slices.ContainsFunc(r.Layers, has) }
	untrained := anyLayer(func(l Layer) bool { return len(l.Untrained) > 0 })
	if untrained {
		head, fractions = append(head, "untrained, best"), append(fractions, 0.17)
	}
	compared := anyLayer(func(l Layer) bool { return len(l.Compared(r.Criterion)) > 0 })
	if compared {
		head, fractions = append(head, "least excess over a null (points)"), append(fractions, 0.33)
	}
	total := vg.Length(0)
	for _, f := range fractions {
		total += f
	}
	// What the other columns leave is the names'.
	fractions[0] += max(0, 1-total)
	total = max(total, 1)
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
		if untrained {
			row = append(row, r.shareAndBest(l.Untrained))
		}
		if compared {
			row = append(row, r.leastExcess(l))
		}
		rows = append(rows, row)
	}
	return table(c, widths, head, rows)
}

// leastExcess writes the excess over the null that is hardest to exceed.
func (r *Report) leastExcess(l Layer) string {
	text, least := "–", math.Inf(1)
	for _, n := range l.Compared(r.Criterion) {
		if e := n.Excess; e.Excess < least {
			least = e.Excess
			text = fmt.Sprintf("%s [%s, %s] %s", points(e.Excess), points(e.Low), points(e.High), n.Name)
		}
	}
	return text
}

// control is a kind of scores that a layer's are compared with.
type control struct {
	name   string
	scores []float64
	style  draw.LineStyle
}

// controls lists the scores of the untrained network and of the nulls that are
// known.
func (l Layer) controls() []control {
	var list []control
	if len(l.Untrained) > 0 {
		list = append(list, control{"untrained", l.Untrained, solidOrange})
	}
	for k, n := range l.Nulls {
		if len(n.Scores) > 0 {
			list = append(list, control{n.title(), n.Scores, nullStyle(k)})
		}
	}
	return list[:min(len(list), mostNulls)]
}

func (l Layer) controlScores() [][]float64 {
	var all [][]float64
	for _, c := range l.controls() {
		all = append(all, c.scores)
	}
	return all
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
	if math.Abs(v) < 0.005 {
		v = 0 // never "−0.00"
	}
	return strings.Replace(fmt.Sprintf("%.2f", v), "-", "−", 1)
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
	return append(s, "For comparison, Banino et al. (2018): 129 of 512 linear units grid-like (25.2 %), 8.7 % border, 10.2 % head-direction cells; 16 cm after 15 s, 91 cm untrained.")
}

const (
	plotSpace  = 14
	lowestPlot = 125 // height of a plot that is easily read
)

// drawPlots draws plots in up to three columns, as high as leaves room for two
// lines of best units or, if they were too low then, for one, and returns what is left below them.
func (r *Report) drawPlots(c draw.Canvas) draw.Canvas {
	plots := r.figures()
	if len(plots) == 0 {
		return c
	}
	columns := min(2, len(plots))
	if len(plots) > 4 {
		columns = 3
	}
	rows := vg.Length((len(plots) + columns - 1) / columns)
	best := r.newBestGrid(c.Size().X)
	height := vg.Length(0)
	for lines := vg.Length(2); lines >= 0 && height < lowestPlot; lines-- {
		height = (c.Size().Y-lines*best.height-bestHeading)/rows - plotSpace
	}
	height = min(max(height, 90), 190)
	drawGrid(c, plots, columns, height)
	return draw.Crop(c, 0, 0, 0, -rows*(height+plotSpace))
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
		g.units = slices.DeleteFunc(r.shown(r.Layers[0]), func(u Unit) bool { return math.IsNaN(u.Score60) })
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
		r.drawUpright(draw.Canvas{Canvas: c.Canvas, Rectangle: rectangle(x, y, g.side, g.height)}, u, u.title(), r.imitating())
	}
}

// drawUpright draws a unit's ratemap above its autocorrelogram.
func (r *Report) drawUpright(c draw.Canvas, u Unit, title string, colors *Colormap) {
	r.drawTitle(c, u, title, 7.5)
	side := c.Size().X
	y := c.Max.Y - unitTitle - side
	panel := draw.Canvas{Canvas: c.Canvas, Rectangle: rectangle(c.Min.X, y, side, side)}
	r.drawRatemap(panel, u, colors, XRight)
	if !u.SAC.Empty() {
		panel.Rectangle = rectangle(c.Min.X, y-side-panelSpace, side, side)
		drawAutocorrelogram(panel, u.SAC, u.Ring60, colors, XRight)
	}
}
