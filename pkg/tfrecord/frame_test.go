package tfrecord

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

func frames(payloads ...string) []byte {
	var b []byte
	for _, p := range payloads {
		b = AppendRecord(b, []byte(p))
	}
	return b
}

// claim is the header of a record of this length.
func claim(length uint64) []byte {
	b := binary.LittleEndian.AppendUint64(nil, length)
	return binary.LittleEndian.AppendUint32(b, Checksum(b))
}

func readAll(r io.Reader, o Options) (records []string, rd *Reader) {
	rd = NewReader(r, "f", o)
	rd.buf = make([]byte, 4096) // smaller than its own, for many short tests
	for rd.Next() {
		records = append(records, string(rd.Record()))
	}
	return records, rd
}

// The vectors of RFC 3720, appendix B.4, and a length that TensorFlow wrote.
func TestChecksum(t *testing.T) {
	mask := func(c uint32) uint32 { return (c>>15 | c<<17) + 0xa282ead8 }
	ascending := make([]byte, 32)
	for i := range ascending {
		ascending[i] = byte(i)
	}
	tests := []struct {
		in   []byte
		want uint32
	}{
		{make([]byte, 32), mask(0x8a9136aa)},
		{ascending, mask(0x46dd794e)},
		{[]byte{24, 0, 0, 0, 0, 0, 0, 0}, 0x224b7fa3},
	}
	for _, test := range tests {
		if c := Checksum(test.in); c != test.want {
			t.Errorf("checksum of % x = %#x, want %#x", test.in, c, test.want)
		}
	}
}

func TestReadsTensorFlowsOwnFile(t *testing.T) {
	const path = "../../../shared/data/tensorboard_events.tfrecord"
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		t.Skip("no sample written by TensorFlow beside the checkout")
	}
	records, r := readAll(bytes.NewReader(data), Options{})
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	if len(records) == 0 || !strings.Contains(records[0], "brain.Event:2") {
		t.Errorf("%d records, the first %q", len(records), records[0])
	}
	if again := frames(records...); !bytes.Equal(again, data) {
		t.Error("writing the records again gives other bytes")
	}
}

func TestReader(t *testing.T) {
	long := strings.Repeat("x", 3*bufferSize)
	good := frames("a", "", "ccc")
	badLength := frames("a", "bb", "ccc")
	badLength[17+3] ^= 1
	badPayload := frames("a", "bb", "ccc")
	badPayload[17+12] ^= 1
	tests := []struct {
		name    string
		in      []byte
		options Options
		want    []string
		err     string
		skipped int64
	}{
		{name: "empty"},
		{name: "good", in: good, want: []string{"a", "", "ccc"}},
		{name: "longer than the buffer", in: frames("a", long, "b"), want: []string{"a", long, "b"}},
		{name: "torn length", in: good[:len(good)-10], want: []string{"a", ""}, err: "f: record 2 at byte 33: file ends after 9 of 12 bytes"},
		{name: "torn payload", in: good[:len(good)-5], want: []string{"a", ""}, err: "f: record 2 at byte 33: file ends after 14 of 19 bytes: unexpected EOF"},
		{name: "length", in: badLength, want: []string{"a"}, err: "f: record 1 at byte 17: checksum of the length"},
		{name: "payload", in: badPayload, want: []string{"a"}, err: "f: record 1 at byte 17: checksum of the data"},
		{name: "limit", in: frames("aaa", "bbbb"), options: Options{MaxLength: 3}, want: []string{"aaa"}, err: "length 4 exceeds the limit of 3 bytes"},
		{name: "text", in: []byte("init_pos,init_hd\n"), err: "not a TFRecord file"},
		{name: "skip length", in: badLength, options: Options{SkipCorrupt: true}, want: []string{"a", "ccc"}, skipped: 1},
		{name: "skip payload", in: badPayload, options: Options{SkipCorrupt: true}, want: []string{"a", "ccc"}, skipped: 1},
		{name: "skip torn", in: good[:len(good)-5], options: Options{SkipCorrupt: true}, want: []string{"a", ""}, skipped: 1},
		{name: "skip text", in: []byte("init_pos,init_hd\n"), options: Options{SkipCorrupt: true}, skipped: 1},
		{name: "skip damaged record that holds a record", in: damage(frames("a", string(frames("inner")), "c"), 17+12), options: Options{SkipCorrupt: true},
			want: []string{"a", "c"}, skipped: 1},
		{name: "skip a lost byte", in: append(frames("a", "bbbb")[:17+13], append(frames("bbbb")[14:], frames("c")...)...), options: Options{SkipCorrupt: true},
			want: []string{"a", "c"}, skipped: 1},
		{name: "default limit", in: claim(256<<20 + 1), err: "length 268435457 exceeds the limit of 268435456 bytes"},
		{name: "skip what follows the last record, too", in: append(damage(frames("a", "b"), 17+12), "stray"...), options: Options{SkipCorrupt: true},
			want: []string{"a"}, skipped: 1},
		{name: "skip at the end", in: damage(frames("a", "b"), 17+12), options: Options{SkipCorrupt: true}, want: []string{"a"}, skipped: 1},
	}
	for _, test := range tests {
		for how, wrap := range map[string]func(io.Reader) io.Reader{
			"at once": func(r io.Reader) io.Reader { return r }, "by bytes": iotest.OneByteReader,
			"by halves": iotest.HalfReader, "error with data": iotest.DataErrReader,
		} {
			if how == "by bytes" && len(test.in) > bufferSize {
				continue
			}
			got, r := readAll(wrap(bytes.NewReader(test.in)), test.options)
			if fmt.Sprint(got) != fmt.Sprint(test.want) {
				t.Errorf("%s, %s: records %.80q", test.name, how, got)
			}
			if (r.Err() == nil) != (test.err == "") || r.Err() != nil && !strings.Contains(r.Err().Error(), test.err) {
				t.Errorf("%s, %s: error %v, want %s", test.name, how, r.Err(), test.err)
			}
			if n, _ := r.Skipped(); n != test.skipped {
				t.Errorf("%s, %s: skipped %d, want %d", test.name, how, n, test.skipped)
			}
		}
	}
}

