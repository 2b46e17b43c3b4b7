//go:build !noasm

package ratemap

// addRowVector is addRowScalar in AVX2.
func addRowVector(sums []float64, row []float32) (finite bool) {
	n := min(len(sums), len(row)) &^ 3
	finite = n == 0 || addRowAVX2(&sums[0], &row[0], n) == 0
	return addRowScalar(sums[n:], row[n:]) && finite
}
