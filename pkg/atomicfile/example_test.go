package atomicfile_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"gridcells/pkg/atomicfile"
)

func ExampleWrite() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "results.txt")
	err = atomicfile.Write(name, atomicfile.Options{}, func(w io.Writer) error {
		_, err := io.WriteString(w, "99 of 256 units")
		return err
	})
	content, _ := os.ReadFile(name)
	fmt.Println(string(content), err)
	// Output: 99 of 256 units <nil>
}
