package cli

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"gridcells/pkg/npy/npytest"
	"gridcells/pkg/tfrecord"
)

func TestStatus(t *testing.T) {
	for _, test := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{ErrDone, 0},
		{fmt.Errorf("writing: %w", ErrClosedPipe), 0},
		{errors.New("anything else"), 1},
		{fmt.Errorf("flags: %w", Usagef("--bins %d", -1)), 2},
		{fmt.Errorf("saved: %w", &Interrupted{syscall.SIGINT}), 130},
		{&Interrupted{syscall.SIGTERM}, 143},
		{context.Canceled, 1},
		{&Interrupted{syscall.SIGHUP}, 129},
		{fmt.Errorf("log: %w", &os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}), 0},
		{&os.PathError{Op: "write", Path: "a socket", Err: syscall.EPIPE}, 1},
		{errors.Join(&Interrupted{syscall.SIGTERM}, errors.New("the disk is full")), 1},
		{fmt.Errorf("stopped: %w", errors.Join(ErrClosedPipe, errors.New("the disk is full"))), 1},
		{errors.Join(nil, ErrClosedPipe, &Interrupted{syscall.SIGINT}), 130},
	} {
		if got := Status(test.err); got != test.want {
			t.Errorf("status of %v is %d, want %d", test.err, got, test.want)
		}
	}
}

func TestReportIsOneLine(t *testing.T) {
	var stderr bytes.Buffer
	Report("train", errors.Join(errors.New("first"), errors.New("second")), &stderr)
	if got := stderr.String(); got != "train: first second\n" {
		t.Errorf("message %q", got)
	}
	stderr.Reset()
	Report("train", nil, &stderr)
	if stderr.Len() > 0 {
		t.Errorf("message %q without an error", stderr.String())
	}
}

type testFlags struct {
	Common
	Input
	Output
	Preset string  `enum:",reference,paper" default:""`
	Bins   int     `default:"20" help:"Bins along a side."`
	Rate   float64 `default:"0.5"`
}

func (f *testFlags) Validate() error {
	if f.Bins < 0 {
		return errors.New("--bins must not be negative")
	}
	return nil
}

func TestParse(t *testing.T) {
	presets := Preset(map[string]map[string]string{"paper": {"bins": "32", "rate": "0.25"}})
	parse := func(args ...string) (*testFlags, string, error) {
		var f testFlags
		var out bytes.Buffer
		err := Parse("tool", "What it does.\n\n    tool | other", &f, args, nil, &out, &out, presets)
		return &f, out.String(), err
	}
	if f, _, err := parse(); err != nil || f.Bins != 20 || f.Output.Output != "-" || len(f.Files) != 0 {
		t.Errorf("defaults: %+v, %v", f, err)
	}
	if f, _, err := parse("--preset", "paper", "--rate", "1", "a", "b"); err != nil || f.Bins != 32 || f.Rate != 1 || len(f.Files) != 2 {
		t.Errorf("preset: %+v, %v", f, err)
	}
	if _, out, err := parse("--help"); !errors.Is(err, ErrDone) || !strings.Contains(out, "--bins=20") || !strings.Contains(out, "    tool | other") {
		t.Errorf("--help: %v\n%s", err, out)
	}
	if _, out, err := parse("--version"); !errors.Is(err, ErrDone) || out != "tool "+Version+"\n" {
		t.Errorf("--version: %q, %v", out, err)
	}
	for _, args := range [][]string{{"--bins", "many"}, {"--nonsense"}, {"--preset", "mine"}, {"--compress", "rar"}, {"--bins", "-1"}} {
		if _, _, err := parse(args...); Status(err) != StatusUsage {
			t.Errorf("%v: %v", args, err)
		}
	}
	broken := func(func(string) string) (map[string]string, error) { return nil, errors.New("no such checkpoint") }
	var f testFlags
	if err := Parse("tool", "", &f, nil, nil, io.Discard, io.Discard, broken); Status(err) != StatusFailed || err.Error() != "no such checkpoint" {
		t.Errorf("defaults that fail: %v", err)
	}
}

