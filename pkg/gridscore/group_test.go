package gridscore

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gridcells/pkg/kernel"
	"gridcells/pkg/ratemap"
)

// Several maps at once give the bits that each gives alone: scores, rings and SACs, for
// all definitions, sizes, and ways to treat bins never visited.
func TestScoreAll(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	for _, layout := range []ratemap.Layout{
		ratemap.Square(2), ratemap.Square(3), ratemap.Square(5), ratemap.Square(12), ratemap.Square(13), ratemap.Square(20), ratemap.Square(32),
		{X: 7, Y: 15, Aspect: 1}, {X: 26, Y: 11, Aspect: 1.3},
	} {
		for _, unvisited := range []Unvisited{ZeroFilled, LeftOut} {
			t.Run(fmt.Sprintf("%dx%d/%v", layout.X, layout.Y, unvisited), func(t *testing.T) {
				var definitions []Definition
				for _, e := range Registry {
					definitions = append(definitions, e.New(layout))
				}
				scorer, err := NewScorer(layout, unvisited, definitions...)
				if err != nil {
					t.Fatal(err)
				}
				var all [][]float64
				if layout.X == layout.Y {
					awkward := awkwardMaps(layout.X)
					for _, name := range slices.Sorted(maps.Keys(awkward)) {
						all = append(all, awkward[name])
					}
				}
				for len(all)%groupSize != groupSize-1 || len(all) < 2*groupSize {
					m := make([]float64, layout.Cells())
					for i := range m {
						m[i] = rng.NormFloat64()
					}
					all = append(all, m)
				}
				alone, want := scorer.Clone(), make([]Score, len(definitions))
				next := 0
				err = scorer.ScoreAll(all, func(i int, got []Score) error {
					if i != next {
						t.Fatalf("map %d after map %d", i, next-1)
					}
					next++
					if err := alone.Score(want, all[i]); err != nil {
						t.Fatal(err)
					}
					for k, v := range scorer.SAC() {
						if w := alone.SAC()[k]; math.Float64bits(v) != math.Float64bits(w) {
							t.Fatalf("map %d, lag %d: %v, want %v", i, k, v, w)
						}
					}
					for k := range got {
						if fmt.Sprint(got[k]) != fmt.Sprint(want[k]) {
							t.Errorf("map %d, %s: %v, want %v", i, definitions[k].Name, got[k], want[k])
						}
					}
					return nil
				})
				if err != nil || next != len(all) {
					t.Errorf("%d of %d maps: %v", next, len(all), err)
				}
			})
		}
	}
}

// The values of a group are put side by side, and normalized, alike with and without
// vectors, also where values are missing, infinite, zero or equally near to zero.
func TestFillGroup(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 16))
	kinds := []float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, math.Copysign(0, -1), 1, -1, 1e-300, -1e300}
	for trial := range 500 {
		bins := 1 + rng.IntN(23)
		var maps [groupSize][]float64
		for m := range maps {
			maps[m] = make([]float64, bins)
			for i := range maps[m] {
				if maps[m][i] = rng.NormFloat64(); rng.IntN(3) == 0 {
					maps[m][i] = kinds[rng.IntN(len(kinds))]
				}
			}
		}
		start := extremes{nearest: [groupSize]float64{math.Inf(1), math.Inf(1), math.Inf(1), math.Inf(1)}}
		got, want := start, start
		values, squares := make([][groupSize]float64, bins), make([][groupSize]float64, bins)
		wantValues, wantSquares := slices.Clone(values), slices.Clone(squares)
		from := 0
		if kernel.Path() != "scalar" {
			from = gather(values, &maps, &got)
		}
		gatherScalar(values, &maps, from, &got)
		gatherScalar(wantValues, &maps, 0, &want)
		for m := range maps {
			if (got.missing[m] != 0) != (want.missing[m] != 0) {
				t.Errorf("trial %d, map %d: missing %v, want %v", trial, m, got.missing[m], want.missing[m])
			}
		}
		bits := func(v any) string { return fmt.Sprintf("%b", v) } // tells −0 from 0
		if bits(got.nearest) != bits(want.nearest) || bits(got.largest) != bits(want.largest) || bits(values) != bits(wantValues) {
			t.Fatalf("trial %d: %v of %v, want %v of %v", trial, got, values, want, wantValues)
		}
		n := normalization{nearest: got.nearest}
		for m := range maps {
			n.scale[m], n.again[m], n.least[m] = math.Ldexp(1, rng.IntN(40)), math.Ldexp(1, rng.IntN(40)), rng.Float64()
		}
		if kernel.Path() != "scalar" {
			normalize(values, squares, &n)
		} else {
			normalizeScalar(values, squares, &n)
		}
		normalizeScalar(wantValues, wantSquares, &n)
		if bits(values) != bits(wantValues) || bits(squares) != bits(wantSquares) {
			t.Fatalf("trial %d: normalized to %v, want %v", trial, values, wantValues)
		}
	}
}

