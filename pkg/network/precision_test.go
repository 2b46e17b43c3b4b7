package network

import (
	"math"
	"testing"

	"gridcells/pkg/kernel"
)

// low are the precisions besides single.
var low = []kernel.Precision{kernel.Split, kernel.BFloat16}

// An update in any precision, of every cell and at odd sizes, has the same bits on
// any number of threads, on every path.
func TestPrecisionsHaveSameBitsAtAnyNumberOfThreads(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for _, precision := range low {
			for _, cell := range Cells() {
				for _, b := range []int{1, 7} {
					c := oddSizes(cell)
					var want []float32
					for _, threads := range []int{1, 2, 3} {
						n, e, batch, options := randomRunIn(t, precision, c, b, 21, threads)
						e.Gradients(batch, options)
						if want == nil {
							want = append(want, n.Grads...)
						}
						if i := differs(n.Grads, want, 0, 0); i >= 0 {
							t.Fatalf("%v, %s, batch %d: gradient %d differs with %d threads", precision, cell, b, i, threads)
						}
					}
				}
			}
		}
	})
}

// The gradient in each precision is as near to that in single precision as the
// precision promises, for every cell.
func TestPrecisionsAgree(t *testing.T) {
	for _, cell := range Cells() {
		c := Config{
			Cell: cell, Hidden: 32, Bottleneck: 48, BottleneckBias: true, Keep: []float64{0.5}, Loss: SoftmaxLoss,
			Heads: []Head{{Name: "place_logits", Cells: 40}, {Name: "head_direction_logits", Cells: 12}},
		}
		single, e, batch, options := randomRun(t, c, 10, 20, 2)
		wantLoss := e.Gradients(batch, options).Total
		for i, bound := range []float64{2e-4, 5e-2} {
			n, e, batch, options := randomRunIn(t, low[i], c, 10, 20, 2)
			for range 2 { // the second pass rounds the weights again
				if loss := e.Gradients(batch, options).Total; math.Abs(loss-wantLoss) > bound*wantLoss {
					t.Errorf("%v, %s: loss %v, in single precision %v", low[i], cell, loss, wantLoss)
				}
			}
			for j, p := range n.Params {
				var difference, norm float64
				for k, g := range p.Grad {
					want := float64(single.Params[j].Grad[k])
					difference, norm = difference+math.Pow(float64(g)-want, 2), norm+want*want
				}
				if error := math.Sqrt(difference / norm); !(error < bound) || error == 0 {
					t.Errorf("%v, %s: the gradient of %s differs by %.1e of its norm", low[i], cell, p.Name, error)
				}
			}
		}
	}
}

// An update in any precision allocates nothing once its memory has grown.
func TestPrecisionsAllocateNothing(t *testing.T) {
	c := Config{
		Cell: "lstm", Hidden: 16, Bottleneck: 16, Keep: []float64{0.5}, Loss: SoftmaxLoss,
		Heads: []Head{{Name: "place_logits", Cells: 16}},
	}
	for _, precision := range low {
		_, e, batch, options := randomRunIn(t, precision, c, 4, 10, 1)
		e.Gradients(batch, options)
		if n := testing.AllocsPerRun(10, func() { e.Gradients(batch, options) }); n != 0 {
			t.Errorf("%v: %v allocations in an update", precision, n)
		}
	}
}
