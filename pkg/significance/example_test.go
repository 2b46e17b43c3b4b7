package significance_test

import (
	"fmt"

	"gridcells/pkg/significance"
)

func Example() {
	null := []float64{-0.2, -0.1, 0, 0, 0.1, 0.1, 0.2, 0.3, 0.5} // of one unit
	var p []float64
	for _, score := range []float64{0.9, 0.25, -0.3} {
		p = append(p, significance.PValue(score, null))
	}
	fmt.Printf("threshold %.2f\n", significance.Quantile(null, 0.95))
	fmt.Println("p", p)
	fmt.Printf("q %.2f\n", significance.BenjaminiHochberg(p))
	// Output:
	// threshold 0.42
	// p [0.1 0.3 1]
	// q [0.30 0.45 1.00]
}