// An error names the map that it is in.
func TestScoreAllFails(t *testing.T) {
	const n = 5
	scorer := newTestScorer(t, n, ZeroFilled, "reference")
	all := make([][]float64, 9)
	for i := range all {
		all[i] = make([]float64, n*n)
	}
	count := func(int, []Score) error { return nil }
	all[6][3] = math.Inf(1)
	var e *MapError
	if err := scorer.ScoreAll(all, count); !errors.As(err, &e) || e.Map != 6 || !errors.Is(err, ErrInfinite) {
		t.Errorf("an infinite value: %v", err)
	}
	all[2] = all[2][1:]
	if err := scorer.ScoreAll(all, count); !errors.As(err, &e) || e.Map != 2 {
		t.Errorf("a short map: %v", err)
	}
	stopped := errors.New("stopped")
	if err := scorer.ScoreAll(all[3:], func(i int, _ []Score) error { return stopped }); err != stopped {
		t.Errorf("put failed: %v", err)
	}
}

// The vector path of the prefilter gives the same bits, at any number of columns.
func TestPrefilter(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 16))
	for _, lines := range []int{3, 4, 7, 39} {
		for _, n := range []int{1, 3, 4, 5, 19, 20, 21, 24, 47} {
			got := make([]float64, lines*n)
			for i := range got {
				got[i] = rng.NormFloat64()
			}
			want, poles := slices.Clone(got), newPoles(lines)
			prefilter(got, n, &poles, newLagSums(2, 2).vector)
			prefilterScalar(want, n, &poles, 0)
			if !slices.Equal(got, want) {
				t.Errorf("%d lines of %d columns: the paths differ", lines, n)
			}
		}
	}
}

// The vector path of the sums over points gives the same bits.
func TestSumPoints(t *testing.T) {
	if !newLagSums(2, 2).vector {
		t.Skip("the vector path is not to be had here")
	}
	rng := rand.New(rand.NewPCG(17, 18))
	s := newTestScorer(t, 7, ZeroFilled, "reference")
	for i := range s.values {
		s.values[i] = 2*rng.Float64() - 1
	}
	for i := range s.rotated {
		s.rotated[i] = [2]float64{rng.NormFloat64(), rng.NormFloat64()}
	}
	var got, want pointSums
	for from := 0; from <= len(s.plan.points); from += 5 {
		points := s.plan.points[from:min(from+5, len(s.plan.points))]
		sumPoints(&got, points, s.rotated[rotations*from:], s.values)
		want.addScalar(points, s.rotated[rotations*from:], s.values)
		if got != want {
			t.Fatalf("points from %d: %v, want %v", from, got, want)
		}
	}
}

func BenchmarkScoreAll(b *testing.B) {
	for _, n := range []int{20, 32, 44} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := newTestScorer(b, n, ZeroFilled, "reference")
			m := awkwardMaps(n)["noise"]
			group := [][]float64{m, m, m, m}
			b.ReportAllocs()
			for b.Loop() {
				if err := s.ScoreAll(group, func(int, []Score) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
