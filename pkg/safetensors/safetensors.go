// Package safetensors reads and writes the safetensors file format: an 8-byte
// little-endian length, a JSON header that names tensors and holds string
// metadata, and the tensors' bytes. Python reads such a file with one call,
// safetensors.numpy.load_file.
package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"gridcells/pkg/float16"
	"gridcells/pkg/namedpipe"
)

// maxHeader is the format's own limit of the header's length.
const maxHeader = 100_000_000

// Tensor is a named array in row-major order. Data are little-endian.
type Tensor struct {
	Name  string
	DType string // F32, F64, I64, …
	Shape []int
	Data  []byte
}

// File is the content of a safetensors file.
type File struct {
	Metadata map[string]string
	Tensors  []Tensor
}

// sizes of the element types in bytes. Files may also have tensors of types that
// are not listed: their data are kept as they are.
var sizes = map[string]int{
	"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1,
	"U64": 8, "U32": 4, "U16": 2, "U8": 1, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1,
}

// entry is a tensor's description in the header.
type entry struct {
	DType   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"`
}

const metadataKey = "__metadata__"

// Float32 makes an F32 tensor.
func Float32(name string, x []float32, shape ...int) Tensor {
	data := make([]byte, 4*len(x))
	for i, v := range x {
		binary.LittleEndian.PutUint32(data[4*i:], math.Float32bits(v))
	}
	return Tensor{name, "F32", slices.Clone(shape), data}
}

// IsFloat reports whether [Tensor.Float32] knows the type. A file cannot claim more
// elements of these types than it holds bytes; of others it can.
func (t *Tensor) IsFloat() bool {
	return slices.Contains([]string{"F32", "F64", "F16", "BF16"}, t.DType)
}

// Float32 copies the elements of an F32, F64, F16 or BF16 tensor to dst, which
// must have as many.
func (t *Tensor) Float32(dst []float32) error {
	if !t.IsFloat() {
		return fmt.Errorf("tensor %q: type %q is not F32, F64, F16 or BF16", t.Name, t.DType)
	}
	if len(dst)*sizes[t.DType] != len(t.Data) {
		return fmt.Errorf("tensor %q: %d bytes for %d elements", t.Name, len(t.Data), len(dst))
	}
	switch t.DType {
	case "F32":
		for i := range dst {
			dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.Data[4*i:]))
		}
	case "F64":
		for i := range dst {
			dst[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(t.Data[8*i:])))
		}
	case "F16":
		for i := range dst {
			dst[i] = float16.Half(binary.LittleEndian.Uint16(t.Data[2*i:]))
		}
	case "BF16":
		for i := range dst {
			dst[i] = float16.BFloat(binary.LittleEndian.Uint16(t.Data[2*i:]))
		}
	}
	return nil
}

// Tensor finds a tensor by name.
func (f *File) Tensor(name string) (*Tensor, bool) {
	for i := range f.Tensors {
		if f.Tensors[i].Name == name {
			return &f.Tensors[i], true
		}
	}
	return nil, false
}

// Write writes the file. The same content gives the same bytes.
func (f *File) Write(w io.Writer) error {
	header := map[string]any{}
	if len(f.Metadata) > 0 {
		header[metadataKey] = f.Metadata
	}
	offset := 0
	for _, t := range f.Tensors {
		if _, twice := header[t.Name]; twice {
			return fmt.Errorf("safetensors: two tensors %q", t.Name)
		}
		if n, err := byteLength(t.DType, t.Shape); err != nil || n != len(t.Data) {
			return fmt.Errorf("safetensors: tensor %s %v of %s does not have %d bytes", t.Name, t.Shape, t.DType, len(t.Data))
		}
		shape := t.Shape
		if shape == nil {
			shape = []int{} // a scalar is [], not null
		}
		header[t.Name] = entry{t.DType, shape, [2]int{offset, offset + len(t.Data)}}
		offset += len(t.Data)
	}
	text, err := json.Marshal(header) // sorts the keys
	if err != nil {
		return fmt.Errorf("safetensors: %w", err)
	}
	if pad := len(text) % 8; pad != 0 { // so that the tensors are aligned
		text = append(text, "        "[pad:]...)
	}
	if _, err := w.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(text)))); err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	for _, t := range f.Tensors {
		if _, err := w.Write(t.Data); err != nil {
			return err
		}
	}
	return nil
}

