package figure

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// TrainingPages show each layer through the checkpoints: how the scores are
// distributed, the share of grid-like units, the classes, the loss, and the
// ratemaps of the selected units, or of the best as far as there is room.
func (r *Report) TrainingPages(size PageSize) []Page {
	if len(r.Checkpoints) == 0 {
		return nil
	}
	var pages []Page
	for _, layer := range r.Layers {
		course := r.course(layer)
		if len(course) == 0 {
			continue
		}
		pages = append(pages, r.trainingPages(layer, course, size)...)
	}
	return pages
}

// moment is a layer after so many updates.
type moment struct {
	update float64
	Layer
}

func (r *Report) course(layer Layer) []moment {
	var course []moment
	for _, c := range r.Checkpoints {
		for _, l := range c.Layers {
			if l.Name == layer.Name && len(l.Units) > 0 {
				course = append(course, moment{c.Update, l})
			}
		}
	}
	return course
}

func (r *Report) trainingPages(layer Layer, course []moment, size PageSize) []Page {
	units := r.shown(layer)
	var pages []Page
	rest := units
	for first := true; first || len(rest) > 0; first = false {
		var here []Unit
		page := Page{Size: size}
		body := size.Height - 2*margin - 38
		plots := r.coursePlots(layer, course)
		columns := 2
		if len(plots) == 3 {
			columns = 3
		}
		height := vg.Length(0)
		if first {
			page.Name = layer.Name + " over training"
			height = vg.Length((len(plots)+columns-1)/columns)*(coursePlotHeight+plotSpace) + 4
		}
		film := newFilm(course, PageSize{size.Width - 2*margin, body - height}, len(rest))
		here, rest = rest[:min(len(rest), film.rows)], rest[min(len(rest), film.rows):]
		page.Draw = func(c draw.Canvas) {
			c = header(c, layerTitle(size, layer.Name, " over training"), filmNote(course, film), layer.Units)
			if first {
				drawGrid(c, plots, columns, coursePlotHeight)
			}
			film.draw(draw.Crop(c, 0, 0, 0, -height), r, here)
		}
		pages = append(pages, page)
		if r.Selected == nil {
			break
		}
	}
	return pages
}

func filmNote(course []moment, f film) string {
	note := fmt.Sprintf("%d checkpoints", len(course))
	if len(course) == 1 {
		note = "1 checkpoint"
	}
	if len(f.moments) < len(course) {
		note += fmt.Sprintf(", ratemaps of %d of them", len(f.moments))
	}
	return note + ". Units in the order of the last. Under a ratemap: gridness. Colours span each ratemap's range."
}

const coursePlotHeight = 150

// drawGrid draws plots in columns from the top.
func drawGrid(c draw.Canvas, plots []func(draw.Canvas), columns int, height vg.Length) {
	width := (c.Size().X - vg.Length(columns-1)*plotSpace) / vg.Length(columns)
	for i, p := range plots {
		x := c.Min.X + vg.Length(i%columns)*(width+plotSpace)
		y := c.Max.Y - vg.Length(i/columns+1)*(height+plotSpace) + plotSpace
		p(draw.Canvas{Canvas: c.Canvas, Rectangle: rectangle(x, y, width, height)})
	}
}

// coursePlots lists up to four plots of a layer's course.
func (r *Report) coursePlots(layer Layer, course []moment) []func(draw.Canvas) {
	plots := []func(draw.Canvas){
		func(c draw.Canvas) { r.drawScoreCourse(c, course) },
		func(c draw.Canvas) { r.drawShareCourse(c, layer, course) },
	}
	if classified(course[len(course)-1].Units) {
		plots = append(plots, func(c draw.Canvas) { r.drawClassCourse(c, course) })
	}
	if r.Loss != nil {
		plots = append(plots, func(c draw.Canvas) { drawPlot(c, lossPlot(r.Loss)) })
	}
	return plots
}

