package kernel_test

import (
	"fmt"

	"gridcells/pkg/kernel"
)

func ExampleGemm() {
	a := kernel.Dense([]float32{
		1, 2,
		3, 4,
		5, 6,
	}, 3, 2)
	b := kernel.Dense([]float32{
		1, 0, 2,
		0, 1, 1,
	}, 2, 3)
	c := make([]float32, 3*3)
	kernel.Gemm(kernel.Dense(c, 3, 3), a, b, false)
	fmt.Println(c[0:3], c[3:6], c[6:9])
	// Output: [1 2 4] [3 4 10] [5 6 16]
}

// One step of two LSTM units: the products have been added to the biases in
// gates, in the order i, j, f, o.
func ExampleLSTMForward() {
	gates := []float32{50, 50, 50, -50, -50, -50, 50, 50}
	c := []float32{7, 7}
	tanhC, h := make([]float32, 2), make([]float32, 2)
	kernel.LSTMForward(gates, c, c, tanhC, h, 1)
	fmt.Println("forgot and took ±1:", c)
	fmt.Printf("shows: %.3f\n", h)
	// Output:
	// forgot and took ±1: [1 -1]
	// shows: [0.762 -0.762]
}
