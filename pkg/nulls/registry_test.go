package nulls_test

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gridcells/pkg/nulls"
	"gridcells/pkg/random"
	"gridcells/pkg/ratemap"
)

func TestRegistryEntries(t *testing.T) {
	sentence := regexp.MustCompile(`^[A-Z][^.]*\.$`)
	for i, null := range nulls.Registry {
		if !regexp.MustCompile(`^[a-z][a-z-]*$`).MatchString(null.Name) || slices.Index(nulls.Names(), null.Name) != i {
			t.Errorf("%q: names are lower-case, and unique", null.Name)
		}
		if null.Title == "" || !sentence.MatchString(null.Help) {
			t.Errorf("%s: title %q, help %q: want a title and one sentence", null.Name, null.Title, null.Help)
		}
		if (null.NewOwn == nil) == (null.NewCommon == nil) {
			t.Errorf("%s: want one constructor, not none or two", null.Name)
		}
		given := null.Needs.Shifted || null.Needs.Untrained
		if (null.Draws == nil) != given {
			t.Errorf("%s: needs %+v, but draws by the options: %v", null.Name, null.Needs, null.Draws != nil)
		}
	}
}

func TestSelect(t *testing.T) {
	selected, err := nulls.Select([]string{"untrained", "field", "field"})
	if err != nil || len(selected) != 2 || selected[0].Name != "field" || selected[1].Name != "untrained" {
		t.Errorf("%d nulls, error %v", len(selected), err)
	}
	if _, err := nulls.Select([]string{"field", "magic"}); err == nil || !strings.Contains(err.Error(), `no null is called "magic": known are field, `) {
		t.Errorf("error %v", err)
	}
}

// Every null draws as many maps as it says, of finite values in the bins that were
// visited, the same from the same stream.
func TestRegistryDraws(t *testing.T) {
	const n, shifts, units = 8, 3, 5
	options := nulls.DefaultOptions()
	options.Shuffles, options.Rotations = 4, 2
	m := bumps(n, 1.5, [2]float64{2, 2}, [2]float64{5, 6})
	m[9] = math.NaN()
	layer := nulls.Layer{Ratemaps: slices.Repeat([][]float64{m}, units), Untrained: slices.Repeat([][]float64{m}, units+1)}
	check := func(t *testing.T, got []float64) {
		t.Helper()
		for i, v := range got {
			if math.IsNaN(v) != math.IsNaN(m[i]) || math.IsInf(v, 0) {
				t.Fatalf("bin %d is %v, in the map %v", i, v, m[i])
			}
		}
	}
	for _, null := range nulls.Registry {
		t.Run(null.Name, func(t *testing.T) {
			if null.NewCommon != nil {
				common := null.NewCommon(layer, options)
				maps := 0
				for i := range common.Groups() {
					group := common.Group(i, nulls.Stream(1, null.Name, "layer", i))
					again := common.Group(i, nulls.Stream(1, null.Name, "layer", i))
					for k, drawn := range group {
						check(t, drawn)
						if !same(drawn, again[k]) {
							t.Fatal("the same stream gives another map")
						}
					}
					maps += len(group)
				}
				if want := map[bool]int{true: units * options.Rotations, false: units + 1}[null.Needs.Layer]; maps != want {
					t.Errorf("%d maps, want %d", maps, want)
				}
				return
			}
			own := null.NewOwn(ratemap.Square(n), options)
			unit := nulls.Unit{Ratemap: m, Shifted: slices.Repeat(m, shifts)}
			want := options.Shuffles
			if null.Needs.Shifted {
				want = shifts
			}
			draw := func() (all []float64) {
				s := random.New(7, "other")
				nulls.Rekey(s, 1, null.Name, "layer", 3)
				draws := own.Prepare(unit)
				if draws != want {
					t.Fatalf("%d draws, want %d", draws, want)
				}
				dst := make([]float64, n*n)
				for range draws {
					own.Draw([][]float64{dst}, s)
					check(t, dst)
					all = append(all, dst...)
				}
				return all
			}
			if !same(draw(), draw()) {
				t.Error("the same stream gives other maps")
			}
			unit.Ratemap = slices.Repeat([]float64{math.NaN()}, n*n)
			if draws := own.Prepare(unit); draws != 0 {
				t.Errorf("%d draws of a map that was never visited", draws)
			}
		})
	}
}

