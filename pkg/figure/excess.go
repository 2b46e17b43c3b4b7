package figure

import (
	"cmp"
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
	"gridcells/pkg/nulls"
)

var excessFigure = Entry{
	Name: "excess", Help: "the excess of the share of grid-like units over each null, with its interval", Needs: "a null to compare with",
	has:  inFirstLayer(func(r *Run, l Layer) bool { return len(l.Compared(r.Criterion)) > 0 }),
	draw: plotFigure(func(r *Run, c draw.Canvas) { r.drawExcessFigure(c, r.Layers[0]) }),
}

// Heading is the null's name for readers; that of a null that is not known here is
// its plain name.
func (n Null) Heading() string {
	known, _ := nulls.Named(n.Name)
	return cmp.Or(known.Title, n.Name)
}

// nullStyle is the line of a layer's k-th null.
func nullStyle(k int) draw.LineStyle {
	styles := []draw.LineStyle{
		{Color: canvas.Ink, Width: 1, Dashes: []vg.Length{4, 1.5}},
		{Color: canvas.Green, Width: 1},
		{Color: canvas.Purple, Width: 1, Dashes: []vg.Length{1.5, 1.5}},
		{Color: canvas.SoftInk, Width: 0.8},
		{Color: canvas.SoftInk, Width: 0.8, Dashes: []vg.Length{3, 2}},
	}
	return styles[k%len(styles)]
}

// drawExcessFigure draws the excess over each null with its interval beside zero.
func (r *Run) drawExcessFigure(c draw.Canvas, layer Layer) {
	style, tiny := canvas.Text(8, false, canvas.Ink), canvas.Text(7.5, false, canvas.Ink)
	compared := layer.Compared(r.Criterion)
	label := vg.Length(0)
	for _, n := range compared {
		label = max(label, canvas.Width(style, n.Heading())+8)
	}
	label = min(label, c.Size().X/2)
	plot := draw.Crop(c, label, -6, 26, 0)
	bound := ExcessBound(compared)
	x := func(v float64) vg.Length {
		return plot.Min.X + plot.Size().X*vg.Length((math.Min(math.Max(v, -bound), bound)+bound)/(2*bound))
	}
	pitch := plot.Size().Y / vg.Length(len(compared))
	canvas.Line(plot, canvas.SoftInk, 0.6, x(0), plot.Min.Y, x(0), plot.Max.Y)
	for i, n := range compared {
		y := plot.Max.Y - pitch*(vg.Length(i)+0.6)
		canvas.Write(c, style, vg.Point{X: c.Min.X, Y: y - 3}, canvas.Shorten(style, n.Heading(), label-4))
		r.DrawInterval(plot, x, y, *n.Excess)
		if pitch < 17 {
			continue
		}
		text := fmt.Sprintf("%s [%s, %s]", Points(n.Excess.Excess), Points(n.Excess.Low), Points(n.Excess.High))
		at := canvas.Align(tiny, draw.XCenter, draw.YBottom)
		half := canvas.Width(tiny, text) / 2
		// The zero line breaks where the text crosses it.
		middle := min(max(x(n.Excess.Excess), plot.Min.X+half), plot.Max.X-half)
		c.SetColor(color.White)
		c.Fill(canvas.Rectangle(middle-half-1, y+4.5, 2*half+2, 8.5).Path())
		canvas.Write(c, at, vg.Point{X: middle, Y: y + 6}, text)
	}
	axis := canvas.Align(tiny, draw.XCenter, draw.YBottom)
	canvas.Line(c, canvas.SoftInk, 0.6, plot.Min.X, plot.Min.Y, plot.Max.X, plot.Min.Y)
	step := RoundStep(100 * bound / 2)
	for k := -2.0; k <= 2; k++ {
		if v := k * step; math.Abs(v) <= 100*bound {
			canvas.Line(c, canvas.SoftInk, 0.6, x(v/100), plot.Min.Y, x(v/100), plot.Min.Y-3)
			canvas.Write(c, axis, vg.Point{X: x(v / 100), Y: plot.Min.Y - 11}, Signed(v, step))
		}
	}
	text := canvas.Shorten(style, "excess over the null (percentage points)", c.Size().X)
	half := canvas.Width(style, text) / 2
	middle := min(max((plot.Min.X+plot.Max.X)/2, c.Min.X+half), c.Max.X-half)
	canvas.Write(c, canvas.Align(style, draw.XCenter, draw.YBottom), vg.Point{X: middle, Y: c.Min.Y + 2}, text)
}

// ExcessBound returns what an axis has to reach on both sides of zero.
func ExcessBound(compared []Null) float64 {
	bound := 0.02
	for _, n := range compared {
		for _, v := range []float64{n.Excess.Low, n.Excess.High, n.Excess.Excess} {
			if !math.IsNaN(v) {
				bound = math.Max(bound, math.Abs(v))
			}
		}
	}
	return math.Min(bound*1.08, 1)
}

// DrawInterval draws an excess as a dot with its interval, blue where the interval
// lies above zero.
func (r *Run) DrawInterval(c draw.Canvas, x func(float64) vg.Length, y vg.Length, e Excess) {
	clr := canvas.SoftInk
	if e.Low > 0 {
		clr = canvas.Blue
	}
	if !math.IsNaN(e.Low + e.High) {
		canvas.Line(c, clr, 1.4, x(e.Low), y, x(e.High), y)
		for _, v := range []float64{e.Low, e.High} {
			canvas.Line(c, clr, 1, x(v), y-2, x(v), y+2)
		}
	}
	if !math.IsNaN(e.Excess) {
		Look{Color: clr}.Symbol(c, vg.Point{X: x(e.Excess), Y: y}, 3.6)
	}
}

// MostNulls is how many nulls are drawn at most.
const MostNulls = 6
