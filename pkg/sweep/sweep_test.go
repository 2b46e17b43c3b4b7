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

// Runs with different results share a table, each value under its name. What is broken
// or missing is reported, and nothing else is lost.
func TestRead(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "runs [1-3]") // which is also a pattern
	put(t, filepath.Join(dir, "base", "1"), whole)
	put(t, filepath.Join(dir, "base", "2"), map[string]string{"report.pdf": "", "run.path.json": "{\"time_s\":[1", "run.jsonl": "@log.jsonl"})
	put(t, filepath.Join(dir, "base", "10"), map[string]string{"run.jsonl": "@log.jsonl"})
	put(t, filepath.Join(dir, "base", "11"), map[string]string{"failed": "status 7\n"})
	put(t, filepath.Join(dir, ".untrained", "1"), whole)
	put(t, filepath.Join(dir, "other", "1"), map[string]string{"finished": "",
		"run.20.population.json": `{"bins": 20, "parameters": {}, "layers": [{"layer": "bottleneck", "units": 4, "scores": [{"column": "score_60", "score": "new", "above_cut": {"units": 1, "share": 0.25}}]}]}`,
		"run.32.population.json": `{"bins": 32, "layers": [{"layer": "lstm", "units": 4}]}`})
	put(t, filepath.Join(dir, "notes", "today"), map[string]string{"report.pdf": ""})
	put(t, filepath.Join(dir, "elsewhere"), map[string]string{"a file": ""})

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
		if !slices.ContainsFunc(table.Columns, func(c sweep.Column) bool { return c.Name == test.column }) {
			t.Errorf("no column %s", test.column)
		}
	}
	problems := strings.Join(table.Problems, "\n")
	for _, want := range []string{
		filepath.Join("base", "10") + ": passed over: unfinished", filepath.Join("base", "11") + ": passed over: failed with status 7", filepath.Join("notes", "today") + ": passed over: its name is no seed",
		filepath.Join("base", "2", "run.path.json") + ": passed over: ", "other, seed 1, 32 bins: passed over: no layer \"bottleneck\": there are [\"lstm\"]",
		"other: seed 2 is missing", filepath.Join(dir, "elsewhere") + ": passed over: no runs in it",
	} {
		if !strings.Contains(problems, want) {
			t.Errorf("no problem %q in\n%s", want, problems)
		}
	}
	if len(table.Problems) != 7 {
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

// Runs that were scored differently stay in the table; it says how they differ.
func TestReadOtherDefinitions(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "base", "1"), whole)
	text, err := os.ReadFile(filepath.Join("..", "results", "testdata", "population.json"))
	if err != nil {
		t.Fatal(err)
	}
	other := strings.NewReplacer(`"grid_cut": 0.37`, `"grid_cut": 0.5`, `"paper_inner": 0.125`, `"paper_inner": 0.2`).Replace(string(text))
	put(t, filepath.Join(dir, "base", "2"), map[string]string{"finished": "", "run.12.population.json": other})
	put(t, filepath.Join(dir, "base", "02"), map[string]string{"finished": ""})
	table, err := sweep.Read(dir, sweep.Options{Layer: "bottleneck"})
	if err != nil || len(table.Runs) != 2 {
		t.Fatal(table, err)
	}
	problems := strings.Join(table.Problems, "\n")
	for _, want := range []string{
		"base, seed 2, 12 bins: not scored like the runs before it: paper_inner 0.2 instead of 0.125",
		"base, seed 2: not defined as in the runs before it: grid_share, reference_share", filepath.Join("base", "02") + ": passed over: it is seed 2 again",
	} {
		if !strings.Contains(problems, want) {
			t.Errorf("no problem %q in\n%s", want, problems)
		}
	}
	for _, c := range table.Columns {
		if c.Name == "grid_share" && c.Definition != "units that are grid cells: gridness above 0.37; in some runs: units that are grid cells: gridness above 0.5" {
			t.Errorf("definition %q", c.Definition)
		}
	}
}

func TestReadCSV(t *testing.T) {
	table, err := sweep.ReadCSV(strings.NewReader("name,loss,seed\nb,1.5,2\nb,NaN,3\n\"a,x\",,1\n"))
	if err != nil {
		t.Fatal(err)
	}
	if len(table.Runs) != 3 || table.Runs[0].Name != "b" || table.Runs[0].Seed != 2 || table.Runs[0].Values["loss"] != 1.5 || table.Runs[2].Name != "a,x" {
		t.Errorf("%+v", table.Runs)
	}
	if _, ok := table.Runs[2].Values["loss"]; ok || !math.IsNaN(table.Runs[1].Values["loss"]) {
		t.Errorf("%+v", table.Runs)
	}
	for text, want := range map[string]string{
		"": "empty", "name,loss\n": `"seed"`, "name,seed,a,a\n": "two columns", "name,seed,a\nx,y,1\n": `line 2: "y" is no seed`,
		"name,seed,a\nx,1,z\n": `line 2: a: "z" is no number`, "name,seed\nx,1,2\n": "wrong number of fields",
	} {
		if _, err := sweep.ReadCSV(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzReadCSV(f *testing.F) {
	f.Add("name,seed,loss\na,1,2\nb,2,\n")
	f.Add("\"name\",seed\r\na,-1\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		table, err := sweep.ReadCSV(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, r := range table.Runs {
			for name := range r.Values {
				if !slices.ContainsFunc(table.Columns, func(c sweep.Column) bool { return c.Name == name }) {
					t.Errorf("a value of %q, which is no column", name)
				}
			}
		}
	})
}
