package gridscore

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"gridcells/pkg/cli"
	"gridcells/pkg/npy"
	"gridcells/pkg/npy/npytest"
)

const goldenFile = "../../gridscore/testdata/synthetic_scores_20.npz"

// ratemapRows makes a stream of rows layer, unit, ratemap and one more field.
func ratemapRows(t testing.TB, maps []float64, n int, typ npy.Type, p npy.Provenance) []byte {
	t.Helper()
	d, err := npy.NewDType(
		npy.Field{Name: "depth", Type: npy.Float32},
		npy.Field{Name: "ratemap", Type: typ, Shape: []int{n, n}},
		npy.Field{Name: "layer", Type: npy.Unicode(4)},
		npy.Field{Name: "unit", Type: npy.Int32})
	if err != nil {
		t.Fatal(err)
	}
	rows := npy.MakeRows(d, len(maps)/(n*n))
	for i := range rows.Len() {
		row := rows.Row(i)
		npytest.Column(t, rows, "depth").PutFloat64(row, []float64{float64(i) / 10})
		npytest.Column(t, rows, "ratemap").PutFloat64(row, maps[i*n*n:(i+1)*n*n])
		npytest.Column(t, rows, "layer").PutString(row, `lä"r`)
		npytest.Column(t, rows, "unit").PutInt(row, i)
	}
	return npytest.Write(t, rows, p)
}

func run(input []byte, args ...string) (stdout []byte, stderr string, status int) {
	var out, diagnostics bytes.Buffer
	err := Run(context.Background(), bytes.NewReader(input), &out, &diagnostics, args)
	status = cli.Report("gridscore", err, &diagnostics)
	return out.Bytes(), diagnostics.String(), status
}

func near(a, b, tolerance float64) bool {
	return math.Abs(a-b) <= tolerance || math.IsNaN(a) && math.IsNaN(b)
}

func TestScores(t *testing.T) {
	g := npytest.Golden(t, goldenFile)
	for _, typ := range []npy.Type{npy.Float64, npy.Float32} {
		tolerance := map[npy.Type]float64{npy.Float64: 1e-6, npy.Float32: 1e-4}[typ]
		out, stderr, status := run(ratemapRows(t, g["ratemap"], 20, typ, nil), "--score", "reference,minmax,paper")
		if status != 0 || stderr != "" {
			t.Fatalf("status %d: %s", status, stderr)
		}
		rows, p := npytest.Read(t, out)
		if len(p) != 1 || p[0].Tool != "gridscore" {
			t.Errorf("provenance %v", p)
		}
		if rows.Len() != len(g["score_60"]) {
			t.Fatalf("%d rows, want %d", rows.Len(), len(g["score_60"]))
		}
		for i := range rows.Len() {
			if math.IsNaN(g["score_60"][i]) {
				continue // the released program's underflow; see package gridscore
			}
			for name, want := range map[string]float64{
				"score_60": g["score_60"][i], "score_90": g["score_90"][i], "score_60_minmax": g["score_60_minmax"][i],
			} {
				if got := npytest.Floats(t, rows, name, i)[0]; !near(got, want, tolerance) {
					t.Errorf("%s, unit %d: %s is %v, want %v", typ, i, name, got, want)
				}
			}
			if typ == npy.Float64 && npytest.Floats(t, rows, "mask_60", i)[1] != g["mask_60"][2*i+1] {
				t.Errorf("unit %d: mask_60 is %v", i, npytest.Floats(t, rows, "mask_60", i))
			}
			if npytest.Column(t, rows, "unit").Int(rows.Row(i)) != i || npytest.Column(t, rows, "layer").String(rows.Row(i)) != `lä"r` {
				t.Errorf("unit %d: the other fields did not pass through", i)
			}
		}
		_ = npytest.Column(t, rows, "mask_90_paper")
	}
}

