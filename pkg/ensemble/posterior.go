package ensemble

import "math"

// lanes is the number of numbers in a vector.
const lanes = 4

// wholeVectors is n, rounded up to whole vectors.
func wholeVectors(n int) int { return (n + lanes - 1) / lanes * lanes }

// together is the number of quantities whose posteriors are computed together. The
// exponentials of one quantity alone would mostly wait for each other.
const together = 16

// posteriors computes the posteriors over the cells near some quantities. Those of a
// quantity begin with a vector.
type posteriors struct {
	near    [][]int32 // the cells of each quantity
	vectors []int     // how many vectors their numbers take
	largest []float64 // the largest log-density of each quantity
	logs    []float64 // log-densities, which become exponentials; −∞ after the cells of a quantity
	shares  []float32 // the posteriors
}

func newPosteriors(cells int) *posteriors {
	n := together * wholeVectors(cells)
	return &posteriors{
		near: make([][]int32, 0, together), vectors: make([]int, 0, together),
		largest: make([]float64, 0, together), logs: make([]float64, 0, n), shares: make([]float32, n),
	}
}

// clear begins with no quantities.
func (p *posteriors) clear() {
	p.near, p.vectors, p.largest, p.logs = p.near[:0], p.vectors[:0], p.largest[:0], p.logs[:0]
}

// add adds the quantity x of an ensemble.
func (p *posteriors) add(e Ensemble, x []float64) {
	cells := e.Near(x)
	from := len(p.logs)
	to := from + wholeVectors(len(cells))
	logs := p.logs[from:to]
	largest := e.LogDensity(logs[:len(cells)], x, cells)
	for i := len(cells); i < len(logs); i++ {
		logs[i] = math.Inf(-1)
	}
	p.logs = p.logs[:to]
	p.near, p.vectors, p.largest = append(p.near, cells), append(p.vectors, len(logs)/lanes), append(p.largest, largest)
}

// scalar computes the posteriors: exp(log-density − largest), or 0 if that is 0 in single
// precision, divided by the sum of these. No log-density may be larger than largest, so
// the sum is at least 1.
func (p *posteriors) scalar() {
	at := 0
	for k, vectors := range p.vectors {
		end, largest, sum := at+lanes*vectors, p.largest[k], 0.
		for i, l := range p.logs[at:end] {
			p.logs[at+i] = 0
			if d := l - largest; d > negligible {
				p.logs[at+i] = math.Exp(d)
			}
			sum += p.logs[at+i]
		}
		for ; at < end; at++ {
			p.shares[at] = float32(p.logs[at] / sum)
		}
	}
}

// store stores the posteriors in dst [quantities, width].
func (p *posteriors) store(dst []float32, width int) {
	at := 0
	for i, cells := range p.near {
		row, shares := dst[i*width:(i+1)*width], p.shares[at:at+len(cells)]
		if len(cells) == width { // all of them, in their order
			copy(row, shares)
		} else {
			clear(row)
			for k, cell := range cells {
				row[cell] = shares[k]
			}
		}
		at += lanes * p.vectors[i]
	}
}
