//go:build !noasm

package kernel

import "golang.org/x/sys/cpu"

// assemblyPaths returns the assembly paths this processor can run, best first.
func assemblyPaths() []*implementation {
	var paths []*implementation
	x := &cpu.X86
	hasAVX2 := x.HasAVX2 && x.HasFMA && x.HasBMI2 && x.HasPOPCNT
	if hasAVX2 && x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL {
		paths = append(paths, &avx512Path)
	}
	if hasAVX2 {
		paths = append(paths, &avx2Path)
	}
	return paths
}

var avx2Path = implementation{
	name: "avx2",

	gemm:      gemmAVX2,
	transpose: transposeAVX2,
	fmaLoop:   func(n int) int64 { fmaLoopAVX2(n); return int64(n) * 12 * 8 * 2 },

	sigmoid: sigmoidAVX2,
	tanh:    tanhAVX2,
	exp:     expAVX2,
	relu:    reluAVX2,

	sigmoidBackward: sigmoidBackwardAVX2,
	tanhBackward:    tanhBackwardAVX2,
	reluBackward:    reluBackwardAVX2,

	lstmForward:  lstmForwardAVX2,
	lstmBackward: lstmBackwardAVX2,

	mul:       mulAVX2,
	mulAdd:    mulAddAVX2,
	add:       addAVX2,
	scale:     scaleAVX2,
	axpy:      axpyAVX2,
	applyMask: applyMaskAVX2,

	columnSums:     columnSumsAVX2,
	sumSquares:     sumSquaresAVX2,
	clip:           clipAVX2,
	firstNonFinite: firstNonFiniteAVX2,

	maximum:             maximumAVX2,
	softmaxSums:         softmaxSumsAVX2,
	softmaxGradient:     softmaxGradientAVX2,
	sigmoidCrossEntropy: sigmoidCrossEntropyAVX2,
	squaredError:        squaredErrorAVX2,

	rmspropTF:    rmspropTFAVX2,
	rmspropTorch: rmspropTorchAVX2,
	adam:         adamAVX2,
	momentum:     momentumAVX2,
}

var avx512Path = implementation{
	name: "avx512",

	gemm:      gemmAVX512,
	transpose: transposeAVX2,
	fmaLoop:   func(n int) int64 { fmaLoopAVX512(n); return int64(n) * 12 * 16 * 2 },

	sigmoid: sigmoidAVX512,
	tanh:    tanhAVX512,
	exp:     expAVX512,
	relu:    reluAVX512,

	sigmoidBackward: sigmoidBackwardAVX512,
	tanhBackward:    tanhBackwardAVX512,
	reluBackward:    reluBackwardAVX512,

	lstmForward:  lstmForwardAVX512,
	lstmBackward: lstmBackwardAVX512,

	mul:       mulAVX512,
	mulAdd:    mulAddAVX512,
	add:       addAVX512,
	scale:     scaleAVX512,
	axpy:      axpyAVX512,
	applyMask: applyMaskAVX512,

	columnSums:     columnSumsAVX512,
	sumSquares:     sumSquaresAVX512,
	clip:           clipAVX512,
	firstNonFinite: firstNonFiniteAVX512,

	maximum:             maximumAVX512,
	softmaxSums:         softmaxSumsAVX512,
	softmaxGradient:     softmaxGradientAVX512,
	sigmoidCrossEntropy: sigmoidCrossEntropyAVX512,
	squaredError:        squaredErrorAVX512,

	rmspropTF:    rmspropTFAVX512,
	rmspropTorch: rmspropTorchAVX512,
	adam:         adamAVX512,
	momentum:     momentumAVX512,
}

// rowTiles divides m rows among as few tiles of at most max rows as possible,
// as evenly as possible: `tall` tiles of rows+1, then `low` tiles of rows.
func rowTiles(m, max int) (tall, low, rows int) {
	tiles := (m + max - 1) / max
	rows = m / tiles
	tall = m % tiles
	return tall, tiles - tall, rows
}

