package float16_test

import (
	"math"
	"testing"

	"gridcells/pkg/float16"
)

func TestHalf(t *testing.T) {
	for bits, want := range map[uint16]float64{
		0x0000: 0, 0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 0x0400: math.Ldexp(1, -14), 0x0001: math.Ldexp(1, -24),
		0x83ff: -math.Ldexp(1023, -24), 0x3555: 0.333251953125, 0x7c00: math.Inf(1), 0xfc00: math.Inf(-1),
	} {
		if got := float64(float16.Half(bits)); got != want {
			t.Errorf("%#04x = %v, want %v", bits, got, want)
		}
	}
	if zero := float16.Half(0x8000); zero != 0 || !math.Signbit(float64(zero)) {
		t.Errorf("negative zero = %v", zero)
	}
	// Every finite number is ±fraction · 2^exponent by the definition.
	for bits := range 1 << 16 {
		sign, exponent, fraction := 1-2*float64(bits>>15), bits>>10&31, float64(bits&1023)
		want := sign * math.Ldexp(1024+fraction, exponent-25)
		switch exponent {
		case 0:
			want = sign * math.Ldexp(fraction, -24)
		case 31:
			if want = sign * math.Inf(1); fraction != 0 {
				want = math.NaN()
			}
		}
		got := float64(float16.Half(uint16(bits)))
		if got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Fatalf("%#04x = %v, want %v", bits, got, want)
		}
	}
}

func TestBFloat(t *testing.T) {
	for bits, want := range map[uint16]float64{0: 0, 0x3f80: 1, 0xc040: -3, 0x7f80: math.Inf(1), 0x0001: math.Ldexp(1, -133)} {
		if got := float64(float16.BFloat(bits)); got != want {
			t.Errorf("%#04x = %v, want %v", bits, got, want)
		}
	}
	if x := float16.BFloat(0x7fc0); !math.IsNaN(float64(x)) {
		t.Errorf("NaN = %v", x)
	}
}
