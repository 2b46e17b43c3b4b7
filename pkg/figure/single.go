package figure

import (
	"fmt"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The figures that [Report.Figure] can make.
const (
	GridnessFigure        = "gridness"
	LossFigure            = "loss"
	PathIntegrationFigure = "path-integration"
	TrajectoryFigure      = "trajectory"
	UnitsFigure           = "units"
)

// FigureNames lists the figures that [Report.Figure] can make.
func FigureNames() []string {
	return []string{GridnessFigure, LossFigure, PathIntegrationFigure, TrajectoryFigure, UnitsFigure}
}

// Figure returns a single figure, for papers and talks, without a page's heading
// and number: the layers' score histograms side by side, the loss, the error of
// path integration, an example trajectory, or the selected units of the first layer, from the highest
// score to the lowest. A text size of 8 points is that of the report's pages;
// lines and symbols grow with it.
func (r *Report) Figure(name string, size PageSize, textSize vg.Length) (Page, error) {
	body, err := r.figureBody(name)
	if err != nil {
		return Page{}, err
	}
	scale := textSize / 8
	if !(scale > 0) {
		return Page{}, fmt.Errorf("a text size of %v points", textSize.Points())
	}
	return Page{Size: size, Name: name, Draw: func(c draw.Canvas) {
		c.Push()
		defer c.Pop()
		c.Scale(float64(scale), float64(scale))
		const edge = 4
		inner := draw.Canvas{Canvas: c.Canvas, Rectangle: rectangle(0, 0, size.Width/scale, size.Height/scale)}
		body(draw.Crop(inner, edge, -edge, edge, -edge))
	}}, nil
}

func (r *Report) figureBody(name string) (func(draw.Canvas), error) {
	switch name {
	case GridnessFigure:
		return func(c draw.Canvas) { sideBySide(c, r.histograms()) }, nil
	case LossFigure:
		if r.Loss == nil {
			return nil, fmt.Errorf("figure %s: there is no training log", name)
		}
		return lossPlot(r.Loss).Draw, nil
	case PathIntegrationFigure:
		if r.PathIntegration == nil {
			return nil, fmt.Errorf("figure %s: the errors are not known", name)
		}
		return r.drawPathIntegration, nil
	case TrajectoryFigure:
		if r.Trajectory == nil {
			return nil, fmt.Errorf("figure %s: there is no example", name)
		}
		return r.Trajectory.draw, nil
	case UnitsFigure:
		if len(r.Layers) == 0 || len(r.shown(r.Layers[0])) == 0 {
			return nil, fmt.Errorf("figure %s: no units were selected", name)
		}
		return func(c draw.Canvas) { r.drawUnitsFigure(c, r.shown(r.Layers[0])) }, nil
	}
	return nil, fmt.Errorf("unknown figure %q (known: %s)", name, strings.Join(FigureNames(), ", "))
}

func sideBySide(c draw.Canvas, plots []func(draw.Canvas)) {
	width := c.Size().X / vg.Length(max(len(plots), 1))
	for i, p := range plots {
		p(draw.Canvas{Canvas: c.Canvas, Rectangle: rectangle(c.Min.X+vg.Length(i)*width, c.Min.Y, width, c.Size().Y)})
	}
}

// drawUnitsFigure fills the canvas with units, each ratemap above its
// autocorrelogram, in as many columns as make them largest.
func (r *Report) drawUnitsFigure(c draw.Canvas, units []Unit) {
	panels := vg.Length(1)
	if hasSAC(units) {
		panels = 2
	}
	columns, side := 1, vg.Length(0)
	for n := 1; n <= len(units); n++ {
		rows := vg.Length((len(units) + n - 1) / n)
		fits := min(c.Size().X/vg.Length(n)-bestSpace, (c.Size().Y/rows-unitTitle)/panels-panelSpace)
		if fits > side {
			columns, side = n, fits
		}
	}
	height := unitTitle + panels*(side+panelSpace)
	for i, u := range units {
		x := c.Min.X + vg.Length(i%columns)*(side+bestSpace)
		y := c.Max.Y - vg.Length(i/columns+1)*height
		r.drawUpright(draw.Canvas{Canvas: c.Canvas, Rectangle: rectangle(x, y, side, height)}, u)
	}
}
