//go:build !amd64 || noasm

package gridscore

func addBlock(sums *[blockLags]float64, a, b []float64, rows, count, strideA, strideB int) {
	addBlockScalar(sums, a, b, rows, count, strideA, strideB)
}

func pearsonAll(r []float64, m *overlapSums) { pearsonAllScalar(r, m, 0) }

func interpolate(out [][2]float64, samples []sample, s *planes) { interpolateScalar(out, samples, s) }

func prefilterVectors([]float64, int, *poles) (columns int) { return 0 }

func sumPoints(sums *pointSums, points []point, rotated [][2]float64, values []float64) {
	sums.addScalar(points, rotated, values)
}

func transposeVectors(to, from lines, s shape) { transposeScalar(to, from, s) }
func reverseVectors(to, from lines, s shape)   { reverseScalar(to, from, s) }
func copyVectors(to, from lines, s shape)      { copyScalar(to, from, s) }

func gather([][groupSize]float64, *[groupSize][]float64, *extremes) (bins int) { return 0 }

func normalize(values, squares [][groupSize]float64, n *normalization) {
	normalizeScalar(values, squares, n)
}

// Without vectors no maps are scored in groups.

func groupCross([][groupSize]float64, int, int, [][groupSize]float64, [][groupSize]float64, int, int) {
}

func groupWindows([][groupSize]float64, [][groupSize]float64, int, int, [][groupSize]float64) {}

func groupPearson(*[groupSize][]float64, *groupSums) {}
