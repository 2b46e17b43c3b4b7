package nulls

import (
	"math"
	"math/bits"
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
	target   []float32         // power of the ratemap, by ring
	factors  [][lanes]float32  // by which the coefficients of a ring are multiplied
	scaled   []float64         // the ratemap divided by a power of two
	values   []float64         // of the visited bins, ascending
	centred  []float32         // the same, divided by that power, minus their mean
	visited  []visitedBin      // in the order of their indices
	drawn    [lanes]rankedBins // the maps that are drawn together
	spare    []uint64          // working memory for sorting
}

// visitedBin is a bin of a map, and its place among the maps of a spectrum.
type visitedBin struct{ bin, place int }

// rankedBins are the visited bins of a map by rank.
type rankedBins struct {
	keys    []uint64 // value and place of each bin
	settled bool     // whether no bin changed its rank in the last round
}

// NewAmplitudeAdjusted returns an AmplitudeAdjusted for maps of a layout. Padding is
// that of [GaussianField].
func NewAmplitudeAdjusted(l ratemap.Layout, padding int) *AmplitudeAdjusted {
	s := newSpectrum(l, padding)
	return &AmplitudeAdjusted{field: NewGaussianField(l, padding), spectrum: s, target: make([]float32, len(s.power)),
		factors: make([][lanes]float32, len(s.power)), scaled: make([]float64, l.Cells())}
}

// rounds is the largest number of rounds of a draw.
const rounds = 20

// Prepare takes the values and the spectrum of a ratemap. The map must not
// change while it is drawn from.
func (a *AmplitudeAdjusted) Prepare(ratemap []float64) {
	scale := exponent(ratemap)
	for i, v := range ratemap {
		a.scaled[i] = math.Ldexp(v, -scale)
	}
	a.field.Prepare(a.scaled)
	a.values, a.visited, a.centred = a.values[:0], a.visited[:0], a.centred[:0]
	mean := 0.0
	for i, v := range a.scaled {
		if !math.IsNaN(v) {
			a.values, a.visited = append(a.values, ratemap[i]), append(a.visited, visitedBin{i, a.spectrum.place(i)})
			mean += v
		}
	}
	mean /= float64(len(a.values))
	clear(a.spectrum.maps) // bins never visited stay 0
	for _, v := range a.visited {
		a.spectrum.maps[v.place][0] = float32(a.scaled[v.bin] - mean)
	}
	a.spectrum.take()
	for r := range a.target {
		a.target[r] = a.spectrum.power[r][0]
	}
	slices.Sort(a.values)
	for _, v := range a.values {
		a.centred = append(a.centred, float32(math.Ldexp(v, -scale)-mean))
	}
}

// Draw writes a random map to dst.
func (a *AmplitudeAdjusted) Draw(dst []float64, s *random.Stream) { a.DrawAll([][]float64{dst}, s) }

// DrawAll writes a random map to each of dsts: those that Draw writes one after another.
// Eight take hardly longer than one.
func (a *AmplitudeAdjusted) DrawAll(dsts [][]float64, s *random.Stream) {
	for len(dsts) > 0 {
		count := min(lanes, len(dsts))
		a.draw(dsts[:count], s)
		dsts = dsts[count:]
	}
}

// draw writes up to eight maps.
func (a *AmplitudeAdjusted) draw(dsts [][]float64, s *random.Stream) {
	for m, dst := range dsts {
		a.field.Draw(dst, s)
		d := &a.drawn[m]
		d.keys, d.settled = d.keys[:0], false
		for _, v := range a.visited {
			d.keys = append(d.keys, key(float32(dst[v.bin]), v.place))
		}
		a.spare = radixSort(d.keys, a.spare)
		a.assign(m)
	}
	for range rounds {
		a.colour()
		settled := true
		for m := range dsts {
			settled = a.rank(m) && settled
		}
		if settled {
			break
		}
	}
	for m, dst := range dsts {
		for r, k := range a.drawn[m].keys {
			dst[a.spectrum.bin(int(uint32(k)))] = a.values[r]
		}
	}
}

