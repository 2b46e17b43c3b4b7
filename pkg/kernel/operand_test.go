package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// special are numbers at the edges of the formats, beside which ordinary ones stand.
var special = []float32{
	0, float32(math.Copysign(0, -1)), 1, -1, 1 + 0x1p-8, 1 + 0x1p-7 + 0x1p-8, -1 - 0x1p-8, 1 + 0x1p-8 + 0x1p-23, 0x1p-126, -0x1p-126,
	0x1p-126 - 0x1p-149, 0x1p-140, -0x1p-149, 0x1p-63, -0x1.8p-63, 0x1p-64, 0x1.fep127, 0x1p127, -0x1p127, 0x1p-100, 0x1.234568p-118,
}

// mixed returns numbers of many magnitudes and some special ones.
func mixed(rng *rand.Rand, x []float32) {
	for i := range x {
		switch rng.IntN(6) {
		case 0:
			x[i] = special[rng.IntN(len(special))]
		case 1:
			x[i] = float32(math.Ldexp(rng.NormFloat64(), rng.IntN(130)-80))
		default:
			x[i] = float32(rng.NormFloat64())
		}
	}
}

// TestBFloat16 compares the rounding with the nearest of all bfloat16s.
func TestBFloat16(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]float32, 20000)
	mixed(rng, x)
	for _, v := range x {
		got := bfloat16(v)
		if math.Abs(float64(v)) < smallestNormal {
			if got != 0 || math.Signbit(float64(got)) != math.Signbit(float64(v)) {
				t.Fatalf("%v becomes %v", v, got)
			}
			continue
		}
		down := math.Float32frombits(math.Float32bits(v) &^ 0xffff)
		up := math.Float32frombits(math.Float32bits(down) + 0x10000)
		if math.IsInf(float64(up), 0) {
			continue // compared below
		}
		d, u := math.Abs(float64(v)-float64(down)), math.Abs(float64(up)-float64(v))
		want := down
		if u < d || u == d && math.Float32bits(down)>>16&1 == 1 {
			want = up
		}
		if got != want {
			t.Fatalf("%v becomes %v, not %v", v, got, want)
		}
	}
	for _, c := range []struct{ x, want float32 }{
		{0x1.fep127, 0x1.fep127}, {math.MaxFloat32, float32(math.Inf(1))}, {-math.MaxFloat32, float32(math.Inf(-1))},
		{float32(math.Inf(-1)), float32(math.Inf(-1))},
	} {
		if got := bfloat16(c.x); got != c.want {
			t.Errorf("%v becomes %v, not %v", c.x, got, c.want)
		}
	}
	for _, u := range []uint32{0x7fc00000, 0x7fffffff, 0xffffffff, 0x7f800001, 0xffc12345} {
		if got := math.Float32bits(bfloat16(math.Float32frombits(u))); got != quietNaN {
			t.Errorf("NaN %x becomes %x", u, got)
		}
	}
}

// TestRound demands the same parts from every path, at odd lengths.
func TestRound(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		f, ok := active.low.(*floatParts)
		if !ok {
			t.Skip("this path has no parts as float32")
		}
		rng := rand.New(rand.NewPCG(3, 4))
		for n := range 70 {
			_, x := guarded(rng, n, n%3)
			mixed(rng, x)
			if n > 4 {
				x[n/2], x[n-1], x[1] = float32(math.NaN()), float32(math.Inf(1)), math.MaxFloat32
				x[2] = math.Float32frombits(0xffffffff)
			}
			wantHigh, wantLow := make([]float32, n), make([]float32, n)
			roundScalar(wantHigh, wantLow, x)
			wholeHigh, high := guarded(rng, n, 0)
			wholeLow, low := guarded(rng, n, 1)
			f.round(high, low, x)
			if i := firstDifference(high, wantHigh); i >= 0 {
				t.Fatalf("length %d: element %d: %v has the high part %v, want %v", n, i, x[i], high[i], wantHigh[i])
			}
			if i := firstDifference(low, wantLow); i >= 0 {
				t.Fatalf("length %d: element %d: %v has the low part %v, want %v", n, i, x[i], low[i], wantLow[i])
			}
			f.round(x, nil, x)
			if i := firstDifference(x, wantHigh); i >= 0 {
				t.Fatalf("length %d: element %d in place: %v, want %v", n, i, x[i], wantHigh[i])
			}
			if !intact(wholeHigh, n, 0) || !intact(wholeLow, n, 1) {
				t.Fatalf("length %d: stray write", n)
			}
		}
	})
}

