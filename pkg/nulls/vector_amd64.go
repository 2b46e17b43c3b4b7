//go:build !noasm

package nulls

// productVector is productScalar in AVX2 and FMA.
func productVector(dst, src [][lanes]float32, rows block, at strides) {
	const bytes = 4 * lanes
	terms := len(rows)
	_ = src[(terms-1)*at.srcTerm+(at.columns-1)*at.srcColumn]
	_ = dst[(blockRows-1)*at.dstRow+(at.columns-1)*at.dstColumn]
	productAVX2(&dst[0][0], &src[0][0], &rows[0][0], terms, at.columns, bytes*at.dstRow, bytes*at.dstColumn, bytes*at.srcTerm, bytes*at.srcColumn)
}

// powerVector is powerScalar in AVX2 and FMA, for one coefficient or more.
func powerVector(power *[lanes]float32, coefficients [][lanes]float32, index []int32) {
	powerAVX2(power, &coefficients[0], &index[0], len(index))
}

// scaleVector is scaleScalar in AVX2, for one coefficient or more.
func scaleVector(coefficients [][lanes]float32, factor *[lanes]float32, index []int32) {
	scaleAVX2(&coefficients[0], factor, &index[0], len(index))
}

// combine makes the pass over columns: it reads src and writes dst, rows of so many
// numbers, an even number.
func (p *fourierPass) combine(dst, src []complex128, columns int) {
	const bytes = 16
	rows := p.before * p.factor * p.inner
	_, _ = dst[rows*columns-1], src[rows*columns-1]
	for k := range p.before {
		for i := range p.inner {
			to, from := &dst[(i+p.inner*k)*columns], &src[(i+p.inner*p.factor*k)*columns]
			var twiddles *complex128
			if p.inner > 1 {
				twiddles = &p.twiddles[i][0]
			}
			dstStep, srcStep := bytes*columns*p.inner*p.before, bytes*columns*p.inner
			switch p.factor {
			case 2:
				butterfly2AVX2(to, from, dstStep, srcStep, columns/2, twiddles)
			case 4:
				butterfly4AVX2(to, from, dstStep, srcStep, columns/2, twiddles)
			case 5:
				butterfly5AVX2(to, from, dstStep, srcStep, columns/2, twiddles)
			}
		}
	}
}

// followVector is followScalar in AVX2 for all boards, and one follower or more.
func (f *FieldShuffle) followVector(boards []board) {
	follow := follow4AVX2
	if f.nx <= 24 {
		follow = follow3AVX2
	}
	follow(&boards[0].free[0], len(boards), &f.values[0], &f.steps[0].bin, len(f.steps), f.ny)
}
