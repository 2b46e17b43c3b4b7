//go:build !noasm

package kernel

import "unsafe"

// tileJob tells a tile function what to multiply. The processor reads the first 64
// bytes as the shapes of its tiles.
type tileJob struct {
	palette  uint8
	firstRow uint8
	_        [14]uint8
	rowBytes [16]uint16 // of each tile
	rows     [16]uint8  // of each tile

	a           *float32
	aTile       int // bytes to the second row of tiles
	b           *float32
	bTile       int // bytes between tiles of columns
	c           *float32
	cRow, cTile int      // bytes between rows, to the second row of tiles
	start       *float32 // the values from which the sums start; nil for zeros
	startRow    int      // bytes between their rows; 0 for a bias
	startTile   int      // bytes to their second row of tiles
	blocks      int      // of the chain
	panels      int      // of columns that are left, side by side
	passes      int      // 3 with low parts, 1 without
	from, to    int      // bytes from the first panel of B and of C to the next
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
// A tile has 16 lines. In A, a line is a row of A, with the 16 pairs of a block. In B, a
// line is the pairs of two rows of B, one for each of 16 columns. Behind a tile of high
// parts is that of the low ones, if there are any. Then come those of the next block of
// the chain, and so on; then the next rows of A or columns of B. Pairs beyond the end
// of a chain and columns beyond the last are zeros. Lines beyond the last row of A
// are not read.
type tileParts struct {
	// run calls a tile function for sums of rows × columns tiles.
	run  func(rows, columns int, job *tileJob)
	pack *packing
}

// packing are the functions that round elements and pack them: [0] the high parts, [1]
// both parts. lowAt counts the elements from the high to the low parts. Of the elements
// that are left at the end of a row, the mask rest tells which there are; the others are
// zeros.
type packing struct {
	// rows packs rows of A, each of 32·blocks elements and the rest.
	rows [2]func(dst *float32, lowAt, block int, x *float32, stride, rows, blocks, rest int)
	// pairs packs pairs of rows of B, each of 16·tiles elements and the rest.
	pairs [2]func(dst *float32, lowAt, tile int, x *float32, stride, pairs, tiles, rest int)
}

var packingBF16 = packing{
	rows:  [...]func(*float32, int, int, *float32, int, int, int, int){packRowsHigh, packRowsParts},
	pairs: [...]func(*float32, int, int, *float32, int, int, int, int){packPairsHigh, packPairsParts},
}

// lowest is a mask of n bits.
func lowest(n int) int { return 1<<n - 1 }

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

// resizeTiles gives the layout room for a number of lines and of blocks of their chains.
func (l *layout) resizeTiles(o *Operand, lines, blocks int) {
	l.low, l.row = tileSize, (1+lowParts(o.precision))*tileSize
	l.col = blocks * l.row
	l.resize((lines+tileRows-1)/tileRows*l.col, o.Memory)
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
	l.resizeTiles(o, a.Rows, blocks(a.Cols))
	if a.Cols == 0 {
		return
	}
	for i := 0; i < a.Rows; i += tileRows {
		t.pack.rows[lowParts(o.precision)](&l.data[i/tileRows*l.col], l.low, l.row, &a.Data[i*a.Stride], a.Stride,
			min(tileRows, a.Rows-i), a.Cols/blockLength, lowest(a.Cols%blockLength))
	}
}

func (t *tileParts) setRight(o *Operand, b Matrix) {
	l := &o.layout
	l.resizeTiles(o, b.Cols, blocks(b.Rows))
	for first := 0; first < b.Cols; first += packedTogether * tileColumns {
		for from := 0; from < b.Rows; from += blockLength {
			t.packBlock(l.data[first/tileColumns*l.col+from/blockLength*l.row:], l, o, b, from, first)
		}
	}
}

// packedTogether is the number of tiles whose columns are packed at a time: as many as
// the nearest cache takes as streams of writing.
const packedTogether = 4

// packBlock packs a block of the chains of B from a row on: up to packedTogether tiles
// of columns from `first` on.
func (t *tileParts) packBlock(dst []float32, l *layout, o *Operand, b Matrix, row, first int) {
	pack := t.pack.pairs[lowParts(o.precision)]
	rows, width := min(blockLength, b.Rows-row), min(packedTogether*tileColumns, b.Cols-first)
	whole, rest := width/tileColumns, lowest(width%tileColumns)
	x := b.Data[row*b.Stride+first:]
	pairs := rows / 2
	if pairs > 0 {
		pack(&dst[0], l.low, l.col, &x[0], b.Stride, pairs, whole, rest)
	}
	if rows%2 > 0 { // the last row, and a row of zeros
		pad := &o.tiles.pad
		clear(pad[copy(pad[:], x[pairs*2*b.Stride:][:width]):])
		pack(&dst[pairs*tileColumns], l.low, l.col, &pad[0], len(pad)/2, 1, whole, rest)
		pairs++
	}
	if pairs < blockPairs {
		for at := 0; at < width; at += tileColumns {
			for part := 0; part < l.row; part += l.low {
				clear(dst[at/tileColumns*l.col+part:][pairs*tileColumns : tileSize])
			}
		}
	}
}

func (t *tileParts) index(o *Operand, first, link int) int {
	return first/tileRows*o.layout.col + link/blockLength*o.layout.row
}

func (t *tileParts) setLeftTransposed(o *Operand, a Matrix) {
	// Pack the pairs of rows of a as those of B, block by block, and turn each tile.
	l, turned := &o.layout, &o.tiles.turned
	l.resizeTiles(o, a.Cols, blocks(a.Rows))
	turned.resizeTiles(o, packedTogether*tileColumns, 1)
	for first := 0; first < a.Cols; first += packedTogether * tileColumns {
		tiles := min(packedTogether, (a.Cols-first+tileColumns-1)/tileColumns)
		for block := range blocks(a.Rows) {
			t.packBlock(turned.data, turned, o, a, block*blockLength, first)
			to := l.data[first/tileColumns*l.col+block*l.row:]
			for tile := range tiles {
				for part := 0; part < l.row; part += tileSize {
					turnTile(to[tile*l.col+part:], turned.data[tile*turned.col+part:])
				}
			}
		}
	}
}

// turnTile makes the columns of a tile the lines of another.
func turnTile(dst, src []float32) {
	const half = tileSize / 2
	for _, at := range [2]int{0, half} {
		transpose8x8AVX2(&dst[at/tileRows], tileColumns, &src[at], tileColumns, tileColumns/8)
	}
}

// pieceBlocks is the number of blocks of a chain that strips of two tiles are computed
// with at a time, for bfloat16; with low parts it is half of that. The tiles of A for a
// strip and those of B for a panel stay in the nearest cache together.
const pieceBlocks = 8

// multiply divides the rows of C among strips of two tiles, and one of a single tile
// if at most 16 are left.
func (t *tileParts) multiply(c Matrix, a, b *Operand, bias []float32, accumulate bool) {
	job := &a.tiles.job
	*job = tileJob{
		palette: 1,
		aTile:   4 * a.layout.col, bTile: 4 * b.layout.col,
		cRow: 4 * c.Stride, cTile: 4 * c.Stride * tileRows,
		passes: 1 + 2*lowParts(a.precision),
	}
	all := blocks(a.cols)
	for i := 0; i < c.Rows; i += 2 * tileRows {
		s := tileStrip{job: job, run: t.run, rows: min(2*tileRows, c.Rows-i), b: &b.layout, c: c.Data[i*c.Stride:], start: bias}
		pieces := 1
		if limit := pieceBlocks / (1 + lowParts(a.precision)); s.rows > tileRows {
			pieces = (all + limit - 1) / limit
		}
		for piece := range pieces {
			from := piece * all / pieces
			job.blocks = (piece+1)*all/pieces - from
			job.startRow, job.startTile = 0, 0
			if accumulate || piece > 0 {
				s.start, job.startRow, job.startTile = s.c, job.cRow, job.cTile
			}
			job.a = &a.layout.data[i/tileRows*a.layout.col+from*a.layout.row]
			s.from = from * b.layout.row
			s.multiply(c.Cols)
		}
	}
}

// tileStrip is up to 32 rows of C.
type tileStrip struct {
	job  *tileJob
	run  func(rows, columns int, job *tileJob)
	rows int
	b    *layout
	from int // index of the first block of B, from the beginning of a tile's chain
	c    []float32
	// start is what the sums start from: rows of C, a bias, or nil for zeros.
	start []float32
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
	for i := range 2 {
		set(b+i, blockPairs, columns) // of two columns, or the parts of one
	}
}

// panels computes panels side by side, from a tile of columns on.
func (s *tileStrip) panels(tile, panels int) {
	if panels == 0 {
		return
	}
	job := s.job
	job.b, job.c, job.start, job.panels = &s.b.data[tile*s.b.col+s.from], &s.c[tile*tileColumns], at(s.start, tile*tileColumns), panels
	job.from, job.to = 0, 0
	s.run(s.tall, s.wide, s.job)
}

// tileState is what an operand needs besides its layout.
type tileState struct {
	job    tileJob // of the product that it is the left factor of
	turned layout  // what becomes the transposed left factor
	pad    [2 * packedTogether * tileColumns]float32
}
