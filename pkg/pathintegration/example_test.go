package pathintegration_test

import (
	"fmt"

	"gridcells/pkg/ensemble"
	"gridcells/pkg/pathintegration"
)

func ExampleErrors() {
	truth := []float64{0, 0, 0.3, 0, 0.3, 0.4} // a path [T, 2] (m)
	lost, kept := []float64{0, 0, 0, 0, 0, 0}, []float64{0, 0, 0.3, 0, 0.3, 0.3}
	errors := pathintegration.NewErrors(3)
	for _, decoded := range [][]float64{lost, kept} {
		distances := make([]float64, 3)
		pathintegration.Distances(distances, truth, decoded, 0)
		errors.Add(distances)
	}
	fmt.Printf("%.2f m\n", errors.Means())
	// Output: [0.00 0.15 0.30] m
}

// The floor is what remains if the network predicts its targets perfectly.
func ExampleDecoder_PositionFloor() {
	cells, err := ensemble.NewPlaceCells(256, 0.01, 2.2, 8341, false)
	if err != nil {
		fmt.Println(err)
		return
	}
	d := pathintegration.NewDecoder(ensemble.DefaultConfig(), cells, nil)
	x, y := cells.Center(0)
	fmt.Printf("%.3f m at a cell's centre\n", d.PositionFloor(x, y, ensemble.Argmax))
	// Output: 0.000 m at a cell's centre
}
