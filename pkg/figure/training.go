package figure

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
	"gridcells/pkg/celltype"
	"gridcells/pkg/significance"
)

var trainingFigure = Entry{
	Name: "training", Help: "scores, shares, classes and loss through the checkpoints, as many plots as have room", Needs: "checkpoints",
	has: inFirstLayer(func(r *Run, l Layer) bool { return len(r.Course(l)) > 0 }),
	draw: func(r *Run, size vg.Point) (func(draw.Canvas), error) {
		return plotsFigure(r.CoursePlots(r.Layers[0], r.Course(r.Layers[0])), 1, size)
	},
}

var trainingUnitsFigure = Entry{
	Name: "training-units", Help: "ratemaps of the selected units through the checkpoints", Needs: "checkpoints and selected units",
	has: inFirstLayer(func(r *Run, l Layer) bool { return len(r.Course(l)) > 0 && len(r.Shown(l)) > 0 }),
	draw: func(r *Run, size vg.Point) (func(draw.Canvas), error) {
		units, course := r.Shown(r.Layers[0]), r.Course(r.Layers[0])
		f := NewFilm(course, canvas.PageSize{Width: size.X, Height: size.Y}, len(units)).fitted(course, size, len(units), r.Selected != nil)
		return func(c draw.Canvas) { f.Draw(c, r, units) }, fits(f.side, len(units))
	},
}

// Moment is a layer after a number of updates.
type Moment struct {
	update float64
	Layer
}

// Course returns the layer at all checkpoints that have units of it.
func (r *Run) Course(layer Layer) []Moment {
	var course []Moment
	for _, c := range r.Checkpoints {
		for _, l := range c.Layers {
			if l.Name == layer.Name && len(l.Units) > 0 {
				course = append(course, Moment{c.Update, l})
			}
		}
	}
	return course
}

// CoursePlotHeight is the height of one of the [Run.CoursePlots], in points.
const CoursePlotHeight = 150

// CoursePlots lists up to four plots of how a layer changes through a training:
// scores, shares of grid cells, shares of classes and the loss.
func (r *Run) CoursePlots(layer Layer, course []Moment) []func(draw.Canvas) {
	plots := []func(draw.Canvas){
		func(c draw.Canvas) { r.drawScoreCourse(c, course) },
		func(c draw.Canvas) { r.drawShareCourse(c, layer, course) },
	}
	if Classified(course[len(course)-1].Units) {
		plots = append(plots, func(c draw.Canvas) { r.drawClassCourse(c, course) })
	}
	if len(r.Log) > 0 {
		plots = append(plots, r.DrawLoss)
	}
	return plots
}

func newCoursePlot(title, y string, course []Moment) *plot.Plot {
	p := newPlot(title, "updates", y)
	p.X.Min, p.X.Max = 0, course[len(course)-1].update
	return p
}

// drawScoreCourse shows quantiles of the scores at each checkpoint.
func (r *Run) drawScoreCourse(c draw.Canvas, course []Moment) {
	p := newCoursePlot("Gridness", "gridness (60°)", course)
	updates := make([]float64, len(course))
	quantiles := []float64{0.05, 0.25, 0.5, 0.75, 0.95, 1}
	values := make([][]float64, len(quantiles))
	for i, m := range course {
		updates[i] = m.update
		for k, q := range quantiles {
			values[k] = append(values[k], significance.Quantile(m.Scores(), q))
		}
	}
	bands := []draw.LineStyle{{Color: canvas.PalestBlue}, {Color: canvas.PaleBlue}}
	for k, name := range []string{"5–95 % of units", "25–75 %"} {
		if b := between2(updates, values[k], values[4-k], bands[k].Color); b != nil {
			p.Add(b)
			p.Legend.Add(name, bars{color: bands[k].Color})
		}
	}
	p.Add(curve(finitePoints(updates, values[2]), solidBlue), curve(finitePoints(updates, values[5]), solidOrange))
	criterion := mark{value: r.Criterion, horizontal: true, style: dashedGrey}
	p.Add(criterion)
	p.Legend.Add("median", mark{style: solidBlue})
	p.Legend.Add("best", mark{style: solidOrange})
	p.Y.Min, p.Y.Max = math.Min(p.Y.Min, r.Criterion-0.1), math.Max(p.Y.Max, r.Criterion+0.1)
	widenRange(&p.X)
	widenRange(&p.Y)
	drawUnderLegend(c, p, 4)
}

