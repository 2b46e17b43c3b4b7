package npy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"
)

func field(name string, t Type, shape ...int) Field { return Field{Name: name, Type: t, Shape: shape} }

func mustDType(t testing.TB, fields ...Field) *DType {
	t.Helper()
	d, err := NewDType(fields...)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// testStream is a stream of n rows in chunks of the given size.
func testStream(t testing.TB, p Provenance, n, chunk int) []byte {
	t.Helper()
	d := mustDType(t, field("a", Float32, 2), field("b", Int64))
	var out bytes.Buffer
	w := NewWriter(&out, d, p)
	a, _ := d.Floats("a", 2)
	b, _ := d.Scalar("b", "i")
	for i := 0; i < n; i += chunk {
		rows := MakeRows(d, min(chunk, n-i))
		for j := range rows.Len() {
			a.PutFloat32(rows.Row(j), []float32{float32(i + j), 0.5})
			b.PutInt(rows.Row(j), -(i + j))
		}
		if err := w.Write(rows); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var someProvenance = Provenance{{Tool: "simulate", Version: "1", Parameters: []byte(`{"env_size":2.2,"seed":1}`)}}

// readAll reads every row in batches and checks the values of testStream.
func readAll(t *testing.T, r *Reader, batch int) (int, error) {
	t.Helper()
	n := 0
	var buf []byte
	for {
		rows, err := r.Next(buf, batch)
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		a, err := rows.DType.Floats("a", 2)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := rows.DType.Scalar("b", "iu")
		for i := range rows.Len() {
			var x [2]float64
			a.Float64(x[:], rows.Row(i))
			if x != [2]float64{float64(n), 0.5} || b.Int(rows.Row(i)) != -n {
				t.Fatalf("row %d: a = %v, b = %d", n, x, b.Int(rows.Row(i)))
			}
			n++
		}
		buf = rows.Data
	}
}

func TestStreamRoundTrip(t *testing.T) {
	for _, p := range []Provenance{nil, someProvenance} {
		for _, n := range []int{0, 1, 2, 9, 10, 11, 100} {
			for _, chunk := range []int{1, 3, 10, 1000} {
				for _, batch := range []int{1, 7, 1000} {
					stream := testStream(t, p, n, chunk)
					r := NewReader(iotest.HalfReader(bytes.NewReader(stream)), "x")
					got, err := readAll(t, r, batch)
					if err != nil || got != n {
						t.Fatalf("provenance %v, %d rows by %d: read %d, %v", p != nil, n, chunk, got, err)
					}
				}
			}
		}
	}
}

// A chunk that is written in parts has the same bytes.
func TestChunkInParts(t *testing.T) {
	d := mustDType(t, field("a", Float32))
	rows := MakeRows(d, 7)
	for i := range rows.Data {
		rows.Data[i] = byte(i)
	}
	for _, p := range []Provenance{nil, {}} {
		var whole, parts bytes.Buffer
		w := NewWriter(&whole, d, p)
		check(t, w.Write(rows), w.Write(rows.Slice(0, 3)), w.Close())
		w = NewWriter(&parts, d, p)
		check(t, w.Chunk(7), w.Write(rows.Slice(0, 2)), w.Write(rows.Slice(2, 2)), w.Write(rows.Slice(2, 7)),
			w.Chunk(0), w.Chunk(3), w.Write(rows.Slice(0, 3)), w.Close())
		if !bytes.Equal(whole.Bytes(), parts.Bytes()) {
			t.Errorf("a chunk in parts: %q, want %q", parts.Bytes(), whole.Bytes())
		}
		w = NewWriter(io.Discard, d, p)
		check(t, w.Chunk(2))
		for what, err := range map[string]error{
			"too many rows": w.Write(rows), "too few rows": w.Close(), "a chunk within a chunk": w.Chunk(1),
		} {
			if err == nil {
				t.Errorf("%s: no error", what)
			}
		}
	}
}

func check(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
}

func TestProvenanceTravels(t *testing.T) {
	stage, err := NewStage("targets", "2", map[string]any{"n_pc": 256}, map[string]any{"trajectory_steps": 100})
	if err != nil {
		t.Fatal(err)
	}
	p := someProvenance.Append(stage)
	r := NewReader(bytes.NewReader(testStream(t, p, 1, 1)), "x")
	_, got, err := r.Header()
	if err != nil || !reflect.DeepEqual(got, p) {
		t.Fatalf("provenance %v, %v; want %v", got, err, p)
	}
	var size float64
	if found, err := got.Parameter("env_size", &size); !found || err != nil || size != 2.2 {
		t.Errorf("env_size = %v, %v, %v", size, found, err)
	}
	if found, err := got.Parameter("nothing", &size); found || err != nil {
		t.Errorf("nothing: %v, %v", found, err)
	}
	var steps int
	if found, err := got.Parameter("trajectory_steps", &steps); !found || err != nil || steps != 100 {
		t.Errorf("trajectory_steps, which was derived, = %v, %v, %v", steps, found, err)
	}
	var both struct {
		Cells int `json:"n_pc"`
		Steps int `json:"trajectory_steps"`
	}
	if err := got[len(got)-1].Decode(&both); err != nil || both.Cells != 256 || both.Steps != 100 {
		t.Errorf("the whole stage decodes as %+v, %v", both, err)
	}
	indented, err := json.MarshalIndent(p, "", "\t")
	var again Provenance
	if err := errors.Join(err, json.Unmarshal(indented, &again)); err != nil || !reflect.DeepEqual(again, p) {
		t.Errorf("from indented JSON: %v, %v; want %v", again, err, p)
	}
	if _, err := got.Parameter("n_pc", &[]string{}); err == nil {
		t.Error("a number read as a list of strings: no error")
	}
}

// Every cut of a marked stream is noticed, also between chunks.
func TestEveryPrefixFails(t *testing.T) {
	stream := testStream(t, someProvenance, 5, 2)
	for n := range len(stream) {
		r := NewReader(bytes.NewReader(stream[:n]), "cut")
		if _, err := readAll(t, r, 2); err == nil {
			t.Fatalf("the first %d of %d bytes: no error", n, len(stream))
		} else if !strings.Contains(err.Error(), "cut: ") {
			t.Fatalf("the first %d bytes: %q does not name the input", n, err)
		}
	}
}

// A damaged byte of a header is noticed, unless it means nothing, such as the last
// comma. Provenance and rows have no checksum. If one of their bytes is damaged, the
// result is an error or another value, but no row is lost or added.
func TestEveryCorruptByte(t *testing.T) {
	whole := testStream(t, someProvenance, 5, 2)
	provenance, rows, err := content(whole)
	if err != nil || len(rows) == 0 {
		t.Fatalf("%d bytes of rows, %v", len(rows), err)
	}
	isData := make([]bool, len(whole)) // no header
	for at := 0; at < len(whole); {
		h, n, err := readHeader(bytes.NewReader(whole[at:]))
		if err != nil {
			t.Fatal(err)
		}
		at += int(n)
		for range h.shape[0] * h.dtype.size {
			isData[at] = true
			at++
		}
	}
	// These are flipped bits, and bytes that would most likely pass unnoticed.
	others := []byte("\x00 \t\n,:'\"\\()[]{}019TLfi<>|=")
	for i := range whole {
		damages := slices.Clone(others)
		for bit := range 8 {
			damages = append(damages, whole[i]^1<<bit)
		}
		for _, x := range damages {
			if x == whole[i] {
				continue
			}
			damaged := bytes.Clone(whole)
			damaged[i] = x
			p, r, err := content(damaged)
			switch {
			case err != nil:
				var where *StreamError
				if !errors.As(err, &where) || where.Offset > int64(len(whole)) || !strings.HasPrefix(err.Error(), "damaged: record ") {
					t.Fatalf("byte %d changed from %q to %q: %v", i, whole[i], x, err)
				}
			case len(r) != len(rows), (p == provenance && bytes.Equal(r, rows)) == isData[i]:
				t.Fatalf("byte %d changed from %q to %q: %d bytes of rows, provenance %s, no error", i, whole[i], x, len(r), p)
			}
		}
	}
}

// content reads a stream's provenance and dtype, as text, and its rows.
func content(stream []byte) (provenance string, rows []byte, err error) {
	r := NewReader(bytes.NewReader(stream), "damaged")
	d, p, err := r.Header()
	if err != nil {
		return "", nil, err
	}
	for {
		batch, err := r.Next(nil, 2)
		if err == io.EOF {
			return fmt.Sprintf("%q %s", p, d), rows, nil
		}
		if err != nil {
			return "", nil, err
		}
		rows = append(rows, batch.Data...)
	}
}

// A few bytes of header can claim any number of elements of no size.
func TestElementsOfNoSize(t *testing.T) {
	a, err := ReadArray(bytes.NewReader(appendHeader(nil, "'|S0'", []int{1 << 32})))
	if err != nil {
		t.Fatal(err)
	}
	if x, err := a.Float64(); err == nil {
		t.Errorf("%d numbers", len(x))
	}
}

// The time of reading a header is proportional to its length, however many fields it
// names.
func TestManyFields(t *testing.T) {
	var descr strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&descr, "('%x','|i1'),", i)
	}
	r := NewReader(bytes.NewReader(appendHeader(nil, "["+descr.String()+"]", []int{0})), "x")
	start := time.Now()
	d, _, err := r.Header()
	if err != nil || d.Size() != 50_000 {
		t.Fatal(err)
	}
	if f, ok := d.Field("c34f"); !ok || f.offset != 0xc34f {
		t.Errorf("the last field: %+v, %v", f, ok)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestStreamsFollowEachOther(t *testing.T) {
	one, other := testStream(t, someProvenance, 3, 2), testStream(t, nil, 3, 3)
	// Count rows without checking their values: the second stream begins at 0 again.
	count := func(r *Reader) (n int, err error) {
		for {
			rows, err := r.Next(nil, 2)
			if err != nil {
				return n, err
			}
			n += rows.Len()
		}
	}
	source := func(name string, b []byte) Source {
		return Source{name, func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }}
	}
	if n, err := count(NewReaders(source("a", one), source("b", other))); n != 6 || err != io.EOF {
		t.Errorf("two inputs: %d rows, %v", n, err)
	}
	both := append(bytes.Clone(one), one...)
	if n, err := count(NewReader(bytes.NewReader(both), "x")); n != 6 || err != io.EOF {
		t.Errorf("two streams in one input: %d rows, %v", n, err)
	}
	stray := append(bytes.Clone(one), other...)
	if _, err := count(NewReader(bytes.NewReader(stray), "x")); err == nil || !strings.Contains(err.Error(), "after the end mark") {
		t.Errorf("chunks after the end mark: %v", err)
	}
	third, err := os.ReadFile("testdata/records.npy")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := count(NewReaders(source("a", one), source("b", third))); err == nil || !strings.Contains(err.Error(), "b: ") {
		t.Errorf("another dtype in the second input: %v", err)
	}
}

func TestReadsNumPyRecords(t *testing.T) {
	f, err := os.Open("testdata/records.npy")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := NewReader(f, "records.npy").Next(nil, 10)
	if err != nil || rows.Len() != 3 {
		t.Fatalf("%d rows, %v", rows.Len(), err)
	}
	pos, err := rows.DType.Floats("target_pos", -1, 2)
	if err != nil || pos.Shape[0] != 4 {
		t.Fatalf("target_pos: %v, %v", pos, err)
	}
	got := make([]float32, 8)
	pos.Float32(got, rows.Row(1))
	if got[0] != 2 || got[7] != 3.75 {
		t.Errorf("target_pos[1] = %v", got)
	}
	unit, _ := rows.DType.Scalar("unit", "i")
	layer, _ := rows.DType.Scalar("layer", "SU")
	x, _ := rows.DType.Floats("x")
	if unit.Int(rows.Row(1)) != -1 || unit.Int(rows.Row(2)) != math.MaxInt32 {
		t.Errorf("unit = %d, %d", unit.Int(rows.Row(1)), unit.Int(rows.Row(2)))
	}
	if layer.String(rows.Row(1)) != "größe" || layer.String(rows.Row(2)) != "" {
		t.Errorf("layer = %q, %q", layer.String(rows.Row(1)), layer.String(rows.Row(2)))
	}
	var v [1]float64
	if x.Float64(v[:], rows.Row(0)); !math.IsNaN(v[0]) {
		t.Errorf("x[0] = %v", v[0])
	}
}

// The writer makes the same bytes as numpy.save.
func TestWritesNumPyRecords(t *testing.T) {
	want, err := os.ReadFile("testdata/records.npy")
	if err != nil {
		t.Fatal(err)
	}
	d := mustDType(t, field("target_pos", Float32, 4, 2), field("unit", Int32), field("layer", Unicode(5)), field("x", Float64))
	rows := MakeRows(d, 3)
	pos, _ := d.Floats("target_pos", 4, 2)
	unit, _ := d.Scalar("unit", "i")
	layer, _ := d.Scalar("layer", "U")
	x, _ := d.Floats("x")
	for i := range 3 {
		row := rows.Row(i)
		values := make([]float64, 8)
		for j := range values {
			values[j] = float64(8*i+j) / 4
		}
		pos.PutFloat64(row, values)
		unit.PutInt(row, []int{7, -1, math.MaxInt32}[i])
		layer.PutString(row, []string{"lstm", "größe", ""}[i])
		x.PutFloat64(row, []float64{math.Float64frombits(0x7ff8 << 48), math.Inf(1), -0.5}[i:])
	}
	var out bytes.Buffer
	w := NewWriter(&out, d, nil)
	if err := errors.Join(w.Write(rows), w.Close()); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(normaliseHeader(out.Bytes()), normaliseHeader(want)) {
		t.Errorf("got  %q\nwant %q", out.Bytes(), want)
	}
}

// normaliseHeader drops the padding: newer NumPy versions leave room for the
// shape to grow.
func normaliseHeader(b []byte) []byte {
	end := bytes.IndexByte(b, '\n')
	text := bytes.TrimRight(b[10:end], " ")
	return append(bytes.Clone(text), b[end:]...)
}

func TestReadArray(t *testing.T) {
	open := func(name string) *Array {
		f, err := os.Open("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		a, err := ReadArray(f)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return a
	}
	got, err := open("fortran.npy").Float64()
	for i, x := range got {
		if x != float64(i) || err != nil {
			t.Fatalf("fortran.npy[%d] = %v, %v", i, x, err)
		}
	}
	half, _ := open("half.npy").Float64()
	if want := []float64{1.5, 0, math.Inf(1), math.Ldexp(1, -24), 65504}; !reflect.DeepEqual(half, want) {
		t.Errorf("half.npy = %v, want %v", half, want)
	}
	archive, err := OpenNPZ("testdata/arrays.npz")
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	first, err := member(archive, "b")
	if err != nil {
		t.Fatal(err)
	}
	second, err := member(archive, "scalar")
	if err != nil {
		t.Fatal(err)
	}
	b, _ := first.Float64()
	scalar, _ := second.Float32()
	if !reflect.DeepEqual(b, []float64{1, 0}) || !reflect.DeepEqual(scalar, []float32{2.5}) {
		t.Errorf("arrays.npz: b = %v, scalar = %v", b, scalar)
	}
}

func TestPaddedAndBigEndian(t *testing.T) {
	f, err := os.ReadFile("testdata/padded.npy")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := NewReader(bytes.NewReader(f), "padded").Next(nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	b, err := rows.DType.Floats("b")
	var v [1]float64
	b.Float64(v[:], rows.Row(1))
	if err != nil || v[0] != 0.5 || len(rows.DType.Fields()) != 2 {
		t.Errorf("b = %v, %v; fields %v", v, err, rows.DType.Fields())
	}
	f, err = os.ReadFile("testdata/big_endian.npy")
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := NewReader(bytes.NewReader(f), "big").Next(nil, 2); err != nil || rows.Len() != 2 {
		t.Errorf("big-endian: %v", err)
	}
}

func TestFieldErrors(t *testing.T) {
	d := mustDType(t, field("ego_vel", Float32, 100, 2), field("n", Int32), field("s", Bytes(3)))
	for _, test := range []struct {
		err  error
		want string
	}{
		{second(d.Floats("ego_vel", -1, 3)), `field "ego_vel": found <f4 (100, 2), wanted numbers of shape (*, 3)`},
		{second(d.Floats("target_pos", -1, 2)), `field "target_pos": found no such field (there are ego_vel, n, s), wanted numbers of shape (*, 2)`},
		{second(d.Floats("n", 2)), `field "n": found <i4, wanted numbers of shape (2,)`},
		{second(d.Floats("s")), `field "s": found |S3, whose type |S3 is not a number, wanted a number (f2, f4, f8, integers or booleans)`},
	} {
		var e *FieldError
		if !errors.As(test.err, &e) || test.err.Error() != test.want {
			t.Errorf("got %v\nwant %s", test.err, test.want)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestCopier(t *testing.T) {
	from := mustDType(t, field("a", Int32), field("b", Int32), field("c", Float64), field("d", Int32))
	to, err := from.Without("c").With(field("e", Int32))
	if err != nil {
		t.Fatal(err)
	}
	src, dst := MakeRows(from, 1), MakeRows(to, 1)
	for i, name := range []string{"a", "b", "d"} {
		c, _ := from.Scalar(name, "i")
		c.PutInt(src.Row(0), i+1)
	}
	from.Copier(to)(dst.Row(0), src.Row(0))
	for i, name := range []string{"a", "b", "d", "e"} {
		c, _ := to.Scalar(name, "i")
		if got, want := c.Int(dst.Row(0)), (i+1)%4; got != want {
			t.Errorf("%s = %d, want %d", name, got, want)
		}
	}
}

// A header may claim any size. Memory grows only with the data that arrive.
func TestClaimsDoNotAllocate(t *testing.T) {
	header := appendHeader(nil, "[('a', '<f4', (100000000,))]", []int{1 << 40})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := NewReader(bytes.NewReader(append(header, make([]byte, 1000)...)), "x").Next(nil, 10)
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; err == nil || grown > 4<<20 {
		t.Errorf("%v after allocating %d bytes for an input of 1 kB", err, grown)
	}
}

func TestPrefetch(t *testing.T) {
	r := NewReader(bytes.NewReader(testStream(t, someProvenance, 25, 4)), "x")
	p := Prefetch(context.Background(), r, 10, 2)
	var sizes []int
	for {
		rows, err := p.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, rows.Len())
	}
	if !reflect.DeepEqual(sizes, []int{10, 10, 5}) {
		t.Errorf("batches of %v rows", sizes)
	}
	if _, err := p.Next(); err != io.EOF {
		t.Errorf("after the end: %v", err)
	}
}

func TestPrefetchStopsWaiting(t *testing.T) {
	silent, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithCancelCause(context.Background())
	p := Prefetch(ctx, NewReader(silent, "x"), 10, 2)
	why := errors.New("interrupted")
	go cancel(why)
	if _, err := p.Next(); !errors.Is(err, why) {
		t.Errorf("cancelled: %v", err)
	}
}

func ExampleReader() {
	d, _ := NewDType(Field{Name: "target_pos", Type: Float32, Shape: []int{2, 2}})
	position, _ := d.Floats("target_pos", -1, 2)
	rows := MakeRows(d, 1)
	position.PutFloat32(rows.Row(0), []float32{0.25, -1, 0.5, -0.75})

	var stream bytes.Buffer
	stage, _ := NewStage("example", "1", map[string]any{"env_size": 2.2}, nil)
	w := NewWriter(&stream, d, Provenance{stage})
	w.Write(rows)
	w.Close()

	r := NewReader(&stream, "stream")
	for {
		rows, err := r.Next(nil, 10)
		if err != nil {
			fmt.Println(err)
			return
		}
		column, _ := rows.DType.Floats("target_pos", -1, 2)
		x := make([]float32, column.Len())
		column.Float32(x, rows.Row(0))
		fmt.Println(rows.DType, x)
	}
	// Output:
	// [('target_pos', '<f4', (2, 2))] [0.25 -1 0.5 -0.75]
	// EOF
}

func FuzzReader(f *testing.F) {
	for _, name := range []string{"records.npy", "padded.npy", "big_endian.npy", "kinds.npy", "latin1.npy", "utf8.npy", "objects.npy"} {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add(testStream(f, nil, 3, 2))
	f.Add(testStream(f, someProvenance, 3, 2))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := NewReader(bytes.NewReader(b), "fuzz")
		var buf []byte
		for {
			rows, err := r.Next(buf, 3)
			if err != nil {
				return
			}
			if rows.Len() == 0 || len(rows.Data) > len(b) || cap(rows.Data) > 2*len(b)+1<<20 {
				t.Fatalf("%d rows, %d bytes in %d from an input of %d", rows.Len(), len(rows.Data), cap(rows.Data), len(b))
			}
			buf = rows.Data
		}
	})
}

func FuzzReadArray(f *testing.F) {
	for _, name := range []string{"fortran.npy", "half.npy"} {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := ReadArray(bytes.NewReader(b))
		if err != nil {
			return
		}
		x, err := a.Float64()
		if err == nil && len(x) != a.Len() {
			t.Fatalf("%d elements, shape %v", len(x), a.Shape)
		}
		b2, err := ReadArray(bytes.NewReader(encoded(a)))
		if err != nil || !bytes.Equal(b2.Data, a.Data) {
			t.Fatalf("round trip: %v", err)
		}
	})
}

// A header that is understood is written again with the same meaning.
func FuzzHeader(f *testing.F) {
	f.Add("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }   \n")
	f.Add("{'descr': [('a', '<f8', (2,)), ('', '|V4'), ('b\\'', '<U3')], 'fortran_order': False, 'shape': (0,), }\n")
	f.Add("{\"shape\": (7L,), 'descr': [(('title', 'x'), '|i1', 3)], 'fortran_order': True}\n")
	f.Add("{'descr': [('a', [('b', '>f8', (2,)), ('c\\x85\\'', '<M8[25us]')]), ('µ', '<V2')], 'fortran_order': False, 'shape': (0,), }\n")
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return // readHeader decodes the text first
		}
		h, err := parseHeader(text)
		if err != nil {
			return
		}
		descr := h.typ.literal()
		if h.dtype != nil {
			descr = h.dtype.String()
		}
		again, _, err := readHeader(bytes.NewReader(appendHeader(nil, descr, h.shape)))
		if err != nil {
			t.Fatalf("%q written as %s %v: %v", text, descr, h.shape, err)
		}
		same := again.typ == h.typ && slices.Equal(again.shape, h.shape) && (again.dtype == nil) == (h.dtype == nil)
		if !same || h.dtype != nil && !again.dtype.Equal(h.dtype) {
			t.Fatalf("%q: %s %v became %s %v", text, descr, h.shape, again.dtype, again.shape)
		}
	})
}

// Provenance that is understood is passed on with the same meaning.
func FuzzProvenance(f *testing.F) {
	for _, s := range someProvenance {
		line, err := json.Marshal(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(line)
	}
	f.Add([]byte(`{"tool":"a","version":"","parameters":{"skip":7,"env_size":1e300}}`))
	f.Add([]byte(`{"tool":"\u0000","Tool":"b","version":"1","parameters":[null]}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		d := mustDType(t, Field{Name: provenanceField, Type: Bytes(max(1, len(line)))})
		rows := MakeRows(d, 1)
		copy(rows.Row(0), line)
		p, err := parseProvenance(rows)
		if err != nil {
			return
		}
		var size float64
		p.Parameter("env_size", &size)
		written, err := p.rows()
		if err != nil {
			t.Fatalf("%q cannot be passed on: %v", line, err)
		}
		again, err := parseProvenance(written)
		if err != nil {
			t.Fatalf("%q was passed on as %q: %v", line, written.Data, err)
		}
		var wanted, got any
		json.Unmarshal(p[0].Parameters, &wanted)
		json.Unmarshal(again[0].Parameters, &got)
		if again[0].Tool != p[0].Tool || again[0].Version != p[0].Version || !reflect.DeepEqual(got, wanted) {
			t.Fatalf("%q became %q", line, written.Data)
		}
	})
}

func BenchmarkReader(b *testing.B) {
	d := mustDType(b, field("place_target", Float32, 100, 256))
	var out bytes.Buffer
	w := NewWriter(&out, d, nil)
	for range 10 {
		w.Write(MakeRows(d, 10))
	}
	dst := make([]float32, 100*256)
	column, _ := d.Floats("place_target", 100, 256)
	b.SetBytes(int64(out.Len()))
	var buf []byte
	for b.Loop() {
		r := NewReader(bytes.NewReader(out.Bytes()), "x")
		for {
			rows, err := r.Next(buf, 10)
			if err != nil {
				break
			}
			for i := range rows.Len() {
				column.Float32(dst, rows.Row(i))
			}
			buf = rows.Data
		}
	}
}

// A view is memory of the row, if the elements lie there as float32s.
func TestView(t *testing.T) {
	d, err := NewDType(Field{Name: "a", Type: Float32, Shape: []int{2}}, Field{Name: "b", Type: Float64},
		Field{Name: "c", Type: Type{Kind: 'S', Size: 3}}, Field{Name: "d", Type: Float32})
	if err != nil {
		t.Fatal(err)
	}
	rows := MakeRows(d, 1)
	for name, want := range map[string]bool{"a": littleEndian, "b": false, "d": false} { // d is not aligned
		f, _ := d.Field(name)
		column := Column{Field: f}
		view, ok := column.View(rows.Row(0))
		if ok != want {
			t.Errorf("view of %s: %v", name, ok)
		}
		if ok {
			view[1] = 7
			got := make([]float32, 2)
			if column.Float32(got, rows.Row(0)); got[1] != 7 {
				t.Errorf("%s holds %v", name, got)
			}
		}
	}
}

// Chunks repeat their header. A header that differs from the one before is not taken for it.
func TestHeadersRepeat(t *testing.T) {
	dtype, err := NewDType(Field{Name: "x", Type: Float32, Shape: []int{2}})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := NewWriter(&b, dtype, nil)
	counts := []int{3, 3, 4, 3, 1}
	for _, n := range counts {
		if err := w.Write(MakeRows(dtype, n)); err != nil {
			t.Fatal(err)
		}
	}
	b.WriteString("\x93NUMPY\x01\x00\x10\x00{'descr': 'oops'")
	var all headers
	var last *header
	for i, n := range counts {
		h, _, err := all.read(&b)
		if err != nil || h.shape[0] != n || (h == last) != (i == 1) {
			t.Fatalf("chunk %d: %+v, %v; want %d rows", i, h, err, n)
		}
		last = h
		b.Next(n * dtype.Size())
	}
	if h, _, err := all.read(&b); err == nil {
		t.Errorf("a bad header passes as %+v", h)
	}
}
