//go:build !noasm

package trajectory

import (
	"gridcells/pkg/kernel"
	"gridcells/pkg/random"
)

// hasVectors reports whether the vector code may run. All functions here need it.
func hasVectors() bool { return kernel.Path() != "scalar" }

// walk makes n steps of the animals, and begins within the first one. It stops where a
// number needs the slow part of a ziggurat. Then it returns how many steps are left, the
// part of the first one that is next, and as bits the animals for which it wants the
// number drawn.
func (g *group) walk(n int, from part) (left int, next part, slow uint8) {
	normal, exponential := random.Ziggurats()
	l, p, s := walkAVX2(&g.x[0], &normal[0].Width, &exponential[0].Width, n, int(from))
	return l, part(p), uint8(s)
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
