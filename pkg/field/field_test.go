package field_test

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gridcells/pkg/field"
)

func TestWatershed(t *testing.T) {
	nan := math.NaN()
	// Two hills with a valley between them, a flat background of 0, an unvisited bin.
	m := []float64{
		0, 0, 0, 0, 0,
		1, 5, 2, 8, 3,
		0, 1, 0, 4, 0,
		0, 0, 0, 0, nan,
		0, 0, 0, 0, 0,
	}
	// A field has the values above 0.25 of its peak: 1.25 for the peak of 5, and 2 for
	// that of 8. The bin with 2 belongs to the peak of 8.
	want := []int32{
		0, 0, 0, 0, 0,
		0, 2, 1, 1, 1,
		0, 0, 0, 1, 0,
		0, 0, 0, 0, 0,
		0, 0, 0, 0, 0,
	}
	f := field.Watershed(m, 5, 0.25, 1)
	if !slices.Equal(f.Labels, want) || !slices.Equal(f.Peaks, []int{8, 6}) {
		t.Errorf("labels %v, peaks %v", f.Labels, f.Peaks)
	}
	// The second field is too small if a field needs two bins.
	f = field.Watershed(m, 5, 0.25, 2)
	if !slices.Equal(f.Peaks, []int{8}) || f.Labels[6] != 0 {
		t.Errorf("labels %v, peaks %v", f.Labels, f.Peaks)
	}
	// The baseline is the map's minimum: signs do not matter.
	shifted := make([]float64, len(m))
	for i, v := range m {
		shifted[i] = v - 100
	}
	if g := field.Watershed(shifted, 5, 0.25, 2); !slices.Equal(g.Labels, f.Labels) {
		t.Errorf("100 lower: labels %v", g.Labels)
	}
}

func TestWatershedOfNothing(t *testing.T) {
	for name, m := range map[string][]float64{
		"flat": make([]float64, 9), "NaN": slices.Repeat([]float64{math.NaN()}, 9),
	} {
		if f := field.Watershed(m, 3, 0.2, 1); len(f.Peaks) != 0 || slices.Max(f.Labels) != 0 {
			t.Errorf("%s: %+v", name, f)
		}
	}
	// A plateau is one field, whatever its shape.
	m := []float64{
		1, 1, 0,
		0, 1, 0,
		0, 1, 1,
	}
	if f := field.Watershed(m, 3, 0.5, 1); len(f.Peaks) < 1 || f.Labels[0] == 0 || f.Labels[8] == 0 {
		t.Errorf("plateau: %+v", f)
	}
}

func TestAbove(t *testing.T) {
	m := []float64{
		9, 0, 0, 4,
		0, 5, 0, 4,
		0, 5, 0, 0,
		0, 0, 6, math.NaN(),
	}
	// Corners do not connect: 9, the two 5, the two 4, and 6 are apart.
	f := field.Above(m, 4, 3, 2)
	want := []int32{
		0, 0, 0, 2,
		0, 1, 0, 2,
		0, 1, 0, 0,
		0, 0, 0, 0,
	}
	if !slices.Equal(f.Labels, want) || !slices.Equal(f.Peaks, []int{5, 3}) {
		t.Errorf("labels %v, peaks %v", f.Labels, f.Peaks)
	}
	if f := field.Above(m, 4, 3, 1); len(f.Peaks) != 4 || f.Labels[0] != 1 {
		t.Errorf("labels %v, peaks %v", f.Labels, f.Peaks)
	}
}

// flood is Above by its definition: it visits the bins of a region from neighbour to
// neighbour.
func flood(m []float64, ny int, level float64, least int) (regions [][]int) {
	seen := make([]bool, len(m))
	for i := range m {
		if seen[i] || !(m[i] > level) {
			continue
		}
		seen[i] = true
		region := []int{i}
		for next := 0; next < len(region); next++ {
			at := region[next]
			for k := range m {
				beside := k/ny == at/ny && (k-at == 1 || at-k == 1) || k-at == ny || at-k == ny
				if beside && !seen[k] && m[k] > level {
					seen[k] = true
					region = append(region, k)
				}
			}
		}
		if len(region) >= least {
			regions = append(regions, region)
		}
	}
	return regions
}

// On random maps, with holes and equal values, the regions are those of flood, each
// with its own label and its highest bin, in the order of their peaks.
func TestAboveFindsConnectedBins(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for trial := range 400 {
		nx, ny, least := 1+rng.IntN(9), 1+rng.IntN(12), rng.IntN(4)
		m := make([]float64, nx*ny)
		for i := range m {
			if m[i] = float64(rng.IntN(5)); rng.IntN(9) == 0 {
				m[i] = math.NaN()
			}
		}
		const level = 1
		got, want := field.Above(m, ny, level, least), flood(m, ny, level, least)
		if len(got.Peaks) != len(want) {
			t.Fatalf("trial %d: %d regions, want %d", trial, len(got.Peaks), len(want))
		}
		labels := make([]int32, len(m))
		for _, region := range want {
			peak := region[0]
			for _, at := range region {
				if m[at] > m[peak] || m[at] == m[peak] && at < peak {
					peak = at
				}
			}
			for _, at := range region {
				labels[at] = int32(slices.Index(got.Peaks, peak) + 1)
			}
		}
		if !slices.Equal(labels, got.Labels) || !slices.IsSortedFunc(got.Peaks, func(a, b int) int {
			return cmp.Or(cmp.Compare(m[b], m[a]), cmp.Compare(a, b))
		}) {
			t.Fatalf("trial %d: %v in %v of %d columns", trial, got, m, ny)
		}
	}
}
