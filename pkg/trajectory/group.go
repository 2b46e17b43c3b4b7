package trajectory

import "gridcells/pkg/random"

// lanes is the number of float64 in a vector.
const lanes = 4

// groupSize is the number of walks that a vector makes at once.
const groupSize = lanes

// groupWalker is a [Walker] that can make several walks in the time of one or two.
type groupWalker interface {
	// groups reports whether it can do so for its parameters, on this processor.
	groups() bool
	// walkGroup makes the walks that Walk would make.
	walkGroup(paths *[groupSize]*Path, streams *[groupSize]*random.Stream)
}

// group is the state of four animals, and the parameters of the walk for each of them. The
// order of the fields is known to _gen.
type group struct {
	x, y, cos, sin, heading, speed, clear [groupSize]float64
	hi, lo                                [groupSize]uint64 // of the generators

	timeStep, turnSD, speedScale, half, perimeter, facingCos, turnAngle, wallTurn, speedFactor [groupSize]float64
}

// groups implements groupWalker. Vectors make the walk of the default model in a square
// room. They leave to [raudiesWalker.move] whatever is rare: the slow draws of a ziggurat,
// and large turns.
func (w *raudiesWalker) groups() bool {
	return hasVectors() && w.isSquare && w.m.Advance == AdvanceFirst && w.m.Compound && !w.m.TurnFully
}

// walkGroup implements groupWalker.
func (w *raudiesWalker) walkGroup(paths *[groupSize]*Path, streams *[groupSize]*random.Stream) {
	var g group
	for i, s := range streams {
		g.put(i, w.start(s), s)
		g.timeStep[i], g.turnSD[i], g.speedScale[i] = w.m.TimeStep, w.turnSD, w.m.SpeedScale
		g.half[i], g.perimeter[i], g.facingCos[i] = w.room.half, w.m.Perimeter, w.facingCos
		g.turnAngle[i], g.wallTurn[i], g.speedFactor[i] = w.m.TurnAngle, w.wallTurn, w.m.SpeedFactor
		paths[i].Interval = w.interval
	}
	last := 0
	for k, at := range w.instants {
		w.moveGroup(&g, at-last, streams)
		last = at
		for i, p := range paths {
			a := animal{cos: g.cos[i], sin: g.sin[i]}
			a.straighten()
			g.cos[i], g.sin[i] = a.cos, a.sin
			p.X[k], p.Y[k], p.Heading[k] = g.x[i], g.y[i], g.heading[i]
		}
	}
}

// moveGroup is move for four animals.
func (w *raudiesWalker) moveGroup(g *group, n int, streams *[groupSize]*random.Stream) {
	for n > 0 {
		var slow int // a bit for each animal that the last step left out
		n, slow = g.walk(n)
		for i := range groupSize {
			if slow>>i&1 == 1 {
				a := g.animal(i, streams[i])
				w.move(&a, 1, streams[i])
				g.put(i, a, streams[i])
			}
		}
	}
}

// put stores animal i and the state of its stream.
func (g *group) put(i int, a animal, s *random.Stream) {
	g.x[i], g.y[i], g.cos[i], g.sin[i], g.heading[i], g.speed[i], g.clear[i] = a.x, a.y, a.cos, a.sin, a.heading, a.speed, a.clear
	g.hi[i], g.lo[i] = s.State()
}

// animal returns animal i and brings its stream to its state.
func (g *group) animal(i int, s *random.Stream) animal {
	s.SetState(g.hi[i], g.lo[i])
	return animal{x: g.x[i], y: g.y[i], cos: g.cos[i], sin: g.sin[i], heading: g.heading[i], speed: g.speed[i], clear: g.clear[i]}
}