// assign gives the visited bins of the m-th map the ratemap's values by rank.
func (a *AmplitudeAdjusted) assign(m int) {
	keys, maps := a.drawn[m].keys, a.spectrum.maps
	for r, v := range a.centred[:len(keys)] {
		maps[uint32(keys[r])][m%lanes] = v
	}
}

// colour makes the power of every ring what it is in the ratemap, in all maps. Bins never
// visited are 0 before.
func (a *AmplitudeAdjusted) colour() {
	a.spectrum.take()
	for r, power := range a.spectrum.power {
		for m, p := range power {
			a.factors[r][m] = 0
			if p > 0 {
				a.factors[r][m] = float32(math.Sqrt(float64(a.target[r] / p)))
			}
		}
	}
	a.spectrum.scale(a.factors)
	a.spectrum.put()
}

// rank sorts the visited bins of the m-th map by their coloured values, and bins of equal
// values by their index. It gives them the ratemap's values by rank then, and reports
// whether no bin changed its rank.
//
// After the first rounds few bins change their rank, and an insertion sort of the
// last order is the fastest. It is no use where bins move far.
func (a *AmplitudeAdjusted) rank(m int) (settled bool) {
	d := &a.drawn[m]
	if d.settled { // further rounds would change nothing
		return true
	}
	descents, before := 0, uint64(0)
	coloured := a.spectrum.coloured
	for r, k := range d.keys {
		place := int(uint32(k))
		k = key(coloured[place][m%lanes], place)
		_, less := bits.Sub64(k, before, 0) // counted without a branch
		descents += int(less)
		d.keys[r], before = k, k
	}
	d.settled = descents == 0
	if 3*descents > len(d.keys) || !insertionSort(d.keys, 4*len(d.keys)) {
		a.spare = radixSort(d.keys, a.spare)
	}
	a.assign(m)
	return d.settled
}

// key is greater for a greater value, and of equal values for a greater place.
func key(value float32, place int) uint64 { return uint64(ascending(value))<<32 | uint64(place) }

// insertionSort sorts the keys. It gives up, and returns false, when it has moved
// more than this number of keys by one place.
func insertionSort(keys []uint64, most int) bool {
	moves := 0
	for r := 1; r < len(keys); r++ {
		key, before := keys[r], keys[r-1]
		if before <= key {
			continue
		}
		at := r
		for before > key {
			keys[at] = before
			if at--; at == 0 {
				break
			}
			before = keys[at-1]
		}
		keys[at] = key
		if moves += r - at; moves > most {
			return false
		}
	}
	return true
}

// radixSort sorts the keys: by the upper quarter with two passes over a byte each, then by
// insertion. Where that moves keys far, it sorts by the upper half first, a byte at a time
// from the lowest. It returns its working memory, to be used again.
func radixSort(keys, spare []uint64) []uint64 {
	spare = slices.Grow(spare[:0], len(keys))[:len(keys)]
	radixPasses(keys, spare, 48)
	if !insertionSort(keys, 4*len(keys)) {
		radixPasses(keys, spare, 32)
		radixPasses(keys, spare, 48)
		insertionSort(keys, math.MaxInt)
	}
	return spare
}

// radixPasses sorts the keys by two bytes, of which the lower one begins at a bit. Keys
// with equal bytes keep their order.
func radixPasses(keys, spare []uint64, bit int) {
	var counts [2][256]uint32
	low, high := bit&63, (bit+8)&63 // so that the compiler sees that they are less than 64
	for _, key := range keys {
		counts[0][byte(key>>low)]++
		counts[1][byte(key>>high)]++
	}
	from, to := keys, spare
	for pass := range counts { // two passes, so that the last one writes to keys
		next := &counts[pass]
		sum := uint32(0)
		for i, count := range next {
			next[i] = sum
			sum += count
		}
		shift := (bit + 8*pass) & 63
		for _, key := range from {
			digit := byte(key >> shift)
			at := next[digit]
			next[digit] = at + 1
			to[at] = key
		}
		from, to = to, from
	}
}

// ascending maps numbers to integers so that greater numbers have greater integers.
func ascending(x float32) uint32 {
	b := math.Float32bits(x)
	return b ^ (uint32(int32(b)>>31) | 1<<31) // all bits of negative numbers, the sign of others
}