// ReadFile reads a file from disk.
func ReadFile(path string) (*File, error) {
	in, err := namedpipe.OpenFile(path, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	if info, err := in.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s: is a directory", path)
	}
	start := make([]byte, 8)
	n, err := io.ReadFull(in, start)
	if err == nil {
		_, err = headerLength(start) // before all of what may be an endless device
	}
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	rest, err := io.ReadAll(in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	f, err := Parse(append(start[:n], rest...))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// headerLength reads the length of the header, which a file begins with.
func headerLength(start []byte) (int, error) {
	length := binary.LittleEndian.Uint64(start)
	if length < 2 || length > maxHeader {
		return 0, fmt.Errorf("not a safetensors file: it claims a header of %d bytes", length)
	}
	return int(length), nil
}

// Parse reads a file from memory; the tensors' data are parts of it. Tensors
// must cover the data without gap or overlap, as the format demands.
func Parse(data []byte) (*File, error) {
	if len(data) < 8 {
		return nil, fmt.Errorf("not a safetensors file: %d bytes", len(data))
	}
	length, err := headerLength(data)
	if err != nil {
		return nil, err
	}
	if length > len(data)-8 {
		return nil, fmt.Errorf("not a whole safetensors file: a header of %d bytes in a file of %d", length, len(data))
	}
	var header map[string]json.RawMessage
	text := bytes.TrimRight(data[8:8+length], " ")
	if len(text) == 0 || text[0] != '{' || text[len(text)-1] != '}' {
		return nil, errors.New("not a safetensors file: its header is not a JSON object")
	}
	if err := json.Unmarshal(text, &header); err != nil {
		return nil, fmt.Errorf("safetensors header: %w", err)
	}
	f := &File{}
	data = data[8+length:]
	var begins []int
	for name, raw := range header {
		if name == metadataKey {
			if err := json.Unmarshal(raw, &f.Metadata); err != nil {
				return nil, fmt.Errorf("safetensors metadata: %w", err)
			}
			continue
		}
		t, begin, err := parseTensor(name, raw, data)
		if err != nil {
			return nil, fmt.Errorf("safetensors: tensor %q: %w", name, err)
		}
		f.Tensors, begins = append(f.Tensors, t), append(begins, begin)
	}
	return f, f.sortAndCheck(begins, len(data))
}

func parseTensor(name string, raw json.RawMessage, data []byte) (Tensor, int, error) {
	e, err := parseEntry(raw)
	if err != nil {
		return Tensor{}, 0, err
	}
	n, err := byteLength(e.DType, e.Shape)
	if err != nil {
		return Tensor{}, 0, err
	}
	begin, end := e.Offsets[0], e.Offsets[1]
	if begin < 0 || end < begin || end > len(data) {
		return Tensor{}, 0, fmt.Errorf("bytes %d to %d of %d: the file is cut off or damaged", begin, end, len(data))
	}
	if n != unknownLength && end-begin != n {
		return Tensor{}, 0, fmt.Errorf("%d bytes for %v of %s", end-begin, e.Shape, e.DType)
	}
	return Tensor{name, e.DType, e.Shape, data[begin:end:end]}, begin, nil
}

// parseEntry reads a tensor's description. It does not decode into a struct.
// encoding/json ignores the case of names and leaves missing fields 0, so that
// a damaged letter would stay unnoticed.
func parseEntry(raw json.RawMessage) (e entry, err error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return e, err
	}
	var offsets []int
	for name, value := range map[string]any{"dtype": &e.DType, "shape": &e.Shape, "data_offsets": &offsets} {
		raw, ok := members[name]
		if !ok {
			return e, fmt.Errorf("no %q", name)
		}
		if err := json.Unmarshal(raw, value); err != nil {
			return e, fmt.Errorf("%q: %w", name, err)
		}
	}
	if len(offsets) != 2 || e.Shape == nil {
		return e, errors.New("shape and data_offsets [begin, end] are needed")
	}
	e.Offsets = [2]int(offsets)
	return e, nil
}

// sortAndCheck puts the tensors into the order of their data and makes sure
// that these cover the file.
func (f *File) sortAndCheck(begins []int, length int) error {
	order := make([]int, len(begins))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		if begins[a] != begins[b] {
			return begins[a] - begins[b]
		}
		if d := len(f.Tensors[a].Data) - len(f.Tensors[b].Data); d != 0 {
			return d // empty ones first
		}
		return strings.Compare(f.Tensors[a].Name, f.Tensors[b].Name)
	})
	sorted, at := make([]Tensor, len(order)), 0
	for i, k := range order {
		if begins[k] != at {
			return errors.New("safetensors: the tensors do not lie side by side")
		}
		sorted[i] = f.Tensors[k]
		at += len(sorted[i].Data)
	}
	if at != length {
		return fmt.Errorf("safetensors: %d bytes after the last tensor", length-at)
	}
	f.Tensors = sorted
	return nil
}

// unknownLength is the byteLength of a tensor whose type is not known.
const unknownLength = -1

// byteLength returns the bytes that a tensor's data have by its type and shape.
func byteLength(dtype string, shape []int) (int, error) {
	if dtype == "" {
		return 0, errors.New("no type")
	}
	size, known := sizes[dtype]
	n := max(size, 1)
	for _, d := range shape {
		if d < 0 || (d > 0 && n > math.MaxInt/d) {
			return 0, fmt.Errorf("shape %v is impossible", shape)
		}
		n *= d
	}
	if !known {
		return unknownLength, nil
	}
	return n, nil
}
