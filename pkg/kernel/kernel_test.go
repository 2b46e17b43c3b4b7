package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// guard is a value no kernel computes; vectors under test lie between guards.
var guard = math.Float32frombits(0x7fc0beef)

const guardLen = 35

// guarded returns n random elements between guards, at an alignment that
// depends on shift.
func guarded(rng *rand.Rand, n, shift int) (whole, inner []float32) {
	whole = make([]float32, n+2*guardLen+shift)
	for i := range whole {
		whole[i] = guard
	}
	inner = whole[guardLen+shift:][:n:n]
	for i := range inner {
		inner[i] = float32(3 * rng.NormFloat64())
	}
	return whole, inner
}

func isNaN(v float32) bool { return math.IsNaN(float64(v)) }

// intact reports whether the guards around n elements are untouched.
func intact(whole []float32, n, shift int) bool {
	for i, v := range whole {
		if i >= guardLen+shift && i < guardLen+shift+n {
			continue
		}
		if math.Float32bits(v) != math.Float32bits(guard) {
			return false
		}
	}
	return true
}

// near reports whether a is b, or NaN like b, or within tol of b relative to b.
func near(a, b float32, tol float64) bool {
	x, y := float64(a), float64(b)
	if x == y || math.IsNaN(x) && math.IsNaN(y) {
		return true
	}
	return math.Abs(x-y) <= tol*math.Abs(y)
}

// vectorCase runs one kernel on buffers of n or 4n elements.
type vectorCase struct {
	name    string
	buffers []int // length of each buffer, in n
	tol     float64
	run     func(p *implementation, v [][]float32) float64
	prepare func(v [][]float32)
}

var testMask = []uint64{0xdeadbeefcafef00d, 0x0123456789abcdef, 0x8000000000000001, 0x5555aaaa3333cccc}

func binary(f func(p *implementation) func(a, b []float32)) func(*implementation, [][]float32) float64 {
	return func(p *implementation, v [][]float32) float64 { f(p)(v[0], v[1]); return 0 }
}

func ternary(f func(p *implementation) func(a, b, c []float32)) func(*implementation, [][]float32) float64 {
	return func(p *implementation, v [][]float32) float64 { f(p)(v[0], v[1], v[2]); return 0 }
}

// absolute makes the mean squares valid.
func absolute(index ...int) func(v [][]float32) {
	return func(v [][]float32) {
		for _, i := range index {
			for j, x := range v[i] {
				v[i][j] = float32(math.Abs(float64(x)))
			}
		}
	}
}

// nonlinear bounds the relative difference between the correctly rounded
// scalar path and the polynomials.
const nonlinear = 3e-7

