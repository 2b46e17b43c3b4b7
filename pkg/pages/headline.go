package pages

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
	"gridcells/pkg/figure"
)

// drawHeadline says of the first layer what share is grid-like and what that is
// worth beside the nulls, and returns what is left below.
func (r *Report) drawHeadline(c draw.Canvas) draw.Canvas {
	if len(r.Layers) == 0 || len(r.Layers[0].Units) == 0 {
		return c
	}
	layer := r.Layers[0]
	const left = 172
	scores := layer.Scores()
	n := figure.CountAbove(scores, r.Criterion)
	y := c.Max.Y
	big := canvas.Text(30, true, canvas.Blue)
	canvas.Write(c, big, vg.Point{X: c.Min.X, Y: y - 26}, fmt.Sprintf("%.1f %%", 100*float64(n)/float64(len(scores))))
	small := canvas.Text(8.5, false, canvas.Ink)
	lines := []string{
		fmt.Sprintf("of %s grid-like,", counted(layer)),
		fmt.Sprintf("%d with a gridness above %.2f", n, r.Criterion),
	}
	if len(layer.Untrained) > 0 {
		lines = append(lines, "untrained network "+r.share(layer.Untrained))
	}
	if n := figure.CountNaN(scores); n > 0 {
		lines = append(lines, fmt.Sprintf("%d without a score (NaN)", n))
	}
	y -= 29
	for _, text := range lines {
		y -= 11.5
		canvas.Write(c, small, vg.Point{X: c.Min.X, Y: y}, canvas.Shorten(small, text, left-14))
	}
	if text, beyond := verdict(layer, r.Criterion); text != "" {
		style := canvas.Text(8.5, true, canvas.Ink)
		if beyond {
			style.Color = canvas.Blue
		}
		for _, part := range canvas.Wrap(style, text, left-14) {
			y -= 11.5
			canvas.Write(c, style, vg.Point{X: c.Min.X, Y: y}, part)
		}
	}
	right := draw.Crop(c, left, 0, 0, 0)
	bottom := r.drawExcess(right, layer)
	return draw.Crop(c, 0, 0, 0, min(y, bottom)-12-c.Max.Y)
}

// verdict says whether the share of grid-like units exceeds those of all nulls.
func verdict(l figure.Layer, criterion float64) (text string, beyond bool) {
	nulls := l.Compared(criterion)
	if len(nulls) == 0 {
		return "", false
	}
	var not []string
	for _, n := range nulls {
		if !(n.Excess.Low > 0) {
			not = append(not, n.Heading())
		}
	}
	if len(not) == 0 {
		return "more than every null gives", true
	}
	return "not shown to exceed: " + strings.Join(not, ", "), false
}

// counted writes how many units there are in a layer.
func counted(l figure.Layer) string {
	if len(l.Units) == 1 {
		return "1 " + l.Name + " unit is"
	}
	return fmt.Sprintf("%d %s units are", len(l.Units), l.Name)
}

const (
	excessLine = 12.5
)

