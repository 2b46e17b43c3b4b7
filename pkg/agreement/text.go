package agreement

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// Text writes a recorded value as a flag takes it: text without quotation marks,
// lists with commas, an empty list as 0. It returns false for what no flag takes:
// objects, lists of other things than numbers and text, and null.
func Text(raw json.RawMessage) (string, bool) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return scalar(raw)
	}
	if list == nil {
		return "", false
	}
	if len(list) == 0 {
		return "0", true
	}
	parts := make([]string, len(list))
	for i, element := range list {
		part, ok := scalar(element)
		if !ok {
			return "", false
		}
		parts[i] = part
	}
	return strings.Join(parts, ","), true
}

// scalar writes text, a number or a truth value.
func scalar(raw json.RawMessage) (string, bool) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || strings.ContainsRune("[{n", rune(raw[0])) {
		return "", false
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text, true
	}
	return string(raw), true
}

// sameText reports whether two values of a flag mean the same: 1e-5 is 0.00001.
func sameText(a, b string) bool {
	if a == b {
		return true
	}
	x, y := strings.Split(a, ","), strings.Split(b, ",")
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if !sameScalar(x[i], y[i]) {
			return false
		}
	}
	return true
}

// sameScalar compares whole numbers digit by digit, since seeds may have more
// digits than a float64.
func sameScalar(a, b string) bool {
	if a == b {
		return true
	}
	if strings.Trim(a+b, "0123456789") == "" {
		return strings.TrimLeft(a, "0") == strings.TrimLeft(b, "0")
	}
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return errX == nil && errY == nil && x == y
}
