package gridscore

import (
	"math"
	"testing"

	"gridcells/pkg/npy/npytest"
	"gridcells/pkg/ratemap"
)

// The 19 published maps of recorded grid cells, with the gridness that their
// authors' MATLAB gave (recorded_grid_maps.LICENSE; Sutton et al. 2025). The SACs
// are those of the definition, and every score calls most of the cells grid cells and
// orders them as the published one does.
func TestPublishedMaps(t *testing.T) {
	const n = 32
	get := npytest.Golden(t, "testdata/recorded_grid_maps.npz")
	maps, published := get["ratemap"], get["gridness_published"]
	definitions := []Definition{Reference(), ReferenceMinMax(), Paper(PaperInner), Opexebo(ratemap.Square(n))}
	s, err := NewScorer(ratemap.Square(n), ZeroFilled, definitions...)
	if err != nil {
		t.Fatal(err)
	}
	scores, all := make([]Score, len(definitions)), make([][]float64, len(definitions))
	for k := range published {
		rates := maps[k*n*n : (k+1)*n*n]
		if err := s.Score(scores, rates); err != nil {
			t.Fatal(err)
		}
		want := oracleSAC(rates, n, ZeroFilled)
		const size, middle, near = 2*n - 1, n - 1, 15
		for x := middle - near; x <= middle+near; x++ {
			for y := middle - near; y <= middle+near; y++ {
				if at := x*size + y; math.Abs(s.SAC()[at]-want[at]) > 3e-14 {
					t.Errorf("map %d: SAC %v at lag (%d, %d), want %v", k, s.SAC()[at], x-middle, y-middle, want[at])
				}
			}
		}
		for i, score := range scores {
			all[i] = append(all[i], score.Sixty)
		}
	}
	for i, d := range definitions {
		above := 0
		for _, v := range all[i] {
			if v > 0.37 {
				above++
			}
		}
		r := oraclePearson(all[i], published)
		if r < 0.4 || above < 17 {
			t.Errorf("%s: r = %.3f with the published scores, %d of %d above 0.37", d.Name, r, above, len(published))
		}
		t.Logf("%s: r = %.3f with the published scores, %d of %d above 0.37", d.Name, r, above, len(published))
	}
}