func TestNumbers(t *testing.T) {
	type flags struct {
		Common
		Bins  int       `default:"20" min:"1" max:"512"`
		Cut   float64   `default:"0"`
		Size  float64   `default:"0" above:"0"`
		Inner []float64 `default:"0.1" min:"0" below:"1"`
		Seed  uint64    `default:"1"`
		Count int       `default:"-1" min:"0"`
	}
	for _, test := range []struct{ arg, want string }{
		{"--bins=1", ""},
		{"--bins=512", ""},
		{"--bins=0", "--bins must be from 1 to 512, not 0"},
		{"--bins=513", "--bins must be from 1 to 512, not 513"},
		{"--bins=9223372036854775807", "--bins must be from 1 to 512"},
		{"--bins=9223372036854775808", "--bins"},
		{"--cut=-1e308", ""},
		{"--cut=nan", "--cut must be a finite number, not NaN"},
		{"--cut=-inf", "--cut must be a finite number, not -Inf"},
		{"--size=1e-308", ""},
		{"--size=0", "--size must be above 0, not 0"},
		{"--inner=0,0.99", ""},
		{"--inner=0.5,1", "--inner must be at least 0 and below 1, not 1"},
		{"--inner=0.5,nan", "--inner must be a finite number"},
		{"--inner=0.5,-0.1", "--inner must be at least 0 and below 1, not -0.1"},
		{"--seed=-1", "--seed"},
		{"--seed=18446744073709551615", ""},
		{"--count=-1", "--count must be at least 0, not -1"},
	} {
		err := Parse("tool", "", &flags{}, []string{test.arg}, nil, io.Discard, io.Discard)
		if test.want == "" {
			if err != nil {
				t.Errorf("%s: %v", test.arg, err)
			}
		} else if Status(err) != StatusUsage || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.arg, err, test.want)
		}
	}
	resolved := func(func(string) string) (map[string]string, error) {
		return map[string]string{"size": "-1"}, nil
	}
	if err := Parse("tool", "", &flags{}, nil, nil, io.Discard, io.Discard, resolved); Status(err) != StatusUsage {
		t.Errorf("a default outside the range: %v", err)
	}
}

func create(t *testing.T, path, compress string) *Sink {
	t.Helper()
	s, err := Output{OutputFile{path}, compress}.Create(io.Discard, true)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSinkIsWholeOrNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out")
	files := func() int {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	s := create(t, path, "none")
	if files() != 0 {
		t.Error("a file before the first write")
	}
	io.WriteString(s, "half")
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the output exists before it is whole: %v", err)
	}
	s.Discard()
	if files() != 0 {
		t.Error("a discarded output left a file")
	}
	s = create(t, path, "none")
	io.WriteString(s, "whole")
	if err := s.Commit(); err != nil {
		t.Fatal(err)
	}
	s.Discard() // does nothing now
	if content, _ := os.ReadFile(path); string(content) != "whole" || files() != 1 {
		t.Errorf("content %q, %d files", content, files())
	}
	if err := create(t, filepath.Join(dir, "empty"), "none").Commit(); err != nil || files() != 2 {
		t.Errorf("an output without content: %v", err)
	}
}

