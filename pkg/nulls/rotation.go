package nulls

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"gridcells/pkg/random"
)

// Rotation mixes the ratemaps of a layer by random orthogonal matrices. The mixed
// maps are what the units' maps would be if the axes of the layer's activity space
// pointed in other directions: a ratemap is an average over positions, which is
// linear, so rotated activities have rotated ratemaps. A grid code that belongs to
// the units, and not only to the space that they span, does not survive this.
//
// Units enter with the variance that they have. The units of a layer share their
// trajectories, and so the bins never visited. A bin that is NaN in any map is NaN
// in all mixed maps.
type Rotation struct {
	units, bins int
	maps        *mat.Dense // units × bins, NaN as 0
	missing     []bool
}

// NewRotation returns a Rotation of the layer's maps, all of the same length.
func NewRotation(maps [][]float64) *Rotation {
	if len(maps) == 0 || len(maps[0]) == 0 {
		return &Rotation{}
	}
	r := &Rotation{units: len(maps), bins: len(maps[0])}
	r.maps, r.missing = mat.NewDense(r.units, r.bins, nil), make([]bool, r.bins)
	for u, m := range maps {
		for i, v := range m {
			if math.IsNaN(v) {
				r.missing[i], v = true, 0
			}
			r.maps.Set(u, i, v)
		}
	}
	return r
}

// Draw returns the maps of all units along random axes. All directions are equally
// likely (Haar measure).
func (r *Rotation) Draw(s *random.Stream) [][]float64 {
	if r.units == 0 {
		return nil
	}
	var mixed mat.Dense
	mixed.Mul(orthogonal(r.units, s), r.maps)
	maps := make([][]float64, r.units)
	for u := range maps {
		maps[u] = mixed.RawRowView(u)
		for i, gone := range r.missing {
			if gone {
				maps[u][i] = math.NaN()
			}
		}
	}
	return maps
}

// rotations is the null of a layer's rotations. The units of one rotation are a
// group.
type rotations struct {
	*Rotation
	count int
}

func (r *rotations) Groups() int { return r.count }

func (r *rotations) Group(_ int, s *random.Stream) [][]float64 { return r.Draw(s) }

// orthogonal draws an orthogonal n×n matrix from the Haar measure: the factor Q of a
// matrix QR of normal numbers, with the signs that make R's diagonal positive
// (Mezzadri 2007).
func orthogonal(n int, s *random.Stream) *mat.Dense {
	normal := mat.NewDense(n, n, nil)
	for i := range n {
		for j := range n {
			normal.Set(i, j, s.NormFloat64())
		}
	}
	var qr mat.QR
	qr.Factorize(normal)
	var q, upper mat.Dense
	qr.QTo(&q)
	qr.RTo(&upper)
	for j := range n {
		if upper.At(j, j) < 0 {
			for i := range n {
				q.Set(i, j, -q.At(i, j))
			}
		}
	}
	return &q
}
