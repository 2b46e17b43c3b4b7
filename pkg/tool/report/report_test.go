package report

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"gridcells/pkg/canvas/pdftest"
	"gridcells/pkg/cli"
	"gridcells/pkg/npy"
	"gridcells/pkg/npy/npytest"
	"gridcells/pkg/pages"
	"gridcells/pkg/results"
)

// row is a unit as the tests write it.
type row struct {
	layer   string
	unit    int
	score60 float64
}

func scoredDType(t testing.TB, bins int) *npy.DType {
	t.Helper()
	d, err := npy.NewDType(
		npy.Field{Name: "layer", Type: npy.Bytes(16)},
		npy.Field{Name: "unit", Type: npy.Int32},
		npy.Field{Name: "ratemap", Type: npy.Float32, Shape: []int{bins, bins}},
		npy.Field{Name: "sac", Type: npy.Float32, Shape: []int{2*bins - 1, 2*bins - 1}},
		npy.Field{Name: "score_60", Type: npy.Float64},
		npy.Field{Name: "score_90", Type: npy.Float32},
		npy.Field{Name: "mask_60", Type: npy.Float32, Shape: []int{2}},
	)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// stream writes rows with as many of the fields as d has.
func stream(t testing.TB, d *npy.DType, p npy.Provenance, rows ...row) []byte {
	t.Helper()
	return fill(t, d, p, rows, func(c npy.Column, b []byte, i int) {
		switch c.Name {
		case "mask_60":
			c.PutFloat64(b, []float64{0.2, 0.6})
		case "ratemap", "sac":
			v := make([]float64, c.Len())
			for k := range v {
				v[k] = math.Sin(float64(k*(rows[i].unit+3)) / 7)
			}
			c.PutFloat64(b, v)
		}
	})
}

// fill writes what rows say, and what put says of the other columns of row i.
func fill(t testing.TB, d *npy.DType, p npy.Provenance, rows []row, put func(c npy.Column, b []byte, i int)) []byte {
	t.Helper()
	table := npy.MakeRows(d, len(rows))
	for i, r := range rows {
		b := table.Row(i)
		for _, f := range d.Fields() {
			c := npy.Column{Field: f}
			switch f.Name {
			case "layer":
				c.PutString(b, r.layer)
			case "unit":
				c.PutInt(b, r.unit)
			case "score_60":
				c.PutFloat64(b, []float64{r.score60})
			default:
				put(c, b, i)
			}
		}
	}
	return npytest.Write(t, table, p)
}

var twoLayers = []row{
	{"lstm", 0, 0.1}, {"lstm", 1, 0.5},
	{"bottleneck", 0, -0.2}, {"bottleneck", 1, 1.25}, {"bottleneck", 2, 0.38}, {"bottleneck", 3, math.NaN()},
}

// Units without a number are numbered as they come, layer by layer.
func TestUnitsWithoutNumbers(t *testing.T) {
	d := scoredDType(t, 4)
	if mustRun(t, stream(t, d.Without("unit"), nil, twoLayers...), "--pages", "units") == "" {
		t.Error("no pages")
	}
	text := mustRun(t, stream(t, d.Without("unit"), nil, twoLayers...), "-o", filepath.Join(t.TempDir(), "r.pdf"))
	if !strings.Contains(text, " 1.25 (unit 1)") {
		t.Errorf("summary:\n%s", text)
	}
}

// run runs the tool and returns standard output.
func run(stdin []byte, args ...string) (string, error) {
	var out, diagnostics bytes.Buffer
	err := Run(context.Background(), bytes.NewReader(stdin), &out, &diagnostics, args)
	return out.String(), err
}

func mustRun(t testing.TB, stdin []byte, args ...string) string {
	t.Helper()
	out, err := run(stdin, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func pageCount(t testing.TB, pdf []byte) int {
	t.Helper()
	return len(pdftest.Contents(t, pdf))
}

func inputs(t testing.TB) []string {
	untrained := stream(t, scoredDType(t, 3), nil, row{"bottleneck", 0, 0.2}, row{"bottleneck", 1, 0.4})
	return []string{
		"--log", write(t, "train.jsonl", `{"step":1000,"loss":7.5,"loss_sd":0.5}
{"step":2000,"loss":6,"loss_sd":0.25}

{"event":"resumed"}
{"step":2000,"loss":6.125,"loss_sd":0.25}
`),
		"--path-integration", write(t, "trained.json", `{"time_s":[0.15,0.3],"error_m":[0.1,0.2],"final_error_m":0.2,"floor_m":0.069,"loss":5.875}`),
		"--untrained-path-integration", write(t, "untrained.json", `{"time_s":[0.15,0.3],"error_m":[0.4,0.9],"loss":8}`),
		"--untrained-scores", write(t, "untrained.npy", string(untrained)),
	}
}

func TestSummaryText(t *testing.T) {
	in := stream(t, scoredDType(t, 5), npy.Provenance{}, twoLayers...)
	path := filepath.Join(t.TempDir(), "report.pdf")
	got := mustRun(t, in, append(inputs(t), "-o", path)...)
	want := path + ` (4 pages)

bottleneck, 4 units        this run        untrained   the paper
above a gridness of 0.37   50.0 %          50.0 %
highest gridness           1.25 (unit 1)   0.40

lstm, 2 units              this run        untrained
above a gridness of 0.37   50.0 %
highest gridness           0.50 (unit 1)

network                     this run                   untrained   the paper
position error              20.0 cm                    90.0 cm     16 cm (untrained 91)
– floor of the place code   6.9 cm
loss of the evaluation      5.875                      8.000
loss of the training        6.125 after 2000 updates
– first logged              7.500
`
	if got != want {
		t.Errorf("summary is\n%s\nwant\n%s", got, want)
	}
	pdf, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := pageCount(t, pdf); n != 4 {
		t.Errorf("%d pages, want 4", n)
	}
	if got := mustRun(t, in, "-o", path, "--quiet"); got != "" {
		t.Errorf("with --quiet standard output is %q", got)
	}
}

func TestSummaryJSON(t *testing.T) {
	in := stream(t, scoredDType(t, 5), nil, twoLayers...)
	path := filepath.Join(t.TempDir(), "report.pdf")
	text := mustRun(t, in, append(inputs(t), "-o", path, "--summary-json", "-", "--layers", "bottleneck")...)
	var got, want any
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if err := json.Unmarshal([]byte(`{"pages": 3, "criterion": 0.37, "paper": {"arena": "square", "units": 129, "of": 512, "share": 0.251953125}, "layers": [{"layer": "bottleneck", "best_unit": 1,
		"units": 4, "above_criterion": 2, "share_above_criterion": 0.5, "best_score": 1.25,
		"untrained": {"units": 2, "above_criterion": 1, "share_above_criterion": 0.5, "best_score": 0.4}}],
		"loss": {"updates": 2000, "final": 6.125, "final_sd": 0.25, "first": 7.5},
		"path_integration": {"final_error_m": 0.2, "floor_m": 0.069, "loss": 5.875},
		"untrained_path_integration": {"final_error_m": 0.9, "floor_m": null, "loss": 8}}`), &want); err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(got)
	b, _ := json.Marshal(want)
	if !bytes.Equal(a, b) {
		t.Errorf("summary is\n%s, want\n%s", a, b)
	}
}

func TestPDFOnStandardOutput(t *testing.T) {
	stage, err := npy.NewStage("gridscore", "0.1.0", map[string]any{"score": []string{"reference", "paper"}, "nested": map[string]int{"n": 3}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	in := stream(t, scoredDType(t, 5), npy.Provenance{stage}, twoLayers...)
	first := mustRun(t, in)
	// Summary, units of two layers, commands and stages.
	if n := pageCount(t, []byte(first)); n != 5 {
		t.Errorf("%d pages, want 5", n)
	}
	if mustRun(t, in, "--threads", "1") != first {
		t.Error("the same input gave other bytes")
	}
	if n := pageCount(t, []byte(mustRun(t, in, "--pages", "overview", "--layers", "bottleneck"))); n != 1 {
		t.Errorf("the overview of a layer takes %d pages", n)
	}
	for _, args := range [][]string{
		{"--colormap", "viridis"}, {"--page-size", "letter"}, {"--units", "1-2"}, {"--criterion", "0.6"}, {"--layers", "lstm"}, {"--title", "Rat 7"},
	} {
		other := mustRun(t, in, args...)
		if other == first {
			t.Errorf("%v changes nothing", args)
		}
		pageCount(t, []byte(other))
	}
}

func TestSingleFigures(t *testing.T) {
	in := stream(t, scoredDType(t, 5), nil, twoLayers...)
	dir := t.TempDir()
	for _, c := range []struct {
		output, want string
		args         []string
	}{
		{"a.png", "\x89PNG", nil},
		{"a.svg", "<?xml", nil},
		{"a.pdf", "%PDF", nil},
		{"b.txt", "<?xml", []string{"--format", "svg"}},
	} {
		path := filepath.Join(dir, c.output)
		mustRun(t, in, append(c.args, "--figure", "gridness", "--dpi", "50", "-o", path)...)
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(got, []byte(c.want)) {
			t.Errorf("%s begins with %q, want %q", c.output, got[:5], c.want)
		}
	}
	small := mustRun(t, in, "--figure", "units", "--units", "1")
	if small == mustRun(t, in, "--figure", "units", "--units", "1", "--width", "120", "--text-size", "12") {
		t.Error("--width and --text-size change nothing")
	}
	// Figures that need no units read none.
	log := write(t, "train.jsonl", `{"step":1000,"loss":7.5,"loss_sd":0.5}`+"\n"+`{"step":2000,"loss":6,"loss_sd":0.25}`+"\n")
	if got := mustRun(t, nil, "--figure", "loss", "--log", log); !strings.HasPrefix(got, "%PDF") {
		t.Errorf("the loss alone: %.20q", got)
	}
	if got := mustRun(t, nil, "--figure", "path-integration", "--path-integration", write(t, "p.json", `{"time_s":[1,2],"error_m":[0.1,0.2]}`)); !strings.HasPrefix(got, "%PDF") {
		t.Errorf("errors alone: %.20q", got)
	}
	if _, err := run(in, "--figure", "loss"); err == nil || !strings.Contains(err.Error(), "it needs the log of a training") {
		t.Errorf("loss without a log: error %v", err)
	}
}

func TestControlsTrajectoryAndDirections(t *testing.T) {
	d, err := scoredDType(t, 5).With(npy.Field{Name: "direction_tuning", Type: npy.Float32, Shape: []int{20}})
	if err != nil {
		t.Fatal(err)
	}
	in := stream(t, d, nil, twoLayers...)
	null := write(t, "null.npy", string(stream(t, scoredDType(t, 3), nil, row{"lstm", 0, 0.5}, row{"lstm", 1, 0.1})))
	paths, err := npy.NewDType(
		npy.Field{Name: "target_pos", Type: npy.Float32, Shape: []int{9, 2}},
		npy.Field{Name: "decoded_pos", Type: npy.Float32, Shape: []int{9, 2}},
	)
	if err != nil {
		t.Fatal(err)
	}
	arena, err := npy.NewStage("simulate", "0.1.0", map[string]any{"arena": "square", "env_size": 2.2}, nil)
	if err != nil {
		t.Fatal(err)
	}
	trajectory := write(t, "decoded.npy", string(stream(t, paths, npy.Provenance{arena}, row{})))
	output := filepath.Join(t.TempDir(), "report.pdf")
	text := mustRun(t, in, "--null-scores", null, "--trajectory", trajectory, "--pages", "summary,directions", "-o", output)
	if want := "(3 pages)"; !strings.Contains(text, want) || !strings.Contains(text, "– null                     50.0 %, excess +0.0 points [-40.5, +40.5]\n") {
		t.Errorf("summary is %s", text)
	}
	for _, name := range []string{null, write(t, "empty.npy", string(stream(t, paths, npy.Provenance{})))} {
		if _, err := run(in, "--trajectory", name, "-o", output); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("trajectory from %s: error %v", name, err)
		}
	}
}

// cells adds what gridscore measures beyond scores to rows, and writes them.
func cells(t testing.TB, p npy.Provenance, rows ...row) []byte {
	t.Helper()
	fields := []npy.Field{
		{Name: "grid_scale_m", Type: npy.Float64}, {Name: "border_score", Type: npy.Float64}, {Name: "is_border", Type: npy.Int32},
		{Name: "head_direction_length", Type: npy.Float64}, {Name: "head_direction_deg", Type: npy.Float64},
		{Name: "q_gaussian", Type: npy.Float64}, {Name: "threshold_95_gaussian", Type: npy.Float64}, {Name: "q_gaussian_paper", Type: npy.Float64},
		{Name: "class", Type: npy.Unicode(16)}, {Name: "direction_tuning", Type: npy.Float64, Shape: []int{20}},
	}
	d, err := scoredDType(t, 5).With(fields...)
	if err != nil {
		t.Fatal(err)
	}
	return fill(t, d, p, rows, func(c npy.Column, b []byte, i int) {
		switch c.Name {
		case "class":
			c.PutString(b, []string{"grid", "border", "head_direction", "conjunctive", "none"}[i%5])
		case "is_border":
			c.PutInt(b, rows[i].unit)
		default:
			v := make([]float64, c.Len())
			for k := range v {
				v[k] = math.Abs(math.Sin(float64(k + i + 1)))
			}
			c.PutFloat64(b, v)
		}
	})
}

const populationJSON = `{"parameters": {"grid_cut": 0.37}, "layers": [{"layer": "bottleneck",
	"scores": [{"column": "score_60", "nulls": [{"null": "gaussian", "above_cut": {"share": 0.5, "null_share": 0.2, "excess": 0.3, "excess_interval": [0.1, null], "p": null},
		"above_own_threshold_95": {"units": 1}, "q_at_most_0.05": {"units": 0}}]}],
	"grid_scales": {"grid_cells_with_scale": 40, "clusters": [{"weight": 1, "mean_m": 0.7, "sd_m": 0.1}, {"weight": 0, "mean_m": null, "sd_m": null}]}}]}`

func TestCellsAndPopulation(t *testing.T) {
	in := cells(t, nil, twoLayers...)
	path := filepath.Join(t.TempDir(), "report.pdf")
	population := write(t, "run.json", populationJSON)
	text := mustRun(t, in, "-o", path, "--population", population, "--summary-json", "-", "--layers", "bottleneck")
	got, err := results.ReadReport(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	// Summary, units, head direction and provenance; one border cell fills no page.
	if l := got.Layers[0]; got.Pages != 4 || len(l.Nulls) != 1 || l.Nulls[0].Excess.Float() != 0.3 || l.Nulls[0].Interval[1].Known() || len(l.Classes) != 4 {
		t.Errorf("summary is %s", text)
	}
	for _, name := range []string{"excess", "scales", "directions", "borders"} {
		pageCount(t, []byte(mustRun(t, in, "--population", population, "--figure", name)))
	}
	for want, args := range map[string][]string{
		`run.json: its excess is above a gridness of 0.37`: {"--population", population, "--criterion", "0.5"},
		`e.json: no "layers"`:                              {"--population", write(t, "e.json", "{}")},
		`bad.json: byte 0: unexpected EOF`:                 {"--population", write(t, "bad.json", "{")},
		`it needs a null to compare with`:                  {"--figure", "excess"},
		`it needs checkpoints`:                             {"--figure", "training"},
	} {
		if _, err := run(in, args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %v, want %s", args, err, want)
		}
	}
}

// The rows of the untrained network tell its types of cells, and the scales of its grid
// cells.
func TestUntrainedCells(t *testing.T) {
	d, err := npy.NewDType(npy.Field{Name: "layer", Type: npy.Unicode(10)}, npy.Field{Name: "score_60", Type: npy.Float64},
		npy.Field{Name: "grid_scale_m", Type: npy.Float64}, npy.Field{Name: "is_grid", Type: npy.Int32},
		npy.Field{Name: "is_border", Type: npy.Int32}, npy.Field{Name: "is_head_direction", Type: npy.Int32})
	if err != nil {
		t.Fatal(err)
	}
	units := []struct {
		scale                       float64
		grid, border, headDirection int
	}{{0.5, 1, 0, 1}, {0.75, 1, 1, 0}, {9, 0, 1, 0}, {math.NaN(), 1, 1, 0}}
	table := npy.MakeRows(d, len(units))
	for i, u := range units {
		for k, v := range []any{"bottleneck", 0.1, u.scale, u.grid, u.border, u.headDirection} {
			switch c := (npy.Column{Field: d.Fields()[k]}); v := v.(type) {
			case string:
				c.PutString(table.Row(i), v)
			case float64:
				c.PutFloat64(table.Row(i), []float64{v})
			case int:
				c.PutInt(table.Row(i), v)
			}
		}
	}
	untrained := npytest.Write(t, table, nil)
	path := filepath.Join(t.TempDir(), "report.pdf")
	text := mustRun(t, cells(t, nil, twoLayers...), "-o", path, "--population", write(t, "run.json", populationJSON),
		"--untrained-scores", write(t, "untrained.npy", string(untrained)), "--layers", "bottleneck", "--summary-json", "-")
	got, err := results.ReadReport(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := got.Layers[0].UntrainedCells
	if c == nil || c.Scale == nil || *c.Scale != (results.Range{Mean: results.Of(0.625), Least: results.Of(0.5), Greatest: results.Of(0.75)}) ||
		*c.Border != results.CountOf(3, 4) || *c.HeadDirection != results.CountOf(1, 4) {
		t.Errorf("summary is %s", text)
	}
	text = mustRun(t, cells(t, nil, twoLayers...), "-o", path, "--population", write(t, "run.json", populationJSON),
		"--untrained-scores", write(t, "untrained.npy", string(untrained)), "--layers", "bottleneck")
	for _, want := range []string{"62 cm (50–75)", "75.0 %", "25.0 %"} {
		if !strings.Contains(text, want) {
			t.Errorf("summary lacks %q: %s", want, text)
		}
	}
}

// Scores of several nulls in one file.
func TestNullScores(t *testing.T) {
	d, err := npy.NewDType(npy.Field{Name: "layer", Type: npy.Unicode(10)}, npy.Field{Name: "null", Type: npy.Unicode(9)}, npy.Field{Name: "score_60", Type: npy.Float64})
	if err != nil {
		t.Fatal(err)
	}
	table := npy.MakeRows(d, 300)
	for i := range table.Len() {
		for k, text := range []string{"bottleneck", []string{"field", "gaussian", "rotation"}[i/100]} {
			npy.Column{Field: d.Fields()[k]}.PutString(table.Row(i), text)
		}
		npy.Column{Field: d.Fields()[2]}.PutFloat64(table.Row(i), []float64{float64(i%100) / 100})
	}
	null := npytest.Write(t, table, nil)
	path := filepath.Join(t.TempDir(), "report.pdf")
	text := mustRun(t, cells(t, nil, twoLayers...), "-o", path, "--null-scores", write(t, "null.npy", string(null)))
	for _, name := range []string{"field", "gaussian", "rotation"} {
		if want := "– " + map[string]string{"field": "field shuffles", "gaussian": "Gaussian fields", "rotation": "rotations"}[name]; !strings.Contains(text, want) {
			t.Errorf("summary lacks %q: %s", want, text)
		}
		if want := "62.0 %, excess -12.0 points ["; !strings.Contains(text, want) {
			t.Errorf("summary lacks %q: %s", want, text)
		}
	}
}

// Names in the input are escaped on standard output and in error messages, so that
// no terminal obeys them.
func TestControlCharacters(t *testing.T) {
	const bad = "a\x1b[2J\u202e"
	in := stream(t, scoredDType(t, 5), npy.Provenance{{Tool: bad, Version: bad}}, row{bad, 0, 0.5}, row{bad, 1, 0.1})
	text := mustRun(t, in, "-o", filepath.Join(t.TempDir(), "r.pdf"))
	_, err := run(in, "--layers", "x")
	if err == nil {
		t.Fatal("no error")
	}
	for _, s := range []string{text, err.Error()} {
		if strings.ContainsAny(s, "\x1b\u202e") || !strings.Contains(s, `a\x1b[2J`) {
			t.Errorf("%q", s)
		}
	}
}

func TestOverTraining(t *testing.T) {
	dir := t.TempDir()
	var files []string
	for k, update := range []int{3000, 1000, 2000} {
		var p npy.Provenance
		name := filepath.Join(dir, "scores-"+string(rune('a'+k))+".npy")
		if k < 2 {
			stage, err := npy.NewStage("activations", "0.1.0", map[string]any{"checkpoint_update": update}, nil)
			if err != nil {
				t.Fatal(err)
			}
			p = npy.Provenance{stage}
		} else { // known by its name only
			name = filepath.Join(dir, "run7-2000.npy")
		}
		rows := []row{{"bottleneck", 0, 0.1 * float64(k)}, {"bottleneck", 1, 0.5 - 0.1*float64(k)}, {"bottleneck", 2, 0.3}}
		if err := os.WriteFile(name, cells(t, p, rows...), 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, name)
	}
	output := filepath.Join(dir, "training.pdf")
	text := mustRun(t, nil, append(files, "--over-training", "--pages", "training,summary", "-o", output)...)
	if !strings.Contains(text, "(2 pages)") || !strings.Contains(text, " 0.50 (unit 1)") {
		t.Errorf("the last checkpoint is not what is summed up: %s", text)
	}
	for _, name := range []string{"training", "training-units"} {
		pageCount(t, []byte(mustRun(t, nil, append(files, "--over-training", "--units", "0-1", "--figure", name)...)))
	}
	if _, err := run(nil, append(files, files[0], "--over-training")...); err == nil || !strings.Contains(err.Error(), "two inputs are of update 3000") {
		t.Errorf("the same checkpoint twice: error %v", err)
	}
	nameless := write(t, "units.npy", string(cells(t, nil, row{"bottleneck", 0, 0.1})))
	if _, err := run(nil, nameless, "--over-training"); err == nil || !strings.Contains(err.Error(), "checkpoint_update") {
		t.Errorf("a checkpoint of unknown update: error %v", err)
	}
}

func TestRoundArena(t *testing.T) {
	paths, err := npy.NewDType(
		npy.Field{Name: "target_pos", Type: npy.Float32, Shape: []int{9, 2}},
		npy.Field{Name: "decoded_pos", Type: npy.Float32, Shape: []int{9, 2}},
	)
	if err != nil {
		t.Fatal(err)
	}
	in := stream(t, scoredDType(t, 5), nil, twoLayers...)
	var figures []string
	for _, shape := range []string{"square", "circle"} {
		arena, err := npy.NewStage("simulate", "0.1.0", map[string]any{"arena": shape, "env_size": 2.2}, nil)
		if err != nil {
			t.Fatal(err)
		}
		name := write(t, "decoded.npy", string(stream(t, paths, npy.Provenance{arena}, row{}, row{})))
		figures = append(figures, mustRun(t, in, "--figure", "trajectory", "--trajectory", name, "--trajectory-record", "1", "--format", "svg"))
		if _, err := run(in, "--trajectory", name, "--trajectory-record", "2"); err == nil || !strings.Contains(err.Error(), "no record 2") {
			t.Errorf("a record too far: error %v", err)
		}
	}
	if figures[0] == figures[1] {
		t.Error("a round arena has square walls")
	}
}

func TestOnlyNeededFields(t *testing.T) {
	d := scoredDType(t, 4).Without("layer", "sac", "score_90", "mask_60")
	path := filepath.Join(t.TempDir(), "report.pdf")
	got := mustRun(t, stream(t, d, nil, row{unit: 7, score60: 0.4}), "-o", path)
	if !strings.Contains(got, "units, 1 unit              this run\nabove a gridness of 0.37   100.0 %\nhighest gridness           0.40 (unit 7)") {
		t.Errorf("summary is %s", got)
	}
}

func TestErrors(t *testing.T) {
	d := scoredDType(t, 4)
	good := stream(t, d, nil, twoLayers...)
	with := func(f npy.Field) *npy.DType {
		d, err := d.With(f)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for name, c := range map[string]struct {
		in   []byte
		args []string
		want string // a regular expression
	}{
		"nothing":            {nil, nil, `empty input`},
		"no rows":            {stream(t, d, npy.Provenance{}), nil, `no units: .* no rows|empty input`},
		"no score":           {stream(t, d.Without("score_60"), nil, twoLayers...), nil, `"score_60"`},
		"no ratemap":         {stream(t, d.Without("ratemap"), nil, twoLayers...), nil, `"ratemap"`},
		"oblong ratemap":     {stream(t, with(npy.Field{Name: "ratemap", Type: npy.Float32, Shape: []int{4, 5}}), nil, twoLayers...), nil, `"sac": found .*\(7, 7\).*\(7, 9\)`},
		"autocorrelogram":    {stream(t, with(npy.Field{Name: "sac", Type: npy.Float32, Shape: []int{8, 8}}), nil, twoLayers...), nil, `"sac": found .*\(8, 8\).*\(7, 7\)`},
		"truncated":          {good[:len(good)-3], nil, `record \d+ at byte`},
		"writer died":        {stream(t, d, npy.Provenance{{Tool: "gridscore"}}, twoLayers...)[:len(good)], nil, `end|inside`},
		"no such layer":      {good, []string{"--layers", "dentate"}, `"dentate".*lstm, bottleneck`},
		"no such unit":       {good, []string{"--units", "99", "--pages", "units"}, `there is no unit 99`},
		"no such file":       {good, []string{"--log", "/does/not/exist"}, `/does/not/exist`},
		"log is no JSON":     {good, []string{"--log", write(t, "bad.jsonl", "{\"step\":1,\"loss\":2}\n{\"st")}, `bad.jsonl: line 2`},
		"log without step":   {good, []string{"--log", write(t, "bad.jsonl", `{"loss":2}`)}, `bad.jsonl: line 1: no "step"`},
		"empty log":          {good, []string{"--log", write(t, "bad.jsonl", "\n")}, `bad.jsonl: no line has a loss`},
		"errors without end": {good, []string{"--path-integration", write(t, "pi.json", "{}")}, `pi.json: neither`},
		"uneven errors":      {good, []string{"--path-integration", write(t, "pi.json", `{"time_s":[1],"error_m":[]}`)}, `pi.json: time_s has 1`},
		"no control":         {good, []string{"--untrained-scores", write(t, "u.npy", "")}, `u.npy`},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "report.pdf")
			out, err := run(c.in, append(c.args, "-o", path)...)
			if err == nil || !regexp.MustCompile(c.want).MatchString(err.Error()) {
				t.Errorf("error is %v, want %s", err, c.want)
			}
			if out != "" {
				t.Errorf("standard output has %q", out)
			}
			if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestStages(t *testing.T) {
	p := npy.Provenance{
		{Tool: "activations", Version: "0.1.0", Parameters: json.RawMessage(`{"b": 1, "a": {"x": [1,2], "y": "text"},
			"training_data": [{"tool": "simulate", "version": "0.1.0", "parameters": {"seed": 7}}, {"tool": "targets", "version": "0.1.0"}]}`)},
		{Tool: "foreign", Parameters: json.RawMessage(`null`)},
	}
	want := []pages.Stage{
		{Tool: "simulate", Version: "0.1.0", Role: "training_data of activations", Parameters: []pages.Parameter{{Name: "seed", Value: "7"}}},
		{Tool: "targets", Version: "0.1.0", Role: "training_data of activations"},
		{Tool: "activations", Version: "0.1.0", Parameters: []pages.Parameter{
			{Name: "b", Value: "1"}, {Name: "a.x", Value: "[1, 2]"}, {Name: "a.y", Value: "text"},
		}},
		{Tool: "foreign"},
	}
	got := stages(p)
	got[len(got)-1].Parameters = nil // a single nameless value
	if !reflect.DeepEqual(got, want) {
		t.Errorf("stages are\n%+v, want\n%+v", got, want)
	}
}

func TestUsageErrors(t *testing.T) {
	for _, args := range [][]string{
		{"--colormap", "rainbow"}, {"--pages", "appendix"}, {"--units", "3-1"}, {"--units", "x"}, {"--page-size", "a5"},
		{"--over-training"}, {"--trajectory-record", "-1"}, {"--figure", "torus"}, {"--format", "svg"}, {"-o", "pages.png"}, {"-o", "pages.jpg"}, {"--figure", "units", "-o", "x.jpg"}, {"--figure", "units", "-o", "x.txt"}, {"--figure", "units", "-o", "x.gif"}, {"-o", "pages.gif"},
		{"--figure", "training-animation", "-o", "x.png"}, {"--figure", "training-animation", "--frame-time", "0", "-o", "x.gif"}, {"--figure", "loss", "--width", "1"},
		{"--figure", "loss", "--dpi", "100000"}, {"--summary-json", "-"}, {"--untrained-path-integration", "f"}, {"--no-such-flag"},
	} {
		_, err := run(nil, args...)
		var usage *cli.UsageError
		if !errors.As(err, &usage) {
			t.Errorf("%v: error %v is no usage error", args, err)
		}
	}
}

func TestHelp(t *testing.T) {
	short, err := run(nil, "--help")
	if !errors.Is(err, cli.ErrDone) {
		t.Fatal(err)
	}
	if n := strings.Count(short, "\n"); n > 40 {
		t.Errorf("--help has %d lines", n)
	}
	for _, line := range strings.Split(short, "\n") {
		if len([]rune(line)) > 100 {
			t.Errorf("--help has a line of %d columns: %s", len([]rune(line)), line)
		}
	}
	all, err := run(nil, "--help-all")
	if !errors.Is(err, cli.ErrDone) {
		t.Fatal(err)
	}
	for _, s := range []string{"--path-integration", "--colormap", "viridis", "mask_60", "overview", "training-units"} {
		if !strings.Contains(all, s) {
			t.Errorf("--help-all does not mention %s", s)
		}
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	in := stream(t, scoredDType(t, 4), nil, twoLayers...)
	var out bytes.Buffer
	if err := Run(ctx, bytes.NewReader(in), &out, &out, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

// Real ratemaps, if the files are there.
func TestRealUnits(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector")
	}
	arrays, err := npytest.ReadNPZ("../../../../shared/data/reference_activations_scores.npz")
	if err != nil {
		t.Skip(err)
	}
	d := scoredDType(t, 20)
	rows := npy.MakeRows(d, 256)
	for _, f := range d.Fields() {
		c := npy.Column{Field: f}
		for u := range rows.Len() {
			switch f.Name {
			case "layer":
				c.PutString(rows.Row(u), "bottleneck")
			case "unit":
				c.PutInt(rows.Row(u), u)
			default:
				v, err := arrays[f.Name].Float64()
				if err != nil {
					t.Fatal(err)
				}
				c.PutFloat64(rows.Row(u), v[u*f.Len():(u+1)*f.Len()])
			}
		}
	}
	in := npytest.Write(t, rows, nil)
	pdf := mustRun(t, in)
	if n := pageCount(t, []byte(pdf)); n != 9 {
		t.Errorf("%d pages, want 9", n)
	}
	if len(pdf) > 5<<20 {
		t.Errorf("the PDF takes %d bytes", len(pdf))
	}
}

func FuzzLog(f *testing.F) {
	f.Add("{\"step\":1,\"loss\":2,\"loss_sd\":0.5}\n{\"step\":2,\"loss\":1}\n")
	f.Fuzz(func(t *testing.T, text string) {
		log, err := readLog(strings.NewReader(text))
		if err == nil && len(log) == 0 {
			t.Error("a log without lines is no error")
		}
		for k := 1; k < len(log); k++ {
			if log[k].Step <= log[k-1].Step {
				t.Errorf("step %d follows step %d", log[k].Step, log[k-1].Step)
			}
		}
	})
}
