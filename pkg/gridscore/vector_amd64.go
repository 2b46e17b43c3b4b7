//go:build !noasm

package gridscore

import "unsafe"

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

// prefilterVectors is prefilterScalar in AVX2, for the columns before the one that it
// returns.
func prefilterVectors(lines []float64, n int, p *poles) (columns int) {
	vectors := n / 4
	if vectors == 0 {
		return 0
	}
	z, gain, divisor := poleConstants()
	_ = lines[len(p.powers)*n-1]
	blocks := (vectors + prefilterWidth - 1) / prefilterWidth
	for b := range blocks {
		from, to := b*vectors/blocks, (b+1)*vectors/blocks
		prefilterAVX2(&lines[4*from], to-from, len(p.powers), p.folds, n, &p.powers[0], &[4]float64{gain, p.ends, z, divisor})
	}
	return 4 * vectors
}

// prefilterWidth is the number of vectors of columns that prefilterAVX2 can filter side
// by side.
const prefilterWidth = 5

// sumPoints is addScalar in AVX2.
func sumPoints(sums *pointSums, points []point, rotated [][2]float64, values []float64) {
	if len(points) == 0 {
		return
	}
	_ = rotated[rotations*len(points)-1]
	sumPointsAVX2((*[16]float64)(unsafe.Pointer(sums)), &rotated[0], &points[0].x, len(points), &values[0])
}

// groupCross sets dst[d·step+from], for d < n, to the sum over i < rows and k < n−d of
// a[i·n+k]·b[i·n+k+d].
func groupCross(dst [][groupSize]float64, from, step int, a, b [][groupSize]float64, rows, n int) {
	_, _ = dst[from], dst[from+(n-1)*step]
	_, _ = a[rows*n-1], b[rows*n-1]
	groupCrossAVX2(&dst[from][0], step*groupSize*8, &a[0][0], &b[0][0], rows, n)
}

// groupWindows is rowWindows, added to what was summed before: dst[from+i·step] is
// number i.
func groupWindows(dst, before [][groupSize]float64, from, step int, row [][groupSize]float64) {
	n := len(row)
	_, _ = dst[from], dst[from+(2*n-2)*step]
	_, _ = before[from], before[from+(2*n-2)*step]
	groupWindowsAVX2(&dst[from][0], &before[from][0], step*groupSize*8, &row[0][0], n)
}

// groupPearson is pearsonAllScalar for a group of maps.
func groupPearson(r *[groupSize][]float64, g *groupSums) {
	lags := len(g.share)
	var to [groupSize]*float64
	for m := range to {
		_ = r[m][lags-1]
		to[m] = &r[m][0]
	}
	_, _, _, _, _, _ = g.least[lags-1], g.first[lags-1], g.second[lags-1], g.first2[lags-1], g.second2[lags-1], g.cross[lags-1]
	groupPearsonAVX2(&to, lags/4, &g.share[0], &g.least[0], &g.first[0][0], &g.second[0][0], &g.first2[0][0], &g.second2[0][0], &g.cross[0][0])
}

// transposeVectors is transposeScalar in AVX2.
func transposeVectors(to, from lines, s shape) {
	to.check(s.columns, s.rows)
	from.check(s.rows, s.columns)
	transposeAVX2(&to.values[to.first], &from.values[from.first], s.rows, s.columns, to.stride, from.stride)
}

// reverseVectors is reverseScalar in AVX2.
func reverseVectors(to, from lines, s shape) {
	to.check(s.rows, s.columns)
	from.check(s.rows, s.columns)
	reverseAVX2(&to.values[to.first], &from.values[from.first], s.rows, s.columns, to.stride, from.stride)
}

// copyVectors is copyScalar in AVX2.
func copyVectors(to, from lines, s shape) {
	to.check(s.rows, s.columns)
	from.check(s.rows, s.columns)
	copyAVX2(&to.values[to.first], &from.values[from.first], s.rows, s.columns, to.stride, from.stride)
}

// gather is gatherScalar in AVX2, up to the bin that it returns.
func gather(values [][groupSize]float64, maps *[groupSize][]float64, e *extremes) (bins int) {
	bins = len(values) &^ 3
	if bins == 0 {
		return 0
	}
	var from [groupSize]*float64
	for m, ratemap := range maps {
		_ = ratemap[bins-1]
		from[m] = &ratemap[0]
	}
	gatherAVX2(&values[0], &from, bins, &e.nearest[0])
	return bins
}

// normalize is normalizeScalar in AVX2.
func normalize(values, squares [][groupSize]float64, n *normalization) {
	_ = squares[len(values)-1]
	normalizeAVX2(&values[0], &squares[0], len(values), &n.scale[0])
}
