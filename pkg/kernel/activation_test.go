package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

var inf = float32(math.Inf(1))

// sweep returns floats over the whole range: every 4099th bit pattern, dense
// steps where the functions bend, and the edges of saturation.
func sweep() []float32 {
	var x []float32
	for u := uint64(0); u < 1<<32; u += 4099 {
		x = append(x, math.Float32frombits(uint32(u)))
	}
	for v := -110.0; v < 110; v += 0x1p-10 {
		x = append(x, float32(v))
	}
	return x
}

// checkAgainst compares f with the float64 function want over the sweep:
// relative error up to tol, absolute error up to one subnormal step.
func checkAgainst(t *testing.T, f func(dst, x []float32), want func(float64) float64, tol float64) {
	t.Helper()
	x := sweep()
	y := make([]float32, len(x))
	f(y, x)
	worst, at := 0.0, float32(0)
	for i, v := range x {
		w := want(float64(v))
		if math.IsNaN(w) || float32(w) == y[i] {
			if math.IsNaN(w) && !isNaN(y[i]) {
				t.Fatalf("f(%v) = %v, want NaN", v, y[i])
			}
			continue
		}
		e := math.Abs(float64(y[i])-w) - 0x1p-149
		if !(e/math.Abs(w) <= worst) {
			worst, at = e/math.Abs(w), v
		}
	}
	t.Logf("worst relative error %.3g at %v", worst, at)
	if !(worst <= tol) {
		t.Errorf("relative error %v at %v", worst, at)
	}
}

func TestNonlinearities(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		t.Run("Sigmoid", func(t *testing.T) {
			checkAgainst(t, Sigmoid, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }, 3e-7)
		})
		t.Run("Tanh", func(t *testing.T) { checkAgainst(t, Tanh, math.Tanh, 3e-7) })
	})
}

func TestSpecialValues(t *testing.T) {
	nan := float32(math.NaN())
	negativeZero := float32(math.Copysign(0, -1))
	tests := []struct {
		name    string
		f       func(dst, x []float32)
		x, want []float32
	}{
		{"Sigmoid", Sigmoid,
			[]float32{-inf, -1e30, -200, 0, negativeZero, 44, 200, 1e30, inf, nan, -nan},
			[]float32{0, 0, 0, 0.5, 0.5, 1, 1, 1, 1, nan, nan}},
		{"Tanh", Tanh,
			[]float32{-inf, -1e30, -44, negativeZero, 0, 1e-40, 1e-20, 44, 1e30, math.MaxFloat32, inf, nan, -nan},
			[]float32{-1, -1, -1, negativeZero, 0, 1e-40, 1e-20, 1, 1, 1, 1, nan, nan}},
		{"ReLU", ReLU,
			[]float32{-inf, -1, negativeZero, 0, 1e-40, 3, inf, nan, -nan},
			[]float32{0, 0, negativeZero, 0, 1e-40, 3, inf, nan, nan}},
	}
	onEveryPath(t, func(t *testing.T) {
		for _, c := range tests {
			y := make([]float32, len(c.x))
			c.f(y, c.x)
			for i := range y {
				undefined := isNaN(c.want[i])
				if undefined != isNaN(y[i]) || !undefined && math.Float32bits(y[i]) != math.Float32bits(c.want[i]) {
					t.Errorf("%s(%v) = %v, want %v", c.name, c.x[i], y[i], c.want[i])
				}
			}
		}
	})
}

// TestInPlace checks the aliasing the documentation allows.
func TestInPlace(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		x := make([]float32, 53)
		y, d := make([]float32, len(x)), make([]float32, len(x))
		for i := range x {
			x[i], d[i] = float32(i-26)/8, float32(i)/7
		}
		Tanh(y, x)
		Tanh(x, x)
		if i := firstDifference(x, y); i >= 0 {
			t.Errorf("Tanh in place differs at %d", i)
		}
		TanhBackward(x, y, d)
		TanhBackward(y, y, d)
		if i := firstDifference(x, y); i >= 0 {
			t.Errorf("TanhBackward in place differs at %d", i)
		}
	})
}

// lstmRow is one row of an LSTM step with random contents.
type lstmRow struct{ gates, cPrev, c, tanhC, h []float32 }

func newLSTMRow(rng *rand.Rand, n int, size float64) lstmRow {
	random := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(size * rng.NormFloat64())
		}
		return v
	}
	return lstmRow{random(4 * n), random(n), make([]float32, n), make([]float32, n), make([]float32, n)}
}

func (r lstmRow) forward() { LSTMForward(r.gates, r.cPrev, r.c, r.tanhC, r.h, 1) }