func damage(b []byte, at int) []byte {
	b[at] ^= 0x40
	return b
}

func TestPlaces(t *testing.T) {
	r := NewReader(bytes.NewReader(frames("a", "bb", "c")), "f", Options{})
	want := []int64{0, 17, 35}
	for i := range want {
		if !r.Next() || r.Index() != int64(i) || r.Offset() != want[i] {
			t.Errorf("record %d at %d, want %d at %d", r.Index(), r.Offset(), i, want[i])
		}
	}
	if err := r.Locate(io.ErrNoProgress); err.Error() != "f: record 2 at byte 35: "+io.ErrNoProgress.Error() {
		t.Error(err)
	}
}

// A failing disk is not damage of the file. It is never skipped.
func TestDeviceErrors(t *testing.T) {
	broken := errors.New("disk on fire")
	for _, skip := range []bool{false, true} {
		in := io.MultiReader(bytes.NewReader(frames("a", "b")[:20]), iotest.ErrReader(broken))
		records, r := readAll(in, Options{SkipCorrupt: skip})
		var corrupt *CorruptError
		if len(records) != 1 || !errors.Is(r.Err(), broken) || errors.As(r.Err(), &corrupt) {
			t.Errorf("skip %v: %q, %v", skip, records, r.Err())
		}
	}
}