// The released program's own maps, if the files are there.
func TestReleasedScores(t *testing.T) {
	dir := os.Getenv("GRIDCELLS_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared", "data")
	}
	path := filepath.Join(dir, "reference_activations_scores.npz")
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%v: set GRIDCELLS_DATA to the folder that holds it", err)
	}
	g := npytest.Golden(t, path)
	out, stderr, status := run(ratemapRows(t, g["ratemap"], 20, npy.Float64, nil))
	if status != 0 {
		t.Fatal(stderr)
	}
	rows, _ := npytest.Read(t, out)
	for i := range rows.Len() {
		for name, n := range map[string]int{"score_60": 1, "score_90": 1, "mask_60": 2, "mask_90": 2, "sac": 39 * 39} {
			for k, got := range npytest.Floats(t, rows, name, i) {
				if want := g[name][i*n+k]; !near(got, want, 1e-6) {
					t.Fatalf("unit %d: %s[%d] is %v, want %v", i, name, k, got, want)
				}
			}
		}
	}
}

func TestThreads(t *testing.T) {
	maps := npytest.Golden(t, goldenFile)["ratemap"]
	for len(maps) < 300*400 { // more than a batch
		maps = append(maps, maps...)
	}
	in := ratemapRows(t, maps, 20, npy.Float64, npy.Provenance{})
	for _, args := range [][]string{{}, {"--format", "csv"}, {"--format", "jsonl"}, {"--unvisited", "omit"}} {
		want, stderr, status := run(in, append(args, "--threads", "1")...)
		if status != 0 {
			t.Fatal(stderr)
		}
		for _, threads := range []string{"2", "7"} {
			if got, _, _ := run(in, append(args, "--threads", threads)...); !bytes.Equal(got, want) {
				t.Errorf("%v with %s threads: other bytes", args, threads)
			}
		}
	}
}

func TestRescoring(t *testing.T) {
	g := npytest.Golden(t, goldenFile)
	once, _, _ := run(ratemapRows(t, g["ratemap"][:1200], 20, npy.Float64, nil))
	twice, stderr, status := run(once, "--score", "paper", "--paper-inner", "0.2")
	if status != 0 {
		t.Fatal(stderr)
	}
	if want := "the input was scored before: 4 columns of scores are replaced\n"; !strings.Contains(stderr, want) {
		t.Errorf("remark %q, want %q", stderr, want)
	}
	nulls, _, _ := run(once, "--null", "gaussian", "--shuffles", "2")
	if _, stderr, _ := run(nulls, "--score", "paper,minmax"); !strings.Contains(stderr, "p_gaussian, q_gaussian, threshold_95_gaussian, threshold_99_gaussian stay as they were") {
		t.Errorf("remark %q of nulls that stay", stderr)
	}
	rows, p := npytest.Read(t, twice)
	if len(p) != 2 || rows.Len() != 3 {
		t.Errorf("%d rows, %d stages", rows.Len(), len(p))
	}
	var inner float64
	if ok, err := p.Parameter("paper_inner", &inner); !ok || err != nil || inner != 0.2 {
		t.Errorf("provenance: paper_inner %v, %v, %v", inner, ok, err)
	}
	if got := npytest.Floats(t, rows, "mask_60", 0)[0]; got != 0.2 {
		t.Errorf("inner radius %v, want 0.2", got)
	}
	dropped, stderr, status := run(once, "--drop", "sac,mask_90,ratemap")
	if status != 0 {
		t.Fatal(stderr)
	}
	rows, _ = npytest.Read(t, dropped)
	for _, name := range []string{"sac", "mask_90", "ratemap"} {
		if _, ok := rows.DType.Field(name); ok {
			t.Errorf("%s was not dropped", name)
		}
	}
	if got := npytest.Floats(t, rows, "score_60", 0)[0]; !near(got, g["score_60"][0], 1e-6) {
		t.Errorf("score_60 is %v, want %v", got, g["score_60"][0])
	}
}

