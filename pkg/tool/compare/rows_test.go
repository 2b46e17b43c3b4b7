package compare

import (
	"math"
	"testing"
)

// A whole number keeps all its digits, such as a number of updates.
func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{300000: "300000", 123456: "123456", 1.234567: "1.2346", 0: "0", -7: "-7", 1e20: "1e+20", math.Inf(1): "+Inf"} {
		if got := number(v); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
}