// gemmAVX512 covers C with tiles of up to 14 × 32.
func gemmAVX512(m, n, k int, a []float32, aRow, aCol int, b []float32, ldb int, c []float32, ldc int, accumulate bool) {
	tall, low, rows := rowTiles(m, 14)
	for _, g := range [2]struct{ first, tiles, rows int }{{0, tall, rows + 1}, {tall * (rows + 1), low, rows}} {
		if g.tiles == 0 {
			continue
		}
		a, c := a[g.first*aRow:], c[g.first*ldc:]
		j := 0
		for ; j+32 <= n; j += 32 {
			gemmFullAVX512(g.tiles, g.rows, k, &a[0], aRow, aCol, &b[j], ldb, &c[j], ldc, 16, accumulate)
		}
		switch rest := n - j; {
		case rest > 16:
			gemmPartAVX512(g.tiles, g.rows, k, &a[0], aRow, aCol, &b[j], ldb, &c[j], ldc, rest-16, accumulate)
		case rest > 0:
			gemmEdgeAVX512(g.tiles, g.rows, k, &a[0], aRow, aCol, &b[j], ldb, &c[j], ldc, rest, accumulate)
		}
	}
}

// gemmAVX2 covers C with tiles of up to 6 × 16.
func gemmAVX2(m, n, k int, a []float32, aRow, aCol int, b []float32, ldb int, c []float32, ldc int, accumulate bool) {
	tall, low, rows := rowTiles(m, 6)
	for _, g := range [2]struct{ first, tiles, rows int }{{0, tall, rows + 1}, {tall * (rows + 1), low, rows}} {
		if g.tiles == 0 {
			continue
		}
		a, c := a[g.first*aRow:], c[g.first*ldc:]
		j := 0
		for ; j+16 <= n; j += 16 {
			gemmFullAVX2(g.tiles, g.rows, k, &a[0], aRow, aCol, &b[j], ldb, &c[j], ldc, 8, accumulate)
		}
		switch rest := n - j; {
		case rest > 8:
			gemmPartAVX2(g.tiles, g.rows, k, &a[0], aRow, aCol, &b[j], ldb, &c[j], ldc, rest-8, accumulate)
		case rest > 0:
			gemmEdgeAVX2(g.tiles, g.rows, k, &a[0], aRow, aCol, &b[j], ldb, &c[j], ldc, rest, accumulate)
		}
	}
}

// transposeAVX2 turns 8×8 blocks and leaves the right and lower edges to the
// scalar loop.
func transposeAVX2(dst []float32, ldd int, src []float32, lds int, rows, cols int) {
	r, c := rows&^7, cols&^7
	for i := 0; i < r && c > 0; i += 8 {
		transpose8x8AVX2(&dst[i], ldd, &src[i*lds], lds, c/8)
	}
	if c < cols {
		transposeScalar(dst[c*ldd:], ldd, src[c:], lds, r, cols-c)
	}
	if r < rows {
		transposeScalar(dst[r:], ldd, src[r*lds:], lds, rows-r, cols)
	}
}

func columnSumsAVX2(rows, n int, x []float32, ldx int, sums []float32, accumulate bool) {
	groups := n / 64
	if groups > 0 {
		columnSumsFullAVX2(rows, groups, &x[0], ldx, &sums[0], accumulate)
	}
	if done := groups * 64; done < n {
		columnSumsRestAVX2(rows, &x[done], ldx, sums[done:], accumulate)
	}
}

func columnSumsAVX512(rows, n int, x []float32, ldx int, sums []float32, accumulate bool) {
	groups := n / 128
	if groups > 0 {
		columnSumsFullAVX512(rows, groups, &x[0], ldx, &sums[0], accumulate)
	}
	if done := groups * 128; done < n {
		columnSumsRestAVX512(rows, &x[done], ldx, sums[done:], accumulate)
	}
}
