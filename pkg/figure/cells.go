package figure

import (
	"fmt"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
	"gridcells/pkg/celltype"
)

// cellsFigure shows examples of the classes, as figure 1 of the paper does.
var cellsFigure = Entry{
	Name: "cells", Help: "the best units of each class: maps and tuning to direction", Needs: "classes of the selected units",
	has: inFirstLayer(func(r *Run, l Layer) bool { return len(r.examples(l)) > 0 }),
	draw: func(r *Run, size vg.Point) (func(draw.Canvas), error) {
		lines := r.examples(r.Layers[0])
		e := newExampleSize(lines, size)
		return func(c draw.Canvas) {
			for i, line := range lines {
				y := c.Max.Y - vg.Length(i)*size.Y/vg.Length(len(lines))
				r.drawExamples(draw.Canvas{Canvas: c.Canvas, Rectangle: canvas.Rectangle(c.Min.X, y-e.height(), c.Size().X, e.height())}, line, e)
			}
		}, fits(e.side, len(lines))
	},
}

// examples are the units of a class, the best first.
type examples struct {
	class   celltype.Class
	units   []Unit
	heading func(Unit) string
	of      int // number of units of the class in the layer
}

// examples lists the selected units of the classes that a layer has: grid cells by
// gridness, border cells by border score, head-direction cells by the length of
// their mean vector.
func (r *Run) examples(layer Layer) []examples {
	var lines []examples
	for _, k := range Classes {
		from, heading := r.Shown(layer), Unit.Heading
		switch k {
		case celltype.Unclassified:
			continue
		case celltype.BorderCell:
			from, heading = r.Borders(layer), BorderHeading
		case celltype.HeadDirection:
			from, heading = r.Tuned(layer), DirectionHeading
		}
		var units []Unit
		for _, u := range from {
			if u.Class == k {
				units = append(units, u)
			}
		}
		if len(units) > 0 {
			lines = append(lines, examples{k, units, heading, CountClass(layer.Units, k)})
		}
	}
	return lines
}

// exampleSize is how large examples are.
type exampleSize struct {
	panels  int // of a unit, side by side: ratemap, autocorrelogram, tuning
	side    vg.Length
	columns int
}

const (
	exampleName   = 12 // height of the line that names a class
	leastExamples = 3  // units side by side, if the figure is wide enough
)

func newExampleSize(lines []examples, size vg.Point) exampleSize {
	e := exampleSize{panels: 1}
	sac, tuning := false, false
	for _, l := range lines {
		sac = sac || HasSAC(l.units)
		for _, u := range l.units {
			tuning = tuning || len(u.DirectionTuning) > 0
		}
	}
	for _, has := range []bool{sac, tuning} {
		if has {
			e.panels++
		}
	}
	most := 1
	for _, l := range lines {
		most = max(most, len(l.units))
	}
	unit := (size.X+UnitSpace)/vg.Length(min(leastExamples, most)) - UnitSpace
	e.side = min((unit+PanelSpace)/vg.Length(e.panels)-PanelSpace,
		size.Y/vg.Length(len(lines))-exampleName-HeadingHeight-RowSpace)
	if e.side > 0 {
		e.columns = int((size.X + UnitSpace + 0.01) / (e.width() + UnitSpace))
	}
	return e
}

func (e exampleSize) width() vg.Length {
	return vg.Length(e.panels)*(e.side+PanelSpace) - PanelSpace
}

func (e exampleSize) height() vg.Length { return exampleName + HeadingHeight + e.side }

// drawExamples draws the name of a class, and as many of its units as have room.
func (r *Run) drawExamples(c draw.Canvas, line examples, e exampleSize) {
	look := LookOf(line.class)
	style := canvas.Text(8, true, canvas.Ink)
	look.Symbol(c, vg.Point{X: c.Min.X + 3.5, Y: c.Max.Y - 5}, 3)
	name := fmt.Sprintf("%s, %s", look.Name, countOf(line.of))
	canvas.Write(c, style, vg.Point{X: c.Min.X + 10, Y: c.Max.Y - 8}, canvas.Shorten(style, name, c.Size().X-10))
	units := line.units[:min(len(line.units), e.columns)]
	heading := HeadingSize(units, line.heading, e.width())
	pitch := e.width() + UnitSpace
	if e.columns > 1 {
		pitch = (c.Size().X - e.width()) / vg.Length(e.columns-1)
	}
	for i, u := range units {
		x := c.Min.X + vg.Length(i)*pitch
		cell := draw.Canvas{Canvas: c.Canvas, Rectangle: canvas.Rectangle(x, c.Min.Y, e.width(), e.side+HeadingHeight)}
		r.DrawHeading(cell, u, line.heading(u), heading)
		panel := func() draw.Canvas {
			p := draw.Canvas{Canvas: c.Canvas, Rectangle: canvas.Rectangle(x, c.Min.Y, e.side, e.side)}
			x += e.side + PanelSpace
			return p
		}
		r.DrawRatemap(panel(), u, r.Maps(), XRight)
		if !u.SAC.Empty() {
			DrawAutocorrelogram(panel(), u.SAC, u.Ring60, r.Maps(), XRight)
		}
		if len(u.DirectionTuning) > 0 {
			r.DrawTuning(panel(), u)
		}
	}
}

// countOf is "1 unit" or "7 units".
func countOf(n int) string {
	if n == 1 {
		return "1 unit"
	}
	return GroupThousands(fmt.Sprint(n)) + " units"
}
