package gridscore

import (
	"math"
	"testing"

	"gridcells/pkg/geometry/latticetest"
	"gridcells/pkg/ratemap"
)

// A stretched lattice scores almost as its round one after the correction, and
// clearly less before.
func TestCorrectEllipse(t *testing.T) {
	const n = 40
	s, err := NewScorer(ratemap.Square(n), ZeroFilled, ReferenceMinMax())
	if err != nil {
		t.Fatal(err)
	}
	score := func(l latticetest.Lattice) float64 {
		scores := make([]Score, 1)
		if err := s.Score(scores, l.Rates(n)); err != nil {
			t.Fatal(err)
		}
		return scores[0].Sixty
	}
	for _, axis := range []float64{0, 25, 90, 140} {
		l := latticetest.Lattice{Scale: 10, Orientation: 10, X: 3, Y: 4}
		round := score(l)
		l.Stretch, l.Axis = 1.3, axis
		before := score(l)
		corrected := make([]Score, 1)
		if err := s.Correct(corrected, Ellipse{1.3, axis}); err != nil {
			t.Fatal(err)
		}
		if after := corrected[0].Sixty; before > 0.8*round || math.Abs(after-round) > 0.1*round {
			t.Errorf("axis at %v°: round %.3f, stretched %.3f, corrected %.3f", axis, round, before, after)
		}
	}
	// A circle changes nothing but digits.
	want := score(latticetest.Lattice{Scale: 10, Orientation: 10})
	same := make([]Score, 1)
	if err := s.Correct(same, Ellipse{1, 30}); err != nil || math.Abs(same[0].Sixty-want) > 1e-9 {
		t.Errorf("a circle: %v, want %v, %v", same[0].Sixty, want, err)
	}
	for _, bad := range []Ellipse{{0.5, 0}, {math.NaN(), 0}, {math.Inf(1), 0}, {1.1, math.NaN()}} {
		if err := s.Correct(same, bad); err == nil {
			t.Errorf("%+v accepted", bad)
		}
	}
}
