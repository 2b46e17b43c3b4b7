//go:build !amd64 || noasm

package trajectory

func hasVectors() bool { return false }

func (g *group) walk(int, part) (left int, next part, slow uint8) { panic("no vectors here") }

// These leave everything to their callers.
func vectorHeadings(*Path, int, int) int                { return 0 }
func vectorEgoVel([][3]float32, *Path, int, EgoVel) int { return 0 }
func vectorPositions([][2]float32, *Path) int           { return 0 }
func vectorAngles([][1]float32, *Path) int              { return 0 }
