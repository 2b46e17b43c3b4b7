package webpage

import (
	"math"
	"slices"
	"testing"
)

// A path has its places, with a break where the position is not known, and without
// steps that no page shows. Positions beyond a wall are moved to the wall.
func TestPathOf(t *testing.T) {
	nan := math.NaN()
	room := [2]float64{2, 1}
	path := [][2]float64{{nan, nan}, {-1, -0.5}, {-1, -0.4999}, {0, 0}, {nan, 0}, {0, nan}, {1.5, 0.5}}
	want := Places{0, 0, 32767, 32767, pathBreak, pathBreak, 65534, 65534}
	if got := PathOf(room, path); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// Each spike whose position is known has a place, and spikes at the same place have
// one.
func TestSpikesOf(t *testing.T) {
	room := [2]float64{2, 1}
	path := [][2]float64{{-1, -0.5}, {math.NaN(), 0}, {1, 0.5}, {1, 0.5}}
	if got, want := SpikesOf(room, path, []int32{0, 1, 2, 3, 3, 9}), (Places{0, 0, 65534, 65534}); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
