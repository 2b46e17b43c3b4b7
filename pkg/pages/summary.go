package pages

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
	"gridcells/pkg/figure"
	"gridcells/pkg/significance"
)

// drawClassBar shows the shares of a layer's classes as a bar with its key below
// it. It returns what is left below.
func drawClassBar(c draw.Canvas, layer figure.Layer) draw.Canvas {
	if !figure.Classified(layer.Units) {
		return c
	}
	const thick = 9
	total := vg.Length(len(layer.Units))
	style := canvas.Text(8.5, true, canvas.Ink)
	label := canvas.Shorten(style, layer.Of("Cells"), 100)
	canvas.Write(c, style, vg.Point{X: c.Min.X, Y: c.Max.Y - 8}, label)
	left := c.Min.X + 106
	x, y := left, c.Max.Y-9
	for _, k := range figure.Classes {
		width := vg.Length(figure.CountClass(layer.Units, k)) / total * (c.Max.X - left)
		if width == 0 {
			continue
		}
		c.SetColor(figure.LookOf(k).Color)
		c.Fill(canvas.Rectangle(x, y, max(width-0.6, 0.3), thick).Path())
		x += width
	}
	style = canvas.Text(7.5, false, canvas.Ink)
	x = c.Min.X
	for _, k := range figure.Classes {
		n := figure.CountClass(layer.Units, k)
		l := figure.LookOf(k)
		text := fmt.Sprintf("%s %d (%.1f %%)", l.Name, n, 100*float64(n)/float64(len(layer.Units)))
		width := canvas.Width(style, text)
		if x+9+width > c.Max.X {
			break
		}
		l.Symbol(c, vg.Point{X: x + 3.3, Y: y - 7.6}, 3)
		canvas.Write(c, style, vg.Point{X: x + 9, Y: y - 10}, text)
		x += 9 + width + 7
	}
	return draw.Crop(c, 0, 0, 0, -30)
}

// figures lists the plots that the report has data for.
func (r *Report) figures() []func(draw.Canvas) {
	plots := r.Histograms(figure.SummaryHistograms)
	if len(r.Layers) > 0 && r.HasScales(r.Layers[0]) {
		plots = append(plots, func(c draw.Canvas) { r.DrawScales(c, r.Layers[0]) })
	}
	if r.PathIntegration != nil {
		plots = append(plots, r.DrawPathIntegration)
	}
	if len(r.Log) > 0 {
		plots = append(plots, r.DrawLoss)
	}
	if r.Trajectory != nil {
		plots = append(plots, r.Trajectory.Draw)
	}
	return plots
}

