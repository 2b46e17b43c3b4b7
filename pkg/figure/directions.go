package figure

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
)

var directionsFigure = Entry{
	Name: "directions", Help: "tuning to head direction of the selected units", Needs: "direction tuning of the selected units",
	has: inFirstLayer(func(r *Run, l Layer) bool { return len(r.tuned(l)) > 0 }),
	draw: func(r *Run, size vg.Point) (func(draw.Canvas), error) {
		units := r.tuned(r.Layers[0])
		_, side := columnsFor(size, len(units), 1)
		return func(c draw.Canvas) { r.drawDirectionsFigure(c, units) }, fits(side, len(units))
	},
}

// tuned returns the selected units whose tuning is known, the longest mean vector
// first.
func (r *Run) tuned(layer Layer) []Unit {
	units := slices.DeleteFunc(r.Shown(layer), func(u Unit) bool { return len(u.DirectionTuning) == 0 })
	ByDirection(units)
	return units
}

// ByDirection orders units from the longest mean vector to the shortest, those
// without one last.
func ByDirection(units []Unit) {
	length := func(u Unit) float64 {
		if u.Measures == nil || math.IsNaN(u.Measures.DirectionLength) {
			return -1
		}
		return u.Measures.DirectionLength
	}
	slices.SortStableFunc(units, func(a, b Unit) int { return compareDown(length(a), length(b)) })
}

// DirectionHeading is `unit (length of the mean vector)`, or `unit (–)`.
func DirectionHeading(u Unit) string {
	if u.Measures == nil {
		return fmt.Sprintf("%d (–)", u.Number)
	}
	return fmt.Sprintf("%d (%s)", u.Number, Decimals(u.Measures.DirectionLength))
}

// DrawTuning draws a closed curve through the bins' middles, and the mean vector
// if it is known. Bins without data leave a gap.
func (r *Run) DrawTuning(c draw.Canvas, u Unit) {
	radius := c.Size().X / 2
	middle := vg.Point{X: c.Min.X + radius, Y: c.Min.Y + radius}
	clr, width := canvas.Blue, vg.Length(0.4)
	c.SetLineStyle(draw.LineStyle{Color: canvas.Hairline, Width: width})
	if u.Class == HeadDirection || u.Class == Conjunctive {
		c.SetLineStyle(draw.LineStyle{Color: u.Class.Look().Color, Width: 1})
	}
	var rim vg.Path
	rim.Move(middle.Add(vg.Point{X: radius}))
	rim.Arc(middle, radius, 0, 2*math.Pi)
	rim.Close()
	c.Stroke(rim)
	canvas.Line(c, canvas.Hairline, 0.4, middle.X-radius, middle.Y, middle.X+radius, middle.Y)
	canvas.Line(c, canvas.Hairline, 0.4, middle.X, middle.Y-radius, middle.X, middle.Y+radius)
	tuning := u.DirectionTuning
	low, high, ok := Map{Values: tuning}.Range()
	low = math.Min(low, 0)
	if r.Rectified {
		low = 0
	}
	if !ok || high <= low {
		return
	}
	c.SetLineStyle(draw.LineStyle{Color: clr, Width: 1})
	c.Stroke(polarPath(tuning, low, high, middle, radius))
	if m := u.Measures; m != nil && m.DirectionLength > 0 && m.DirectionLength <= 1+1e-9 && !math.IsNaN(m.DirectionAngle) {
		drawArrow(c, middle, radius*vg.Length(m.DirectionLength), m.DirectionAngle)
	}
}

// drawArrow draws an arrow from a point.
func drawArrow(c draw.Canvas, from vg.Point, length vg.Length, angle float64) {
	head := min(4, length)
	var p vg.Path
	p.Move(from)
	turn(&p, from, length-head, angle, false)
	c.SetLineStyle(draw.LineStyle{Color: canvas.Vermillion, Width: 1.3})
	c.Stroke(p)
	var tip vg.Path
	turn(&tip, from, length, angle, true)
	sin, cos := math.Sincos(angle)
	neck := from.Add(vg.Point{X: (length - head) * vg.Length(cos), Y: (length - head) * vg.Length(sin)})
	turn(&tip, neck, 0.5*head, angle+math.Pi/2, false)
	turn(&tip, neck, 0.5*head, angle-math.Pi/2, false)
	tip.Close()
	c.SetColor(canvas.Vermillion)
	c.Fill(tip)
}

func polarPath(tuning []float64, low, high float64, middle vg.Point, radius vg.Length) vg.Path {
	var p vg.Path
	open := false
	n := len(tuning)
	for k := range n + 1 {
		v := tuning[k%n]
		if math.IsNaN(v) || math.IsInf(v, 0) {
			open = false
			continue
		}
		sin, cos := math.Sincos(-math.Pi + 2*math.Pi*(float64(k)+0.5)/float64(n))
		r := radius * vg.Length(math.Max(v-low, 0)/(high-low))
		at := middle.Add(vg.Point{X: r * vg.Length(cos), Y: r * vg.Length(sin)})
		if open {
			p.Line(at)
		} else {
			p.Move(at)
		}
		open = true
	}
	return p
}

// drawDirectionsFigure fills the canvas with polar plots.
func (r *Run) drawDirectionsFigure(c draw.Canvas, units []Unit) {
	columns, side := columnsFor(c.Size(), len(units), 1)
	for i, u := range units {
		x := c.Min.X + vg.Length(i%columns)*(side+BestSpace)
		y := c.Max.Y - vg.Length(i/columns+1)*(side+HeadingHeight+PanelSpace) + PanelSpace
		cell := draw.Canvas{Canvas: c.Canvas, Rectangle: canvas.Rectangle(x, y, side, side+HeadingHeight)}
		r.DrawTitle(cell, u, DirectionHeading(u), 7.5)
		r.DrawTuning(draw.Crop(cell, 0, 0, 0, -HeadingHeight), u)
	}
}
