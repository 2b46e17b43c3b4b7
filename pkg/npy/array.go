package npy

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strings"
)

// Array is a plain NPY array with its data in C (row-major) order.
type Array struct {
	Type  Type
	Shape []int
	Data  []byte // little-endian elements
}

// Len is the number of elements.
func (a *Array) Len() int { return Field{Shape: a.Shape}.Len() }

// ReadArray reads one plain (not structured) array; one in Fortran order is
// brought to C order.
func ReadArray(r io.Reader) (*Array, error) {
	h, _, err := readHeader(r)
	if err != nil {
		return nil, noEOF(err)
	}
	if h.dtype != nil {
		return nil, fmt.Errorf("a structured array %s where a plain one was expected", h.dtype)
	}
	a := &Array{Type: h.typ, Shape: h.shape}
	if a.Data, _, err = readGrowing(r, nil, a.Len()*h.typ.Size); err != nil {
		return nil, fmt.Errorf("array of shape %s: %w", shapeLiteral(h.shape), err)
	}
	if h.fortran && h.typ.Size > 0 {
		a.toRowMajor()
	}
	return a, nil
}

// toRowMajor reorders data that has its first index running fastest.
func (a *Array) toRowMajor() {
	size := a.Type.Size
	out := make([]byte, 0, len(a.Data))
	strides := make([]int, len(a.Shape))
	stride := size
	for i, n := range a.Shape {
		strides[i] = stride
		stride *= n
	}
	index := make([]int, len(a.Shape))
	for range a.Len() {
		at := 0
		for i, k := range index {
			at += k * strides[i]
		}
		out = append(out, a.Data[at:at+size]...)
		for i := len(index) - 1; i >= 0; i-- {
			if index[i]++; index[i] < a.Shape[i] {
				break
			}
			index[i] = 0
		}
	}
	a.Data = out
}

// WriteArray writes a plain array.
func WriteArray(w io.Writer, a *Array) error {
	if _, err := w.Write(appendHeader(nil, "'"+a.Type.String()+"'", a.Shape)); err != nil {
		return err
	}
	_, err := w.Write(a.Data)
	return err
}

// FromFloat64 makes an f8 array of the given shape.
func FromFloat64(x []float64, shape ...int) *Array {
	a := &Array{Type: Float64, Shape: shape, Data: make([]byte, 8*len(x))}
	putFloats(a.Data, Float64, x)
	return a
}

// FromFloat32 makes an f4 array of the given shape.
func FromFloat32(x []float32, shape ...int) *Array {
	a := &Array{Type: Float32, Shape: shape, Data: make([]byte, 4*len(x))}
	putFloats(a.Data, Float32, x)
	return a
}

// Float64 returns the elements of an array of numbers or booleans as float64.
func (a *Array) Float64() ([]float64, error) {
	return numbers[float64](a)
}

// Float32 returns the elements of an array of numbers or booleans as float32.
func (a *Array) Float32() ([]float32, error) {
	return numbers[float32](a)
}

// numbers looks at the type first: of zero-size elements a few bytes of input
// can claim any number.
func numbers[F float](a *Array) ([]F, error) {
	if err := a.Type.isNumber(); err != nil {
		return nil, err
	}
	out := make([]F, a.Len())
	getNumbers(out, a.Type, a.Data)
	return out, nil
}

// ReadNPZ reads every plain array of an NPZ archive, keyed by name.
func ReadNPZ(path string) (map[string]*Array, error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	defer z.Close()
	arrays := map[string]*Array{}
	for _, member := range z.File {
		name, isArray := strings.CutSuffix(member.Name, ".npy")
		if !isArray {
			continue
		}
		f, err := member.Open()
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", path, name, err)
		}
		arrays[name], err = ReadArray(f)
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", path, name, err)
		}
	}
	return arrays, nil
}

// number decodes one element; the type has been checked to be a number.
func number(t Type, b []byte) float64 {
	switch t {
	case Float32:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
	case Float64:
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	case Type{'f', 2}:
		return halfFloat(binary.LittleEndian.Uint16(b))
	}
	var bits uint64
	for i := t.Size - 1; i >= 0; i-- {
		bits = bits<<8 | uint64(b[i])
	}
	if t.Kind == 'i' {
		shift := 64 - 8*t.Size
		return float64(int64(bits<<shift) >> shift)
	}
	return float64(bits)
}

// halfFloat converts IEEE 754 binary16.
func halfFloat(h uint16) float64 {
	sign, exponent, fraction := 1.0, int(h>>10&31), float64(h&1023)
	if h>>15 == 1 {
		sign = -1
	}
	switch exponent {
	case 0:
		return sign * math.Ldexp(fraction, -24)
	case 31:
		if fraction != 0 {
			return math.NaN()
		}
		return math.Inf(int(sign))
	}
	return sign * math.Ldexp(1024+fraction, exponent-25)
}
