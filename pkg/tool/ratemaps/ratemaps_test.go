package ratemaps

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gridcells/pkg/cli"
	"gridcells/pkg/npy"
	"gridcells/pkg/npy/npytest"
)

// fill sets a field of record i.
type fill func(i int) []float64

type testField struct {
	field npy.Field
	fill  fill
}

func field(name string, t npy.Type, f fill, shape ...int) testField {
	return testField{npy.Field{Name: name, Type: t, Shape: shape}, f}
}

// stream makes a record stream of n records.
func stream(t testing.TB, p npy.Provenance, n int, fields ...testField) []byte {
	t.Helper()
	var list []npy.Field
	for _, f := range fields {
		list = append(list, f.field)
	}
	d, err := npy.NewDType(list...)
	if err != nil {
		t.Fatal(err)
	}
	rows := npy.MakeRows(d, n)
	for i := range n {
		for _, f := range fields {
			c, _ := d.Field(f.field.Name)
			npy.Column{Field: c}.PutFloat64(rows.Row(i), f.fill(i))
		}
	}
	return npytest.Write(t, rows, p)
}

func constant(v ...float64) fill { return func(int) []float64 { return v } }

// noise draws n values in ±scale, the same for the same record and seed.
func noise(seed uint64, scale float64, n int) fill {
	return func(i int) []float64 {
		rng := rand.New(rand.NewPCG(seed, uint64(i)))
		v := make([]float64, n)
		for k := range v {
			v[k] = scale * (2*rng.Float64() - 1)
		}
		return v
	}
}

func run(input []byte, args ...string) (stdout []byte, stderr string, status int) {
	var out, diagnostics bytes.Buffer
	err := Run(context.Background(), bytes.NewReader(input), &out, &diagnostics, args)
	status = cli.Report("ratemaps", err, &diagnostics)
	return out.Bytes(), diagnostics.String(), status
}

func TestMeans(t *testing.T) {
	in := stream(t, nil, 2,
		field("target_pos", npy.Float64, constant(-1, 1, -0.9, 0.9, 0.5, -0.5), 3, 2),
		field("target_hd", npy.Float64, constant(0, 0, -3), 3, 1),
		field("lstm", npy.Float32, func(i int) []float64 { return []float64{1, 10, 3, 30, 7, float64(i)} }, 3, 2),
		field("bottleneck", npy.Float64, constant(4, 5, 6), 3, 1),
		field("decoded_pos", npy.Float64, constant(0, 0, 0, 0, 0, 0), 3, 2),
		field("place_target", npy.Float64, constant(0, 0, 0), 3, 1),
		field("init_pos", npy.Float64, constant(0, 0), 2))
	out, stderr, status := run(in, "--bins", "2", "--direction-bins", "4", "--env-size", "2")
	if status != 0 || stderr != "" {
		t.Fatalf("status %d: %s", status, stderr)
	}
	rows, p := npytest.Read(t, out)
	if rows.Len() != 3 {
		t.Fatalf("%d rows, want 3", rows.Len())
	}
	nan := math.NaN()
	for i, want := range []struct {
		layer  string
		unit   int
		rates  []float64
		tuning []float64
	}{
		{"lstm", 0, []float64{nan, 2, 7, nan}, []float64{7, nan, 2, nan}},
		{"lstm", 1, []float64{nan, 20, 0.5, nan}, []float64{0.5, nan, 20, nan}},
		{"bottleneck", 0, []float64{nan, 4.5, 6, nan}, []float64{6, nan, 4.5, nan}},
	} {
		layer := npytest.Column(t, rows, "layer").String(rows.Row(i))
		unit := npytest.Column(t, rows, "unit").Int(rows.Row(i))
		got := fmt.Sprint(layer, unit, npytest.Floats(t, rows, "ratemap", i), npytest.Floats(t, rows, "direction_tuning", i))
		if w := fmt.Sprint(want.layer, want.unit, want.rates, want.tuning); got != w {
			t.Errorf("row %d is %s, want %s", i, got, w)
		}
	}
	if len(p) != 1 || p[0].Tool != "ratemaps" {
		t.Errorf("provenance %v", p)
	}
}

