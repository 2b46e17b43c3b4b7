package network

import "testing"

// GoldenTraining gives the tests of whole training runs access to a golden
// run: the network, an engine with the run's dropout mask, and the batch.
func GoldenTraining(t *testing.T, name string, threads int) (*Network, *Engine, *Batch, func(array string) []float32) {
	g, n, e, batch := goldenEngine(t, name, threads)
	return n, e, batch, g.float32
}

var (
	GoldenRuns  = goldenRuns
	OnEveryPath = onEveryPath
)
