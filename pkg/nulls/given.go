package nulls

import "gridcells/pkg/random"

// shifted is the null whose maps are the unit's own with its activity shifted in
// time. They need the activities, so the tool ratemaps makes them. Nothing here is
// random.
type shifted struct{ maps []float64 }

func (f *shifted) Prepare(u Unit) int {
	f.maps = nil
	if !visited(u.Ratemap) {
		return 0
	}
	f.maps = u.Shifted
	return len(u.Shifted) / len(u.Ratemap)
}

func (f *shifted) Draw(dsts [][]float64, _ *random.Stream) {
	for _, dst := range dsts {
		f.maps = f.maps[copy(dst, f.maps):]
	}
}

// untrained is the null whose maps are those of an untrained network. Every unit
// is a group of its own.
type untrained [][]float64

func (u untrained) Groups() int { return len(u) }

func (u untrained) Group(i int, _ *random.Stream) [][]float64 { return u[i : i+1] }
