package figure

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The figures that [Report.Figure] can make.
const (
	GridnessFigure        = "gridness"
	ExcessFigure          = "excess"
	ScalesFigure          = "scales"
	LossFigure            = "loss"
	PathIntegrationFigure = "path-integration"
	TrajectoryFigure      = "trajectory"
	UnitsFigure           = "units"
	DirectionsFigure      = "directions"
	BordersFigure         = "borders"
	TrainingFigure        = "training"
	TrainingUnitsFigure   = "training-units"
)

// FigureNames lists the figures that [Report.Figure] can make.
func FigureNames() []string {
	return []string{GridnessFigure, ExcessFigure, ScalesFigure, LossFigure, PathIntegrationFigure, TrajectoryFigure,
		UnitsFigure, DirectionsFigure, BordersFigure, TrainingFigure, TrainingUnitsFigure}
}

// Figure returns a single figure, for papers and talks, without a page's heading
// and number: the layers' score histograms side by side, the loss, the error of
// path integration, an example trajectory, the layers through training, or of the
// first layer the excess over its nulls, the grids' scales, the selected units, their
// head-direction tuning, the border cells among them, or their ratemaps through
// training. A text size of 8 points is that of the report's pages; lines and
// symbols grow with it.
func (r *Report) Figure(name string, size PageSize, textSize vg.Length) (Page, error) {
	scale := textSize / 8
	if !(scale > 0) {
		return Page{}, fmt.Errorf("a text size of %v points", textSize.Points())
	}
	const edge = 4
	body, err := r.figureBody(name, vg.Point{X: size.Width/scale - 2*edge, Y: size.Height/scale - 2*edge})
	if err != nil {
		return Page{}, err
	}
	return Page{Size: size, Name: name, Draw: func(c draw.Canvas) {
		c.Push()
		defer c.Pop()
		c.Scale(float64(scale), float64(scale))
		inner := draw.Canvas{Canvas: c.Canvas, Rectangle: rectangle(0, 0, size.Width/scale, size.Height/scale)}
		body(draw.Crop(inner, edge, -edge, edge, -edge))
	}}, nil
}

func (r *Report) figureBody(name string, size vg.Point) (func(draw.Canvas), error) {
	var plots []func(draw.Canvas)
	switch name {
	case GridnessFigure:
		plots = r.histograms(mostHistograms)
	case LossFigure:
		if r.Loss == nil {
			return nil, fmt.Errorf("figure %s: there is no training log", name)
		}
		plots = append(plots, func(c draw.Canvas) { drawPlot(c, lossPlot(r.Loss)) })
	case PathIntegrationFigure:
		if r.PathIntegration == nil {
			return nil, fmt.Errorf("figure %s: the errors are not known", name)
		}
		plots = append(plots, r.drawPathIntegration)
	case TrajectoryFigure:
		if r.Trajectory == nil {
			return nil, fmt.Errorf("figure %s: there is no example", name)
		}
		plots = append(plots, r.Trajectory.draw)
	}
	if len(plots) > 0 {
		return plotsFigure(name, plots, len(plots), size)
	}
	if slices.Contains(FigureNames(), name) {
		return r.layerFigure(name, size)
	}
	return nil, fmt.Errorf("unknown figure %q (known: %s)", name, strings.Join(FigureNames(), ", "))
}

// layerFigure is a figure of the first layer.
func (r *Report) layerFigure(name string, size vg.Point) (func(draw.Canvas), error) {
	if len(r.Layers) == 0 {
		return nil, fmt.Errorf("figure %s: there are no units", name)
	}
	layer := r.Layers[0]
	shown := r.shown(layer)
	course := r.course(layer)
	onePlot := func(p func(draw.Canvas)) (func(draw.Canvas), error) {
		return plotsFigure(name, []func(draw.Canvas){p}, 1, size)
	}
	switch name {
	case ExcessFigure:
		if len(layer.Compared(r.Criterion)) == 0 {
			return nil, fmt.Errorf("figure %s: no null is known", name)
		}
		return onePlot(func(c draw.Canvas) { r.drawExcessFigure(c, layer) })
	case ScalesFigure:
		if !hasScales(layer) {
			return nil, fmt.Errorf("figure %s: the scales are not known", name)
		}
		return onePlot(func(c draw.Canvas) { r.drawScales(c, layer) })
	case TrainingFigure, TrainingUnitsFigure:
		if len(course) == 0 {
			return nil, fmt.Errorf("figure %s: there are no checkpoints", name)
		}
		if name == TrainingFigure {
			return plotsFigure(name, r.coursePlots(layer, course), 1, size)
		}
	case DirectionsFigure:
		shown = slices.DeleteFunc(shown, func(u Unit) bool { return len(u.DirectionTuning) == 0 })
		byDirection(shown)
	case BordersFigure:
		shown, _ = r.bordered(layer)
	}
	if len(shown) == 0 && name == BordersFigure {
		return nil, fmt.Errorf("figure %s: none of the selected units is a border cell", name)
	}
	if len(shown) == 0 {
		return nil, fmt.Errorf("figure %s: no units were selected", name)
	}
	if name == TrainingUnitsFigure {
		f := newFilm(course, PageSize{size.X, size.Y}, len(shown)).fitted(course, size, len(shown), r.Selected != nil)
		return func(c draw.Canvas) { f.draw(c, r, shown) }, r.fits(name, f.side, len(shown))
	}
	panels := vg.Length(1)
	if hasSAC(shown) && name != DirectionsFigure {
		panels = 2
	}
	_, side := columnsFor(size, len(shown), panels)
	draws := map[string]func(draw.Canvas){
		DirectionsFigure: func(c draw.Canvas) { r.drawDirectionsFigure(c, shown) },
		BordersFigure:    func(c draw.Canvas) { r.drawUnitsFigure(c, shown, borderTitle) },
		UnitsFigure:      func(c draw.Canvas) { r.drawUnitsFigure(c, shown, Unit.title) },
	}
	return draws[name], r.fits(name, side, len(shown))
}

