package room_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gridcells/pkg/room"
)

// walk is a random walk of n positions, reflected at the walls of a rectangle
// that is centred at 0.
func walk(seed uint64, n int, width, height float64) []float64 {
	rng := rand.New(rand.NewPCG(seed, 1))
	xy := make([]float64, 0, 2*n)
	x, y, heading := 0., 0., 0.
	for range n {
		heading += 0.3 * rng.NormFloat64()
		sin, cos := math.Sincos(heading)
		x, y = x+0.01*cos, y+0.01*sin
		if math.Abs(x) > width/2 || math.Abs(y) > height/2 {
			x, y = max(-width/2, min(width/2, x)), max(-height/2, min(height/2, y))
			heading += math.Pi / 2
		}
		xy = append(xy, x, y)
	}
	return xy
}

func moved(xy []float64, factor, dx, dy float64) []float64 {
	out := make([]float64, len(xy))
	for i := 0; i < len(xy); i += 2 {
		out[i], out[i+1] = xy[i]*factor+dx, xy[i+1]*factor+dy
	}
	return out
}

func with(xy []float64, at int, values ...float64) []float64 {
	out := append([]float64{}, xy...)
	copy(out[2*at:], values)
	return out
}

func TestCheck(t *testing.T) {
	nan := math.NaN()
	metre, large := walk(1, 50000, 1, 1), walk(2, 50000, 2.2, 2.2)
	assumed := func(side float64) room.Room { return room.Room{Side: side, Assumed: true} }
	named := func(side float64) room.Room { return room.Room{Side: side} }
	const fine, warned, refused = 0, 1, 2
	for _, test := range []struct {
		name string
		xy   []float64
		room room.Room
		want int
		mend room.Mend
		why  string
	}{
		{"fits", metre, named(1), fine, room.Mend{}, ""},
		{"fits the default", large, assumed(2.2), fine, room.Mend{}, ""},
		{"nothing", nil, assumed(2.2), fine, room.Mend{}, ""},
		{"all lost", []float64{nan, nan, math.Inf(1), 0}, assumed(2.2), fine, room.Mend{}, ""},
		{"centimetres", moved(metre, 100, 0, 0), named(1), refused, room.Mend{Metres: 0.01}, "centimetres"},
		{"centimetres in the default room", moved(metre, 100, 50, 50), assumed(2.2), refused, room.Mend{Metres: 0.01, Centre: true, Side: 1}, "centimetres"},
		{"millimetres", moved(metre, 1000, 0, 0), named(1), refused, room.Mend{Metres: 0.001}, "millimetres"},
		{"metres divided", moved(metre, 0.01, 0, 0), assumed(1), refused, room.Mend{Metres: 100, Side: 1}, "divided by 100"},
		{"corner", moved(metre, 1, 0.5, 0.5), named(1), refused, room.Mend{Metres: 1, Centre: true}, "a corner"},
		{"corner in the default room", moved(metre, 1, 0.5, 0.5), assumed(2.2), refused, room.Mend{Metres: 1, Centre: true, Side: 1}, "a corner"},
		{"off centre", moved(metre, 1, 0.25, 0), named(1), refused, room.Mend{Metres: 1, Centre: true}, "off its centre"},
		{"a smaller room than assumed", metre, assumed(2.2), refused, room.Mend{Metres: 1, Side: 1}, "about 1 m"},
		{"a smaller room than named", metre, named(2.2), warned, room.Mend{Metres: 1, Side: 1}, "about 1 m"},
		{"a larger room", large, named(1), refused, room.Mend{Metres: 1, Side: 2.2}, "about 2.2 m"},
		{"a rectangle", walk(3, 50000, 2.4, 1.4), named(2.4), fine, room.Mend{}, ""},
		{"a track", walk(4, 50000, 2, 0.1), named(2), fine, room.Mend{}, ""},
		{"beyond the walls", moved(metre, 1.08, 0, 0), named(1), warned, room.Mend{Metres: 1}, ""},
		{"simulated beyond the walls", append(moved(metre, 0.05, 0.5, 0)[:4000], metre...), room.Room{Side: 1, Simulated: true}, fine, room.Mend{}, ""},
		{"one stray", with(metre, 700, 50, 50), named(1), warned, room.Mend{}, ""},
		{"some lost", with(metre, 700, nan, nan, math.Inf(1), 0), named(1), fine, room.Mend{}, ""},
		{"half a room explored", walk(5, 50000, 1.1, 2.2), assumed(2.2), fine, room.Mend{}, ""},
		{"a part explored", walk(5, 50000, 1.4, 1.4), assumed(2.2), warned, room.Mend{Metres: 1, Side: 1.4}, "about 1.4 m"},
		{"a short path", metre[:600], assumed(2.2), fine, room.Mend{}, ""},
		{"one sample", metre[:2], assumed(2.2), fine, room.Mend{}, ""},
		{"all at one place", make([]float64, 2000), assumed(2.2), fine, room.Mend{}, ""},
	} {
		var seen room.Positions
		for i := 0; i < len(test.xy); i += 10 { // in pieces
			seen.Add(test.xy[i:min(i+10, len(test.xy))])
		}
		m := seen.Check(test.room)
		got := fine
		if m != nil {
			got = warned
			if m.Grave {
				got = refused
			}
		}
		if got != test.want {
			t.Errorf("%s: %d, want %d: %+v", test.name, got, test.want, m)
			continue
		}
		if m != nil && (m.Mend != test.mend || !strings.Contains(m.Why, test.why)) {
			t.Errorf("%s: mend %+v, want %+v; why %q, want %q", test.name, m.Mend, test.mend, m.Why, test.why)
		}
	}
}

// A few short trajectories that begin anywhere in the default room are never
// refused, however few they are.
func TestShortTrajectoriesAreNeverRefused(t *testing.T) {
	for records := 1; records <= 60; records++ {
		for seed := range uint64(40) {
			rng := rand.New(rand.NewPCG(seed, uint64(records)))
			var seen room.Positions
			for range records {
				x, y := 2*rng.Float64()-1, 2*rng.Float64()-1
				seen.Add(moved(walk(rng.Uint64(), 100, 0.2, 0.2), 1, x, y))
			}
			if m := seen.Check(room.Room{Side: 2.2, Assumed: true}); m != nil && m.Grave {
				t.Errorf("%d trajectories, seed %d: %+v", records, seed, m)
			}
		}
	}
}

func TestLost(t *testing.T) {
	var seen room.Positions
	seen.Add([]float64{1, 2, math.NaN(), 2, 3, math.Inf(-1), 5, 6})
	if seen.Finite() != 2 || seen.Lost() != 2 {
		t.Errorf("%d positions, %d lost; want 2, 2", seen.Finite(), seen.Lost())
	}
}

// Of data of any length a small number of positions is kept, spread evenly over all of
// them.
func TestLongData(t *testing.T) {
	var seen room.Positions
	const n = 1 << 19
	for i := range n {
		v := float64(i) / n
		seen.Add([]float64{v, -v})
	}
	x, y := seen.Span()
	if math.Abs(x.Lo-0.005) > 5e-4 || math.Abs(x.Hi-0.995) > 5e-4 || math.Abs(y.Middle()+0.5) > 5e-4 {
		t.Errorf("spans %v, %v", x, y)
	}
}