// operands prepares the factors of a trial.
func (p *trial) operands(precision Precision) (a, b Operand) {
	if p.transposedA {
		a.SetLeftTransposed(precision, Matrix{p.a, p.k, p.m, p.lda})
	} else {
		a.SetLeft(precision, Matrix{p.a, p.m, p.k, p.lda})
	}
	b.SetRight(precision, Matrix{p.b, p.k, p.n, p.ldb})
	return a, b
}

// multiply runs the trial in a precision.
func (p *trial) multiply(precision Precision, bias []float32) func(c []float32) {
	return func(c []float32) {
		a, b := p.operands(precision)
		Multiply(Matrix{c, p.m, p.n, p.ldc}, &a, &b, bias, p.accumulate)
	}
}

// stated computes element (i, j) of the product as the documentation of Multiply
// states it, in another way than the scalar path does.
func (p *trial) stated(precision Precision, i, j int, c float32) float32 {
	part := func(x float64, low bool) float32 {
		h := bfloat16(float32(x))
		if low {
			return bfloat16(float32(x) - h)
		}
		return h
	}
	passes := [][2]bool{{false, true}, {false, false}, {true, false}}
	if precision == BFloat16 {
		passes = passes[1:2]
	}
	for block := 0; block < p.k; block += 32 {
		for _, low := range passes {
			var sums [2]float32
			for k := range 32 {
				var a, b float32
				if block+k < p.k {
					a, b = part(p.element(i, block+k), low[0]), part(float64(p.b[(block+k)*p.ldb+j]), low[1])
				}
				sums[k%2] = flushed(math.FMA(float64(a), float64(b), float64(sums[k%2])))
			}
			c = flushed(float64(notDenormal(c)) + float64(flushed(float64(sums[0])+float64(sums[1]))))
		}
	}
	return c
}

// TestMultiplyIsAsStated compares the scalar path with the documentation.
func TestMultiplyIsAsStated(t *testing.T) {
	restore, err := Use("scalar")
	if err != nil {
		t.Fatal(err)
	}
	defer restore()
	for _, precision := range []Precision{Split, BFloat16} {
		for _, k := range []int{1, 31, 32, 33, 100} {
			for _, transposed := range []bool{false, true} {
				p := newTrial(11, [3]int{3, 70, k}, 2, transposed, k%2 == 0)
				p.mix()
				result := p.run(t, p.multiply(precision, nil))
				for i := range p.m {
					for j := range p.n {
						c := float32(0)
						if p.accumulate {
							c = p.c[i*p.ldc+j]
						}
						want, got := p.stated(precision, i, j, c), result[i*p.ldc+j]
						if math.Float32bits(want) != math.Float32bits(got) && !(math.IsNaN(float64(want)) && math.IsNaN(float64(got))) {
							t.Fatalf("%v in %v: element (%d, %d) is %v, want %v", p, precision, i, j, got, want)
						}
					}
				}
			}
		}
	}
}

// mix fills the trial with numbers of many magnitudes.
func (p *trial) mix() {
	rng := rand.New(rand.NewPCG(uint64(p.m), uint64(p.n*1000+p.k)))
	mixed(rng, p.a)
	mixed(rng, p.b)
	for i := range p.m {
		mixed(rng, p.c[i*p.ldc:][:p.n])
	}
}

// TestMultiply demands the bits of the scalar path from every path, at all heights
// and widths of tiles.
func TestMultiply(t *testing.T) {
	for _, precision := range []Precision{Split, BFloat16} {
		for m := 1; m <= 36; m++ {
			for n := 1; n <= 70; n++ {
				if (m+n)%7 != 0 && m != 1 && n != 1 && m != 16 && n != 16 && n != 32 {
					continue
				}
				k := []int{1, 2, 12, 20, 31, 32, 33, 65, 131}[(m*3+n)%9]
				p := newTrial(12, [3]int{m, n, k}, (m+n)%5, (m+n)%2 == 0, (m+n)%3 == 0)
				if n%4 == 0 {
					p.mix()
				}
				p.checkMultiply(t, precision)
			}
		}
		for _, s := range shapes {
			if s.m*s.n*s.k < 1<<20 {
				newTrial(13, [3]int{s.m, s.n, s.k}, 3, s.transposedA, true).checkMultiply(t, precision)
			}
		}
	}
}