var vectorCases = []vectorCase{
	{"Sigmoid", []int{1, 1}, nonlinear, binary(func(p *implementation) func(a, b []float32) { return p.sigmoid }), nil},
	{"Tanh", []int{1, 1}, nonlinear, binary(func(p *implementation) func(a, b []float32) { return p.tanh }), nil},
	{"ReLU", []int{1, 1}, 0, binary(func(p *implementation) func(a, b []float32) { return p.relu }), nil},
	{"Add", []int{1, 1}, 0, binary(func(p *implementation) func(a, b []float32) { return p.add }), nil},
	{"SigmoidBackward", []int{1, 1, 1}, 0, ternary(func(p *implementation) func(a, b, c []float32) { return p.sigmoidBackward }), nil},
	{"TanhBackward", []int{1, 1, 1}, 0, ternary(func(p *implementation) func(a, b, c []float32) { return p.tanhBackward }), nil},
	{"ReLUBackward", []int{1, 1, 1}, 0, ternary(func(p *implementation) func(a, b, c []float32) { return p.reluBackward }), nil},
	{"Mul", []int{1, 1, 1}, 0, ternary(func(p *implementation) func(a, b, c []float32) { return p.mul }), nil},
	{"MulAdd", []int{1, 1, 1}, 0, ternary(func(p *implementation) func(a, b, c []float32) { return p.mulAdd }), nil},
	{"Scale", []int{1}, 0, func(p *implementation, v [][]float32) float64 { p.scale(v[0], 0.3); return 0 }, nil},
	{"Axpy", []int{1, 1}, 0, func(p *implementation, v [][]float32) float64 { p.axpy(v[0], -1.7, v[1]); return 0 }, nil},
	{"Prefetch", []int{1}, 0, func(p *implementation, v [][]float32) float64 { p.prefetch(v[0]); return 0 }, nil},
	{"ApplyMask", []int{1, 1}, 0, func(p *implementation, v [][]float32) float64 {
		p.applyMask(v[0], v[1], testMask, 1.9)
		return 0
	}, nil},
	{"LSTMForward", []int{4, 1, 1, 1, 1}, 1e-5, func(p *implementation, v [][]float32) float64 {
		p.lstmForward(v[0], v[1], v[2], v[3], v[4], 1)
		return 0
	}, func(v [][]float32) { // all terms of c positive: no cancellation to spoil the comparison
		absolute(0, 1)(v)
	}},
	{"LSTMBackward", []int{4, 4, 1, 1, 1, 1}, 0, func(p *implementation, v [][]float32) float64 {
		p.lstmBackward(v[0], v[1], v[2], v[3], v[4], v[5])
		return 0
	}, nil},
	{"SumSquares", []int{1}, 0, func(p *implementation, v [][]float32) float64 { return p.sumSquares(v[0]) }, nil},
	{"Clip", []int{1}, 0, func(p *implementation, v [][]float32) float64 { return float64(p.clip(v[0], 2)) }, nil},
	{"FirstNonFinite", []int{1}, 0, func(p *implementation, v [][]float32) float64 { return float64(p.firstNonFinite(v[0])) }, nil},
	{"maximum", []int{1}, 0, func(p *implementation, v [][]float32) float64 { return float64(p.maximum(v[0])) }, nil},
	{"softmaxSums", []int{1, 1, 1}, nonlinear, func(p *implementation, v [][]float32) float64 {
		e, t, tz := p.softmaxSums(v[0], v[1], v[2], 9)
		return e + t + tz
	}, absolute(2)},
	{"softmaxGradient", []int{1, 1, 1}, 0, func(p *implementation, v [][]float32) float64 {
		p.softmaxGradient(v[0], v[1], v[2], 0.3, 0.01)
		return 0
	}, nil},
	{"SigmoidCrossEntropy", []int{1, 1, 1}, 2e-6, func(p *implementation, v [][]float32) float64 {
		return p.sigmoidCrossEntropy(v[0], v[1], v[2], 0.99, 0.005, 0.01)
	}, func(v [][]float32) { // targets above 1, so that the gradient does not cancel
		absolute(2)(v)
		for i := range v[2] {
			v[2][i] = 2 + v[2][i]
			v[1][i] = -float32(math.Abs(float64(v[1][i])))
		}
	}},
	{"SquaredError", []int{1, 1, 1}, 0, func(p *implementation, v [][]float32) float64 {
		return p.squaredError(v[0], v[1], v[2], 0.25)
	}, nil},
	{"RMSPropTF", []int{1, 1, 1, 1}, 0, func(p *implementation, v [][]float32) float64 {
		p.rmspropTF(v[0], v[1], v[2], v[3], 1e-2, 0.9, 0.8, 1e-10)
		return 0
	}, absolute(1)},
	{"RMSPropTorch", []int{1, 1, 1, 1}, 0, func(p *implementation, v [][]float32) float64 {
		p.rmspropTorch(v[0], v[1], v[2], v[3], 1e-2, 0.9, 0.8, 1e-8)
		return 0
	}, absolute(1)},
	{"Adam", []int{1, 1, 1, 1}, 0, func(p *implementation, v [][]float32) float64 {
		p.adam(v[0], v[1], v[2], v[3], 1e-2, 0.9, 0.999, 1e-8, 1.5, 1.2)
		return 0
	}, absolute(2)},
	{"Momentum", []int{1, 1, 1}, 0, func(p *implementation, v [][]float32) float64 {
		p.momentum(v[0], v[1], v[2], 1e-2, 0.9)
		return 0
	}, nil},
}

// clones copies each buffer.
func clones(v [][]float32) [][]float32 {
	c := make([][]float32, len(v))
	for i := range v {
		c[i] = append([]float32(nil), v[i]...)
	}
	return c
}

// TestVectorKernels holds every assembly path to the scalar loops, at every
// small length and several alignments, between guards.
func TestVectorKernels(t *testing.T) {
	for _, path := range assemblyPaths() {
		for _, c := range vectorCases {
			t.Run(path.name+"/"+c.name, func(t *testing.T) {
				for n := range 71 {
					for shift := range 4 {
						c.check(t, path, n, shift)
					}
				}
				c.check(t, path, 256, 0)
			})
		}
	}
}

func (c vectorCase) check(t *testing.T, path *implementation, n, shift int) {
	t.Helper()
	rng := rand.New(rand.NewPCG(uint64(n), uint64(shift)))
	var wholes, got [][]float32
	for _, times := range c.buffers {
		whole, inner := guarded(rng, n*times, shift)
		wholes, got = append(wholes, whole), append(got, inner)
	}
	if c.prepare != nil {
		c.prepare(got)
	}
	want := clones(got)
	wantResult := c.run(&scalarPath, want)
	gotResult := c.run(path, got)
	if d := math.Abs(gotResult - wantResult); d > c.tol*math.Abs(wantResult) {
		t.Fatalf("n=%d shift=%d: result %v, scalar %v", n, shift, gotResult, wantResult)
	}
	for i := range got {
		if !intact(wholes[i], len(got[i]), shift) {
			t.Fatalf("n=%d shift=%d: stray write around argument %d", n, shift, i)
		}
		for j := range got[i] {
			if !near(got[i][j], want[i][j], c.tol) {
				t.Fatalf("n=%d shift=%d: argument %d element %d: %v, scalar %v", n, shift, i, j, got[i][j], want[i][j])
			}
		}
	}
}

