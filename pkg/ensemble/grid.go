package ensemble

import "math"

// gridSide is the number of squares along a side of the room.
const gridSide = 32

// grid divides the room into squares. For each square it lists the cells whose
// posterior may differ from zero somewhere in it. If fields are narrow, these are
// a few cells, and encoding does not look at the others.
type grid struct {
	half  float64 // half the side of the room (m)
	cells [gridSide * gridSide][]int32
}

func newGrid(c *PlaceCells, size float64) *grid {
	g := &grid{half: size / 2}
	columns, rows := c.strips(c.x, size), c.strips(c.y, size)
	for i := range gridSide {
		for j := range gridSide {
			g.cells[i*gridSide+j] = c.within(&columns[i], &rows[j])
		}
	}
	return g
}

// strip is a column or a row of squares, an interval of one axis. It has the squares of the
// smallest and the largest distance of each centre from the interval, along the axis.
type strip struct{ nearest, farthest []float64 }

// strips divides an axis, along which the centres have these coordinates.
func (c *PlaceCells) strips(centres []float64, size float64) (list [gridSide]strip) {
	at := func(i int) float64 { return size*float64(i)/gridSide - size/2 }
	for i := range list {
		for _, centre := range centres {
			near, far := c.nearest(centre, at(i), at(i+1)), c.farthest(centre, at(i), at(i+1))
			list[i].nearest, list[i].farthest = append(list[i].nearest, near*near), append(list[i].farthest, far*far)
		}
	}
	return list
}

// within lists the cells that matter somewhere in a square. A cell does not matter if it is
// too far from every point, compared with the cell whose greatest distance from the square
// is least.
func (c *PlaceCells) within(column, row *strip) []int32 {
	bound := math.Inf(1)
	for i, far := range column.farthest {
		if far += row.farthest[i]; far < bound {
			bound = far
		}
	}
	// The log-density falls by d²/2σ². The factor covers rounding.
	bound = (bound - negligible*2*c.scale*c.scale) * (1 + 1e-9)
	var list []int32
	for i, near := range column.nearest {
		if near+row.nearest[i] <= bound {
			list = append(list, int32(i))
		}
	}
	return list
}

// nearest is the distance of a centre from an interval of one axis.
func (c *PlaceCells) nearest(centre, lo, hi float64) float64 {
	d := max(lo-centre, centre-hi, 0)
	if c.side > 0 { // or of its images in the neighbouring copies of the room
		d = min(d, max(lo-centre-c.side, 0), max(centre-c.side-hi, 0))
	}
	return d
}

// farthest is an upper bound of the distance between a centre and the points of an
// interval of one axis. In a periodic room the nearest image of the centre counts.
func (c *PlaceCells) farthest(centre, lo, hi float64) float64 {
	d := max(centre-lo, hi-centre)
	if c.side > 0 {
		d = min(d, centre+c.side-lo, hi-centre+c.side)
	}
	return d
}

// at returns the list for a position. It returns false outside the room.
func (g *grid) at(x, y float64) ([]int32, bool) {
	if !(math.Abs(x) <= g.half && math.Abs(y) <= g.half) {
		return nil, false
	}
	i := min(int((x+g.half)/g.half*(gridSide/2)), gridSide-1)
	j := min(int((y+g.half)/g.half*(gridSide/2)), gridSide-1)
	return g.cells[i*gridSide+j], true
}