func TestCompressedRoundTrip(t *testing.T) {
	want := strings.Repeat("grid cells ", 1000)
	for _, compress := range []string{"none", "gzip", "zstd"} {
		path := filepath.Join(t.TempDir(), "out")
		s := create(t, path, compress)
		io.WriteString(s, want)
		if err := s.Commit(); err != nil {
			t.Fatal(err)
		}
		r, err := Open(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != want {
			t.Errorf("%s: %d bytes, %v", compress, len(got), err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		stored, _ := os.ReadFile(path)
		if (len(stored) == len(want)) != (compress == "none") {
			t.Errorf("%s: %d bytes on disk", compress, len(stored))
		}
	}
}

// Several frames or members, one after another, are one input.
func TestConcatenatedFrames(t *testing.T) {
	frame := map[string]func(string) []byte{
		"gzip": func(s string) []byte {
			var b bytes.Buffer
			w := gzip.NewWriter(&b)
			io.WriteString(w, s)
			w.Close()
			return b.Bytes()
		},
		"zstd": func(s string) []byte {
			e, _ := zstd.NewWriter(nil)
			return e.EncodeAll([]byte(s), nil)
		},
	}
	for name, make := range frame {
		data := append(make("one "), make("two")...)
		r, err := Open("-", bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != "one two" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		r, err = Open("-", bytes.NewReader(data[:len(data)-2]))
		if err == nil {
			_, err = io.ReadAll(r)
		}
		if err == nil || !strings.Contains(err.Error(), name+": ") {
			t.Errorf("%s cut off: %v", name, err)
		}
	}
}

// closedAfter is a pipe whose reader leaves after n bytes.
type closedAfter struct{ n int }

func (c *closedAfter) Write(p []byte) (int, error) {
	if c.n -= len(p); c.n < 0 {
		return 0, &os.PathError{Op: "write", Path: "|1", Err: syscall.EPIPE}
	}
	return len(p), nil
}

func TestClosedPipe(t *testing.T) {
	for _, compress := range []string{"none", "gzip", "zstd"} {
		s, err := Output{OutputFile{"-"}, compress}.Create(&closedAfter{10}, true)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Write(make([]byte, 1<<20))
		if err == nil {
			err = s.Commit()
		}
		if !errors.Is(err, ErrClosedPipe) {
			t.Errorf("%s: %v", compress, err)
		}
	}
}

func TestProgressWithoutTerminal(t *testing.T) {
	var stderr bytes.Buffer
	p := Common{}.NewProgress(io.Discard, &stderr, 10, "work", "pieces")
	p.Add(3)
	p.Describe("more")
	p.Done()
	if stderr.Len() > 0 {
		t.Errorf("wrote %q", stderr.String())
	}
}

// A file of another format is refused with the program that reads it.
func TestForeignFormats(t *testing.T) {
	dir := t.TempDir()
	header := func(text string) string {
		return string(binary.LittleEndian.AppendUint64(nil, uint64(len(text)))) + text
	}
	record := string(tfrecord.AppendRecord(nil, []byte("example")))
	compressed, _ := zstd.NewWriter(nil)
	plain := npytest.Encode(npytest.Array([]float64{1, 2, 3}, 3))
	for content, want := range map[string]string{
		"PK\x03\x04" + strings.Repeat("x", 40):            "an NPZ archive (or another ZIP file); scripts/records.py",
		"\x89HDF\r\n\x1a\n" + strings.Repeat("x", 40):     "an HDF5 file",
		"MATLAB 5.0 MAT-file, Platform: GLNXA64":          "a MATLAB file; load it with scipy.io.loadmat",
		"MATLAB 7.3 MAT-file, Platform: GLNXA64":          "which is HDF5; load it with h5py",
		"%PDF-1.7\n1 0 obj\nendobj\n":                     "not a record stream but a PDF",
		"\x80\x04\x95abcdefghijklmnop":                    "a Python pickle",
		header(`{"w":{"dtype":"F32"}}`):                   "a safetensors file, such as a checkpoint; give it to --checkpoint",
		record:                                            "a TFRecord file; tfrecord2npy reads it",
		string(compressed.EncodeAll([]byte(record), nil)): "a TFRecord file; tfrecord2npy reads it",
		"\xfd7zXZ\x00" + strings.Repeat("x", 40):          "xz: this compression is not supported",
		string(plain):                                     "a plain array of shape (3,) and type <f8 is not a record stream; scripts/records.py",
		"t,x,y\n0,1,2\n3,4,5\n6,7,8\n":                    "not an NPY array: it begins with \"t,x,y\\n\"",
	} {
		path := filepath.Join(dir, "input")
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		_, _, err := Records([]string{path}, nil).Header()
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), path+": ") || strings.Count(err.Error(), path) != 1 {
			t.Errorf("%.20q: %v, want %s", content, err, want)
		}
	}
	if _, _, err := Records([]string{dir}, nil).Header(); err == nil || err.Error() != dir+": is a directory; name the files in it" {
		t.Errorf("a directory: %v", err)
	}
}

// Names from files and the command line reach a terminal escaped.
func TestReportEscapes(t *testing.T) {
	var b bytes.Buffer
	Report("tool", errors.New("a\x1b[2Jb\xff:\ntwo lines"), &b)
	if got, want := b.String(), "tool: a\\x1b[2Jb\\xff: two lines\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestEmptyValues: empty lists and names are refused where the command line has them,
// and so is a standard stream where only a file will do.
func TestEmptyValues(t *testing.T) {
	type flags struct {
		Common
		Output
		Layers     []string `default:"lstm"`
		Sizes      []int    `default:""`
		Set        map[string]string
		Checkpoint string `default:"none" reads:"" file:""`
		Name       string `default:""`
	}
	for args, want := range map[string]string{
		"--layers=":             "--layers: the list is empty",
		"--layers=a,,b":         "--layers: element 2 of the list is empty",
		"--layers=,":            "--layers: element 1 of the list is empty",
		"--sizes=":              "--sizes: the list is empty",
		"--set=":                "--set: the list is empty",
		"--output=":             "--output: the name of the file is empty",
		"--checkpoint=":         "--checkpoint: the name of the file is empty",
		"--checkpoint=-":        "--checkpoint needs the name of a file: - stands for a standard stream, which it cannot be",
		"--layers=a,b --name=":  "",
		"--output=- --set=a=1":  "",
		"--checkpoint=somefile": "",
		"":                      "",
	} {
		var f flags
		err := Parse("tool", "", &f, strings.Fields(args), nil, io.Discard, io.Discard)
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", args, err)
		case want != "" && (Status(err) != StatusUsage || err.Error() != want):
			t.Errorf("%s: %v, want %s", args, err, want)
		}
	}
}
