package gridscore

import "gridcells/pkg/kernel"

// lagSums sums products of one map and another, shifted, over every lag. This is
// most of a SAC's work: nx²·ny²/2 products. They are summed directly: a Fourier
// transform would need fewer, but its rounding is relative to the highest value
// of the map, and the correlations far from a field are made of low ones.
type lagSums struct {
	nx, ny int
	// vector says that the processor has AVX2 and FMA.
	vector      bool
	padded      []float64 // rows of the shifted map between zeros
	stride      int
	left, right []float64 // scalar path: one dx, by |dy|
}

// blockLags is how many lags addBlock sums at once.
const blockLags = 40

func newLagSums(nx, ny int) lagSums {
	blocks := (2*ny - 1 + blockLags - 1) / blockLags
	l := lagSums{nx: nx, ny: ny, vector: kernel.Path() != "scalar", stride: ny + blocks*blockLags}
	l.padded = make([]float64, nx*l.stride)
	l.left, l.right = make([]float64, ny), make([]float64, ny)
	return l
}

// compute sets dst[dx·(2ny−1) + dy+ny−1], for dx ≥ 0, to the sum over all (i, k) of
// a[i, k]·b[i+dx, k+dy].
func (l *lagSums) compute(dst, a, b []float64) {
	if l.vector {
		l.computeBlocks(dst, a, b)
	} else {
		l.computeRows(dst, a, b)
	}
}

// computeBlocks sums blocks of lags dy over all rows. With b between zeros every
// lag runs over the same columns; those in which a whole block meets only zeros
// are left out.
func (l *lagSums) computeBlocks(dst, a, b []float64) {
	n, size := l.ny, 2*l.ny-1
	for i := range l.nx {
		copy(l.padded[i*l.stride+n-1:], b[i*n:(i+1)*n])
	}
	for dx := range l.nx {
		for from := 0; from < size; from += blockLags {
			// The lags dy are from−(n−1) onwards; column k meets column k+dy.
			first := max(0, n-from-blockLags)
			last := min(n-1, size-1-from)
			var sums [blockLags]float64
			addBlock(&sums, a[first:], l.padded[dx*l.stride+first+from:], l.nx-dx, last+1-first, n, l.stride)
			copy(dst[dx*size+from:(dx+1)*size], sums[:])
		}
	}
}

// addBlockScalar adds to sums[j] the sum over i < rows and k < count of
// a[i·strideA+k]·b[i·strideB+k+j].
func addBlockScalar(sums *[blockLags]float64, a, b []float64, rows, count, strideA, strideB int) {
	for i := range rows {
		for k, x := range a[i*strideA : i*strideA+count] {
			for j, y := range b[i*strideB+k : i*strideB+k+blockLags] {
				sums[j] += x * y
			}
		}
	}
}

// computeRows is compute without vector instructions: row by row, and without
// the products that are zero.
func (l *lagSums) computeRows(dst, a, b []float64) {
	n, size := l.ny, 2*l.ny-1
	right, left := l.right, l.left
	for dx := range l.nx {
		clear(right)
		clear(left)
		for i := range l.nx - dx {
			rowA, rowB := a[i*n:(i+1)*n], b[(i+dx)*n:(i+dx+1)*n]
			addLagSums(right, rowA, rowB)
			addLagSums(left, rowB, rowA)
		}
		out := dst[dx*size : (dx+1)*size]
		for d := range n {
			out[n-1-d] = left[d]
			out[n-1+d] = right[d]
		}
	}
}

// addLagSums adds to sums[d] the sum over k of a[k]·b[k+d]. All three are of one
// length. Four lags at a time, so that each value loaded is used four times.
func addLagSums(sums, a, b []float64) {
	n := len(sums)
	a, b = a[:n], b[:n]
	d := 0
	for ; d+4 <= n; d += 4 {
		var s0, s1, s2, s3 float64
		shifted := b[d:]
		b0, b1, b2 := shifted[0], shifted[1], shifted[2]
		ahead := shifted[3:]
		behind := a[:len(ahead)]
		for k, v := range ahead {
			x := behind[k]
			s0 += x * b0
			s1 += x * b1
			s2 += x * b2
			s3 += x * v
			b0, b1, b2 = b1, b2, v
		}
		// The shorter lags reach up to three columns farther.
		rest := a[len(ahead) : len(ahead)+3]
		s0 += rest[0]*b0 + rest[1]*b1 + rest[2]*b2
		s1 += rest[0]*b1 + rest[1]*b2
		s2 += rest[0] * b2
		sums[d] += s0
		sums[d+1] += s1
		sums[d+2] += s2
		sums[d+3] += s3
	}
	for ; d < n; d++ {
		s := 0.0
		shifted := b[d:]
		for k, v := range shifted {
			s += a[k] * v
		}
		sums[d] += s
	}
}
