//go:build !noasm

package kernel

import "unsafe"

// tileJob tells a tile function what to multiply. The processor reads the first 64
// bytes as the shapes of its tiles.
type tileJob struct {
	palette  uint8
	startRow uint8
	_        [14]uint8
	rowBytes [16]uint16 // of each tile
	rows     [16]uint8  // of each tile

	a                 *float32
	aLow, aRow, aTile int // in bytes: from high to low parts, between rows, to the second tile of rows
	b                 *float32
	bLow, bTile       int // in bytes: from high to low parts, between tiles of columns
	c                 *float32
	cRow, cTile       int // in bytes: between rows, to the second tile of rows
	blocks            int // of the chain
	panels            int // of columns, side by side
	passes            int // 3 with low parts, 1 without
}

// The sizes of a tile: rows, and the float32s or pairs of bfloat16 of a row.
const (
	tileRows    = 16
	tileColumns = 16
	tileSize    = tileRows * tileColumns
	blockPairs  = blockLength / 2
)

// tileParts keeps operands as bfloat16 in the layout of tiles and multiplies them by
// the processor's matrix unit. A pair is two neighbours of a chain, the even one in
// the lower half of 32 bits; slices hold pairs as the bits of float32s.
//
// A has rows of pairs. B has tiles of 16 columns, one after the other: of each the
// pairs of the first two rows, then those of the next two, and so on. Columns beyond
// the last are zeros. In both, the low parts follow the high ones.
type tileParts struct {
	// run calls a tile function for sums of rows × columns tiles.
	run  func(rows, columns int, job *tileJob)
	pack *packing
}

// packing are the functions that round rows and pack them: [0] the high parts, [1]
// both parts.
type packing struct {
	row   [2]func(dst *float32, lowAt int, x *float32, groups int)
	pairs [2]func(dst *float32, lowAt, tile int, first, second *float32, tiles int)
}

var (
	packingAVX2 = packing{
		row:   [...]func(*float32, int, *float32, int){packRowHighAVX2, packRowPartsAVX2},
		pairs: [...]func(*float32, int, int, *float32, *float32, int){packPairsHighAVX2, packPairsPartsAVX2},
	}
	packingBF16 = packing{
		row:   [...]func(*float32, int, *float32, int){packRowHighBF16, packRowPartsBF16},
		pairs: [...]func(*float32, int, int, *float32, *float32, int){packPairsHighBF16, packPairsPartsBF16},
	}
)

// lowParts is 1 if the precision has low parts, otherwise 0.
func lowParts(p Precision) int {
	if p == Split {
		return 1
	}
	return 0
}

// runTiles calls the tile function for sums of rows × columns tiles.
func runTiles(rows, columns int, j *tileJob) {
	job := (*byte)(unsafe.Pointer(j))
	switch {
	case rows == 2 && columns == 2:
		tiles2x2(job)
	case rows == 2:
		tiles2x1(job)
	case columns == 4:
		tiles1x4(job)
	case columns == 3:
		tiles1x3(job)
	case columns == 2:
		tiles1x2(job)
	default:
		tiles1x1(job)
	}
}

// resize gives l.data room for size pairs of each part, from a cache line on.
func (l *layout) resize(p Precision, size int) {
	l.low = size
	if p == Split {
		size *= 2
	}
	const line = 16
	if cap(l.data) < size {
		data := make([]float32, size+line)
		skip := (64 - uintptr(unsafe.Pointer(&data[0]))%64) % 64 / 4
		l.data = data[skip:][:0:size]
	}
	l.data = l.data[:size]
}

func (t *tileParts) loop(iterations int) int64 {
	if iterations <= 0 {
		return 0
	}
	job := tileJob{palette: 1, blocks: iterations}
	for tile := range 8 {
		job.rows[tile], job.rowBytes[tile] = tileRows, 4*tileColumns
	}
	tileLoop((*byte)(unsafe.Pointer(&job)))
	return int64(iterations) * 4 * tileSize * blockLength * 2
}

