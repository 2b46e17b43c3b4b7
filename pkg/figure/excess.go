package figure

import (
	"cmp"
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
	"gridcells/pkg/nulls"
	"gridcells/pkg/results"
)

var excessFigure = Entry{
	Name: "excess", Help: "the excess of the share of grid-like units over each null, with its interval", Needs: "a null to compare with",
	has:  inFirstLayer(func(r *Run, l Layer) bool { return len(l.Compared(r.Criterion)) > 0 }),
	draw: plotFigure(func(r *Run, c draw.Canvas) { r.drawExcess(c, r.Layers[0]) }),
}

// Heading is the null's name for readers. A null that is not known here has its
// plain name.
func (n Null) Heading() string { return title(n.Name) }

// Heading is the same of the null that a unit is compared with.
func (o OwnNull) Heading() string { return title(o.Null) }

func title(null string) string {
	known, _ := nulls.Named(null)
	return cmp.Or(known.Title, null)
}

// nullStyle is the line of a layer's k-th null.
func nullStyle(k int) draw.LineStyle {
	styles := []draw.LineStyle{
		{Color: canvas.Ink, Width: 0.8, Dashes: []vg.Length{4, 1.5}},
		{Color: canvas.Green, Width: 0.9},
		{Color: canvas.Purple, Width: 0.9, Dashes: []vg.Length{1.5, 1.5}},
		{Color: canvas.SoftInk, Width: 0.8},
		{Color: canvas.SoftInk, Width: 0.8, Dashes: []vg.Length{3, 2}},
	}
	return styles[k%len(styles)]
}

// drawExcess draws the excess over each null with its interval beside zero. The
// numbers stand under the names.
func (r *Run) drawExcess(c draw.Canvas, layer Layer) {
	style, tiny := canvas.Text(8, false, canvas.Ink), canvas.Text(7, false, canvas.SoftInk)
	compared := layer.Compared(r.Criterion)
	numbers := func(e results.Excess) string {
		return fmt.Sprintf("%s [%s, %s]", Points(e.Excess), Points(e.Interval[0]), Points(e.Interval[1]))
	}
	label := vg.Length(0)
	for _, n := range compared {
		label = max(label, canvas.Width(style, n.Heading())+8, canvas.Width(tiny, numbers(n.Above))+8)
	}
	label = min(label, c.Size().X/2)
	plot := draw.Crop(c, label, -6, 26, 0)
	bound := ExcessBound(compared)
	x := func(v float64) vg.Length {
		return plot.Min.X + plot.Size().X*vg.Length((math.Min(math.Max(v, -bound), bound)+bound)/(2*bound))
	}
	pitch := plot.Size().Y / vg.Length(len(compared))
	canvas.Line(plot, draw.LineStyle{Color: canvas.SoftInk, Width: 0.6}, vg.Point{X: x(0), Y: plot.Min.Y}, vg.Point{X: x(0), Y: plot.Max.Y})
	for i, n := range compared {
		y := plot.Max.Y - pitch*(vg.Length(i)+0.5)
		name := vg.Point{X: c.Min.X, Y: y - 3}
		if pitch >= 20 {
			name.Y += 5
			canvas.Write(c, tiny, vg.Point{X: c.Min.X, Y: y - 7}, canvas.Shorten(tiny, numbers(n.Above), label-4))
		}
		canvas.Write(c, style, name, canvas.Shorten(style, n.Heading(), label-4))
		DrawInterval(plot, x, y, Interval{n.Above.Excess, n.Above.Interval, 0})
	}
	canvas.Line(plot, axisLine, vg.Point{X: plot.Min.X, Y: plot.Min.Y}, vg.Point{X: plot.Max.X, Y: plot.Min.Y})
	axis := canvas.Align(canvas.Text(7.5, false, canvas.Ink), draw.XCenter, draw.YBottom)
	step := RoundStep(100 * bound / 2)
	for k := -2.0; k <= 2; k++ {
		if v := k * step; math.Abs(v) <= 100*bound {
			canvas.Line(plot, axisLine, vg.Point{X: x(v / 100), Y: plot.Min.Y}, vg.Point{X: x(v / 100), Y: plot.Min.Y - 3})
			canvas.Write(c, axis, vg.Point{X: x(v / 100), Y: plot.Min.Y - 11}, Signed(v, step))
		}
	}
	text := canvas.Shorten(style, "excess over the null (percentage points)", c.Size().X)
	half := canvas.Width(style, text) / 2
	middle := min(max((plot.Min.X+plot.Max.X)/2, c.Min.X+half), c.Max.X-half)
	canvas.Write(c, canvas.Align(style, draw.XCenter, draw.YBottom), vg.Point{X: middle, Y: c.Min.Y + 2}, text)
}

var axisLine = draw.LineStyle{Color: canvas.SoftInk, Width: 0.6}

// ExcessBound returns what an axis of excesses must reach on both sides of zero.
func ExcessBound(compared []Null) float64 {
	bound := 0.02
	for _, n := range compared {
		for _, v := range []results.Number{n.Above.Interval[0], n.Above.Interval[1], n.Above.Excess} {
			if v.Known() {
				bound = math.Max(bound, math.Abs(v.Float()))
			}
		}
	}
	return math.Min(bound*1.08, 1)
}

// An Interval is a value with its interval of confidence, and what it is held
// against.
type Interval struct {
	Value    results.Number
	Interval [2]results.Number
	Than     float64 // it is blue if the whole interval lies above this
}

// DrawInterval draws a value as a dot with its interval.
func DrawInterval(c draw.Canvas, x func(float64) vg.Length, y vg.Length, i Interval) {
	clr := canvas.SoftInk
	low, high := i.Interval[0], i.Interval[1]
	if low.Known() && low.Float() > i.Than {
		clr = canvas.Blue
	}
	if low.Known() && high.Known() {
		canvas.Line(c, draw.LineStyle{Color: clr, Width: 1.4}, vg.Point{X: x(low.Float()), Y: y}, vg.Point{X: x(high.Float()), Y: y})
		for _, v := range i.Interval {
			canvas.Line(c, draw.LineStyle{Color: clr, Width: 1}, vg.Point{X: x(v.Float()), Y: y - 2}, vg.Point{X: x(v.Float()), Y: y + 2})
		}
	}
	if i.Value.Known() {
		Look{Color: clr}.Symbol(c, vg.Point{X: x(i.Value.Float()), Y: y}, 3.6)
	}
}

// MostNulls is how many nulls are drawn at most.
const MostNulls = 6
