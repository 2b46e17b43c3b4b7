//go:build !amd64 || noasm

package gridscore

func addBlock(sums *[blockLags]float64, a, b []float64, rows, count, strideA, strideB int) {
	addBlockScalar(sums, a, b, rows, count, strideA, strideB)
}

func pearsonAll(r []float64, m *overlapSums) { pearsonAllScalar(r, m, 0) }

func interpolate(out [][2]float64, samples []sample, s *planes) { interpolateScalar(out, samples, s) }
