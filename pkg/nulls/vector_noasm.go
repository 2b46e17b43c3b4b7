//go:build !amd64 || noasm

package nulls

func productVector(dst, src [][lanes]float32, rows block, at strides) {
	productScalar(dst, src, rows, at)
}

func powerVector(power *[lanes]float32, coefficients [][lanes]float32, index []int32) {
	powerScalar(power, coefficients, index)
}

func scaleVector(coefficients [][lanes]float32, factor *[lanes]float32, index []int32) {
	scaleScalar(coefficients, factor, index)
}

// Without vectors gonum transforms.
func (p *fourierPass) combine([]complex128, []complex128, int) {}

// Without vectors followScalar places the bins.
func (f *FieldShuffle) followVector([]board) {}
