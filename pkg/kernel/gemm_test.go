package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// trial is a matrix product with padded strides between guards.
type trial struct {
	m, n, k       int
	lda, ldb, ldc int
	transposedA   bool
	accumulate    bool
	a, b, c       []float32
	wholeC        []float32
}

// newTrial makes a random product of A [m, k] and B [k, n]. Its rows are padded with
// pad elements or more.
func newTrial(seed uint64, sizes [3]int, pad int, transposedA, accumulate bool) *trial {
	m, n, k := sizes[0], sizes[1], sizes[2]
	rng := rand.New(rand.NewPCG(seed, uint64(m*1000+n)))
	p := &trial{m: m, n: n, k: k, lda: k + pad, ldb: n + pad, ldc: n + pad, transposedA: transposedA, accumulate: accumulate}
	rowsA, colsA := m, k
	if transposedA {
		p.lda, rowsA, colsA = m+pad, k, m
	}
	_, p.a = guarded(rng, (rowsA-1)*p.lda+colsA, 0)
	_, p.b = guarded(rng, (k-1)*p.ldb+n, pad%3)
	p.wholeC, p.c = guarded(rng, (m-1)*p.ldc+n, 0)
	for i := range m - 1 { // the padding between rows is guarded, too
		for j := n; j < p.ldc; j++ {
			p.c[i*p.ldc+j] = guard
		}
	}
	return p
}

// run computes the product into a copy of C, checks guards, and returns C.
func (p *trial) run(t *testing.T, f func(c []float32)) []float32 {
	t.Helper()
	before := append([]float32(nil), p.c...)
	f(p.c)
	result := append([]float32(nil), p.c...)
	copy(p.c, before)
	if !intact(p.wholeC, len(p.c), 0) {
		t.Fatalf("%v: stray write outside C", p)
	}
	for i := range p.m - 1 {
		for j := p.n; j < p.ldc; j++ {
			if math.Float32bits(result[i*p.ldc+j]) != math.Float32bits(guard) {
				t.Fatalf("%v: stray write between rows of C", p)
			}
		}
	}
	return result
}

func (p *trial) String() string {
	return fmt.Sprintf("%d×%d×%d lda %d ldb %d ldc %d Aᵀ %v accumulate %v", p.m, p.n, p.k, p.lda, p.ldb, p.ldc, p.transposedA, p.accumulate)
}

func (p *trial) gemm(c []float32) {
	into, b := Matrix{c, p.m, p.n, p.ldc}, Matrix{p.b, p.k, p.n, p.ldb}
	if p.transposedA {
		GemmTA(into, Matrix{p.a, p.k, p.m, p.lda}, b, p.accumulate)
	} else {
		Gemm(into, Matrix{p.a, p.m, p.k, p.lda}, b, p.accumulate)
	}
}

// element returns A(i, q).
func (p *trial) element(i, q int) float64 {
	if p.transposedA {
		return float64(p.a[q*p.lda+i])
	}
	return float64(p.a[i*p.lda+q])
}

// reference checks result against float64: a chain of k roundings may be off
// by k units in the last place of the sum of magnitudes, usually far less.
func (p *trial) reference(t *testing.T, result []float32) {
	t.Helper()
	for i := range p.m {
		for j := range p.n {
			var sum, size float64
			if p.accumulate {
				sum = float64(p.c[i*p.ldc+j])
			}
			size = math.Abs(sum)
			for q := range p.k {
				x := p.element(i, q) * float64(p.b[q*p.ldb+j])
				sum += x
				size += math.Abs(x)
			}
			if got := float64(result[i*p.ldc+j]); !(math.Abs(got-sum) <= size*float64(p.k)*0x1p-24) {
				t.Fatalf("%v: C(%d, %d) = %v, want %v", p, i, j, got, sum)
			}
		}
	}
}

// TestGemm checks all tile heights and widths against float64, and that all
// paths agree: AVX2 and AVX-512 bit for bit, scalar up to double rounding.
func TestGemm(t *testing.T) {
	for _, k := range []int{1, 2, 3, 37} {
		for m := 1; m <= 31; m++ {
			for n := 1; n <= 67; n++ {
				if k > 2 && n%3 != m%3 {
					continue // thin out the slow ones
				}
				p := newTrial(7, [3]int{m, n, k}, (m+n)%5, (m+n)%2 == 0, (m+n)%3 == 0)
				p.checkPaths(t)
			}
		}
	}
	for _, s := range shapes {
		if s.m*s.n*s.k < 1<<21 {
			newTrial(8, [3]int{s.m, s.n, s.k}, 3, s.transposedA, true).checkPaths(t)
		}
	}
}

func (p *trial) checkPaths(t *testing.T) {
	t.Helper()
	var bits []float32
	for _, path := range Available() {
		restore, err := Use(path)
		if err != nil {
			t.Fatal(err)
		}
		result := p.run(t, p.gemm)
		restore()
		p.reference(t, result)
		switch {
		case path == "scalar":
		case bits == nil:
			bits = result
		default:
			if i := firstDifference(bits, result); i >= 0 {
				t.Fatalf("%v: element %d: %v, on %s %v", p, i, bits[i], path, result[i])
			}
		}
	}
}

