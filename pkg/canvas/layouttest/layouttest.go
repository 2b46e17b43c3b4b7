// Package layouttest finds faults in the layout of pages, for tests.
package layouttest

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
)

// longestSide is the longest side that a PDF's page may have, in points.
const longestSide = 14400

// Check draws pages and reports texts that overlap each other, a picture, a
// line or an area, and whatever leaves the page.
func Check(t *testing.T, pages []canvas.Page) {
	t.Helper()
	for i, p := range pages {
		c := newRecorder(p.Size.Width, p.Size.Height)
		p.Draw(draw.NewCanvas(c, p.Size.Width, p.Size.Height))
		for k, b := range c.boxes {
			if b.Min.X < -0.01 || b.Min.Y < -0.01 || b.Max.X > p.Size.Width+0.01 || b.Max.Y > p.Size.Height+0.01 {
				t.Errorf("page %d: %s leaves the page: %v", i+1, b.name, b.Rectangle)
			}
			if overlap := c.overlapping(k); overlap != "" {
				t.Errorf("page %d: %s overlaps %s", i+1, b.name, overlap)
			}
			if c.crossed(b) {
				t.Errorf("page %d: %s lies on a line or an area", i+1, b.name)
			}
		}
		if p.Size.Width > longestSide || p.Size.Height > longestSide {
			t.Errorf("page %d is of %v, more than a PDF may have", i+1, p.Size)
		}
	}
}

// recorder is a canvas that notes where texts, pictures, lines and areas go.
type recorder struct {
	width, height vg.Length
	state         state
	stack         []state
	boxes         []box
	shapes        []shape
}

type state struct {
	transform affine
	color     color.Color
}

func newRecorder(width, height vg.Length) *recorder {
	return &recorder{width: width, height: height, state: state{affine{a: 1, d: 1}, color.Black}}
}

// affine maps (x, y) to (a·x + c·y + e, b·x + d·y + f).
type affine struct{ a, b, c, d, e, f float64 }

func (t affine) apply(p vg.Point) vg.Point {
	x, y := float64(p.X), float64(p.Y)
	return vg.Point{X: vg.Length(t.a*x + t.c*y + t.e), Y: vg.Length(t.b*x + t.d*y + t.f)}
}

// first returns the transform that does inner first.
func (t affine) first(inner affine) affine {
	origin := t.apply(vg.Point{X: vg.Length(inner.e), Y: vg.Length(inner.f)})
	return affine{
		a: t.a*inner.a + t.c*inner.b, b: t.b*inner.a + t.d*inner.b,
		c: t.a*inner.c + t.c*inner.d, d: t.b*inner.c + t.d*inner.d,
		e: float64(origin.X), f: float64(origin.Y),
	}
}

// Size implements vg.CanvasSizer.
func (c *recorder) Size() (w, h vg.Length) { return c.width, c.height }

// SetLineWidth implements vg.Canvas.
func (c *recorder) SetLineWidth(vg.Length) {}

// SetLineDash implements vg.Canvas.
func (c *recorder) SetLineDash([]vg.Length, vg.Length) {}

// SetColor implements vg.Canvas.
func (c *recorder) SetColor(clr color.Color) {
	if clr == nil {
		clr = color.Black
	}
	c.state.color = clr
}

// Rotate implements vg.Canvas.
func (c *recorder) Rotate(angle float64) {
	sin, cos := math.Sincos(angle)
	c.state.transform = c.state.transform.first(affine{a: cos, b: sin, c: -sin, d: cos})
}

// Translate implements vg.Canvas.
func (c *recorder) Translate(p vg.Point) {
	c.state.transform = c.state.transform.first(affine{a: 1, d: 1, e: float64(p.X), f: float64(p.Y)})
}

// Scale implements vg.Canvas.
func (c *recorder) Scale(x, y float64) {
	c.state.transform = c.state.transform.first(affine{a: x, d: y})
}

// Push implements vg.Canvas.
func (c *recorder) Push() { c.stack = append(c.stack, c.state) }

// Pop implements vg.Canvas.
func (c *recorder) Pop() {
	c.state = c.stack[len(c.stack)-1]
	c.stack = c.stack[:len(c.stack)-1]
}

type box struct {
	vg.Rectangle
	name string
}

// shape is a line or an area's outline. Behind a white area there is nothing.
type shape struct {
	vg.Rectangle
	points        []vg.Point
	filled, white bool
}

// Stroke implements vg.Canvas.
func (c *recorder) Stroke(p vg.Path) { c.shape(p, false) }

// Fill implements vg.Canvas.
func (c *recorder) Fill(p vg.Path) { c.shape(p, true) }

