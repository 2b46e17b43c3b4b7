//go:build !noasm

package kernel

import "golang.org/x/sys/cpu"

// assemblyPaths returns the assembly paths that this processor can run, best first.
func assemblyPaths() []*implementation {
	var paths []*implementation
	x := &cpu.X86
	hasAVX2 := x.HasAVX2 && x.HasFMA && x.HasBMI2 && x.HasPOPCNT
	if hasAVX2 && x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL {
		if ok, _ := tilesOf(); ok && x.HasAVX512BF16 {
			paths = append(paths, withTiles(avx512Path))
		}
		paths = append(paths, &avx512Path)
	}
	if hasAVX2 {
		paths = append(paths, &avx2Path)
	}
	return paths
}

// withTiles is a path whose products in low precision run on the matrix unit.
func withTiles(path implementation) *implementation {
	path.name, path.low = "amx", &tileParts{runTiles, &packingBF16}
	return &path
}

var avx2Path = implementation{
	name: "avx2",

	gradientDepth: smallCacheDepth,
	gemm:          avx2Tiling.gemm,
	transpose:     transposeAVX2,
	fmaLoop:       func(n int) int64 { fmaLoopAVX2(n); return int64(max(n, 0)) * 12 * 8 * 2 },

	low: &floatParts{roundAVX2, avx2PartTiling.add},

	sigmoid: sigmoidAVX2,
	tanh:    tanhAVX2,
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
	prefetch:  prefetchAVX2,
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

	gradientDepth: largeCacheDepth,
	gemm:          avx512Tiling.gemm,
	transpose:     transposeAVX2,
	fmaLoop:       func(n int) int64 { fmaLoopAVX512(n); return int64(max(n, 0)) * 12 * 16 * 2 },

	low: &floatParts{roundAVX512, avx512PartTiling.add},

	sigmoid: sigmoidAVX512,
	tanh:    tanhAVX512,
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
	prefetch:  noPrefetch, // nobody has measured it on such a processor
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

// tileFunc computes `panels` panels of columns side by side, each of `tiles` tiles of `rows`
// rows, one below the other.
type tileFunc func(tiles, rows, k int, a *float32, aRow, aCol int, b *float32, ldb int, c *float32, ldc int, lastCols, panels int, bias *float32, accumulate bool)

// tileSet is how a path covers C with tiles of up to rows × 2·lanes, and the
// functions F that compute them. The columns of a tile are two full vectors, a full
// and a masked one, or one masked one. Tiles of up to wideRows rows may be eight full
// vectors wide.
type tileSet[F any] struct {
	rows, wideRows, lanes  int
	full, part, edge, wide F
}

// strips divides m rows among as few tiles as possible, as evenly as possible. It
// calls strip for the tiles that have one row more, if there are any, then for the
// others: with their first row, their number and their height.
func (t *tileSet[F]) strips(m int, strip func(first, tiles, rows int)) {
	tiles := (m + t.rows - 1) / t.rows
	rows, taller := m/tiles, m%tiles
	if taller > 0 {
		strip(0, taller, rows+1)
	}
	strip(taller*(rows+1), tiles-taller, rows)
}

// panels divides n columns among tiles of `rows` rows. It calls panel for each width, with
// the function that computes it, its first column, the number of panels of that width side
// by side, and the number of columns in its last vector.
func (t *tileSet[F]) panels(rows, n int, panel func(f F, j, panels, lastCols int)) {
	j := 0
	equal := func(f F, width int) {
		if panels := (n - j) / width; panels > 0 {
			panel(f, j, panels, t.lanes)
			j += panels * width
		}
	}
	if rows <= t.wideRows {
		equal(t.wide, 8*t.lanes)
	}
	equal(t.full, 2*t.lanes)
	switch rest := n - j; {
	case rest > t.lanes:
		panel(t.part, j, 1, rest-t.lanes)
	case rest > 0:
		panel(t.edge, j, 1, rest)
	}
}

// tiling is how a path multiplies in float32. A chain runs in pieces of at most
// depth links, so that B stays in cache.
type tiling struct {
	tileSet[tileFunc]
	depth int
}

var (
	avx2Tiling = tiling{tileSet[tileFunc]{
		rows: 6, wideRows: 1, lanes: 8,
		full: gemmFullAVX2, part: gemmPartAVX2, edge: gemmEdgeAVX2, wide: gemmWideAVX2,
	}, 256}
	avx512Tiling = tiling{tileSet[tileFunc]{
		rows: 14, wideRows: 3, lanes: 16,
		full: gemmFullAVX512, part: gemmPartAVX512, edge: gemmEdgeAVX512, wide: gemmWideAVX512,
	}, 1024}
)

// blockRows is the number of rows of A that are read again for each panel of B.
// These rows stay in cache. They are a whole number of tiles of either height.
const blockRows = 18 * 14

// gemm divides the product into blocks of rows and pieces of the chains. A
// piece goes on from the values in C, which rounds nothing.
func (t *tiling) gemm(p product) {
	blocks := (p.m + blockRows - 1) / blockRows
	for from := 0; from < p.k; from += t.depth {
		for i := range blocks {
			first, end := i*p.m/blocks, (i+1)*p.m/blocks
			t.block(p.piece(first, end, from, min(from+t.depth, p.k)))
		}
	}
}

// piece is the part of the product that has the rows from first to end−1 of C
// and the links from `from` to `to`−1 of their chains.
func (p product) piece(first, end, from, to int) product {
	p.m, p.k = end-first, to-from
	p.a, p.b, p.c = p.a[first*p.aRow+from*p.aCol:], p.b[from*p.ldb:], p.c[first*p.ldc:]
	p.accumulate = p.accumulate || from > 0
	return p
}

// block computes a block of rows, strip by strip.
func (t *tiling) block(p product) {
	t.strips(p.m, func(first, tiles, rows int) {
		s := p.piece(first, p.m, 0, p.k)
		t.panels(rows, s.n, func(f tileFunc, j, panels, lastCols int) {
			f(tiles, rows, s.k, &s.a[0], s.aRow, s.aCol, &s.b[j], s.ldb, &s.c[j], s.ldc, lastCols, panels, at(s.bias, j), s.accumulate)
		})
	})
}

// partFunc adds A·B of parts to panels of tiles, as tileFunc does.
type partFunc func(tiles, rows, turns, passes int, a *float32, aRow, aCol, aLow int, b *float32, ldb, bLow int, c *float32, ldc, lastCols, panels int)

// partTiling is how a path multiplies parts. Its tiles have the sizes of those of
// [tiling]. Their loops take linksInTurn links of each of a block's two sums in a turn.
type partTiling struct {
	tileSet[partFunc]
	linksInTurn int
}

var (
	avx2PartTiling = partTiling{tileSet[partFunc]{
		rows: 6, wideRows: 1, lanes: 8,
		full: partsFullAVX2, part: partsPartAVX2, edge: partsEdgeAVX2, wide: partsWideAVX2,
	}, 4}
	avx512PartTiling = partTiling{tileSet[partFunc]{
		rows: 14, wideRows: 3, lanes: 16,
		full: partsFullAVX512, part: partsPartAVX512, edge: partsEdgeAVX512, wide: partsWideAVX512,
	}, chainLength}
)

// chainLength is the number of links of each of the two sums of a block.
const chainLength = blockLength / 2

// turns is the number of turns for a chain of k links. The last block is padded with
// zeros. The first of them makes a sum of −0 to +0, and the others change nothing. So
// turns after the first zeros are left out.
func (t *partTiling) turns(k int) int {
	turns := k / blockLength * (chainLength / t.linksInTurn)
	if rest := k % blockLength; rest > 0 {
		links := min((rest+1)/2+1, chainLength)
		turns += (links + t.linksInTurn - 1) / t.linksInTurn
	}
	return turns
}

func (t *partTiling) add(p partProduct) {
	turns, passes, bLow := t.turns(p.k), 1, 0
	if p.split {
		passes, bLow = 3, p.b.low
	}
	t.strips(p.m, func(first, tiles, rows int) {
		t.panels(rows, p.n, func(f partFunc, j, panels, lastCols int) {
			f(tiles, rows, turns, passes, &p.a.data[first*p.a.row], p.a.row, p.a.col, p.a.low,
				&p.b.data[j], p.b.row, bLow, &p.c[first*p.ldc+j], p.ldc, lastCols, panels)
		})
	})
}

func roundAVX2(high, low, x []float32) {
	if low == nil {
		roundHighAVX2(high, x)
	} else {
		roundPartsAVX2(high, low, x)
	}
}

func roundAVX512(high, low, x []float32) {
	if low == nil {
		roundHighAVX512(high, x)
	} else {
		roundPartsAVX512(high, low, x)
	}
}

// at is a pointer to element j. It is nil if the slice is nil.
func at(x []float32, j int) *float32 {
	if x == nil {
		return nil
	}
	return &x[j]
}

// turnedColumns is the number of columns of src that transposeAVX2 turns at a time.
// They become rows of dst. These rows stay in cache until the next eight rows of src
// fill the other half of their cache lines.
const turnedColumns = 32

// transposeAVX2 turns 8×8 blocks and leaves the right and lower edges to the
// scalar loop.
func transposeAVX2(dst []float32, ldd int, src Matrix) {
	r, c := src.Rows&^7, src.Cols&^7
	for j := 0; j < c; j += turnedColumns {
		blocks := min(turnedColumns, c-j) / 8
		for i := 0; i < r; i += 8 {
			transpose8x8AVX2(&dst[j*ldd+i], ldd, &src.Data[i*src.Stride+j], src.Stride, blocks)
		}
	}
	if c < src.Cols {
		transposeScalar(dst[c*ldd:], ldd, Matrix{src.Data[c:], r, src.Cols - c, src.Stride})
	}
	if r < src.Rows {
		transposeScalar(dst[r:], ldd, Matrix{src.Data[r*src.Stride:], src.Rows - r, src.Cols, src.Stride})
	}
}

func columnSumsAVX2(x Matrix, sums []float32, accumulate bool) {
	groups := x.Cols / 32
	if groups > 0 {
		columnSumsFullAVX2(x.Rows, groups, &x.Data[0], x.Stride, &sums[0], accumulate)
	}
	if done := groups * 32; done < x.Cols {
		columnSumsRestAVX2(x.Rows, &x.Data[done], x.Stride, sums[done:], accumulate)
	}
}

func columnSumsAVX512(x Matrix, sums []float32, accumulate bool) {
	groups := x.Cols / 64
	if groups > 0 {
		columnSumsFullAVX512(x.Rows, groups, &x.Data[0], x.Stride, &sums[0], accumulate)
	}
	if done := groups * 64; done < x.Cols {
		columnSumsRestAVX512(x.Rows, &x.Data[done], x.Stride, sums[done:], accumulate)
	}
}