// smallestPanel is the side of a map that can still be read, in points at a text
// of 8 points.
const smallestPanel = 12

func (r *Report) fits(name string, side vg.Length, units int) error {
	if side < smallestPanel {
		return fmt.Errorf("figure %s: %d units do not fit: choose fewer, a larger figure or smaller text", name, units)
	}
	return nil
}

// drawDirectionsFigure fills the canvas with polar plots.
func (r *Report) drawDirectionsFigure(c draw.Canvas, units []Unit) {
	columns, side := columnsFor(c.Size(), len(units), 1)
	for i, u := range units {
		x := c.Min.X + vg.Length(i%columns)*(side+bestSpace)
		y := c.Max.Y - vg.Length(i/columns+1)*(side+unitTitle+panelSpace) + panelSpace
		cell := draw.Canvas{Canvas: c.Canvas, Rectangle: rectangle(x, y, side, side+unitTitle)}
		r.drawTitle(cell, u, directionTitle(u), 7.5)
		r.drawTuning(draw.Crop(cell, 0, 0, 0, -unitTitle), u)
	}
}

// The least size of a plot, in points at a text of 8 points.
const (
	narrowestPlot = 100
	flattestPlot  = 88
)

// plotsFigure draws plots in the columns that make them look best. Those for which
// there is no room are left out, but it is an error if fewer than so many have.
func plotsFigure(name string, plots []func(draw.Canvas), least int, size vg.Point) (func(draw.Canvas), error) {
	const wanted = 1.25 // width to height
	shown, columns, worst := 0, 0, math.Inf(1)
	var height vg.Length
	for k := 1; k <= len(plots); k++ {
		width := (size.X+plotSpace)/vg.Length(k) - plotSpace
		lines := min((len(plots)+k-1)/k, int((size.Y+plotSpace)/(flattestPlot+plotSpace)))
		if width < narrowestPlot || lines < 1 {
			continue
		}
		h := (size.Y+plotSpace)/vg.Length(lines) - plotSpace
		n := min(len(plots), k*lines)
		if bad := math.Abs(math.Log(float64(width/h) / wanted)); n > shown || n == shown && bad < worst {
			shown, columns, worst, height = n, k, bad, h
		}
	}
	if shown < least {
		return nil, fmt.Errorf("figure %s: its plots do not fit: choose a larger figure or smaller text", name)
	}
	return func(c draw.Canvas) { drawGrid(c, plots[:shown], columns, height) }, nil
}

// columnsFor returns how many columns make n units of so many panels, one above
// the other, largest, and how large the panels then are.
func columnsFor(size vg.Point, n int, panels vg.Length) (columns int, side vg.Length) {
	columns = 1
	for k := 1; k <= n; k++ {
		rows := vg.Length((n + k - 1) / k)
		fits := min(size.X/vg.Length(k)-bestSpace, (size.Y/rows-unitTitle)/panels-panelSpace)
		if fits > side {
			columns, side = k, fits
		}
	}
	return columns, side
}

// drawUnitsFigure fills the canvas with units, each ratemap above its
// autocorrelogram, in as many columns as make them largest.
func (r *Report) drawUnitsFigure(c draw.Canvas, units []Unit, title func(Unit) string) {
	panels := vg.Length(1)
	if hasSAC(units) {
		panels = 2
	}
	columns, side := columnsFor(c.Size(), len(units), panels)
	height := unitTitle + panels*(side+panelSpace)
	for i, u := range units {
		x := c.Min.X + vg.Length(i%columns)*(side+bestSpace)
		y := c.Max.Y - vg.Length(i/columns+1)*height
		r.drawUpright(draw.Canvas{Canvas: c.Canvas, Rectangle: rectangle(x, y, side, height)}, u, title(u), r.safe())
	}
}
