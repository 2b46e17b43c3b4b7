package gridscore

import (
	"bytes"
	"math"
	"testing"

	"gridcells/pkg/npy"
	"gridcells/pkg/npy/npytest"
)

// Rows and autocorrelograms of a population that memory does not hold are the same as
// those of a small one.
func TestPopulationsLargerThanMemory(t *testing.T) {
	const n, distinct = 68, 5
	const times = heldInMemory/(8*n*n*distinct) + 1 // the rows alone fill memory
	maps := make([]float64, distinct*n*n)
	for i := range maps {
		maps[i] = float64((i*i + i/n*7) % 97)
	}
	one := ratemapRows(t, maps, n, npy.Float64, nil)
	score := func(input []byte) npy.Rows {
		out, stderr, status := run(input, "--threads", "2")
		if status != 0 {
			t.Fatal(stderr)
		}
		rows, _ := npytest.Read(t, out)
		return rows
	}
	want, got := score(one), score(bytes.Repeat(one, times))
	if got.Len() != distinct*times {
		t.Fatalf("%d rows", got.Len())
	}
	for i := range got.Len() {
		if !bytes.Equal(got.Row(i), want.Row(i%distinct)) {
			t.Fatalf("row %d is another one", i)
		}
	}
}

// Maps of one value alone are not compared: many silent units have one.
func TestVaries(t *testing.T) {
	nan := math.NaN()
	for _, test := range []struct {
		values []float64
		want   bool
	}{
		{[]float64{1, 2, nan}, true},
		{[]float64{nan, 1, 1 + 1e-15}, true},
		{[]float64{0, 0, nan}, false},
		{[]float64{nan, nan, nan}, false},
		{nil, false},
	} {
		if got := varies(test.values); got != test.want {
			t.Errorf("%v: %v", test.values, got)
		}
	}
}
