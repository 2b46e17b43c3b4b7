package npy

import (
	"encoding/binary"
	"math"
	"unsafe"

	"gridcells/pkg/float16"
)

// littleEndian tells whether this machine is little-endian. Its float32 and
// float64 slices then have the layout of the file, so that they can be copied
// instead of converted.
var littleEndian = func() bool {
	x := uint16(1)
	return *(*byte)(unsafe.Pointer(&x)) == 1
}()

type float interface{ ~float32 | ~float64 }

// rawBytes returns the memory of a float slice as bytes, if its layout is that
// of type t.
func rawBytes[F float](x []F, t Type) ([]byte, bool) {
	var zero F
	if len(x) == 0 || !littleEndian || t.Kind != 'f' || t.bigEndian() || t.Size != int(unsafe.Sizeof(zero)) {
		return nil, false
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), len(x)*t.Size), true
}

// getNumbers decodes len(dst) elements of a type that IsNumber.
func getNumbers[F float](dst []F, t Type, src []byte) {
	if raw, ok := rawBytes(dst, t); ok {
		copy(raw, src)
		return
	}
	switch t {
	case Float32:
		for i := range dst {
			dst[i] = F(math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:])))
		}
	case Float64:
		for i := range dst {
			dst[i] = F(math.Float64frombits(binary.LittleEndian.Uint64(src[8*i:])))
		}
	default:
		for i := range dst {
			dst[i] = F(number(t, src[i*t.Size:]))
		}
	}
}

// number decodes one element of a type that IsNumber. Booleans become 0 or 1.
func number(t Type, b []byte) float64 {
	bits := uint64(0)
	for i, x := range b[:t.Size] {
		if t.bigEndian() {
			bits = bits<<8 | uint64(x)
		} else {
			bits |= uint64(x) << (8 * i)
		}
	}
	switch t.Kind {
	case 'f':
		switch t.Size {
		case 2:
			return float64(float16.Half(uint16(bits)))
		case 4:
			return float64(math.Float32frombits(uint32(bits)))
		}
		return math.Float64frombits(bits)
	case 'i':
		shift := 64 - 8*t.Size // extends the sign
		return float64(int64(bits<<shift) >> shift)
	case 'b':
		return float64(min(bits, 1)) // NumPy takes any other byte than 0 for True
	}
	return float64(bits)
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

// AppendFloat32 appends the numbers of x to dst as little-endian float32.
func AppendFloat32[T float32 | [1]float32 | [2]float32 | [3]float32](dst []byte, x []T) []byte {
	if len(x) == 0 {
		return dst
	}
	numbers := unsafe.Slice((*float32)(unsafe.Pointer(&x[0])), len(x)*int(unsafe.Sizeof(x[0])/4))
	if raw, ok := rawBytes(numbers, Float32); ok {
		return append(dst, raw...)
	}
	for _, v := range numbers {
		dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(v))
	}
	return dst
}
