package gridscore

import (
	"math/rand/v2"
	"slices"
	"testing"

	"gridcells/pkg/kernel"
)

// Lines are moved alike with and without vectors, whatever their number and length, and
// whichever way rows follow each other. Nothing beside them changes.
func TestLines(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		s := shape{1 + rng.IntN(11), 1 + rng.IntN(11)}
		place := func(s shape) lines {
			l := lines{stride: s.columns + rng.IntN(3), first: rng.IntN(3)}
			l.values = make([]float64, l.first+s.rows*l.stride+rng.IntN(3)+1)
			for i := range l.values {
				l.values[i] = rng.Float64()
			}
			if rng.IntN(2) == 0 {
				l.first, l.stride = l.first+(s.rows-1)*l.stride, -l.stride
			}
			return l
		}
		from, turned := place(s), place(shape{s.columns, s.rows})
		for name, test := range map[string]struct {
			to   lines
			move func(to, from lines, s shape, vector bool)
			goes func(i, j int) (row, column int)
		}{
			"transpose": {turned, transposeLines, func(i, j int) (int, int) { return j, i }},
			"reverse":   {place(s), reverseLines, func(i, j int) (int, int) { return i, s.columns - 1 - j }},
			"copy":      {place(s), copyLines, func(i, j int) (int, int) { return i, j }},
		} {
			before := slices.Clone(test.to.values)
			want := lines{slices.Clone(before), test.to.first, test.to.stride}
			for i := range s.rows {
				for j := range s.columns {
					row, column := test.goes(i, j)
					want.values[want.first+row*want.stride+column] = from.values[from.first+i*from.stride+j]
				}
			}
			for _, vector := range []bool{false, kernel.Path() != "scalar"} {
				copy(test.to.values, before)
				test.move(test.to, from, s, vector)
				if !slices.Equal(test.to.values, want.values) {
					t.Fatalf("%s %v, vector %v: %v, want %v", name, s, vector, test.to.values, want.values)
				}
			}
		}
	}
}
