package nulls

import (
	"math"
	"slices"

	"gridcells/pkg/random"
	"gridcells/pkg/ratemap"
)

// AmplitudeAdjusted draws random maps that have exactly a ratemap's values, in other
// bins, and nearly its radially averaged power spectrum. It is the iterated
// amplitude-adjusted Fourier transform (IAAFT) of Schreiber & Schmitz, Physical
// Review Letters 77 (1996). The spectrum is adjusted by rings of wave vectors, where
// that article adjusts single ones.
//
// A [GaussianField] has structure on the map's scales, but its values are Gaussian.
// The rates of a rectified unit are not: they are zero in much of the arena and high
// in a few fields, and that alone can change how often noise looks hexagonal. The
// maps drawn here have the unit's values, so that difference is gone.
//
// A draw starts as a Gaussian field. Then two steps alternate. The first gives the
// bins the map's values by rank: the lowest bin gets the lowest value. The second
// makes the power in every ring that of the map. The draw ends when no bin changes
// its rank, or after 20 rounds.
//
// The draws of a map that does not vary are that map.
type AmplitudeAdjusted struct {
	field    *GaussianField
	spectrum *spectrum
	target   []float32 // power of the ratemap, by ring
	factors  []float32 // by which the coefficients of a ring are multiplied
	scaled   []float64 // the ratemap divided by a power of two
	values   []float64 // of the visited bins, ascending
	centred  []float32 // the same, divided by that power, minus their mean
	order    []int     // the visited bins, by rank
	before   []int     // the order of the round before
	keys     []uint64  // value and index of the bins in order
	spare    []uint64  // working memory for sorting them
	ratemap  []float32 // the map of a round minus its mean; 0 in bins never visited
	coloured []float32 // the same after its power was adjusted
}

// NewAmplitudeAdjusted returns an AmplitudeAdjusted for maps of a layout. Padding is
// that of [GaussianField].
func NewAmplitudeAdjusted(l ratemap.Layout, padding int) *AmplitudeAdjusted {
	s, cells := newSpectrum(l, padding), l.Cells()
	return &AmplitudeAdjusted{field: NewGaussianField(l, padding), spectrum: s, target: make([]float32, len(s.power)),
		factors: make([]float32, len(s.power)), scaled: make([]float64, cells), ratemap: make([]float32, cells), coloured: make([]float32, cells)}
}

// rounds is the largest number of rounds of a draw. Most draws need fewer.
const rounds = 20

// Prepare takes the values and the spectrum of a ratemap. The map must not
// change while it is drawn from.
func (a *AmplitudeAdjusted) Prepare(ratemap []float64) {
	scale := exponent(ratemap)
	for i, v := range ratemap {
		a.scaled[i] = math.Ldexp(v, -scale)
	}
	a.field.Prepare(a.scaled)
	a.values, a.order, a.centred = a.values[:0], a.order[:0], a.centred[:0]
	mean := 0.0
	for i, v := range a.scaled {
		if !math.IsNaN(v) {
			a.values, a.order = append(a.values, ratemap[i]), append(a.order, i)
			mean += v
		}
	}
	mean /= float64(len(a.values))
	clear(a.ratemap)
	for _, i := range a.order {
		a.ratemap[i] = float32(a.scaled[i] - mean)
	}
	a.spectrum.take(a.ratemap)
	copy(a.target, a.spectrum.power)
	slices.Sort(a.values)
	for _, v := range a.values {
		a.centred = append(a.centred, float32(math.Ldexp(v, -scale)-mean))
	}
}

// Draw writes a random map to dst.
func (a *AmplitudeAdjusted) Draw(dst []float64, s *random.Stream) {
	a.field.Draw(dst, s)
	slices.Sort(a.order) // so that a draw does not depend on the draws before it
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

// colour gives the visited bins the map's values by rank and then makes the power of
// every ring what it is in the map.
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

// rank sorts the visited bins by their coloured values, and bins of equal values by
// their index.
//
// After the first rounds few bins change their rank, and an insertion sort of the
// last order is the fastest. It gives up where bins move far.
func (a *AmplitudeAdjusted) rank() {
	keys := a.keys[:0]
	for _, i := range a.order {
		keys = append(keys, uint64(ascending(a.coloured[i]))<<32|uint64(i))
	}
	if !insertionSort(keys, 4*len(keys)) {
		a.spare = radixSort(keys, a.spare)
	}
	for r, key := range keys {
		a.order[r] = int(uint32(key))
	}
	a.keys = keys
}

// insertionSort sorts the keys. It gives up, and returns false, when it has moved
// more than this number of keys by one place.
func insertionSort(keys []uint64, most int) bool {
	for r, moves := 1, 0; r < len(keys); r++ {
		key, at := keys[r], r
		for ; at > 0 && keys[at-1] > key; at-- {
			keys[at] = keys[at-1]
		}
		keys[at] = key
		if moves += r - at; moves > most {
			return false
		}
	}
	return true
}

// radixSort sorts the keys by their upper halves, a byte at a time from the lowest,
// and then keys with equal upper halves by their lower halves. It returns its
// working memory, to be used again.
func radixSort(keys, spare []uint64) []uint64 {
	var counts [4][256]uint32
	for _, key := range keys {
		counts[0][byte(key>>32)]++
		counts[1][byte(key>>40)]++
		counts[2][byte(key>>48)]++
		counts[3][byte(key>>56)]++
	}
	spare = slices.Grow(spare[:0], len(keys))[:len(keys)]
	from, to := keys, spare
	for pass := range counts { // four passes, so that the last one writes to keys
		next := &counts[pass]
		sum := uint32(0)
		for i, count := range next {
			next[i] = sum
			sum += count
		}
		for _, key := range from {
			digit := byte(key >> (32 + 8*pass))
			to[next[digit]] = key
			next[digit]++
		}
		from, to = to, from
	}
	insertionSort(keys, math.MaxInt)
	return spare
}

// ascending maps numbers to integers so that greater numbers have greater integers.
func ascending(x float32) uint32 {
	b := math.Float32bits(x)
	if b>>31 != 0 {
		return ^b
	}
	return b | 1<<31
}
