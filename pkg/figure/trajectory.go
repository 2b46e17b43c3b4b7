package figure

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
)

var trajectoryFigure = Entry{
	Name: "trajectory", Help: "the true and the decoded path of an example", Needs: "an example trajectory",
	Unitless: true,
	has:      func(r *Run) bool { return r.Trajectory != nil },
	draw:     plotFigure(func(r *Run, c draw.Canvas) { r.Trajectory.Draw(c) }),
}

// Draw shows the true and the decoded path in the arena, a metre being as long
// in both directions.
func (t *Trajectory) Draw(c draw.Canvas) {
	p := newPlot("Example trajectory", "x (m)", "y (m)")
	room := t.Side > 0 && !math.IsInf(t.Side, 0)
	if extent := t.extent(); room && extent > 0 && extent < smallPath*t.Side {
		// The path would be a speck in its room.
		p.X.Label.Text = fmt.Sprintf("x (m), part of a room of %.3g m", t.Side)
	} else if room {
		p.Add(curve(t.walls(), draw.LineStyle{Color: canvas.Hairline, Width: 1}))
	}
	t.addPath(p, "decoded", t.Decoded, draw.LineStyle{Color: canvas.Vermillion, Width: 0.8})
	t.addPath(p, "true", t.True, solidBlue)
	widenRange(&p.X)
	widenRange(&p.Y)
	makeRoom(c, p, 2)
	equalScales(p, c)
	drawPlot(c, p)
}

// smallPath is the extent of a path, as a share of the room's side, below which
// the path is shown without the walls.
const smallPath = 0.5

// extent returns the larger side of the rectangle that holds both paths, m.
func (t *Trajectory) extent() float64 {
	low, high := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
	for _, at := range append(slices.Clone(t.True), t.Decoded...) {
		for k, v := range at {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				low[k], high[k] = math.Min(low[k], v), math.Max(high[k], v)
			}
		}
	}
	return math.Max(high[0]-low[0], high[1]-low[1])
}

// walls returns the arena's outline.
func (t *Trajectory) walls() plotter.XYs {
	h := t.Side / 2
	if !t.Round {
		return plotter.XYs{{X: -h, Y: -h}, {X: h, Y: -h}, {X: h, Y: h}, {X: -h, Y: h}, {X: -h, Y: -h}}
	}
	const corners = 180
	var walls plotter.XYs
	for k := range corners + 1 {
		sin, cos := math.Sincos(2 * math.Pi * float64(k) / corners)
		walls = append(walls, plotter.XY{X: h * cos, Y: h * sin})
	}
	return walls
}

// addPath draws a path with a dot where it starts.
func (t *Trajectory) addPath(p *plot.Plot, name string, path [][2]float64, style draw.LineStyle) {
	x, y := make([]float64, len(path)), make([]float64, len(path))
	for i, at := range path {
		x[i], y[i] = at[0], at[1]
	}
	points := finitePoints(x, y)
	if len(points) == 0 {
		return
	}
	for _, piece := range t.pieces(points) {
		p.Add(curve(piece, style))
	}
	p.Add(&plotter.Scatter{XYs: points[:1], GlyphStyle: draw.GlyphStyle{Color: style.Color, Radius: 2, Shape: draw.CircleGlyph{}}})
	p.Legend.Add(name, mark{style: style})
}

// pieces divides a path where it leaves a periodic arena on one side and comes
// in on the other, so that no line is drawn across.
func (t *Trajectory) pieces(path plotter.XYs) []plotter.XYs {
	if !t.Periodic {
		return []plotter.XYs{path}
	}
	var pieces []plotter.XYs
	from := 0
	for i := 1; i < len(path); i++ {
		if math.Abs(path[i].X-path[i-1].X) > t.Side/2 || math.Abs(path[i].Y-path[i-1].Y) > t.Side/2 {
			pieces = append(pieces, path[from:i])
			from = i
		}
	}
	return append(pieces, path[from:])
}

// equalScales widens one axis until both have as many points to a metre.
func equalScales(p *plot.Plot, c draw.Canvas) {
	widen := func(a *plot.Axis, by float64) {
		middle, half := (a.Min+a.Max)/2, (a.Max-a.Min)/2*by
		a.Min, a.Max = middle-half, middle+half
	}
	widen(&p.X, 1.04)
	widen(&p.Y, 1.04)
	area := p.DataCanvas(c).Size()
	perMetre := func(length vg.Length, a plot.Axis) float64 { return float64(length) / (a.Max - a.Min) }
	x, y := perMetre(area.X, p.X), perMetre(area.Y, p.Y)
	if !(x > 0 && y > 0) || math.IsInf(x+y, 0) {
		return
	}
	widen(&p.X, math.Max(1, x/y))
	widen(&p.Y, math.Max(1, y/x))
}
