package nulls

import (
	"math"

	"gridcells/pkg/kernel"
	"gridcells/pkg/ratemap"
)

// lanes is the number of maps that a spectrum transforms side by side. Their numbers
// for a bin or a coefficient lie next to each other: they fill a vector of the processor.
const lanes = 8

// spectrum is the real Fourier transform of eight maps of nx×ny bins at once, and their
// power by rings that are one wave number (of the longer side) wide. The maps lie in
// larger ones, the padded maps, that are zero elsewhere.
//
// Along an axis the transform is the product with one row of cosines for each wave number
// and one of sines. The rows are so scaled that their transpose transforms back, and that
// the power of a ring is the sum of the squares of its coefficients: a product of a cosine
// or sine along x with one along y belongs to the wave numbers of both. Maps are so
// small that such products take a fraction of the time of a fast Fourier transform.
// That counts here, because a draw takes dozens of transforms. ([GaussianField] needs
// one for two draws, and computes it in double precision.)
type spectrum struct {
	nx, ny int
	row    int // bins from one row of a map to the next: ny and up to three more
	vector bool

	alongX, alongY []block // rows of both transforms
	backX, backY   []block
	sizeX, sizeY   int              // coefficients along the axes
	maps, coloured [][lanes]float32 // [nx, row]: the maps that are transformed, and those that come back
	lines          [][lanes]float32 // [sizeY, nx] forth; [nx, sizeY] back
	coefficients   [][lanes]float32 // [sizeX, sizeY]
	rings          [][]int32        // the coefficients of every ring
	power          [][lanes]float32 // of every ring
}

// blockRows is the number of rows of a block.
const blockRows = 4

// block is four rows of a matrix, term by term. Rows beyond the matrix are 0.
type block [][blockRows]float32

func newSpectrum(l ratemap.Layout, padding int) *spectrum {
	padded := ratemap.Layout{X: l.X * padding, Y: l.Y * padding, Aspect: l.Aspect}
	s := &spectrum{nx: l.X, ny: l.Y, row: whole(l.Y), sizeX: padded.X, sizeY: padded.Y, vector: kernel.Path() != "scalar"}
	wavesX, wavesY := waves(padded.X), waves(padded.Y)
	// The transform there and back multiplies a map by the number of padded bins.
	matrixX := func(w, x int) float64 { return wavesX[w].at(x, padded.X) }
	matrixY := func(w, y int) float64 { return wavesY[w].at(y, padded.Y) }
	scale := 1 / float64(padded.X*padded.Y)
	s.alongX, s.alongY = blocks(padded.X, l.X, matrixX), blocks(padded.Y, l.Y, matrixY)
	s.backX = blocks(l.X, padded.X, func(x, w int) float64 { return matrixX(w, x) })
	s.backY = blocks(l.Y, padded.Y, func(y, w int) float64 { return matrixY(w, y) * scale })
	s.maps, s.coloured = make([][lanes]float32, s.nx*s.row), make([][lanes]float32, s.nx*s.row)
	s.lines = make([][lanes]float32, max(whole(s.sizeY)*s.nx, whole(s.nx)*s.sizeY))
	s.coefficients = make([][lanes]float32, whole(s.sizeX)*s.sizeY)
	for i, x := range wavesX {
		for j, y := range wavesY {
			ring := ringOf(x.number, y.number, padded)
			for len(s.rings) <= ring {
				s.rings = append(s.rings, nil)
			}
			s.rings[ring] = append(s.rings[ring], int32(i*s.sizeY+j))
		}
	}
	s.power = make([][lanes]float32, len(s.rings))
	return s
}

// whole is the number of rows of the blocks that n rows fill.
func whole(n int) int { return (n + blockRows - 1) / blockRows * blockRows }

// realWave is a row of a real Fourier transform: a cosine or a sine.
type realWave struct {
	number int
	sine   bool
}

// waves are the rows of the transform of size bins: as many as there are bins.
func waves(size int) []realWave {
	var all []realWave
	for k := 0; 2*k <= size; k++ {
		all = append(all, realWave{k, false})
		if k > 0 && 2*k < size {
			all = append(all, realWave{k, true})
		}
	}
	return all
}

