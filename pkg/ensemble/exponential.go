package ensemble

import "math"

// lanes is the number of numbers in a vector.
const lanes = 4

// wholeVectors is n, rounded up to whole vectors.
func wholeVectors(n int) int { return (n + lanes - 1) / lanes * lanes }

// exponentials replaces each log-density by exp(log-density − largest), or by 0 if that
// is 0 in single precision, and returns the sum. No log-density may be larger than
// largest. The capacity must be that of whole vectors; what lies behind the numbers is
// overwritten.
func (e *Encoder) exponentials(logs []float64, largest float64) (sum float64) {
	if e.vector {
		return exponentialsVector(logs, largest)
	}
	return exponentialsScalar(logs, largest)
}

func exponentialsScalar(logs []float64, largest float64) (sum float64) {
	for i, l := range logs {
		logs[i] = 0
		if d := l - largest; d > negligible {
			p := math.Exp(d)
			logs[i] = p
			sum += p
		}
	}
	return sum
}