// shape notes the parts of a path.
func (c *recorder) shape(p vg.Path, filled bool) {
	n := color.NRGBAModel.Convert(c.state.color)
	white := filled && n == color.NRGBA{255, 255, 255, 255}
	var points []vg.Point
	end := func() {
		if len(points) > 1 {
			c.shapes = append(c.shapes, shape{bounds(points), points, filled, white})
		}
		points = nil
	}
	add := func(p vg.Point) {
		points = append(points, c.state.transform.apply(p))
	}
	for _, comp := range p {
		switch comp.Type {
		case vg.MoveComp:
			end()
			add(comp.Pos)
		case vg.LineComp, vg.CurveComp:
			add(comp.Pos)
		case vg.ArcComp:
			for k := range 25 {
				turned := comp.Start + comp.Angle*float64(k)/24
				sin, cos := math.Sincos(turned)
				add(comp.Pos.Add(vg.Point{X: comp.Radius * vg.Length(cos), Y: comp.Radius * vg.Length(sin)}))
			}
		case vg.CloseComp:
			points = append(points, points[0])
		}
	}
	end()
}

func bounds(points []vg.Point) vg.Rectangle {
	r := vg.Rectangle{Min: points[0], Max: points[0]}
	for _, p := range points {
		r.Min.X, r.Min.Y = min(r.Min.X, p.X), min(r.Min.Y, p.Y)
		r.Max.X, r.Max.Y = max(r.Max.X, p.X), max(r.Max.Y, p.Y)
	}
	return r
}

// crossed tells whether a line or an area is seen in a text's box.
func (c *recorder) crossed(b box) bool {
	if !strings.HasPrefix(b.name, "text") {
		return false
	}
	const tolerance = 0.4 // points; boxes are taller than most letters
	inner := b.Rectangle
	inner.Min = inner.Min.Add(vg.Point{X: tolerance, Y: tolerance})
	inner.Max = inner.Max.Sub(vg.Point{X: tolerance, Y: tolerance})
	found := false
	for _, s := range c.shapes {
		if s.Max.X < inner.Min.X || s.Min.X > inner.Max.X || s.Max.Y < inner.Min.Y || s.Min.Y > inner.Max.Y {
			continue
		}
		if s.white {
			found = found && !(s.Min.X <= inner.Min.X && s.Max.X >= inner.Max.X && s.Min.Y <= inner.Min.Y && s.Max.Y >= inner.Max.Y)
			continue
		}
		for k := 1; k < len(s.points); k++ {
			found = found || crosses(inner, s.points[k-1], s.points[k])
		}
		found = found || s.filled && inside(s.points, vg.Point{X: (inner.Min.X + inner.Max.X) / 2, Y: (inner.Min.Y + inner.Max.Y) / 2})
	}
	return found
}

// crosses tells whether a part of the line from p to q lies in a rectangle.
func crosses(r vg.Rectangle, p, q vg.Point) bool {
	from, to := 0.0, 1.0
	clip := func(start, step, low, high float64) {
		if step == 0 {
			if start < low || start > high {
				to = -1
			}
			return
		}
		enter, leave := (low-start)/step, (high-start)/step
		from, to = max(from, min(enter, leave)), min(to, max(enter, leave))
	}
	clip(float64(p.X), float64(q.X-p.X), float64(r.Min.X), float64(r.Max.X))
	clip(float64(p.Y), float64(q.Y-p.Y), float64(r.Min.Y), float64(r.Max.Y))
	return from < to
}

// inside tells whether a point lies in a polygon.
func inside(polygon []vg.Point, at vg.Point) bool {
	in := false
	for k, p := range polygon {
		q := polygon[(k+1)%len(polygon)]
		if (p.Y > at.Y) != (q.Y > at.Y) && at.X < p.X+(q.X-p.X)*(at.Y-p.Y)/(q.Y-p.Y) {
			in = !in
		}
	}
	return in
}

func (c *recorder) note(name string, r vg.Rectangle) {
	out := vg.Rectangle{Min: vg.Point{X: vg.Inch * 1e6, Y: vg.Inch * 1e6}, Max: vg.Point{X: -vg.Inch * 1e6, Y: -vg.Inch * 1e6}}
	for _, p := range []vg.Point{r.Min, r.Max, {X: r.Min.X, Y: r.Max.Y}, {X: r.Max.X, Y: r.Min.Y}} {
		at := c.state.transform.apply(p)
		out.Min.X, out.Min.Y = min(out.Min.X, at.X), min(out.Min.Y, at.Y)
		out.Max.X, out.Max.Y = max(out.Max.X, at.X), max(out.Max.Y, at.Y)
	}
	c.boxes = append(c.boxes, box{out, name})
}

// FillString implements vg.Canvas.
func (c *recorder) FillString(face font.Face, p vg.Point, text string) {
	if text == "" {
		return
	}
	size := face.Font.Size
	c.note(fmt.Sprintf("text %q", text), vg.Rectangle{
		Min: vg.Point{X: p.X, Y: p.Y - 0.2*size}, Max: vg.Point{X: p.X + face.Width(text), Y: p.Y + 0.72*size},
	})
}

// DrawImage implements vg.Canvas.
func (c *recorder) DrawImage(r vg.Rectangle, _ image.Image) { c.note("picture", r) }

func (c *recorder) overlapping(k int) string {
	const tolerance = 0.1 // points
	a := c.boxes[k]
	for _, b := range c.boxes[:k] {
		if a.Min.X < b.Max.X-tolerance && b.Min.X < a.Max.X-tolerance && a.Min.Y < b.Max.Y-tolerance && b.Min.Y < a.Max.Y-tolerance {
			return b.name
		}
	}
	return ""
}