// drawShareCourse shows the share of units above the criterion with its interval.
// It also shows the shares of the nulls and of the untrained network, if they are
// known. If another rule decides which units are grid cells, their share is a line
// of its own.
func (r *Run) drawShareCourse(c draw.Canvas, layer Layer, course []Moment) {
	p := newCoursePlot("Grid cells", "units (%)", course)
	var updates, share, low, high, grid []float64
	for _, m := range course {
		k, n := significance.CountAbove(m.Scores(), r.Criterion), len(m.Units)
		l, h := significance.Wilson(k, n)
		updates, share, low, high = append(updates, m.update), append(share, 100*float64(k)/float64(n)), append(low, 100*l), append(high, 100*h)
		grid = append(grid, 100*r.CountGrid(m.Layer).Share.Float())
	}
	if b := between2(updates, low, high, canvas.PalestBlue); b != nil {
		p.Add(b)
	}
	p.Add(curve(finitePoints(updates, share), solidBlue))
	p.Legend.Add(fmt.Sprintf("above %.2f", r.Criterion), mark{style: solidBlue})
	entries := 1
	top := math.Max(slices.Max(high), slices.Max(grid))
	if judgement, _ := r.Judge(layer); judgement != ByCriterion {
		style := draw.LineStyle{Color: canvas.Ink, Width: 1.2}
		p.Add(curve(finitePoints(updates, grid), style))
		p.Legend.Add(r.describe(layer), mark{style: style})
		entries++
	}
	across := func(name string, share float64, style draw.LineStyle) {
		m := mark{value: 100 * share, horizontal: true, style: style}
		p.Add(m)
		p.Legend.Add(name, m)
		top = math.Max(top, 100*share)
		entries++
	}
	if n := len(layer.Untrained); n > 0 {
		across("untrained", float64(significance.CountAbove(layer.Untrained, r.Criterion))/float64(n), solidOrange)
	}
	for k, null := range layer.Compared(r.Criterion) {
		if k < 3 && !layer.shownAsUntrained(null) {
			across(null.Heading(), null.Above.Null.Float(), nullStyle(k))
		}
	}
	p.Y.Min, p.Y.Max = 0, math.Max(top, 1)
	widenRange(&p.X)
	drawUnderLegend(c, p, entries)
}

// drawClassCourse shows the share of units of each class.
func (r *Run) drawClassCourse(c draw.Canvas, course []Moment) {
	p := newCoursePlot("Cells", "units (%)", course)
	entries := 0
	top := 1.0
	for _, k := range Classes {
		if k == celltype.Unclassified {
			continue
		}
		var updates, share []float64
		for _, m := range course {
			updates = append(updates, m.update)
			share = append(share, 100*float64(CountClass(m.Units, k))/float64(len(m.Units)))
		}
		top = math.Max(top, slices.Max(share))
		l := LookOf(k)
		style := draw.LineStyle{Color: l.Color, Width: 1.2}
		if k == celltype.Conjunctive {
			style.Dashes = []vg.Length{3, 1.5}
		}
		p.Add(curve(finitePoints(updates, share), style))
		p.Legend.Add(l.Name, mark{style: style})
		entries++
	}
	p.Y.Min, p.Y.Max = 0, top
	widenRange(&p.X)
	drawUnderLegend(c, p, entries)
}

// A Film is the ratemaps of units through chosen moments, one line for each unit.
type Film struct {
	Moments []Moment
	Rows    int
	side    vg.Length
	column  vg.Length // width of a moment's column
}

const (
	filmLabel  = 46 // width of the units' names
	filmHead   = 14
	filmSpace  = 4
	filmScore  = 10
	mostFrames = 12
	leastFrame = 44
)

