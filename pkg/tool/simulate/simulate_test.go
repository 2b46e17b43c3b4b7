package simulate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gridcells/pkg/cli"
	"gridcells/pkg/npy"
	"gridcells/pkg/npy/npytest"
	"gridcells/pkg/tfrecord"
	"gridcells/pkg/trajectory"
)

func run(args ...string) (stdout string, err error) {
	var out, remarks bytes.Buffer
	err = Run(context.Background(), strings.NewReader(""), &out, &remarks, args)
	return out.String(), err
}

// records reads a stream's rows.
func records(t *testing.T, stream string) (*npy.DType, npy.Provenance, []byte) {
	t.Helper()
	r := npy.NewReader(strings.NewReader(stream), "stream")
	dtype, provenance, err := r.Header()
	if err != nil {
		t.Fatal(err)
	}
	var data []byte
	for {
		rows, err := r.Next(nil, 1000)
		if err == io.EOF {
			return dtype, provenance, data
		}
		if err != nil {
			t.Fatal(err)
		}
		data = append(data, rows.Data...)
	}
}

func must(t *testing.T, args ...string) string {
	t.Helper()
	out, err := run(args...)
	if err != nil {
		t.Fatalf("simulate %q: %v", args, err)
	}
	return out
}

// The chunks of a stream are part of its bytes. They do not depend on how many
// trajectories a worker makes at a time.
func TestChunks(t *testing.T) {
	for _, test := range []struct {
		n, steps string
		want     []string
	}{
		{"600", "1", []string{"256", "256", "88"}},
		{"512", "1", []string{"256", "256"}},
		{"3", "1", []string{"3"}},
		{"230", "500", []string{"87", "87", "56"}}, // rows of 12 kB
	} {
		stream := must(t, "-n", test.n, "--steps", test.steps, "--threads", "3")
		var got []string
		for _, part := range strings.Split(stream, "'shape': (")[2:] { // the first header is that of the provenance
			if rows, _, _ := strings.Cut(part, ","); rows != "0" { // of the end mark
				got = append(got, rows)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("-n %s --steps %s: chunks of %s rows, want %s", test.n, test.steps, got, test.want)
		}
	}
}

func TestFlagsNameWhatThereIs(t *testing.T) {
	help, err := run("--help-all")
	if !errors.Is(err, cli.ErrDone) {
		t.Fatal(err)
	}
	help = strings.Join(strings.Fields(help), "")
	for _, names := range [][]string{motionNames(), trajectory.ArenaNames, trajectory.EgoVelNames(), trajectory.HeadingNames} {
		if list := strings.Join(names, ","); !strings.Contains(help, list) {
			t.Errorf("--help does not list %s", list)
		}
	}
}

func motionNames() []string {
	var names []string
	for _, m := range trajectory.Motions() {
		names = append(names, m.Name)
	}
	return names
}

func TestStream(t *testing.T) {
	stream := must(t, "-n", "600", "--steps", "7", "--env-size", "1.5")
	dtype, provenance, data := records(t, stream)
	want, _ := trajectory.DType(7)
	if !dtype.Equal(want) || len(data) != 600*want.Size() {
		t.Errorf("%d bytes of %v", len(data), dtype)
	}
	var size float64
	if ok, err := provenance.Parameter("env_size", &size); !ok || err != nil || size != 1.5 {
		t.Errorf("env_size %v in the provenance: %v, %v", size, ok, err)
	}
	for _, threads := range []string{"1", "2", "7"} {
		if again := must(t, "-n", "600", "--steps", "7", "--env-size", "1.5", "--threads", threads); again != stream {
			t.Errorf("%s threads give other bytes", threads)
		}
	}
	_, _, rest := records(t, must(t, "-n", "100", "--skip", "500", "--steps", "7", "--env-size", "1.5"))
	if !bytes.Equal(rest, data[500*want.Size():]) {
		t.Error("--skip changes the trajectories")
	}
	_, _, other := records(t, must(t, "-n", "600", "--steps", "7", "--env-size", "1.5", "--seed", "2"))
	if bytes.Equal(other, data) {
		t.Error("--seed changes nothing")
	}
	_, _, faster := records(t, must(t, "-n", "600", "--steps", "7", "--env-size", "1.5", "--set", "speed_scale=0.2"))
	if bytes.Equal(faster, data) {
		t.Error("--set changes nothing")
	}
}

func TestEndlessStreamEndsWithItsReader(t *testing.T) {
	reader := npytest.Leaving(5 << 20)
	err := Run(context.Background(), nil, &reader, io.Discard, nil)
	if cli.Status(err) != cli.StatusOK {
		t.Error(err)
	}
}

func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(&cli.Interrupted{Signal: os.Interrupt})
	err := Run(ctx, nil, io.Discard, io.Discard, nil)
	if cli.Status(err) != cli.StatusSignal+2 {
		t.Errorf("status %d, %v", cli.Status(err), err)
	}
}

