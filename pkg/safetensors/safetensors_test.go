package safetensors

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"reflect"
	"slices"
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
	for header, want := range map[string]string{
		`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`: "do not lie side by side",
		`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`:                                                      "do not lie side by side",
		`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`:                                                      "4 bytes after the last tensor",
		`{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}`:                                                     "bytes -4 to 0 of 8",
		`{"a":{"dtype":"F9","shape":[1],"data_offsets":[8,4]}}`:                                                       "bytes 8 to 4 of 8",
		`{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}`:                                                     "bytes 0 to 12 of 8",
		`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`:                                                      "4 bytes for [2] of F32",
		// 4·16·2⁶² bytes are 0 in 64 bits.
		`{"a":{"dtype":"F32","shape":[4611686018427387904,16],"data_offsets":[0,0]}}`: "shape [4611686018427387904 16] is impossible",
		`{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}`:                     "shape [-2] is impossible",
		`{"a":{"dtype":"","shape":[2],"data_offsets":[0,8]}}`:                         "no type",
		`{"a":{"shape":[2],"data_offsets":[0,8]}}`:                                    `no "dtype"`,
		`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}`:                        "data_offsets [begin, end] are needed",
		`{"a"`: "its header is not a JSON object",
	} {
		data := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
		data = append(append(data, header...), make([]byte, 8)...)
		if _, err := Parse(data); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", header, err, want)
		}
	}
	claims := binary.LittleEndian.AppendUint64(nil, maxHeader+1)
	if _, err := Parse(claims); err == nil || !strings.Contains(err.Error(), "it claims a header of 100000001 bytes") {
		t.Error(err)
	}
}

// The tensors of a file begin at a multiple of 8 bytes, whatever their names are.
func TestTensorsAreAligned(t *testing.T) {
	for n := range 9 {
		data := write(t, &File{Tensors: []Tensor{Float32(strings.Repeat("a", n+1), []float32{1})}})
		if len(data)%8 != 4 {
			t.Errorf("a name of %d letters: the 4 bytes of the tensor begin at %d", n+1, len(data)-4)
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

// Weights of 16 bits are converted; tensors of any other type are kept as they are.
func TestOtherTypes(t *testing.T) {
	header := `{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"BF16","shape":[2],"data_offsets":[4,8]},` +
		`"c":{"dtype":"F4","shape":[3,2],"data_offsets":[8,11]},"d":{"dtype":"C64","shape":[1],"data_offsets":[11,19]}}`
	data := append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...)
	data = append(data, 0x00, 0x3c, 0x00, 0xc0, 0x80, 0x3f, 0x40, 0xc0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
	f, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]float32{"a": {1, -2}, "b": {1, -3}} {
		tensor, _ := f.Tensor(name)
		got := make([]float32, 2)
		if err := tensor.Float32(got); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s = %v, %v", name, got, err)
		}
	}
	c, _ := f.Tensor("c")
	if err := c.Float32(make([]float32, 6)); err == nil || err.Error() != `tensor "c": type "F4" is not F32, F64, F16 or BF16` {
		t.Errorf("c: %v", err)
	}
}

// A header that claims more than the file holds is an error that names the tensor.
func TestClaims(t *testing.T) {
	for _, shape := range []string{"[4611686018427387904]", "[4294967296,4294967296]", "[3037000500,3037000500,2]", "[1e30]", "[-1]", "[1000000000]", "[0,-5]"} {
		for _, dtype := range []string{"F32", "X9"} {
			header := `{"w":{"dtype":"` + dtype + `","shape":` + shape + `,"data_offsets":[0,4000000000]}}`
			data := append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...)
			if _, err := Parse(append(data, 0, 0, 0, 0)); err == nil || !strings.Contains(err.Error(), `tensor "w"`) {
				t.Errorf("%s %s: %v", dtype, shape, err)
			}
		}
	}
	if _, err := os.Stat("/dev/zero"); err == nil {
		if _, err := ReadFile("/dev/zero"); err == nil || !strings.Contains(err.Error(), "not a safetensors file") {
			t.Errorf("an endless device: %v", err)
		}
	}
}
