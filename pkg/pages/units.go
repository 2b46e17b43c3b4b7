package pages

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
	"gridcells/pkg/figure"
)

// UnitPages shows all units of the layers, layer by layer, each layer's units
// from the highest 60° score to the lowest: ratemap and, where there is one,
// autocorrelogram with the ring of the score, under the title `unit (score)`.
// Where the units' classes are known, frames, titles and symbols tell them; else
// units above the criterion have bold blue titles.
func (r *Report) UnitPages(size canvas.PageSize) []canvas.Page {
	var pages []canvas.Page
	for _, layer := range r.Layers {
		pages = append(pages, r.layerPages(layer, size)...)
	}
	return pages
}

func (r *Report) layerPages(layer figure.Layer, size canvas.PageSize) []canvas.Page {
	units := r.Shown(layer)
	grid := newUnitGrid(units, size)
	var pages []canvas.Page
	for first := 0; first < len(units); first += grid.perPage() {
		last := min(first+grid.perPage(), len(units))
		page := canvas.Page{Size: size, Draw: func(c draw.Canvas) {
			which := fmt.Sprintf(", units %d–%d of %d by gridness", first+1, last, len(units))
			if last == first+1 {
				which = fmt.Sprintf(", unit %d of %d by gridness", last, len(units))
			}
			body := header(c, layerTitle(size, layer.Name, which), r.legend(grid.panels), layer.Units)
			grid.draw(body, r, units[first:last], figure.Unit.Heading, r.Imitating())
		}}
		if first == 0 {
			page.Name = layer.Name
		}
		pages = append(pages, page)
	}
	return pages
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

func newUnitGrid(units []figure.Unit, size canvas.PageSize) unitGrid {
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

func (g unitGrid) draw(body draw.Canvas, r *Report, units []figure.Unit, title func(figure.Unit) string, colors *canvas.Colormap) {
	height := g.side + figure.HeadingHeight
	for i, u := range units {
		x := body.Min.X + vg.Length(i%g.columns)*g.pitch
		y := body.Max.Y - vg.Length(i/g.columns+1)*(height+figure.RowSpace) + figure.RowSpace
		c := draw.Canvas{Canvas: body.Canvas, Rectangle: canvas.Rectangle(x, y, g.unitWidth(), height)}
		r.DrawTitle(c, u, title(u), 7.5)
		panel := draw.Canvas{Canvas: c.Canvas, Rectangle: canvas.Rectangle(c.Min.X, c.Min.Y, g.side, g.side)}
		r.DrawRatemap(panel, u, colors, figure.XRight)
		if g.panels > 1 {
			panel.Rectangle = canvas.Rectangle(c.Min.X+g.side+figure.PanelSpace, c.Min.Y, g.side, g.side)
			figure.DrawAutocorrelogram(panel, u.SAC, u.Ring60, colors, figure.XRight)
		}
	}
}

// OverviewPages shows each layer on one large page, as the original's figure
// did: 16 columns, first all ratemaps from the highest score to the lowest, then
// all autocorrelograms in the same order, x running downwards.
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
	return canvas.Page{Size: size, Name: layer.Name, Draw: func(c draw.Canvas) {
		for i, u := range units {
			r.overviewPanels(draw.Crop(c, margin, -margin, margin, -margin), u, i, rows, cell)
		}
	}}
}

// overviewPanels draws unit i's ratemap and, half the page lower, its
// autocorrelogram.
func (r *Report) overviewPanels(c draw.Canvas, u figure.Unit, i, rows int, cell vg.Length) {
	gap := cell / 12
	panel := func(row int) draw.Canvas {
		x := c.Min.X + vg.Length(i%overviewColumns)*cell
		y := c.Max.Y - vg.Length(row+1)*cell
		whole := draw.Canvas{Canvas: c.Canvas, Rectangle: canvas.Rectangle(x+gap/2, y+gap/2, cell-gap, cell-gap)}
		r.DrawTitle(whole, u, u.Heading(), cell/11)
		return draw.Crop(whole, 0, 0, 0, -cell/9)
	}
	row := i / overviewColumns
	r.DrawRatemap(panel(row), u, r.Imitating(), figure.XDown)
	if !u.SAC.Empty() {
		figure.DrawAutocorrelogram(panel(row+rows/2), u.SAC, u.Ring60, r.Imitating(), figure.XDown)
	}
}