func (p *trial) checkMultiply(t *testing.T, precision Precision) {
	t.Helper()
	var bias []float32
	if !p.accumulate && p.m%2 == 0 {
		bias = make([]float32, p.n)
		mixed(rand.New(rand.NewPCG(1, 1)), bias)
	}
	results := map[string][]float32{}
	for _, path := range Available() {
		restore, err := Use(path)
		if err != nil {
			t.Fatal(err)
		}
		results[path] = p.run(t, p.multiply(precision, bias))
		restore()
	}
	want := results["scalar"]
	for path, got := range results {
		if i := firstOther(want, got); i >= 0 {
			t.Fatalf("%v in %v: element %d (row %d, column %d): %x, on %s %x", p, precision, i, i/p.ldc, i%p.ldc,
				math.Float32bits(want[i]), path, math.Float32bits(got[i]))
		}
	}
}

// firstOther is the first element whose bits differ, -1 if none do. Any NaN equals
// any other.
func firstOther(a, b []float32) int {
	for i, x := range a {
		if math.Float32bits(x) != math.Float32bits(b[i]) && !(math.IsNaN(float64(x)) && math.IsNaN(float64(b[i]))) {
			return i
		}
	}
	return -1
}

// TestMultiplyPieces demands the same bits if rows, columns or blocks of the chain
// are divided among calls.
func TestMultiplyPieces(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for _, precision := range []Precision{Split, BFloat16} {
			p := newTrial(3, [3]int{45, 93, 100}, 2, false, false)
			whole := p.run(t, p.multiply(precision, nil))
			for _, at := range []int{1, 7, 16, 31, 44} {
				pieces := p.run(t, func(c []float32) {
					upper, lower, left, right := *p, *p, *p, *p
					upper.m, lower.m, lower.a = at, p.m-at, p.a[at*p.lda:]
					upper.multiply(precision, nil)(c)
					lower.multiply(precision, nil)(c[at*p.ldc:])
					left.n, right.n, right.b = at, p.n-at, p.b[at:]
					left.multiply(precision, nil)(c)
					right.multiply(precision, nil)(c[at:])
				})
				if i := firstDifference(whole, pieces); i >= 0 {
					t.Fatalf("%v in %v: divided at %d: element %d differs", p, precision, at, i)
				}
			}
			pieces := p.run(t, func(c []float32) {
				first, rest := *p, *p
				first.k, rest.k, rest.accumulate = 64, p.k-64, true
				rest.a, rest.b = p.a[64:], p.b[64*p.ldb:]
				first.multiply(precision, nil)(c)
				rest.multiply(precision, nil)(c)
			})
			if i := firstDifference(whole, pieces); i >= 0 {
				t.Fatalf("%v in %v: chain divided: element %d differs", p, precision, i)
			}
		}
	})
}

// TestMultiplyExactness bounds the error by what the precision promises.
func TestMultiplyExactness(t *testing.T) {
	for _, c := range []struct {
		precision Precision
		bound     float64
	}{{Split, 0x1p-16}, {BFloat16, 0x1p-7}} {
		p := newTrial(4, [3]int{20, 40, 256}, 0, false, false)
		result := p.run(t, p.multiply(c.precision, nil))
		for i := range p.m {
			for j := range p.n {
				var sum, size float64
				for q := range p.k {
					x := p.element(i, q) * float64(p.b[q*p.ldb+j])
					sum, size = sum+x, size+math.Abs(x)
				}
				if got := float64(result[i*p.ldc+j]); !(math.Abs(got-sum) <= size*c.bound) {
					t.Fatalf("%v: (%d, %d) is %v, want %v", c.precision, i, j, got, sum)
				}
			}
		}
	}
}

// TestMultiplyNaN checks that NaN and Inf go through.
func TestMultiplyNaN(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		nan, inf := float32(math.NaN()), float32(math.Inf(1))
		for _, precision := range []Precision{Split, BFloat16} {
			var a, b Operand
			c := make([]float32, 2)
			a.SetLeft(precision, Dense([]float32{0, 1}, 1, 2))
			b.SetRight(precision, Dense([]float32{nan, inf, 3, 5}, 2, 2))
			Multiply(Dense(c, 1, 2), &a, &b, nil, false)
			if !isNaN(c[0]) || !isNaN(c[1]) {
				t.Errorf("%v: 0·NaN+3 and 0·Inf+5 gave %v", precision, c)
			}
		}
	})
}

