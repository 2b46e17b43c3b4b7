//go:build !amd64 || noasm

package ratemap

func addRowsVector(sums []float64, rows []float32, steps, stride int) (finite bool) {
	return addRowsScalar(sums, rows, steps, stride)
}
