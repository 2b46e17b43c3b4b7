package figure

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
)

// newPlot returns an empty plot in the report's style.
func newPlot(title, x, y string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	p.Title.TextStyle = canvas.Align(canvas.Text(9, true, canvas.Ink), draw.XCenter, draw.YTop)
	p.Title.Text = title
	p.Title.Padding = 5
	styleAxis(&p.X, x)
	styleAxis(&p.Y, y)
	p.Legend.TextStyle = canvas.Text(7.5, false, canvas.Ink)
	p.Legend.Top = true
	p.Legend.Padding = 2
	p.Legend.ThumbnailWidth = 14
	return p
}

func styleAxis(a *plot.Axis, label string) {
	a.Label.Text = label
	a.Label.TextStyle = canvas.Align(canvas.Text(8, false, canvas.Ink), draw.XCenter, draw.YBottom)
	a.Label.Padding = 3
	a.LineStyle = draw.LineStyle{Color: canvas.SoftInk, Width: 0.6}
	a.Tick.LineStyle = a.LineStyle
	a.Tick.Length = 3
	a.Tick.Label.Font = canvas.Text(7.5, false, canvas.Ink).Font
	a.Tick.Label.Color = canvas.Ink
	a.Tick.Marker = roundTicks{5}
	a.Padding = 0
}

// drawPlot draws a plot. It shortens texts that do not fit and leaves out ticks that
// have no room.
func drawPlot(c draw.Canvas, p *plot.Plot) {
	fitPlot(c, p)
	p.Draw(c)
}

func fitPlot(c draw.Canvas, p *plot.Plot) {
	p.Title.Text = canvas.Shorten(p.Title.TextStyle, p.Title.Text, c.Size().X)
	p.X.Label.Text = canvas.Shorten(p.X.Label.TextStyle, p.X.Label.Text, c.Size().X-30)
	p.Y.Label.Text = canvas.Shorten(p.Y.Label.TextStyle, p.Y.Label.Text, c.Size().Y-20)
	area := p.DataCanvas(c).Size()
	fitTicks(&p.X, area.X, func(label string) vg.Length { return canvas.Width(p.X.Tick.Label, label) + 6 })
	fitTicks(&p.Y, area.Y, func(string) vg.Length { return 10 })
}

// fitTicks marks about five round numbers on an axis, or fewer if the axis has no
// room for them.
func fitTicks(a *plot.Axis, length vg.Length, room func(label string) vg.Length) {
	for n := 5; n > 0; n-- {
		a.Tick.Marker = roundTicks{n}
		widest := vg.Length(0)
		ticks := roundTicks{n}.Ticks(a.Min, a.Max)
		for _, t := range ticks {
			widest = max(widest, room(t.Label))
		}
		if len(ticks) < 2 || length*vg.Length((ticks[1].Value-ticks[0].Value)/(a.Max-a.Min)) >= widest {
			return
		}
	}
}

// roundTicks marks about this number of round numbers, in plain decimals.
type roundTicks struct{ number int }

// Ticks implements plot.Ticker.
func (t roundTicks) Ticks(low, high float64) []plot.Tick {
	step := RoundStep((high - low) / float64(t.number))
	if !(step > 0) || math.IsInf(step, 0) {
		return []plot.Tick{{Value: low, Label: tickLabel(low, 1)}}
	}
	var ticks []plot.Tick
	for k := math.Ceil(low/step - 1e-9); k*step <= high+1e-9*step; k++ {
		v := k * step
		ticks = append(ticks, plot.Tick{Value: v, Label: tickLabel(v, step)})
	}
	return ticks
}

// wholeTicks marks only the whole numbers among those that another marker marks. It
// is for axes that show counts.
type wholeTicks struct{ plot.Ticker }

// Ticks implements plot.Ticker.
func (t wholeTicks) Ticks(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	for _, tick := range t.Ticker.Ticks(low, high) {
		if tick.Value == math.Trunc(tick.Value) {
			tick.Label = tickLabel(tick.Value, 1)
			ticks = append(ticks, tick)
		}
	}
	return ticks
}