func TestFlags(t *testing.T) {
	in := func(p npy.Provenance) []byte {
		return stream(t, p, 3,
			field("pos", npy.Float32, noise(1, 0.5, 8), 4, 2),
			field("hd", npy.Float32, noise(2, 3, 4), 4),
			field("a", npy.Float32, noise(3, 1, 12), 4, 3),
			field("b", npy.Float32, noise(4, 1, 8), 4, 2))
	}
	out, stderr, status := run(in(nil), "--position-field", "pos", "--direction-field", "hd", "--layers", "b")
	if status != 0 {
		t.Fatal(stderr)
	}
	if rows, _ := npytest.Read(t, out); rows.Len() != 2 || rows.DType.Size() == 0 {
		t.Errorf("%d rows of layer b, want 2", rows.Len())
	} else if _, ok := rows.DType.Field("direction_tuning"); !ok {
		t.Error("no direction_tuning")
	}
	// Without a direction field there is no tuning; the room is the provenance's.
	stage, err := npy.NewStage("simulate", "1", map[string]float64{"env_size": 0.25}, nil)
	if err != nil {
		t.Fatal(err)
	}
	out, stderr, status = run(in(npy.Provenance{stage}), "--position-field", "pos", "--layers", "a,b")
	if status != 1 || !strings.Contains(stderr, "positions lie outside the room of 0.25 m") || len(out) > 0 {
		t.Errorf("status %d: %s", status, stderr)
	}
	out, stderr, status = run(in(npy.Provenance{stage}), "--position-field", "pos", "--layers", "a,b", "--allow-mismatch")
	if status != 0 || !strings.Contains(stderr, "positions lie outside the room of 0.25 m") {
		t.Errorf("status %d: %s", status, stderr)
	}
	rows, p := npytest.Read(t, out)
	if _, ok := rows.DType.Field("direction_tuning"); ok || rows.Len() != 5 || len(p) != 2 {
		t.Errorf("%d rows of %s after %v", rows.Len(), rows.DType, p)
	}
	if _, stderr, _ = run(in(npy.Provenance{stage}), "--position-field", "pos", "--layers", "a", "--allow-mismatch", "--quiet"); stderr != "" {
		t.Errorf("--quiet says %q", stderr)
	}
}

// The output has the same bytes at any number of threads, and for chunks of any size.
func TestThreads(t *testing.T) {
	in := stream(t, npy.Provenance{}, 300,
		field("target_pos", npy.Float32, noise(1, 1.1, 200), 100, 2),
		field("target_hd", npy.Float32, noise(2, 3, 100), 100, 1),
		field("x", npy.Float32, noise(3, 1, 1700), 100, 17),
		field("y", npy.Float64, noise(4, 1, 100), 100, 1))
	want, stderr, status := run(in, "--threads", "1")
	if status != 0 {
		t.Fatal(stderr)
	}
	for _, threads := range []string{"2", "3", "40"} {
		if got, _, _ := run(in, "--threads", threads); !bytes.Equal(got, want) {
			t.Errorf("%s threads: other bytes", threads)
		}
	}
}

