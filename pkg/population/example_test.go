package population_test

import (
	"context"
	"fmt"
	"math"

	"gridcells/pkg/nulls"
	"gridcells/pkg/population"
)

// lattice is a hexagonal lattice of firing fields.
func lattice(x, y, scale float64) float64 {
	sum := 0.0
	for k := range 3 {
		sin, cos := math.Sincos(math.Pi / 3 * float64(k))
		sum += math.Cos(4 * math.Pi / math.Sqrt(3) / scale * (x*cos + y*sin))
	}
	return max(0, sum)
}

func stripes(x, _, scale float64) float64 { return 1 + math.Cos(2*math.Pi*x/scale) }

func draw(n int, scale float64, f func(x, y, scale float64) float64) []float64 {
	m := make([]float64, n*n)
	for i := range m {
		m[i] = f(float64(i/n), float64(i%n), scale)
	}
	return m
}

// A program that has ratemaps in memory scores them, with nulls, and finds the
// grid cells by the paper's criterion.
func Example() {
	const n = 20
	maps := []population.Maps{{Number: 0, Ratemap: draw(n, 7, lattice)}, {Number: 1, Ratemap: draw(n, 7, stripes)}}

	settings := population.Defaults(n)
	settings.Nulls, _ = nulls.Select([]string{"field", "gaussian"})
	settings.NullOptions.Shuffles = 50
	settings.Grid.Own = "field" // the paper's criterion
	measured, err := population.Measure(context.Background(), []population.LayerMaps{population.InMemory("cells", maps)}, settings)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, u := range measured.Layers[0].Units {
		field := u.Nulls[population.NullKey{Null: "field", Definition: "reference"}]
		fmt.Printf("unit %d: %s, p among field shuffles %.2f\n", u.Number, u.Class(), field.P)
	}
	// Output:
	// unit 0: grid, p among field shuffles 0.02
	// unit 1: none, p among field shuffles 0.16
}
