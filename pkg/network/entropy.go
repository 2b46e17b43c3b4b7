package network

import "math"

// entropyEvery is the distance between the rows of a batch whose entropy is taken.
// The mean over the many batches of a line of the log needs no more rows, and
// logarithms of all targets would slow small networks down. 29 has no divisor in
// common with the usual numbers of trajectories, so all trajectories have their
// share.
const entropyEvery = 29

// rowEntropy returns the least loss that one row of targets t [cells] allows. Cells
// whose target is not above 0 add nothing.
type rowEntropy func(t []float32) float64

// softmaxEntropy returns −Σ t_k·log(t_k / Σ_l t_l), which is the cross-entropy of a
// softmax that equals the targets.
func softmaxEntropy(t []float32) float64 {
	var sum, sumLog float64
	for _, v := range t {
		if v > 0 {
			sum += float64(v)
			sumLog += float64(v) * math.Log(float64(v))
		}
	}
	if sum == 0 {
		return 0
	}
	return sum*math.Log(sum) - sumLog
}

// sigmoidEntropy returns the mean over cells of the entropy of a coin that falls
// on heads with probability a·t+b.
func sigmoidEntropy(t []float32, a, b float64) float64 {
	if len(t) == 0 {
		return 0
	}
	var sum float64
	for _, v := range t {
		for _, p := range [2]float64{a*float64(v) + b, 1 - a*float64(v) - b} {
			if p > 0 {
				sum -= p * math.Log(p)
			}
		}
	}
	return sum / float64(len(t))
}

// blockEntropies stores the entropies of every 29th row of targets.
func (e *Engine) blockEntropies(from, to int) {
	if e.entropy == nil {
		return
	}
	sampled := len(e.rowEntropy) / len(e.net.heads)
	for i, h := range e.net.Config.Heads {
		for k := (from + entropyEvery - 1) / entropyEvery; k*entropyEvery < to; k++ {
			e.rowEntropy[i*sampled+k] = e.entropy(row(e.batch.Targets[i], k*entropyEvery, h.Cells))
		}
	}
}

func (e *Engine) sumEntropies() {
	sampled := len(e.rowEntropy) / len(e.net.heads)
	for i := range e.losses.Entropies {
		var sum float64
		for _, h := range e.rowEntropy[i*sampled : (i+1)*sampled] {
			sum += h
		}
		e.losses.Entropies[i] = sum / float64(sampled)
	}
}
