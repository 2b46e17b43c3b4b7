package figure

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
)

// DrawGrid draws plots in columns from the top. If one place would stay empty at
// the end, the first plot takes two.
func DrawGrid(c draw.Canvas, plots []func(draw.Canvas), columns int, height vg.Length) {
	width := (c.Size().X - vg.Length(columns-1)*PlotSpace) / vg.Length(columns)
	wide := columns > 2 && len(plots)%columns == columns-1
	place := 0
	for i, p := range plots {
		x := c.Min.X + vg.Length(place%columns)*(width+PlotSpace)
		y := c.Max.Y - vg.Length(place/columns+1)*(height+PlotSpace) + PlotSpace
		place++
		across := width
		if i == 0 && wide {
			across += width + PlotSpace
			place++
		}
		p(draw.Canvas{Canvas: c.Canvas, Rectangle: canvas.Rectangle(x, y, across, height)})
	}
}

// An Entry is a figure that [Run.Figure] can make.
type Entry struct {
	Name  string
	Help  string // what it shows
	Needs string // the data without which it cannot be drawn
	// Unitless says that the figure can be drawn without any units.
	Unitless bool
	has      func(r *Run) bool
	// draw lays the figure out for a canvas of a size and returns what draws it. An
	// animation has frames instead, which draw its pictures.
	draw   func(r *Run, size vg.Point) (func(draw.Canvas), error)
	frames func(r *Run, size vg.Point) ([]func(draw.Canvas), error)
}

// Animated reports whether the figure consists of several pictures, which follow each
// other in time.
func (e Entry) Animated() bool { return e.frames != nil }

func (e Entry) pictures(r *Run, size vg.Point) ([]func(draw.Canvas), error) {
	if e.Animated() {
		return e.frames(r, size)
	}
	body, err := e.draw(r, size)
	return []func(draw.Canvas){body}, err
}

// entries are all figures. A new figure is an entry here, in a file of its own.
var entries = []Entry{
	gridnessFigure, excessFigure, scalesFigure, lossFigure, pathIntegrationFigure, trajectoryFigure,
	unitsFigure, cellsFigure, montageFigure, directionsFigure, bordersFigure,
	trainingFigure, trainingUnitsFigure, trainingAnimation, settingsFigure, neuronFigure,
}

// Entries returns all figures that [Run.Figure] can make.
func Entries() []Entry { return slices.Clone(entries) }

// Find returns the figure of a name; ok is false if there is none.
func Find(name string) (e Entry, ok bool) {
	k := slices.IndexFunc(entries, func(e Entry) bool { return e.Name == name })
	if k < 0 {
		return Entry{}, false
	}
	return entries[k], true
}

// Names returns the names of all figures.
func Names() []string {
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name
	}
	return names
}

// LackingError says that a run lacks what a figure shows.
type LackingError struct {
	Figure, Needs string
}

func (e *LackingError) Error() string {
	return fmt.Sprintf("figure %s: it needs %s", e.Figure, e.Needs)
}

// Figure returns a single figure, for papers and talks, without a page's heading
// and number: one page, or one for each picture of an animation. Figures of one
// layer are of the first. A text size of 8 points is that of the report's pages;
// lines and symbols grow with it. It is an error if the run lacks the data or the
// figure has no room.
func (r *Run) Figure(name string, size canvas.PageSize, textSize vg.Length) ([]canvas.Page, error) {
	e, ok := Find(name)
	if !ok {
		return nil, fmt.Errorf("unknown figure %q (known: %s)", name, strings.Join(Names(), ", "))
	}
	scale := textSize / 8
	if !(scale > 0) {
		return nil, fmt.Errorf("figure %s: a text size of %v points", name, textSize.Points())
	}
	if !e.has(r) {
		return nil, &LackingError{Figure: name, Needs: e.Needs}
	}
	const edge = 4
	pictures, err := e.pictures(r, vg.Point{X: size.Width/scale - 2*edge, Y: size.Height/scale - 2*edge})
	if err != nil {
		return nil, fmt.Errorf("figure %s: %w", name, err)
	}
	pages := make([]canvas.Page, len(pictures))
	for i, picture := range pictures {
		pages[i] = canvas.Page{Size: size, Draw: func(c draw.Canvas) {
			c.Push()
			defer c.Pop()
			c.Scale(float64(scale), float64(scale))
			inner := draw.Canvas{Canvas: c.Canvas, Rectangle: canvas.Rectangle(0, 0, size.Width/scale, size.Height/scale)}
			picture(draw.Crop(inner, edge, -edge, edge, -edge))
		}}
	}
	pages[0].Name = name
	return pages, nil
}

// plotFigure returns the drawing of a figure of one plot.
func plotFigure(plot func(r *Run, c draw.Canvas)) func(r *Run, size vg.Point) (func(draw.Canvas), error) {
	return func(r *Run, size vg.Point) (func(draw.Canvas), error) {
		return plotsFigure([]func(draw.Canvas){func(c draw.Canvas) { plot(r, c) }}, 1, size)
	}
}

// inFirstLayer tells whether the first layer meets a condition.
func inFirstLayer(meets func(r *Run, l Layer) bool) func(r *Run) bool {
	return func(r *Run) bool { return len(r.Layers) > 0 && meets(r, r.Layers[0]) }
}

// fits returns an error if units have panels that are too small.
func fits(side vg.Length, units int) error { return fitsIn(side, smallestPanel, units) }

func fitsIn(side, least vg.Length, units int) error {
	if side < least {
		return fmt.Errorf("%d units do not fit: choose fewer, a larger figure or smaller text", units)
	}
	return nil
}

// The least size of a plot, in points at a text of 8 points.
const (
	narrowestPlot = 100
	flattestPlot  = 88
)

// plotsFigure draws plots in the columns that make them look best. Plots without
// room are left out. If fewer than least plots have room, it is an error.
func plotsFigure(plots []func(draw.Canvas), least int, size vg.Point) (func(draw.Canvas), error) {
	const wanted = 1.25 // width to height
	shown, columns, worst := 0, 0, math.Inf(1)
	var height vg.Length
	for k := 1; k <= len(plots); k++ {
		width := (size.X+PlotSpace)/vg.Length(k) - PlotSpace
		lines := min((len(plots)+k-1)/k, int((size.Y+PlotSpace)/(flattestPlot+PlotSpace)))
		if width < narrowestPlot || lines < 1 {
			continue
		}
		h := (size.Y+PlotSpace)/vg.Length(lines) - PlotSpace
		n := min(len(plots), k*lines)
		if bad := math.Abs(math.Log(float64(width/h) / wanted)); n > shown || n == shown && bad < worst {
			shown, columns, worst, height = n, k, bad, h
		}
	}
	if shown < least {
		return nil, errors.New("its plots do not fit: choose a larger figure or smaller text")
	}
	return func(c draw.Canvas) { DrawGrid(c, plots[:shown], columns, height) }, nil
}

const (
	PlotSpace  = 14
	LowestPlot = 125 // height of a plot that is easily read
)
