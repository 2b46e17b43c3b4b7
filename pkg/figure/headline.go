package figure

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/nulls"
)

// title is the null's name for readers; that of a null that is not known here is
// its plain name.
func (n Null) title() string {
	known, _ := nulls.Named(n.Name)
	return cmp.Or(known.Title, n.Name)
}

// nullStyle is the line of a layer's k-th null.
func nullStyle(k int) draw.LineStyle {
	styles := []draw.LineStyle{
		{Color: ink, Width: 1, Dashes: []vg.Length{4, 1.5}},
		{Color: green, Width: 1},
		{Color: purple, Width: 1, Dashes: []vg.Length{1.5, 1.5}},
		{Color: softInk, Width: 0.8},
		{Color: softInk, Width: 0.8, Dashes: []vg.Length{3, 2}},
	}
	return styles[k%len(styles)]
}

// drawHeadline says of the first layer what share is grid-like and what that is
// worth beside the nulls, and returns what is left below.
func (r *Report) drawHeadline(c draw.Canvas) draw.Canvas {
	if len(r.Layers) == 0 || len(r.Layers[0].Units) == 0 {
		return c
	}
	layer := r.Layers[0]
	const left = 172
	scores := layer.Scores()
	n := CountAbove(scores, r.Criterion)
	y := c.Max.Y
	big := textStyle(30, true, blue)
	fillBaseline(c, big, vg.Point{X: c.Min.X, Y: y - 26}, fmt.Sprintf("%.1f %%", 100*float64(n)/float64(len(scores))))
	small := textStyle(8.5, false, ink)
	lines := []string{
		fmt.Sprintf("of %s grid-like,", layer.counted()),
		fmt.Sprintf("%d with a gridness above %.2f", n, r.Criterion),
	}
	if len(layer.Untrained) > 0 {
		lines = append(lines, "untrained network "+r.share(layer.Untrained))
	}
	if n := countNaN(scores); n > 0 {
		lines = append(lines, fmt.Sprintf("%d without a score (NaN)", n))
	}
	y -= 29
	for _, text := range lines {
		y -= 11.5
		fillBaseline(c, small, vg.Point{X: c.Min.X, Y: y}, shorten(small, text, left-14))
	}
	if text, beyond := layer.verdict(r.Criterion); text != "" {
		style := textStyle(8.5, true, ink)
		if beyond {
			style.Color = blue
		}
		for _, part := range wrap(style, text, left-14) {
			y -= 11.5
			fillBaseline(c, style, vg.Point{X: c.Min.X, Y: y}, part)
		}
	}
	right := draw.Crop(c, left, 0, 0, 0)
	bottom := r.drawExcess(right, layer)
	return draw.Crop(c, 0, 0, 0, min(y, bottom)-12-c.Max.Y)
}

// verdict says whether the share of grid-like units exceeds those of all nulls.
func (l Layer) verdict(criterion float64) (text string, beyond bool) {
	nulls := l.Compared(criterion)
	if len(nulls) == 0 {
		return "", false
	}
	var not []string
	for _, n := range nulls {
		if !(n.Excess.Low > 0) {
			not = append(not, n.title())
		}
	}
	if len(not) == 0 {
		return "more than every null gives", true
	}
	return "not shown to exceed: " + strings.Join(not, ", "), false
}

// counted writes how many units there are in a layer.
func (l Layer) counted() string {
	if len(l.Units) == 1 {
		return "1 " + l.Name + " unit is"
	}
	return fmt.Sprintf("%d %s units are", len(l.Units), l.Name)
}

const (
	excessLine = 12.5
	mostNulls  = 6
)

