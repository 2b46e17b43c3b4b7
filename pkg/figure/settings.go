package figure

import (
	"errors"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
)

// A SeedPlot shows one value of the networks of several settings.
type SeedPlot struct {
	Label    string // of the axis
	Settings []SeedValues
}

// SeedValues are the values of a setting's networks, one for each seed, and their
// mean with its interval. NaN is left out.
type SeedValues struct {
	Name            string
	Values          []float64
	Mean, Low, High float64
}

var settingsFigure = Entry{
	Name: "settings", Help: "a dot for each network, settings side by side, with their means and intervals", Needs: "a table of runs",
	Unitless: true,
	has:      func(r *Run) bool { return len(r.Seeds) > 0 },
	draw: func(r *Run, size vg.Point) (func(draw.Canvas), error) {
		plots := make([]func(draw.Canvas), len(r.Seeds))
		for i, p := range r.Seeds {
			if (size.Y-seedAxisHeight)/vg.Length(max(1, len(p.Settings))) < leastPitch {
				return nil, errors.New("its settings do not fit: choose a larger figure or smaller text")
			}
			plots[i] = p.draw
		}
		width := (size.X+PlotSpace)/vg.Length(len(plots)) - PlotSpace
		if width < narrowestPlot {
			return nil, errors.New("its plots do not fit: choose a larger figure or smaller text")
		}
		return func(c draw.Canvas) { DrawGrid(c, plots, len(plots), c.Size().Y) }, nil
	},
}

const (
	seedAxisHeight = 26 // below the settings
	leastPitch     = 9  // of the lines of settings
)

func (p SeedPlot) draw(c draw.Canvas) {
	style := canvas.Text(8, false, canvas.Ink)
	names := vg.Length(0)
	for _, s := range p.Settings {
		names = max(names, canvas.Width(style, s.Name)+8)
	}
	names = min(names, c.Size().X/2)
	plot := draw.Crop(c, names, -6, seedAxisHeight, 0)
	low, high := p.extent()
	x := func(v float64) vg.Length {
		v = math.Min(math.Max(v, low), high)
		return plot.Min.X + plot.Size().X*vg.Length((v-low)/(high-low))
	}
	pitch := plot.Size().Y / vg.Length(len(p.Settings))
	for i, s := range p.Settings {
		y := plot.Max.Y - pitch*(vg.Length(i)+0.5)
		canvas.Write(c, style, vg.Point{X: c.Min.X, Y: y - 3}, canvas.Shorten(style, s.Name, names-4))
		s.draw(plot, x, y, pitch)
	}
	canvas.Line(plot, axisLine, plot.Min, vg.Point{X: plot.Max.X, Y: plot.Min.Y})
	drawTicks(c, plot, x, low, high)
	text := canvas.Shorten(style, p.Label, c.Size().X)
	half := canvas.Width(style, text) / 2
	middle := min(max((plot.Min.X+plot.Max.X)/2, c.Min.X+half), c.Max.X-half)
	canvas.Write(c, canvas.Align(style, draw.XCenter, draw.YBottom), vg.Point{X: middle, Y: c.Min.Y + 2}, text)
}

// draw draws the dots of a setting around the height y, and its mean with the
// interval over them.
func (s SeedValues) draw(c draw.Canvas, x func(float64) vg.Length, y, pitch vg.Length) {
	spread := min(pitch-5, 14)
	for i, v := range s.Values {
		if math.IsNaN(v) {
			continue
		}
		// Multiples of the golden section spread the dots evenly, however many there are.
		_, part := math.Modf(float64(i) * math.Phi)
		Look{Color: canvas.PaleBlue}.Symbol(c, vg.Point{X: x(v), Y: y + spread*vg.Length(part-0.5)}, 3)
	}
	line := draw.LineStyle{Color: canvas.Blue, Width: 1.4}
	if !math.IsNaN(s.Low) && !math.IsNaN(s.High) {
		canvas.Line(c, line, vg.Point{X: x(s.Low), Y: y}, vg.Point{X: x(s.High), Y: y})
	}
	if !math.IsNaN(s.Mean) {
		line.Width = 1.8
		canvas.Line(c, line, vg.Point{X: x(s.Mean), Y: y - spread/2}, vg.Point{X: x(s.Mean), Y: y + spread/2})
	}
}

// extent returns the ends of the axis. They hold all dots. Intervals that are wider
// end there.
func (p SeedPlot) extent() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, s := range p.Settings {
		for _, v := range s.Values {
			if !math.IsNaN(v) {
				low, high = math.Min(low, v), math.Max(high, v)
			}
		}
	}
	if low > high {
		return 0, 1
	}
	room := 0.06 * (high - low)
	if room == 0 {
		room = 0.5
	}
	return low - room, high + room
}

// drawTicks marks round numbers below a plot.
func drawTicks(c, plot draw.Canvas, x func(float64) vg.Length, low, high float64) {
	style := canvas.Align(canvas.Text(7.5, false, canvas.Ink), draw.XCenter, draw.YBottom)
	for n := 5; n > 0; n-- {
		ticks := roundTicks{n}.Ticks(low, high)
		widest := vg.Length(0)
		for _, t := range ticks {
			widest = max(widest, canvas.Width(style, t.Label)+6)
		}
		if n > 1 && len(ticks) > 1 && x(ticks[1].Value)-x(ticks[0].Value) < widest {
			continue
		}
		for _, t := range ticks {
			at := x(t.Value)
			canvas.Line(plot, axisLine, vg.Point{X: at, Y: plot.Min.Y}, vg.Point{X: at, Y: plot.Min.Y - 3})
			canvas.Write(c, style, vg.Point{X: at, Y: plot.Min.Y - 11}, t.Label)
		}
		return
	}
}
