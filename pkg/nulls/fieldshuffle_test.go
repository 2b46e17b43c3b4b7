package nulls_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gridcells/pkg/field"
	"gridcells/pkg/nulls"
	"gridcells/pkg/random"
	"gridcells/pkg/ratemap"
)

// mapKinds are ratemaps of n×n bins that are awkward in one way or another.
func mapKinds(n int) map[string][]float64 {
	rng := rand.New(rand.NewPCG(uint64(n), 1))
	fill := func(f func(i int) float64) []float64 {
		m := make([]float64, n*n)
		for i := range m {
			m[i] = f(i)
		}
		return m
	}
	outside := func(i int) bool {
		r := float64(n-1) / 2
		return math.Hypot(float64(i/n)-r, float64(i%n)-r) > float64(n)/2
	}
	return map[string][]float64{
		"noise":      fill(func(int) float64 { return rng.NormFloat64() }),
		"constant":   fill(func(int) float64 { return 2 }),
		"zero":       fill(func(int) float64 { return 0 }),
		"gradient":   fill(func(i int) float64 { return float64(i) }),
		"one bin":    fill(func(i int) float64 { return [2]float64{0, 1}[b2i(i == n*n/2)] }),
		"huge":       fill(func(int) float64 { return 1e308 * (2*rng.Float64() - 1) }),
		"few levels": fill(func(int) float64 { return float64(rng.IntN(3)) }),
		"holes": fill(func(int) float64 {
			if rng.IntN(3) == 0 {
				return math.NaN()
			}
			return rng.Float64()
		}),
		"round": fill(func(i int) float64 {
			if outside(i) {
				return math.NaN()
			}
			return math.Sin(float64(i))
		}),
		"one bin visited": fill(func(i int) float64 { return [2]float64{math.NaN(), 3}[b2i(i == n*n-1)] }),
		"never visited":   fill(func(int) float64 { return math.NaN() }),
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// shuffleByDefinition is a second, slow implementation of FieldShuffle's documentation:
// from the places of the peaks it finds those of all other bins. n is the number of
// bins along y. A bin is aspect times as long along y as along x.
func shuffleByDefinition(m []float64, n int, aspect float64, fields field.Fields, places []int, inTurn bool) []float64 {
	square := func(dx, dy int) float64 {
		across := float64(dy) * aspect
		return float64(dx*dx) + across*across
	}
	dst := make([]float64, len(m))
	free := map[int]bool{}
	var rest []int
	for i, l := range fields.Labels {
		dst[i] = math.NaN()
		if l > 0 {
			free[i] = true
			if fields.Peaks[l-1] != i {
				rest = append(rest, i)
			}
		}
	}
	for k, to := range places {
		dst[to] = m[fields.Peaks[k]]
		delete(free, to)
	}
	offset := func(i int) (dx, dy int) {
		peak := fields.Peaks[fields.Labels[i]-1]
		return i/n - peak/n, i%n - peak%n
	}
	key := func(i int) [4]float64 {
		dx, dy := offset(i)
		k := [4]float64{0, square(dx, dy), float64(fields.Labels[i]), float64(i)}
		if inTurn {
			k[0] = k[2]
		}
		return k
	}
	slices.SortFunc(rest, func(a, b int) int { x, y := key(a), key(b); return slices.Compare(x[:], y[:]) })
	for _, i := range rest {
		dx, dy := offset(i)
		to := places[fields.Labels[i]-1]
		px, py := to/n, to%n
		x, y := px+dx, py+dy
		best, bestKey := -1, [3]float64{}
		for j := range m {
			if !free[j] {
				continue
			}
			jx, jy := j/n, j%n
			k := [3]float64{square(jx-x, jy-y), square(jx-px, jy-py), float64(j)}
			if best < 0 || slices.Compare(k[:], bestKey[:]) < 0 {
				best, bestKey = j, k
			}
		}
		dst[best] = m[i]
		delete(free, best)
	}
	return dst
}

// The shuffle does what its documentation says, in maps of every kind and size.
func TestFieldShuffleByDefinition(t *testing.T) {
	for _, n := range []int{2, 3, 5, 8, 13, 20} {
		for name, m := range mapKinds(n) {
			if name == "never visited" || name == "huge" {
				continue
			}
			for _, inTurn := range []bool{false, true} {
				t.Run(fmt.Sprint(name, n, inTurn), func(t *testing.T) { checkDefinition(t, ratemap.Square(n), m, inTurn, 1) })
			}
		}
	}
}

// Where bins are longer along one side, distances are those in the room. Bins that are
// nearly square count as square.
func TestFieldShuffleOfLongBins(t *testing.T) {
	for _, c := range []struct{ aspect, counted float64 }{{1.5, 1.5}, {0.4, 0.4}, {1.03, 1}, {0.98, 1}} {
		for _, inTurn := range []bool{false, true} {
			l := ratemap.Layout{X: 12, Y: 8, Aspect: c.aspect}
			checkDefinition(t, l, rectangularMap(l), inTurn, c.counted)
		}
	}
}

// checkDefinition compares shuffles of a map with those of the slow implementation.
func checkDefinition(t *testing.T, l ratemap.Layout, m []float64, inTurn bool, aspect float64) {
	t.Helper()
	f := nulls.NewFieldShuffle(l, nulls.Segmentation{InTurn: inTurn})
	f.Prepare(m)
	fields := field.Basins(m, l.Y)
	if f.Fields() != len(fields.Peaks) {
		t.Fatalf("%d fields, want %d", f.Fields(), len(fields.Peaks))
	}
	dst := make([]float64, len(m))
	for draw := range 4 {
		f.Draw(dst, nulls.Stream(1, "field", "x", draw))
		// The peaks go to free visited bins, drawn in turn.
		var visited, places []int
		for i, v := range m {
			if !math.IsNaN(v) {
				visited = append(visited, i)
			}
		}
		s := nulls.Stream(1, "field", "x", draw)
		for range fields.Peaks {
			to := visited[s.IntN(len(visited))]
			for slices.Contains(places, to) {
				to = visited[s.IntN(len(visited))]
			}
			places = append(places, to)
		}
		if want := shuffleByDefinition(m, l.Y, aspect, fields, places, inTurn); !same(dst, want) {
			t.Fatalf("%+v, draw %d of\n%v\nis\n%v\nwant\n%v", l, draw, m, dst, want)
		}
	}
}

// checkValues fails unless a null map has exactly the ratemap's values, and NaN
// where the ratemap has NaN.
func checkValues(t *testing.T, drawn, m []float64) {
	t.Helper()
	for i := range m {
		if math.IsNaN(m[i]) != math.IsNaN(drawn[i]) {
			t.Fatalf("bin %d is %v, in the map %v", i, drawn[i], m[i])
		}
	}
	if !same(slices.Sorted(slices.Values(drawn)), slices.Sorted(slices.Values(m))) {
		t.Fatalf("the values are not the map's: %v of %v", drawn, m)
	}
}

// Every value of the map is kept, whatever the map, its size and the smoothing.
func TestFieldShuffleKeepsValues(t *testing.T) {
	for _, n := range []int{1, 2, 3, 7, 20, 63, 64, 65, 100} {
		for name, m := range mapKinds(n) {
			for _, rule := range []nulls.Segmentation{{}, {Smoothing: 1}, {Smoothing: 3, InTurn: true}} {
				f := nulls.NewFieldShuffle(ratemap.Square(n), rule)
				f.Prepare(m)
				dst := make([]float64, n*n)
				s := random.New(1, name)
				for range 3 {
					f.Draw(dst, s)
					checkValues(t, dst, m)
				}
			}
		}
	}
}

// Whatever the map, no null panics, NaN stays NaN, and the field shuffle and IAAFT
// keep the map's values.
func FuzzOwnNulls(f *testing.F) {
	for n := range 4 {
		for _, m := range mapKinds(n + 2) {
			var b []byte
			for _, v := range m {
				b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v)))
			}
			f.Add(b, n%2 == 0, float64(n))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, inTurn bool, smoothing float64) {
		if !(smoothing >= 0 && smoothing <= 100) {
			return
		}
		n := max(1, min(12, int(math.Sqrt(float64(len(b)/4)))))
		m := make([]float64, n*n)
		for i := range m {
			if len(b) >= 4*(i+1) {
				m[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:])))
			}
			if math.IsInf(m[i], 0) {
				m[i] = math.NaN()
			}
		}
		options := nulls.Options{Shuffles: 2, Padding: 1, Segmentation: nulls.Segmentation{Smoothing: smoothing, InTurn: inTurn, Threshold: 0.2, Least: 2}}
		dst := make([]float64, len(m))
		for _, null := range nulls.Registry {
			if null.NewOwn == nil || null.Needs.Shifted {
				continue
			}
			own := null.NewOwn(ratemap.Square(n), options)
			s := nulls.Stream(1, null.Name, "fuzz", 0)
			for range own.Prepare(nulls.Unit{Ratemap: m}) {
				own.Draw([][]float64{dst}, s)
				if null.Name == "field" || null.Name == "iaaft" {
					checkValues(t, dst, m)
				}
				for i, v := range dst {
					if math.IsNaN(v) != math.IsNaN(m[i]) || math.IsInf(v, 0) {
						t.Fatalf("%s: bin %d is %v, in the map %v", null.Name, i, v, m[i])
					}
				}
			}
		}
	})
}

