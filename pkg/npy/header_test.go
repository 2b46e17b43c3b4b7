package npy

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"testing"
)

// dictionary is a stream that begins with a header of this text, and goes on with zeros.
func dictionary(text string) []byte {
	b := append([]byte(magic), 2, 0)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(text)+1))
	return append(append(b, text+"\n"...), make([]byte, 64)...)
}

// Headers claim sizes that no input has, and describe what cannot be. All are refused by
// name before anything of the claimed size is allocated or multiplied.
func TestHostileHeaders(t *testing.T) {
	array := func(descr, shape string) []byte {
		return dictionary("{'descr': " + descr + ", 'fortran_order': False, 'shape': " + shape + ", }")
	}
	long := dictionary("")
	binary.LittleEndian.PutUint32(long[8:], maxHeader+1)
	for _, test := range []struct {
		file []byte
		want string
	}{
		{long, "a header of 1048577 bytes; at most 1048576 are accepted"},
		{array("[('a', '<f4')]", "(-1,)"), "bad dimension -1"},
		{array("[('a', '<f4', (-3,))]", "(1,)"), "bad dimension -3"},
		{array("[('a', '<f4')]", "('1',)"), "bad dimension 1"},
		{array("[('a', '<f4')]", "(1099511627776, 1099511627776)"), "is too large"},
		{array("[('a', '|S0', (2147483648, 4294967296))]", "(1,)"), "shape (2147483648, 4294967296) is too large"},
		{array("[('a', '<f4', (1048576, 1024))]", "(1,)"), "a row of more than 1073741824 bytes"},
		{array("[('a', '|S600000000'), ('b', '|S600000000')]", "(1,)"), `field "b": a row of more than 1073741824 bytes`},
		{array("[('a', '<f4'), ('a', '<f4')]", "(1,)"), `two fields "a"`},
		{array("[('a', '<f4')]", strings.Repeat("[", 1000)), "nested too deeply"},
		{array("[('provenance', '|S67108865')]", "(1,)"), "a provenance of 67108865 bytes"},
		{array("[('provenance', '|S1')]", "(67108865,)"), "a provenance of 67108865 bytes"},
		{array("[]", "(5,)"), "rows without any data"},
		{array("[('a', '<f4')]", "(1, 1)"), "a record stream has one axis"},
		{array("'<f4'", "(1,)"), "a plain array of shape (1,) and type <f4"},
	} {
		_, err := NewReader(bytes.NewReader(test.file), "x").Next(nil, 1)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.80q: %v, want %s", test.file, err, test.want)
		}
	}
}

// A header of version 1.0 has up to 65,535 bytes.
func TestLongestHeaderOfVersion1(t *testing.T) {
	var descr strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&descr, "('%d', '|i1'), ", i)
	}
	header := appendHeader(nil, "["+descr.String()+"]", []int{0})
	if header[6] != 1 || len(header) < 0x8000 {
		t.Fatalf("version %d, %d bytes", header[6], len(header))
	}
	if d, _, err := NewReader(bytes.NewReader(header), "x").Header(); err != nil || d.Size() != 3000 {
		t.Errorf("%v, %v", d, err)
	}
}

// NumPy writes a field with a title as ((title, name), type).
func TestTitles(t *testing.T) {
	file := dictionary("{'descr': [(('Title', 'a'), '<f4'), ('b', '<f4', (2))], 'fortran_order': False, 'shape': (1,), }")
	d, _, err := NewReader(bytes.NewReader(file), "x").Header()
	if err != nil || d.String() != "[('a', '<f4'), ('b', '<f4', (2,))]" {
		t.Errorf("%v, %v", d, err)
	}
}

// Streams that are unusual and right.
func TestUnusualStreams(t *testing.T) {
	d := mustDType(t, field("a", Float32))
	chunk := func(n int) []byte {
		return append(appendHeader(nil, d.String(), []int{n}), make([]byte, 4*n)...)
	}
	var unnamed bytes.Buffer
	w := NewWriter(&unnamed, d, Provenance{})
	if err := w.Write(MakeRows(d, 3)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, stream := range map[string][]byte{
		"without provenance, an empty chunk is no end mark": bytes.Join([][]byte{chunk(2), chunk(0), chunk(1)}, nil),
		"a provenance without stages, and rows":             unnamed.Bytes(),
	} {
		r := NewReader(bytes.NewReader(stream), "x")
		rows, err := r.Next(nil, 10)
		if err != nil || rows.Len() != 3 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := r.Next(nil, 1); err != io.EOF {
			t.Errorf("%s: %v at the end", name, err)
		}
	}
}

// The provenance of several streams is that of the first.
func TestFirstProvenance(t *testing.T) {
	other := Provenance{{Tool: "targets", Version: "2"}}
	both := append(testStream(t, someProvenance, 2, 2), testStream(t, other, 2, 2)...)
	r := NewReader(bytes.NewReader(both), "x")
	if rows, err := r.Next(nil, 10); err != nil || rows.Len() != 4 {
		t.Fatal(err)
	}
	if _, p, err := r.Header(); err != nil || len(p) != 1 || p[0].Tool != "simulate" {
		t.Errorf("%v, %v", p, err)
	}
}

// A code point that does not exist reads as U+FFFD.
func TestTextOfNoCodePoint(t *testing.T) {
	c, err := mustDType(t, field("s", Unicode(4))).Scalar("s", "U")
	if err != nil {
		t.Fatal(err)
	}
	row := make([]byte, 16)
	for i, r := range []uint32{'a', 0xd800, 0xffffffff, 0x110000} {
		binary.LittleEndian.PutUint32(row[4*i:], r)
	}
	if got := c.String(row); got != "a\ufffd\ufffd\ufffd" {
		t.Errorf("%q", got)
	}
}

// An array is read in pieces of at most 1 MiB, and one whose elements are longer is
// refused.
func TestPieces(t *testing.T) {
	const n = 1<<18 + 10
	r, err := NewArrayReader(bytes.NewReader(append(appendHeader(nil, "'<f4'", []int{n}), make([]byte, 4*n)...)))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{1 << 18, 10} {
		if a, err := r.Next(n); err != nil || a.Len() != want {
			t.Fatalf("%v, %v: want %d elements", a, err, want)
		}
	}
	if _, err := r.Next(1); err != io.EOF {
		t.Errorf("%v at the end", err)
	}
	_, err = NewArrayReader(bytes.NewReader(appendHeader(nil, "'|S1048577'", []int{1})))
	if err == nil || !strings.Contains(err.Error(), "elements of type |S1048577 take 1048577 bytes; at most 1048576 are read") {
		t.Error(err)
	}
}

// A stream that lacks its end mark cannot be followed by another one.
func TestStreamAfterCutStream(t *testing.T) {
	whole := testStream(t, someProvenance, 2, 2)
	d := mustDType(t, field("a", Float32, 2), field("b", Int64))
	cut := whole[:len(whole)-len(appendHeader(nil, d.String(), []int{0}))]
	_, err := NewReader(bytes.NewReader(append(bytes.Clone(cut), whole...)), "x").Next(nil, 10)
	if err == nil || !strings.Contains(err.Error(), "x: record 2 at byte ") || !strings.Contains(err.Error(), "provenance in the middle of a stream") {
		t.Error(err)
	}
}
