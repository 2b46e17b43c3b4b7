//go:build !noasm

package trajectory

import "gridcells/pkg/random"

const vectorWalk = true

// walk makes steps of the four animals, n at most, until one of them needs the slow way. It
// returns how many steps are left after the last one, and the animals that did not make
// that one, as bits.
func (g *group) walk(n int) (left, slow int) {
	normal, exponential := random.Ziggurats()
	return walkAVX2(&g.x[0], &normal[0].Width, &exponential[0].Width, n)
}
