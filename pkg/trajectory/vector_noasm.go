//go:build !amd64 || noasm

package trajectory

const vectorWalk = false

func (g *group) walk(int) (left, slow int) { panic("no vectors here") }