func TestFailures(t *testing.T) {
	position := field("target_pos", npy.Float32, constant(0, 0, 0, 0), 2, 2)
	activity := field("x", npy.Float32, constant(1, 2), 2, 1)
	good := stream(t, npy.Provenance{}, 3, position, activity)
	for _, c := range []struct {
		name   string
		input  []byte
		args   []string
		status int
		stderr string
	}{
		{"empty", nil, nil, 1, "standard input: empty input"},
		{"no records", stream(t, npy.Provenance{}, 0, position, activity), nil, 1, "holds no records"},
		{"no positions", stream(t, nil, 1, activity), nil, 1, `field "target_pos": found no such field (there are x), wanted numbers of shape (*, 2)`},
		{"wrong positions", stream(t, nil, 1, field("target_pos", npy.Float32, constant(0, 0, 0), 3), activity), nil, 1, `field "target_pos": found <f4 (3,), wanted numbers of shape (*, 2)`},
		{"no activities", stream(t, nil, 1, position), nil, 1, "no activities: found the fields [('target_pos', '<f4', (2, 2))], wanted at least one with numbers of shape (2, units)"},
		{"wrong layer", good, []string{"--layers", "target_pos,y"}, 1, `field "y": found no such field`},
		{"other steps", stream(t, nil, 1, position, field("x", npy.Float32, constant(1, 2, 3), 3, 1)), []string{"--layers", "x"}, 1, `field "x": found <f4 (3, 1), wanted numbers of shape (2, *)`},
		{"wrong directions", stream(t, nil, 1, position, activity, field("target_hd", npy.Float32, constant(1), 1)), nil, 1, `field "target_hd": found <f4 (1,), wanted numbers of shape (2, 1)`},
		{"no directions", good, []string{"--direction-field", "hd"}, 1, `field "hd": found no such field`},
		{"far off", stream(t, nil, 1, field("target_pos", npy.Float32, constant(50, 50, 60, 60), 2, 2), activity), nil, 1, "100 % of 2 positions lie outside the room of 2.2 m around 0"},
		{"infinite", stream(t, nil, 1, position, field("x", npy.Float32, constant(1, 2, 3, math.Inf(1)), 2, 2)), nil, 1, "ratemaps: standard input: record 0: x[1, 1] is infinite"},
		{"truncated", good[:len(good)-200], nil, 1, "ratemaps: standard input: record"},
		{"cut at a chunk", good[:bytes.LastIndex(good, []byte("\x93NUMPY"))], nil, 1, "without its end mark"},
		{"no stream", []byte("hello"), nil, 1, "standard input: record 0 at byte 5"},
		{"no bins", good, []string{"--bins", "0"}, 2, "--bins: 0 bins: must be 1 to 4096"},
		{"no room", good, []string{"--env-size=-1"}, 2, "--env-size must be above 0"},
		{"no direction bins", good, []string{"--direction-bins", "0"}, 2, "--direction-bins must be at least 1"},
		{"half a rectangle", good, []string{"--bins", "20x"}, 2, "neither a whole number, such as 32, nor two, such as 20x30"},
		{"trajectories", stream(t, nil, 1, position, field("ego_vel", npy.Float32, constant(1, 2, 3, 4, 5, 6), 2, 3)), nil, 1, "run targets and activations first"},
		{"targets", stream(t, nil, 1, position, field("ego_vel", npy.Float32, constant(1, 2, 3, 4, 5, 6), 2, 3), field("place_target", npy.Float32, constant(1, 2), 2, 1)), nil, 1, "run activations first"},
		{"maps", stream(t, nil, 1, field("ratemap", npy.Float32, constant(1), 1, 1)), nil, 1, "run gridscore on it"},
		{"not a number", stream(t, nil, 3, position, field("x", npy.Float32, func(i int) []float64 { return []float64{1, math.NaN()} }, 2, 1)), nil, 1, "standard input: record 0: x[1, 0] is NaN"},
		{"all lost", stream(t, nil, 3, field("target_pos", npy.Float32, constant(0, math.NaN(), math.Inf(1), 0), 2, 2), activity), nil, 1, "all 6 positions are NaN or infinite"},
		{"outside the room", good, []string{"--env-size", "1", "--metres", "100", "--allow-mismatch"}, 0, ""},
		{"unknown flag", good, []string{"--nonsense"}, 2, "--nonsense"},
		{"no file", nil, []string{"no such file"}, 1, "no such file"},
	} {
		out, stderr, status := run(c.input, c.args...)
		if status != c.status || !strings.Contains(stderr, c.stderr) {
			t.Errorf("%s: status %d, stderr %q; want %d, %q", c.name, status, stderr, c.status, c.stderr)
		}
		if len(out) > 0 && c.status != 0 {
			t.Errorf("%s: %d bytes of output", c.name, len(out))
		}
		if c.status == 1 && strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: not one line: %q", c.name, stderr)
		}
	}
}

