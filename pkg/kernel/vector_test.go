package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestClip(t *testing.T) {
	nan := float32(math.NaN())
	onEveryPath(t, func(t *testing.T) {
		for n := 7; n < 60; n++ {
			x := make([]float32, n)
			copy(x[n-7:], []float32{nan, 2, -3, inf, -inf, 1, -1})
			if got := Clip(x, 1); got != 4 {
				t.Errorf("n=%d: %d clipped, want 4", n, got)
			}
			got := x[n-7:]
			if !isNaN(got[0]) {
				t.Errorf("n=%d: NaN became %v", n, got[0])
			}
			for i, want := range []float32{1, -1, 1, -1, 1, -1} {
				if got[i+1] != want {
					t.Errorf("n=%d: element %d is %v, want %v", n, i+1, got[i+1], want)
				}
			}
		}
	})
}

func TestFirstNonFinite(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for n := range 70 {
			x := make([]float32, n)
			for i := range x {
				x[i] = math.MaxFloat32
			}
			if got := FirstNonFinite(x); got != -1 {
				t.Fatalf("n=%d: %d among finite values", n, got)
			}
			for at := n - 1; at >= 0; at-- {
				x[at] = []float32{inf, -inf, float32(math.NaN())}[at%3]
				if got := FirstNonFinite(x); got != at {
					t.Fatalf("n=%d: %d, want %d", n, got, at)
				}
			}
		}
	})
}

func TestColumnSums(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	for _, path := range assemblyPaths() {
		for _, n := range []int{0, 1, 7, 8, 12, 15, 16, 63, 64, 65, 127, 128, 140, 256, 268, 300} {
			for _, rows := range []int{0, 1, 2, 9} {
				ldx := n + 3
				x := randomVector(rng, max(rows*ldx-3, 0), rng.NormFloat64)
				whole, sums := guarded(rng, n, 1)
				want := append([]float32(nil), sums...)
				for _, accumulate := range []bool{true, false} {
					restore, _ := Use(path.name)
					ColumnSums(Matrix{x, rows, n, ldx}, sums, accumulate)
					restore()
					restore, _ = Use("scalar")
					ColumnSums(Matrix{x, rows, n, ldx}, want, accumulate)
					restore()
					if i := firstDifference(sums, want); i >= 0 {
						t.Fatalf("%s: %d×%d: sum %d is %v, scalar %v", path.name, rows, n, i, sums[i], want[i])
					}
					if !intact(whole, n, 1) {
						t.Fatalf("%s: %d×%d: stray write", path.name, rows, n)
					}
				}
			}
		}
	}
}

// TestApplyMask checks the order of bits, and that a dropped NaN is dropped.
func TestApplyMask(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		x, y := make([]float32, 130), make([]float32, 130)
		for i := range x {
			x[i] = float32(i)
		}
		mask := []uint64{1<<0 | 1<<9 | 1<<63, 1 << 2, 1 << 1}
		x[1] = float32(math.NaN())
		ApplyMask(y, x, mask, 2)
		for i, v := range y {
			want := float32(0)
			switch i {
			case 0, 9, 63, 66, 129:
				want = 2 * float32(i)
			}
			if v != want {
				t.Errorf("element %d is %v, want %v", i, v, want)
			}
		}
	})
}

func BenchmarkVector(b *testing.B) {
	const n = 1 << 15
	v := make([][]float32, 4)
	for i := range v {
		v[i] = randomVector(rand.New(rand.NewPCG(1, 1)), n, rand.Float64)
	}
	mask := make([]uint64, n/64)
	benchmarkPaths(b, "Add", n, func() { Add(v[0], v[1]) })
	benchmarkPaths(b, "ApplyMask", n, func() { ApplyMask(v[0], v[1], mask, 2) })
	benchmarkPaths(b, "Clip", n, func() { Clip(v[0], 1) })
	benchmarkPaths(b, "SumSquares", n, func() { SumSquares(v[0]) })
	benchmarkPaths(b, "FirstNonFinite", n, func() { FirstNonFinite(v[1]) })
	benchmarkPaths(b, "ColumnSums", n, func() { ColumnSums(Dense(v[0], n/256, 256), v[1][:256], false) })
	benchmarkPaths(b, "Transpose", n, func() { Transpose(Dense(v[0], 256, n/256), Dense(v[1], n/256, 256)) })
	benchmarkPaths(b, "RMSPropTF", n, func() { RMSProp{1e-5, 0.9, 0.9, 1e-10}.StepTF(v[0], v[1], v[2], v[3]) })
	benchmarkPaths(b, "Adam", n, func() { Adam{1e-5, 0.9, 0.999, 1e-8, 1, 1}.Step(v[0], v[1], v[2], v[3]) })
}