// drawExcess draws a line for each null: its share, the excess over it, and the
// excess's interval beside zero. It returns how low the drawing reaches.
func (r *Report) drawExcess(c draw.Canvas, layer Layer) vg.Length {
	style, bold := textStyle(8, false, ink), textStyle(8, true, ink)
	nulls := layer.Compared(r.Criterion)
	y := c.Max.Y - 8
	if len(nulls) == 0 {
		return r.drawOwnNulls(c, layer)
	}
	nulls = nulls[:min(len(nulls), mostNulls)]
	width := c.Size().X
	// Columns: name, the null's share, the excess and its interval, p, plot.
	at := []vg.Length{0, 0.3 * width, 0.575 * width, 0.665 * width}
	head := []string{"compared with", "its share", "excess, 95 % interval", "p"}
	for i, text := range head {
		fillBaseline(c, columnStyle(bold, i), vg.Point{X: c.Min.X + at[i], Y: y}, text)
	}
	line(c, hairline, 0.5, c.Min.X, y-4, c.Min.X+at[3], y-4)
	plot := draw.Crop(c, at[3]+12, 0, 0, 0)
	bound := excessBound(nulls)
	x := func(v float64) vg.Length {
		return plot.Min.X + plot.Size().X*vg.Length((math.Min(math.Max(v, -bound), bound)+bound)/(2*bound))
	}
	top := y
	for _, n := range nulls {
		y -= excessLine
		e := n.Excess
		p := "–"
		if !math.IsNaN(e.P) {
			p = probability(e.P)
		}
		cells := []string{n.title(), fmt.Sprintf("%.1f %%", 100*e.Null), fmt.Sprintf("%s [%s, %s]", points(e.Excess), points(e.Low), points(e.High)), p}
		for i, text := range cells {
			s := columnStyle(style, i)
			fillBaseline(c, s, vg.Point{X: c.Min.X + at[i], Y: y - 2}, text)
		}
		r.drawInterval(plot, x, y+0.8, *e)
	}
	line(c, softInk, 0.6, x(0), top-2, x(0), y-6)
	line(c, hairline, 0.5, plot.Min.X, y-6, plot.Max.X, y-6)
	tiny := textStyle(7, false, softInk)
	step := roundStep(100 * bound / 2)
	for k := -2.0; k <= 2; k++ {
		if v := k * step; math.Abs(v) <= 100*bound {
			tiny.XAlign = draw.XCenter
			line(c, hairline, 0.5, x(v/100), y-6, x(v/100), y-8)
			fillBaseline(c, tiny, vg.Point{X: x(v / 100), Y: y - 15}, signed(v, step))
		}
	}
	tiny.XAlign = draw.XCenter
	fillBaseline(c, tiny, vg.Point{X: (plot.Min.X + plot.Max.X) / 2, Y: top}, shorten(tiny, "excess (percentage points)", plot.Size().X))
	return r.drawOwnSentence(c, layer, y-16)
}

// drawExcessFigure draws the excess over each null with its interval beside zero.
func (r *Report) drawExcessFigure(c draw.Canvas, layer Layer) {
	style, tiny := textStyle(8, false, ink), textStyle(7.5, false, ink)
	nulls := layer.Compared(r.Criterion)
	label := vg.Length(0)
	for _, n := range nulls {
		label = max(label, textWidth(style, n.title())+8)
	}
	label = min(label, c.Size().X/2)
	plot := draw.Crop(c, label, -6, 26, 0)
	bound := excessBound(nulls)
	x := func(v float64) vg.Length {
		return plot.Min.X + plot.Size().X*vg.Length((math.Min(math.Max(v, -bound), bound)+bound)/(2*bound))
	}
	pitch := plot.Size().Y / vg.Length(len(nulls))
	line(plot, softInk, 0.6, x(0), plot.Min.Y, x(0), plot.Max.Y)
	for i, n := range nulls {
		y := plot.Max.Y - pitch*(vg.Length(i)+0.6)
		fillBaseline(c, style, vg.Point{X: c.Min.X, Y: y - 3}, shorten(style, n.title(), label-4))
		r.drawInterval(plot, x, y, *n.Excess)
		if pitch < 17 {
			continue
		}
		text := fmt.Sprintf("%s [%s, %s]", points(n.Excess.Excess), points(n.Excess.Low), points(n.Excess.High))
		at := aligned(tiny, draw.XCenter, draw.YBottom)
		half := textWidth(tiny, text) / 2
		// The zero line breaks where the text crosses it.
		middle := min(max(x(n.Excess.Excess), plot.Min.X+half), plot.Max.X-half)
		c.SetColor(color.White)
		c.Fill(rectangle(middle-half-1, y+4.5, 2*half+2, 8.5).Path())
		fillBaseline(c, at, vg.Point{X: middle, Y: y + 6}, text)
	}
	axis := aligned(tiny, draw.XCenter, draw.YBottom)
	line(c, softInk, 0.6, plot.Min.X, plot.Min.Y, plot.Max.X, plot.Min.Y)
	step := roundStep(100 * bound / 2)
	for k := -2.0; k <= 2; k++ {
		if v := k * step; math.Abs(v) <= 100*bound {
			line(c, softInk, 0.6, x(v/100), plot.Min.Y, x(v/100), plot.Min.Y-3)
			fillBaseline(c, axis, vg.Point{X: x(v / 100), Y: plot.Min.Y - 11}, signed(v, step))
		}
	}
	text := shorten(style, "excess over the null (percentage points)", c.Size().X)
	half := textWidth(style, text) / 2
	middle := min(max((plot.Min.X+plot.Max.X)/2, c.Min.X+half), c.Max.X-half)
	fillBaseline(c, aligned(style, draw.XCenter, draw.YBottom), vg.Point{X: middle, Y: c.Min.Y + 2}, text)
}

