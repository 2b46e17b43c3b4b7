package report

import (
	"strings"
	"testing"
	"time"

	"gridcells/pkg/npy"
)

// TestManyStages: a provenance of 20,000 stages takes little time, and the page shows
// only a part.
func TestManyStages(t *testing.T) {
	p := npy.Provenance{{Tool: "simulate"}, {Tool: "targets"}}
	if got := strings.Join(toolsOf(p), " | "); got != "simulate | targets" {
		t.Errorf("a short one: %s", got)
	}
	for range 20000 {
		p = append(p, npy.Stage{Tool: strings.Repeat("long", 100), Version: "1", Parameters: []byte(`{"x":1}`)})
	}
	start := time.Now()
	names := toolsOf(p)
	if text := strings.Join(names, " | "); len(names) != maxTools+1 || !strings.Contains(text, " | 19990 more | ") || len(text) > 1000 {
		t.Errorf("%d names: %s", len(names), text)
	}
	o := origins{units: p}
	if n := len(o.stages()); n != maxStages+1 {
		t.Errorf("%d stages are shown", n)
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("takes %v", d)
	}
}
