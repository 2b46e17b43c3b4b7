package npy

import (
	"bytes"
	"errors"
	"io"
	"math"
	"slices"
	"testing"
)

func TestCheckRow(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(-1)
	d := mustDType(t, field("a", Float32, 2, 3), field("b", Float64), field("\x1bn", Float64, 2), field("i", Int32))
	for _, test := range []struct {
		field string
		at    int
		value float64
		want  string
	}{
		{"a", 0, 1, ""},
		{"a", 5, nan, "a[1, 2] is NaN; a finite number is needed"},
		{"a", 2, inf, "a[0, 2] is infinite; a finite number is needed"},
		{"b", 0, inf, "b is infinite; a finite number is needed"},
		{"\x1bn", 1, nan, `\x1bn[1] is NaN; a finite number is needed`},
		{"b", 0, math.MaxFloat64, ""},
		{"i", 0, 0, ""},
	} {
		row := MakeRows(d, 1).Row(0)
		c, err := d.Floats(test.field, shapeOf(d, test.field)...)
		if err != nil {
			t.Fatal(err)
		}
		if c.Type != Int32 {
			x := make([]float64, c.Len())
			x[test.at] = test.value
			c.PutFloat64(row, x)
		}
		err = c.CheckRow(row)
		if (err == nil) != (test.want == "") || err != nil && err.Error() != test.want {
			t.Errorf("%q: %v, want %s", test.field, err, test.want)
		}
		var what *NotFiniteError
		if err != nil && (!errors.As(err, &what) || what.Field != test.field) {
			t.Errorf("%#v", err)
		}
	}
	half := readRows(t, readTestdata(t, "kinds.npy"))
	c, err := half.DType.Floats("half", 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	half.Row(1)[c.offset+5] = 0x7e
	if err := c.CheckRow(half.Row(1)); err == nil || err.Error() != "half[1, 0] is NaN; a finite number is needed" {
		t.Error(err)
	}
}

// A row of any length is searched in blocks, and what is left of it by itself.
func TestCheckLongRows(t *testing.T) {
	finite := []float32{0, -1, math.MaxFloat32, -math.MaxFloat32, math.SmallestNonzeroFloat32, 1e-40}
	for n := range 40 {
		c, err := mustDType(t, field("before", Float32), field("x", Float32, n)).Floats("x", n)
		if err != nil {
			t.Fatal(err)
		}
		x, row := make([]float32, n), make([]byte, 4+4*n)
		for i := range x {
			x[i] = finite[i%len(finite)]
		}
		c.PutFloat32(row, x)
		if err := c.CheckRow(row); err != nil {
			t.Errorf("%d finite numbers: %v", n, err)
		}
		for i := range x {
			for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
				y := slices.Clone(x)
				y[i] = float32(bad)
				c.PutFloat32(row, y)
				var e *NotFiniteError
				if err := c.CheckRow(row); !errors.As(err, &e) || !slices.Equal(e.Index, []int{i}) {
					t.Errorf("%v at %d of %d: %v", bad, i, n, err)
				}
			}
		}
	}
}

func shapeOf(d *DType, name string) []int {
	f, _ := d.Field(name)
	return f.Shape
}

// A record is named by its input and its number there.
func TestLocate(t *testing.T) {
	stream := testStream(t, nil, 3, 2)
	source := func(name string) Source {
		return Source{name, func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(stream)), nil }}
	}
	r := NewReaders(source("a.npy"), source("b.npy"))
	if n, err := r.Next(nil, 100); n.Len() != 6 || err != nil {
		t.Fatal(n.Len(), err)
	}
	cause := errors.New("why")
	for record, want := range map[int64]string{0: "a.npy: record 0: why", 2: "a.npy: record 2: why", 3: "b.npy: record 0: why", 5: "b.npy: record 2: why"} {
		if err := r.Locate(&RecordError{record, cause}); err.Error() != want || !errors.Is(err, cause) {
			t.Errorf("record %d: %v, want %s", record, err, want)
		}
	}
	if err := r.Locate(cause); err != cause {
		t.Errorf("an error about no record: %v", err)
	}
}
