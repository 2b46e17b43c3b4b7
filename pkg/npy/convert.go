package npy

import (
	"encoding/binary"
	"fmt"
	"math"
	"unsafe"
)

// littleEndian tells whether float32 and float64 slices have the file's layout
// in memory, so that they can be copied instead of converted.
var littleEndian = func() bool {
	x := uint16(1)
	return *(*byte)(unsafe.Pointer(&x)) == 1
}()

type float interface{ ~float32 | ~float64 }

// rawBytes views a float slice as bytes, if its layout is that of type t.
func rawBytes[F float](x []F, t Type) ([]byte, bool) {
	var zero F
	if len(x) == 0 || !littleEndian || t.Kind != 'f' || t.Size != int(unsafe.Sizeof(zero)) {
		return nil, false
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), len(x)*t.Size), true
}

// isNumber reports with an error if the type is none that getNumbers decodes.
func (t Type) isNumber() error {
	if t.Kind != 'f' && t.Kind != 'i' && t.Kind != 'u' && t.Kind != 'b' {
		return fmt.Errorf("type %s is not a number", t)
	}
	return nil
}

// getNumbers decodes len(dst) elements of a numeric type.
func getNumbers[F float](dst []F, t Type, src []byte) {
	if raw, ok := rawBytes(dst, t); ok {
		copy(raw, src)
		return
	}
	for i := range dst {
		dst[i] = F(number(t, src[i*t.Size:]))
	}
}

// putFloats encodes src as f4 or f8.
func putFloats[F float](dst []byte, t Type, src []F) {
	if raw, ok := rawBytes(src, t); ok {
		copy(dst, raw)
		return
	}
	for i, x := range src {
		if t == Float32 {
			binary.LittleEndian.PutUint32(dst[4*i:], math.Float32bits(float32(x)))
		} else {
			binary.LittleEndian.PutUint64(dst[8*i:], math.Float64bits(float64(x)))
		}
	}
}