// same reports whether two maps are equal, NaN being equal to NaN.
func same(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return x == y || math.IsNaN(x) && math.IsNaN(y) })
}

// Awkward maps of every size give null maps that are finite where the map was visited
// and NaN elsewhere. Null maps of constant maps are constant.
func TestOwnNullsOfAwkwardMaps(t *testing.T) {
	options := nulls.DefaultOptions()
	options.Shuffles = 3
	for _, n := range []int{1, 2, 3, 5, 20, 33, 64, 65, 100} {
		if testing.Short() && n > 33 {
			continue
		}
		for name, m := range mapKinds(n) {
			for _, null := range nulls.Registry {
				if null.NewOwn == nil || null.Needs.Shifted || name == "huge" && null.Name == "field-cut" {
					continue // the mean of huge values is not finite
				}
				own := null.NewOwn(ratemap.Square(n), options)
				draws := own.Prepare(nulls.Unit{Ratemap: m})
				if want := map[bool]int{true: 0, false: options.Shuffles}[name == "never visited"]; draws != want {
					t.Errorf("%s of %s, %d bins: %d draws, want %d", null.Name, name, n, draws, want)
				}
				dst := make([]float64, n*n)
				s := nulls.Stream(1, null.Name, name, n)
				for range draws {
					own.Draw([][]float64{dst}, s)
					low, high := math.Inf(1), math.Inf(-1)
					for i, v := range dst {
						if math.IsNaN(v) != math.IsNaN(m[i]) || math.IsInf(v, 0) {
							t.Fatalf("%s of %s, %d bins: bin %d is %v, in the map %v", null.Name, name, n, i, v, m[i])
						}
						if !math.IsNaN(v) {
							low, high = min(low, v), max(high, v)
						}
					}
					flat := name == "constant" || name == "zero" || name == "one bin visited"
					if flat && high-low > 1e-12 {
						t.Errorf("%s of %s, %d bins: from %v to %v", null.Name, name, n, low, high)
					}
				}
			}
		}
	}
}

// The unit of the activities makes no difference to where the values go.
func TestOwnNullsDoNotDependOnUnits(t *testing.T) {
	const n = 12
	options := nulls.DefaultOptions()
	m := bumps(n, 1.5, [2]float64{2, 2}, [2]float64{8, 6})
	for _, null := range nulls.Registry {
		if null.NewOwn == nil || null.Needs.Shifted {
			continue
		}
		own := null.NewOwn(ratemap.Square(n), options)
		draw := func(factor float64) []float64 {
			scaled := make([]float64, n*n)
			for i, v := range m {
				scaled[i] = v * factor
			}
			own.Prepare(nulls.Unit{Ratemap: scaled})
			dst := make([]float64, n*n)
			own.Draw([][]float64{dst}, nulls.Stream(1, null.Name, "units", 0))
			for i := range dst {
				dst[i] /= factor
			}
			return dst
		}
		want := draw(1)
		for _, factor := range []float64{0x1p-600, 0x1p-100, 0x1p100, 0x1p600} {
			if !same(draw(factor), want) {
				t.Errorf("%s: the map times %v has other null maps", null.Name, factor)
			}
		}
	}
}

// Layers without units, with a single unit or without visited bins have null maps, too.
func TestCommonNullsOfAwkwardLayers(t *testing.T) {
	const n = 4
	options := nulls.DefaultOptions()
	options.Rotations = 2
	never := slices.Repeat([]float64{math.NaN()}, n*n)
	flat := slices.Repeat([]float64{2}, n*n)
	for _, maps := range [][][]float64{nil, {never}, {flat}, {flat, never, flat}} {
		for _, null := range nulls.Registry {
			if null.NewCommon == nil {
				continue
			}
			common := null.NewCommon(nulls.Layer{Ratemaps: maps, Untrained: maps}, options)
			drawn := 0
			for i := range common.Groups() {
				drawn += len(common.Group(i, nulls.Stream(1, null.Name, "x", i)))
			}
			want := len(maps)
			if null.Needs.Layer {
				want *= options.Rotations
			}
			if drawn != want {
				t.Errorf("%s of %d maps: %d null maps, want %d", null.Name, len(maps), drawn, want)
			}
		}
	}
}
