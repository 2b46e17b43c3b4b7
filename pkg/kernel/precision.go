package kernel

import (
	"fmt"
	"math"
	"strings"
)

// Precision is how exactly a matrix product takes its operands. Sums are float32 in
// all of them.
type Precision int

// The precisions.
const (
	// Single takes float32 as it is: [Gemm], [GemmBias] and [GemmTA].
	Single Precision = iota
	// Split takes each float32 as the sum of two bfloat16, a high and a low part.
	// Together they have 16 bits of the 24. It leaves out one of the four products of
	// parts: the product of the two low ones.
	Split
	// BFloat16 rounds each float32 to a bfloat16, which has 8 bits of the 24.
	BFloat16
)

var precisionNames = [...]string{Single: "single", Split: "split", BFloat16: "bfloat16"}

// Precisions lists the names of the precisions, the default first.
func Precisions() []string { return precisionNames[:] }

// String names the precision.
func (p Precision) String() string { return precisionNames[p] }

// ParsePrecision returns the precision of that name.
func ParsePrecision(name string) (Precision, error) {
	for p, n := range precisionNames {
		if n == name {
			return Precision(p), nil
		}
	}
	return Single, fmt.Errorf("precision %q is not one of %s", name, strings.Join(Precisions(), ", "))
}

// MarshalText returns the name of the precision, as JSON holds it.
func (p Precision) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText sets the precision of that name.
func (p *Precision) UnmarshalText(name []byte) (err error) {
	*p, err = ParsePrecision(string(name))
	return err
}

// bits of a float32.
const (
	signBits     = 1 << 31
	exponentBits = 0xff << 23
	quietNaN     = 0x7fc00000
)

// bfloat16 rounds x to the nearest bfloat16, to the even one of two equally near. A
// denormal number becomes a zero of its sign, NaN becomes the quiet NaN 0x7fc0. A
// number that is too large becomes infinite.
func bfloat16(x float32) float32 {
	u := math.Float32bits(x)
	switch {
	case u&exponentBits == 0:
		return math.Float32frombits(u & signBits)
	case u&^signBits > exponentBits:
		return math.Float32frombits(quietNaN)
	}
	return math.Float32frombits((u + 0x7fff + u>>16&1) &^ 0xffff)
}

// roundScalar sets hi to x rounded to bfloat16, and lo to the rest x − hi rounded to
// bfloat16. lo may be nil, and hi may be x. The difference is exact. Where hi is
// infinite, lo is infinite or NaN, and so is every product with it.
func roundScalar(hi, lo, x []float32) {
	for i, v := range x {
		h := bfloat16(v)
		hi[i] = h
		if lo != nil {
			lo[i] = bfloat16(v - h)
		}
	}
}

// smallestNormal is the smallest positive float32 that is not denormal.
const smallestNormal = 0x1p-126

// flushed rounds a sum to float32. A result that would be denormal, after rounding
// to 24 bits, becomes a zero of its sign.
func flushed(x float64) float32 {
	if math.Abs(x) < smallestNormal*(1-0x1p-25) {
		return float32(math.Copysign(0, x))
	}
	return float32(x)
}

// notDenormal returns x, or a zero of its sign if x is denormal.
func notDenormal(x float32) float32 {
	if math.Abs(float64(x)) < smallestNormal {
		return float32(math.Copysign(0, float64(x)))
	}
	return x
}
