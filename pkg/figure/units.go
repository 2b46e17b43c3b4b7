package figure

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// UnitPages shows all units of the layers, layer by layer, each layer's units
// from the highest 60° score to the lowest: ratemap and, where there is one,
// autocorrelogram with the ring of the score, under the title `unit (score)`.
// Where the units' classes are known, frames, titles and symbols tell them; else
// units above the criterion have bold blue titles.
func (r *Report) UnitPages(size PageSize) []Page {
	var pages []Page
	for _, layer := range r.Layers {
		pages = append(pages, r.layerPages(layer, size)...)
	}
	return pages
}

func (r *Report) layerPages(layer Layer, size PageSize) []Page {
	units := r.shown(layer)
	grid := newUnitGrid(units, size)
	var pages []Page
	for first := 0; first < len(units); first += grid.perPage() {
		last := min(first+grid.perPage(), len(units))
		page := Page{Size: size, Draw: func(c draw.Canvas) {
			which := fmt.Sprintf(", units %d–%d of %d by gridness", first+1, last, len(units))
			if last == first+1 {
				which = fmt.Sprintf(", unit %d of %d by gridness", last, len(units))
			}
			body := header(c, layerTitle(size, layer.Name, which), r.legend(grid.panels), layer.Units)
			grid.draw(body, r, units[first:last], Unit.title, r.imitating())
		}}
		if first == 0 {
			page.Name = layer.Name
		}
		pages = append(pages, page)
	}
	return pages
}

// shown returns the selected units of a layer, highest score first.
func (r *Report) shown(layer Layer) []Unit {
	units := layer.Ordered()
	if r.Selected != nil {
		units = slices.DeleteFunc(units, func(u Unit) bool { return !r.Selected(u) })
	}
	return units
}

func (r *Report) legend(panels int) string {
	legend := fmt.Sprintf("Unit (gridness), bold above %.2f. Ratemap, x rightwards, y upwards", r.Criterion)
	if panels > 1 {
		legend += "; autocorrelogram, ring of the score"
	}
	return legend + ". Colours span each panel's range."
}

// unitGrid is how units are laid out on pages.
type unitGrid struct {
	columns, rows int
	panels        int       // maps of a unit, side by side
	side          vg.Length // of a panel
	pitch         vg.Length // from a unit to the one beside it
}

const (
	unitTitle  = 11.5 // height of a unit's title, points
	panelSpace = 4
	unitSpace  = 12 // at least, between units side by side
	rowSpace   = 6
)

func newUnitGrid(units []Unit, size PageSize) unitGrid {
	g := unitGrid{panels: 1, columns: 8}
	for _, u := range units {
		if !u.SAC.Empty() {
			g.panels = 2
		}
	}
	g.columns /= g.panels
	if len(units) <= 10 {
		g.columns = 2
	}
	body := PageSize{size.Width - 2*margin, size.Height - 2*margin - 38}
	widest := (body.Width - vg.Length(g.columns-1)*unitSpace) / vg.Length(g.columns)
	g.side = (widest - vg.Length(g.panels-1)*panelSpace) / vg.Length(g.panels)
	// Panels shrink a little if a further row then fills the page.
	row := g.side + unitTitle + rowSpace
	g.rows = max(1, int(math.Round(float64((body.Height+rowSpace)/row))))
	g.side = min(g.side, (body.Height+rowSpace)/vg.Length(g.rows)-unitTitle-rowSpace)
	g.pitch = g.unitWidth()
	if g.columns > 1 {
		g.pitch = (body.Width - g.unitWidth()) / vg.Length(g.columns-1)
	}
	return g
}

func (g unitGrid) perPage() int { return g.columns * g.rows }

func (g unitGrid) unitWidth() vg.Length {
	return vg.Length(g.panels)*(g.side+panelSpace) - panelSpace
}

func (g unitGrid) draw(body draw.Canvas, r *Report, units []Unit, title func(Unit) string, colors *Colormap) {
	height := g.side + unitTitle
	for i, u := range units {
		x := body.Min.X + vg.Length(i%g.columns)*g.pitch
		y := body.Max.Y - vg.Length(i/g.columns+1)*(height+rowSpace) + rowSpace
		c := draw.Canvas{Canvas: body.Canvas, Rectangle: rectangle(x, y, g.unitWidth(), height)}
		r.drawTitle(c, u, title(u), 7.5)
		panel := draw.Canvas{Canvas: c.Canvas, Rectangle: rectangle(c.Min.X, c.Min.Y, g.side, g.side)}
		r.drawRatemap(panel, u, colors, XRight)
		if g.panels > 1 {
			panel.Rectangle = rectangle(c.Min.X+g.side+panelSpace, c.Min.Y, g.side, g.side)
			drawAutocorrelogram(panel, u.SAC, u.Ring60, colors, XRight)
		}
	}
}

