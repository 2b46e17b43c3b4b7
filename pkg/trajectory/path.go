package trajectory

import "math"

// Path is where an animal was at T + 2 instants. They are a stored step apart. The
// last one is not stored: it gives the direction of the movement after the record.
type Path struct {
	X, Y     []float64 // m, not wrapped
	Heading  []float64 // rad, not wrapped
	Interval float64   // mean time between instants, s
}

// NewPath returns an empty path for a trajectory of the given number of steps.
func NewPath(steps int) *Path {
	n := steps + 2
	all := make([]float64, 3*n)
	return &Path{X: all[:n:n], Y: all[n : 2*n : 2*n], Heading: all[2*n:]}
}

// rest is the length (m) below which a stored step has no direction.
const rest = 1e-9

// headOfPath replaces the headings by the direction of the next movement.
func (p *Path) headOfPath() {
	n := len(p.X) - 1
	for i := 0; i < n; {
		i += vectorHeadings(p, i, n)
		for end := min(i+lanes, n); i < end; i++ {
			if dx, dy := p.X[i+1]-p.X[i], p.Y[i+1]-p.Y[i]; dx*dx+dy*dy > rest*rest {
				p.Heading[i] = math.Atan2(dy, dx)
			} else if i > 0 {
				p.Heading[i] = p.Heading[i-1]
			}
		}
	}
}

// firstDirection is the direction of the first movement, 0 if there is none.
func (p *Path) firstDirection() float64 {
	for i := range len(p.X) - 1 {
		dx, dy := p.X[i+1]-p.X[i], p.Y[i+1]-p.Y[i]
		if dx*dx+dy*dy > rest*rest {
			return math.Atan2(dy, dx)
		}
	}
	return 0
}

// store fills t, of len(p.X) − 2 steps. It changes p.
//
// The loops make some steps with vectors, four at a time, and the others one by one.
func (p *Path) store(t *Trajectory, arena Arena, ego EgoVel, heading Heading) {
	if heading == OfPath {
		p.headOfPath()
	}
	p.storeEgoVel(t.EgoVel, ego)
	p.wrap(arena)
	t.InitPos = [2]float32{float32(p.X[0]), float32(p.Y[0])}
	t.InitHD[0] = wrapAngle32(p.Heading[0])
	n := len(t.TargetPos)
	for i := vectorPositions(t.TargetPos, p); i < n; i++ {
		t.TargetPos[i] = [2]float32{float32(p.X[i+1]), float32(p.Y[i+1])}
	}
	for i := vectorAngles(t.TargetHD, p); i < n; i++ {
		t.TargetHD[i][0] = wrapAngle32(p.Heading[i+1])
	}
}

// storeEgoVel stores the motion of each step.
func (p *Path) storeEgoVel(dst [][3]float32, ego EgoVel) {
	n := len(dst)
	for i := 0; i < n; {
		i += vectorEgoVel(dst, p, i, ego)
		for end := min(i+lanes, n); i < end; i++ {
			dx, dy := p.X[i+1]-p.X[i], p.Y[i+1]-p.Y[i]
			ego.put(&dst[i], motion{dx: dx, dy: dy, turn: p.Heading[i+1] - p.Heading[i], interval: p.Interval})
		}
	}
}

// wrap maps the points to those that are stored.
func (p *Path) wrap(arena Arena) {
	if _, ok := arena.(square); ok {
		return // the points themselves
	}
	for i := range p.X {
		p.X[i], p.Y[i] = arena.Wrap(p.X[i], p.Y[i])
	}
}

// wrapAngle maps an angle to [−π, π).
func wrapAngle(a float64) float64 {
	return a - 2*math.Pi*math.Floor(a/(2*math.Pi)+0.5)
}

// wrapAngle32 is wrapAngle as a float32 number that stays in [−π, π) when it is
// rounded.
func wrapAngle32(a float64) float32 {
	if f := float32(wrapAngle(a)); f < math.Pi {
		return max(f, -math.Pi)
	}
	return -math.Pi
}
