package main

import (
	"fmt"
	"time"

	"gridcells/pkg/kernel"
)

// gflop counts the operations of the products of each part of an update, at the
// default sizes.
func gflop() [len(parts{})]float64 {
	const (
		rows     = 10 * steps
		gates    = 4 * hidden
		inputs   = 3 + hidden
		linear   = 256
		codes    = places + directions
		readouts = hidden*linear + linear*codes
	)
	return [...]float64{
		forwardPart:   2e-9 * rows * inputs * gates,
		readoutPart:   4e-9 * rows * readouts,
		backwardPart:  2e-9 * rows * hidden * gates,
		gradientsPart: 2e-9 * rows * (inputs*gates + readouts),
		optimiserPart: 0,
	}
}

// printParts prints how long each part of an update takes on one thread and on two.
// The times are the lowest tenth of the rounds, because other programs disturb the
// others. Those of two threads are the mean of both, since threads do different parts at
// the same time. The work of a part beside its products is timed alone, on one thread,
// and has a row of its own. The part's row has what is left.
func printParts(p kernel.Precision, results ...*result) {
	fmt.Printf("\nParts of an update, undisturbed, %-9v", p)
	for _, r := range results {
		fmt.Printf("    %d thread%-2s ms  GFLOP/s  share of peak", r.threads, [...]string{"s", ""}[r.threads&1])
	}
	fmt.Println()
	elementwise, rounding := elementwise(), rounding(p)
	type cell struct {
		took time.Duration
		flop float64
	}
	row := func(name string, of func(r *result) cell) {
		fmt.Printf("  %-40s", name)
		for _, r := range results {
			c := of(r)
			fmt.Printf("%15.3f", milliseconds(c.took))
			if c.flop > 0 {
				fmt.Printf(" %8.0f %11.0f %%  ", c.flop/c.took.Seconds()/1e9, 100*c.flop/c.took.Seconds()/median(r.peak))
			} else {
				fmt.Printf(" %8s %13s  ", "", "")
			}
		}
		fmt.Println()
	}
	var asideElementwise, asideRounding time.Duration
	for i, name := range partNames {
		asideElementwise += elementwise[i]
		asideRounding += rounding[i]
		row(name, func(r *result) cell {
			return cell{quantile(r.parts[i], 0.1) - (elementwise[i]+rounding[i])/time.Duration(r.threads), gflop()[i] * 1e9}
		})
	}
	row("elementwise: gates, dropout, losses", func(r *result) cell { return cell{asideElementwise / time.Duration(r.threads), 0} })
	if asideRounding > 0 {
		row("rounding of activities and gradients", func(r *result) cell { return cell{asideRounding / time.Duration(r.threads), 0} })
	}
	row("sum", func(r *result) cell {
		var sum time.Duration
		for i := range partNames {
			sum += quantile(r.parts[i], 0.1)
		}
		return cell{sum, r.flop}
	})
	row("of it waiting for other threads (median)", func(r *result) cell { return cell{median(r.waiting), 0} })
}

// elementwise times the work of an update beside products. Its rows stay in cache, as
// those of the engine's blocks do.
func elementwise() (p parts) {
	const rows, linear = 10 * steps, 256
	gates, c, h := make([]float32, 4*hidden), make([]float32, hidden), make([]float32, hidden)
	tanh, dc := make([]float32, hidden), make([]float32, hidden)
	p[forwardPart] = timed(rows, func() { kernel.LSTMForward(gates, c, c, tanh, h, 1) })
	p[backwardPart] = timed(rows, func() { kernel.LSTMBackward(gates, gates, tanh, c, h, dc) })
	x, mask := make([]float32, linear), make([]uint64, linear/64)
	p[readoutPart] = timed(rows, func() {
		kernel.ApplyMask(x, x, mask, 2) // forward
		kernel.ApplyMask(x, x, mask, 2) // and back
	})
	const block, codes = 50, places + directions
	z, losses := make([]float32, block*codes), make([]float64, block)
	for at, cells := range map[int]int{0: places, places: directions} {
		logits := kernel.Matrix{Data: z[at:], Rows: block, Cols: cells, Stride: codes}
		target := kernel.Dense(make([]float32, block*cells), block, cells)
		p[readoutPart] += timed(rows/block, func() { kernel.SoftmaxCrossEntropy(losses, logits, logits, target, 1) })
	}
	return p
}

// rounding times the preparation of the left factors of an update's products, and of
// both factors of its gradients, on rows that are in cache. In single precision there
// is none.
func rounding(p kernel.Precision) (times parts) {
	if p == kernel.Single {
		return times
	}
	const batch, block, linear = 10, 64, 256
	left := func(rows, cols, calls int) time.Duration {
		var o kernel.Operand
		m := kernel.Dense(make([]float32, rows*cols), rows, cols)
		return timed(calls, func() { o.SetLeft(p, m) })
	}
	times[forwardPart] = left(batch, 3+hidden, steps)
	times[backwardPart] = left(batch, 4*hidden, steps)
	const rows = batch * steps
	depth := kernel.GradientDepth()
	for _, columns := range []int{3 + hidden, hidden, linear} {
		var o kernel.Operand
		m := kernel.Dense(make([]float32, depth*columns), depth, columns)
		times[gradientsPart] += timed(1, func() { o.SetLeftTransposed(p, m) }) * rows / time.Duration(depth)
	}
	for _, columns := range []int{4 * hidden, linear, places, directions} {
		var o kernel.Operand
		m := kernel.Dense(make([]float32, depth*columns), depth, columns)
		times[gradientsPart] += timed(1, func() { o.SetRight(p, m) }) * rows / time.Duration(depth)
	}
	const blocks = rows / block
	times[readoutPart] = left(block, hidden, blocks) + 2*left(block, linear, blocks) + left(block, places+directions, blocks)
	return times
}

// timed is the undisturbed time of n calls: the lowest tenth, as that of the parts from
// which it is subtracted.
func timed(n int, f func()) time.Duration {
	var times []time.Duration
	for range 50 {
		start := time.Now()
		for range n {
			f()
		}
		times = append(times, time.Since(start))
	}
	return quantile(times, 0.1)
}