func TestShards(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	args := []string{"-n", "1003", "--steps", "7", "--tfrecord", dir, "--shards", "10"}
	must(t, args...)
	_, _, want := records(t, must(t, "-n", "1003", "--steps", "7"))
	files, err := tfrecord.Find(dir)
	if err != nil {
		t.Fatal(err)
	}
	var sizes []int
	var data []byte
	for _, f := range files {
		rows := shard(t, f, 7)
		sizes = append(sizes, len(rows)/trajectory.Fields(7).Size())
		data = append(data, rows...)
	}
	if fmt.Sprint(sizes) != "[100 100 100 101 100 100 101 100 100 101]" || filepath.Base(files[9]) != "0009-of-0009.tfrecord" {
		t.Errorf("records in shards: %v; the last is %s", sizes, files[9])
	}
	if !bytes.Equal(data, want) {
		t.Error("the shards hold other trajectories than the stream")
	}
	before, _ := os.ReadFile(files[3])
	must(t, append(args, "--threads", "1")...)
	if after, _ := os.ReadFile(files[3]); !bytes.Equal(before, after) {
		t.Error("the number of threads changes the files")
	}
	if p, err := npy.ReadProvenance(dir); err != nil || len(p) != 1 || !strings.Contains(string(p[0].Parameters), `"shards":10`) {
		t.Errorf("provenance beside the shards: %s, %v", p, err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 11 {
		t.Errorf("%d files in the directory", len(left))
	}
}

// shard reads the rows of a TFRecord file.
func shard(t *testing.T, name string, steps int) []byte {
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := tfrecord.NewReader(f, name, tfrecord.Options{})
	fields := trajectory.Fields(steps)
	d := tfrecord.NewDecoder(fields)
	var rows []byte
	for r.Next() {
		row := make([]byte, fields.Size())
		if err := d.Decode(row, r.Record()); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row...)
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	return rows
}

func TestShardsAreNeverMixed(t *testing.T) {
	dir := t.TempDir()
	must(t, "-n", "20", "--tfrecord", dir, "--shards", "4")
	if _, err := run("-n", "20", "--tfrecord", dir, "--shards", "5"); err == nil || !strings.Contains(err.Error(), "of another dataset") {
		t.Errorf("files of two datasets in one directory: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".0002-of-0003.tfrecord.123.tmp"), []byte("half"), 0o666); err != nil {
		t.Fatal(err)
	}
	// A run that is stopped leaves no file of the run before and none half written.
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(&cli.Interrupted{Signal: os.Interrupt})
	if err := Run(ctx, nil, io.Discard, io.Discard, []string{"-n", "20", "--tfrecord", dir, "--shards", "4"}); err == nil {
		t.Error("an interrupted run succeeds")
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left in the directory: %v", left)
	}
}

func TestShardSizes(t *testing.T) {
	for _, n := range []int64{1, 7, 99, 100, 101, 1_000_000, 1<<62 + 12345} {
		for _, count := range []int{1, 3, 100} {
			if n < int64(count) {
				continue
			}
			s := shards{n, count}
			last := int64(0)
			for i := range count {
				size := s.end(i) - last
				if size < n/int64(count) || size > n/int64(count)+1 {
					t.Fatalf("%d items: file %d of %d has %d", n, i, count, size)
				}
				last = s.end(i)
			}
			if last != n {
				t.Errorf("%d items: %d in %d files", n, last, count)
			}
		}
	}
}

func TestReplay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rat.csv")
	var b strings.Builder
	b.WriteString("t,x,y\n")
	for i := range 1000 {
		fmt.Fprintf(&b, "%.2f,%d,%d\n", float64(i)*0.02, i%400/4, 50)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	usual := []string{"--motion", "replay", "--path", path, "--set", "scale=0.01", "--set", "max_speed=100", "--env-size", "1", "--steps", "10"}
	_, _, data := records(t, must(t, append(usual, "--set", "stride=1.65")...))
	if n := len(data) / trajectory.Fields(10).Size(); n != 12 {
		t.Errorf("%d windows of 1.65 s in 19.98 s", n)
	}
	_, _, rest := records(t, must(t, append(usual, "--set", "stride=1.65", "--skip", "10")...))
	if !bytes.Equal(rest, data[10*trajectory.Fields(10).Size():]) {
		t.Error("--skip changes the windows")
	}
	if _, _, random := records(t, must(t, append(usual, "-n", "50")...)); len(random) != 50*trajectory.Fields(10).Size() {
		t.Error("not 50 random windows")
	}
	if _, err := run(append(usual, "--set", "stride=1.65", "-n", "13")...); err == nil || !strings.Contains(err.Error(), "12 windows") {
		t.Errorf("more windows than there are: %v", err)
	}
	if _, err := run("--motion", "replay", "--path", path, "-n", "1"); err == nil || !strings.Contains(err.Error(), "seem to be in centimetres, and the room seems to measure about 0.99 m: try --set scale=0.01 --env-size 0.99") || cli.Status(err) != cli.StatusFailed {
		t.Errorf("centimetres taken for metres: %v", err)
	}
}

// Recorded headings that belong to other axes than the positions would train a network
// on motion that does not lead where it says.
func TestRecordedHeadings(t *testing.T) {
	write := func(turn float64) string {
		var b strings.Builder
		b.WriteString("t,x,y,hd\n")
		for i := range 2000 {
			angle := 0.2 * math.Pi * float64(i) / 50
			fmt.Fprintf(&b, "%.2f,%.4f,%.4f,%.4f\n", float64(i)*0.02, 0.4*math.Cos(angle), 0.4*math.Sin(angle), math.Remainder(turn*(angle+math.Pi/2), 2*math.Pi))
		}
		path := filepath.Join(t.TempDir(), "path.csv")
		if err := os.WriteFile(path, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, test := range []struct {
		turn    float64
		heading string
		want    string
	}{{1, "body", ""}, {-1, "path", ""}, {-1, "body", "y seems to point downwards in one of them: turn y around in the file"}} {
		var remarks bytes.Buffer
		err := Run(context.Background(), strings.NewReader(""), io.Discard, &remarks,
			[]string{"--motion", "replay", "--path", write(test.turn), "--heading", test.heading, "--env-size", "1", "--steps", "10", "-n", "1"})
		if got := remarks.String(); err != nil || got == "" != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%+v: %v, %q", test, err, got)
		}
	}
}

func TestWrongCommandLines(t *testing.T) {
	for _, args := range [][]string{
		{"--arena", "maze"}, {"--motion", "levy"}, {"--env-size", "-1"}, {"--env-size", "0"}, {"--steps", "0"}, {"-n", "-1"},
		{"--tfrecord", t.TempDir()}, {"--tfrecord", t.TempDir(), "-n", "10"}, {"--tfrecord", t.TempDir(), "-n", "10", "--shards", "0"},
		{"--tfrecord", t.TempDir(), "-n", "1000", "-o", "x.npy"}, {"--set", "speed=1"}, {"--set", "time_step=0"}, {"file"},
		{"--motion", "replay"}, {"--path", "rat.csv"},
	} {
		if _, err := run(args...); cli.Status(err) != cli.StatusUsage {
			t.Errorf("simulate %q: status %d, %v", args, cli.Status(err), err)
		}
	}
	for _, args := range [][]string{
		{"-n", "1", "-o", filepath.Join(t.TempDir(), "absent", "x.npy")}, {"--motion", "replay", "--path", "absent.csv"},
		{"-n", "1", "--shards", "1", "--tfrecord", "simulate_test.go"},
	} {
		if _, err := run(args...); cli.Status(err) != cli.StatusFailed {
			t.Errorf("simulate %q: status %d, %v", args, cli.Status(err), err)
		}
	}
}

func TestParameters(t *testing.T) {
	out := must(t, "--parameters", "--motion", "ou", "--set", "thigmotaxis=0.25")
	var p map[string]any
	if err := json.Unmarshal([]byte(out), &p); err != nil || p["thigmotaxis"] != 0.25 {
		t.Errorf("%s: %v", out, err)
	}
	if _, err := run("--parameters", "--motion", "replay"); err != nil {
		t.Error(err)
	}
}

func TestProduceIsInOrder(t *testing.T) {
	for _, workers := range []int{1, 3, 8} {
		left := 1000
		next := func() int { n := min(left, 7); left -= n; return n }
		var got []byte
		p := production{workers: workers, first: 5, next: next, newWorker: func() appendFunc {
			return func(dst []byte, k uint64) []byte { return append(dst, byte(k), byte(k>>8)) }
		}}
		err := p.run(context.Background(), func(b *batch) error { got = append(got, b.data...); return nil })
		var want []byte
		for k := 5; k < 1005; k++ {
			want = append(want, byte(k), byte(k>>8))
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%d workers: %d bytes, %v", workers, len(got), err)
		}
	}
	failed := errors.New("full")
	p := production{workers: 3, next: func() int { return 1 }, newWorker: func() appendFunc {
		return func(dst []byte, _ uint64) []byte { return dst }
	}}
	err := p.run(context.Background(), func(b *batch) error {
		if b.first == 100 {
			return failed
		}
		return nil
	})
	if err != failed {
		t.Error(err)
	}
}

func BenchmarkStream(b *testing.B) {
	for _, threads := range []string{"1", "2"} {
		b.Run("threads="+threads, func(b *testing.B) {
			const n = 5000
			b.SetBytes(n * 2412)
			for b.Loop() {
				if err := Run(context.Background(), nil, io.Discard, io.Discard, []string{"-n", fmt.Sprint(n), "--threads", threads}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "trajectories/s")
		})
	}
}
