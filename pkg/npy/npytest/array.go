package npytest

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"gridcells/pkg/npy"
)

// Array returns an f8 array of the given shape.
func Array(values []float64, shape ...int) *npy.Array {
	data, err := binary.Append(nil, binary.LittleEndian, values)
	if err != nil {
		panic(err) // float64 has a fixed size
	}
	return &npy.Array{Type: npy.Float64, Shape: shape, Data: data}
}

// Encode returns the array as numpy.save writes it, in version 1.0 of the format.
func Encode(a *npy.Array) []byte {
	var shape strings.Builder
	for _, n := range a.Shape {
		fmt.Fprintf(&shape, "%d, ", n)
	}
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", a.Type, shape.String())
	const prefix = len("\x93NUMPY\x01\x00") + 2
	header += strings.Repeat(" ", 63-(prefix+len(header))%64) + "\n"
	b := binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(header)))
	return append(append(b, header...), a.Data...)
}

// ReadNPZ reads every array of an archive, by name.
func ReadNPZ(path string) (map[string]*npy.Array, error) {
	archive, err := npy.OpenNPZ(path)
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	arrays := map[string]*npy.Array{}
	for _, name := range archive.Names() {
		if arrays[name], err = member(archive, name); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return arrays, nil
}

// member reads one array of an archive.
func member(archive *npy.Archive, name string) (*npy.Array, error) {
	r, err := archive.Open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	a := &npy.Array{Type: r.Type, Shape: r.Shape}
	for {
		piece, err := r.Next(r.Len())
		if err == io.EOF {
			return a, nil
		}
		if err != nil {
			return nil, fmt.Errorf("array %q: %w", name, err)
		}
		a.Data = append(a.Data, piece.Data...)
	}
}
