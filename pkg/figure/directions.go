package figure

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// DirectionPages show the head-direction tuning of all units of which it is
// known, as polar plots with their mean vectors, from the longest vector to the
// shortest or, where these are not known, in the order of the pages of units. East
// is to the right; the radius runs from the lowest activity, or from 0 if none is
// negative, to the highest.
func (r *Report) DirectionPages(size PageSize) []Page {
	var pages []Page
	for _, layer := range r.Layers {
		var tuned []Unit
		for _, u := range r.shown(layer) {
			if len(u.DirectionTuning) > 0 {
				tuned = append(tuned, u)
			}
		}
		pages = append(pages, r.directionPages(layer, tuned, size)...)
	}
	return pages
}

// byDirection orders units from the longest mean vector to the shortest, those
// without one last.
func byDirection(units []Unit) {
	length := func(u Unit) float64 {
		if u.Measures == nil || math.IsNaN(u.Measures.DirectionLength) {
			return -1
		}
		return u.Measures.DirectionLength
	}
	slices.SortStableFunc(units, func(a, b Unit) int { return compareDown(length(a), length(b)) })
}

func (r *Report) directionPages(layer Layer, units []Unit, size PageSize) []Page {
	columns := 8
	if len(units) <= 12 {
		columns = 4
	}
	title := Unit.title
	note := "Unit (gridness). "
	if slices.ContainsFunc(units, func(u Unit) bool { return u.Measures != nil }) {
		byDirection(units)
		title = directionTitle
		note = "Unit (length of its mean vector, the arrow, 1 at the rim). "
	}
	note += "Curve: mean activity against head direction, 0° rightwards; rim: highest; centre: "
	if r.Rectified {
		note += "0 and below."
	} else {
		note += "0 or lowest."
	}
	body := PageSize{size.Width - 2*margin, size.Height - 2*margin - 38}
	side := (body.Width - vg.Length(columns-1)*unitSpace) / vg.Length(columns)
	height := side + unitTitle + rowSpace
	perPage := columns * max(1, int((body.Height+rowSpace)/height))
	var pages []Page
	for first := 0; first < len(units); first += perPage {
		some := units[first:min(first+perPage, len(units))]
		page := Page{Size: size, Draw: func(c draw.Canvas) {
			c = header(c, layerTitle(size, layer.Name, ", head-direction tuning"), note, layer.Units)
			for i, u := range some {
				x := c.Min.X + vg.Length(i%columns)*(side+unitSpace)
				y := c.Max.Y - vg.Length(i/columns+1)*height + rowSpace
				cell := draw.Canvas{Canvas: c.Canvas, Rectangle: rectangle(x, y, side, side+unitTitle)}
				r.drawTitle(cell, u, title(u), 7.5)
				r.drawTuning(draw.Crop(cell, 0, 0, 0, -unitTitle), u)
			}
		}}
		if first == 0 {
			page.Name = fmt.Sprintf("%s, head direction", layer.Name)
		}
		pages = append(pages, page)
	}
	return pages
}

// directionTitle is `unit (length of the mean vector)`, or `unit (–)`.
func directionTitle(u Unit) string {
	if u.Measures == nil {
		return fmt.Sprintf("%d (–)", u.Number)
	}
	return fmt.Sprintf("%d (%s)", u.Number, decimals(u.Measures.DirectionLength))
}

// drawTuning draws a closed curve through the bins' middles, and the mean vector
// if it is known. Bins without data leave a gap.
func (r *Report) drawTuning(c draw.Canvas, u Unit) {
	radius := c.Size().X / 2
	middle := vg.Point{X: c.Min.X + radius, Y: c.Min.Y + radius}
	clr, width := blue, vg.Length(0.4)
	c.SetLineStyle(draw.LineStyle{Color: hairline, Width: width})
	if u.Class == HeadDirection || u.Class == Conjunctive {
		c.SetLineStyle(draw.LineStyle{Color: u.Class.look().color, Width: 1})
	}
	var rim vg.Path
	rim.Move(middle.Add(vg.Point{X: radius}))
	rim.Arc(middle, radius, 0, 2*math.Pi)
	rim.Close()
	c.Stroke(rim)
	line(c, hairline, 0.4, middle.X-radius, middle.Y, middle.X+radius, middle.Y)
	line(c, hairline, 0.4, middle.X, middle.Y-radius, middle.X, middle.Y+radius)
	tuning := u.DirectionTuning
	low, high, ok := Map{Values: tuning}.Range()
	low = math.Min(low, 0)
	if r.Rectified {
		low = 0
	}
	if !ok || high <= low {
		return
	}
	c.SetLineStyle(draw.LineStyle{Color: clr, Width: 1})
	c.Stroke(polarPath(tuning, low, high, middle, radius))
	if m := u.Measures; m != nil && m.DirectionLength > 0 && m.DirectionLength <= 1+1e-9 && !math.IsNaN(m.DirectionAngle) {
		drawArrow(c, middle, radius*vg.Length(m.DirectionLength), m.DirectionAngle)
	}
}

// drawArrow draws an arrow from a point.
func drawArrow(c draw.Canvas, from vg.Point, length vg.Length, angle float64) {
	head := min(4, length)
	var p vg.Path
	p.Move(from)
	turn(&p, from, length-head, angle, false)
	c.SetLineStyle(draw.LineStyle{Color: vermillion, Width: 1.3})
	c.Stroke(p)
	var tip vg.Path
	turn(&tip, from, length, angle, true)
	sin, cos := math.Sincos(angle)
	neck := from.Add(vg.Point{X: (length - head) * vg.Length(cos), Y: (length - head) * vg.Length(sin)})
	turn(&tip, neck, 0.5*head, angle+math.Pi/2, false)
	turn(&tip, neck, 0.5*head, angle-math.Pi/2, false)
	tip.Close()
	c.SetColor(vermillion)
	c.Fill(tip)
}

func polarPath(tuning []float64, low, high float64, middle vg.Point, radius vg.Length) vg.Path {
	var p vg.Path
	open := false
	n := len(tuning)
	for k := range n + 1 {
		v := tuning[k%n]
		if math.IsNaN(v) || math.IsInf(v, 0) {
			open = false
			continue
		}
		sin, cos := math.Sincos(-math.Pi + 2*math.Pi*(float64(k)+0.5)/float64(n))
		r := radius * vg.Length(math.Max(v-low, 0)/(high-low))
		at := middle.Add(vg.Point{X: r * vg.Length(cos), Y: r * vg.Length(sin)})
		if open {
			p.Line(at)
		} else {
			p.Move(at)
		}
		open = true
	}
	return p
}
