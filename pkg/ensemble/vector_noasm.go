//go:build !amd64 || noasm

package ensemble

func exponentialsVector(logs []float64, largest float64) float64 {
	return exponentialsScalar(logs, largest)
}
