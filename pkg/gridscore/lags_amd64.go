//go:build !noasm

package gridscore

//go:noescape
func addBlockAVX2(sums *[blockLags]float64, a, b *float64, rows, count, strideA, strideB int)

// addBlock is addBlockScalar in AVX2 and FMA.
func addBlock(sums *[blockLags]float64, a, b []float64, rows, count, strideA, strideB int) {
	if rows <= 0 || count <= 0 {
		return
	}
	_ = a[(rows-1)*strideA+count-1]
	_ = b[(rows-1)*strideB+count-1+blockLags-1]
	addBlockAVX2(sums, &a[0], &b[0], rows, count, strideA, strideB)
}