// TestGemmBias demands the bits of a product added to rows of the bias.
func TestGemmBias(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for _, m := range []int{1, 2, 3, 5, 7, 14, 15, 29} {
			for _, n := range []int{1, 7, 16, 17, 31, 32, 33, 100, 256, 300} {
				for _, k := range []int{0, 1, 13, 300} {
					checkBias(t, m, n, k)
				}
			}
		}
	})
}

func checkBias(t *testing.T, m, n, k int) {
	t.Helper()
	p := newTrial(5, [3]int{m, n, max(k, 1)}, 3, false, true)
	p.k = k
	_, bias := guarded(rand.New(rand.NewPCG(6, uint64(n))), n, 1)
	for i := range m {
		copy(p.c[i*p.ldc:][:n], bias)
	}
	want := p.run(t, p.gemm)
	for i := range m {
		clear(p.c[i*p.ldc:][:n])
	}
	got := p.run(t, func(c []float32) {
		GemmBias(Matrix{c, m, n, p.ldc}, Matrix{p.a, m, k, p.lda}, Matrix{p.b, k, n, p.ldb}, bias)
	})
	if i := firstDifference(want, got); i >= 0 {
		t.Fatalf("%v: element %d: %v, with the bias in C %v", p, i, got[i], want[i])
	}
}

// TestGemmSplit demands the same bits however rows and columns are divided
// among calls, and however a chain over k is divided by accumulation.
func TestGemmSplit(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for _, transposedA := range []bool{false, true} {
			p := newTrial(3, [3]int{45, 93, 50}, 2, transposedA, false)
			whole := p.run(t, p.gemm)
			for _, at := range []int{1, 7, 16, 31, 44} {
				split := p.run(t, func(c []float32) {
					low, high := *p, *p
					low.m, high.m = at, p.m-at
					high.a = p.a[at*p.lda*boolInt(!transposedA)+at*boolInt(transposedA):]
					low.gemm(c)
					high.gemm(c[at*p.ldc:])
				})
				if i := firstDifference(whole, split); i >= 0 {
					t.Fatalf("%v: rows split at %d: element %d differs", p, at, i)
				}
			}
			for _, at := range []int{1, 12, 16, 40, 64, 92} {
				split := p.run(t, func(c []float32) {
					left, right := *p, *p
					left.n, right.n = at, p.n-at
					right.b = p.b[at:]
					left.gemm(c)
					right.gemm(c[at:])
				})
				if i := firstDifference(whole, split); i >= 0 {
					t.Fatalf("%v: columns split at %d: element %d differs", p, at, i)
				}
			}
			split := p.run(t, func(c []float32) {
				first, rest := *p, *p
				first.k, rest.k = 20, p.k-20
				rest.accumulate = true
				rest.a = p.a[20*boolInt(!transposedA)+20*p.lda*boolInt(transposedA):]
				rest.b = p.b[20*p.ldb:]
				first.gemm(c)
				rest.gemm(c)
			})
			if i := firstDifference(whole, split); i >= 0 {
				t.Fatalf("%v: chain split: element %d differs", p, i)
			}
		}
	})
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// TestGemmEmpty checks empty dimensions: an empty sum is zero.
func TestGemmEmpty(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		c := []float32{1, 2, 3, 4}
		four := Dense(make([]float32, 4), 2, 2)
		Gemm(Matrix{c, 0, 2, 2}, Matrix{nil, 0, 2, 2}, four, false)
		Gemm(Matrix{c, 2, 0, 2}, four, Matrix{nil, 2, 0, 0}, false)
		Gemm(Dense(c, 2, 2), Matrix{nil, 2, 0, 0}, Matrix{nil, 0, 2, 2}, true)
		if c[0] != 1 || c[3] != 4 {
			t.Errorf("empty products changed C: %v", c)
		}
		Gemm(Matrix{c, 2, 1, 2}, Matrix{nil, 2, 0, 0}, Matrix{nil, 0, 1, 1}, false)
		if c[0] != 0 || c[1] != 2 || c[2] != 0 || c[3] != 4 {
			t.Errorf("empty chain left C = %v", c)
		}
	})
}

// TestGemmNaN checks that NaN and Inf go through, and that zeros are not
// skipped.
func TestGemmNaN(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		nan, inf := float32(math.NaN()), float32(math.Inf(1))
		a, b, c := []float32{0, 1}, []float32{nan, inf, 3, 5}, make([]float32, 2)
		Gemm(Dense(c, 1, 2), Dense(a, 1, 2), Dense(b, 2, 2), false)
		if !isNaN(c[0]) || !isNaN(c[1]) {
			t.Errorf("0·NaN+3 and 0·Inf+5 gave %v", c)
		}
	})
}