// drawExcess draws a line for each null: its share, the excess over it, and the
// excess's interval beside zero. It returns how low the drawing reaches.
func (r *Report) drawExcess(c draw.Canvas, layer figure.Layer) vg.Length {
	style, bold := canvas.Text(8, false, canvas.Ink), canvas.Text(8, true, canvas.Ink)
	nulls := layer.Compared(r.Criterion)
	y := c.Max.Y - 8
	if len(nulls) == 0 {
		return r.drawOwnNulls(c, layer)
	}
	nulls = nulls[:min(len(nulls), figure.MostNulls)]
	width := c.Size().X
	// Columns: name, the null's share, the excess and its interval, p, plot.
	at := []vg.Length{0, 0.3 * width, 0.575 * width, 0.665 * width}
	head := []string{"compared with", "its share", "excess, 95 % interval", "p"}
	for i, text := range head {
		canvas.Write(c, columnStyle(bold, i), vg.Point{X: c.Min.X + at[i], Y: y}, text)
	}
	canvas.Line(c, canvas.Hairline, 0.5, c.Min.X, y-4, c.Min.X+at[3], y-4)
	plot := draw.Crop(c, at[3]+12, 0, 0, 0)
	bound := figure.ExcessBound(nulls)
	x := func(v float64) vg.Length {
		return plot.Min.X + plot.Size().X*vg.Length((math.Min(math.Max(v, -bound), bound)+bound)/(2*bound))
	}
	top := y
	for _, n := range nulls {
		y -= excessLine
		e := n.Excess
		p := "–"
		if !math.IsNaN(e.P) {
			p = figure.Probability(e.P)
		}
		cells := []string{n.Heading(), fmt.Sprintf("%.1f %%", 100*e.Null), fmt.Sprintf("%s [%s, %s]", figure.Points(e.Excess), figure.Points(e.Low), figure.Points(e.High)), p}
		for i, text := range cells {
			s := columnStyle(style, i)
			canvas.Write(c, s, vg.Point{X: c.Min.X + at[i], Y: y - 2}, text)
		}
		r.DrawInterval(plot, x, y+0.8, *e)
	}
	canvas.Line(c, canvas.SoftInk, 0.6, x(0), top-2, x(0), y-6)
	canvas.Line(c, canvas.Hairline, 0.5, plot.Min.X, y-6, plot.Max.X, y-6)
	tiny := canvas.Text(7, false, canvas.SoftInk)
	step := figure.RoundStep(100 * bound / 2)
	for k := -2.0; k <= 2; k++ {
		if v := k * step; math.Abs(v) <= 100*bound {
			tiny.XAlign = draw.XCenter
			canvas.Line(c, canvas.Hairline, 0.5, x(v/100), y-6, x(v/100), y-8)
			canvas.Write(c, tiny, vg.Point{X: x(v / 100), Y: y - 15}, figure.Signed(v, step))
		}
	}
	tiny.XAlign = draw.XCenter
	canvas.Write(c, tiny, vg.Point{X: (plot.Min.X + plot.Max.X) / 2, Y: top}, canvas.Shorten(tiny, "excess (percentage points)", plot.Size().X))
	return r.drawOwnSentence(c, layer, y-16)
}

// columnStyle aligns the first column to the left, the others to the right.
func columnStyle(s draw.TextStyle, i int) draw.TextStyle {
	if i > 0 {
		s.XAlign = draw.XRight
	}
	return s
}

// drawOwnSentence writes how many units exceed their own nulls, in a line.
func (r *Report) drawOwnSentence(c draw.Canvas, layer figure.Layer, y vg.Length) vg.Length {
	text := ""
	for _, n := range layer.Nulls {
		if n.Own != nil {
			text += fmt.Sprintf("; %s %d", n.Heading(), n.Own.Significant)
		}
	}
	if text == "" {
		return y
	}
	style := canvas.Text(7.5, false, canvas.SoftInk)
	text = "Single units with q ≤ 0.05: " + text[2:] + "."
	canvas.Write(c, style, vg.Point{X: c.Min.X, Y: y - 9}, canvas.Shorten(style, text, c.Size().X))
	return y - 10
}

// drawOwnNulls is what is shown where only the units' own nulls are known, or
// none at all.
func (r *Report) drawOwnNulls(c draw.Canvas, layer figure.Layer) vg.Length {
	style := canvas.Text(8, false, canvas.Ink)
	var sentences []string
	for _, n := range layer.Nulls {
		if n.Own != nil {
			sentences = append(sentences, fmt.Sprintf("%s: %d of %d units (%.1f %%) exceed the 95th percentile of their own null maps, which 5 %% do by chance; %d with q ≤ 0.05.",
				n.Heading(), n.Own.Above95, len(layer.Units), 100*float64(n.Own.Above95)/float64(len(layer.Units)), n.Own.Significant))
		}
	}
	if len(sentences) == 0 {
		sentences = []string{"No null is known. Smooth random maps exceed the criterion too, so that a share of grid-like units says little by itself: " +
			"see gridscore --null, and --population and --null-scores here."}
	}
	y := c.Max.Y
	for _, s := range sentences {
		for _, text := range canvas.Wrap(style, s, c.Size().X) {
			y -= 11
			canvas.Write(c, style, vg.Point{X: c.Min.X, Y: y}, text)
		}
	}
	return y
}