func (t *tileParts) setLeft(o *Operand, a Matrix) {
	l := &o.layout
	pairs := blocks(a.Cols) * blockPairs
	l.row, l.col = rowOfPairs(pairs), 1
	l.resize(o.precision, a.Rows*l.row)
	for i := range a.Rows {
		t.packRow(l.data[i*l.row:], l.low, o.precision, a.Data[i*a.Stride:][:a.Cols], pairs, &o.tiles.pad)
	}
}

// rowOfPairs is the distance between rows of A: an odd number of cache lines, so that
// the rows of a tile do not push each other out of the nearest cache.
func rowOfPairs(pairs int) int {
	const line = 16
	return pairs/line*line | line
}

// packRow packs a row of A, with zeros up to the given number of pairs. pad is memory
// for the rest of the row.
func (t *tileParts) packRow(dst []float32, low int, p Precision, x []float32, pairs int, pad *[2 * tileColumns]float32) {
	const group = 16
	whole := len(x) / group
	if whole > 0 {
		t.packGroups(dst, low, p, x, whole)
	}
	if at := whole * group; at < 2*pairs {
		clear(pad[:])
		copy(pad[:], x[at:])
		t.packGroups(dst[at/2:], low, p, pad[:], (2*pairs-at)/group)
	}
}

// packGroups packs groups of 16 elements of a row of A.
func (t *tileParts) packGroups(dst []float32, low int, p Precision, x []float32, groups int) {
	t.pack.row[lowParts(p)](&dst[0], low, &x[0], groups)
}

func (t *tileParts) setRight(o *Operand, b Matrix) {
	t.packColumns(&o.layout, o.precision, b, &o.tiles.pad)
}

// packedTogether is the number of tiles whose columns are packed at a time: as many as
// the nearest cache takes as streams of writing.
const packedTogether = 4

// packColumns packs a matrix in the layout of B. pad is memory for rests of rows.
func (t *tileParts) packColumns(l *layout, p Precision, b Matrix, pad *[2 * tileColumns]float32) {
	pairs := blocks(b.Rows) * blockPairs
	tiles := (b.Cols + tileColumns - 1) / tileColumns
	// From tile to tile it is a cache line more than the pairs take, because otherwise
	// tiles would push each other out of the nearest cache.
	l.row, l.col = tileColumns, (pairs+1)*tileColumns
	l.resize(p, tiles*l.col)
	for tile := 0; tile < tiles; tile += packedTogether {
		n, from := min(packedTogether, tiles-tile), tile*tileColumns
		width := min(n*tileColumns, b.Cols-from)
		for pair := range pairs {
			var rows [2][]float32
			for i := range rows {
				if row := 2*pair + i; row < b.Rows {
					rows[i] = b.Data[row*b.Stride+from:][:width]
				}
			}
			t.packPair(l, p, tile*l.col+pair*l.row, rows[0], rows[1], n, pad)
		}
	}
}

// packPair packs two rows of n tiles of B, from index `to` on. Either row may be nil
// for zeros.
func (t *tileParts) packPair(l *layout, p Precision, to int, first, second []float32, n int, pad *[2 * tileColumns]float32) {
	done := min(len(first), len(second)) / tileColumns
	if done > 0 {
		t.packTiles(l, p, l.data[to:], first, second, done)
	}
	for tile := done; tile < n; tile++ {
		clear(pad[:])
		at := tile * tileColumns
		copy(pad[:tileColumns], first[min(at, len(first)):])
		copy(pad[tileColumns:], second[min(at, len(second)):])
		t.packTiles(l, p, l.data[to+tile*l.col:], pad[:], pad[tileColumns:], 1)
	}
}

// packTiles packs two rows of whole tiles.
func (t *tileParts) packTiles(l *layout, p Precision, dst, first, second []float32, tiles int) {
	t.pack.pairs[lowParts(p)](&dst[0], l.low, l.col, &first[0], &second[0], tiles)
}

func (t *tileParts) index(o *Operand, first, link int) int {
	if o.right {
		return first/tileColumns*o.layout.col + link/2*o.layout.row
	}
	return first*o.layout.row + link/2
}

