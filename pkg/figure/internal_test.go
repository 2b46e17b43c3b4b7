package figure

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gridcells/pkg/canvas"
)

func TestMapOrientation(t *testing.T) {
	// Value i + 10·j of a 2 × 3 map: two bins along x, three along y.
	m := Map{Rows: 2, Columns: 3, Values: []float64{0, 10, 20, 1, 11, math.NaN()}}
	for _, c := range []struct {
		o    Orientation
		want [][]float64 // rows from the top
	}{
		{XRight, [][]float64{{20, math.NaN()}, {10, 11}, {0, 1}}},
		{XDown, [][]float64{{0, 10, 20}, {1, 11, math.NaN()}}},
	} {
		img := m.picture(canvas.Jet(), c.o)
		block := img.Bounds().Dx() / len(c.want[0])
		if img.Bounds().Dy() != block*len(c.want) {
			t.Fatalf("orientation %d: picture of %v for %d × %d bins", c.o, img.Bounds(), len(c.want[0]), len(c.want))
		}
		for y := range img.Bounds().Dy() {
			for x := range img.Bounds().Dx() {
				v := c.want[y/block][x/block]
				want := canvas.Jet().At(v / 20)
				if math.IsNaN(v) {
					want.R, want.G, want.B, want.A = 255, 255, 255, 255
				}
				if got := img.At(x, y); got != want {
					t.Fatalf("orientation %d: pixel (%d, %d) is %v, want %v for value %v", c.o, x, y, got, want, v)
				}
			}
		}
	}
}

func TestConstantAndInfiniteMaps(t *testing.T) {
	constant := Map{Rows: 1, Columns: 2, Values: []float64{3, 3}}
	if got := constant.picture(canvas.Jet(), XDown).ColorIndexAt(0, 0); got != 0 {
		t.Errorf("a constant map has palette entry %d, want the lowest", got)
	}
	m := Map{Rows: 1, Columns: 4, Values: []float64{math.Inf(-1), 0, 1, math.Inf(1)}}
	img := m.picture(canvas.Jet(), XDown)
	block := img.Bounds().Dx() / 4
	for i, want := range []uint8{0, 0, 254, 254} {
		if got := img.ColorIndexAt(i*block, 0); got != want {
			t.Errorf("value %v has palette entry %d, want %d", m.Values[i], got, want)
		}
	}
}

func TestWithinLag(t *testing.T) {
	m := Map{Rows: 39, Columns: 39, Values: make([]float64, 39*39)}.WithinLag(20)
	shown := 0
	for k, v := range m.Values {
		di, dj := k/39-19, k%39-19
		if math.IsNaN(v) != (di*di+dj*dj > 400) {
			t.Fatalf("lag (%d, %d): value %v", di, dj, v)
		}
		if !math.IsNaN(v) {
			shown++
		}
	}
	// The lags with x² + y² ≤ 400 in [−19, 19]²; the disc has four more, at ±20.
	if shown != 1253 {
		t.Errorf("%d lags are shown, want 1253", shown)
	}
}

func TestOrdered(t *testing.T) {
	l := Layer{Units: []Unit{
		{Number: 4, Score60: math.NaN()}, {Number: 3, Score60: 0.5}, {Number: 2, Score60: 0.5}, {Number: 1, Score60: 0.9},
	}}
	var got []int
	for _, u := range l.Ordered() {
		got = append(got, u.Number)
	}
	if fmt.Sprint(got) != "[1 2 3 4]" {
		t.Errorf("units in order %v, want highest score first, equal scores by number, NaN last", got)
	}
}

func TestHighest(t *testing.T) {
	nan := math.NaN()
	if s, at := Highest([]float64{nan, -3, 2, nan, 2}); s != 2 || at != 2 {
		t.Errorf("Highest = %v at %d, want 2 at 2", s, at)
	}
	if s, at := Highest([]float64{nan}); !math.IsNaN(s) || at != -1 {
		t.Errorf("Highest of NaN = %v at %d", s, at)
	}
}

func TestRoundTicks(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		want      string
	}{
		{0, 300000, "0 100,000 200,000 300,000"},
		{-0.53, 1.07, "−0.5 0.0 0.5 1.0"},
		{3.8, 7.2, "4 5 6 7"},
		{0, 0.004, "0.000 0.001 0.002 0.003 0.004"},
		{5, 5, "5"},
	} {
		var labels []string
		for _, tick := range (roundTicks{5}).Ticks(c.low, c.high) {
			labels = append(labels, tick.Label)
		}
		if got := strings.Join(labels, " "); got != c.want {
			t.Errorf("ticks of [%v, %v]: %s, want %s", c.low, c.high, got, c.want)
		}
	}
}

// The part of an autocorrelogram around lag zero reaches equally far in the room along
// x and y.
func TestInner(t *testing.T) {
	m := Map{Rows: 7, Columns: 3, Values: make([]float64, 21)}
	for i := range m.Values {
		m.Values[i] = float64(i)
	}
	in, bins := m.Inner()
	if in.Rows != 3 || in.Columns != 3 || bins != 2 || in.At(0, 0) != m.At(2, 0) || in.At(1, 1) != m.At(3, 1) || in.At(2, 2) != m.At(4, 2) {
		t.Errorf("%+v, %v bins", in, bins)
	}
	if in, bins := (Map{Rows: 5, Columns: 5, Values: make([]float64, 25)}).Inner(); in.Rows != 5 || bins != 3 {
		t.Errorf("a square of %d, %v bins", in.Rows, bins)
	}
	long := Map{Rows: 7, Columns: 7, Values: make([]float64, 49), Aspect: 0.5} // bins twice as long along x
	if in, bins := long.Inner(); in.Rows != 3 || in.Columns != 7 || bins != 2 {
		t.Errorf("long bins: %d × %d, %v bins", in.Rows, in.Columns, bins)
	}
	if v := long.WithinLag(1).Values; math.IsNaN(v[2*7+3]) || !math.IsNaN(v[1*7+3]) || math.IsNaN(v[3*7+1]) || !math.IsNaN(v[3*7]) {
		t.Errorf("lags up to 1 bin along x: %v", v)
	}
}
