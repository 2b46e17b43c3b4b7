package trajectory

import (
	"fmt"
	"math"
	"strings"

	"gridcells/pkg/random"
)

// Arena is the floor on which the animal moves, centred at the origin.
// Lengths are in metres.
type Arena interface {
	// Wall returns the distance to the nearest wall and the outward unit normal of
	// that wall. Outside, the distance is negative. Without walls it is +Inf.
	Wall(x, y float64) (distance, nx, ny float64)
	// Uniform draws a point of the floor.
	Uniform(s *random.Stream) (x, y float64)
	// Wrap maps a point to the point that is stored. In a periodic arena this is
	// its place in the room, in other arenas the point itself. The difference of
	// two points wraps to the shortest way between them.
	Wrap(x, y float64) (float64, float64)
	// Size is the extent of the arena along each axis.
	Size() float64
}

// ArenaNames lists what [NewArena] knows.
var ArenaNames = []string{"square", "circle", "periodic"}

// NewArena returns the named arena. A square and a periodic square (a torus) have
// the side size, a circle has the diameter size, in metres.
func NewArena(name string, size float64) (Arena, error) {
	if !(size > 0) || math.IsInf(size, 1) {
		return nil, fmt.Errorf("arena of size %v m: want a positive length", size)
	}
	switch name {
	case "square":
		return square{size / 2}, nil
	case "circle":
		return circle{size / 2}, nil
	case "periodic":
		return periodic{square{size / 2}}, nil
	}
	return nil, fmt.Errorf("no arena %q: want %s", name, strings.Join(ArenaNames, ", "))
}

type square struct{ half float64 }

func (a square) Wall(x, y float64) (distance, nx, ny float64) {
	if ax, ay := math.Abs(x), math.Abs(y); ax >= ay {
		return a.half - ax, math.Copysign(1, x), 0
	} else {
		return a.half - ay, 0, math.Copysign(1, y)
	}
}

func (a square) Uniform(s *random.Stream) (x, y float64) {
	x = s.Uniform(-a.half, a.half)
	return x, s.Uniform(-a.half, a.half)
}

func (a square) Wrap(x, y float64) (float64, float64) { return x, y }

func (a square) Size() float64 { return 2 * a.half }

type circle struct{ radius float64 }

func (a circle) Wall(x, y float64) (distance, nx, ny float64) {
	r := math.Sqrt(x*x + y*y)
	if r == 0 {
		return a.radius, 1, 0
	}
	return a.radius - r, x / r, y / r
}

func (a circle) Uniform(s *random.Stream) (x, y float64) {
	for {
		x, y = s.Uniform(-a.radius, a.radius), s.Uniform(-a.radius, a.radius)
		if x*x+y*y <= a.radius*a.radius {
			return x, y
		}
	}
}

func (a circle) Wrap(x, y float64) (float64, float64) { return x, y }

func (a circle) Size() float64 { return 2 * a.radius }

type periodic struct{ square }

func (a periodic) Wall(x, y float64) (distance, nx, ny float64) { return math.Inf(1), 1, 0 }

func (a periodic) Wrap(x, y float64) (float64, float64) { return a.wrap(x), a.wrap(y) }

func (a periodic) wrap(x float64) float64 {
	side := 2 * a.half
	return x - side*math.Floor(x/side+0.5)
}
