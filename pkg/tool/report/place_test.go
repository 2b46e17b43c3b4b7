package report

import (
	"math"
	"testing"
)

// A page shows the lags up to the shorter side of the room. That is all but the corners
// for square maps, and a middle part of the autocorrelogram for others.
func TestLags(t *testing.T) {
	for _, c := range []struct {
		at     place
		nx, ny int
		x, y   int
		known  int // lags that are not too long
	}{
		{place{}, 3, 3, 3, 3, 25},
		{place{}, 2, 4, 2, 2, 9},
		{place{room: [2]float64{2, 1}}, 4, 2, 2, 2, 9},
		{place{room: [2]float64{2, 1}}, 2, 2, 1, 2, 3},
		{place{room: [2]float64{1.2, 0.8}}, 20, 20, 14, 20, 841},
	} {
		l := c.at.lags(c.nx, c.ny)
		if l.x != c.x || l.y != c.y {
			t.Errorf("%v, %d×%d: lags up to %d and %d, want %d and %d", c.at.room, c.nx, c.ny, l.x-1, l.y-1, c.x-1, c.y-1)
			continue
		}
		sac := make([]float64, (2*c.nx-1)*(2*c.ny-1))
		sac[len(sac)/2] = 1
		shown, known := l.of(sac), 0
		for _, v := range shown {
			if !math.IsNaN(v) {
				known++
			}
		}
		if len(shown) != (2*l.x-1)*(2*l.y-1) || shown[len(shown)/2] != 1 || known != c.known {
			t.Errorf("%v, %d×%d: %d lags, %d of them known, %v in the middle", c.at.room, c.nx, c.ny, len(shown), known, shown[len(shown)/2])
		}
	}
}
