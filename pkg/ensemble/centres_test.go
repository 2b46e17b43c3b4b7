package ensemble

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gridcells/pkg/npy"
	"gridcells/pkg/npy/npytest"
)

func TestCentresFromProvenance(t *testing.T) {
	const lattice = `{"place_centres":[[0,0.5],[-1,1e-3]]}`
	for _, test := range []struct {
		name string
		p    npy.Provenance
		want Centres
		err  string
	}{
		{"none", nil, nil, ""},
		{"of nobody", npytest.Provenance("simulate", `{"seed":1}`, "mine", `{}`), nil, ""},
		{"of another program", npytest.Provenance("simulate", `{"seed":1}`, "mine", lattice), Centres{{0, 0.5}, {-1, 1e-3}}, ""},
		{"with a stage behind it", npytest.Provenance("mine", lattice, "filter", `{}`), Centres{{0, 0.5}, {-1, 1e-3}}, ""},
		{"behind targets", npytest.Provenance("targets", `{"n_pc":[256]}`, "mine", lattice), Centres{{0, 0.5}, {-1, 1e-3}}, ""},
		{"replaced by targets", npytest.Provenance("mine", lattice, "targets", `{"n_pc":[256]}`), nil, ""},
		{"a plane", npytest.Provenance("mine", `{"place_centres":[[1,2],[1,2,3]]}`), nil, "mine: place_centres: cell 1 has 3 coordinates"},
		{"no list", npytest.Provenance("mine", `{"place_centres":"centres.npy"}`), nil, "mine: place_centres: json"},
		{"no numbers", npytest.Provenance("mine", `{"place_centres":[["a","b"]]}`), nil, "mine: place_centres: json"},
		{"no object", npytest.Provenance("mine", `[]`), nil, ""},
	} {
		got, err := CentresFromProvenance(test.p)
		if !slices.Equal(got, test.want) || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: %v, %v; want %v, %q", test.name, got, err, test.want, test.err)
		}
	}
}

func TestCentresOf(t *testing.T) {
	got, err := CentresOf(npytest.Array([]float64{1, 2, 3, 4}, 2, 2))
	if err != nil || !slices.Equal(got, Centres{{1, 2}, {3, 4}}) {
		t.Errorf("%v, %v", got, err)
	}
	for want, a := range map[string]*npy.Array{
		"shape [4]":    npytest.Array([]float64{1, 2, 3, 4}, 4),
		"shape [1 4]":  npytest.Array([]float64{1, 2, 3, 4}, 1, 4),
		"cell 1 lies":  npytest.Array([]float64{1, 2, 3, math.NaN()}, 2, 2),
		"cell 0 lies":  npytest.Array([]float64{math.Inf(1), 2, 3, 4}, 2, 2),
		"not a number": {Type: npy.Bytes(1), Shape: []int{1, 2}, Data: []byte("ab")},
	} {
		if _, err := CentresOf(a); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// Positions are decoded from given centres as from those that targets draws.
func TestCentresDecode(t *testing.T) {
	for _, period := range []float64{0, 2.2} {
		drawn, err := NewPlaceCells(20, 0.1, 2.2, 8341, period > 0)
		if err != nil {
			t.Fatal(err)
		}
		var c Centres
		for i := range drawn.Cells() {
			x, y := drawn.Center(i)
			c = append(c, [2]float64{x, y})
		}
		activity := make([]float32, drawn.Cells())
		NewEncoder(drawn).Encode(activity, []float64{1.05, -0.3}, Softmax, nil)
		for _, how := range []Decoding{Top3, Mean, Argmax} {
			x, y := drawn.Decode(activity, how)
			if u, v := c.PlaceCells(period).Decode(activity, how); u != x || v != y {
				t.Errorf("%s: (%v, %v), want (%v, %v)", how, u, v, x, y)
			}
		}
	}
}

func FuzzCentresFromProvenance(f *testing.F) {
	for _, text := range []string{`{"place_centres":[[0,1]]}`, `{"place_centres":[[1]]}`, `{"n_pc":[1]}`, `[]`, `{"place_centres":null}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, parameters string) {
		c, err := CentresFromProvenance(npytest.Provenance("mine", parameters))
		if err != nil && c != nil {
			t.Errorf("%v and %v", c, err)
		}
	})
}
