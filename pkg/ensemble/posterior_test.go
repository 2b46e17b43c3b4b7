package ensemble

import (
	"math"
	"slices"
	"testing"

	"gridcells/pkg/kernel"
	"gridcells/pkg/random"
)

// Posteriors have the bits of package math on every path, for all numbers of cells, down
// to what is negligible and beyond.
func TestPosteriors(t *testing.T) {
	if kernel.Path() == "scalar" {
		t.Skip("no vectors here")
	}
	s := random.New(1, "test")
	special := []float64{0, math.Copysign(0, -1), negligible, math.Nextafter(negligible, 0), -1e-300, -1e300, math.Inf(-1), -math.Ln2, -math.Ln2 / 2}
	for range 10_000 {
		var logs, largest []float64
		var vectors []int
		for range 1 + s.IntN(together) {
			cells, most, spread := 1+s.IntN(33), s.Uniform(-50, 50), s.Uniform(0, 120)
			all := slices.Repeat([]float64{math.Inf(-1)}, wholeVectors(cells))
			for k := range cells {
				all[k] = most - spread*s.Float64()
				if s.IntN(20) == 0 {
					all[k] = most + special[s.IntN(len(special))]
				}
			}
			all[s.IntN(cells)] = most
			logs, vectors = append(logs, all...), append(vectors, len(all)/lanes)
			largest = append(largest, most)
		}
		got := &posteriors{vectors: vectors, largest: largest, logs: slices.Clone(logs), shares: make([]float32, len(logs))}
		want := &posteriors{vectors: vectors, largest: largest, logs: slices.Clone(logs), shares: make([]float32, len(logs))}
		got.vector()
		want.scalar()
		if !slices.Equal(got.logs, want.logs) || !slices.Equal(got.shares, want.shares) {
			t.Fatalf("largest %v: %v, package math has %v", largest, got.shares, want.shares)
		}
	}
}

// Log-densities of several cells are those of one, which have no vectors.
func TestLogDensitiesOfManyCells(t *testing.T) {
	s := random.New(2, "test")
	for _, n := range []int{1, 3, 4, 5, 8, 12, 37} {
		place, err := NewPlaceCells(n, 0.1, 2, 5, false)
		if err != nil {
			t.Fatal(err)
		}
		direction, err := NewHeadDirectionCells(n, 20, 5)
		if err != nil {
			t.Fatal(err)
		}
		for range 200 {
			for _, e := range []Ensemble{place, direction} {
				x, cells := []float64{s.Uniform(-3, 3), s.Uniform(-3, 3)}[:e.Dim()], ascending(n)
				if s.IntN(2) == 0 {
					cells = cells[s.IntN(n):]
				}
				if s.IntN(20) == 0 {
					x[0] = math.NaN()
				}
				got, one, largest := make([]float64, len(cells)), make([]float64, 1), math.Inf(-1)
				most := e.LogDensity(got, x, cells)
				for i := range cells {
					e.LogDensity(one, x, cells[i:i+1])
					if math.Float64bits(got[i]) != math.Float64bits(one[0]) && !math.IsNaN(got[i]) {
						t.Fatalf("%T of %d cells at %v: %v, want %v", e, n, x, got[i], one[0])
					}
					if got[i] > largest {
						largest = got[i]
					}
				}
				if most != largest {
					t.Fatalf("%T of %d cells at %v: the largest is %v, want %v", e, n, x, most, largest)
				}
			}
		}
	}
}