func TestCSV(t *testing.T) {
	g := npytest.Golden(t, goldenFile)
	out, stderr, status := run(ratemapRows(t, g["ratemap"], 20, npy.Float64, nil), "--format", "csv", "--score", "minmax,reference")
	if status != 0 {
		t.Fatal(stderr)
	}
	lines, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	header := "depth,layer,unit,score_60,score_90,mask_60_inner,mask_60_outer,mask_90_inner,mask_90_outer," +
		"score_60_reference,score_90_reference,mask_60_reference_inner,mask_60_reference_outer,mask_90_reference_inner,mask_90_reference_outer," +
		"grid_scale_m,grid_orientation_deg,grid_ellipticity,grid_ellipse_angle_deg,grid_spacing_cv,grid_angle_sd_deg,grid_peak_correlation,grid_peaks," +
		"border_score,border_score_solstad,head_direction_length,head_direction_deg,head_direction_p_shift," +
		"spatial_information_bits_per_spike,spatial_information_bits_per_s,spatial_information_p_shift,sparsity,coherence,split_half_r," +
		"is_grid,is_border,is_head_direction,class"
	if got := strings.Join(lines[0], ","); got != header {
		t.Errorf("header %s", got)
	}
	if len(lines) != 51 || lines[4][0] != "0.3" || lines[4][1] != `lä"r` || lines[4][2] != "3" {
		t.Errorf("%d lines, the fourth row %v", len(lines), lines[4])
	}
	for i, line := range lines[1:] {
		got, err := strconv.ParseFloat(line[3], 64)
		if want := g["score_60_minmax"][i]; err != nil || !math.IsNaN(want) && !near(got, want, 1e-6) {
			t.Errorf("row %d: %v, %v, want %v", i, got, err, want)
		}
	}
}

// Maps so small that no ring holds a point have no score: NaN, or null.
func TestUndefined(t *testing.T) {
	in := ratemapRows(t, []float64{1, 2, 3, 4}, 2, npy.Float64, nil)
	out, stderr, status := run(in, "--score", "paper", "--paper-inner", "0.6", "--format", "jsonl")
	if status != 0 {
		t.Fatal(stderr)
	}
	var line map[string]any
	if err := json.Unmarshal(out, &line); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if score, ok := line["score_60"]; !ok || score != nil {
		t.Errorf("score_60 is %v in %s", score, out)
	}
	if line["layer"] != `lä"r` || line["unit"] != 0.0 {
		t.Errorf("line %s", out)
	}
	if got := formatNumber(math.NaN(), npy.Float64, true); got != "null" {
		t.Errorf("NaN in JSON is %s", got)
	}
	if got := formatNumber(math.NaN(), npy.Float64, false); got != "NaN" {
		t.Errorf("NaN in CSV is %s", got)
	}
}

// infiniteOccupancy is a row whose ratemap is fine.
func infiniteOccupancy(t *testing.T) []byte {
	d, err := npy.NewDType(npy.Field{Name: "ratemap", Type: npy.Float64, Shape: []int{5, 5}}, npy.Field{Name: "occupancy", Type: npy.Float32, Shape: []int{5, 5}})
	if err != nil {
		t.Fatal(err)
	}
	rows := npy.MakeRows(d, 1)
	times := make([]float64, 25)
	times[7] = math.Inf(1)
	npytest.Column(t, rows, "occupancy").PutFloat64(rows.Row(0), times)
	return npytest.Write(t, rows, nil)
}