// NewFilm lays out as many units as fit.
func NewFilm(course []Moment, size canvas.PageSize, units int) Film {
	frames := min(len(course), mostFrames, max(1, int((size.Width-filmLabel+filmSpace)/(leastFrame+filmSpace))))
	var f Film
	f.side = min((size.Width-filmLabel+filmSpace)/vg.Length(max(frames, 6))-filmSpace, size.Height-filmHead-filmScore-filmSpace)
	// Frames shrink a little if a further line then fills the page.
	room := size.Height - filmHead + filmSpace
	f.Rows = max(1, int(math.Round(float64(room/f.pitch()))))
	f.side = min(f.side, room/vg.Length(f.Rows)-filmScore-filmSpace)
	f.Rows = min(f.Rows, max(units, 1))
	f.column = max(f.side, 34)
	f.Moments = evenly(course, f.frames(course, size.Width))
	return f
}

func (f Film) pitch() vg.Length { return f.side + filmScore + filmSpace }

// frames returns how many moments have room side by side.
func (f Film) frames(course []Moment, width vg.Length) int {
	return min(len(course), mostFrames, max(1, int((width-filmLabel+filmSpace+0.01)/(f.column+filmSpace))))
}

// fitted changes the layout for a figure of given units. If the user chose the
// units, it shrinks the frames until all have room, and takes as many moments as
// then have room.
func (f Film) fitted(course []Moment, size vg.Point, units int, chosen bool) Film {
	if chosen && f.Rows < units {
		f.Rows = units
		f.side = (size.Y-filmHead+filmSpace)/vg.Length(units) - filmScore - filmSpace
		f.column = min(f.column, max(f.side, 34))
		f.Moments = evenly(course, f.frames(course, size.X))
	}
	return f
}

// evenly takes n of the moments at equal distances, the first and the last among
// them. If n is 1 it takes the last.
func evenly(course []Moment, n int) []Moment {
	if n >= len(course) {
		return course
	}
	if n == 1 {
		return course[len(course)-1:]
	}
	chosen := make([]Moment, n)
	for i := range chosen {
		chosen[i] = course[i*(len(course)-1)/(n-1)]
	}
	return chosen
}

// Draw draws the film of units. Each line is a unit, each column a moment.
func (f Film) Draw(c draw.Canvas, r *Run, units []Unit) {
	if f.side < 4 {
		return
	}
	head := canvas.Align(canvas.Text(7.5, true, canvas.Ink), draw.XCenter, draw.YBottom)
	name := canvas.Text(7.5, true, canvas.Ink)
	units = units[:min(len(units), f.Rows)]
	for k, m := range f.Moments {
		x := c.Min.X + filmLabel + vg.Length(k)*(f.column+filmSpace)
		canvas.Write(c, head, vg.Point{X: x + f.column/2, Y: c.Max.Y - 8}, canvas.Shorten(head, GroupThousands(fmt.Sprintf("%.0f", m.update)), f.column+2))
		for row, u := range units {
			y := c.Max.Y - filmHead - vg.Length(row+1)*f.pitch() + filmSpace
			if k == 0 {
				canvas.Write(c, name, vg.Point{X: c.Min.X, Y: y + filmScore + f.side/2}, canvas.Shorten(name, fmt.Sprintf("unit %d", u.Number), filmLabel-4))
			}
			at := slices.IndexFunc(m.Units, func(v Unit) bool { return v.Number == u.Number })
			if at < 0 {
				continue
			}
			v := m.Units[at]
			panel := draw.Canvas{Canvas: c.Canvas, Rectangle: canvas.Rectangle(x+(f.column-f.side)/2, y+filmScore, f.side, f.side)}
			r.DrawRatemap(panel, v, r.Maps(), XRight)
			score := canvas.Text(7, r.IsGrid(v), canvas.Ink)
			if r.IsGrid(v) {
				score.Color = canvas.Blue
			}
			score.XAlign = draw.XCenter
			canvas.Write(c, score, vg.Point{X: x + f.column/2, Y: y + 1.5}, Decimals(v.Score60))
		}
	}
}