// TestLSTMForward compares with float64, with cell values far beyond where
// tanh saturates.
func TestLSTMForward(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(1, 1))
		for _, size := range []float64{0.1, 2, 50} {
			const n = 131
			r := newLSTMRow(rng, n, size)
			pre := append([]float32(nil), r.gates...)
			r.forward()
			for u := range n {
				i, j := 1/(1+math.Exp(-float64(pre[u]))), math.Tanh(float64(pre[n+u]))
				f, o := 1/(1+math.Exp(-float64(pre[2*n+u])-1)), 1/(1+math.Exp(-float64(pre[3*n+u])))
				c := f*float64(r.cPrev[u]) + i*j
				bound := 1e-6 * (f*math.Abs(float64(r.cPrev[u])) + math.Abs(i*j))
				if !(math.Abs(float64(r.c[u])-c) <= bound) {
					t.Fatalf("size %v: c[%d] = %v, want %v", size, u, r.c[u], c)
				}
				if !(math.Abs(float64(r.h[u])-math.Tanh(c)*o) <= bound+1e-6*o) {
					t.Fatalf("size %v: h[%d] = %v, want %v", size, u, r.h[u], math.Tanh(c)*o)
				}
				if math.Abs(c) > 44 && float64(r.tanhC[u]) != math.Copysign(1, c) {
					t.Fatalf("size %v: tanh(%v) = %v", size, c, r.tanhC[u])
				}
			}
		}
	})
}

// TestLSTMBackward compares with central differences of a float64 step.
func TestLSTMBackward(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(2, 1))
		const n = 37
		r := newLSTMRow(rng, n, 1)
		pre := append([]float32(nil), r.gates...)
		r.forward()
		dh, dc, dgates := make([]float32, n), make([]float32, n), make([]float32, 4*n)
		for u := range n {
			dh[u], dc[u] = float32(rng.NormFloat64()), float32(rng.NormFloat64())
		}
		next := append([]float32(nil), dc...)
		LSTMBackward(dgates, r.gates, r.tanhC, r.cPrev, dh, dc)
		for u := range n {
			x := [5]float64{float64(pre[u]), float64(pre[n+u]), float64(pre[2*n+u]), float64(pre[3*n+u]), float64(r.cPrev[u])}
			objective := func() float64 {
				sigma := func(v float64) float64 { return 1 / (1 + math.Exp(-v)) }
				c := sigma(x[2]+1)*x[4] + sigma(x[0])*math.Tanh(x[1])
				return float64(dh[u])*math.Tanh(c)*sigma(x[3]) + float64(next[u])*c
			}
			got := [5]float32{dgates[u], dgates[n+u], dgates[2*n+u], dgates[3*n+u], dc[u]}
			for k := range x {
				const h = 1e-5
				at := x[k]
				x[k] = at + h
				up := objective()
				x[k] = at - h
				down := objective()
				x[k] = at
				if want := (up - down) / (2 * h); math.Abs(float64(got[k])-want) > 2e-6 {
					t.Fatalf("unit %d: gradient %d is %v, want %v", u, k, got[k], want)
				}
			}
		}
		LSTMBackward(r.gates, r.gates, r.tanhC, r.cPrev, dh, next)
		if i := firstDifference(r.gates, dgates); i >= 0 {
			t.Errorf("in place: gate gradient %d differs", i)
		}
	})
}

// benchmarkPaths runs f on n elements per call, once per path, and reports the
// time per element.
func benchmarkPaths(b *testing.B, name string, n int, f func()) {
	for _, path := range Available() {
		b.Run(fmt.Sprintf("%s/%s", path, name), func(b *testing.B) {
			restore, err := Use(path)
			if err != nil {
				b.Fatal(err)
			}
			defer restore()
			for b.Loop() {
				f()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/element")
		})
	}
}

func BenchmarkActivation(b *testing.B) {
	const n = 1024
	x, y := make([]float32, n), make([]float32, n)
	for i := range x {
		x[i] = float32(i-n/2) / 64
	}
	benchmarkPaths(b, "Sigmoid", n, func() { Sigmoid(y, x) })
	benchmarkPaths(b, "Tanh", n, func() { Tanh(y, x) })
}

func BenchmarkLSTM(b *testing.B) {
	const n = 128
	r := newLSTMRow(rand.New(rand.NewPCG(1, 1)), n, 1)
	pre := append([]float32(nil), r.gates...)
	benchmarkPaths(b, "Forward", n, func() { copy(r.gates, pre); r.forward() })
	dgates, dh, dc := make([]float32, 4*n), make([]float32, n), make([]float32, n)
	benchmarkPaths(b, "Backward", n, func() {
		LSTMBackward(dgates, r.gates, r.tanhC, r.cPrev, dh, dc)
	})
}
