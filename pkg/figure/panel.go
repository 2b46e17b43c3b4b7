package figure

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
	"gridcells/pkg/gridscore"
)

// drawMap draws a map into the middle of the canvas, as large as it can be in the shape
// of the room, and returns where it is.
func drawMap(c draw.Canvas, m Map, colors *canvas.Colormap, o Orientation) vg.Rectangle {
	across, down := float64(m.Rows), float64(m.Columns)*m.aspect()
	if o == XDown {
		across, down = down, across
	}
	where := fit(c.Rectangle, across, down)
	if _, _, ok := m.Range(); ok {
		c.DrawImage(where, m.picture(colors, o))
	}
	return where
}

// fit returns the largest rectangle in the middle of r with sides as across to
// down.
func fit(r vg.Rectangle, across, down float64) vg.Rectangle {
	if across <= 0 || down <= 0 {
		across, down = 1, 1
	}
	size := r.Size()
	side := min(size.X/vg.Length(across), size.Y/vg.Length(down))
	w, h := side*vg.Length(across), side*vg.Length(down)
	return canvas.Rectangle(r.Min.X+(size.X-w)/2, r.Min.Y+(size.Y-h)/2, w, h)
}

// frame draws a hairline, which shows the arena where its outer bins are blank.
func frame(c draw.Canvas, r vg.Rectangle) {
	c.SetLineStyle(draw.LineStyle{Color: canvas.Hairline, Width: 0.4})
	c.Stroke(r.Path())
}

// DrawAutocorrelogram draws the lags within as many bins as the shorter side of the
// ratemap has, and the circles of the ring whose score is shown.
func DrawAutocorrelogram(c draw.Canvas, sac Map, ring gridscore.Ring, colors *canvas.Colormap, o Orientation) {
	if _, _, ok := sac.Range(); !ok {
		frame(c, fit(c.Rectangle, 1, 1))
		return
	}
	sac, bins := sac.Inner()
	// The largest circle reaches half a bin beyond the map.
	edge := c.Size().X / vg.Length(2*sac.Rows)
	where := drawMap(draw.Crop(c, edge, -edge, edge, -edge), sac.WithinLag(bins), colors, o)
	if math.IsNaN(ring.Inner + ring.Outer) {
		return
	}
	perBin := where.Size().X / vg.Length(sac.Rows)
	middle := vg.Point{X: (where.Min.X + where.Max.X) / 2, Y: (where.Min.Y + where.Max.Y) / 2}
	for _, radius := range []float64{ring.Inner, ring.Outer} {
		circle(c, middle, vg.Length(radius*bins)*perBin)
	}
}

func circle(c draw.Canvas, middle vg.Point, radius vg.Length) {
	if radius <= 0 {
		return
	}
	var p vg.Path
	p.Move(middle.Add(vg.Point{X: radius}))
	p.Arc(middle, radius, 0, 2*math.Pi)
	p.Close()
	// A white edge on both sides keeps the circle visible on dark colours.
	c.SetLineStyle(draw.LineStyle{Color: color.White, Width: 1.3})
	c.Stroke(p)
	c.SetLineStyle(draw.LineStyle{Color: color.Black, Width: 0.6})
	c.Stroke(p)
}