func newCoursePlot(title, y string, course []moment) *plot.Plot {
	p := newPlot(title, "updates", y)
	p.X.Min, p.X.Max = 0, course[len(course)-1].update
	return p
}

// drawScoreCourse shows quantiles of the scores.
func (r *Report) drawScoreCourse(c draw.Canvas, course []moment) {
	p := newCoursePlot("Gridness", "gridness (60°)", course)
	updates := make([]float64, len(course))
	quantiles := []float64{0.05, 0.25, 0.5, 0.75, 0.95, 1}
	values := make([][]float64, len(quantiles))
	for i, m := range course {
		updates[i] = m.update
		for k, q := range quantiles {
			values[k] = append(values[k], quantile(m.Scores(), q))
		}
	}
	bands := []draw.LineStyle{{Color: palestBlue}, {Color: paleBlue}}
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

// quantile returns a quantile of the values that are not NaN, between neighbours
// in proportion.
func quantile(values []float64, q float64) float64 {
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
	at := q * float64(len(v)-1)
	k := int(at)
	if k+1 == len(v) {
		return v[k]
	}
	return v[k] + (at-float64(k))*(v[k+1]-v[k])
}

// drawShareCourse shows the share of grid-like units, with Wilson's interval, and
// as far as they are known the nulls' shares and the untrained network's.
func (r *Report) drawShareCourse(c draw.Canvas, layer Layer, course []moment) {
	p := newCoursePlot(fmt.Sprintf("Gridness above %.2f", r.Criterion), "units (%)", course)
	var updates, share, low, high []float64
	for _, m := range course {
		n := float64(len(m.Units))
		s := float64(CountAbove(m.Scores(), r.Criterion)) / n
		l, h := wilson(s, n)
		updates, share, low, high = append(updates, m.update), append(share, 100*s), append(low, 100*l), append(high, 100*h)
	}
	if b := between2(updates, low, high, palestBlue); b != nil {
		p.Add(b)
	}
	trained := solidBlue
	p.Add(curve(finitePoints(updates, share), trained))
	p.Legend.Add(layer.Name, mark{style: trained})
	entries := 1
	top := slices.Max(high)
	across := func(name string, share float64, style draw.LineStyle) {
		m := mark{value: 100 * share, horizontal: true, style: style}
		p.Add(m)
		p.Legend.Add(name, m)
		top = math.Max(top, 100*share)
		entries++
	}
	if n := len(layer.Untrained); n > 0 {
		across("untrained", float64(CountAbove(layer.Untrained, r.Criterion))/float64(n), solidOrange)
	}
	for k, null := range layer.Compared(r.Criterion) {
		if k < 3 && !math.IsNaN(null.Excess.Null) {
			across(null.title(), null.Excess.Null, nullStyle(k))
		}
	}
	p.Y.Min, p.Y.Max = 0, math.Max(top, 1)
	widenRange(&p.X)
	drawUnderLegend(c, p, entries)
}

// drawClassCourse shows the classes' shares.
func (r *Report) drawClassCourse(c draw.Canvas, course []moment) {
	p := newCoursePlot("Cells", "units (%)", course)
	entries := 0
	top := 1.0
	for _, k := range classes {
		if k == Unclassified {
			continue
		}
		var updates, share []float64
		for _, m := range course {
			updates = append(updates, m.update)
			share = append(share, 100*float64(countClass(m.Units, k))/float64(len(m.Units)))
		}
		top = math.Max(top, slices.Max(share))
		l := k.look()
		style := draw.LineStyle{Color: l.color, Width: 1.2}
		if k == Conjunctive {
			style.Dashes = []vg.Length{3, 1.5}
		}
		p.Add(curve(finitePoints(updates, share), style))
		p.Legend.Add(l.name, mark{style: style})
		entries++
	}
	p.Y.Min, p.Y.Max = 0, top
	widenRange(&p.X)
	drawUnderLegend(c, p, entries)
}

// film is ratemaps of units, a line each, through chosen moments.
type film struct {
	moments []moment
	rows    int
	side    vg.Length
	column  vg.Length // width of a moment's
}

const (
	filmLabel  = 46 // width of the units' names
	filmHead   = 14
	filmSpace  = 4
	filmScore  = 10
	mostFrames = 12
	leastFrame = 44
)

// newFilm lays out as many units as fit.
func newFilm(course []moment, size PageSize, units int) film {
	frames := min(len(course), mostFrames, max(1, int((size.Width-filmLabel+filmSpace)/(leastFrame+filmSpace))))
	var f film
	f.side = min((size.Width-filmLabel+filmSpace)/vg.Length(max(frames, 6))-filmSpace, size.Height-filmHead-filmScore-filmSpace)
	// Frames shrink a little if a further line then fills the page.
	room := size.Height - filmHead + filmSpace
	f.rows = max(1, int(math.Round(float64(room/f.pitch()))))
	f.side = min(f.side, room/vg.Length(f.rows)-filmScore-filmSpace)
	f.rows = min(f.rows, max(units, 1))
	f.column = max(f.side, 34)
	f.moments = evenly(course, f.frames(course, size.Width))
	return f
}

func (f film) pitch() vg.Length { return f.side + filmScore + filmSpace }

// frames returns how many moments have room side by side.
func (f film) frames(course []moment, width vg.Length) int {
	return min(len(course), mostFrames, max(1, int((width-filmLabel+filmSpace+0.01)/(f.column+filmSpace))))
}

// fitted shrinks the frames of a figure until all units are in it, if they were
// chosen, and takes as many moments as then have room.
func (f film) fitted(course []moment, size vg.Point, units int, chosen bool) film {
	if chosen && f.rows < units {
		f.rows = units
		f.side = (size.Y-filmHead+filmSpace)/vg.Length(units) - filmScore - filmSpace
		f.column = min(f.column, max(f.side, 34))
		f.moments = evenly(course, f.frames(course, size.X))
	}
	return f
}

// evenly takes n of the moments, the first and the last among them.
func evenly(course []moment, n int) []moment {
	if n >= len(course) {
		return course
	}
	if n == 1 {
		return course[len(course)-1:]
	}
	chosen := make([]moment, n)
	for i := range chosen {
		chosen[i] = course[i*(len(course)-1)/(n-1)]
	}
	return chosen
}

func (f film) draw(c draw.Canvas, r *Report, units []Unit) {
	if f.side < 4 {
		return
	}
	head := aligned(textStyle(7.5, true, ink), draw.XCenter, draw.YBottom)
	name := textStyle(7.5, true, ink)
	units = units[:min(len(units), f.rows)]
	for k, m := range f.moments {
		x := c.Min.X + filmLabel + vg.Length(k)*(f.column+filmSpace)
		fillBaseline(c, head, vg.Point{X: x + f.column/2, Y: c.Max.Y - 8}, shorten(head, groupThousands(fmt.Sprintf("%.0f", m.update)), f.column+2))
		for row, u := range units {
			y := c.Max.Y - filmHead - vg.Length(row+1)*f.pitch() + filmSpace
			if k == 0 {
				fillBaseline(c, name, vg.Point{X: c.Min.X, Y: y + filmScore + f.side/2}, shorten(name, fmt.Sprintf("unit %d", u.Number), filmLabel-4))
			}
			at := slices.IndexFunc(m.Units, func(v Unit) bool { return v.Number == u.Number })
			if at < 0 {
				continue
			}
			v := m.Units[at]
			panel := draw.Canvas{Canvas: c.Canvas, Rectangle: rectangle(x+(f.column-f.side)/2, y+filmScore, f.side, f.side)}
			r.drawRatemap(panel, v, r.safe(), XRight)
			score := textStyle(7, r.gridLike(v), ink)
			if r.gridLike(v) {
				score.Color = blue
			}
			score.XAlign = draw.XCenter
			fillBaseline(c, score, vg.Point{X: x + f.column/2, Y: y + 1.5}, decimals(v.Score60))
		}
	}
}
