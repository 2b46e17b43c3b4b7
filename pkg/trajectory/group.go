package trajectory

import (
	"math"
	"math/bits"

	"gridcells/pkg/random"
)

// lanes is the number of float64 in a vector.
const lanes = 4

// groupSize is the number of walks that two vectors make at once.
const groupSize = 2 * lanes

// groupWalker is a [Walker] that can make several walks in the time of one or two.
type groupWalker interface {
	// groups reports whether it can do so for its parameters, on this processor.
	groups() bool
	// walkGroup makes the walks that Walk would make.
	walkGroup(paths *[groupSize]*Path, streams *[groupSize]*random.Stream)
}

// group is the state of the animals, and the parameters of their walk in each lane. The
// order of the fields is known to _gen.
type group struct {
	x, y, cos, sin, heading, speed, clear [groupSize]float64
	hi, lo                                [groupSize]uint64 // of the generators

	// of the step under way: the numbers drawn last, the generators after each draw, and
	// what the vector code keeps here
	drawn              [groupSize]float64
	hi1, lo1, hi2, lo2 [groupSize]uint64
	_                  [4][groupSize]float64

	timeStep, turnSD, speedScale, half, perimeter, facingCos, turnAngle, wallTurn, speedFactor [lanes]float64
}

// part is a part of a step, the first of those that are left.
type part int

const (
	_         part = iota // the whole step
	turning               // the normal numbers are drawn
	advancing             // the exponential numbers are drawn
)

// groups implements groupWalker. Vectors make the walk of the default model in a square
// room, if its turns are less than 2²⁹ rad.
func (w *raudiesWalker) groups() bool {
	const normal = 15 // no normal number is larger
	return hasVectors() && w.isSquare && w.m.Advance == AdvanceFirst && w.m.Compound && !w.m.TurnFully &&
		normal*w.turnSD+w.m.TurnAngle+math.Pi < 1<<29
}

// walkGroup implements groupWalker.
func (w *raudiesWalker) walkGroup(paths *[groupSize]*Path, streams *[groupSize]*random.Stream) {
	var g group
	for i, s := range streams {
		g.put(i, w.start(s), s)
		paths[i].Interval = w.interval
	}
	for i := range lanes {
		g.timeStep[i], g.turnSD[i], g.speedScale[i] = w.m.TimeStep, w.turnSD, w.m.SpeedScale
		g.half[i], g.perimeter[i], g.facingCos[i] = w.room.half, w.m.Perimeter, w.facingCos
		g.turnAngle[i], g.wallTurn[i], g.speedFactor[i] = w.m.TurnAngle, w.wallTurn, w.m.SpeedFactor
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

// moveGroup is move for all animals. The slow draws of the ziggurats are made here.
func (w *raudiesWalker) moveGroup(g *group, n int, streams *[groupSize]*random.Stream) {
	next := part(0)
	for n > 0 {
		var slow uint8
		for n, next, slow = g.walk(n, next); slow != 0; slow &= slow - 1 {
			i := bits.TrailingZeros8(slow)
			g.draw(i, next, streams[i])
		}
	}
}

// draw draws the number of an animal that its part of the step needs.
func (g *group) draw(i int, next part, s *random.Stream) {
	if next == turning {
		s.SetState(g.hi[i], g.lo[i])
		g.drawn[i] = s.NormFloat64()
		g.hi1[i], g.lo1[i] = s.State()
	} else {
		s.SetState(g.hi1[i], g.lo1[i])
		g.drawn[i] = s.ExpFloat64()
		g.hi2[i], g.lo2[i] = s.State()
	}
}

// put stores animal i and the state of its stream.
func (g *group) put(i int, a animal, s *random.Stream) {
	g.x[i], g.y[i], g.cos[i], g.sin[i], g.heading[i], g.speed[i], g.clear[i] = a.x, a.y, a.cos, a.sin, a.heading, a.speed, a.clear
	g.hi[i], g.lo[i] = s.State()
}
