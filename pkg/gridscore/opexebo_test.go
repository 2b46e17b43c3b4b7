package gridscore

import (
	"math"
	"testing"
)

// oracleOpexebo follows opexebo's grid_score line by line, on the middle of the
// SAC and with splines for its linear rotation, given the central radius.
func oracleOpexebo(sac []float64, n, centre int) float64 {
	size := 2*n - 1
	crop := int(math.RoundToEven(1.8 * float64(n)))
	if crop%2 == 0 {
		crop--
	}
	outer := crop / 2
	if centre < 1 || outer <= centre {
		return math.NaN()
	}
	var rotated [5][]float64
	for a := range rotated {
		rotated[a] = oracleRotate(sac, size, float64(30*(a+1)))
	}
	var gns []float64
	first := float64(max(3, centre+1))
	for k := range outer - centre {
		radius := first
		if outer-centre > 1 {
			radius = math.Trunc(first + float64(k)*(float64(outer)-first)/float64(outer-centre-1) + 1e-9)
		}
		var c [5]float64
		for a := range c {
			var x, y []float64
			for p := range sac {
				if r := math.Hypot(float64(p/size-n+1), float64(p%size-n+1)); r > float64(centre) && r < radius {
					x, y = append(x, sac[p]), append(y, rotated[a][p])
				}
			}
			c[a] = oraclePearson(x, y)
		}
		gns = append(gns, min(c[1], c[3])-max(c[0], c[2], c[4]))
	}
	windows := max(len(gns)-3, 1)
	best := math.Inf(-1)
	for i := range windows {
		window := gns[i:min(i+3, len(gns))]
		if windows == 1 {
			window = gns
		}
		sum := 0.0
		for _, g := range window {
			sum += g / float64(len(window))
		}
		best = max(best, sum)
	}
	return best
}

func TestOpexebo(t *testing.T) {
	scored := 0
	for _, n := range []int{5, 13, 20, 21} {
		for name, ratemap := range awkwardMaps(n) {
			for _, u := range []Unvisited{ZeroFilled, LeftOut} {
				s, err := NewScorer(n, u, Opexebo(n), Reference())
				if err != nil {
					t.Fatal(err)
				}
				scores := make([]Score, 2)
				if err := s.Score(scores, ratemap); err != nil {
					t.Fatal(err)
				}
				want := oracleOpexebo(s.SAC(), n, s.centre.radius(s.SAC()))
				if math.Abs(scores[0].Sixty-want) > 1e-6 || math.IsNaN(want) != math.IsNaN(scores[0].Sixty) {
					t.Errorf("%s, %d bins: %+v, want %v", name, n, scores[0], want)
				}
				if want == want {
					scored++
				}
			}
		}
	}
	if scored < 20 {
		t.Errorf("only %d maps have a score", scored)
	}
}

// cone is a SAC that falls linearly to 0 at a radius.
func cone(n int, radius float64) []float64 {
	size := 2*n - 1
	sac := make([]float64, size*size)
	for p := range sac {
		sac[p] = max(0, 1-math.Hypot(float64(p/size-n+1), float64(p%size-n+1))/radius)
	}
	return sac
}

// A cone's region at the lowest threshold, 0.2, has a radius of about 0.8 of its
// own.
func TestCentralField(t *testing.T) {
	const n = 32
	c := newCentralField(n)
	for _, radius := range []float64{6, 10, 15} {
		if got := c.radius(cone(n, radius)); math.Abs(float64(got)-0.8*radius) > 1.5 {
			t.Errorf("cone of radius %v: central field of radius %d", radius, got)
		}
	}
	size := 2*n - 1
	for name, sac := range map[string][]float64{"zero": make([]float64, size*size), "narrow": cone(n, 1)} {
		if got := c.radius(sac); got != 0 {
			t.Errorf("%s: radius %d", name, got)
		}
	}
	// A ring that closes around lower lags ends the growth.
	hole := cone(n, 15)
	hole[(n-1)*size+n+3] = 0.1
	hole[(n-1)*size+n-5] = 0.1
	if got := c.radius(hole); got > 6 {
		t.Errorf("with holes at 4 bins: radius %d", got)
	}
}
