package figure

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

func Signed(v, step float64) string {
	if v > 0 {
		return "+" + tickLabel(v, step)
	}
	return tickLabel(v, step)
}

// Points writes a difference of shares in percentage points.
func Points(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return Signed(100*v, 0.1)
}

func Probability(p float64) string {
	if p < 0.001 {
		return "< 0.001"
	}
	return fmt.Sprintf("%.2g", p)
}

func tickLabel(v, step float64) string {
	decimals := max(0, int(math.Ceil(-math.Log10(step)-1e-9)))
	if math.Abs(v) < step/2 {
		v = 0
	}
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if decimals == 0 {
		s = GroupThousands(s)
	}
	return strings.Replace(s, "-", "−", 1)
}

// GroupThousands writes 300000 as 300,000.
func GroupThousands(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

func Decimals(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	if math.Abs(v) < 0.005 {
		v = 0 // never "−0.00"
	}
	return strings.Replace(fmt.Sprintf("%.2f", v), "-", "−", 1)
}
