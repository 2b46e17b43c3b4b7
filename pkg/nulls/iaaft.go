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
	field    *GaussianField
	spectrum *spectrum
	target   []float32 // power by ring
	factors  []float32
	values   []float64 // of the visited bins, ascending
	centred  []float32 // less their mean
	order    []int     // the visited bins, by rank
	before   []int
	keys     []uint64
	ratemap  []float32 // less its mean, unvisited bins being 0
	coloured []float32
}

// NewAmplitudeAdjusted returns an AmplitudeAdjusted for maps of n×n bins; for
// padding see [GaussianField].
func NewAmplitudeAdjusted(n, padding int) *AmplitudeAdjusted {
	s := newSpectrum(n, n*padding)
	return &AmplitudeAdjusted{field: NewGaussianField(n, padding), spectrum: s, target: make([]float32, len(s.power)),
		factors: make([]float32, len(s.power)), ratemap: make([]float32, n*n), coloured: make([]float32, n*n)}
}

// rounds suffice for most draws to end by themselves.
const rounds = 20

// Prepare takes the values and the spectrum of a ratemap. The map must not
// change while it is drawn from.
func (a *AmplitudeAdjusted) Prepare(ratemap []float64) {
	a.field.Prepare(ratemap)
	a.values, a.order, a.centred = a.values[:0], a.order[:0], a.centred[:0]
	mean := 0.0
	for i, v := range ratemap {
		if v == v {
			a.values, a.order = append(a.values, v), append(a.order, i)
			mean += v
		}
	}
	mean /= float64(len(a.values))
	clear(a.ratemap)
	for r, i := range a.order {
		a.ratemap[i] = float32(a.values[r] - mean)
	}
	a.spectrum.take(a.ratemap)
	copy(a.target, a.spectrum.power)
	slices.Sort(a.values)
	for _, v := range a.values {
		a.centred = append(a.centred, float32(v-mean))
	}
}

// Draw writes a random map to dst.
func (a *AmplitudeAdjusted) Draw(dst []float64, s *random.Stream) {
	a.field.Draw(dst, s)
	slices.Sort(a.order) // for draws not to depend on those before
	for _, i := range a.order {
		a.coloured[i] = float32(dst[i])
	}
	a.rank()
	for range rounds {
		a.before = append(a.before[:0], a.order...)
		a.colour()
		a.rank()
		if slices.Equal(a.before, a.order) {
			break
		}
	}
	for r, i := range a.order {
		dst[i] = a.values[r]
	}
}

// colour makes the power of every ring what it is in the ratemap.
func (a *AmplitudeAdjusted) colour() {
	for r, i := range a.order {
		a.ratemap[i] = a.centred[r]
	}
	a.spectrum.take(a.ratemap)
	for r, power := range a.spectrum.power {
		a.factors[r] = 0
		if power > 0 {
			a.factors[r] = float32(math.Sqrt(float64(a.target[r] / power)))
		}
	}
	a.spectrum.scale(a.factors)
	a.spectrum.put(a.coloured)
}

// rank orders the visited bins by their coloured values. After the first rounds
// few are out of place, and are inserted where they belong.
func (a *AmplitudeAdjusted) rank() {
	keys := a.keys[:0]
	for _, i := range a.order {
		keys = append(keys, uint64(ascending(a.coloured[i]))<<32|uint64(i))
	}
	for r, moves := 1, 0; r < len(keys); r++ {
		key, at := keys[r], r
		for ; at > 0 && keys[at-1] > key; at-- {
			keys[at] = keys[at-1]
		}
		keys[at] = key
		if moves += r - at; moves > 16*len(keys) {
			slices.Sort(keys)
			break
		}
	}
	for r, key := range keys {
		a.order[r] = int(uint32(key))
	}
	a.keys = keys
}

// ascending maps numbers to integers of the same order.
func ascending(x float32) uint32 {
	b := math.Float32bits(x)
	if b>>31 != 0 {
		return ^b
	}
	return b | 1<<31
}