func TestTranspose(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(5, 5))
		for rows := 1; rows < 26; rows++ {
			for cols := 1; cols < 26; cols++ {
				lds, ldd := cols+rows%3, rows+cols%4
				_, src := guarded(rng, (rows-1)*lds+cols, 1)
				whole, dst := guarded(rng, (cols-1)*ldd+rows, 0)
				for i := range dst {
					dst[i] = guard
				}
				Transpose(Matrix{dst, cols, rows, ldd}, Matrix{src, rows, cols, lds})
				if !intact(whole, len(dst), 0) {
					t.Fatalf("%d×%d: stray write", rows, cols)
				}
				for i, v := range dst {
					want := guard
					if row, col := i%ldd, i/ldd; row < rows {
						want = src[row*lds+col]
					}
					if math.Float32bits(v) != math.Float32bits(want) {
						t.Fatalf("%d×%d: element %d is %v, want %v", rows, cols, i, v, want)
					}
				}
			}
		}
	})
}

// shape is a matrix product of training, with the leading dimensions it has
// there.
type shape struct {
	name          string
	m, n, k       int
	lda, ldb, ldc int
	transposedA   bool
	accumulate    bool
}

// trial makes the product, of zeros.
func (s shape) trial() *trial {
	rows := s.m
	if s.transposedA {
		rows = s.k
	}
	return &trial{m: s.m, n: s.n, k: s.k, lda: s.lda, ldb: s.ldb, ldc: s.ldc, transposedA: s.transposedA, accumulate: s.accumulate,
		a: make([]float32, rows*s.lda), b: make([]float32, s.k*s.ldb), c: make([]float32, s.m*s.ldc)}
}

var shapes = []shape{
	{"recurrent-1", 1, 512, 128, 100 * 128, 512, 512, false, true},
	{"recurrent-2", 2, 512, 128, 100 * 128, 512, 512, false, true},
	{"recurrent-3", 3, 512, 128, 100 * 128, 512, 512, false, true},
	{"recurrent-5", 5, 512, 128, 100 * 128, 512, 512, false, true},
	{"recurrent-10", 10, 512, 128, 100 * 128, 512, 512, false, true},
	{"recurrent-100", 100, 512, 128, 100 * 128, 512, 512, false, true},
	{"input-1000", 1000, 512, 3, 3, 512, 512, false, false},
	{"linear-1000", 1000, 256, 128, 128, 256, 256, false, false},
	{"heads-1000", 1000, 268, 256, 256, 268, 268, false, true},
	{"place-1000", 1000, 256, 256, 256, 256, 268, false, true},
	{"direction-1000", 1000, 12, 256, 256, 12, 268, false, true},
	{"heads-10000", 10000, 268, 256, 256, 268, 268, false, true},
	{"weights-10000", 128, 512, 10000, 128, 512, 512, true, false},
	{"weights-recurrent", 128, 512, 1000, 128, 512, 512, true, false},
	{"weights-input", 3, 512, 1000, 3, 512, 512, true, false},
	{"weights-linear", 128, 256, 1000, 128, 256, 256, true, false},
	{"weights-heads", 256, 268, 1000, 256, 268, 268, true, false},
	{"back-recurrent-1", 1, 128, 512, 512, 128, 128, false, false},
	{"back-recurrent-5", 5, 128, 512, 512, 128, 128, false, false},
	{"back-recurrent-10", 10, 128, 512, 512, 128, 128, false, false},
	{"back-recurrent-100", 100, 128, 512, 512, 128, 128, false, false},
	{"back-heads", 1000, 256, 268, 268, 256, 256, false, false},
	{"back-linear", 1000, 128, 256, 256, 128, 128, false, false},
}

func BenchmarkGemm(b *testing.B) {
	for _, path := range Available() {
		for _, s := range shapes {
			b.Run(fmt.Sprintf("%s/%s-%dx%dx%d", path, s.name, s.m, s.n, s.k), func(b *testing.B) {
				usePath(b, path)
				p := s.trial()
				for b.Loop() {
					p.gemm(p.c)
				}
				flop := 2 * float64(s.m) * float64(s.n) * float64(s.k)
				b.ReportMetric(flop*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
			})
		}
	}
}

// BenchmarkGemmCold rotates a weight gradient among matrices that together
// exceed the caches, as in training, where each is used once an update.
func BenchmarkGemmCold(b *testing.B) {
	const m, n, k, sets = 131, 512, 1000, 6
	for _, path := range Available() {
		b.Run(path, func(b *testing.B) {
			usePath(b, path)
			rng := rand.New(rand.NewPCG(1, 1))
			var x, y [sets][]float32
			for i := range sets {
				x[i], y[i] = randomVector(rng, k*m, rng.NormFloat64), randomVector(rng, k*n, rng.NormFloat64)
			}
			c := make([]float32, m*n)
			for i := 0; b.Loop(); i++ {
				GemmTA(Dense(c, m, n), Dense(x[i%sets], k, m), Dense(y[i%sets], k, n), false)
			}
			b.ReportMetric(2*m*n*k*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
		})
	}
}

func BenchmarkFMALoop(b *testing.B) {
	for _, path := range Available() {
		b.Run(path, func(b *testing.B) {
			usePath(b, path)
			var flop int64
			for b.Loop() {
				flop += active.fmaLoop(100000)
			}
			b.ReportMetric(float64(flop)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
		})
	}
}
