package figure

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
)

var montageFigure = Entry{
	Name: "montage", Help: "ratemaps of all units or of the selected ones, side by side, best first", Needs: "units",
	has: inFirstLayer(func(r *Run, l Layer) bool { return len(r.Shown(l)) > 0 }),
	draw: func(r *Run, size vg.Point) (func(draw.Canvas), error) {
		m := newMontage(r.Shown(r.Layers[0]), size)
		return func(c draw.Canvas) { m.draw(c, r) }, fitsIn(m.side, smallestTile, len(m.units))
	},
}

// The least side of a map in a montage, in points, and the side from which maps
// have headings.
const (
	smallestTile = 4
	headedTile   = 34
)

// montage is many ratemaps, line by line.
type montage struct {
	units   []Unit
	columns int
	side    vg.Length // of a map
	head    vg.Length // height of a heading, 0 for none
	gap     vg.Length // between maps
}

// newMontage lays the units out as large as all of them fit: with headings if the
// maps are then large enough for these.
func newMontage(units []Unit, size vg.Point) montage {
	m := montage{units: units, head: HeadingHeight, gap: PanelSpace}
	if m.fill(size); m.side >= headedTile {
		return m
	}
	m.head, m.gap = 0, 1.5
	m.fill(size)
	return m
}

// fill chooses the columns in which the maps are largest.
func (m *montage) fill(size vg.Point) {
	m.side = 0
	for k := 1; k <= len(m.units); k++ {
		rows := vg.Length((len(m.units) + k - 1) / k)
		side := min((size.X+m.gap)/vg.Length(k)-m.gap, (size.Y+m.gap)/rows-m.gap-m.head)
		if side > m.side {
			m.columns, m.side = k, side
		}
	}
}

// draw draws the montage in the middle of the canvas.
func (m montage) draw(c draw.Canvas, r *Run) {
	columns := vg.Length(m.columns)
	rows := vg.Length((len(m.units) + m.columns - 1) / m.columns)
	across, down := m.side+m.gap, m.side+m.head+m.gap
	left := (c.Min.X + c.Max.X - columns*across + m.gap) / 2
	top := (c.Min.Y + c.Max.Y + rows*down - m.gap) / 2
	size := HeadingSize(m.units, Unit.Heading, m.side)
	for i, u := range m.units {
		x := left + vg.Length(i%m.columns)*across
		y := top - vg.Length(i/m.columns)*down - m.side - m.head
		cell := draw.Canvas{Canvas: c.Canvas, Rectangle: canvas.Rectangle(x, y, m.side, m.side+m.head)}
		if m.head > 0 {
			r.DrawHeading(cell, u, u.Heading(), size)
		}
		r.frameRoom(c, drawMap(draw.Crop(cell, 0, 0, 0, -m.head), u.Ratemap, r.Maps(), XRight), u.Class, min(1.3, m.side/14))
	}
}
