package figure

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"gridcells/pkg/results"
)

// Signed writes a number with its sign, to as many decimals as the step has.
func Signed(v, step float64) string {
	if v > 0 {
		return "+" + tickLabel(v, step)
	}
	return tickLabel(v, step)
}

// Points writes a difference of shares in percentage points.
func Points(v results.Number) string {
	if !v.Known() {
		return "–"
	}
	return Signed(100*v.Float(), 0.1)
}

// Percent writes a share in percent, or "–" if it is not known.
func Percent(v results.Number) string {
	if !v.Known() {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", 100*v.Float())
}

// PercentInterval writes a share in percent with its interval: "20.3 % [15.8, 25.7]".
func PercentInterval(c results.Count) string {
	text := Percent(c.Share)
	if i := c.Interval; i != nil && i[0].Known() && i[1].Known() {
		text += fmt.Sprintf(" [%.1f, %.1f]", 100*i[0].Float(), 100*i[1].Float())
	}
	return text
}

// Probability writes a p value from a number of draws, which is 0 if it is not known.
// The lowest p that n draws can give is 1/(n+1). Such a p is shown as an upper bound.
func Probability(p results.Number, draws int) string {
	switch {
	case !p.Known():
		return "–"
	case draws > 0 && p.Float() <= (1+1e-9)/float64(draws+1):
		return "< " + strconv.FormatFloat(roundUp(p.Float()), 'g', -1, 64)
	case p.Float() < 0.001:
		return "< 0.001"
	}
	return fmt.Sprintf("%.2g", p.Float())
}

// roundUp returns the least number of one digit that is at least v.
func roundUp(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(math.Ceil(v/power-1e-9)*power, 'g', 1, 64), 64)
	if err != nil {
		return v
	}
	return rounded
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

// Decimals writes a number with two decimals, or "–" if it is NaN.
func Decimals(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	if math.Abs(v) < 0.005 {
		v = 0 // never "−0.00"
	}
	return strings.Replace(fmt.Sprintf("%.2f", v), "-", "−", 1)
}

// numbered is the heading of a unit: its number and a value.
func numbered(number int, value float64) string {
	return fmt.Sprintf("%d (%s)", number, Decimals(value))
}

// Brief writes a number with three digits.
func Brief(v float64) string {
	return strings.Replace(strconv.FormatFloat(v, 'g', 3, 64), "-", "−", 1)
}