// drawRatemap draws a unit's ratemap in a frame of its class's colour.
func (r *Report) drawRatemap(c draw.Canvas, u Unit, colors *Colormap, o Orientation) {
	where := drawMap(c, u.Ratemap, colors, o)
	if !u.Class.marked() {
		frame(c, where)
		return
	}
	c.SetLineStyle(draw.LineStyle{Color: u.Class.look().color, Width: 1.3})
	c.Stroke(where.Path())
}

// smallestTitle is the least size of a title, which shrinks before it is cut.
const smallestTitle = 5

// drawTitle writes a unit's title above its panels, with its class's symbol.
func (r *Report) drawTitle(c draw.Canvas, u Unit, title string, size vg.Length) {
	style := textStyle(size, u.Score60 > r.Criterion, ink)
	room := c.Size().X
	if u.Class.marked() {
		style.Color = u.Class.look().color
		room -= size
	} else if u.Class == "" && u.Score60 > r.Criterion {
		style.Color = blue
	}
	for style.Font.Size > smallestTitle && textWidth(style, title) > room {
		style.Font.Size -= 0.25
	}
	title = shorten(style, title, room)
	middle := (c.Min.X + c.Max.X) / 2
	if u.Class.marked() {
		middle += size / 2
		left := middle - textWidth(style, title)/2
		u.Class.look().symbol(c, vg.Point{X: left - 0.68*size, Y: c.Max.Y - 0.66*size}, 0.4*size)
	}
	style.XAlign = draw.XCenter
	fillBaseline(c, style, vg.Point{X: middle, Y: c.Max.Y - size}, title)
}

// OverviewPages shows each layer on one large page, as the original's figure
// did: 16 columns, first all ratemaps from the highest score to the lowest, then
// all autocorrelograms in the same order, x running downwards.
func (r *Report) OverviewPages() []Page {
	pages := make([]Page, 0, len(r.Layers))
	for _, layer := range r.Layers {
		if len(r.shown(layer)) > 0 {
			pages = append(pages, r.overviewPage(layer))
		}
	}
	return pages
}

const (
	overviewColumns = 16
	overviewCell    = 84    // width and height of a panel with its title, points
	longestPage     = 14400 // PDF's limit on a page's side, points
)

func (r *Report) overviewPage(layer Layer) Page {
	units := r.shown(layer)
	rows := (len(units) + overviewColumns - 1) / overviewColumns
	if hasSAC(units) {
		rows *= 2
	}
	cell := min(vg.Length(overviewCell), (longestPage-2*margin)/vg.Length(max(rows, 1)))
	size := PageSize{Width: overviewColumns*cell + 2*margin, Height: vg.Length(rows)*cell + 2*margin}
	return Page{Size: size, Name: layer.Name, Draw: func(c draw.Canvas) {
		for i, u := range units {
			r.overviewPanels(draw.Crop(c, margin, -margin, margin, -margin), u, i, rows, cell)
		}
	}}
}

func hasSAC(units []Unit) bool {
	for _, u := range units {
		if !u.SAC.Empty() {
			return true
		}
	}
	return false
}

// overviewPanels draws unit i's ratemap and, half the page lower, its
// autocorrelogram.
func (r *Report) overviewPanels(c draw.Canvas, u Unit, i, rows int, cell vg.Length) {
	gap := cell / 12
	panel := func(row int) draw.Canvas {
		x := c.Min.X + vg.Length(i%overviewColumns)*cell
		y := c.Max.Y - vg.Length(row+1)*cell
		whole := draw.Canvas{Canvas: c.Canvas, Rectangle: rectangle(x+gap/2, y+gap/2, cell-gap, cell-gap)}
		r.drawTitle(whole, u, u.title(), cell/11)
		return draw.Crop(whole, 0, 0, 0, -cell/9)
	}
	row := i / overviewColumns
	r.drawRatemap(panel(row), u, r.imitating(), XDown)
	if !u.SAC.Empty() {
		drawAutocorrelogram(panel(row+rows/2), u.SAC, u.Ring60, r.imitating(), XDown)
	}
}
