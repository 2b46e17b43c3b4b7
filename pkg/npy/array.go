package npy

import (
	"fmt"
	"io"
	"math"
)

// Array is a plain NPY array with its data in C (row-major) order.
type Array struct {
	Type  Type
	Shape []int
	Data  []byte // the elements, one after the other
}

// Len returns the number of elements.
func (a *Array) Len() int { return Field{Shape: a.Shape}.Len() }

// ReadArray reads one plain (not structured) array. An array in Fortran order is
// brought to C order.
func ReadArray(r io.Reader) (*Array, error) {
	h, err := plainHeader(r)
	if err != nil {
		return nil, err
	}
	return readElements(r, h, math.MaxInt)
}

// plainHeader reads the header of an array that must not be structured.
func plainHeader(r io.Reader) (*header, error) {
	h, _, err := readHeader(r)
	if err != nil {
		return nil, noEOF(err)
	}
	if h.dtype != nil {
		return nil, fmt.Errorf("found a structured array %s, wanted a plain one", h.dtype)
	}
	return h, nil
}

// readElements reads what follows a header, at most limit bytes.
func readElements(r io.Reader, h *header, limit int) (_ *Array, err error) {
	a := &Array{Type: h.typ, Shape: h.shape}
	size := a.Len() * h.typ.Size
	if size > limit {
		return nil, fmt.Errorf("an array of shape %s and type %s takes %d bytes; at most %d are read", shapeLiteral(h.shape), h.typ, size, limit)
	}
	if a.Data, _, err = readGrowing(r, nil, size); err != nil {
		return nil, fmt.Errorf("array of shape %s: %w", shapeLiteral(h.shape), err)
	}
	if h.fortran && h.typ.Size > 0 {
		a.toRowMajor()
	}
	return a, nil
}

// toRowMajor reorders data in Fortran order, whose first index runs fastest, to
// row-major order.
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

// Float64 returns the elements of an array of numbers or booleans as float64.
func (a *Array) Float64() ([]float64, error) {
	return numbers[float64](a)
}

// Float32 returns the elements of an array of numbers or booleans as float32.
func (a *Array) Float32() ([]float32, error) {
	return numbers[float32](a)
}

// numbers checks the type before it allocates, because a header of a few bytes
// can claim any number of elements of size 0.
func numbers[F float](a *Array) ([]F, error) {
	if !a.Type.IsNumber() {
		return nil, fmt.Errorf("type %s is not a number", a.Type)
	}
	out := make([]F, a.Len())
	getNumbers(out, a.Type, a.Data)
	return out, nil
}
