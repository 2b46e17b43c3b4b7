package figure

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
)

var neuronFigure = Entry{
	Name: "neuron", Help: "the path with a unit's spikes, its ratemap in Hz, autocorrelogram, head-direction tuning and the occupancy", Needs: "a recorded session and selected units",
	has: inFirstLayer(func(r *Run, l Layer) bool { return r.Session != nil && len(r.Shown(l)) > 0 }),
	draw: func(r *Run, size vg.Point) (func(draw.Canvas), error) {
		units := r.Shown(r.Layers[0])
		if r.Selected == nil {
			units = units[:1]
		}
		return r.neuronsFigure(units, size)
	},
}

// neuronsFigure draws each unit on a line of its own, and a single unit in the lines
// that make its panels largest.
func (r *Run) neuronsFigure(units []Unit, size vg.Point) (func(draw.Canvas), error) {
	const apart = 6 // points between the lines of units
	height := (size.Y+apart)/vg.Length(len(units)) - apart
	for _, u := range units {
		panels := r.NeuronPanels(u)
		if side := panels.side(panels.columns(vg.Point{X: size.X, Y: height}), vg.Point{X: size.X, Y: height}); side < smallestNeuronPanel {
			return nil, errors.New("its panels do not fit: choose fewer units, a larger figure or smaller text")
		}
	}
	return func(c draw.Canvas) {
		for i, u := range units {
			top := c.Max.Y - vg.Length(i)*(height+apart)
			r.NeuronPanels(u).Draw(draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
				Min: vg.Point{X: c.Min.X, Y: top - height}, Max: vg.Point{X: c.Max.X, Y: top},
			}})
		}
	}, nil
}

// NeuronPanels are the panels that show a recorded unit. Those without data are
// left out.
type NeuronPanels []neuronPanel

// neuronPanel is a picture with a title above it and a key below it.
type neuronPanel struct {
	title string
	draw  func(c draw.Canvas)
	key   func(c draw.Canvas)
}

// Sizes of panels, in points.
const (
	neuronTitle         = 11 // height above a panel
	neuronKey           = 13 // height below a panel
	neuronSpace         = 12 // between panels side by side
	neuronGap           = 5  // between panels one above the other
	smallestNeuronPanel = 40
	neuronText          = 7
)

// NeuronPanels lists the panels of a unit.
func (r *Run) NeuronPanels(u Unit) NeuronPanels {
	s := r.Session
	panels := NeuronPanels{{
		title: fmt.Sprintf("%s: %s spikes", s.Name(u.Number), GroupThousands(fmt.Sprint(s.Placed(u.Number)))),
		draw:  func(c draw.Canvas) { s.drawPath(c, u.Number) },
		key:   func(c draw.Canvas) { s.drawScale(c) },
	}}
	if _, high, ok := u.Ratemap.Range(); ok {
		panels = append(panels, neuronPanel{"peak " + Brief(high) + " Hz",
			func(c draw.Canvas) { r.DrawRatemap(c, u, r.Maps(), XRight) }, r.colorKey(u.Ratemap, " Hz")})
	}
	if !u.SAC.Empty() {
		sac, bins := u.SAC.Inner()
		panels = append(panels, neuronPanel{"gridness " + Decimals(u.Score60),
			func(c draw.Canvas) { DrawAutocorrelogram(c, u.SAC, u.Ring60, r.Maps(), XRight) }, r.colorKey(sac.WithinLag(bins), "")})
	}
	if len(u.DirectionTuning) > 0 {
		panels = append(panels, r.directionPanel(u))
	}
	if _, _, ok := u.Occupancy.Range(); ok {
		seconds := u.Occupancy.visited(s.FrameSeconds)
		panels = append(panels, neuronPanel{"time in each bin",
			func(c draw.Canvas) { frame(c, drawMap(c, seconds, r.Maps(), XRight)) }, r.colorKey(seconds, " s")})
	}
	return panels
}

// directionPanel shows the tuning to head direction as a polar plot.
func (r *Run) directionPanel(u Unit) neuronPanel {
	_, high, ok := Map{Values: u.DirectionTuning}.Range()
	text := "rim " + Brief(high) + " Hz"
	if u.Measures != nil && !math.IsNaN(u.Measures.DirectionLength) {
		text += ", r " + Decimals(u.Measures.DirectionLength)
	}
	return neuronPanel{r.Session.directions(), func(c draw.Canvas) { r.DrawTuning(draw.Crop(c, 1, -1, 1, -1), u) }, func(c draw.Canvas) {
		if ok {
			style := canvas.Align(canvas.Text(neuronText, false, canvas.Ink), draw.XCenter, draw.YBottom)
			canvas.Write(c, style, vg.Point{X: (c.Min.X + c.Max.X) / 2, Y: c.Min.Y + 2}, canvas.Shorten(style, text, c.Size().X))
		}
	}}
}

