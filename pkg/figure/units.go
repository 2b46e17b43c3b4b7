package figure

import (
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
)

var unitsFigure = Entry{
	Name: "units", Help: "ratemaps and autocorrelograms of the selected units", Needs: "selected units",
	has: inFirstLayer(func(r *Run, l Layer) bool { return len(r.Shown(l)) > 0 }),
	draw: func(r *Run, size vg.Point) (func(draw.Canvas), error) {
		return r.unitsFigure(r.Shown(r.Layers[0]), Unit.Heading, size)
	},
}

// unitsFigure lays units out, each ratemap above its autocorrelogram.
func (r *Run) unitsFigure(units []Unit, title func(Unit) string, size vg.Point) (func(draw.Canvas), error) {
	panels := vg.Length(1)
	if HasSAC(units) {
		panels = 2
	}
	_, side := columnsFor(size, len(units), panels)
	return func(c draw.Canvas) { r.drawUnitsFigure(c, units, title) }, fits(side, len(units))
}

// BestSpace lies between units side by side, in points.
const BestSpace = 8

// columnsFor returns how many columns make n units of so many panels, one above
// the other, largest, and how large the panels then are.
func columnsFor(size vg.Point, n int, panels vg.Length) (columns int, side vg.Length) {
	columns = 1
	for k := 1; k <= n; k++ {
		rows := vg.Length((n + k - 1) / k)
		fits := min(size.X/vg.Length(k)-BestSpace, (size.Y/rows-HeadingHeight)/panels-PanelSpace)
		if fits > side {
			columns, side = k, fits
		}
	}
	return columns, side
}

// drawUnitsFigure fills the canvas with units, each ratemap above its
// autocorrelogram, in as many columns as make them largest.
func (r *Run) drawUnitsFigure(c draw.Canvas, units []Unit, title func(Unit) string) {
	panels := vg.Length(1)
	if HasSAC(units) {
		panels = 2
	}
	columns, side := columnsFor(c.Size(), len(units), panels)
	height := HeadingHeight + panels*(side+PanelSpace)
	for i, u := range units {
		x := c.Min.X + vg.Length(i%columns)*(side+BestSpace)
		y := c.Max.Y - vg.Length(i/columns+1)*height
		r.DrawUpright(draw.Canvas{Canvas: c.Canvas, Rectangle: canvas.Rectangle(x, y, side, height)}, u, title(u), r.Maps())
	}
}

// DrawUpright draws a unit's ratemap above its autocorrelogram.
func (r *Run) DrawUpright(c draw.Canvas, u Unit, title string, colors *canvas.Colormap) {
	r.DrawTitle(c, u, title, 7.5)
	side := c.Size().X
	y := c.Max.Y - HeadingHeight - side
	panel := draw.Canvas{Canvas: c.Canvas, Rectangle: canvas.Rectangle(c.Min.X, y, side, side)}
	r.DrawRatemap(panel, u, colors, XRight)
	if !u.SAC.Empty() {
		panel.Rectangle = canvas.Rectangle(c.Min.X, y-side-PanelSpace, side, side)
		DrawAutocorrelogram(panel, u.SAC, u.Ring60, colors, XRight)
	}
}

// Shown returns the selected units of a layer, highest score first.
func (r *Run) Shown(layer Layer) []Unit {
	units := layer.Ordered()
	if r.Selected != nil {
		units = slices.DeleteFunc(units, func(u Unit) bool { return !r.Selected(u) })
	}
	return units
}

const (
	HeadingHeight = 11.5 // height of a unit's title, points
	PanelSpace    = 4
	UnitSpace     = 12 // at least, between units side by side
	RowSpace      = 6
)

// DrawRatemap draws a unit's ratemap in a frame of its class's colour.
func (r *Run) DrawRatemap(c draw.Canvas, u Unit, colors *canvas.Colormap, o Orientation) {
	where := drawMap(c, u.Ratemap, colors, o)
	if !u.Class.marked() {
		frame(c, where)
		return
	}
	c.SetLineStyle(draw.LineStyle{Color: u.Class.Look().Color, Width: 1.3})
	c.Stroke(where.Path())
}

// smallestTitle is the least size of a title, which shrinks before it is cut.
const smallestTitle = 5

// DrawTitle writes a unit's title above its panels, with its class's symbol.
func (r *Run) DrawTitle(c draw.Canvas, u Unit, title string, size vg.Length) {
	style := canvas.Text(size, u.Score60 > r.Criterion, canvas.Ink)
	room := c.Size().X
	if u.Class.marked() {
		style.Color = u.Class.Look().Color
		room -= size
	} else if u.Class == "" && u.Score60 > r.Criterion {
		style.Color = canvas.Blue
	}
	for style.Font.Size > smallestTitle && canvas.Width(style, title) > room {
		style.Font.Size -= 0.25
	}
	title = canvas.Shorten(style, title, room)
	middle := (c.Min.X + c.Max.X) / 2
	if u.Class.marked() {
		middle += size / 2
		left := middle - canvas.Width(style, title)/2
		u.Class.Look().Symbol(c, vg.Point{X: left - 0.68*size, Y: c.Max.Y - 0.66*size}, 0.4*size)
	}
	style.XAlign = draw.XCenter
	canvas.Write(c, style, vg.Point{X: middle, Y: c.Max.Y - size}, title)
}

func HasSAC(units []Unit) bool {
	for _, u := range units {
		if !u.SAC.Empty() {
			return true
		}
	}
	return false
}