// A peak goes to every visited bin alike.
func TestFieldShuffleIsUniform(t *testing.T) {
	checkUniform(t, nulls.NewFieldShuffle(ratemap.Square(4), nulls.Segmentation{}))
}

// A field that meets neither walls nor other fields keeps its shape.
func TestFieldShuffleKeepsShapes(t *testing.T) {
	const n, reach = 15, 2
	m := bumps(n, 1, [2]float64{7, 6})
	f := nulls.NewFieldShuffle(ratemap.Square(n), nulls.Segmentation{})
	f.Prepare(m)
	dst := make([]float64, n*n)
	s := random.New(2, "test")
	checked := 0
	for range 100 {
		f.Draw(dst, s)
		peak := slices.Index(dst, slices.Max(m))
		x, y := peak/n, peak%n
		if x < reach || y < reach || x >= n-reach || y >= n-reach {
			continue
		}
		checked++
		for dx := -reach; dx <= reach; dx++ {
			for dy := -reach; dy <= reach; dy++ {
				if got, want := dst[(x+dx)*n+y+dy], m[(7+dx)*n+6+dy]; got != want {
					t.Fatalf("%v at (%d, %d) from the peak (%d, %d), want %v", got, dx, dy, x, y, want)
				}
			}
		}
	}
	if checked < 20 {
		t.Errorf("only %d draws were checked", checked)
	}
}
