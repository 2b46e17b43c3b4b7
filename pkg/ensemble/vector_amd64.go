//go:build !noasm

package ensemble

import (
	"math"

	"gridcells/pkg/kernel"
)

// vector is scalar in AVX2 and FMA.
func (p *posteriors) vector() {
	if len(p.logs) > 0 {
		exponentialsAVX2(&p.logs[0], &p.largest[0], &p.vectors[0], len(p.vectors), negligible)
		sharesAVX2(&p.shares[0], &p.logs[0], &p.vectors[0], len(p.vectors))
	}
}

// vectorLogDensity makes the first numbers of LogDensity in a room with walls: as many as
// fill whole vectors. It returns how many, and the smallest square of a distance.
func (c *PlaceCells) vectorLogDensity(dst, x []float64, cells []int32, k float64) (done int, nearest float64) {
	if len(cells) < lanes || kernel.Path() == "scalar" {
		return 0, math.Inf(1)
	}
	return len(cells) / lanes * lanes, placeAVX2(&dst[0], &c.x[0], &c.y[0], &cells[0], len(cells)/lanes, &x[0], k)
}

// vectorLogDensity makes the first numbers of LogDensity for all cells: as many as fill
// whole vectors. It returns how many, and the largest.
func (c *HeadDirectionCells) vectorLogDensity(dst []float64, cos, sin float64) (done int, largest float64) {
	n := len(c.cos)
	if n < lanes || len(dst) != n || kernel.Path() == "scalar" {
		return 0, math.Inf(-1)
	}
	return n / lanes * lanes, directionAVX2(&dst[0], &c.cos[0], &c.sin[0], n/lanes, cos, sin)
}
