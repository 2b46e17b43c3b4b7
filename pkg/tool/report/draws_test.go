package report

import (
	"testing"

	"gridcells/pkg/npy"
)

// TestDrawsOf: the number of null maps comes from the provenance, so that chance is
// right where only the scored rows are there.
func TestDrawsOf(t *testing.T) {
	scored := npy.Provenance{{Tool: "gridscore", Version: "0", Parameters: []byte(`{"shuffles":100,"shifts":40}`)}}
	for _, c := range []struct {
		null string
		p    npy.Provenance
		want int
	}{{"field", scored, 100}, {"gaussian", scored, 100}, {"shift", scored, 40}, {"untrained", scored, 0}, {"another", scored, 0}, {"field", nil, 0}} {
		if got, err := drawsOf(c.null, c.p); err != nil || got != c.want {
			t.Errorf("%s: %d null maps, error %v; want %d", c.null, got, err, c.want)
		}
	}
}
