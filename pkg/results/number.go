package results

import (
	"encoding/json"
	"fmt"
	"math"
)

// Number is a number that may be unknown. The zero value is unknown: it is NaN
// in Go and null in JSON.
type Number struct {
	value float64
	known bool
}

// Of returns a number; NaN and infinities are unknown.
func Of(v float64) Number {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return Number{}
	}
	return Number{v, true}
}

// AllOf returns the numbers of a list; an empty list in JSON, never null.
func AllOf(values []float64) []Number {
	numbers := make([]Number, len(values))
	for i, v := range values {
		numbers[i] = Of(v)
	}
	return numbers
}

// Floats is the reverse of [AllOf].
func Floats(numbers []Number) []float64 {
	values := make([]float64, len(numbers))
	for i, n := range numbers {
		values[i] = n.Float()
	}
	return values
}

// Float returns the number; NaN if it is unknown.
func (n Number) Float() float64 {
	if !n.known {
		return math.NaN()
	}
	return n.value
}

// Known tells whether there is a number.
func (n Number) Known() bool { return n.known }

// Points writes a difference of two shares in percentage points with its sign, as
// +1.2. A difference that rounds to zero is +0.0. It is "unknown" if the number is.
func (n Number) Points() string {
	if !n.known {
		return "unknown"
	}
	rounded := math.Round(1000*n.value) / 10
	return fmt.Sprintf("%+.1f", rounded+0) // −0 + 0 is 0
}

// MarshalJSON writes the shortest text that reads back to the same number.
func (n Number) MarshalJSON() ([]byte, error) {
	if !n.known {
		return []byte("null"), nil
	}
	return json.Marshal(n.value)
}

// UnmarshalJSON reads a number or null.
func (n *Number) UnmarshalJSON(text []byte) error {
	*n = Number{}
	if string(text) == "null" {
		return nil
	}
	if err := json.Unmarshal(text, &n.value); err != nil {
		return err
	}
	n.known = true
	return nil
}
