package figure

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
	"gridcells/pkg/celltype"
)

// Look is how a class appears: a colour and, for those who do not see it, a
// symbol with as many corners.
type Look struct {
	Name    string
	Color   color.NRGBA
	corners int // 0: a dot
}

// Classes lists the classes of units in the order in which they are shown.
var Classes = []celltype.Class{celltype.Grid, celltype.Conjunctive, celltype.BorderCell, celltype.HeadDirection, celltype.Unclassified}

// LookOf returns how a class appears.
func LookOf(k celltype.Class) Look {
	switch k {
	case celltype.Grid:
		return Look{"grid", canvas.Blue, 6}
	case celltype.Conjunctive:
		return Look{"grid + direction", canvas.Purple, 5}
	case celltype.BorderCell:
		return Look{"border", canvas.Vermillion, 4}
	case celltype.HeadDirection:
		return Look{"head direction", canvas.Green, 3}
	case celltype.Unclassified:
		return Look{"other", canvas.Grey, 0}
	}
	return Look{string(k), canvas.SoftInk, 0}
}

// marked tells whether units of a class are marked. Units of no class are not.
func marked(k celltype.Class) bool { return k != "" && k != celltype.Unclassified }

// Symbol draws the class's symbol around a point.
func (l Look) Symbol(c draw.Canvas, at vg.Point, radius vg.Length) {
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
	c.SetColor(l.Color)
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

// Classified tells whether the class of any unit is known.
func Classified(units []Unit) bool {
	for _, u := range units {
		if u.Class != "" {
			return true
		}
	}
	return false
}

// CountClass returns how many units are of a class.
func CountClass(units []Unit, k celltype.Class) int {
	n := 0
	for _, u := range units {
		if u.Class == k {
			n++
		}
	}
	return n
}
