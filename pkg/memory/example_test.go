package memory_test

import (
	"fmt"
	"unsafe"

	"gridcells/pkg/memory"
)

func ExamplePool() {
	var pool memory.Pool
	weights, gradient := pool.Floats(100), pool.Floats(100)
	fmt.Println(uintptr(unsafe.Pointer(&weights[0]))%64, uintptr(unsafe.Pointer(&gradient[0]))%64)
	// Output: 0 0
}
