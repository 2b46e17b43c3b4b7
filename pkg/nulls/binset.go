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

// nearest returns the index of the bin of the set that is nearest to (x, y), which may lie
// outside the map. Of equally near bins it takes the one nearest to (px, py), then
// the one with the lower index. The set must not be empty.
//
// It searches the rows at the distances 0, 1, 2, … from x. In a row only the last
// bin up to y and the first bin after y count. It ends at a row that is farther away
// than the best bin.
func (b *binSet) nearest(x, y, px, py int) int {
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
				best = min(best, rank(d*d+square(before-y), square(i-px)+square(before-py), i*b.ny+before))
			}
			if after >= 0 {
				best = min(best, rank(d*d+square(after-y), square(i-px)+square(after-py), i*b.ny+after))
			}
		}
	}
	return best & (1<<peakShift - 1)
}

// nearestStretched is nearest where a bin is aspect times as long along y as along x.
func (b *binSet) nearestStretched(wanted, peak place, aspect float64) int {
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
				to, from, at := squareOf(d, j-y, aspect), squareOf(i-px, j-py, aspect), i*b.ny+j
				if to < distance || to == distance && (from < fromPeak || from == fromPeak && at < best) {
					best, distance, fromPeak = at, to, from
				}
			}
		}
	}
	return best
}

// squareOf is the square of a distance, in bins along x.
func squareOf(dx, dy int, aspect float64) float64 {
	across := float64(dy) * aspect
	return float64(dx*dx) + across*across
}

// nearestNarrow is nearest for maps of up to 64×64 bins, where a row is one word and
// the rows that have bins of the set are the bits of another. It searches the rows
// from x upwards, then those from x+1 downwards, and skips empty ones.
func (b *binSet) nearestNarrow(x, y, px, py int) int {
	rowsUpTo := bitsUpTo(x)
	w := wanted{x, y, px, py, bitsUpTo(y)}
	best := math.MaxInt
	for rows := b.rows & rowsUpTo; rows != 0; {
		i := 63 - bits.LeadingZeros64(rows)
		if square(x-i) > best>>distanceShift {
			break
		}
		rows ^= 1 << i
		best = min(best, b.nearestInRow(i, w))
	}
	for rows := b.rows &^ rowsUpTo; rows != 0; rows &= rows - 1 {
		i := bits.TrailingZeros64(rows)
		if square(x-i) > best>>distanceShift {
			break
		}
		best = min(best, b.nearestInRow(i, w))
	}
	return best & (1<<peakShift - 1)
}

// wanted is the bin (x, y) that a search is for. Of equally near bins the search takes
// the one nearest to the peak (px, py).
type wanted struct {
	x, y, px, py int
	upTo         uint64 // the columns up to y
}

// nearestInRow returns the rank of the nearest bin in a row that is one word.
func (b *binSet) nearestInRow(i int, w wanted) int {
	word, distance, fromPeak := b.bits[i], square(i-w.x), square(i-w.px)
	best := math.MaxInt
	if left := word & w.upTo; left != 0 {
		j := 63 - bits.LeadingZeros64(left)
		best = rank(distance+square(j-w.y), fromPeak+square(j-w.py), i*b.ny+j)
	}
	if right := word &^ w.upTo; right != 0 {
		j := bits.TrailingZeros64(right)
		best = min(best, rank(distance+square(j-w.y), fromPeak+square(j-w.py), i*b.ny+j))
	}
	return best
}

// Bins are compared by one number, made of the squared distance from the wanted bin,
// the squared distance from the peak and the index. In maps of up to 512×512 bins,
// the largest that are scored, these have at most 21, 19 and 18 bits.
const (
	peakShift     = 20
	distanceShift = 40
)

func rank(distance, fromPeak, index int) int {
	return distance<<distanceShift | fromPeak<<peakShift | index
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
