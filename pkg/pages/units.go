package pages

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
	"gridcells/pkg/figure"
)

// UnitPages shows all units of the layers, layer by layer, from the highest 60°
// score to the lowest: the ratemap and, if there is one, the autocorrelogram with
// the ring of the score, under the heading `unit (score)` and the highest rate. If
// the units' classes are known, frames, headings and symbols show them. Otherwise
// grid cells have bold blue headings.
func (r *Report) UnitPages(size canvas.PageSize) []canvas.Page {
	var pages []canvas.Page
	for _, layer := range r.Layers {
		pages = append(pages, r.layerPages(layer, size)...)
	}
	return pages
}

func (r *Report) layerPages(layer figure.Layer, size canvas.PageSize) []canvas.Page {
	units := r.Shown(layer)
	title := func(first, last int) string {
		if last == first+1 {
			return fmt.Sprintf(", unit %d of %d by gridness", last, len(units))
		}
		return fmt.Sprintf(", units %d–%d of %d by gridness", first+1, last, len(units))
	}
	return unitList{layer: layer, units: units, name: layer.Name, title: title, note: legend(units), heading: figure.Unit.Heading}.pages(r, size)
}

// unitList holds units of a layer in the order in which they fill pages.
type unitList struct {
	layer   figure.Layer
	units   []figure.Unit
	name    string                       // of the first page
	title   func(first, last int) string // what a page with units[first:last] says after the layer's name
	note    string
	heading func(figure.Unit) string
}

// pages lays the units out, as many on a page as fit.
func (l unitList) pages(r *Report, size canvas.PageSize) []canvas.Page {
	grid := newUnitGrid(l.units, size)
	var pages []canvas.Page
	for first := 0; first < len(l.units); first += grid.perPage() {
		last := min(first+grid.perPage(), len(l.units))
		page := canvas.Page{Size: size, Draw: func(c draw.Canvas) {
			body := header(c, layerTitle(size, l.layer.Name, l.title(first, last)), l.note, l.layer.Units)
			grid.draw(body, r, l.units[first:last], l.heading)
			r.mapKey(c, grid.side)
		}}
		if first == 0 {
			page.Name = l.name
		}
		pages = append(pages, page)
	}
	return pages
}

func legend(units []figure.Unit) string {
	legend := "Unit (gridness), bold: grid cells; at the right: highest rate. Ratemap, x rightwards, y upwards"
	if figure.HasSAC(units) {
		legend += "; autocorrelogram, ring of the score"
	}
	return legend + "."
}

// mapKey draws a colour bar and a scale bar at the right end of a page's foot. The
// scale bar shows how long half a metre is in ratemaps whose side has this length on
// the page.
func (r *Report) mapKey(c draw.Canvas, side vg.Length) {
	const width, height = 40, 5
	style := canvas.Text(7, false, canvas.SoftInk)
	y := c.Min.Y + 29
	right := c.Max.X - margin
	write := func(text string) {
		right -= canvas.Width(style, text)
		canvas.Write(c, style, vg.Point{X: right, Y: y}, text)
	}
	write("highest of the panel")
	right -= width + 3
	canvas.ColorBar(c, canvas.Rectangle(right, y, width, height), r.Maps())
	right -= 3
	write("lowest")
	if r.Side > 0 {
		bar, name := figure.ScaleBar(r.Side)
		right -= 10 + side*vg.Length(bar/r.Side)
		from := vg.Point{X: right, Y: y + height/2}
		canvas.Line(c, draw.LineStyle{Color: canvas.Ink, Width: 1.5}, from, from.Add(vg.Point{X: side * vg.Length(bar/r.Side)}))
		right -= 3
		write(name)
	}
}

// unitGrid is how units are laid out on pages.
type unitGrid struct {
	columns, rows int
	panels        int       // maps of a unit, side by side
	side          vg.Length // of a panel
	pitch         vg.Length // from a unit to the one beside it
}

func newUnitGrid(units []figure.Unit, size canvas.PageSize) unitGrid {
	g := unitGrid{panels: 1, columns: 8}
	if figure.HasSAC(units) {
		g.panels = 2
	}
	g.columns /= g.panels
	if len(units) <= 10 {
		g.columns = 2
	}
	body := bodySize(size)
	widest := (body.Width - vg.Length(g.columns-1)*figure.UnitSpace) / vg.Length(g.columns)
	g.side = (widest - vg.Length(g.panels-1)*figure.PanelSpace) / vg.Length(g.panels)
	// Panels shrink a little if a further row then fills the page.
	row := g.side + figure.HeadingHeight + figure.RowSpace
	g.rows = max(1, int(math.Round(float64((body.Height+figure.RowSpace)/row))))
	g.side = min(g.side, (body.Height+figure.RowSpace)/vg.Length(g.rows)-figure.HeadingHeight-figure.RowSpace)
	g.pitch = g.unitWidth()
	if g.columns > 1 {
		g.pitch = (body.Width - g.unitWidth()) / vg.Length(g.columns-1)
	}
	return g
}

