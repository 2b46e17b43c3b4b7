package celltype_test

import (
	"fmt"
	"math"

	"gridcells/pkg/celltype"
	"gridcells/pkg/ratemap"
)

// A linear unit tuned to a direction, and a map that is active along a wall.
func Example() {
	tuning := make([]float64, 20)
	for i := range tuning {
		angle := 2*math.Pi*(float64(i)+0.5)/20 - math.Pi
		tuning[i] = math.Cos(angle - 1)
	}
	celltype.Rectify.Apply(tuning, tuning, 0)
	length, angle := celltype.Direction(tuning)
	fmt.Printf("resultant length %.1f at %.2f rad\n", length, angle)

	wall := make([]float64, 20*20) // the first axis is x: bins 0 to 2 lie along its lower wall
	for i := range 3 * 20 {
		wall[i] = 1
	}
	fmt.Printf("border score %.0f\n", celltype.Border(wall, ratemap.Square(20), 3))
	// Output:
	// resultant length 0.8 at 1.00 rad
	// border score 1
}
