package nulls

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gridcells/pkg/random"
	"gridcells/pkg/ratemap"
)

// The vector path of the complex transform gives gonum's bits.
func TestPlaneFourier(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, size := range [][2]int{{1, 1}, {2, 2}, {4, 5}, {5, 2}, {8, 20}, {20, 20}, {32, 32}, {40, 25}, {44, 20}, {21, 16}, {64, 10}} {
		f := newPlaneFourier(size[0], size[1])
		got := make([]complex128, size[0]*size[1])
		for i := range got {
			got[i] = complex(rng.NormFloat64(), rng.NormFloat64())
		}
		want := slices.Clone(got)
		f.transform(got)
		f.transformLines(want)
		if !slices.Equal(got, want) {
			t.Errorf("%v: the paths differ", size)
		}
	}
}

// The vector path of the real transform agrees with the scalar one, and both give the
// map back.
func TestSpectrum(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, l := range []ratemap.Layout{ratemap.Square(1), ratemap.Square(2), ratemap.Square(7), ratemap.Square(20), {X: 9, Y: 14, Aspect: 1}} {
		for _, padding := range []int{1, 2, 3} {
			a, b := newSpectrum(l, padding), newSpectrum(l, padding)
			b.vector = false
			for bin := range l.Cells() {
				for m := range lanes {
					a.maps[a.place(bin)][m] = rng.Float32() - 0.5
				}
			}
			copy(b.maps, a.maps)
			factors := make([][lanes]float32, len(a.power))
			for r := range factors {
				factors[r] = [lanes]float32{1, 1, 1, 1, 1, 1, 1, 0}
			}
			for _, s := range []*spectrum{a, b} {
				s.take()
				s.scale(factors)
				s.put()
			}
			for r := range a.power {
				for m, p := range a.power[r] {
					if q := b.power[r][m]; p-q > 1e-5*p || q-p > 1e-5*p {
						t.Errorf("%v, padding %d, ring %d: power %v, scalar %v", l, padding, r, p, q)
					}
				}
			}
			for bin := range l.Cells() {
				at := a.place(bin)
				for m := range lanes {
					want := a.maps[at][m] * factors[0][m]
					for _, s := range []*spectrum{a, b} {
						if d := s.coloured[at][m] - want; d > 1e-5 || d < -1e-5 {
							t.Fatalf("%v, padding %d, bin %d of map %d: %v, want %v", l, padding, bin, m, s.coloured[at][m], want)
						}
					}
				}
			}
		}
	}
}

// Maps are the same however many are drawn at once.
func TestDrawAll(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const n, draws = 11, 21
	m := make([]float64, n*n)
	for i := range m {
		m[i] = rng.ExpFloat64()
	}
	for _, null := range Registry {
		if null.NewOwn == nil || null.Needs.Shifted {
			continue
		}
		var want [][]float64
		for _, atOnce := range []int{1, 3, 8, draws} {
			own, s := null.NewOwn(ratemap.Square(n), DefaultOptions()), Stream(1, null.Name, "units", 0)
			own.Prepare(Unit{Ratemap: m})
			all := make([][]float64, draws)
			for i := range all {
				all[i] = make([]float64, n*n)
			}
			for part := range slices.Chunk(all, atOnce) {
				own.Draw(part, s)
			}
			if want == nil {
				want = all
			}
			for i := range all {
				if !slices.Equal(all[i], want[i]) {
					t.Errorf("%s, %d at once: map %d is another one", null.Name, atOnce, i)
				}
			}
		}
	}
}

// Placed in vectors, the bins of a field shuffle go where the scalar loop puts them, in
// maps of all sizes that vectors serve, with holes, flat parts, and bins that lie far
// outside of the room.
func TestFieldShuffleInVectors(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	sizes := [][2]int{{1, 1}, {1, 2}, {2, 1}, {1, 32}, {32, 1}, {24, 31}, {24, 32}, {25, 31}, {32, 32}, {20, 20}, {31, 32}, {9, 7}}
	for range 40 {
		sizes = append(sizes, [2]int{1 + rng.IntN(widestVector), 1 + rng.IntN(widestVector)})
	}
	for _, size := range sizes {
		l := ratemap.Layout{X: size[0], Y: size[1], Aspect: 1}
		for kind := range 4 {
			m := make([]float64, l.Cells())
			for i := range m {
				switch m[i] = rng.NormFloat64(); {
				case kind == 1 && rng.IntN(3) == 0:
					m[i] = math.NaN()
				case kind == 2:
					m[i] = float64(rng.IntN(3))
				case kind == 3:
					m[i] = -math.Abs(float64(i - l.Cells()/2)) // one field
				}
			}
			m[rng.IntN(len(m))] = 9
			f := NewFieldShuffle(l, Segmentation{Smoothing: float64(kind) / 2, InTurn: rng.IntN(2) == 0})
			if !f.vector {
				t.Skip("without vectors")
			}
			f.Prepare(m)
			want, s, again := make([]float64, len(m)), random.New(1, "test"), random.New(1, "test")
			for _, maps := range []int{1, 3, 2} {
				got := make([][]float64, maps)
				for i := range got {
					got[i] = make([]float64, len(m))
				}
				f.vector = true
				f.DrawAll(got, s)
				f.vector = false
				for _, got := range got {
					f.Draw(want, again)
					for i := range want {
						if math.Float64bits(got[i]) != math.Float64bits(want[i]) {
							t.Fatalf("%v, map %d, %d at once: bin %d is %v, want %v", size, kind, maps, i, got[i], want[i])
						}
					}
				}
			}
		}
	}
}

func BenchmarkFieldShuffle(b *testing.B) {
	for _, n := range []int{20, 32} {
		rng := rand.New(rand.NewPCG(7, 8))
		white, m, dsts := make([]float64, n*n), make([]float64, n*n), make([][]float64, 8)
		for i := range dsts {
			dsts[i] = make([]float64, n*n)
		}
		for i := range white {
			white[i] = rng.NormFloat64()
		}
		ratemap.Smooth(m, white, n, 1.5)
		for _, vector := range []bool{false, true} {
			b.Run(fmt.Sprintf("%dx%d/vector=%v", n, n, vector), func(b *testing.B) {
				f := NewFieldShuffle(ratemap.Square(n), Segmentation{Smoothing: 1})
				f.vector = f.vector && vector
				f.Prepare(m)
				s := random.New(1, "test")
				for b.Loop() { // eight maps
					f.DrawAll(dsts, s)
				}
			})
		}
	}
}
