package safetensors

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func testFile() *File {
	return &File{
		Metadata: map[string]string{"format": "pt", "note": "größe"},
		Tensors: []Tensor{
			Float32("lstm/w", []float32{1, 2.5, -3, 0, 5, 6}, 2, 3),
			Float32("b", nil, 0),
			Float32("scalar", []float32{7}),
		},
	}
}

func write(t testing.TB, f *File) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRoundTrip(t *testing.T) {
	data := write(t, testFile())
	if !bytes.Equal(data, write(t, testFile())) {
		t.Error("the same content gave other bytes")
	}
	if length := binary.LittleEndian.Uint64(data); length%8 != 0 {
		t.Errorf("the header's length %d is not a multiple of 8", length)
	}
	f, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(f.Metadata, testFile().Metadata) {
		t.Errorf("metadata %v", f.Metadata)
	}
	w, ok := f.Tensor("lstm/w")
	if !ok || !reflect.DeepEqual(w.Shape, []int{2, 3}) {
		t.Fatalf("lstm/w: %v, %v", w, ok)
	}
	x := make([]float32, 6)
	if err := w.Float32(x); err != nil || x[1] != 2.5 || x[2] != -3 {
		t.Errorf("lstm/w = %v, %v", x, err)
	}
	if err := w.Float32(x[:5]); err == nil {
		t.Error("6 elements into 5: no error")
	}
}

func TestEveryPrefixFails(t *testing.T) {
	data := write(t, testFile())
	for n := range len(data) {
		if _, err := Parse(data[:n]); err == nil {
			t.Fatalf("the first %d of %d bytes: no error", n, len(data))
		}
	}
	if _, err := Parse(append(bytes.Clone(data), 0)); err == nil {
		t.Error("a byte too many: no error")
	}
}

func TestDamagedHeaders(t *testing.T) {
	for name, header := range map[string]string{
		"overlap":  `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`,
		"gap":      `{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`,
		"negative": `{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}`,
		"shape":    `{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`,
		"overflow": `{"a":{"dtype":"F32","shape":[4611686018427387904,16],"data_offsets":[0,8]}}`,
		"type":     `{"a":{"dtype":"X9","shape":[2],"data_offsets":[0,8]}}`,
		"no JSON":  `{"a"`,
	} {
		data := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
		data = append(append(data, header...), make([]byte, 8)...)
		if _, err := Parse(data); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestWriteRefusesWrongShapes(t *testing.T) {
	f := &File{Tensors: []Tensor{Float32("a", make([]float32, 5), 2, 3)}}
	if err := f.Write(&bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "tensor a") {
		t.Errorf("5 elements as 2×3: %v", err)
	}
}

func ExampleFile() {
	f := &File{Tensors: []Tensor{Float32("bottleneck/w", []float32{0.5, 0.25}, 1, 2)}}
	var b bytes.Buffer
	f.Write(&b)
	g, err := Parse(b.Bytes())
	fmt.Println(g.Tensors[0].Name, g.Tensors[0].Shape, err)
	// Output: bottleneck/w [1 2] <nil>
}

func FuzzParse(f *testing.F) {
	f.Add(write(f, testFile()))
	f.Add(write(f, &File{}))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse(data)
		if err != nil {
			return
		}
		again, err := Parse(write(t, file))
		if err != nil || len(again.Tensors) != len(file.Tensors) {
			t.Fatalf("written and read again: %v", err)
		}
	})
}
