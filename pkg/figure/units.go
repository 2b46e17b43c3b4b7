package figure

import (
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
	"gridcells/pkg/celltype"
)

var unitsFigure = Entry{
	Name: "units", Help: "ratemaps and autocorrelograms of the selected units, or of the best as far as they have room", Needs: "selected units",
	has: inFirstLayer(func(r *Run, l Layer) bool { return len(r.Shown(l)) > 0 }),
	draw: func(r *Run, size vg.Point) (func(draw.Canvas), error) {
		return r.unitsFigure(r.Shown(r.Layers[0]), Unit.Heading, size)
	},
}

// unitsFigure lays units out, each ratemap above its autocorrelogram. It leaves
// out the last units if there is no room for all.
func (r *Run) unitsFigure(units []Unit, heading func(Unit) string, size vg.Point) (func(draw.Canvas), error) {
	panels := vg.Length(1)
	if HasSAC(units) {
		panels = 2
	}
	units, cells := r.tile(units, panels, size)
	headingSize := HeadingSize(units, heading, cells.side)
	draw := func(c draw.Canvas) {
		for i, u := range units {
			r.DrawUpright(cells.cell(c, i), u, heading(u), headingSize, r.Maps())
		}
	}
	return draw, fits(cells.side, len(units))
}

// tiling is how units fill a figure, line by line.
type tiling struct {
	columns      int
	side, height vg.Length // of a panel, and of a unit with its heading
	pitch, down  vg.Length // from a unit to the one beside it, and to the one below it
}

// BestSpace lies between units side by side, in points.
const BestSpace = 8

// The least side of a panel, in points at a text of 8 points: of units that were
// selected, and of those that are shown because they are the best.
const (
	smallestPanel = 12
	smallestBest  = 34
)

// tile lays out the units that have room. Each has the given number of panels, one
// above the other. The number of columns is the one that makes the panels largest.
func (r *Run) tile(units []Unit, panels vg.Length, size vg.Point) ([]Unit, tiling) {
	least := vg.Length(smallestPanel)
	if r.Selected == nil {
		least = smallestBest
	}
	columns, side := columnsFor(size, len(units), panels)
	for n := len(units); side < least && n > 1; columns, side = columnsFor(size, n, panels) {
		n--
		units = units[:n]
	}
	t := tiling{columns: columns, side: side, height: HeadingHeight + panels*(side+PanelSpace)}
	t.pitch = size.X / vg.Length(columns)
	t.down = size.Y / vg.Length((len(units)+columns-1)/columns)
	return units, t
}

// cell returns the part of the canvas that unit i has.
func (t tiling) cell(c draw.Canvas, i int) draw.Canvas {
	x := c.Min.X + vg.Length(i%t.columns)*t.pitch + (t.pitch-t.side)/2
	y := c.Max.Y - vg.Length(i/t.columns)*t.down - t.height
	return draw.Canvas{Canvas: c.Canvas, Rectangle: canvas.Rectangle(x, y, t.side, t.height)}
}

// columnsFor returns the number of columns that makes the panels of n units
// largest, and the size of the panels. A unit has the given number of panels, one
// above the other.
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

// DrawUpright draws a unit's ratemap above its autocorrelogram, under a heading of
// a size.
func (r *Run) DrawUpright(c draw.Canvas, u Unit, heading string, size vg.Length, colors *canvas.Colormap) {
	r.DrawHeading(c, u, heading, size)
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

// Distances between the parts of units, in points.
const (
	HeadingHeight = 11.5 // of a unit's heading
	PanelSpace    = 4    // between the panels of a unit
	UnitSpace     = 12   // at least, between units side by side
	RowSpace      = 6    // between units one above the other
)

// DrawRatemap draws a unit's ratemap in a frame of its class's colour.
func (r *Run) DrawRatemap(c draw.Canvas, u Unit, colors *canvas.Colormap, o Orientation) {
	r.frameRoom(c, drawMap(c, u.Ratemap, colors, o), u.Class, 1.3)
}

// frameRoom draws the outline of the room around a ratemap: a hairline, or a line of
// a width in the colour of the unit's class.
func (r *Run) frameRoom(c draw.Canvas, where vg.Rectangle, class celltype.Class, width vg.Length) {
	style := draw.LineStyle{Color: canvas.Hairline, Width: 0.4}
	if marked(class) {
		style = draw.LineStyle{Color: LookOf(class).Color, Width: width}
	}
	c.SetLineStyle(style)
	if !r.Round {
		c.Stroke(where.Path())
		return
	}
	var p vg.Path
	middle, radius := where.Min.Add(where.Max).Scale(0.5), where.Size().X/2
	p.Move(middle.Add(vg.Point{X: radius}))
	p.Arc(middle, radius, 0, 2*math.Pi)
	p.Close()
	c.Stroke(p)
}

// The sizes of headings, in points. A heading shrinks before it is cut.
const (
	largestHeading  = 7.5
	smallestHeading = 5
)

// HeadingSize returns the largest size at which the headings of all units fit into
// a width.
func HeadingSize(units []Unit, heading func(Unit) string, width vg.Length) vg.Length {
	size := vg.Length(largestHeading)
	for _, u := range units {
		for size > smallestHeading && HeadingWidth(u, heading(u), size) > width {
			size -= 0.25
		}
	}
	return size
}

// HeadingWidth is the width of a heading with its symbol. Bold text is the widest.
func HeadingWidth(u Unit, heading string, size vg.Length) vg.Length {
	width := canvas.Width(canvas.Text(size, true, canvas.Ink), heading)
	if marked(u.Class) {
		width += size
	}
	return width
}

// DrawHeading writes a unit's heading above its panels, with its class's symbol.
// The heading of a grid cell is bold.
func (r *Run) DrawHeading(c draw.Canvas, u Unit, heading string, size vg.Length) {
	style := canvas.Text(size, r.IsGrid(u), canvas.Ink)
	room := c.Size().X
	if marked(u.Class) {
		style.Color = LookOf(u.Class).Color
		room -= size
	} else if u.Class == "" && r.IsGrid(u) {
		style.Color = canvas.Blue
	}
	heading = canvas.Shorten(style, heading, room)
	middle := (c.Min.X + c.Max.X) / 2
	if marked(u.Class) {
		middle += size / 2
		left := middle - canvas.Width(style, heading)/2
		LookOf(u.Class).Symbol(c, vg.Point{X: left - 0.68*size, Y: c.Max.Y - 0.66*size}, 0.4*size)
	}
	style.XAlign = draw.XCenter
	canvas.Write(c, style, vg.Point{X: middle, Y: c.Max.Y - size}, heading)
}

// HasSAC tells whether any of the units has an autocorrelogram.
func HasSAC(units []Unit) bool {
	for _, u := range units {
		if !u.SAC.Empty() {
			return true
		}
	}
	return false
}