// at is the value of the row at a bin. A wave number that occurs with both signs counts
// twice.
func (w realWave) at(bin, size int) float64 {
	sin, cos := math.Sincos(2 * math.Pi * float64(w.number*bin%size) / float64(size))
	scale := math.Sqrt2
	if w.number == 0 || 2*w.number == size {
		scale = 1
	}
	if w.sine {
		return scale * sin
	}
	return scale * cos
}

// blocks divides a matrix into blocks of rows.
func blocks(rows, terms int, at func(row, term int) float64) []block {
	all := make([]block, whole(rows)/blockRows)
	for b := range all {
		all[b] = make(block, terms)
		for t := range terms {
			for r := range min(blockRows, rows-b*blockRows) {
				all[b][t][r] = float32(at(b*blockRows+r, t))
			}
		}
	}
	return all
}

// place is the index in maps of a bin.
func (s *spectrum) place(bin int) int { return bin/s.ny*s.row + bin%s.ny }

// bin is the bin at an index in maps.
func (s *spectrum) bin(place int) int { return place/s.row*s.ny + place%s.row }

// take sets the coefficients and the power to those of the maps.
func (s *spectrum) take() {
	s.multiply(s.alongY, s.lines, s.maps, strides{dstRow: s.nx, dstColumn: 1, srcTerm: 1, srcColumn: s.row, columns: s.nx})
	s.multiply(s.alongX, s.coefficients, s.lines, strides{dstRow: s.sizeY, dstColumn: 1, srcTerm: 1, srcColumn: s.nx, columns: s.sizeY})
	for r, ring := range s.rings {
		if len(ring) == 0 {
			continue
		}
		if s.vector {
			powerVector(&s.power[r], s.coefficients, ring)
		} else {
			powerScalar(&s.power[r], s.coefficients, ring)
		}
	}
}

// scale multiplies the coefficients of each ring by its factors.
func (s *spectrum) scale(factors [][lanes]float32) {
	for r, ring := range s.rings {
		if len(ring) == 0 {
			continue
		}
		if s.vector {
			scaleVector(s.coefficients, &factors[r], ring)
		} else {
			scaleScalar(s.coefficients, &factors[r], ring)
		}
	}
}

// put sets coloured to the maps that have the coefficients.
func (s *spectrum) put() {
	s.multiply(s.backX, s.lines, s.coefficients, strides{dstRow: s.sizeY, dstColumn: 1, srcTerm: s.sizeY, srcColumn: 1, columns: s.sizeY})
	s.multiply(s.backY, s.coloured, s.lines, strides{dstRow: 1, dstColumn: s.row, srcTerm: 1, srcColumn: s.sizeY, columns: s.nx})
}

// strides say where the rows, columns and terms of a product lie, and how many columns
// it has.
type strides struct{ dstRow, dstColumn, srcTerm, srcColumn, columns int }

// multiply sets row r and column c of dst to the sum, over all terms t, of the matrix at r
// and t times src at term t and column c.
func (s *spectrum) multiply(matrix []block, dst, src [][lanes]float32, at strides) {
	for b, rows := range matrix {
		if s.vector {
			productVector(dst[b*blockRows*at.dstRow:], src, rows, at)
		} else {
			productScalar(dst[b*blockRows*at.dstRow:], src, rows, at)
		}
	}
}

// productScalar computes the rows of a block.
func productScalar(dst, src [][lanes]float32, rows block, at strides) {
	for r := range blockRows {
		for c := range at.columns {
			var sum [lanes]float32
			for t := range rows {
				w, x := rows[t][r], &src[t*at.srcTerm+c*at.srcColumn]
				for m := range sum {
					sum[m] += w * x[m]
				}
			}
			dst[r*at.dstRow+c*at.dstColumn] = sum
		}
	}
}

// powerScalar sets the power to the sum of the squares of some coefficients.
func powerScalar(power *[lanes]float32, coefficients [][lanes]float32, index []int32) {
	*power = [lanes]float32{}
	for _, i := range index {
		for m, v := range coefficients[i] {
			power[m] += v * v
		}
	}
}

// scaleScalar multiplies some coefficients by a factor of each map.
func scaleScalar(coefficients [][lanes]float32, factor *[lanes]float32, index []int32) {
	for _, i := range index {
		for m := range coefficients[i] {
			coefficients[i][m] *= factor[m]
		}
	}
}
