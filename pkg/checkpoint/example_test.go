package checkpoint_test

import (
	"fmt"

	"gridcells/pkg/checkpoint"
)

func ExampleNumbered() {
	fmt.Println(checkpoint.Numbered("runs/a.safetensors", 10000))
	// Output: runs/a-000010000.safetensors
}
