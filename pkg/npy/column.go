package npy

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unsafe"

	"gridcells/pkg/printable"
)

// Rows are rows of one dtype, back to back.
type Rows struct {
	DType *DType
	Data  []byte
}

// MakeRows allocates n zero rows.
func MakeRows(d *DType, n int) Rows { return Rows{d, make([]byte, n*d.size)} }

// PipeBatch is the number of bytes of a batch that keeps a pipe busy and takes little
// memory.
const PipeBatch = 1 << 20

// Batch returns the number of rows that fill the given number of bytes, from 1 to most.
func (d *DType) Batch(bytes, most int) int { return max(1, min(most, bytes/max(1, d.size))) }

// Len is the number of rows.
func (r Rows) Len() int {
	if r.DType.size == 0 {
		return 0
	}
	return len(r.Data) / r.DType.size
}

// Row returns the bytes of row i.
func (r Rows) Row(i int) []byte {
	n := r.DType.size
	return r.Data[i*n : (i+1)*n : (i+1)*n]
}

// Slice returns rows i to j−1.
func (r Rows) Slice(i, j int) Rows {
	n := r.DType.size
	return Rows{r.DType, r.Data[i*n : j*n]}
}

// Column is access to one field of a dtype's rows.
type Column struct {
	Field
}

// FieldError says that a stream lacks a field, or has it with another type or
// shape.
type FieldError struct {
	Name, Found, Wanted string
}

func (e *FieldError) Error() string {
	return fmt.Sprintf("field %q: found %s, wanted %s", printable.Text(e.Name), printable.Text(e.Found), e.Wanted)
}

// Floats finds a field whose elements can be read as floats: floats of 2, 4 or
// 8 bytes, integers or booleans, of either byte order. A dimension of −1
// matches any size. The error is a [*FieldError].
func (d *DType) Floats(name string, shape ...int) (Column, error) {
	wanted := "a number"
	if len(shape) > 0 {
		wanted = "numbers of shape " + shapeLiteral(shape)
	}
	f, ok := d.Field(name)
	if !ok {
		return Column{}, &FieldError{name, "no such field (there are " + d.names() + ")", wanted}
	}
	match := len(f.Shape) == len(shape)
	for i := 0; match && i < len(shape); i++ {
		match = shape[i] < 0 || shape[i] == f.Shape[i]
	}
	switch {
	case match && !f.Type.IsNumber():
		return Column{}, &FieldError{name, fmt.Sprintf("%s, whose type %s is not a number", f.Describe(), f.Type), wanted + " (f2, f4, f8, integers or booleans)"}
	case !match:
		return Column{}, &FieldError{name, f.Describe(), wanted}
	}
	return Column{f}, nil
}

// Scalar finds a field that holds a single element. Its kind must be one of
// kinds, such as "iu" for an integer or "SU" for text. The error is a
// [*FieldError].
func (d *DType) Scalar(name string, kinds string) (Column, error) {
	wanted := "a scalar of kind " + kinds
	f, ok := d.Field(name)
	if !ok {
		return Column{}, &FieldError{name, "no such field (there are " + d.names() + ")", wanted}
	}
	isText := f.Type.Kind == 'S' || f.Type.Kind == 'U'
	if len(f.Shape) > 0 || strings.IndexByte(kinds, f.Type.Kind) < 0 || !isText && !f.Type.IsNumber() {
		return Column{}, &FieldError{name, f.Describe(), wanted}
	}
	return Column{f}, nil
}

func (d *DType) names() string {
	names := []string{}
	for _, f := range d.Fields() {
		names = append(names, f.Name)
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// Bytes are the row's elements as they are stored.
func (c Column) Bytes(row []byte) []byte { return row[c.offset : c.offset+c.Size()] }

// Float32 copies the row's elements to dst, which must have room for Len of
// them.
func (c Column) Float32(dst []float32, row []byte) {
	getNumbers(dst[:c.Len()], c.Type, c.Bytes(row)) // Floats accepts numbers only
}

// Float64 copies the row's elements to dst, which must have room for Len of
// them.
func (c Column) Float64(dst []float64, row []byte) {
	getNumbers(dst[:c.Len()], c.Type, c.Bytes(row))
}

// View returns the row's elements without a copy, if they are float32 numbers
// in the layout of this machine. Otherwise it returns false, and the caller has
// to copy them.
func (c Column) View(row []byte) ([]float32, bool) {
	b := c.Bytes(row)
	if !littleEndian || c.Type != Float32 || len(b) == 0 || uintptr(unsafe.Pointer(&b[0]))%4 != 0 {
		return nil, false
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&b[0])), len(b)/4), true
}

// PutFloat32 stores src in the row. The field must be f4 or f8.
func (c Column) PutFloat32(row []byte, src []float32) { putFloats(c.Bytes(row), c.Type, src[:c.Len()]) }

// PutFloat64 stores src in the row. The field must be f4 or f8.
func (c Column) PutFloat64(row []byte, src []float64) { putFloats(c.Bytes(row), c.Type, src[:c.Len()]) }

// Int returns a scalar integer. A float is truncated.
func (c Column) Int(row []byte) int { return int(number(c.Type, c.Bytes(row))) }

// PutInt stores a scalar integer. The field is little-endian, of any width.
func (c Column) PutInt(row []byte, n int) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(n))
	copy(c.Bytes(row), b[:])
}

// String returns a scalar of type S or U without its padding.
func (c Column) String(row []byte) string {
	b := c.Bytes(row)
	if c.Type.Kind != 'U' {
		return strings.TrimRight(string(b), "\x00")
	}
	var order binary.ByteOrder = binary.LittleEndian
	if c.Type.bigEndian() {
		order = binary.BigEndian
	}
	var s strings.Builder
	for ; len(b) >= 4; b = b[4:] {
		r := rune(order.Uint32(b))
		if r == 0 {
			break
		}
		s.WriteRune(r) // one that does not exist becomes U+FFFD
	}
	return s.String()
}

// PutString stores a string in a scalar of type S or U. A string that is too
// long is cut off.
func (c Column) PutString(row []byte, s string) {
	b := c.Bytes(row)
	clear(b)
	if c.Type.Kind != 'U' {
		copy(b, s)
		return
	}
	for i, r := range []rune(s) {
		if 4*i < len(b) {
			binary.LittleEndian.PutUint32(b[4*i:], uint32(r))
		}
	}
}
