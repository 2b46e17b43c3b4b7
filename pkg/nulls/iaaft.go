package nulls

import (
	"math"
	"slices"

	"gridcells/pkg/random"
)

// AmplitudeAdjusted draws random maps that have exactly a ratemap's values, in
// other places, and nearly its radially averaged power spectrum: the iterated
// amplitude-adjusted Fourier transform of Schreiber & Schmitz, Physical Review
// Letters 77 (1996), with rings of the spectrum in place of single wave vectors.
//
// A [GaussianField] has structure on the map's scales, but Gaussian values. Rates
// of a rectified unit are not Gaussian: zero in much of the arena, high in a few
// fields, and that alone can change how often noise looks hexagonal. Here values
// are not what differs.
//
// A draw starts as a Gaussian field. In turns, its values are replaced by the
// map's of the same rank, and the power in every ring is made the map's, until
// no bin changes its rank, for 20 turns at most.
type AmplitudeAdjusted struct {
	field   *GaussianField
	target  []float64 // power by ring
	scale   []float64
	values  []float64 // of the visited bins, ascending
	mean    float64
	visited []int // bins; their order while drawing is by rank
	before  []int
}

// rounds suffice for most draws to end by themselves.
const rounds = 20

// NewAmplitudeAdjusted returns an AmplitudeAdjusted for maps of n×n bins; for
// padding see [GaussianField].
func NewAmplitudeAdjusted(n, padding int) *AmplitudeAdjusted {
	field := NewGaussianField(n, padding)
	return &AmplitudeAdjusted{field: field, scale: make([]float64, len(field.spectrum.power))}
}

// Prepare takes the values and the spectrum of a ratemap. The map must not
// change while it is drawn from.
func (a *AmplitudeAdjusted) Prepare(ratemap []float64) {
	a.field.Prepare(ratemap)
	a.target = append(a.target[:0], a.field.spectrum.power...)
	a.values, a.visited, a.mean = a.values[:0], a.visited[:0], 0
	for i, v := range ratemap {
		if v == v {
			a.values, a.visited = append(a.values, v), append(a.visited, i)
			a.mean += v
		}
	}
	a.mean /= float64(len(a.values))
	slices.Sort(a.values)
}

// Draw writes a random map to dst.
func (a *AmplitudeAdjusted) Draw(dst []float64, s *random.Stream) {
	a.field.Draw(dst, s)
	a.rank(dst)
	for range rounds {
		a.before = append(a.before[:0], a.visited...)
		a.colour(dst)
		a.rank(dst)
		if slices.Equal(a.before, a.visited) {
			return
		}
	}
}

// rank replaces the values of a map by the ratemap's of the same rank.
func (a *AmplitudeAdjusted) rank(m []float64) {
	slices.SortFunc(a.visited, func(i, j int) int {
		switch {
		case m[i] < m[j]:
			return -1
		case m[i] > m[j]:
			return 1
		}
		return i - j
	})
	for r, i := range a.visited {
		m[i] = a.values[r]
	}
}

// colour makes the power of every ring what it is in the ratemap.
func (a *AmplitudeAdjusted) colour(m []float64) {
	s := a.field.spectrum
	s.take(m, a.mean)
	for r, power := range s.power {
		a.scale[r] = 0
		if power > 0 {
			a.scale[r] = math.Sqrt(a.target[r] / power)
		}
	}
	for i, r := range s.ring {
		s.coefficients[i] *= complex(a.scale[r], 0)
	}
	s.put(m, a.mean)
}
