package nulls

import (
	"math"
	"math/bits"
)

// binSet is a set of bins of an nx×ny map, a bit for each bin.
type binSet struct {
	nx, ny int
	words  int      // of each row
	bits   []uint64 // [nx, words]; column y is bit y%64 of word y/64
	rows   uint64   // the rows that have bins of the set, in maps of up to 64×64 bins
}

func newBinSet(nx, ny int) binSet {
	words := (ny + 63) / 64
	return binSet{nx: nx, ny: ny, words: words, bits: make([]uint64, nx*words)}
}

func (b *binSet) clear() {
	clear(b.bits)
	b.rows = 0
}

func (b *binSet) copy(other *binSet) {
	copy(b.bits, other.bits)
	b.rows = other.rows
}

func (b *binSet) add(x, y int) {
	b.bits[x*b.words+y>>6] |= 1 << (y & 63)
	b.rows |= 1 << x
}

func (b *binSet) remove(x, y int) {
	word := &b.bits[x*b.words+y>>6]
	if *word &^= 1 << (y & 63); *word == 0 {
		b.rows &^= 1 << x
	}
}

// has reports whether a bin is in the set. Bins outside the map are not.
func (b *binSet) has(x, y int) bool {
	return uint(x) < uint(b.nx) && uint(y) < uint(b.ny) && b.bits[x*b.words+y>>6]>>(y&63)&1 != 0
}

// nearest returns the row and column of the bin of the set that is nearest to (x, y), which
// may lie outside the map. Of equally near bins it takes the one nearest to (px, py), then
// the one in the lower row, then the one in the lower column. The set must not be empty.
//
// It searches the rows at the distances 0, 1, 2, … from x. In a row only the last
// bin up to y and the first bin after y count. It ends at a row that is farther away
// than the best bin.
func (b *binSet) nearest(x, y, px, py int) (row, column int) {
	if b.words == 1 && b.nx <= 64 {
		return b.nearestNarrow(x, y, px, py)
	}
	best := math.MaxInt
	last := max(x, b.nx-1-x) // the distance of the farthest row
	for d := max(0, -x, x-(b.nx-1)); d <= last && d*d <= best>>distanceShift; d++ {
		for _, i := range [2]int{x - d, x + d} {
			if uint(i) >= uint(b.nx) {
				continue
			}
			before, after := neighbours(b.bits[i*b.words:(i+1)*b.words], y)
			if before >= 0 {
				best = min(best, rank(d*d+square(before-y), square(i-px)+square(before-py), i<<rowShift+before))
			}
			if after >= 0 {
				best = min(best, rank(d*d+square(after-y), square(i-px)+square(after-py), i<<rowShift+after))
			}
		}
	}
	return best & (1<<peakShift - 1) >> rowShift, best & (1<<rowShift - 1)
}

// nearestStretched is nearest where a bin is aspect times as long along y as along x.
func (b *binSet) nearestStretched(wanted, peak place, aspect float64) (row, column int) {
	x, y, px, py := int(wanted.x), int(wanted.y), int(peak.x), int(peak.y)
	best, distance, fromPeak := -1, math.Inf(1), math.Inf(1)
	last := max(x, b.nx-1-x) // the distance of the farthest row
	for d := max(0, -x, x-(b.nx-1)); d <= last && float64(d*d) <= distance; d++ {
		for _, i := range [2]int{x - d, x + d} {
			if uint(i) >= uint(b.nx) {
				continue
			}
			before, after := neighbours(b.bits[i*b.words:(i+1)*b.words], y)
			for _, j := range [2]int{before, after} {
				if j < 0 {
					continue
				}
				to, from, at := squareOf(d, j-y, aspect), squareOf(i-px, j-py, aspect), i<<rowShift|j
				if to < distance || to == distance && (from < fromPeak || from == fromPeak && at < best) {
					best, distance, fromPeak = at, to, from
				}
			}
		}
	}
	return best >> rowShift, best & (1<<rowShift - 1)
}

// squareOf is the square of a distance, in bins along x.
func squareOf(dx, dy int, aspect float64) float64 {
	across := float64(dy) * aspect
	return float64(dx*dx) + across*across
}

// nearestNarrow is nearest for maps of up to 64×64 bins, where a row is one word and
// the rows that have bins of the set are the bits of another. It searches the rows
// from x upwards, then those from x+1 downwards, and skips empty ones.
func (b *binSet) nearestNarrow(x, y, px, py int) (row, column int) {
	upwards, upTo := bitsUpTo(x), bitsUpTo(y)
	// Bins are at least as far away as (x, y) is from the columns of the map.
	beyond := square(max(0, -y, y-(b.ny-1))) << distanceShift
	above, below := b.rows&upwards, b.rows&^upwards
	best := math.MaxInt
	for above|below != 0 {
		var i int
		if above != 0 {
			i = 63 - bits.LeadingZeros64(above)
			above ^= 1 << i
		} else {
			i = bits.TrailingZeros64(below)
			below ^= 1 << i
		}
		// The part of the rank that the row's bins have in common; see rank.
		common := square(i-x) << distanceShift
		if common+beyond > best { // and so are the farther rows on this side
			if i <= x {
				above = 0
			} else {
				below = 0
			}
			continue
		}
		common += square(i-px)<<peakShift + i<<rowShift
		word := b.bits[i]
		if left := word & upTo; left != 0 {
			j := 63 - bits.LeadingZeros64(left)
			best = min(best, common+square(j-y)<<distanceShift+square(j-py)<<peakShift+j)
		}
		if right := word &^ upTo; right != 0 {
			j := bits.TrailingZeros64(right)
			best = min(best, common+square(j-y)<<distanceShift+square(j-py)<<peakShift+j)
		}
	}
	return best & (1<<peakShift - 1) >> rowShift, best & (1<<rowShift - 1)
}

// Bins are compared by one number, made of the squared distance from the wanted bin,
// the squared distance from the peak, the row and the column. In maps of up to 512×512
// bins, the largest that are scored, these have at most 21, 19, 9 and 9 bits.
const (
	rowShift      = 9
	peakShift     = 20
	distanceShift = 40
)

func rank(distance, fromPeak, bin int) int {
	return distance<<distanceShift | fromPeak<<peakShift | bin
}

func square(i int) int { return i * i }

// neighbours returns the last column of a row's bins up to y and the first one after
// y, −1 where there is none.
func neighbours(row []uint64, y int) (before, after int) {
	before, after = -1, -1
	for k, word := range row {
		upTo := bitsUpTo(y - k<<6)
		if left := word & upTo; left != 0 {
			before = k<<6 + 63 - bits.LeadingZeros64(left)
		}
		if right := word &^ upTo; right != 0 {
			return before, k<<6 + bits.TrailingZeros64(right)
		}
	}
	return before, after
}

// bitsUpTo are the bits of a word up to bit y, which may be any integer.
func bitsUpTo(y int) uint64 {
	switch {
	case y < 0:
		return 0
	case y >= 63:
		return math.MaxUint64
	}
	return 2<<y - 1
}