func TestClosedPipe(t *testing.T) {
	in := stream(t, nil, 1, field("target_pos", npy.Float32, constant(0, 0), 1, 2), field("x", npy.Float32, constant(1), 1, 1))
	r, w := io.Pipe()
	r.Close()
	err := Run(context.Background(), bytes.NewReader(in), w, io.Discard, nil)
	if cli.Status(err) != cli.StatusOK {
		t.Errorf("a closed reader downstream: %v", err)
	}
}

func TestCancelled(t *testing.T) {
	for _, threads := range []string{"1", "2"} {
		silent, w := io.Pipe() // an input that stays silent
		defer w.Close()
		in := stream(t, npy.Provenance{}, 1, field("target_pos", npy.Float32, constant(0, 0), 1, 2), field("x", npy.Float32, constant(1), 1, 1))
		ctx, cancel := context.WithCancelCause(context.Background())
		go func() {
			w.Write(in)
			cancel(&cli.Interrupted{Signal: os.Interrupt})
		}()
		err := Run(ctx, silent, io.Discard, io.Discard, []string{"--threads", threads})
		if cli.Status(err) != 130 {
			t.Errorf("interrupted with --threads %s: %v, status %d", threads, err, cli.Status(err))
		}
	}
}

// From the activities that the released program wrote, ratemaps makes the same ratemaps
// as that program.
func TestReleasedActivities(t *testing.T) {
	dir := os.Getenv("GRIDCELLS_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared", "data")
	}
	array := func(name string) *npy.Array {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Skipf("%v: set GRIDCELLS_DATA to the folder that holds it", err)
		}
		defer f.Close()
		a, err := npy.ReadArray(f)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	rowsOf := func(a *npy.Array) fill {
		v, err := a.Float64()
		if err != nil {
			t.Fatal(err)
		}
		n := len(v) / a.Shape[0]
		return func(i int) []float64 { return v[i*n : (i+1)*n] }
	}
	positions, activities := array("reference_target_pos.npy"), array("reference_bottleneck.npy")
	in := stream(t, nil, positions.Shape[0],
		field("target_pos", npy.Float32, rowsOf(positions), positions.Shape[1:]...),
		field("bottleneck", npy.Float32, rowsOf(activities), activities.Shape[1:]...))
	out, stderr, status := run(in)
	if status != 0 {
		t.Fatal(stderr)
	}
	golden, err := npytest.ReadNPZ(filepath.Join(dir, "reference_activations_scores.npz"))
	if err != nil {
		t.Skip(err)
	}
	want, err := golden["ratemap"].Float64()
	if err != nil {
		t.Fatal(err)
	}
	rows, _ := npytest.Read(t, out)
	if rows.Len()*400 != len(want) {
		t.Fatalf("%d rows, want %d", rows.Len(), len(want)/400)
	}
	for i := range rows.Len() {
		for k, v := range npytest.Floats(t, rows, "ratemap", i) {
			if w := want[i*400+k]; v != w && !(math.IsNaN(v) && math.IsNaN(w)) {
				t.Fatalf("unit %d, bin %d: %v, want %v", i, k, v, w)
			}
		}
	}
}

// 384 units, records as activations writes them.
func BenchmarkRun(b *testing.B) {
	in := stream(b, npy.Provenance{}, 400,
		field("target_pos", npy.Float32, noise(1, 1.1, 200), 100, 2),
		field("target_hd", npy.Float32, noise(2, 3, 100), 100, 1),
		field("lstm", npy.Float32, noise(3, 1, 12800), 100, 128),
		field("bottleneck", npy.Float32, noise(4, 1, 25600), 100, 256))
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		if err := Run(context.Background(), bytes.NewReader(in), io.Discard, io.Discard, nil); err != nil {
			b.Fatal(err)
		}
	}
}
