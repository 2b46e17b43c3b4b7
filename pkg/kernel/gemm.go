package kernel

// Gemm computes C = A·B, or C += A·B if accumulate is set, with A [m, k],
// B [k, n] and C [m, n]. Each element of C is one chain of fused multiply-adds
// in the order of k, which starts from 0 or from the element's value. C must
// not overlap A or B.
func Gemm(m, n, k int, a []float32, lda int, b []float32, ldb int, c []float32, ldc int, accumulate bool) {
	checkMatrix("Gemm", "A", len(a), m, k, lda)
	gemm("Gemm", m, n, k, a, lda, 1, b, ldb, c, ldc, nil, accumulate)
}

// GemmBias computes C = A·B + bias, the bias [n] added to every row: the chain
// of an element starts from its bias. Otherwise it is [Gemm].
func GemmBias(m, n, k int, a []float32, lda int, b []float32, ldb int, c []float32, ldc int, bias []float32) {
	checkMatrix("GemmBias", "A", len(a), m, k, lda)
	sameLength("GemmBias: bias", n, len(bias))
	gemm("GemmBias", m, n, k, a, lda, 1, b, ldb, c, ldc, bias, false)
}

// GemmTA computes C = Aᵀ·B, or C += Aᵀ·B if accumulate is set, with A stored
// as [k, m], B [k, n] and C [m, n]. The chains are those of [Gemm].
func GemmTA(m, n, k int, a []float32, lda int, b []float32, ldb int, c []float32, ldc int, accumulate bool) {
	checkMatrix("GemmTA", "A", len(a), k, m, lda)
	gemm("GemmTA", m, n, k, a, 1, lda, b, ldb, c, ldc, nil, accumulate)
}

func gemm(function string, m, n, k int, a []float32, aRow, aCol int, b []float32, ldb int, c []float32, ldc int, bias []float32, accumulate bool) {
	checkMatrix(function, "B", len(b), k, n, ldb)
	checkMatrix(function, "C", len(c), m, n, ldc)
	switch {
	case m == 0 || n == 0:
	case k > 0:
		active.gemm(m, n, k, a, aRow, aCol, b, ldb, c, ldc, bias, accumulate)
	case !accumulate:
		for i := range m {
			startRow(c[i*ldc:][:n], bias)
		}
	}
}

// startRow sets a row of C to what its chains start from.
func startRow(row, bias []float32) {
	if bias == nil {
		clear(row)
	} else {
		copy(row, bias)
	}
}

// gemmScalar runs the chains of one row of C side by side. The product of two
// float32s is exact in float64, so only the sum and its conversion round.
func gemmScalar(m, n, k int, a []float32, aRow, aCol int, b []float32, ldb int, c []float32, ldc int, bias []float32, accumulate bool) {
	for i := range m {
		row := c[i*ldc:][:n]
		if !accumulate {
			startRow(row, bias)
		}
		for p := range k {
			x := float64(a[i*aRow+p*aCol])
			for j, y := range b[p*ldb:][:n] {
				row[j] = float32(x*float64(y) + float64(row[j]))
			}
		}
	}
}

// Transpose computes dst = srcᵀ with src [rows, cols] and dst [cols, rows],
// which must not overlap.
func Transpose(dst []float32, ldd int, src []float32, lds int, rows, cols int) {
	checkMatrix("Transpose", "src", len(src), rows, cols, lds)
	checkMatrix("Transpose", "dst", len(dst), cols, rows, ldd)
	if rows > 0 && cols > 0 {
		active.transpose(dst, ldd, src, lds, rows, cols)
	}
}

func transposeScalar(dst []float32, ldd int, src []float32, lds int, rows, cols int) {
	for i := range rows {
		for j, x := range src[i*lds:][:cols] {
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
		gemmScalar(1, len(c), 1, a[:], 1, 1, b[:], len(b), c[:], len(c), nil, true)
	}
	return int64(max(iterations, 0)) * int64(len(c)) * 2
}
