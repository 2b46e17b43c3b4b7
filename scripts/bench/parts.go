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
		1: 2e-9 * rows * inputs * gates,
		2: 4e-9 * rows * readouts,
		3: 2e-9 * rows * hidden * gates,
		4: 2e-9 * rows * (inputs*gates + readouts),
		5: 0,
	}
}

// printParts prints how long each part of an update takes on one thread. The times
// are the lowest tenth of the rounds, because other programs disturb the others. The
// work of a part beside its products is timed alone and has a row of its own.
func printParts(precision string, r *result) {
	peak, elementwise := median(r.peak), elementwise()
	fmt.Printf("\nParts of an update, 1 thread, undisturbed, %-9s ms   share of peak\n", precision)
	row := func(name string, d time.Duration, flop float64) {
		fmt.Printf("  %-38s %10.2f %15s\n", name, milliseconds(d), share(flop/d.Seconds()/peak))
	}
	var total, aside time.Duration
	for i, name := range partNames {
		d := quantile(r.parts[i], 0.1)
		total += d
		aside += elementwise[i]
		row(name, d-elementwise[i], gflop()[i]*1e9)
	}
	row("elementwise: gates, dropout, losses", aside, 0)
	row("sum", total, r.flop)
}

func share(x float64) string {
	if x == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f %%", 100*x)
}

// elementwise times the work of an update beside products. Its rows stay in cache, as
// those of the engine's blocks do.
func elementwise() (p parts) {
	const rows, linear = 10 * steps, 256
	gates, c, h := make([]float32, 4*hidden), make([]float32, hidden), make([]float32, hidden)
	tanh, dc := make([]float32, hidden), make([]float32, hidden)
	p[1] = timed(rows, func() { kernel.LSTMForward(gates, c, c, tanh, h, 1) })
	p[3] = timed(rows, func() { kernel.LSTMBackward(gates, gates, tanh, c, h, dc) })
	x, mask := make([]float32, linear), make([]uint64, linear/64)
	z, target := make([]float32, places), make([]float32, places)
	p[2] = timed(rows, func() {
		kernel.ApplyMask(x, x, mask, 2) // forward
		kernel.ApplyMask(x, x, mask, 2) // and back
		kernel.SoftmaxCrossEntropy(z, z, target, 1)
		kernel.SoftmaxCrossEntropy(z[:directions], z[:directions], target[:directions], 1)
	})
	return p
}

// timed is the median time of n calls.
func timed(n int, f func()) time.Duration {
	var times []time.Duration
	for range 50 {
		start := time.Now()
		for range n {
			f()
		}
		times = append(times, time.Since(start))
	}
	return median(times)
}
