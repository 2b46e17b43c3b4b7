package recording

import (
	"math"
	"strings"
	"testing"

	"gridcells/pkg/room"
)

// Head directions that belong to other axes than positions are found by the
// direction in which the animal moves.
func TestHeadsAndMovement(t *testing.T) {
	along := func(i int) float64 { return 0.2*math.Pi*float64(i)/50 + math.Pi/2 } // the circle
	for _, test := range []struct {
		name string
		head func(i int) float64
		o    func(*Options)
		want string // part of the advice
	}{
		{"as it moves", along, nil, ""},
		{"with a swaying head", func(i int) float64 { return along(i) + math.Sin(float64(i)) }, nil, ""},
		{"at random", func(i int) float64 { return float64(i * i) }, nil, ""},
		{"y downwards", func(i int) float64 { return -along(i) }, nil, "y seems to point downwards"},
		{"y turned around", func(i int) float64 { return -along(i) }, func(o *Options) { o.YDown = true }, ""},
		{"x leftwards", func(i int) float64 { return math.Pi - along(i) }, nil, "x seems to point leftwards"},
		{"swapped", func(i int) float64 { return math.Pi/2 - along(i) }, nil, "x and y seem to be swapped"},
		{"turned", func(i int) float64 { return along(i) - math.Pi/2 }, nil, "lie -90° from the direction of movement"},
	} {
		f, err := framesOf(func(p *Path) {
			for i := range p.X {
				p.Heading = append(p.Heading, math.Remainder(test.head(i), 2*math.Pi))
			}
		}, test.o)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		advice, downwards := f.Found.Heads.Advice()
		if downwards != (test.name == "y downwards") {
			t.Errorf("%s: downwards is %v", test.name, downwards)
		}
		p := circling(20)
		var head []float64
		for i := range p.X {
			head = append(head, test.head(i))
		}
		if test.o == nil {
			if samples, _ := MeasureHeads(p.Time, p.X, p.Y, head).Advice(); samples != advice {
				t.Errorf("%s: of samples %q, of frames %q", test.name, samples, advice)
			}
		}
		if advice == "" != (test.want == "") || !strings.Contains(advice, test.want) {
			t.Errorf("%s: %q, want %q (%+v)", test.name, advice, test.want, f.Found.Heads)
		}
	}
	if advice, _ := (*Heads)(nil).Advice(); advice != "" {
		t.Error(advice)
	}
}

// With y downwards, walls are still those of the path.
func TestYDown(t *testing.T) {
	f, err := framesOf(func(*Path) {}, func(o *Options) {
		o.YDown = true
		o.Walls = &Walls{X: room.Interval{Lo: 0, Hi: 1}, Y: room.Interval{Lo: 0.1, Hi: 1.1}}
	})
	if err != nil {
		t.Fatal(err)
	}
	first := all(t, f)[125] // a quarter of a round, at (0.5, 0.7)
	if f.Found.Outside != 0 || f.Room != [2]float64{1, 1} || math.Abs(float64(first.X)) > 1e-6 || math.Abs(float64(first.Y)+0.1) > 1e-6 {
		t.Errorf("%+v, room %v, frame %v", f.Found, f.Room, first)
	}
}
