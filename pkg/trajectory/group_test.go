package trajectory

import (
	"math"
	"testing"

	"gridcells/pkg/random"
)

// Vectors walk as move does, to the last bit: for usual parameters, in rooms that are
// mostly wall, and where every step needs the slow way.
func TestGroupsWalkAsOne(t *testing.T) {
	if !hasVectors() {
		t.Skip("no vectors here")
	}
	for _, parameters := range []map[string]string{
		nil,
		{"perimeter": "0.3"},
		{"perimeter": "0"},
		{"facing_angle": "3.2", "perimeter": "5"},
		{"turn_sd": "40"},
		{"turn_sd": "1e8"},
		{"turn_sd": "0", "turn_angle": "0"},
		{"speed_scale": "4", "speed_factor": "1.5"},
		{"speed_scale": "0"},
		{"turn_angle": "0.1", "turn_rate": "60"},
		{"time_step": "0.1"},
	} {
		walker, err := modelOf(t, "banino", parameters).NewWalker(60, arenaOf(t, "square", 1.3))
		if err != nil {
			t.Fatal(err)
		}
		w := walker.(*raudiesWalker)
		if !w.groups() {
			t.Fatalf("%v: no groups", parameters)
		}
		one, alone := NewPath(60), random.New(5, "test")
		var paths [groupSize]*Path
		var streams [groupSize]*random.Stream
		for i := range paths {
			paths[i], streams[i] = NewPath(60), random.New(5, "test")
		}
		for first := uint64(0); first < 400; first += groupSize {
			for i, s := range streams {
				s.Seek(first + uint64(i))
			}
			w.walkGroup(&paths, &streams)
			for i, p := range paths {
				alone.Seek(first + uint64(i))
				w.Walk(one, 0, alone)
				for k := range one.X {
					if !same(p.X[k], one.X[k]) || !same(p.Y[k], one.Y[k]) || !same(p.Heading[k], one.Heading[k]) {
						t.Fatalf("%v: walk %d at instant %d: (%v, %v, %v) in a group, (%v, %v, %v) alone", parameters, first+uint64(i), k,
							p.X[k], p.Y[k], p.Heading[k], one.X[k], one.Y[k], one.Heading[k])
					}
				}
				if p.Interval != one.Interval {
					t.Fatalf("interval %v, want %v", p.Interval, one.Interval)
				}
			}
		}
	}
}

// Vectors do not reduce turns of 2²⁹ rad or more.
func TestHugeTurnsAreMadeAlone(t *testing.T) {
	for _, parameters := range []map[string]string{{"turn_sd": "1e10"}, {"turn_angle": "6e8"}} {
		walker, err := modelOf(t, "banino", parameters).NewWalker(60, arenaOf(t, "square", 1.3))
		if err != nil {
			t.Fatal(err)
		}
		if walker.(*raudiesWalker).groups() {
			t.Errorf("%v: vectors walk", parameters)
		}
	}
}

func same(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }

// A generator gives each trajectory, in whatever order it is asked.
func TestAnyOrder(t *testing.T) {
	c := banino(t)
	c.Steps = 20
	g, err := NewGenerator(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []uint64{0, 1, 1, 3, 2, 2, 9, 8, 10, 0, math.MaxUint64, 0, 1} {
		got := New(c.Steps)
		g.Generate(k, got)
		if want := generate(t, c, k); got.InitPos != want.InitPos || got.TargetPos[19] != want.TargetPos[19] {
			t.Errorf("trajectory %d is another one", k)
		}
	}
}
