package nulls

import (
	"cmp"
	"math"
	"math/bits"
	"slices"

	"gridcells/pkg/field"
	"gridcells/pkg/kernel"
	"gridcells/pkg/random"
	"gridcells/pkg/ratemap"
)

// FieldShuffle moves a unit's firing fields to random places and keeps every value
// of the map. It is the field shuffle of Barry & Burgess, "To be a grid cell:
// shuffling procedures for determining gridness" (bioRxiv 230250, 2017), which
// Banino et al. 2018 used, as far as descriptions go:
//
//   - A watershed divides the whole map: every visited bin belongs to a field.
//   - The peak of each field goes to a random bin.
//   - The other bins follow in the order of their distance from their peak. A bin
//     goes to the same offset from the new peak if that bin is inside the arena and
//     free, else to the nearest free bin.
//
// Neither source gives more. The choices made here are:
//
//   - Fields are the basins of [field.Basins] in the map that was smoothed as
//     [Segmentation] says, and their peaks are the local maxima of that map. The
//     values that are moved are those of the map itself.
//   - Peaks are placed first, the highest first, each in a visited bin that holds no
//     other peak. All such bins are equally likely.
//   - Then all bins of all fields are sorted by their distance from their own peak,
//     so that the fields grow side by side. At equal distances the field with the
//     higher peak comes first, and within a field the bin with the lower index. With
//     [Segmentation].InTurn each field is completed before the next one, the field
//     with the highest peak first.
//   - Bins that were never visited are outside the arena.
//   - Distances are those in the room, also where bins are longer along one side. Bins
//     whose sides differ by less than 5 % count as square: the room's sides are then no
//     whole numbers of square bins.
//   - The nearest free bin is the one nearest to the wanted bin, by the distance
//     between the bins' centres. The wanted bin may lie outside the arena. Of equally
//     near bins the one nearest to the new peak is taken, then the one with the lower
//     index.
//
// Only the places of the peaks are random.
type FieldShuffle struct {
	nx, ny   int
	aspect   float64 // length of a bin along y, in units of its length along x
	rule     Segmentation
	smoothed []float64

	values  []float64  // the ratemap
	visited []int32    // the bins that were visited
	peaks   []int32    // the bins of the fields' peaks in the ratemap
	follow  []follower // all other bins, in the order in which they are placed
	arena   binSet     // the bins that were visited
	free    binSet     // the bins of a null map that have no value yet
	places  []place    // the fields' peaks in a null map

	vector bool    // place the bins that follow in vectors
	steps  []step  // follow for the vectors
	pairs  []pairs // places for the vectors, of all maps
	boards []board
}

// follower is a visited bin that is not the peak of a field.
type follower struct {
	bin    int32
	field  int32 // index of the field's peak
	dx, dy int32 // offset from that peak
}

// step is a follower for the vectors. dx and dy are the lower 16 bits of its offset.
type step struct {
	bin, field int32
	dx, dy     uint32
}

// pairs are the row and the column of a peak for the vectors: each twice, in 16 bits. The
// column is more by 127, the exponent of 1 in a float32.
type pairs struct{ x, y uint32 }

// board is a null map whose bins are placed in vectors.
type board struct {
	free     [3 * widestVector]uint32 // the free bins of rows −32 … 63; a column is a bit
	mirrored [widestVector]uint32     // those of rows 0 … 31, with the columns in reverse
	dst      *float64
	places   *pairs
}

// place is a bin, by row and column.
type place struct{ x, y int32 }

// NewFieldShuffle returns a FieldShuffle for maps of a layout. Of the rule it takes
// Smoothing and InTurn.
func NewFieldShuffle(l ratemap.Layout, rule Segmentation) *FieldShuffle {
	f := &FieldShuffle{nx: l.X, ny: l.Y, aspect: l.Aspect, rule: rule, smoothed: make([]float64, l.Cells()), arena: newBinSet(l.X, l.Y), free: newBinSet(l.X, l.Y)}
	if math.Abs(l.Aspect-1) < nearlySquare {
		f.aspect = 1
	}
	f.vector = f.aspect == 1 && max(l.X, l.Y) <= widestVector && kernel.Path() != "scalar"
	return f
}

// nearlySquare is the difference between the sides of a bin below which it counts as
// square.
const nearlySquare = 0.05

// widestVector is the largest number of rows or columns of a map whose bins are placed in
// vectors.
const widestVector = 32

