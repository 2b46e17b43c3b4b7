//go:build !noasm

package trajectory

import (
	"gridcells/pkg/kernel"
	"gridcells/pkg/random"
)

// hasVectors reports whether the vector code may run. All functions here need it.
func hasVectors() bool { return kernel.Path() != "scalar" }

// walk makes steps of the four animals, n at most, until one of them needs the slow way. It
// returns how many steps are left after the last one, and the animals that did not make
// that one, as bits.
func (g *group) walk(n int) (left, slow int) {
	normal, exponential := random.Ziggurats()
	return walkAVX2(&g.x[0], &normal[0].Width, &exponential[0].Width, n)
}

// vectorHeadings makes headings of headOfPath from i on. It returns how many it made: it stops
// where an animal moves farther than a float64 can tell, and makes only whole vectors.
func vectorHeadings(p *Path, i, n int) int {
	if n-i < lanes || !hasVectors() {
		return 0
	}
	return headingsAVX2(&p.Heading[i], &p.X[i], &p.Y[i], n-i, p.Heading[max(i-1, 0)])
}

// vectorEgoVel stores steps of storeEgoVel from i on, if they have distances and turns, the
// cosine first. It returns how many it stored: it stops at turns that are huge, and stores
// only whole vectors.
func vectorEgoVel(dst [][3]float32, p *Path, i int, ego EgoVel) int {
	if len(dst)-i < lanes || ego.Allocentric || ego.SinFirst || !hasVectors() {
		return 0
	}
	unit := 1. // of time, s
	if ego.PerSecond {
		unit = p.Interval
	}
	return egoVelAVX2(&dst[i][0], &p.X[i], &p.Y[i], &p.Heading[i], len(dst)-i, unit)
}

// vectorPositions stores positions after the first one. It returns how many: it stores
// only whole vectors.
func vectorPositions(dst [][2]float32, p *Path) int {
	if len(dst) < lanes || !hasVectors() {
		return 0
	}
	return positionsAVX2(&dst[0][0], &p.X[1], &p.Y[1], len(dst))
}

// vectorAngles stores headings after the first one. It returns how many: it stores only
// whole vectors.
func vectorAngles(dst [][1]float32, p *Path) int {
	if len(dst) < lanes || !hasVectors() {
		return 0
	}
	return anglesAVX2(&dst[0][0], &p.Heading[1], len(dst))
}