func (g unitGrid) perPage() int { return g.columns * g.rows }

func (g unitGrid) unitWidth() vg.Length {
	return vg.Length(g.panels)*(g.side+figure.PanelSpace) - figure.PanelSpace
}

func (g unitGrid) draw(body draw.Canvas, r *Report, units []figure.Unit, heading func(figure.Unit) string) {
	height := g.side + figure.HeadingHeight
	style := canvas.Text(6.5, false, canvas.SoftInk)
	peaks := make([]string, len(units))
	room := g.unitWidth() // of headings
	for i, u := range units {
		if _, high, ok := u.Ratemap.Range(); ok {
			peaks[i] = figure.Brief(high)
			room = min(room, g.unitWidth()-canvas.Width(style, peaks[i])-3)
		}
	}
	headingSize := figure.HeadingSize(units, heading, room)
	for i, u := range units {
		x := body.Min.X + vg.Length(i%g.columns)*g.pitch
		y := body.Max.Y - vg.Length(i/g.columns+1)*(height+figure.RowSpace) + figure.RowSpace
		c := draw.Canvas{Canvas: body.Canvas, Rectangle: canvas.Rectangle(x, y, g.unitWidth(), height)}
		title := c
		title.Max.X = c.Min.X + room
		if g.panels > 1 {
			title.Max.X = max(c.Min.X+g.side, c.Min.X+min(room, figure.HeadingWidth(u, heading(u), headingSize)))
		}
		r.DrawHeading(title, u, heading(u), headingSize)
		canvas.Write(c, canvas.Align(style, draw.XRight, draw.YBottom), vg.Point{X: c.Max.X, Y: c.Max.Y - largestHeading}, peaks[i])
		panel := draw.Canvas{Canvas: c.Canvas, Rectangle: canvas.Rectangle(c.Min.X, c.Min.Y, g.side, g.side)}
		r.DrawRatemap(panel, u, r.Maps(), figure.XRight)
		if g.panels > 1 {
			panel.Rectangle = canvas.Rectangle(c.Min.X+g.side+figure.PanelSpace, c.Min.Y, g.side, g.side)
			figure.DrawAutocorrelogram(panel, u.SAC, u.Ring60, r.Maps(), figure.XRight)
		}
	}
}

const largestHeading = 7.5 // points

// OverviewPages shows each layer on one large page, as the original's figure did:
// 16 columns, first all ratemaps from the highest score to the lowest, then all
// autocorrelograms in the same order. x runs downwards.
func (r *Report) OverviewPages() []canvas.Page {
	pages := make([]canvas.Page, 0, len(r.Layers))
	for _, layer := range r.Layers {
		if len(r.Shown(layer)) > 0 {
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

func (r *Report) overviewPage(layer figure.Layer) canvas.Page {
	units := r.Shown(layer)
	rows := (len(units) + overviewColumns - 1) / overviewColumns
	if figure.HasSAC(units) {
		rows *= 2
	}
	cell := min(vg.Length(overviewCell), (longestPage-2*margin)/vg.Length(max(rows, 1)))
	size := canvas.PageSize{Width: overviewColumns*cell + 2*margin, Height: vg.Length(rows)*cell + 2*margin}
	headingSize := min(cell/11, figure.HeadingSize(units, figure.Unit.Heading, cell-cell/overviewGap))
	return canvas.Page{Size: size, Name: layer.Name, Draw: func(c draw.Canvas) {
		for i, u := range units {
			at := overviewPlace{column: i % overviewColumns, row: i / overviewColumns, sac: i/overviewColumns + rows/2, cell: cell, heading: headingSize}
			r.overviewPanels(draw.Crop(c, margin, -margin, margin, -margin), u, at)
		}
	}}
}

// overviewGap is the size of a cell, in gaps between panels.
const overviewGap = 12

// overviewPlace is where a unit's panels are on an overview.
type overviewPlace struct {
	column   int
	row, sac int // of the ratemap, and of the autocorrelogram
	cell     vg.Length
	heading  vg.Length // size of the text
}

// overviewPanels draws a unit's ratemap and, half the page lower, its
// autocorrelogram.
func (r *Report) overviewPanels(c draw.Canvas, u figure.Unit, at overviewPlace) {
	cell, gap := at.cell, at.cell/overviewGap
	panel := func(row int) draw.Canvas {
		x := c.Min.X + vg.Length(at.column)*cell
		y := c.Max.Y - vg.Length(row+1)*cell
		whole := draw.Canvas{Canvas: c.Canvas, Rectangle: canvas.Rectangle(x+gap/2, y+gap/2, cell-gap, cell-gap)}
		r.DrawHeading(whole, u, u.Heading(), at.heading)
		return draw.Crop(whole, 0, 0, 0, -cell/9)
	}
	r.DrawRatemap(panel(at.row), u, r.OriginalMaps(), figure.XDown)
	if !u.SAC.Empty() {
		figure.DrawAutocorrelogram(panel(at.sac), u.SAC, u.Ring60, r.OriginalMaps(), figure.XDown)
	}
}
