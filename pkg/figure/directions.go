package figure

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
	"gridcells/pkg/celltype"
)

var directionsFigure = Entry{
	Name: "directions", Help: "tuning to head direction of the selected units", Needs: "direction tuning of the selected units",
	has: inFirstLayer(func(r *Run, l Layer) bool { return len(r.Tuned(l)) > 0 }),
	draw: func(r *Run, size vg.Point) (func(draw.Canvas), error) {
		units, cells := r.tile(r.Tuned(r.Layers[0]), 1, size)
		headingSize := HeadingSize(units, DirectionHeading, cells.side)
		return func(c draw.Canvas) {
			for i, u := range units {
				cell := cells.cell(c, i)
				r.DrawHeading(cell, u, DirectionHeading(u), headingSize)
				r.DrawTuning(draw.Crop(cell, 0, 0, PanelSpace, -HeadingHeight), u)
			}
		}, fits(cells.side, len(units))
	},
}

// Tuned returns the selected units whose tuning to head direction is known, from
// the longest mean vector to the shortest. Units without a mean vector come last.
func (r *Run) Tuned(layer Layer) []Unit {
	units := slices.DeleteFunc(r.Shown(layer), func(u Unit) bool { return len(u.DirectionTuning) == 0 })
	length := func(u Unit) float64 {
		if u.Measures == nil || math.IsNaN(u.Measures.DirectionLength) {
			return -1
		}
		return u.Measures.DirectionLength
	}
	slices.SortStableFunc(units, func(a, b Unit) int { return cmp.Compare(length(b), length(a)) })
	return units
}

// directed tells whether a unit is classed as tuned to head direction.
func directed(u Unit) bool {
	return u.Class == celltype.HeadDirection || u.Class == celltype.Conjunctive
}

// DirectionHeading is `unit (length of the mean vector)`, or `unit (–)`.
func DirectionHeading(u Unit) string {
	if u.Measures == nil {
		return numbered(u.Number, math.NaN())
	}
	return numbered(u.Number, u.Measures.DirectionLength)
}

// DrawTuning draws a closed curve through the bins' middles, and the mean vector
// if it is known. Bins without data leave a gap.
func (r *Run) DrawTuning(c draw.Canvas, u Unit) {
	radius := c.Size().X / 2
	middle := vg.Point{X: c.Min.X + radius, Y: c.Min.Y + radius}
	clr, width := canvas.Blue, vg.Length(0.4)
	c.SetLineStyle(draw.LineStyle{Color: canvas.Hairline, Width: width})
	if directed(u) {
		c.SetLineStyle(draw.LineStyle{Color: LookOf(u.Class).Color, Width: 1})
	}
	var rim vg.Path
	rim.Move(middle.Add(vg.Point{X: radius}))
	rim.Arc(middle, radius, 0, 2*math.Pi)
	rim.Close()
	c.Stroke(rim)
	canvas.Line(c, draw.LineStyle{Color: canvas.Hairline, Width: 0.4}, vg.Point{X: middle.X - radius, Y: middle.Y}, vg.Point{X: middle.X + radius, Y: middle.Y})
	canvas.Line(c, draw.LineStyle{Color: canvas.Hairline, Width: 0.4}, vg.Point{X: middle.X, Y: middle.Y - radius}, vg.Point{X: middle.X, Y: middle.Y + radius})
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
