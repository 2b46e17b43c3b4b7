//go:build !amd64 || noasm

package ratemap

func addRowVector(sums []float64, row []float32) (finite bool) { return addRowScalar(sums, row) }
