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
	at := func(i int) float64 { return size*float64(i)/gridSide - g.half }
	for i := range gridSide {
		for j := range gridSide {
			g.cells[i*gridSide+j] = c.within(at(i), at(i+1), at(j), at(j+1))
		}
	}
	return g
}

// within lists the cells that matter somewhere in a rectangle. A cell does not
// matter if it is too far from every point, compared with the cell whose greatest
// distance from the rectangle is least.
func (c *PlaceCells) within(x0, x1, y0, y1 float64) []int32 {
	bound := math.Inf(1)
	for i, x := range c.x {
		dx, dy := c.farthest(x, x0, x1), c.farthest(c.y[i], y0, y1)
		bound = min(bound, dx*dx+dy*dy)
	}
	// The log-density falls by d²/2σ². The factor covers rounding.
	bound = (bound - negligible*2*c.scale*c.scale) * (1 + 1e-9)
	var list []int32
	for i, x := range c.x {
		dx, dy := c.nearest(x, x0, x1), c.nearest(c.y[i], y0, y1)
		if dx*dx+dy*dy <= bound {
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