// TestPathsAgree demands equal bits of all assembly paths.
func TestPathsAgree(t *testing.T) {
	paths := assemblyPaths()
	if len(paths) < 2 {
		t.Skip("fewer than two assembly paths here")
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, c := range vectorCases {
		var first [][]float32
		for _, times := range c.buffers {
			_, inner := guarded(rng, 237*times, 0)
			first = append(first, inner)
		}
		if c.prepare != nil {
			c.prepare(first)
		}
		second := clones(first)
		a, b := c.run(paths[0], first), c.run(paths[1], second)
		if a != b {
			t.Errorf("%s: %v on %s, %v on %s", c.name, a, paths[0].name, b, paths[1].name)
		}
		for i := range first {
			if j := firstDifference(first[i], second[i]); j >= 0 {
				t.Errorf("%s: argument %d element %d: %v on %s, %v on %s", c.name, i, j, first[i][j], paths[0].name, second[i][j], paths[1].name)
			}
		}
	}
}

// firstDifference returns the first index where the bits differ, or −1.
func firstDifference(a, b []float32) int {
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return i
		}
	}
	return -1
}

// usePath switches to a path until the test ends.
func usePath(t testing.TB, name string) {
	t.Helper()
	restore, err := Use(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { restore() })
}

// onEveryPath runs the test once per path.
func onEveryPath(t *testing.T, test func(t *testing.T)) {
	for _, name := range Available() {
		t.Run(name, func(t *testing.T) {
			usePath(t, name)
			test(t)
		})
	}
}

func TestUse(t *testing.T) {
	before := Path()
	if _, err := Use("abacus"); err == nil {
		t.Error("Use of an unknown path succeeded")
	}
	restore, err := Use("scalar")
	if err != nil {
		t.Fatal(err)
	}
	if Path() != "scalar" {
		t.Errorf("Path() = %q after Use(scalar)", Path())
	}
	restore()
	if Path() != before {
		t.Errorf("Path() = %q after restore, want %q", Path(), before)
	}
}

func TestFMALoop(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		if flop := active.fmaLoop(10); flop <= 0 || flop%10 != 0 {
			t.Errorf("fmaLoop(10) = %d", flop)
		}
		if flop := active.fmaLoop(0); flop != 0 {
			t.Errorf("fmaLoop(0) = %d", flop)
		}
	})
}

// TestMisuse checks that shapes which do not fit panic before any access.
func TestMisuse(t *testing.T) {
	v := make([]float32, 12)
	for name, f := range map[string]func(){
		"short A":           func() { Gemm(Dense(v, 4, 3), Dense(v, 4, 4), Dense(v, 4, 3), false) },
		"short B":           func() { Gemm(Dense(v, 3, 4), Dense(v, 3, 4), Dense(v, 4, 4), false) },
		"short C":           func() { Gemm(Dense(v, 4, 4), Dense(v, 4, 3), Dense(v, 3, 4), false) },
		"leading dimension": func() { Gemm(Dense(v, 3, 4), Dense(v, 3, 3), Matrix{v, 3, 4, 3}, false) },
		"negative":          func() { Gemm(Dense(v, -1, 4), Dense(v, -1, 3), Dense(v, 3, 4), false) },
		"transposed A":      func() { GemmTA(Dense(v, 4, 3), Dense(v, 4, 4), Dense(v, 4, 3), false) },
		"Transpose":         func() { Transpose(Dense(v, 4, 3), Dense(v, 3, 4)); Transpose(Matrix{v, 4, 4, 3}, Dense(v, 4, 4)) },
		"inner dimension":   func() { Gemm(Dense(v, 3, 2), Dense(v, 3, 4), Dense(v, 3, 2), false) },
		"size of C":         func() { Gemm(Dense(v, 2, 2), Dense(v, 3, 2), Dense(v, 2, 2), false) },
		"lengths":           func() { Tanh(v, v[:11]) },
		"gates":             func() { LSTMForward(v, v[:4], v[:4], v[:4], v[:4], 1) },
		"mask":              func() { ApplyMask(make([]float32, 65), make([]float32, 65), make([]uint64, 1), 1) },
		"bias":              func() { GemmBias(Dense(v, 3, 4), Dense(v, 3, 3), Dense(v, 3, 4), v[:3]) },
		"sums":              func() { ColumnSums(Dense(v, 3, 4), v[:3], false) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if text := fmt.Sprint(recover()); len(text) < 7 || text[:7] != "kernel:" {
					t.Errorf("panic %q", text)
				}
			}()
			f()
		})
	}
}

func TestNoAllocations(t *testing.T) {
	v, w, u := make([]float32, 400), make([]float32, 400), make([]float32, 400)
	if n := testing.AllocsPerRun(10, func() {
		a, b, c := Dense(v, 20, 20), Dense(w, 20, 20), Dense(u, 20, 20)
		Gemm(c, a, b, false)
		GemmTA(c, a, b, true)
		Transpose(c, a)
		softmaxRow(u, v, w, 1)
		SumSquares(v)
		ColumnSums(a, u[:20], false)
		LSTMForward(v, w[:100], w[:100], u[:100], u[100:200], 1)
	}); n != 0 {
		t.Errorf("%v allocations per run", n)
	}
}