// colorKey draws a bar of the colours between the lowest and the highest value of a
// map.
func (r *Run) colorKey(m Map, unit string) func(c draw.Canvas) {
	return func(c draw.Canvas) {
		low, high, ok := m.Range()
		if !ok {
			return
		}
		style := canvas.Text(neuronText, false, canvas.Ink)
		left, right := Brief(round3(low)), Brief(round3(high))+unit
		wide := c.Size().X - canvas.Width(style, left) - canvas.Width(style, right) - 6
		if wide < 8 { // the highest value and its unit count
			left, wide = "", c.Size().X-canvas.Width(style, right)-3
		}
		x := c.Min.X
		if left != "" {
			canvas.Write(c, style, vg.Point{X: x, Y: c.Min.Y + 2}, left)
			x += canvas.Width(style, left) + 3
		}
		if wide > 0 {
			canvas.ColorBar(c, canvas.Rectangle(x, c.Min.Y+2, wide, 5), r.Maps())
			x += wide + 3
		}
		canvas.Write(c, style, vg.Point{X: x, Y: c.Min.Y + 2}, right)
	}
}

// round3 replaces a value that three decimals would show as 0 by 0.
func round3(v float64) float64 {
	if math.Abs(v) < 5e-4 {
		return 0
	}
	return v
}

// drawScale draws how long a part of a metre is on the path.
func (s *Session) drawScale(c draw.Canvas) {
	perMetre := min(c.Size().X/vg.Length(s.Room[0]), c.Size().X/vg.Length(s.Room[1]))
	length, name := ScaleBar(math.Max(s.Room[0], s.Room[1]))
	style := canvas.Text(neuronText, false, canvas.Ink)
	bar := perMetre * vg.Length(length)
	x := c.Min.X + (c.Size().X-bar-3-canvas.Width(style, name))/2
	canvas.Line(c, draw.LineStyle{Color: canvas.Ink, Width: 1.5}, vg.Point{X: x, Y: c.Min.Y + 4.5}, vg.Point{X: x + bar, Y: c.Min.Y + 4.5})
	canvas.Write(c, style, vg.Point{X: x + bar + 3, Y: c.Min.Y + 2}, name)
}

// ScaleBar returns the length of a bar for maps of a room, m, and its name.
func ScaleBar(room float64) (length float64, name string) {
	length = RoundStep(room / 5)
	if length < 1 {
		return length, fmt.Sprintf("%.3g cm", 100*length)
	}
	return length, fmt.Sprintf("%.3g m", length)
}

// visited returns a map of steps as one of times (s). Bins without a step are NaN.
func (m Map) visited(seconds float64) Map {
	out := Map{Rows: m.Rows, Columns: m.Columns, Values: make([]float64, len(m.Values)), Aspect: m.Aspect}
	for i, v := range m.Values {
		out.Values[i] = seconds * v
		if v == 0 {
			out.Values[i] = math.NaN()
		}
	}
	return out
}

// side is the largest side that panels can have in columns.
func (p NeuronPanels) side(columns int, size vg.Point) vg.Length {
	rows := (len(p) + columns - 1) / columns
	across := (size.X+neuronSpace)/vg.Length(columns) - neuronSpace
	down := (size.Y+neuronGap)/vg.Length(rows) - neuronGap - neuronTitle - neuronKey
	return min(across, down)
}

// columns is the number of columns that makes panels largest.
func (p NeuronPanels) columns(size vg.Point) int {
	best, largest := 1, vg.Length(0)
	for k := 1; k <= len(p); k++ {
		if side := p.side(k, size); side > largest {
			best, largest = k, side
		}
	}
	return best
}

// Draw draws the panels as large as they can be, from the top left.
func (p NeuronPanels) Draw(c draw.Canvas) {
	size := c.Size()
	columns := p.columns(size)
	side := p.side(columns, size)
	rows := (len(p) + columns - 1) / columns
	pitch := (size.X + neuronSpace) / vg.Length(columns)
	down := min((size.Y+neuronGap)/vg.Length(rows), side+neuronTitle+neuronKey+neuronSpace)
	for i, panel := range p {
		x := c.Min.X + vg.Length(i%columns)*pitch + (pitch-neuronSpace-side)/2
		top := c.Max.Y - vg.Length(i/columns)*down
		style := canvas.Align(canvas.Text(neuronText, true, canvas.Ink), draw.XCenter, draw.YBottom)
		canvas.Write(c, style, vg.Point{X: x + side/2, Y: top - neuronTitle + 3}, canvas.Shorten(style, panel.title, side))
		bottom := top - neuronTitle - side
		panel.draw(draw.Canvas{Canvas: c.Canvas, Rectangle: canvas.Rectangle(x, bottom, side, side)})
		panel.key(draw.Canvas{Canvas: c.Canvas, Rectangle: canvas.Rectangle(x, bottom-neuronKey, side, neuronKey)})
	}
}