// SummaryPage tells at a glance what came out: how many units are grid cells and
// what that is worth beside the nulls, the classes of cells, the distributions of
// scores and scales, the error of path integration, the loss, an example
// trajectory and the best units. The untrained network is shown beside the trained
// one as far as it is known.
func (r *Report) SummaryPage(size canvas.PageSize) canvas.Page {
	return canvas.Page{Size: size, Name: "Summary", Draw: func(c draw.Canvas) {
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

// table draws lines of cells under a heading and returns what is left below. The
// first column is aligned to the left, the others to the right.
func table(c draw.Canvas, widths []vg.Length, head []string, rows [][]string) draw.Canvas {
	const lineHeight = 14
	y := c.Max.Y
	write := func(cells []string, bold bool) {
		y -= lineHeight
		x := c.Min.X
		for i, cell := range cells {
			style := canvas.Text(8.5, bold, canvas.Ink)
			cell = canvas.Shorten(style, cell, widths[i]-4)
			at := vg.Point{X: x, Y: y + 4}
			if i > 0 {
				style.XAlign = draw.XRight
				at.X += widths[i]
			}
			canvas.Write(c, style, at, cell)
			x += widths[i]
		}
	}
	write(head, true)
	canvas.Line(c, draw.LineStyle{Color: canvas.Hairline, Width: 0.5}, vg.Point{X: c.Min.X, Y: y}, vg.Point{X: c.Max.X, Y: y})
	for _, row := range rows {
		write(row, false)
	}
	return draw.Crop(c, 0, 0, 0, y-c.Max.Y)
}

func (r *Report) drawResults(c draw.Canvas) draw.Canvas {
	c = r.drawLayerTable(c)
	style := canvas.Text(8.5, false, canvas.Ink)
	y := c.Max.Y - 6
	for _, sentence := range r.sentences() {
		for _, text := range canvas.Wrap(style, sentence, c.Size().X) {
			y -= 12
			canvas.Write(c, style, vg.Point{X: c.Min.X, Y: y}, text)
		}
	}
	return draw.Crop(c, 0, 0, 0, y-10-c.Max.Y)
}

// mostTableRows is the largest number of rows of the table. More would not fit on
// the page.
const mostTableRows = 12

func (r *Report) drawLayerTable(c draw.Canvas) draw.Canvas {
	head := []string{"layer", "units", fmt.Sprintf("gridness > %.2f", r.Criterion), "best gridness", "median"}
	fractions := []vg.Length{0.17, 0.07, 0.19, 0.18, 0.1}
	anyLayer := func(has func(figure.Layer) bool) bool { return slices.ContainsFunc(r.Layers, has) }
	untrained := anyLayer(func(l figure.Layer) bool { return len(l.Untrained) > 0 })
	if untrained {
		head, fractions = append(head, "untrained, best"), append(fractions, 0.17)
	}
	compared := anyLayer(func(l figure.Layer) bool { return len(l.Compared(r.Criterion)) > 0 })
	if compared {
		head, fractions = append(head, "least excess over a null (points)"), append(fractions, 0.33)
	}
	total := vg.Length(0)
	for _, f := range fractions {
		total += f
	}
	// The names get the rest of the width.
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
		best, at := figure.Highest(scores)
		row := []string{l.Name, fmt.Sprint(len(scores)), r.share(scores), "–", figure.Decimals(significance.Quantile(scores, 0.5))}
		if at >= 0 {
			row[3] = fmt.Sprintf("%s (unit %d)", figure.Decimals(best), l.Units[at].Number)
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
func (r *Report) leastExcess(l figure.Layer) string {
	text, least := "–", math.Inf(1)
	for _, n := range l.Compared(r.Criterion) {
		if e := n.Above; e.Excess.Float() < least {
			least = e.Excess.Float()
			text = fmt.Sprintf("%s [%s, %s] %s", figure.Points(e.Excess), figure.Points(e.Interval[0]), figure.Points(e.Interval[1]), n.Name)
		}
	}
	return text
}

// shareAndBest writes a control as "7 (2.7 %), 0.49".
func (r *Report) shareAndBest(scores []float64) string {
	if len(scores) == 0 {
		return "–"
	}
	best, _ := figure.Highest(scores)
	return r.share(scores) + ", " + figure.Decimals(best)
}

// share writes how many scores exceed the criterion, as "51 (19.9 %)".
func (r *Report) share(scores []float64) string {
	if len(scores) == 0 {
		return "–"
	}
	n := significance.CountAbove(scores, r.Criterion)
	return fmt.Sprintf("%d (%.1f %%)", n, 100*float64(n)/float64(len(scores)))
}

// sentences are the results that are single numbers.
func (r *Report) sentences() []string {
	var s []string
	if n := len(r.Log); n > 0 {
		last := &r.Log[n-1]
		text := fmt.Sprintf("Loss %.3f after %s updates", last.Loss.Float(), figure.GroupThousands(fmt.Sprint(last.Step)))
		if above := last.AboveEntropy(); above.Known() {
			text += fmt.Sprintf(", %.3f above the entropy of the targets", above.Float())
		}
		s = append(s, text+".")
	}
	if pi := r.PathIntegration; pi != nil {
		text := fmt.Sprintf("Position error at the end of a trajectory %.1f cm", 100*pi.Final.Float())
		if r.UntrainedPathIntegration != nil {
			text += fmt.Sprintf(" (untrained %.1f cm)", 100*r.UntrainedPathIntegration.Final.Float())
		}
		if floor := pi.Floor.Float(); floor > 0 {
			text += fmt.Sprintf("; the decoder's floor is %.1f cm", 100*floor)
		}
		s = append(s, text+".")
	}
	if r.Paper == nil {
		return s
	}
	return append(s, fmt.Sprintf("For comparison, Banino et al. (2018): %d of %d linear units grid-like (%.1f %%), 8.7 %% border, 10.2 %% head-direction cells; 16 cm after 15 s, 91 cm untrained.",
		r.Paper.Units, r.Paper.Of, 100*r.Paper.Share))
}

// drawPlots draws plots in up to three columns and returns what is left below. The
// plots leave room for two lines of best units, or for one if they were too low
// otherwise.
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
	for lines := vg.Length(2); lines >= 0 && height < figure.LowestPlot; lines-- {
		height = (c.Size().Y-lines*best.height-bestHeading)/rows - figure.PlotSpace
	}
	height = min(max(height, 90), 190)
	figure.DrawGrid(c, plots, columns, height)
	return draw.Crop(c, 0, 0, 0, -rows*(height+figure.PlotSpace))
}

const (
	bestColumns = 8
	bestHeading = 18
)

// bestGrid is the layout of the first layer's best units on the summary. Each unit
// has its autocorrelogram under its ratemap.
type bestGrid struct {
	units        []figure.Unit
	side, height vg.Length
}

func (r *Report) newBestGrid(width vg.Length) bestGrid {
	g := bestGrid{side: (width - (bestColumns-1)*figure.BestSpace) / bestColumns}
	panels := vg.Length(1)
	if len(r.Layers) > 0 {
		g.units = slices.DeleteFunc(r.Shown(r.Layers[0]), func(u figure.Unit) bool { return math.IsNaN(u.Score60) })
		if figure.HasSAC(g.units) {
			panels = 2
		}
	}
	g.height = figure.HeadingHeight + panels*(g.side+figure.PanelSpace)
	return g
}

// drawBest shows the best units of the first layer in the space that is left.
func (r *Report) drawBest(c draw.Canvas) {
	g := r.newBestGrid(c.Size().X)
	rows := int((c.Size().Y - bestHeading + figure.PanelSpace + 0.01) / g.height)
	if rows < 1 || len(g.units) == 0 {
		return
	}
	style := canvas.Text(9, true, canvas.Ink)
	canvas.Write(c, style, vg.Point{X: c.Min.X, Y: c.Max.Y - 10}, canvas.Shorten(style, r.Layers[0].Of("Best units"), c.Size().X))
	best := g.units[:min(len(g.units), rows*bestColumns)]
	headingSize := figure.HeadingSize(best, figure.Unit.Heading, g.side)
	for i, u := range best {
		x := c.Min.X + vg.Length(i%bestColumns)*(g.side+figure.BestSpace)
		y := c.Max.Y - bestHeading - vg.Length(i/bestColumns+1)*g.height
		r.DrawUpright(draw.Canvas{Canvas: c.Canvas, Rectangle: canvas.Rectangle(x, y, g.side, g.height)}, u, u.Heading(), headingSize, r.Maps())
	}
}
