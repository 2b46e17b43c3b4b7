package figure

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Class is the kind of cell that a unit was found to be; empty where that is
// not known.
type Class string

// The classes that gridscore tells apart. Conjunctive units are grid cells which
// are tuned to head direction as well.
const (
	Grid          Class = "grid"
	Conjunctive   Class = "conjunctive"
	Border        Class = "border"
	HeadDirection Class = "head_direction"
	Unclassified  Class = "none"
)

// look is how a class appears: a colour and, for those who do not see it, a
// symbol with as many corners.
type look struct {
	name    string
	color   color.NRGBA
	corners int // 0: a dot
}

var classes = []Class{Grid, Conjunctive, Border, HeadDirection, Unclassified}

func (k Class) look() look {
	switch k {
	case Grid:
		return look{"grid", blue, 6}
	case Conjunctive:
		return look{"grid + direction", purple, 5}
	case Border:
		return look{"border", vermillion, 4}
	case HeadDirection:
		return look{"head direction", green, 3}
	case Unclassified:
		return look{"other", grey, 0}
	}
	return look{string(k), softInk, 0}
}

// marked tells whether units of the class are marked: those of no class are not.
func (k Class) marked() bool { return k != "" && k != Unclassified }

// symbol draws the class's symbol around a point.
func (l look) symbol(c draw.Canvas, at vg.Point, radius vg.Length) {
	var p vg.Path
	switch l.corners {
	case 0:
		radius *= 0.7
		p.Move(at.Add(vg.Point{X: radius}))
		p.Arc(at, radius, 0, 2*math.Pi)
	case 5: // a star
		for k := range 10 {
			r := radius * 1.15
			if k%2 == 1 {
				r *= 0.45
			}
			turn(&p, at, r, math.Pi/2+float64(k)*math.Pi/5, k == 0)
		}
	default:
		first := math.Pi / 2
		if l.corners == 4 {
			first = math.Pi / 4
		}
		for k := range l.corners {
			turn(&p, at, radius, first+2*math.Pi*float64(k)/float64(l.corners), k == 0)
		}
	}
	p.Close()
	c.SetColor(l.color)
	c.Fill(p)
}

// turn goes on to the point at an angle and a distance from the middle.
func turn(p *vg.Path, middle vg.Point, radius vg.Length, angle float64, begin bool) {
	sin, cos := math.Sincos(angle)
	at := middle.Add(vg.Point{X: radius * vg.Length(cos), Y: radius * vg.Length(sin)})
	if begin {
		p.Move(at)
	} else {
		p.Line(at)
	}
}

// classified tells whether the class of any unit is known.
func classified(units []Unit) bool {
	for _, u := range units {
		if u.Class != "" {
			return true
		}
	}
	return false
}

// countClass returns how many units are of a class.
func countClass(units []Unit, k Class) int {
	n := 0
	for _, u := range units {
		if u.Class == k {
			n++
		}
	}
	return n
}

// classKey draws the classes' symbols and names on one line from a point.
func classKey(c draw.Canvas, at vg.Point, units []Unit) {
	style := textStyle(7.5, false, ink)
	x := at.X
	for _, k := range classes {
		n := countClass(units, k)
		l := k.look()
		name := fmt.Sprintf("%s %d", l.name, n)
		width := textWidth(style, name)
		if x+10+width > c.Max.X {
			return
		}
		l.symbol(c, vg.Point{X: x + 3.5, Y: at.Y + 2.7}, 3.3)
		fillBaseline(c, style, vg.Point{X: x + 10, Y: at.Y}, name)
		x += 10 + width + 14
	}
}

// drawClassBar shows the shares of a layer's classes as a bar with its key below,
// and returns what is left below them.
func drawClassBar(c draw.Canvas, layer Layer) draw.Canvas {
	if !classified(layer.Units) {
		return c
	}
	const thick = 9
	total := vg.Length(len(layer.Units))
	style := textStyle(8.5, true, ink)
	label := shorten(style, "Cells, "+layer.Name, 100)
	fillBaseline(c, style, vg.Point{X: c.Min.X, Y: c.Max.Y - 8}, label)
	left := c.Min.X + 106
	x, y := left, c.Max.Y-9
	for _, k := range classes {
		width := vg.Length(countClass(layer.Units, k)) / total * (c.Max.X - left)
		if width == 0 {
			continue
		}
		c.SetColor(k.look().color)
		c.Fill(rectangle(x, y, max(width-0.6, 0.3), thick).Path())
		x += width
	}
	style = textStyle(7.5, false, ink)
	x = c.Min.X
	for _, k := range classes {
		n := countClass(layer.Units, k)
		l := k.look()
		text := fmt.Sprintf("%s %d (%.1f %%)", l.name, n, 100*float64(n)/float64(len(layer.Units)))
		width := textWidth(style, text)
		if x+9+width > c.Max.X {
			break
		}
		l.symbol(c, vg.Point{X: x + 3.3, Y: y - 7.6}, 3)
		fillBaseline(c, style, vg.Point{X: x + 9, Y: y - 10}, text)
		x += 9 + width + 7
	}
	return draw.Crop(c, 0, 0, 0, -30)
}
