package figure

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// DirectionPages show the head-direction tuning of all units of which it is
// known, as polar plots in the order of the pages of units: east to the right,
// the radius running from the lowest activity, or from 0 if none is negative, to
// the highest.
func (r *Report) DirectionPages(size PageSize) []Page {
	var pages []Page
	for _, layer := range r.Layers {
		var tuned []Unit
		for _, u := range r.shown(layer) {
			if len(u.DirectionTuning) > 0 {
				tuned = append(tuned, u)
			}
		}
		pages = append(pages, r.directionPages(layer.Name, tuned, size)...)
	}
	return pages
}

func (r *Report) directionPages(layer string, units []Unit, size PageSize) []Page {
	const columns = 8
	body := PageSize{size.Width - 2*margin, size.Height - 2*margin - 38}
	side := (body.Width - (columns-1)*unitSpace) / columns
	height := side + unitTitle + rowSpace
	perPage := columns * max(1, int((body.Height+rowSpace)/height))
	var pages []Page
	for first := 0; first < len(units); first += perPage {
		some := units[first:min(first+perPage, len(units))]
		page := Page{Size: size, Draw: func(c draw.Canvas) {
			c = header(c, layer+", head-direction tuning",
				"Unit (gridness). Mean activity against head direction, 0° to the right; the rim is each unit's highest, the centre its lowest or 0.")
			for i, u := range some {
				x := c.Min.X + vg.Length(i%columns)*(side+unitSpace)
				y := c.Max.Y - vg.Length(i/columns+1)*height + rowSpace
				cell := draw.Canvas{Canvas: c.Canvas, Rectangle: rectangle(x, y, side, side+unitTitle)}
				drawUnitTitle(cell, r, u, 7.5)
				drawTuning(draw.Crop(cell, 0, 0, 0, -unitTitle), u.DirectionTuning)
			}
		}}
		if first == 0 {
			page.Name = fmt.Sprintf("%s, head direction", layer)
		}
		pages = append(pages, page)
	}
	return pages
}

// drawTuning draws a closed curve through the bins' middles. Bins without data
// leave a gap.
func drawTuning(c draw.Canvas, tuning []float64) {
	radius := c.Size().X / 2
	middle := vg.Point{X: c.Min.X + radius, Y: c.Min.Y + radius}
	c.SetLineStyle(draw.LineStyle{Color: hairline, Width: 0.4})
	var rim vg.Path
	rim.Move(middle.Add(vg.Point{X: radius}))
	rim.Arc(middle, radius, 0, 2*math.Pi)
	rim.Close()
	c.Stroke(rim)
	line(c, hairline, 0.4, middle.X-radius, middle.Y, middle.X+radius, middle.Y)
	line(c, hairline, 0.4, middle.X, middle.Y-radius, middle.X, middle.Y+radius)
	low, high, ok := Map{Values: tuning}.Range()
	low = math.Min(low, 0)
	if !ok || high <= low {
		return
	}
	c.SetLineStyle(draw.LineStyle{Color: blue, Width: 1})
	c.Stroke(polarPath(tuning, low, high, middle, radius))
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
		r := radius * vg.Length((v-low)/(high-low))
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
