//go:build !noasm

package ratemap

// addRowsVector is addRowsScalar in AVX2.
func addRowsVector(sums []float64, rows []float32, steps, stride int) (finite bool) {
	n := len(sums) &^ 3
	_ = rows[(steps-1)*stride+len(sums)-1]
	finite = n == 0 || addRowsAVX2(&sums[0], &rows[0], n, steps, stride) == 0
	if n < len(sums) {
		finite = addRowsScalar(sums[n:], rows[n:], steps, stride) && finite
	}
	return finite
}
