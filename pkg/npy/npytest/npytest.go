// Package npytest makes record streams and reads them back, for tests.
package npytest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"testing"

	"gridcells/pkg/npy"
)

// Write returns a stream of the rows.
func Write(t testing.TB, rows npy.Rows, p npy.Provenance) []byte {
	t.Helper()
	var b bytes.Buffer
	w := npy.NewWriter(&b, rows.DType, p)
	if err := errors.Join(w.Write(rows), w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Provenance makes stages of pairs of a tool and its parameters, a JSON object.
func Provenance(pairs ...string) npy.Provenance {
	var p npy.Provenance
	for i := 0; i < len(pairs); i += 2 {
		p = append(p, npy.Stage{Tool: pairs[i], Version: "1", Parameters: json.RawMessage(pairs[i+1])})
	}
	return p
}

// Leaving is the end of a pipe whose reader leaves after this number of bytes.
type Leaving int

// Write fails when the reader has left.
func (l *Leaving) Write(p []byte) (int, error) {
	if *l -= Leaving(len(p)); *l < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

// Read reads a whole stream of at most a million rows.
func Read(t testing.TB, stream []byte) (npy.Rows, npy.Provenance) {
	t.Helper()
	r := npy.NewReader(bytes.NewReader(stream), "output")
	d, p, err := r.Header()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := r.Next(nil, 1<<20)
	if err == io.EOF {
		return npy.MakeRows(d, 0), p
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(nil, 1); err != io.EOF {
		t.Fatalf("after the last row: %v", err)
	}
	return rows, p
}

// Column returns the column of a name.
func Column(t testing.TB, rows npy.Rows, name string) npy.Column {
	t.Helper()
	f, ok := rows.DType.Field(name)
	if !ok {
		t.Fatalf("no field %s in %s", name, rows.DType)
	}
	return npy.Column{Field: f}
}

// Floats returns the values of a field in row i.
func Floats(t testing.TB, rows npy.Rows, name string, i int) []float64 {
	t.Helper()
	c := Column(t, rows, name)
	v := make([]float64, c.Len())
	c.Float64(v, rows.Row(i))
	return v
}

// Golden returns the arrays of an NPZ archive as float64, by name.
func Golden(t testing.TB, path string) map[string][]float64 {
	t.Helper()
	arrays, err := ReadNPZ(path)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string][]float64{}
	for name, a := range arrays {
		if values[name], err = a.Float64(); err != nil {
			t.Fatalf("%s: %s: %v", path, name, err)
		}
	}
	return values
}
