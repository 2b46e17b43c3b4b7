//go:build !noasm

package gridscore

// addBlock is addBlockScalar in AVX2 and FMA.
func addBlock(sums *[blockLags]float64, a, b []float64, rows, count, strideA, strideB int) {
	if rows <= 0 || count <= 0 {
		return
	}
	_ = a[(rows-1)*strideA+count-1]
	_ = b[(rows-1)*strideB+count-1+blockLags-1]
	addBlockAVX2(sums, &a[0], &b[0], rows, count, strideA, strideB)
}

// pearsonAll is pearsonAllScalar in AVX2.
func pearsonAll(r []float64, m *overlapSums) {
	n := len(r) &^ 3
	if n > 0 {
		_, _, _ = m.count[n-1], m.first[n-1], m.second[n-1]
		_, _, _ = m.first2[n-1], m.second2[n-1], m.cross[n-1]
		pearsonAVX2(&r[0], n/4, &m.count[0], &m.first[0], &m.second[0], &m.first2[0], &m.second2[0], &m.cross[0])
	}
	pearsonAllScalar(r, m, n)
}

// interpolate is interpolateScalar in AVX2 and FMA. Samples belong to the planes'
// size, so that what they look at lies within them.
func interpolate(out [][2]float64, samples []sample, s *planes) {
	if len(samples) == 0 {
		return
	}
	_ = out[len(samples)-1]
	interpolateAVX2(&out[0], &samples[0].index, len(samples), &s.padded[0][0], &s.padded[1][0], s.stride)
}
