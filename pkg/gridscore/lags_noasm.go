//go:build !amd64 || noasm

package gridscore

func addBlock(sums *[blockLags]float64, a, b []float64, rows, count, strideA, strideB int) {
	addBlockScalar(sums, a, b, rows, count, strideA, strideB)
}
