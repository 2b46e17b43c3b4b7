package figure

import (
	"testing"

	"gonum.org/v1/plot/plotter"
)

// In a periodic arena no line crosses the room where a path goes through a wall.
func TestPeriodicPathIsDrawnInPieces(t *testing.T) {
	path := plotter.XYs{{X: 0.9, Y: 0}, {X: 1.05, Y: 0}, {X: -1.08, Y: 0.1}, {X: -1, Y: 1.09}, {X: -0.9, Y: -1.09}}
	for _, test := range []struct {
		periodic bool
		want     []int
	}{{false, []int{5}}, {true, []int{2, 2, 1}}} {
		pieces := (&Trajectory{Side: 2.2, Periodic: test.periodic}).pieces(path)
		if len(pieces) != len(test.want) {
			t.Fatalf("periodic %v: %d pieces, want %d", test.periodic, len(pieces), len(test.want))
		}
		for i, n := range test.want {
			if len(pieces[i]) != n {
				t.Errorf("periodic %v: piece %d has %d points, want %d", test.periodic, i, len(pieces[i]), n)
			}
		}
	}
}
