package ensemble

import (
	"math"
	"slices"
	"testing"

	"gridcells/pkg/kernel"
	"gridcells/pkg/random"
)

// The exponentials and their sum have the bits of package math on every path, for all
// numbers of cells, down to what is negligible and beyond.
func TestExponentials(t *testing.T) {
	if kernel.Path() == "scalar" {
		t.Skip("no vectors here")
	}
	s := random.New(1, "test")
	special := []float64{0, math.Copysign(0, -1), negligible, math.Nextafter(negligible, 0), -1e-300, -1e300, math.Inf(-1), -math.Ln2, -math.Ln2 / 2}
	for i := range 150_000 {
		logs := make([]float64, i%33, wholeVectors(33))
		largest := s.Uniform(-50, 50)
		spread := s.Uniform(0, 120)
		for k := range logs {
			logs[k] = largest - spread*s.Float64()
			if s.IntN(20) == 0 {
				logs[k] = largest + special[s.IntN(len(special))]
			}
		}
		want := slices.Clone(logs)
		got := logs
		wantSum, sum := exponentialsScalar(want, largest), exponentialsVector(got, largest)
		if sum != wantSum || !slices.Equal(got, want) {
			t.Fatalf("largest %v: %v, sum %v; package math has %v, sum %v", largest, got, sum, want, wantSum)
		}
	}
}
