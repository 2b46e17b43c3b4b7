package synthetic

import (
	"math"
	"reflect"
	"testing"
)

func TestRatesAndSpikes(t *testing.T) {
	cells := []Cell{
		Grid{Scale: 0.4, Orientation: 0.2, Phase: [2]float64{0.1, 0.05}, Peak: 20}, Border{Wall: -0.5, Distance: 0.1, Peak: 15},
		HeadDirection{Towards: 1, Concentration: 4, Peak: 20}, Place{X: 0.1, Y: -0.1, SD: 0.1, Peak: 10}, Constant(5), Constant(0),
	}
	c := Config{Seconds: 600, Rate: 50, Start: 10, Width: 1, Height: 0.6, Lamps: 2, Dropouts: 2, Jumps: 2, Seed: 3}
	r, err := Make(c, cells...)
	if err != nil {
		t.Fatal(err)
	}
	for k, cell := range cells {
		expected := 0.0
		for i := range r.True.X {
			expected += cell.Rate(r.True.X[i], r.True.Y[i], r.True.Head[i]) / c.Rate
		}
		if n := float64(len(r.Units[k].Times)); math.Abs(n-expected) > 4*math.Sqrt(expected) {
			t.Errorf("cell %d: %v spikes, %v expected", k+1, n, expected)
		}
		for i, at := range r.Units[k].Times {
			if at < 10-0.01 || at > 610 || i > 0 && at <= r.Units[k].Times[i-1] {
				t.Fatalf("cell %d: spike %d at %v s", k+1, i, at)
			}
		}
	}
	again, _ := Make(c, cells...)
	if !reflect.DeepEqual(r.Units, again.Units) || !reflect.DeepEqual(r.True, again.True) {
		t.Error("the same configuration gives another recording")
	}
}

// The tracker has faults exactly where the truth says so.
func TestFaults(t *testing.T) {
	r, err := Make(Config{Seconds: 300, Rate: 30, Width: 1.2, Height: 0.8, Lamps: 2, Dropouts: 3, Jumps: 3, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	lost, bad := 0, 0
	for i := range r.True.X {
		x, y := (r.Path.X[i]+r.Path.X2[i])/2, (r.Path.Y[i]+r.Path.Y2[i])/2
		off := math.Hypot(x-r.True.X[i], y-r.True.Y[i])
		switch {
		case r.True.Lost[i]:
			lost++
		case r.True.Bad[i]:
			bad++
		}
		if math.IsNaN(off) != r.True.Lost[i] || off > 1e-9 && !r.True.Bad[i] {
			t.Fatalf("sample %d: seen %v m off; lost %v, bad %v", i, off, r.True.Lost[i], r.True.Bad[i])
		}
		if math.Abs(r.True.X[i]) > 0.61 || math.Abs(r.True.Y[i]) > 0.41 {
			t.Fatalf("sample %d is at %v, %v", i, r.True.X[i], r.True.Y[i])
		}
	}
	if lost < 50 || bad < 10 {
		t.Errorf("%d samples lost, %d bad", lost, bad)
	}
}

// A grid cell's rate is highest at the points of its lattice.
func TestLattice(t *testing.T) {
	g := Grid{Scale: 0.5, Orientation: 0.3, Phase: [2]float64{0.1, 0.2}, Peak: 12}
	for i := range 6 {
		sin, cos := math.Sincos(0.3 + float64(i)*math.Pi/3)
		if v := g.Rate(0.1+0.5*cos, 0.2+0.5*sin, 0); math.Abs(v-12) > 1e-9 {
			t.Errorf("neighbour %d: %v Hz", i, v)
		}
	}
	if v := g.Rate(0.1, 0.2, 0); math.Abs(v-12) > 1e-9 {
		t.Errorf("centre: %v Hz", v)
	}
}
