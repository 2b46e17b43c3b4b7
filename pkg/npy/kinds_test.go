package npy

import (
	"bytes"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
)

func readTestdata(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// readRows reads all rows of a stream.
func readRows(t testing.TB, stream []byte) Rows {
	t.Helper()
	rows, err := NewReader(bytes.NewReader(stream), "stream").Next(nil, 100)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// Fields of all types that NumPy writes pass through a tool that adds a field
// and drops another one.
func TestAllKindsPassThrough(t *testing.T) {
	file := readTestdata(t, "kinds.npy")
	rows := readRows(t, file)
	d := rows.DType
	var out bytes.Buffer
	w := NewWriter(&out, d, nil)
	if err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(normaliseHeader(out.Bytes()), normaliseHeader(file)) {
		t.Errorf("got  %q\nwant %q", out.Bytes(), file)
	}

	added, err := d.Without("z").With(field("new", Float64))
	if err != nil {
		t.Fatal(err)
	}
	copied := MakeRows(added, rows.Len())
	copier := d.Copier(added)
	for i := range rows.Len() {
		copier(copied.Row(i), rows.Row(i))
	}
	for _, f := range d.Fields() {
		g, ok := added.Field(f.Name)
		if !ok && f.Name == "z" {
			continue
		}
		for i := range rows.Len() {
			want := rows.Row(i)[f.offset : f.offset+f.Size()]
			if got := copied.Row(i)[g.offset : g.offset+g.Size()]; !bytes.Equal(got, want) || f.Type != g.Type {
				t.Errorf("row %d: %s %v = %x became %v %x", i, f.Name, f.Type, want, g.Type, got)
			}
		}
	}
}

// Every numeric type can be read as floats, of either byte order; other types
// are errors that name the type.
func TestFloatsOfAllKinds(t *testing.T) {
	rows := readRows(t, readTestdata(t, "kinds.npy"))
	for _, test := range []struct {
		name  string
		shape []int
		row   int
		want  []float64
	}{
		{"x", []int{2}, 1, []float64{2, 3}},
		{"half", []int{2, -1}, 2, []float64{1, 1.125, 1.25, 1.375}},
		{"big", []int{3}, 1, []float64{2.5, 3.5, 4.5}},
		{"yes", []int{2}, 0, []float64{1, 0}},
		{"count", nil, 1, []float64{65535}},
		{"signed", nil, 0, []float64{-128}},
		{"big_count", nil, 0, []float64{-2}},
		{"big_count", nil, 2, []float64{1 << 40}},
	} {
		c, err := rows.DType.Floats(test.name, test.shape...)
		if err != nil {
			t.Error(err)
			continue
		}
		single, double := make([]float32, c.Len()), make([]float64, c.Len())
		c.Float32(single, rows.Row(test.row))
		c.Float64(double, rows.Row(test.row))
		for i, x := range single {
			if float64(x) != double[i] {
				t.Errorf("%s: %v in single precision, %v in double", test.name, single, double)
			}
		}
		if !reflect.DeepEqual(double, test.want) {
			t.Errorf("%s[%d] = %v, want %v", test.name, test.row, double, test.want)
		}
	}
	for name, want := range map[string]string{
		"when":   "type <M8[ns] is not a number",
		"z":      "type <c16 is not a number",
		"raw":    "type |V3 is not a number",
		"nested": "type [('a', '<i2'), ('b', [('c', '>f8'), ('d', '|S2')], (2,))] is not a number",
		"long":   "type <f16 is not a number",
		"name":   "type <U3 is not a number",
	} {
		if _, err := rows.DType.Floats(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
		if _, err := rows.DType.Scalar(name, "fiuMVc"); err == nil {
			t.Errorf("%s is a scalar number", name)
		}
	}
	text, err := rows.DType.Scalar("bigtext", "U")
	if err != nil || text.String(rows.Row(0)) != "µV" || text.String(rows.Row(1)) != "格子" {
		t.Errorf("big-endian text: %q, %q, %v", text.String(rows.Row(0)), text.String(rows.Row(1)), err)
	}
	n, err := rows.DType.Scalar("big_count", "i")
	if err != nil || n.Int(rows.Row(0)) != -2 {
		t.Errorf("big-endian integer: %d, %v", n.Int(rows.Row(0)), err)
	}
}

func TestPythonObjectsAreRefused(t *testing.T) {
	_, _, err := NewReader(bytes.NewReader(readTestdata(t, "objects.npy")), "objects.npy").Header()
	if err == nil || !strings.Contains(err.Error(), `objects.npy: record 0 at byte 128: header: field "meta": type O holds Python objects`) {
		t.Error(err)
	}
}

// Names in headers of versions 1.0 and 2.0 are Latin-1, of version 3.0 UTF-8.
// They are written as NumPy writes them.
func TestFieldNames(t *testing.T) {
	long := NewWriter(io.Discard, mustDType(t, field(strings.Repeat("µ", 70_000), Float32)), nil)
	version2 := appendHeader(nil, long.descr, []int{1})
	if version2[6] != 2 {
		t.Errorf("a long header of version %d", version2[6])
	}
	for _, test := range []struct {
		file  []byte
		names []string
	}{
		{readTestdata(t, "latin1.npy"), []string{"µV", "Größe\t'\u0085"}},
		{readTestdata(t, "utf8.npy"), []string{"格子", "µV"}},
		{append(version2, 0, 0, 0, 0), []string{strings.Repeat("µ", 70_000)}},
	} {
		rows := readRows(t, test.file)
		var names []string
		for _, f := range rows.DType.Fields() {
			names = append(names, f.Name)
		}
		if !reflect.DeepEqual(names, test.names) {
			t.Errorf("names %.40q, want %.40q", names, test.names)
		}
		var out bytes.Buffer
		w := NewWriter(&out, rows.DType, nil)
		if err := w.Write(rows); err != nil {
			t.Fatal(err)
		}
		if out.Bytes()[6] != test.file[6] {
			t.Errorf("version %d was written as %d", test.file[6], out.Bytes()[6])
		}
		if again := readRows(t, out.Bytes()); !again.DType.Equal(rows.DType) {
			t.Errorf("%s was written as %s", rows.DType, again.DType)
		}
	}
	invalid := bytes.Replace(readTestdata(t, "utf8.npy"), []byte("µ"), []byte("\xb5V"), 1)
	if _, _, err := NewReader(bytes.NewReader(invalid), "x").Header(); err == nil || !strings.Contains(err.Error(), "not UTF-8") {
		t.Errorf("version 3.0 in Latin-1: %v", err)
	}
}

func TestTypes(t *testing.T) {
	for _, s := range []string{"<f2", "<f4", "<f8", "<f12", "<f16", "<c8", "<c24", "<c32", "|b1", "|i1", "|u1", "<u8", "|S0", "|S12", "<U7", "|V5", "<V2",
		"<M8", "<M8[ns]", "<M8[25s]", "<m8[D]", ">M8[Y]", ">i2", ">U3", "<m8[generic]"} {
		got, err := parseType(s)
		if err != nil || got.String() != s {
			t.Errorf("%s is read as %s, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "<", "f", "<f3", "<f4[ns]", "<M8[", "<M8[]", "<M8[ns", "<M8[xx]", "<M8ns]", "<M4[ns]", "|f4", "<S3", ">S3", ">V3", "<i16",
		"<q8", "<f-4", "<f+4", "<f 4", "<U99999999999", "|S4294967295", "|O", "O8", "|T16", "=f4", "<M8['ns]", "<f4\n"} {
		if got, err := parseType(s); err == nil {
			t.Errorf("%q is read as %s", s, got)
		}
	}
}