// A source that gives neither bytes nor an error is given up.
func TestNoProgress(t *testing.T) {
	nothing := readerFunc(func([]byte) (int, error) { return 0, nil })
	for _, skip := range []bool{false, true} {
		records, r := readAll(io.MultiReader(bytes.NewReader(frames("a")), nothing), Options{SkipCorrupt: skip})
		if len(records) != 1 || !errors.Is(r.Err(), io.ErrNoProgress) {
			t.Errorf("skip %v: %q, %v", skip, records, r.Err())
		}
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestEveryPrefixFails(t *testing.T) {
	whole := frames("first", "", "third")
	ends := map[int]bool{0: true, 21: true, 37: true, len(whole): true}
	for n := range whole {
		_, r := readAll(bytes.NewReader(whole[:n]), Options{})
		if ends[n] != (r.Err() == nil) {
			t.Errorf("prefix of %d bytes: %v", n, r.Err())
		}
		if r.Err() != nil && (!errors.Is(r.Err(), io.ErrUnexpectedEOF) || !isAt(r.Err(), n)) {
			t.Errorf("prefix of %d bytes: %v is not a torn record", n, r.Err())
		}
	}
}

// isAt tells whether an error names the record of frames("first", "", "third")
// that has byte n.
func isAt(err error, n int) bool {
	want := CorruptError{File: "f"}
	for i, start := range []int64{0, 21, 37} {
		if int64(n) >= start {
			want.Record, want.Offset = int64(i), start
		}
	}
	var got *CorruptError
	return errors.As(err, &got) && got.File == want.File && got.Record == want.Record && got.Offset == want.Offset &&
		strings.HasPrefix(err.Error(), fmt.Sprintf("f: record %d at byte %d: ", want.Record, want.Offset))
}

func TestEveryCorruptByteFails(t *testing.T) {
	whole := frames("first", "", "third")
	for i := range whole {
		for x := 1; x < 256; x++ {
			b := bytes.Clone(whole)
			b[i] ^= byte(x)
			if _, r := readAll(bytes.NewReader(b), Options{}); !isAt(r.Err(), i) {
				t.Fatalf("byte %d changed by %#x: %v", i, x, r.Err())
			}
			records, r := readAll(bytes.NewReader(b), Options{SkipCorrupt: true})
			if n, _ := r.Skipped(); r.Err() != nil || n != 1 || len(records) != 2 {
				t.Fatalf("byte %d changed by %#x: skipped %d, %q, %v", i, x, n, records, r.Err())
			}
		}
	}
}

func compress(t testing.TB, kind string, b []byte) []byte {
	var out bytes.Buffer
	var w io.WriteCloser
	switch kind {
	case "gzip":
		w = gzip.NewWriter(&out)
	case "zlib":
		w = zlib.NewWriter(&out)
	case "zstd":
		w, _ = zstd.NewWriter(&out)
	}
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestCompressedFiles(t *testing.T) {
	payloads := []string{"first", "", strings.Repeat("third ", 3000)}
	for _, kind := range []string{"gzip", "zlib", "zstd"} {
		whole := compress(t, kind, frames(payloads...))
		got, r := readAll(bytes.NewReader(whole), Options{})
		if fmt.Sprint(got) != fmt.Sprint(payloads) || r.Err() != nil {
			t.Errorf("%s: %d records, %v", kind, len(got), r.Err())
		}
		if got, r := readAll(bytes.NewReader(compress(t, kind, nil)), Options{}); len(got) > 0 || r.Err() != nil {
			t.Errorf("%s: empty file: %v", kind, r.Err())
		}
		for n := 1; n < len(whole); n++ {
			if _, r := readAll(bytes.NewReader(whole[:n]), Options{}); r.Err() == nil {
				t.Errorf("%s: prefix of %d bytes of %d passes", kind, n, len(whole))
			}
			if _, r := readAll(bytes.NewReader(whole[:n]), Options{SkipCorrupt: true}); r.Err() != nil {
				t.Errorf("%s: prefix of %d bytes, skipping: %v", kind, n, r.Err())
			} else if n, _ := r.Skipped(); n != 1 {
				t.Errorf("%s: prefix: skipped %d", kind, n)
			}
		}
		if _, r := readAll(bytes.NewReader(append(bytes.Clone(whole), "more"...)), Options{}); r.Err() == nil {
			t.Errorf("%s: data after the end pass", kind)
		}
	}
}

// Some bytes of a compressed file do not affect its content, such as the time in
// the header of gzip. Everything that is read without an error was written.
func TestEveryCorruptByteOfCompressedFiles(t *testing.T) {
	payloads := []string{"first", "", strings.Repeat("third ", 30)}
	for _, kind := range []string{"gzip", "zlib", "zstd"} {
		whole := compress(t, kind, frames(payloads...))
		noticed := 0
		for i := range whole {
			for bit := range 8 {
				b := bytes.Clone(whole)
				b[i] ^= 1 << bit
				got, r := readAll(bytes.NewReader(b), Options{})
				if r.Err() != nil {
					noticed++
				} else if fmt.Sprint(got) != fmt.Sprint(payloads) {
					t.Fatalf("%s: byte %d changed by %#x: read %q", kind, i, 1<<bit, got)
				}
			}
		}
		if noticed < 8*len(whole)*3/4 {
			t.Errorf("%s: noticed %d of %d changes", kind, noticed, 8*len(whole))
		}
	}
}

// Lengths whose bytes look like the magic numbers of compressed files.
func TestLengthsThatLookLikeMagic(t *testing.T) {
	for _, n := range []int{0x9c78, 0x0178, 0x5e78, 0x088b1f} {
		want := strings.Repeat("x", n)
		if got, r := readAll(bytes.NewReader(frames(want)), Options{}); len(got) != 1 || got[0] != want || r.Err() != nil {
			t.Errorf("length %#x: %d records, %v", n, len(got), r.Err())
		}
	}
}

func TestClaimedLengthsDoNotAllocate(t *testing.T) {
	b := AppendRecord(nil, make([]byte, 200<<20))[:12]
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	NewReader(bytes.NewReader(b), "f", Options{}).Next()
	runtime.ReadMemStats(&after)
	allocated := after.TotalAlloc - before.TotalAlloc
	if allocated > 2*bufferSize {
		t.Errorf("12 bytes made the reader allocate %d", allocated)
	}
}

func TestWriter(t *testing.T) {
	var out bytes.Buffer
	w := NewWriter(&out)
	big := strings.Repeat("x", bufferSize)
	for _, p := range []string{"a", big, ""} {
		if err := w.Write([]byte(p)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil || !bytes.Equal(out.Bytes(), frames("a", big, "")) {
		t.Errorf("%d bytes, %v", out.Len(), err)
	}
	failing := NewWriter(failWriter{})
	if err := failing.Write([]byte(big)); err == nil {
		t.Error("a failed write passes")
	}
	if err := failing.Flush(); err == nil {
		t.Error("the error is forgotten")
	}
}

type failWriter struct{}

func (failWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func ExampleReader() {
	var file bytes.Buffer
	w := NewWriter(&file)
	w.Write([]byte("one"))
	w.Write([]byte("two"))
	w.Flush()

	r := NewReader(&file, "example.tfrecord", Options{})
	for r.Next() {
		fmt.Printf("%d at byte %d: %s\n", r.Index(), r.Offset(), r.Record())
	}
	fmt.Println(r.Err())
	// Output:
	// 0 at byte 0: one
	// 1 at byte 19: two
	// <nil>
}

func FuzzReader(f *testing.F) {
	f.Add(frames("a", "", "ccc"))
	f.Add(frames("a", "", "ccc")[:30])
	f.Add(damage(frames("a", "b", "c"), 20))
	for _, kind := range []string{"gzip", "zlib", "zstd"} {
		f.Add(compress(f, kind, frames("a", "bb")))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		strict, r := readAll(bytes.NewReader(b), Options{MaxLength: 1 << 20})
		lenient, skipping := readAll(bytes.NewReader(b), Options{MaxLength: 1 << 20, SkipCorrupt: true})
		if skipping.Err() != nil {
			t.Fatalf("skipping fails: %v", skipping.Err())
		}
		n, _ := skipping.Skipped()
		if (r.Err() == nil) != (n == 0) {
			t.Fatalf("strict: %v, lenient skipped %d", r.Err(), n)
		}
		if len(lenient) < len(strict) || fmt.Sprint(lenient[:len(strict)]) != fmt.Sprint(strict) {
			t.Fatalf("strict read %d records, lenient others", len(strict))
		}
		if r.src.raw == nil && len(r.buf) > bufferSize+2*len(b) {
			t.Fatalf("a buffer of %d bytes for an input of %d", len(r.buf), len(b))
		}
		if r.Err() == nil && r.src.raw == nil && !bytes.Equal(frames(strict...), b) {
			t.Fatal("writing the records again gives other bytes")
		}
	})
}

func BenchmarkReader(b *testing.B) {
	var file []byte
	for range 4000 {
		file = AppendRecord(file, make([]byte, 2506))
	}
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		r := NewReader(bytes.NewReader(file), "f", Options{})
		for r.Next() {
		}
		if r.Err() != nil {
			b.Fatal(r.Err())
		}
	}
}

// The time of skipping is proportional to the length of the file, even if it holds only
// zeros, or headers each of which claims all the rest.
func TestSkippingIsLinear(t *testing.T) {
	header := claim(4 << 20)
	for name, data := range map[string][]byte{"zeros": make([]byte, 16<<20), "headers": bytes.Repeat(header, 16<<20/headerSize)} {
		start := time.Now()
		r := NewReader(bytes.NewReader(data), name, Options{SkipCorrupt: true})
		if r.Next() || r.Err() != nil {
			t.Errorf("%s: a record, or %v", name, r.Err())
		}
		if _, n := r.Skipped(); n != int64(len(data)) {
			t.Errorf("%s: skipped %d of %d bytes", name, n, len(data))
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s: %v for %d bytes", name, took, len(data))
		}
	}
}
