//go:build !amd64 || noasm

package ensemble

import "math"

func (p *posteriors) vector() { p.scalar() }

func (c *PlaceCells) vectorLogDensity(_, _ []float64, _ []int32, _ float64) (done int, nearest float64) {
	return 0, math.Inf(1)
}

func (c *HeadDirectionCells) vectorLogDensity([]float64, float64, float64) (done int, largest float64) {
	return 0, math.Inf(-1)
}