func (t *tileParts) setLeftTransposed(o *Operand, a Matrix) {
	// Pack the pairs of rows of a as those of B, and turn them.
	turned := &o.tiles.turned
	t.packColumns(turned, o.precision, a, &o.tiles.pad)
	l := &o.layout
	pairs := blocks(a.Rows) * blockPairs
	l.row, l.col = rowOfPairs(pairs), 1
	// Rows up to a whole tile come from the columns of zeros.
	rows := (a.Cols + tileRows - 1) / tileRows * tileRows
	l.resize(o.precision, rows*l.row)
	parts := 1
	if o.precision == Split {
		parts = 2
	}
	for part := range parts {
		for row := 0; row < rows; row += tileRows {
			from := turned.data[part*turned.low+row/tileRows*turned.col:]
			transposeAVX2(l.data[part*l.low+row*l.row:], l.row, Matrix{from, pairs, tileColumns, tileColumns})
		}
	}
}

// multiply divides the rows of C among strips of two tiles, and one of a single tile
// if at most 16 are left.
func (t *tileParts) multiply(c Matrix, a, b *Operand) {
	job := &a.tiles.job
	*job = tileJob{
		palette: 1,
		aLow:    4 * a.layout.low, aRow: 4 * a.layout.row, aTile: 4 * a.layout.row * tileRows,
		bLow: 4 * b.layout.low, bTile: 4 * b.layout.col,
		cRow: 4 * c.Stride, cTile: 4 * c.Stride * tileRows,
		blocks: blocks(a.cols), passes: 1,
	}
	if a.precision == Split {
		job.passes = 3
	}
	for i := 0; i < c.Rows; i += 2 * tileRows {
		s := tileStrip{job: job, run: t.run, rows: min(2*tileRows, c.Rows-i), b: &b.layout, c: c.Data[i*c.Stride:]}
		job.a = &a.layout.data[i*a.layout.row]
		s.multiply(c.Cols)
	}
}

// tileStrip is up to 32 rows of C.
type tileStrip struct {
	job  *tileJob
	run  func(rows, columns int, job *tileJob)
	rows int
	b    *layout
	c    []float32
	// The sums are tall × wide tiles.
	tall, wide int
}

// multiply computes n columns: panels of as many tiles as there are sums for, then
// the rest of whole tiles, then the rest of a tile.
func (s *tileStrip) multiply(n int) {
	tall, wide := 1, 4
	if s.rows > tileRows {
		tall, wide = 2, 2
	}
	whole := n / tileColumns
	panels := whole / wide
	s.shape(tall, wide, tileColumns)
	s.panels(0, panels)
	if rest := whole % wide; rest > 0 {
		s.shape(tall, rest, tileColumns)
		s.panels(panels*wide, 1)
	}
	if rest := n % tileColumns; rest > 0 {
		s.shape(tall, 1, rest)
		s.panels(whole, 1)
	}
}

// shape sets the shapes of the tiles for sums of tall × wide tiles of `columns`
// columns.
func (s *tileStrip) shape(tall, wide, columns int) {
	s.tall, s.wide = tall, wide
	job := s.job
	job.rowBytes, job.rows = [16]uint16{}, [16]uint8{}
	set := func(tile, rows, width int) {
		job.rows[tile], job.rowBytes[tile] = uint8(rows), uint16(4*width)
	}
	const a, b = 4, 6 // the first tiles of A and B
	for row := range tall {
		height := min(tileRows, s.rows-row*tileRows)
		for column := range wide {
			set(row*wide+column, height, columns)
		}
		set(a+row, height, blockPairs)
	}
	if tall == 1 {
		set(a+1, s.rows, blockPairs) // for the low parts of A
	}
	for column := range min(2, wide) {
		set(b+column, blockPairs, columns)
	}
}

// panels computes panels side by side, from a tile of columns on.
func (s *tileStrip) panels(tile, panels int) {
	if panels == 0 {
		return
	}
	s.job.b, s.job.c, s.job.panels = &s.b.data[tile*s.b.col], &s.c[tile*tileColumns], panels
	s.run(s.tall, s.wide, s.job)
}

// tileState is what an operand needs besides its layout.
type tileState struct {
	job    tileJob // of the product that it is the left factor of
	turned layout  // what becomes the transposed left factor
	pad    [2 * tileColumns]float32
}