// RoundStep returns the least number that is 1, 2 or 5 times a power of ten and at
// least v.
func RoundStep(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= v*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// frequencies is a histogram. Its bars are shares of all values, in per cent.
type frequencies struct {
	low, width float64
	percent    []float64
}

// countInto returns the shares of values in n bins of the given width, the first of
// which begins at low. Values outside count in the nearest bin. NaN is in no bin,
// but counts among all values.
func countInto(values []float64, low, width float64, n int) frequencies {
	f := frequencies{low: low, width: width, percent: make([]float64, n)}
	for _, v := range values {
		if math.IsNaN(v) {
			continue
		}
		k := math.Floor((v - low) / width)
		f.percent[int(min(max(k, 0), float64(n-1)))] += 100 / float64(len(values))
	}
	return f
}

// countWithin is like countInto, but values outside the bins are in no bin.
func countWithin(values []float64, low, width float64, n int) frequencies {
	f := frequencies{low: low, width: width, percent: make([]float64, n)}
	for _, v := range values {
		if k := math.Floor((v - low) / width); k >= 0 && k < float64(n) {
			f.percent[int(k)] += 100 / float64(len(values))
		}
	}
	return f
}

func (f frequencies) edge(k int) float64 { return f.low + float64(k)*f.width }

// DataRange implements plot.DataRanger.
func (f frequencies) DataRange() (xmin, xmax, ymin, ymax float64) {
	for _, v := range f.percent {
		ymax = math.Max(ymax, v)
	}
	return f.low, f.edge(len(f.percent)), 0, ymax
}

// bars draws frequencies as bars.
type bars struct {
	frequencies
	color color.Color
}

// Plot implements plot.Plotter.
func (b bars) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for k, v := range b.percent {
		if v == 0 {
			continue
		}
		const gap = 0.5
		left, right := x(b.edge(k)), x(b.edge(k+1))
		c.SetColor(b.color)
		c.Fill(canvas.Rectangle(left+gap/2, y(0), right-left-gap, y(v)-y(0)).Path())
	}
}

// Thumbnail implements plot.Thumbnailer.
func (b bars) Thumbnail(c *draw.Canvas) {
	c.SetColor(b.color)
	c.Fill(c.Rectangle.Path())
}

// outline is the legend's symbol of a line.
type outline struct{ style draw.LineStyle }

// polygon draws frequencies as a line through the middles of the bins, cut at a
// frequency.
type polygon struct {
	frequencies
	style draw.LineStyle
	top   float64
}

// Plot implements plot.Plotter.
func (o polygon) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	var points []vg.Point
	for k, v := range o.percent {
		points = append(points, vg.Point{X: x(o.edge(k) + o.width/2), Y: y(v)})
	}
	clip := c
	clip.Max.Y = y(o.top)
	c.StrokeLines(o.style, clip.ClipLinesXY(points)...)
}

// Thumbnail implements plot.Thumbnailer.
func (o outline) Thumbnail(c *draw.Canvas) {
	y := (c.Min.Y + c.Max.Y) / 2
	c.StrokeLine2(o.style, c.Min.X, y, c.Max.X, y)
}

// mark is a straight line. A horizontal one crosses the plot at a value of y. A
// vertical one stands at a value of x and ends at the value upTo of y.
type mark struct {
	value      float64
	horizontal bool
	upTo       float64
	style      draw.LineStyle
}

// Plot implements plot.Plotter.
func (m mark) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	if m.horizontal {
		c.StrokeLine2(m.style, c.Min.X, y(m.value), c.Max.X, y(m.value))
		return
	}
	c.StrokeLine2(m.style, x(m.value), c.Min.Y, x(m.value), y(m.upTo))
}

// Thumbnail implements plot.Thumbnailer.
func (m mark) Thumbnail(c *draw.Canvas) {
	y := (c.Min.Y + c.Max.Y) / 2
	c.StrokeLine2(m.style, c.Min.X, y, c.Max.X, y)
}

// finitePoints makes points of x and y, up to the length of the shorter. It leaves
// out points that are not finite.
func finitePoints(x, y []float64) plotter.XYs {
	var points plotter.XYs
	for i := range min(len(x), len(y)) {
		if s := x[i] + y[i]; !math.IsNaN(s) && !math.IsInf(s, 0) {
			points = append(points, plotter.XY{X: x[i], Y: y[i]})
		}
	}
	return points
}

// curve returns a line through points, or a dot if there is only one.
func curve(points plotter.XYs, style draw.LineStyle) plot.Plotter {
	if len(points) == 1 {
		return &plotter.Scatter{XYs: points, GlyphStyle: draw.GlyphStyle{Color: style.Color, Radius: 2, Shape: draw.CircleGlyph{}}}
	}
	return &plotter.Line{XYs: points, LineStyle: style}
}

// band returns the area within one standard deviation of a curve. It is nil if
// fewer than two points are finite.
func band(x, y, sd []float64, clr color.Color) plot.Plotter {
	upper, lower := make([]float64, len(y)), make([]float64, len(y))
	for i := range min(len(y), len(sd)) {
		upper[i], lower[i] = y[i]+sd[i], y[i]-sd[i]
	}
	around := finitePoints(x, upper)
	below := finitePoints(x, lower)
	for i := len(below) - 1; i >= 0; i-- {
		around = append(around, below[i])
	}
	if len(around) < 4 {
		return nil
	}
	return &plotter.Polygon{XYs: []plotter.XYs{around}, Color: clr}
}
