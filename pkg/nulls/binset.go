package nulls

import (
	"math"
	"math/bits"
)

// binSet is a set of bins of an n×n map, a bit for each bin.
type binSet struct {
	n     int
	words int      // of each row
	bits  []uint64 // [n, words]; column y is bit y%64 of word y/64
}

func newBinSet(n int) binSet {
	words := (n + 63) / 64
	return binSet{n, words, make([]uint64, n*words)}
}

func (b *binSet) clear()             { clear(b.bits) }
func (b *binSet) copy(other *binSet) { copy(b.bits, other.bits) }
func (b *binSet) row(x int) []uint64 { return b.bits[x*b.words : (x+1)*b.words] }
func (b *binSet) add(x, y int)       { b.bits[x*b.words+y>>6] |= 1 << (y & 63) }
func (b *binSet) remove(x, y int)    { b.bits[x*b.words+y>>6] &^= 1 << (y & 63) }

// has reports whether a bin is in the set. Bins outside the map are not.
func (b *binSet) has(x, y int) bool {
	return uint(x) < uint(b.n) && uint(y) < uint(b.n) && b.bits[x*b.words+y>>6]>>(y&63)&1 != 0
}

// nearest returns the bin of the set that is nearest to (x, y), which may lie
// outside the map. Of equally near bins it takes the one nearest to (px, py), then
// the one with the lower index. The set must not be empty.
//
// It searches the rows at the distances 0, 1, 2, … from x. In a row only the last
// bin up to y and the first bin after y count. It ends at a row that is farther away
// than the best bin.
func (b *binSet) nearest(x, y, px, py int) (int, int) {
	if b.words == 1 {
		return b.nearestNarrow(x, y, px, py)
	}
	best := math.MaxInt
	last := max(x, b.n-1-x) // the distance of the farthest row
	for d := max(0, -x, x-(b.n-1)); d <= last && d*d <= best>>distanceShift; d++ {
		for _, i := range [2]int{x - d, x + d} {
			if uint(i) >= uint(b.n) {
				continue
			}
			before, after := neighbours(b.bits[i*b.words:(i+1)*b.words], y)
			if before >= 0 {
				best = min(best, rank(d*d+square(before-y), square(i-px)+square(before-py), i*b.n+before))
			}
			if after >= 0 {
				best = min(best, rank(d*d+square(after-y), square(i-px)+square(after-py), i*b.n+after))
			}
		}
	}
	at := best & (1<<peakShift - 1)
	return at / b.n, at % b.n
}

// nearestNarrow is nearest for maps of up to 64 columns, where a row is one word.
func (b *binSet) nearestNarrow(x, y, px, py int) (int, int) {
	upTo := columnsUpTo(y)
	best := math.MaxInt
	last := max(x, b.n-1-x)
	for d := max(0, -x, x-(b.n-1)); d <= last && d*d <= best>>distanceShift; d++ {
		for _, i := range [2]int{x - d, x + d} {
			if uint(i) >= uint(len(b.bits)) || b.bits[i] == 0 {
				continue
			}
			word, distance, fromPeak := b.bits[i], d*d, square(i-px)
			if left := word & upTo; left != 0 {
				j := 63 - bits.LeadingZeros64(left)
				best = min(best, rank(distance+square(j-y), fromPeak+square(j-py), i*b.n+j))
			}
			if right := word &^ upTo; right != 0 {
				j := bits.TrailingZeros64(right)
				best = min(best, rank(distance+square(j-y), fromPeak+square(j-py), i*b.n+j))
			}
		}
	}
	at := best & (1<<peakShift - 1)
	return at / b.n, at % b.n
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
		upTo := columnsUpTo(y - k<<6)
		if left := word & upTo; left != 0 {
			before = k<<6 + 63 - bits.LeadingZeros64(left)
		}
		if right := word &^ upTo; right != 0 {
			return before, k<<6 + bits.TrailingZeros64(right)
		}
	}
	return before, after
}

// columnsUpTo are the bits of a word's columns up to y, which may be any integer.
func columnsUpTo(y int) uint64 {
	switch {
	case y < 0:
		return 0
	case y >= 63:
		return math.MaxUint64
	}
	return 2<<y - 1
}
