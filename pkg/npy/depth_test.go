package npy

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestNestingOfProvenance(t *testing.T) {
	line := func(value string) []byte {
		return []byte(`{"tool":"a","version":"1","parameters":{"x":` + value + `}}`)
	}
	for _, test := range []struct {
		name, value string
		ok          bool
	}{
		{"plain", `1`, true},
		{"allowed", strings.Repeat("[", 60) + strings.Repeat("]", 60), true},
		{"brackets in text", `"` + strings.Repeat(`[\"{`, 1000) + `"`, true},
		{"many side by side", "[" + strings.Repeat("[],", 1000) + "1]", true},
		{"too deep", strings.Repeat("[", 70) + strings.Repeat("]", 70), false},
		{"objects", strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000), false},
		{"a million", strings.Repeat("[", 1_000_000) + strings.Repeat("]", 1_000_000), false},
	} {
		_, err := parseStage(line(test.value))
		var s Stage
		again := json.Unmarshal(line(test.value), &s)
		if (err == nil) != test.ok || (again == nil) != test.ok {
			t.Errorf("%s: %v, %v", test.name, err, again)
		}
	}
}

// TestProvenanceIsBounded: the writer refuses provenance that no reader accepts. Each
// row is as wide as the longest stage, so that the size is the number of stages times
// the length of the longest one.
func TestProvenanceIsBounded(t *testing.T) {
	d, err := NewDType(Field{Name: "x", Type: Float32})
	if err != nil {
		t.Fatal(err)
	}
	p := Provenance{{Tool: "long", Parameters: []byte(`"` + strings.Repeat("x", 1<<20) + `"`)}}
	for range 20000 {
		p = append(p, Stage{Tool: "short", Parameters: []byte("{}")})
	}
	var out bytes.Buffer
	if err := NewWriter(&out, d, p).Close(); err == nil || !strings.Contains(err.Error(), "20001 stages") || out.Len() > 0 {
		t.Errorf("%v, %d bytes", err, out.Len())
	}
}
