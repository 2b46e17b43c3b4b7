package nulls_test

import (
	"fmt"
	"math"

	"gridcells/pkg/nulls"
	"gridcells/pkg/random"
	"gridcells/pkg/ratemap"
)

// Random fields keep the ratemap's power at each wave number, and nothing else.
func ExampleGaussianField() {
	const n, draws = 20, 200
	rates := make([]float64, n*n)
	for i := range rates {
		rates[i] = math.Cos(2 * math.Pi * 3 * float64(i/n) / n) // three stripes
	}
	g := nulls.NewGaussianField(ratemap.Square(n), 1)
	g.Prepare(rates)
	s := random.New(1, "example")
	var variance float64
	for range draws {
		g.Draw(rates, s)
		for _, v := range rates {
			variance += v * v / (n * n * draws)
		}
	}
	fmt.Printf("variance %.1f\n", variance)
	// Output: variance 0.5
}
