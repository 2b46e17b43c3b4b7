package tfrecord2npy

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"

	"gridcells/pkg/cli"
	"gridcells/pkg/npy/npytest"
	"gridcells/pkg/tfrecord"
	"gridcells/pkg/trajectory"
)

// example encodes a trajectory of all zeros but for init_hd, its name.
func example(steps int, name float32) []byte {
	t := trajectory.New(steps)
	t.InitHD[0] = name
	return tfrecord.NewEncoder(trajectory.Fields(steps)).Append(nil, t.AppendRow(nil))
}

// file holds records of the names.
func file(steps int, names ...float32) (b []byte) {
	for _, n := range names {
		b = tfrecord.AppendRecord(b, example(steps, n))
	}
	return b
}

func write(t testing.TB, dir, name string, data []byte) string {
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func run(stdin io.Reader, args ...string) (stdout, stderr string, err error) {
	var out, remarks bytes.Buffer
	err = Run(context.Background(), stdin, &out, &remarks, args)
	return out.String(), remarks.String(), err
}

// names reads the names in a stream.
func names(t *testing.T, stream string) (got []float32) {
	t.Helper()
	rows, _ := npytest.Read(t, []byte(stream))
	for i := range rows.Len() {
		got = append(got, float32(npytest.Floats(t, rows, "init_hd", i)[0]))
	}
	return got
}

func TestConvert(t *testing.T) {
	dir := t.TempDir()
	a := write(t, dir, "0000-of-0001.tfrecord", file(4, 1, 2, 3))
	b := write(t, dir, "0001-of-0001.tfrecord", file(4, 4, 5))
	var zipped, deflated bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write(file(4, 6))
	z.Close()
	d := zlib.NewWriter(&deflated)
	d.Write(file(4, 7))
	d.Close()
	other := t.TempDir()
	c := write(t, other, "c.tfrecord.gz", zipped.Bytes())
	e := write(t, other, "e", deflated.Bytes())
	tests := []struct {
		stdin []byte
		args  []string
		want  string
	}{
		{nil, []string{dir}, "[1 2 3 4 5]"},
		{nil, []string{b, a}, "[4 5 1 2 3]"},
		{nil, []string{a, c, e, dir}, "[1 2 3 6 7 1 2 3 4 5]"},
		{file(4, 8, 9), nil, "[8 9]"},
		{zipped.Bytes(), []string{"-"}, "[6]"},
		{deflated.Bytes(), []string{b, "-"}, "[4 5 7]"},
		{nil, []string{dir, "--skip", "1", "--limit", "3"}, "[2 3 4]"},
		{nil, []string{dir, "--repeat", "--limit", "7"}, "[1 2 3 4 5 1 2]"},
		{nil, []string{dir, "--skip", "5"}, "[]"},
	}
	for _, test := range tests {
		out, remarks, err := run(bytes.NewReader(test.stdin), test.args...)
		if test.want == "[]" {
			if err == nil {
				t.Errorf("%q: nothing left, and no error", test.args)
			}
			continue
		}
		if err != nil || remarks != "" {
			t.Errorf("%q: %v %s", test.args, err, remarks)
			continue
		}
		if got := fmt.Sprint(names(t, out)); got != test.want {
			t.Errorf("%q: %s, want %s", test.args, got, test.want)
		}
	}
}

func TestShuffle(t *testing.T) {
	dir := t.TempDir()
	for i := range 5 {
		var all []float32
		for j := range 100 {
			all = append(all, float32(100*i+j))
		}
		write(t, dir, tfrecord.ShardName(i, 5), file(2, all...))
	}
	straight, _, err := run(nil, dir)
	if err != nil {
		t.Fatal(err)
	}
	shuffled, _, _ := run(nil, dir, "--shuffle")
	again, _, _ := run(nil, dir, "--shuffle", "--threads", "7")
	if shuffled != again {
		t.Error("the same seed gives another order")
	}
	a, b := names(t, straight), names(t, shuffled)
	if fmt.Sprint(a) == fmt.Sprint(b) || len(a) != len(b) {
		t.Errorf("%d records shuffled to %d", len(a), len(b))
	}
	rest, _, _ := run(nil, dir, "--shuffle", "--skip", "123", "--limit", "50")
	if fmt.Sprint(names(t, rest)) != fmt.Sprint(b[123:173]) {
		t.Error("--skip and --limit change the order")
	}
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	good := file(4, 1, 2, 3)
	size := len(good) / 3
	damaged := bytes.Clone(good)
	damaged[size+20] ^= 1
	mixed := write(t, dir, "mixed", file(5, 4))
	whole := write(t, dir, "whole", good)
	ints := tfrecord.AppendRecord(bytes.Clone(good), []byte("no Example"))
	tests := []struct {
		name    string
		in      []byte
		args    []string
		err     string
		skipped string // the names left with --skip-corrupt
	}{
		{"empty", nil, nil, "no records in the input", ""},
		{"torn", good[:len(good)-1], nil, fmt.Sprintf("standard input: record 2 at byte %d: file ends", 2*size), "[1 2]"},
		{"damaged", damaged, nil, fmt.Sprintf("standard input: record 1 at byte %d: checksum of the data", size), "[1 3]"},
		{"other length", nil, []string{whole, mixed}, mixed + `: record 0 at byte 0: feature "ego_vel" has 15 values, not 12`, "[1 2 3]"},
		{"no Example", ints, nil, fmt.Sprintf("record 3 at byte %d: not a tf.train.Example", 3*size), "[1 2 3]"},
		{"no trajectory", tfrecord.AppendRecord(nil, nil), nil, `record 0 at byte 0: feature "target_hd" is missing`, ""},
	}
	for _, test := range tests {
		_, _, err := run(bytes.NewReader(test.in), test.args...)
		if err == nil || !strings.Contains(err.Error(), test.err) || cli.Status(err) != cli.StatusFailed {
			t.Errorf("%s: %v, want %s", test.name, err, test.err)
		}
		if test.skipped == "" {
			continue
		}
		out, remarks, err := run(bytes.NewReader(test.in), append(test.args, "--skip-corrupt")...)
		if err != nil || fmt.Sprint(names(t, out)) != test.skipped || !strings.Contains(remarks, "skipped 1 corrupt") {
			t.Errorf("%s, skipping: %v, %q", test.name, err, remarks)
		}
	}
	if _, remarks, _ := run(bytes.NewReader(damaged), "--skip-corrupt", "--quiet"); remarks != "" {
		t.Errorf("--quiet says %q", remarks)
	}
	for _, args := range [][]string{{"--repeat"}, {"--repeat", "-"}, {"--shuffle-buffer", "0", whole}, {"--skip", "-1", whole}, {"--limit", "-1", whole}} {
		if _, _, err := run(nil, args...); cli.Status(err) != cli.StatusUsage {
			t.Errorf("%q: %v", args, err)
		}
	}
	if _, _, err := run(nil, "absent.tfrecord"); cli.Status(err) != cli.StatusFailed {
		t.Error(err)
	}
}

// With --skip-corrupt the layout is that of most of the first records, and --skip
// and --limit count good records.
func TestSkipCorrupt(t *testing.T) {
	noExample := tfrecord.AppendRecord(nil, []byte("no Example"))
	half := trajectory.New(5)
	encoder := tfrecord.NewEncoder(trajectory.Fields(5)[:4])
	withoutHeading := tfrecord.AppendRecord(nil, encoder.Append(nil, half.AppendRow(nil)[:trajectory.Fields(5)[:4].Size()]))
	many := append(file(4, 1, 2), noExample...)
	many = append(many, file(4, 3, 4, 5)...)
	for _, test := range []struct {
		name    string
		in      []byte
		args    []string
		want    string
		skipped int
	}{
		{"another length first", append(file(7, 9), file(4, 1, 2, 3)...), nil, "[1 2 3]", 1},
		{"no Example first", append(bytes.Clone(noExample), file(4, 1, 2)...), nil, "[1 2]", 1},
		{"half an Example first", append(bytes.Clone(withoutHeading), file(4, 1)...), nil, "[1]", 1},
		{"zeros first", append(make([]byte, 1000), file(4, 1, 2)...), nil, "[1 2]", 1},
		{"70 odd ones first", append(bytes.Repeat(noExample, 70), file(4, 1, 2)...), nil, "[1 2]", 70},
		{"limit", many, []string{"--limit", "4"}, "[1 2 3 4]", 1},
		{"skip", many, []string{"--skip", "2"}, "[3 4 5]", 1},
		{"skip and limit", many, []string{"--skip", "1", "--limit", "3"}, "[2 3 4]", 1},
	} {
		out, remarks, err := run(bytes.NewReader(test.in), append(test.args, "--skip-corrupt")...)
		if err != nil || !strings.Contains(remarks, fmt.Sprintf("skipped %d corrupt", test.skipped)) {
			t.Errorf("%s: %v %s", test.name, err, remarks)
			continue
		}
		if got := fmt.Sprint(names(t, out)); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
	name := write(t, t.TempDir(), "bad.tfrecord", bytes.Repeat(noExample, 100))
	for _, args := range [][]string{{name}, {name, "--shuffle"}} {
		if _, _, err := run(nil, append(args, "--skip-corrupt", "--repeat")...); err == nil || !strings.Contains(err.Error(), "every record of the input is corrupt") {
			t.Errorf("%q repeated: %v", args, err)
		}
	}
}

// A failed run leaves no output file.
func TestFailureLeavesNoFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out.npy")
	if _, _, err := run(bytes.NewReader(file(4, 1, 2)[:400]), "-o", name); err == nil {
		t.Error("torn input passes")
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestEndlessStreamEndsWithItsReader(t *testing.T) {
	name := write(t, t.TempDir(), "a.tfrecord", file(100, 1, 2, 3))
	reader := npytest.Leaving(5 << 20)
	err := Run(context.Background(), nil, &reader, io.Discard, []string{"--repeat", "--shuffle", name})
	if cli.Status(err) != cli.StatusOK {
		t.Error(err)
	}
}

func BenchmarkConvert(b *testing.B) {
	var all []float32
	for i := range 10000 {
		all = append(all, float32(i))
	}
	name := write(b, b.TempDir(), "a.tfrecord", file(100, all...))
	info, _ := os.Stat(name)
	for _, flag := range []string{"--quiet", "--shuffle"} {
		b.Run(flag, func(b *testing.B) {
			b.SetBytes(info.Size())
			for b.Loop() {
				if err := Run(context.Background(), nil, io.Discard, io.Discard, []string{name, flag}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
