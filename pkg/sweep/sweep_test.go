package sweep_test

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gridcells/pkg/sweep"
)

// put writes files of a run. Contents that begin with @ are copied from the test
// data of package results.
func put(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		text := []byte(content)
		if from, ok := strings.CutPrefix(content, "@"); ok {
			var err error
			if text, err = os.ReadFile(filepath.Join("..", "results", "testdata", from)); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

var whole = map[string]string{
	"report.pdf": "", "run.jsonl": "@log.jsonl", "run.path.json": "@path.json", "untrained.path.json": "@path.json",
	"run.12.population.json": "@population.json", "untrained.12.population.json": "@population.json",
}

// Runs that differ in what they have share a table, each value under its name;
// what is broken or missing is reported, and costs nothing else.
func TestRead(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "base", "1"), whole)
	put(t, filepath.Join(dir, "base", "2"), map[string]string{"report.pdf": "", "run.path.json": "{\"time_s\":[1", "run.jsonl": "@log.jsonl"})
	put(t, filepath.Join(dir, "base", "10"), map[string]string{"run.jsonl": "@log.jsonl"})
	put(t, filepath.Join(dir, "base", "11"), map[string]string{"failed": "status 7\n"})
	put(t, filepath.Join(dir, ".untrained", "1"), whole)
	put(t, filepath.Join(dir, "other", "1"), map[string]string{"finished": "",
		"run.20.population.json": `{"bins": 20, "layers": [{"layer": "bottleneck", "units": 4, "scores": [{"column": "score_60", "score": "new", "above_cut": {"units": 1, "share": 0.25}}]}]}`,
		"run.32.population.json": `{"bins": 32, "layers": [{"layer": "lstm", "units": 4}]}`})
	put(t, filepath.Join(dir, "notes", "today"), map[string]string{"report.pdf": ""})

	table, err := sweep.Read(dir, sweep.Options{Layer: "bottleneck"})
	if err != nil {
		t.Fatal(err)
	}
	var runs []string
	for _, r := range table.Runs {
		runs = append(runs, r.Name)
	}
	if got := strings.Join(runs, " "); got != "base base other" {
		t.Fatalf("runs %s", got)
	}
	value := func(run int, column string) float64 {
		v, ok := table.Runs[run].Values[column]
		if !ok {
			return math.Inf(1) // not there
		}
		return v
	}
	for _, test := range []struct {
		run    int
		column string
		want   float64
	}{
		{0, "updates", 20}, {1, "updates", 20}, {2, "updates", math.Inf(1)},
		{0, "bins", 12}, {2, "bins", math.Inf(1)}, {0, "units", 12}, {1, "units", math.Inf(1)}, {2, "units", math.Inf(1)}, {2, "units_20", 4},
		{0, "reference_field_own", 100.0 / 6}, {0, "paper_untrained_field_own", 25}, {2, "new_share_20", 25}, {0, "new_share_20", math.Inf(1)},
	} {
		if got := value(test.run, test.column); math.Abs(got-test.want) > 1e-9 && got != test.want {
			t.Errorf("run %d: %s is %v, want %v", test.run, test.column, got, test.want)
		}
		if !slices.Contains(table.Columns, test.column) {
			t.Errorf("no column %s among %v", test.column, table.Columns)
		}
	}
	problems := strings.Join(table.Problems, "\n")
	for _, want := range []string{
		filepath.Join("base", "10") + ": passed over: unfinished", filepath.Join("base", "11") + ": passed over: failed with status 7", filepath.Join("notes", "today") + ": passed over: its name is no seed",
		filepath.Join("base", "2", "run.path.json") + ": passed over: ", "other, seed 1, 32 bins: passed over: no layer \"bottleneck\": there are [\"lstm\"]",
		"other: seed 2 is missing",
	} {
		if !strings.Contains(problems, want) {
			t.Errorf("no problem %q in\n%s", want, problems)
		}
	}
	if len(table.Problems) != 6 {
		t.Errorf("problems\n%s", problems)
	}
	all, err := sweep.Read(dir, sweep.Options{Layer: "bottleneck", Unfinished: true})
	if err != nil || len(all.Runs) != 5 {
		t.Errorf("unfinished: %d runs, %v", len(all.Runs), err)
	}
	if err := table.Choose([]string{"updates", "nonsense"}); err == nil || !strings.Contains(err.Error(), `"nonsense"`) {
		t.Errorf("unknown column: %v", err)
	}
	if _, err := sweep.Read(t.TempDir(), sweep.Options{}); err == nil || !strings.Contains(err.Error(), "no finished runs") {
		t.Errorf("no runs: %v", err)
	}
}

func TestSettings(t *testing.T) {
	table := &sweep.Table{Columns: []string{"a", "b", "c"}, Runs: []sweep.Run{
		{Name: "x", Seed: 1, Values: map[string]float64{"a": 1, "b": 5}},
		{Name: "x", Seed: 2, Values: map[string]float64{"a": 3, "b": math.NaN()}},
		{Name: "y", Seed: 1, Values: map[string]float64{"c": 2}},
	}}
	s := table.Settings()
	if len(s) != 2 || s[0].Name != "x" || s[0].Seeds != 2 || s[1].Seeds != 1 {
		t.Fatalf("settings %+v", s)
	}
	if a := s[0].Means["a"]; a.Mean != 2 || math.Abs(a.SD-math.Sqrt2) > 1e-12 || a.Seeds != 2 {
		t.Errorf("a: %+v", a)
	}
	if b := s[0].Means["b"]; b.Mean != 5 || b.Seeds != 1 {
		t.Errorf("b: %+v", b)
	}
	if _, ok := s[0].Means["c"]; ok || s[1].Means["c"].Mean != 2 {
		t.Errorf("c: %+v", s)
	}
}
