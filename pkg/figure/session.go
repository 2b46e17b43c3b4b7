package figure

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
)

// A Session is a recording of neurons: where the animal went and when each unit
// fired.
type Session struct {
	FrameSeconds    float64      // duration of a frame, s
	Path            [][2]float64 // position in each frame, m about the room's centre; NaN: not known
	Room            [2]float64   // sides of the room along x and y, m
	Spikes          [][]int32    // by unit, the frame of each spike in rising order
	Names           []string     // of the units; "" or absent: its number
	DirectionSource string       // what head directions are: leds, column or movement; "" if there are none
}

// Name is what a unit is called.
func (s *Session) Name(unit int) string {
	if unit >= 0 && unit < len(s.Names) && s.Names[unit] != "" {
		return s.Names[unit]
	}
	return fmt.Sprint(unit)
}

// spikes are the frames of a unit's spikes.
func (s *Session) spikes(unit int) []int32 {
	if unit < 0 || unit >= len(s.Spikes) {
		return nil
	}
	return s.Spikes[unit]
}

// Placed is the number of spikes of a unit whose position is known: those in its map.
func (s *Session) Placed(unit int) int {
	n := 0
	for _, i := range s.spikes(unit) {
		if s.hasPosition(i) {
			n++
		}
	}
	return n
}

// hasPosition reports whether it is known where the animal was in a frame.
func (s *Session) hasPosition(frame int32) bool {
	return int(frame) < len(s.Path) && !math.IsNaN(s.Path[frame][0]+s.Path[frame][1])
}

// directions names what the angle of a tuning curve is.
func (s *Session) directions() string {
	if s.DirectionSource == "movement" {
		return "movement direction"
	}
	return "head direction"
}

// plan turns places in a room into points of a page.
type plan struct {
	where    vg.Rectangle
	perMetre vg.Length
}

func (s *Session) plan(c draw.Canvas) plan {
	size := c.Size()
	perMetre := min(size.X/vg.Length(s.Room[0]), size.Y/vg.Length(s.Room[1]))
	w, h := perMetre*vg.Length(s.Room[0]), perMetre*vg.Length(s.Room[1])
	return plan{canvas.Rectangle(c.Min.X+(size.X-w)/2, c.Min.Y+(size.Y-h)/2, w, h), perMetre}
}

// at is the point of a place. Points beyond a wall are drawn at the wall.
func (p plan) at(xy [2]float64) vg.Point {
	middle := vg.Point{X: (p.where.Min.X + p.where.Max.X) / 2, Y: (p.where.Min.Y + p.where.Max.Y) / 2}
	x, y := middle.X+p.perMetre*vg.Length(xy[0]), middle.Y+p.perMetre*vg.Length(xy[1])
	return vg.Point{X: min(max(x, p.where.Min.X), p.where.Max.X), Y: min(max(y, p.where.Min.Y), p.where.Max.Y)}
}

// drawPath draws the path in grey with a dot where the animal was at each spike of a
// unit, x to the right and y upwards. Spikes without a position have no dot. It
// returns where the room is.
func (s *Session) drawPath(c draw.Canvas, unit int) vg.Rectangle {
	p := s.plan(c)
	frame(c, p.where)
	s.drawLine(c, p)
	s.drawSpikes(c, p, unit)
	return p.where
}

// finest is the distance in points below which the next point of a path is left
// out, so that long recordings make no huge files.
const finest = 1

// drawLine draws the path. It breaks where the position is not known.
func (s *Session) drawLine(c draw.Canvas, p plan) {
	c.SetLineStyle(draw.LineStyle{Color: canvas.Grey, Width: 0.4 * p.radiusOf()})
	var line vg.Path
	var last vg.Point
	open := false
	for _, xy := range s.Path {
		if math.IsNaN(xy[0] + xy[1]) {
			open = false
			continue
		}
		at := p.at(xy)
		switch {
		case !open:
			line.Move(at)
		case math.Hypot(float64(at.X-last.X), float64(at.Y-last.Y)) < finest:
			continue
		default:
			line.Line(at)
		}
		open, last = true, at
	}
	if len(line) > 0 {
		c.Stroke(line)
	}
}

// radiusOf is the radius of a spike's dot, in points, in a room of a size.
func (p plan) radiusOf() vg.Length {
	size := p.where.Size()
	return min(max(min(size.X, size.Y)/200, 0.4), 0.9)
}

// drawSpikes draws a dot for each spike. If several dots would look the same, it draws
// one of them.
func (s *Session) drawSpikes(c draw.Canvas, p plan, unit int) {
	const grid = 3 // dots a point
	drawn := map[[2]int]bool{}
	c.SetColor(canvas.Vermillion)
	for _, i := range s.spikes(unit) {
		if !s.hasPosition(i) {
			continue
		}
		at := p.at(s.Path[i])
		key := [2]int{int(math.Round(float64(grid * at.X))), int(math.Round(float64(grid * at.Y)))}
		if drawn[key] {
			continue
		}
		drawn[key] = true
		c.Fill(dot(at, p.radiusOf()))
	}
}

// dot is a hexagon. At this size it looks like a circle, and it takes less space in a
// file.
func dot(at vg.Point, radius vg.Length) vg.Path {
	var p vg.Path
	for k := range 6 {
		sin, cos := math.Sincos(float64(k) * math.Pi / 3)
		corner := at.Add(vg.Point{X: radius * vg.Length(cos), Y: radius * vg.Length(sin)})
		if k == 0 {
			p.Move(corner)
		} else {
			p.Line(corner)
		}
	}
	p.Close()
	return p
}
