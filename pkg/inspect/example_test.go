package inspect_test

import (
	"bytes"
	"os"

	"gridcells/pkg/inspect"
	"gridcells/pkg/safetensors"
)

func Example() {
	file := &safetensors.File{
		Metadata: map[string]string{"position": `{"update":300000}`},
		Tensors:  []safetensors.Tensor{safetensors.Float32("bottleneck/b", []float32{-1, 0, 4}, 3)},
	}
	var b bytes.Buffer
	file.Write(&b)
	summary, _ := inspect.Read(&b, "run.safetensors")
	summary.Text(os.Stdout)
	// Output:
	// run.safetensors: safetensors, 140 bytes
	//   position {"update":300000}
	//   field         type   shape                   min          max         mean      NaN
	//   bottleneck/b  F32    [3]                      -1            4            1        0
}
