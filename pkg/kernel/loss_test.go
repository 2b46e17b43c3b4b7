package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func randomVector(rng *rand.Rand, n int, f func() float64) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(f())
	}
	return v
}

// softmaxRow is SoftmaxCrossEntropy of one row.
func softmaxRow(dz, z, t []float32, scale float32) float64 {
	row := func(x []float32) Matrix { return Dense(x, 1, len(x)) }
	var loss [1]float64
	SoftmaxCrossEntropy(loss[:], row(dz), row(z), row(t), scale)
	return loss[0]
}

// TestSoftmaxRows demands of several rows what one row at a time gives.
func TestSoftmaxRows(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(4, 7))
		for _, rows := range []int{1, 7, 8, 20} {
			const cells, stride = 21, 23
			z, target := randomVector(rng, rows*stride, rng.NormFloat64), randomVector(rng, rows*stride, rng.Float64)
			dz, want, losses := make([]float32, rows*stride), make([]float32, rows*stride), make([]float64, rows)
			SoftmaxCrossEntropy(losses, Matrix{dz, rows, cells, stride}, Matrix{z, rows, cells, stride}, Matrix{target, rows, cells, stride}, 3)
			for i := range rows {
				at := i * stride
				if loss := softmaxRow(want[at:at+cells], z[at:at+cells], target[at:at+cells], 3); loss != losses[i] {
					t.Errorf("row %d of %d: loss %v, alone %v", i, rows, losses[i], loss)
				}
			}
			if i := firstDifference(dz, want); i >= 0 {
				t.Errorf("%d rows: gradient %d differs", rows, i)
			}
		}
	})
}

// TestSoftmaxCrossEntropy compares with float64, for logits of all sizes.
func TestSoftmaxCrossEntropy(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(4, 4))
		for _, n := range []int{1, 2, 5, 12, 16, 17, 33, 256} {
			for _, size := range []float64{0.1, 5, 1000} {
				z := randomVector(rng, n, func() float64 { return size * rng.NormFloat64() })
				target := randomVector(rng, n, rng.Float64)
				dz := make([]float32, n)
				loss := softmaxRow(dz, z, target, 0.25)

				top, sum, sumT := math.Inf(-1), 0.0, 0.0
				for i, v := range z {
					top = math.Max(top, float64(v))
					sumT += float64(target[i])
				}
				for _, v := range z {
					sum += math.Exp(float64(v) - top)
				}
				want := 0.0
				for i, v := range z {
					want += float64(target[i]) * (math.Log(sum) + top - float64(v))
					gradient := 0.25 * (math.Exp(float64(v)-top)/sum*sumT - float64(target[i]))
					if !(math.Abs(float64(dz[i])-gradient) <= 2e-7*sumT) {
						t.Fatalf("n=%d size %v: dz[%d] = %v, want %v", n, size, i, dz[i], gradient)
					}
				}
				// The differences z−max are float32: one rounding of the largest.
				if !(math.Abs(loss-want) <= 3e-7*want+1e-7) {
					t.Fatalf("n=%d size %v: loss %v, want %v", n, size, loss, want)
				}
				softmaxRow(z, z, target, 0.25)
				if i := firstDifference(z, dz); i >= 0 {
					t.Fatalf("n=%d: in place differs at %d", n, i)
				}
			}
		}
	})
}

func TestSigmoidCrossEntropy(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(4, 5))
		for _, n := range []int{1, 3, 12, 31, 256} {
			for _, size := range []float64{0.01, 4, 100} {
				z := randomVector(rng, n, func() float64 { return size * rng.NormFloat64() })
				target := randomVector(rng, n, rng.Float64)
				dz := make([]float32, n)
				loss := SigmoidCrossEntropy(dz, z, target, 0.99, 0.005, 2)
				want := 0.0
				for i, v := range z {
					x, y := float64(v), 0.99*float64(target[i])+0.005
					want += (math.Max(x, 0) - x*y + math.Log1p(math.Exp(-math.Abs(x)))) / float64(n)
					gradient := 2 / float64(n) * (1/(1+math.Exp(-x)) - y)
					if !(math.Abs(float64(dz[i])-gradient) <= 5e-7/float64(n)) {
						t.Fatalf("n=%d size %v: dz[%d] = %v, want %v", n, size, i, dz[i], gradient)
					}
				}
				if !(math.Abs(loss-want) <= 2e-7*(1+size*3)) {
					t.Fatalf("n=%d size %v: loss %v, want %v", n, size, loss, want)
				}
			}
		}
	})
}

// TestLog1p looks at the loss at z = −|z|, t' = 0: log(1+exp(z)) alone.
func TestLog1p(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for z := float32(0); z > -120; z -= 0.01 {
			got := SigmoidCrossEntropy(make([]float32, 1), []float32{z}, []float32{0}, 1, 0, 1)
			want := math.Log1p(math.Exp(float64(z)))
			if !(math.Abs(got-want) <= 4e-7*want+0x1p-147) {
				t.Fatalf("log1p(exp(%v)) = %v, want %v", z, got, want)
			}
		}
	})
}

func TestSquaredError(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		dz := make([]float32, 2)
		loss := SquaredError(dz, []float32{1, 2}, []float32{3, -1}, 0.5)
		if loss != 6.5 || dz[0] != -1 || dz[1] != 1.5 {
			t.Errorf("loss %v, dz %v", loss, dz)
		}
	})
}

// TestLossNaN checks that a NaN anywhere reaches the loss.
func TestLossNaN(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for at := range 40 {
			z, target, dz := make([]float32, 40), make([]float32, 40), make([]float32, 40)
			target[0] = 1
			z[at] = float32(math.NaN())
			z[39-at] = 500
			for name, loss := range map[string]float64{
				"softmax": softmaxRow(dz, z, target, 1),
				"sigmoid": SigmoidCrossEntropy(dz, z, target, 1, 0, 1),
				"squared": SquaredError(dz, z, target, 1),
			} {
				if !math.IsNaN(loss) {
					t.Errorf("%s: NaN at %d gives loss %v", name, at, loss)
				}
			}
		}
	})
}

func BenchmarkLoss(b *testing.B) {
	const rows, n = 56, 256
	rng := rand.New(rand.NewPCG(4, 6))
	z, target := randomVector(rng, rows*n, rng.NormFloat64), randomVector(rng, rows*n, rng.Float64)
	dz, losses := make([]float32, rows*n), make([]float64, rows)
	matrix := func(x []float32, cells int) Matrix { return Matrix{x, rows, cells, n} }
	for _, cells := range []int{n, 12} {
		benchmarkPaths(b, fmt.Sprintf("SoftmaxCrossEntropy-%d", cells), rows*cells, func() {
			SoftmaxCrossEntropy(losses, matrix(dz, cells), matrix(z, cells), matrix(target, cells), 1)
		})
	}
	benchmarkPaths(b, "SigmoidCrossEntropy", n, func() { SigmoidCrossEntropy(dz[:n], z[:n], target[:n], 0.99, 0.005, 1) })
	benchmarkPaths(b, "SquaredError", n, func() { SquaredError(dz[:n], z[:n], target[:n], 1) })
}
