package field_test

import (
	"fmt"

	"gridcells/pkg/field"
)

func ExampleWatershed() {
	ratemap := []float64{
		0, 1, 0, 0, 0,
		1, 5, 1, 0, 0,
		0, 1, 0, 1, 1,
		0, 0, 1, 3, 1,
		0, 0, 0, 1, 0,
	}
	fields := field.Watershed(ratemap, 5, 0.2, 2)
	for k, peak := range fields.Peaks {
		bins := 0
		for _, label := range fields.Labels {
			if label == int32(k+1) {
				bins++
			}
		}
		fmt.Printf("peak %g at (%d, %d), %d bins\n", ratemap[peak], peak/5, peak%5, bins)
	}
	// Output:
	// peak 5 at (1, 1), 5 bins
	// peak 3 at (3, 3), 6 bins
}