// excessBound returns what an axis has to reach on both sides of zero.
func excessBound(nulls []Null) float64 {
	bound := 0.02
	for _, n := range nulls {
		for _, v := range []float64{n.Excess.Low, n.Excess.High, n.Excess.Excess} {
			if !math.IsNaN(v) {
				bound = math.Max(bound, math.Abs(v))
			}
		}
	}
	return math.Min(bound*1.08, 1)
}

// columnStyle aligns the first column to the left, the others to the right.
func columnStyle(s draw.TextStyle, i int) draw.TextStyle {
	if i > 0 {
		s.XAlign = draw.XRight
	}
	return s
}

func signed(v, step float64) string {
	if v > 0 {
		return "+" + tickLabel(v, step)
	}
	return tickLabel(v, step)
}

// points writes a difference of shares in percentage points.
func points(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return signed(100*v, 0.1)
}

func probability(p float64) string {
	if p < 0.001 {
		return "< 0.001"
	}
	return fmt.Sprintf("%.2g", p)
}

// drawInterval draws an excess as a dot with its interval, blue where the interval
// lies above zero.
func (r *Report) drawInterval(c draw.Canvas, x func(float64) vg.Length, y vg.Length, e Excess) {
	clr := softInk
	if e.Low > 0 {
		clr = blue
	}
	if !math.IsNaN(e.Low + e.High) {
		line(c, clr, 1.4, x(e.Low), y, x(e.High), y)
		for _, v := range []float64{e.Low, e.High} {
			line(c, clr, 1, x(v), y-2, x(v), y+2)
		}
	}
	if !math.IsNaN(e.Excess) {
		look{color: clr}.symbol(c, vg.Point{X: x(e.Excess), Y: y}, 3.6)
	}
}

// drawOwnSentence writes how many units exceed their own nulls, in a line.
func (r *Report) drawOwnSentence(c draw.Canvas, layer Layer, y vg.Length) vg.Length {
	text := ""
	for _, n := range layer.Nulls {
		if n.Own != nil {
			text += fmt.Sprintf("; %s %d", n.title(), n.Own.Significant)
		}
	}
	if text == "" {
		return y
	}
	style := textStyle(7.5, false, softInk)
	text = "Single units with q ≤ 0.05: " + text[2:] + "."
	fillBaseline(c, style, vg.Point{X: c.Min.X, Y: y - 9}, shorten(style, text, c.Size().X))
	return y - 10
}

// drawOwnNulls is what is shown where only the units' own nulls are known, or
// none at all.
func (r *Report) drawOwnNulls(c draw.Canvas, layer Layer) vg.Length {
	style := textStyle(8, false, ink)
	var sentences []string
	for _, n := range layer.Nulls {
		if n.Own != nil {
			sentences = append(sentences, fmt.Sprintf("%s: %d of %d units (%.1f %%) exceed the 95th percentile of their own null maps, which 5 %% do by chance; %d with q ≤ 0.05.",
				n.title(), n.Own.Above95, len(layer.Units), 100*float64(n.Own.Above95)/float64(len(layer.Units)), n.Own.Significant))
		}
	}
	if len(sentences) == 0 {
		sentences = []string{"No null is known. Smooth random maps exceed the criterion too, so that a share of grid-like units says little by itself: " +
			"see gridscore --null, and --population and --null-scores here."}
	}
	y := c.Max.Y
	for _, s := range sentences {
		for _, text := range wrap(style, s, c.Size().X) {
			y -= 11
			fillBaseline(c, style, vg.Point{X: c.Min.X, Y: y}, text)
		}
	}
	return y
}