// TestMultiplyEmpty checks empty dimensions.
// TestMultiplyPadding multiplies numbers whose products are denormal. So all sums would be
// −0, if the zeros at the end of the last block did not make them +0.
func TestMultiplyPadding(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for k := 1; k <= 2*blockLength; k++ {
			negative, positive := make([]float32, k), make([]float32, k)
			for i := range k {
				negative[i], positive[i] = -0x1p-70, 0x1p-70
			}
			for _, precision := range []Precision{Split, BFloat16} {
				var a, b Operand
				a.SetLeft(precision, Dense(negative, 1, k))
				b.SetRight(precision, Dense(positive, k, 1))
				c := []float32{float32(math.Copysign(0, -1))}
				Multiply(Dense(c, 1, 1), &a, &b, nil, true)
				// Chains of whole blocks have no such zeros. In split the low parts are
				// zeros, and their products make the sums +0.
				if want := k%blockLength == 0 && precision == BFloat16; math.Signbit(float64(c[0])) != want {
					t.Errorf("%v: a chain of %d gave %v; negative: want %v", precision, k, c[0], want)
				}
			}
		}
	})
}

func TestMultiplyEmpty(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		var a, b Operand
		c := []float32{1, 2}
		a.SetLeft(Split, Matrix{nil, 2, 0, 0})
		b.SetRight(Split, Matrix{nil, 0, 1, 1})
		Multiply(Dense(c, 2, 1), &a, &b, nil, true)
		if c[0] != 1 || c[1] != 2 {
			t.Errorf("an empty sum changed C to %v", c)
		}
		Multiply(Dense(c, 2, 1), &a, &b, []float32{3}, false)
		if c[0] != 3 || c[1] != 3 {
			t.Errorf("an empty chain left C = %v", c)
		}
	})
}

// TestOperandGrows checks that an operand can be set again, larger and smaller.
func TestOperandGrows(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		var a, b Operand
		for _, n := range []int{3, 50, 2, 33} {
			p := newTrial(9, [3]int{n, n, n}, 1, n%2 == 0, false)
			want := p.run(t, p.multiply(Split, nil))
			got := p.run(t, func(c []float32) {
				if p.transposedA {
					a.SetLeftTransposed(Split, Matrix{p.a, n, n, p.lda})
				} else {
					a.SetLeft(Split, Matrix{p.a, n, n, p.lda})
				}
				b.SetRight(Split, Matrix{p.b, n, n, p.ldb})
				Multiply(Matrix{c, n, n, p.ldc}, &a, &b, nil, false)
			})
			if i := firstDifference(want, got); i >= 0 {
				t.Fatalf("%v: element %d differs in an operand used again", p, i)
			}
		}
	})
}

func BenchmarkMultiply(b *testing.B) {
	for _, path := range Available() {
		for _, precision := range []Precision{Split, BFloat16} {
			for _, s := range shapes {
				if path == "scalar" && s.m*s.n*s.k > 1<<20 {
					continue
				}
				b.Run(fmt.Sprintf("%s/%v/%s-%dx%dx%d", path, precision, s.name, s.m, s.n, s.k), func(b *testing.B) {
					usePath(b, path)
					p := s.trial()
					left, right := p.operands(precision)
					for b.Loop() {
						Multiply(Matrix{p.c, p.m, p.n, p.ldc}, &left, &right, nil, p.accumulate)
					}
					flop := 2 * float64(s.m) * float64(s.n) * float64(s.k)
					b.ReportMetric(flop*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
				})
			}
		}
	}
}

// BenchmarkOperand prepares the factors of an update.
func BenchmarkOperand(b *testing.B) {
	set := map[string]func(o *Operand, p Precision, m Matrix){
		"left": (*Operand).SetLeft, "leftTransposed": (*Operand).SetLeftTransposed, "right": (*Operand).SetRight,
	}
	for _, s := range []struct {
		factor     string
		rows, cols int
	}{
		{"left", 10, 131}, {"left", 10, 512}, {"left", 64, 128}, {"left", 64, 256}, {"left", 64, 268},
		{"right", 131, 512}, {"right", 512, 128}, {"right", 128, 256}, {"right", 256, 268}, {"right", 1000, 256}, {"right", 1000, 512},
		{"leftTransposed", 1000, 131}, {"leftTransposed", 1000, 256},
	} {
		for _, precision := range []Precision{Split, BFloat16} {
			var o Operand
			m := Dense(make([]float32, s.rows*s.cols), s.rows, s.cols)
			benchmarkPaths(b, fmt.Sprintf("%s-%dx%d/%v", s.factor, s.rows, s.cols, precision), s.rows*s.cols, func() { set[s.factor](&o, precision, m) })
		}
	}
}