func TestFailures(t *testing.T) {
	other := func(name string, typ npy.Type, shape ...int) []byte {
		d, err := npy.NewDType(npy.Field{Name: name, Type: typ, Shape: shape})
		if err != nil {
			t.Fatal(err)
		}
		return npytest.Write(t, npy.MakeRows(d, 1), nil)
	}
	good := ratemapRows(t, make([]float64, 800), 20, npy.Float64, npy.Provenance{})
	infinite := make([]float64, 800)
	infinite[500] = math.Inf(1)
	for _, c := range []struct {
		name   string
		input  []byte
		args   []string
		status int
		stderr string
	}{
		{"empty", nil, nil, 1, "standard input: empty input"},
		{"no ratemap", other("map", npy.Float64, 20, 20), nil, 1, `field "ratemap": found no such field (there are map), wanted numbers of shape (*, *)`},
		{"missing stage", other("target_pos", npy.Float32, 100, 2), nil, 1, "no ratemaps: run ratemaps first (field \"ratemap\": "},
		{"flat ratemap", other("ratemap", npy.Float64, 400), nil, 1, `field "ratemap": found <f8 (400,), wanted numbers of shape (*, *)`},
		{"text", other("ratemap", npy.Bytes(3), 20, 20), nil, 1, `field "ratemap": found |S3 (20, 20), whose type |S3 is not a number`},
		{"no map", other("ratemap", npy.Float32, 20), nil, 1, `field "ratemap": found <f4 (20,)`},
		{"one bin", other("ratemap", npy.Float32, 1, 1), nil, 1, `wanted 2 to 512 bins a side`},
		{"infinite occupancy", infiniteOccupancy(t), nil, 1, "record 0: occupancy holds an infinite value"},
		{"infinite", ratemapRows(t, infinite, 20, npy.Float64, nil), nil, 1, "record 1: ratemap holds an infinite value"},
		{"truncated", good[:len(good)-1000], nil, 1, "standard input: record 1 at byte"},
		{"cut at a chunk", good[:bytes.LastIndex(good, []byte("\x93NUMPY"))], nil, 1, "without its end mark"},
		{"unknown score", good, []string{"--score", "reference,best"}, 2, "--score must be one of"},
		{"twice", good, []string{"--score", "paper,paper"}, 2, "paper is listed twice"},
		{"unknown format", good, []string{"--format", "xml"}, 2, "--format"},
		{"unknown policy", good, []string{"--unvisited", "guess"}, 2, "--unvisited"},
		{"unknown field", good, []string{"--drop", "nothing"}, 2, "--drop nothing"},
	} {
		out, stderr, status := run(c.input, c.args...)
		if status != c.status || !strings.Contains(stderr, c.stderr) {
			t.Errorf("%s: status %d, stderr %q; want %d, %q", c.name, status, stderr, c.status, c.stderr)
		}
		if c.status == 2 && len(out) > 0 {
			t.Errorf("%s: %d bytes of output", c.name, len(out))
		}
	}
}

// A table without rows stays a table.
func TestNoRows(t *testing.T) {
	in := ratemapRows(t, nil, 20, npy.Float64, npy.Provenance{})
	out, stderr, status := run(in)
	if status != 0 {
		t.Fatal(stderr)
	}
	r := npy.NewReader(bytes.NewReader(out), "output")
	if _, _, err := r.Header(); err != nil {
		t.Error(err)
	}
	if _, err := r.Next(nil, 1); err != io.EOF {
		t.Error(err)
	}
	if out, _, _ := run(in, "--format", "csv"); !strings.HasPrefix(string(out), "depth,layer,unit,score_60,") {
		t.Errorf("csv: %s", out)
	}
	if out, _, _ := run(in, "--format", "jsonl"); len(out) != 0 {
		t.Errorf("jsonl: %s", out)
	}
}

func TestClosedPipe(t *testing.T) {
	in := ratemapRows(t, make([]float64, 400), 20, npy.Float64, nil)
	for _, format := range []string{"npy", "csv", "jsonl"} {
		r, w := io.Pipe()
		r.Close()
		err := Run(context.Background(), bytes.NewReader(in), w, io.Discard, []string{"--format", format})
		if cli.Status(err) != cli.StatusOK {
			t.Errorf("%s: a closed reader downstream: %v", format, err)
		}
	}
}

func TestCancelled(t *testing.T) {
	for _, threads := range []string{"1", "2"} {
		silent, w := io.Pipe() // an input that stays silent
		defer w.Close()
		in := ratemapRows(t, make([]float64, 400), 20, npy.Float64, npy.Provenance{})
		ctx, cancel := context.WithCancelCause(context.Background())
		go func() {
			w.Write(in[:len(in)-10])
			cancel(&cli.Interrupted{Signal: os.Interrupt})
		}()
		err := Run(ctx, silent, io.Discard, io.Discard, []string{"--threads", threads})
		if cli.Status(err) != 130 {
			t.Errorf("interrupted with --threads %s: %v, status %d", threads, err, cli.Status(err))
		}
	}
}

func BenchmarkRun(b *testing.B) {
	maps := npytest.Golden(b, goldenFile)["ratemap"]
	for len(maps) < 512*400 {
		maps = append(maps, maps...)
	}
	in := ratemapRows(b, maps[:512*400], 20, npy.Float64, nil)
	for b.Loop() {
		if err := Run(context.Background(), bytes.NewReader(in), io.Discard, io.Discard, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/512, "µs/unit")
}
