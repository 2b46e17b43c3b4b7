package compression_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"

	"gridcells/pkg/compression"
)

func gzipped(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, text)
	w.Close()
	return b.Bytes()
}

func zstandard(text string) []byte {
	w, _ := zstd.NewWriter(nil)
	return w.EncodeAll([]byte(text), nil)
}

func zlibbed(text string) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	io.WriteString(w, text)
	w.Close()
	return b.Bytes()
}

// skippable is a skippable frame of zstd.
func skippable(kind byte, content string) []byte {
	return append([]byte{0x50 | kind, 0x2a, 0x4d, 0x18, byte(len(content)), 0, 0, 0}, content...)
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func TestOpen(t *testing.T) {
	long := strings.Repeat("activity ", 50_000)
	zeros := make([]byte, 70_000)
	for _, test := range []struct {
		name string
		in   []byte
		want string
		err  string
	}{
		{"nothing", nil, "", ""},
		{"one byte", []byte{0x1f}, "\x1f", ""},
		{"text", []byte(long), long, ""},
		{"zlib is not recognised", zlibbed("a"), string(zlibbed("a")), ""},
		{"gzip", gzipped(long), long, ""},
		{"gzip of nothing", gzipped(""), "", ""},
		{"two members", join(gzipped("a"), gzipped(long)), "a" + long, ""},
		{"padding", join(gzipped(long), zeros[:512]), long, ""},
		{"one zero", join(gzipped("a"), zeros[:1]), "a", ""},
		{"padding longer than a buffer", join(gzipped("a"), zeros), "a", ""},
		{"padding between members", join(gzipped("a"), zeros[:7], gzipped("b"), zeros[:3]), "ab", ""},
		{"garbage", join(gzipped("a"), []byte("garbage, 12 bytes")), "", "gzip: data after the end"},
		{"garbage after padding", join(gzipped("a"), zeros[:7], []byte("garbage, 12 bytes")), "", "gzip: data after the end"},
		{"cut member", gzipped(long)[:50], "", "gzip: unexpected EOF"},
		{"cut header", gzipped(long)[:5], "", "gzip: unexpected EOF"},
		{"cut second header", join(gzipped("a"), gzipped("b")[:6]), "", "gzip: unexpected EOF"},
		{"zstd", zstandard(long), long, ""},
		{"two frames", join(zstandard("a"), zstandard("b")), "ab", ""},
		{"skippable frame first", join(skippable(0, "abcd"), zstandard(long)), long, ""},
		{"empty skippable frame", join(skippable(15, ""), zstandard("a")), "a", ""},
		{"skippable frames all over", join(skippable(3, "x"), zstandard("a"), skippable(7, "yy"), skippable(8, ""), zstandard("b"), skippable(9, "zzz")), "ab", ""},
		{"skippable frame alone", skippable(3, "x"), "", ""},
		{"cut frame", zstandard(long)[:20], "", "zstd: "},
		{"a window of 256 MB", []byte{0x28, 0xb5, 0x2f, 0xfd, 0, 18 << 3, 1<<3 | 1, 0, 0, 'a'}, "", "zstd: window size exceeded"},
		{"xz", []byte("\xfd7zXZ\x00abc"), "", "xz: this compression is not supported"},
		{"bzip2", []byte("BZh91AY&SY"), "", "bzip2: this compression is not supported"},
		{"lz4", []byte{0x04, 0x22, 0x4d, 0x18, 1, 2}, "", "lz4: this compression is not supported"},
	} {
		for _, in := range []io.Reader{bytes.NewReader(test.in), iotest.OneByteReader(bytes.NewReader(test.in))} {
			var got []byte
			r, err := compression.Open(in)
			if err == nil {
				got, err = io.ReadAll(r)
				r.Close()
			}
			switch {
			case test.err != "":
				if err == nil || !strings.HasPrefix(err.Error(), test.err) {
					t.Errorf("%s: %v, want %s", test.name, err, test.err)
				}
			case err != nil || string(got) != test.want:
				t.Errorf("%s: %d bytes, %v", test.name, len(got), err)
			}
		}
	}
}

// A file that ends before its header is cut off.
func TestNoHeader(t *testing.T) {
	for _, format := range []compression.Format{compression.Gzip, compression.Zlib} {
		if _, err := compression.NewReader(bufio.NewReader(strings.NewReader("")), format); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%v: %v", format, err)
		}
	}
}

func TestZlib(t *testing.T) {
	for _, test := range []struct {
		in   []byte
		want string
		ok   bool
	}{
		{zlibbed("abc"), "abc", true},
		{join(zlibbed("abc"), []byte("d")), "", false},
		{zlibbed("abc")[:8], "", false},
	} {
		if !compression.DetectZlib(test.in) {
			t.Errorf("%x is not recognised", test.in)
		}
		r, err := compression.NewReader(bufio.NewReader(bytes.NewReader(test.in)), compression.Zlib)
		if err != nil {
			t.Error(err)
			continue
		}
		got, err := io.ReadAll(r)
		if (err == nil) != test.ok || test.ok && string(got) != test.want {
			t.Errorf("%x: %q, %v", test.in, got, err)
		}
	}
}

// For any bytes the reader returns what it can decode, and an error.
func FuzzOpen(f *testing.F) {
	f.Add(join(gzipped("a"), make([]byte, 5), gzipped("b")))
	f.Add(join(skippable(0, "abcd"), zstandard("a"), skippable(2, "")))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := compression.Open(bytes.NewReader(b))
		if err != nil {
			return
		}
		defer r.Close()
		n, err := io.Copy(io.Discard, io.LimitReader(r, 64<<20))
		if err == nil && compression.Detect(b) == compression.None && n != int64(len(b)) {
			t.Fatalf("%d of %d bytes", n, len(b))
		}
	})
}