// Prepare divides a ratemap into fields. The map must not change while it is drawn
// from.
func (f *FieldShuffle) Prepare(ratemapIn []float64) {
	f.values = ratemapIn
	ratemap.Smooth(f.smoothed, ratemapIn, f.ny, f.rule.Smoothing)
	for i, v := range f.smoothed {
		if math.IsNaN(v) { // never visited, or sums of values so large that they overflow
			f.smoothed[i] = ratemapIn[i]
		}
	}
	fields := field.Basins(f.smoothed, f.ny)
	f.peaks = f.peaks[:0]
	for _, peak := range fields.Peaks {
		f.peaks = append(f.peaks, int32(peak))
	}
	f.visited, f.follow = f.visited[:0], f.follow[:0]
	f.arena.clear()
	for i, label := range fields.Labels {
		if label == 0 {
			continue
		}
		f.visited = append(f.visited, int32(i))
		f.arena.add(i/f.ny, i%f.ny)
		if peak := fields.Peaks[label-1]; peak != i {
			f.follow = append(f.follow, follower{int32(i), label - 1, int32(i/f.ny - peak/f.ny), int32(i%f.ny - peak%f.ny)})
		}
	}
	slices.SortFunc(f.follow, f.before)
	f.steps = f.steps[:0]
	for _, b := range f.follow {
		f.steps = append(f.steps, step{b.bin, b.field, uint32(uint16(b.dx)), uint32(uint16(b.dy))})
	}
}

// before compares two bins by the order in which they are placed.
func (f *FieldShuffle) before(a, b follower) int {
	byField := cmp.Compare(a.field, b.field)
	if f.rule.InTurn && byField != 0 {
		return byField
	}
	return cmp.Or(cmp.Compare(f.distance(int(a.dx), int(a.dy)), f.distance(int(b.dx), int(b.dy))), byField, cmp.Compare(a.bin, b.bin))
}

// distance is the square of a distance in bins.
func (f *FieldShuffle) distance(dx, dy int) float64 { return squareOf(dx, dy, f.aspect) }

// Fields is the number of fields that were found in the map.
func (f *FieldShuffle) Fields() int { return len(f.peaks) }

// Draw writes a shuffled map to dst.
func (f *FieldShuffle) Draw(dst []float64, s *random.Stream) { f.DrawAll([][]float64{dst}, s) }

// DrawAll writes shuffled maps to dsts, the same as one call of Draw for each in turn.
func (f *FieldShuffle) DrawAll(dsts [][]float64, s *random.Stream) {
	vector := f.vector && len(f.follow) > 0
	if vector {
		f.boards = slices.Grow(f.boards[:0], len(dsts))[:len(dsts)]
		f.pairs = slices.Grow(f.pairs[:0], len(dsts)*len(f.peaks))
	}
	for i, dst := range dsts {
		copy(dst, f.values) // for the NaN; all other bins get their value below
		f.free.copy(&f.arena)
		f.places = f.places[:0]
		for _, peak := range f.peaks {
			x, y := f.place(s)
			f.free.remove(x, y)
			f.places = append(f.places, place{int32(x), int32(y)})
			dst[x*f.ny+y] = f.values[peak]
		}
		if vector {
			f.lay(&f.boards[i], dst)
		} else {
			f.followScalar(dst)
		}
	}
	if vector {
		f.followVector(f.boards)
	}
}

// lay lays a board for a map whose peaks have been placed.
func (f *FieldShuffle) lay(b *board, dst []float64) {
	for x, row := range f.free.bits {
		b.free[widestVector+x] = uint32(row)
		b.mirrored[x] = bits.Reverse32(uint32(row))
	}
	first := len(f.pairs)
	for _, p := range f.places {
		const exponent = 127
		f.pairs = append(f.pairs, pairs{uint32(p.x)<<16 | uint32(p.x), uint32(p.y+exponent)<<16 | uint32(p.y+exponent)})
	}
	b.dst, b.places = &dst[:f.nx*f.ny][0], &f.pairs[first]
}

// followScalar places the bins other than peaks, one after the other.
func (f *FieldShuffle) followScalar(dst []float64) {
	for _, b := range f.follow {
		peak := f.places[b.field]
		x, y := int(peak.x+b.dx), int(peak.y+b.dy)
		if !f.free.has(x, y) {
			x, y = f.nearest(place{int32(x), int32(y)}, peak)
		}
		f.free.remove(x, y)
		dst[x*f.ny+y] = f.values[b.bin]
	}
}

// nearest is the free bin nearest to the wanted one; see [binSet.nearest].
func (f *FieldShuffle) nearest(wanted, peak place) (x, y int) {
	if f.aspect == 1 {
		return f.free.nearest(int(wanted.x), int(wanted.y), int(peak.x), int(peak.y))
	}
	return f.free.nearestStretched(wanted, peak, f.aspect)
}

// place draws a visited bin that is free.
func (f *FieldShuffle) place(s *random.Stream) (x, y int) {
	for {
		to := int(f.visited[s.IntN(len(f.visited))])
		if x, y = to/f.ny, to%f.ny; f.free.has(x, y) {
			return x, y
		}
	}
}
