package kernel

import "fmt"

// Matrix is a row-major view [Rows, Cols] of a slice: element (i, j) is
// Data[i*Stride+j]. Stride is at least Cols; the elements between rows are
// neither read nor written.
type Matrix struct {
	Data               []float32
	Rows, Cols, Stride int
}

// Dense returns a matrix whose rows follow each other without gaps.
func Dense(data []float32, rows, cols int) Matrix { return Matrix{data, rows, cols, cols} }

// RowStride is the stride with which products run fastest on rows of n elements. Rows
// begin at cache lines, so that no vector lies in two of them. If n is a multiple of 128,
// rows are a cache line farther apart, because otherwise they would push each other out
// of the nearest cache.
func RowStride(n int) int {
	const line = 16
	if n%128 == 0 {
		return n + line
	}
	return (n + line - 1) / line * line
}

// row is a row of the matrix.
func (m Matrix) row(i int) []float32 { return m.Data[i*m.Stride:][:m.Cols] }

// Gemm computes C = A·B, or C += A·B if accumulate is set, with A [m, k],
// B [k, n] and C [m, n]. Each element of C is one chain of fused multiply-adds
// in the order of k. The chain starts from 0 or, to accumulate, from the value
// in C. C must not overlap A or B.
func Gemm(c, a, b Matrix, accumulate bool) {
	gemm("Gemm", product{
		m: a.Rows, n: b.Cols, k: a.Cols,
		a: a.Data, aRow: a.Stride, aCol: 1, b: b.Data, ldb: b.Stride, c: c.Data, ldc: c.Stride, accumulate: accumulate,
	}, c, a, b)
}

// GemmBias computes C = A·B + bias: the bias [n] is added to every row. The
// chain of an element starts from its bias. Otherwise it is [Gemm].
func GemmBias(c, a, b Matrix, bias []float32) {
	sameLength("GemmBias: bias", b.Cols, len(bias))
	gemm("GemmBias", product{
		m: a.Rows, n: b.Cols, k: a.Cols,
		a: a.Data, aRow: a.Stride, aCol: 1, b: b.Data, ldb: b.Stride, c: c.Data, ldc: c.Stride, bias: bias,
	}, c, a, b)
}

// GemmTA computes C = Aᵀ·B, or C += Aᵀ·B if accumulate is set, with A stored
// as [k, m], B [k, n] and C [m, n]. The chains are those of [Gemm].
func GemmTA(c, a, b Matrix, accumulate bool) {
	gemm("GemmTA", product{
		m: a.Cols, n: b.Cols, k: a.Rows,
		a: a.Data, aRow: 1, aCol: a.Stride, b: b.Data, ldb: b.Stride, c: c.Data, ldc: c.Stride, accumulate: accumulate,
	}, c, a, b)
}

// product is the form in which a path receives a matrix product: C = A·B,
// C = A·B + bias or C += A·B. Element (i, p) of A is a[i*aRow+p*aCol], so one form
// serves A and its transpose.
type product struct {
	m, n, k    int
	a          []float32
	aRow, aCol int
	b          []float32
	ldb        int
	c          []float32
	ldc        int
	bias       []float32 // [n], or nil
	accumulate bool
}

// gemm checks that the matrices fit together and runs the product.
func gemm(function string, p product, c, a, b Matrix) {
	a.check(function, "A")
	b.check(function, "B")
	c.check(function, "C")
	if b.Rows != p.k || c.Rows != p.m || c.Cols != p.n {
		panic(fmt.Sprintf("kernel: %s: C is %d×%d, A %d×%d and B %d×%d", function, c.Rows, c.Cols, a.Rows, a.Cols, b.Rows, b.Cols))
	}
	switch {
	case p.m == 0 || p.n == 0:
	case p.k > 0:
		active.gemm(p)
	case !p.accumulate:
		for i := range p.m {
			p.startRow(i)
		}
	}
}

// startRow sets a row of C to the values from which its chains start.
func (p *product) startRow(i int) {
	row := p.c[i*p.ldc:][:p.n]
	if p.bias == nil {
		clear(row)
	} else {
		copy(row, p.bias)
	}
}

// gemmScalar runs the chains of one row of C side by side. The product of two
// float32s is exact in float64, so only the sum and its conversion round.
func gemmScalar(p product) {
	for i := range p.m {
		if !p.accumulate {
			p.startRow(i)
		}
		row := p.c[i*p.ldc:][:p.n]
		for q := range p.k {
			x := float64(p.a[i*p.aRow+q*p.aCol])
			for j, y := range p.b[q*p.ldb:][:p.n] {
				row[j] = float32(x*float64(y) + float64(row[j]))
			}
		}
	}
}

// Transpose computes dst = srcᵀ with src [rows, cols] and dst [cols, rows],
// which must not overlap.
func Transpose(dst, src Matrix) {
	src.check("Transpose", "src")
	dst.check("Transpose", "dst")
	if dst.Rows != src.Cols || dst.Cols != src.Rows {
		panic(fmt.Sprintf("kernel: Transpose: dst is %d×%d and src %d×%d", dst.Rows, dst.Cols, src.Rows, src.Cols))
	}
	if src.Rows > 0 && src.Cols > 0 {
		active.transpose(dst.Data, dst.Stride, src)
	}
}

func transposeScalar(dst []float32, ldd int, src Matrix) {
	for i := range src.Rows {
		for j, x := range src.Data[i*src.Stride:][:src.Cols] {
			dst[j*ldd+i] = x
		}
	}
}

// fmaLoopScalar runs the operation of [gemmScalar] on 64 chains in the nearest
// cache.
func fmaLoopScalar(iterations int) int64 {
	var a [1]float32
	var b, c [64]float32
	for range iterations {
		gemmScalar(product{m: 1, n: len(c), k: 1, a: a[:], aRow: 1, aCol: 1, b: b[:], ldb: len(b), c: c[:], ldc: len(c), accumulate: true})
	}
	return int64(max(iterations, 0)) * int64(len(c)) * 2
}

// check panics unless the data have room for the rows and columns.
func (m Matrix) check(function, name string) {
	if m.Rows < 0 || m.Cols < 0 {
		panic(fmt.Sprintf("kernel: %s: %s is %d×%d", function, name, m.Rows, m.Cols))
	}
	if m.Rows == 0 || m.Cols == 0 {
		return
	}
	if m.Stride < m.Cols && m.Rows > 1 {
		panic(fmt.Sprintf("kernel: %s: %s has %d columns but stride %d", function, name, m.Cols, m.Stride))
	}
	if len(m.Data) < m.Cols || m.Rows > 1 && (len(m.Data)-m.Cols)/m.Stride < m.Rows-1 {
		panic(fmt.Sprintf("kernel: %s: %s is %d×%d with stride %d but has %d elements", function, name, m.Rows, m.Cols, m.Stride, len(m.Data)))
	}
}
