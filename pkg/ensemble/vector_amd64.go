//go:build !noasm

package ensemble

import "math"

// exponentialsVector is exponentialsScalar in AVX2 and FMA.
func exponentialsVector(logs []float64, largest float64) float64 {
	n := len(logs)
	if n == 0 {
		return 0
	}
	logs = logs[:wholeVectors(n)]
	for i := n; i < len(logs); i++ {
		logs[i] = math.Inf(-1)
	}
	return exponentialsAVX2(&logs[0], len(logs), largest, negligible)
}
