package cli

import (
	"fmt"
	"math"
	"reflect"
	"strconv"

	"github.com/alecthomas/kong"
)

// limits are the range of a flag's numbers, from the struct tags min, max, above
// and below. An empty text is no limit.
type limits struct{ min, above, max, below string }

func limitsOf(v *kong.Value) limits {
	return limits{v.Tag.Get("min"), v.Tag.Get("above"), v.Tag.Get("max"), v.Tag.Get("below")}
}

// String says which numbers are allowed, or "" if all are.
func (l limits) String() string {
	lower, upper := "", ""
	switch {
	case l.min != "" && l.max != "":
		return "from " + l.min + " to " + l.max
	case l.min != "":
		lower = "at least " + l.min
	case l.above != "":
		lower = "above " + l.above
	}
	switch {
	case l.max != "":
		upper = "at most " + l.max
	case l.below != "":
		upper = "below " + l.below
	}
	if lower != "" && upper != "" {
		return lower + " and " + upper
	}
	return lower + upper
}

// allow reports whether x is in the range.
func (l limits) allow(x float64) (bool, error) {
	for _, limit := range []struct {
		text string
		ok   func(limit float64) bool
	}{
		{l.min, func(limit float64) bool { return x >= limit }},
		{l.above, func(limit float64) bool { return x > limit }},
		{l.max, func(limit float64) bool { return x <= limit }},
		{l.below, func(limit float64) bool { return x < limit }},
	} {
		if limit.text == "" {
			continue
		}
		bound, err := strconv.ParseFloat(limit.text, 64)
		if err != nil {
			return false, fmt.Errorf("the limit %q is no number", limit.text)
		}
		if !limit.ok(bound) {
			return false, nil
		}
	}
	return true, nil
}

// checkNumber checks the numbers of a flag: they are finite and in the ranges of
// the flag's tags. A default may lie outside, where it stands for "not given".
func checkNumber(f *kong.Flag, v reflect.Value) error {
	var x float64
	switch {
	case !v.IsValid():
		return nil
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			if err := checkNumber(f, v.Index(i)); err != nil {
				return err
			}
		}
		return nil
	case v.CanFloat():
		x = v.Float()
	case v.CanInt():
		x = float64(v.Int())
	case v.CanUint():
		x = float64(v.Uint())
	default:
		return nil
	}
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return fmt.Errorf("--%s must be a finite number, not %v", f.Name, x)
	}
	l := limitsOf(f.Value)
	if ok, err := l.allow(x); err != nil {
		return fmt.Errorf("--%s: %w", f.Name, err)
	} else if !ok {
		return fmt.Errorf("--%s must be %s, not %v", f.Name, l, v.Interface())
	}
	return nil
}
