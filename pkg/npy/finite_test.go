package npy

import (
	"bytes"
	"errors"
	"io"
	"math"
	"testing"
)

func TestCheckFinite(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(-1)
	d := mustDType(t, field("a", Float32, 2, 3), field("b", Float64), field("\x1bn", Float64, 2), field("i", Int32))
	for _, test := range []struct {
		field string
		at    int
		value float64
		want  string
	}{
		{"a", 0, 1, ""},
		{"a", 5, nan, "record 11: a[1, 2] is NaN; a finite number is needed"},
		{"a", 2, inf, "record 11: a[0, 2] is infinite; a finite number is needed"},
		{"b", 0, inf, "record 11: b is infinite; a finite number is needed"},
		{"\x1bn", 1, nan, `record 11: \x1bn[1] is NaN; a finite number is needed`},
		{"b", 0, math.MaxFloat64, ""},
		{"i", 0, 0, ""},
	} {
		rows := MakeRows(d, 2)
		c, err := d.Floats(test.field, shapeOf(d, test.field)...)
		if err != nil {
			t.Fatal(err)
		}
		if c.Type != Int32 {
			x := make([]float64, c.Len())
			x[test.at] = test.value
			c.PutFloat64(rows.Row(1), x)
		}
		err = c.CheckFinite(rows, 10)
		if (err == nil) != (test.want == "") || err != nil && err.Error() != test.want {
			t.Errorf("%q: %v, want %s", test.field, err, test.want)
		}
		var where *RecordError
		var what *NotFiniteError
		if err != nil && (!errors.As(err, &where) || !errors.As(err, &what) || where.Record != 11 || what.Field != test.field) {
			t.Errorf("%#v", err)
		}
	}
	half := readRows(t, readTestdata(t, "kinds.npy"))
	c, err := half.DType.Floats("half", 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	half.Row(1)[c.offset+5] = 0x7e
	if err := c.CheckFinite(half, 0); err == nil || err.Error() != "record 1: half[1, 0] is NaN; a finite number is needed" {
		t.Error(err)
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
