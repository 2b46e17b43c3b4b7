package scales_test

import (
	"fmt"

	"gridcells/pkg/random"
	"gridcells/pkg/scales"
)

// Two modules of grid cells are found again.
func Example() {
	s := random.New(1, "example")
	var measured []float64 // m
	for range 20 {
		measured = append(measured, 0.5+0.02*s.NormFloat64(), 0.75+0.02*s.NormFloat64())
	}
	fits := scales.Mixtures(measured, 5, 0.01)
	best := fits[scales.Best(fits)]
	for _, c := range best.Clusters {
		fmt.Printf("%.0f %% at %.2f m\n", 100*c.Weight, c.Mean)
	}
	fmt.Printf("ratio %.1f\n", best.Ratios()[0])
	// Output:
	// 50 % at 0.50 m
	// 50 % at 0.76 m
	// ratio 1.5
}
