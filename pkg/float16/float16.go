// Package float16 converts the two 16-bit floating-point formats that files
// hold, IEEE 754 binary16 (NumPy's f2, "half") and bfloat16, to float32. Both
// conversions are exact.
package float16

import "math"

// Half converts the bits of an IEEE 754 binary16 number: 1 bit sign, 5 bits
// exponent, 10 bits fraction. NaN stays NaN.
func Half(bits uint16) float32 {
	sign := uint32(bits&0x8000) << 16
	exponent, fraction := uint32(bits>>10&31), uint32(bits&1023)
	switch {
	case exponent == 31: // infinity or NaN
		return math.Float32frombits(sign | 0x7f800000 | fraction<<13)
	case exponent == 0: // zero or a subnormal number: fraction / 2²⁴
		x := float32(fraction) / (1 << 24)
		return math.Float32frombits(sign | math.Float32bits(x))
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}

// BFloat converts the bits of a bfloat16 number, the upper half of a float32.
func BFloat(bits uint16) float32 { return math.Float32frombits(uint32(bits) << 16) }
