package results

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// Reading any file ends with a value or an error. A value that is written, read and
// written again has the same bytes.
func FuzzRead(f *testing.F) {
	for name := range readers {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(name, text)
	}
	f.Add("population.json", []byte(`{"parameters":{"grid_cut":"own"},"layers":[{"grid_scales":null,"scores":[{"nulls":[{}]}]}]}`))
	f.Add("log.jsonl", []byte("{\"step\":1e3,\"loss\":null}\n{\"step\":2,\"loss\":0.5,\"loss_\":1,\"clipped_x\":2}"))
	f.Fuzz(func(t *testing.T, name string, text []byte) {
		read, ok := readers[name]
		if !ok {
			return
		}
		v, err := read(bytes.NewReader(text))
		if err != nil {
			return
		}
		var first, second bytes.Buffer
		if err := v.Write(&first); err != nil {
			t.Fatal(err)
		}
		again, err := read(bytes.NewReader(first.Bytes()))
		if err != nil {
			t.Fatalf("%v in what was written: %s", err, first.Bytes())
		}
		if err := again.Write(&second); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("%v\n%s\n%s", err, first.Bytes(), second.Bytes())
		}
	})
}
