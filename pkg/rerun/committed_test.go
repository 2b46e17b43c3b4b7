package rerun_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gridcells/pkg/npy"
	"gridcells/pkg/rerun"
	summaries "gridcells/pkg/results"
	"gridcells/pkg/tool/gridscore"
	"gridcells/pkg/tool/report"
	"gridcells/pkg/trajectory"
)

var update = flag.Bool("update", false, "rewrite the commands of committed results")

const (
	root    = "../.." // of the repository
	results = root + "/docs/results"
)

// row is a line of a table in docs/results/README.md.
type row struct{ file, record, version string }

// rows reads the tables of docs/results/README.md.
func rows(t *testing.T) []row {
	t.Helper()
	readme, err := os.ReadFile(filepath.Join(results, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var all []row
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|[^|]*\\| `([^`]+)` \\| ([0-9.]+) \\| [0-9a-f]{7,} \\|$").FindAllStringSubmatch(string(readme), -1) {
		all = append(all, row{m[1], m[2], m[3]})
	}
	return all
}

// TestCommitted: docs/results/README.md lists each committed result and figure with
// its record and with the version that made it, and the current tools agree with
// each record.
func TestCommitted(t *testing.T) {
	list := rows(t)
	files := map[string]bool{}    // those listed
	records := map[string][]row{} // what each record covers
	for _, r := range list {
		files[r.file] = true
		records[r.record] = append(records[r.record], r)
	}
	for _, name := range committed(t) {
		if !files[name] {
			t.Errorf("docs/results/README.md does not list %s with its record, version and commit", name)
		}
		delete(files, name)
	}
	for name := range files {
		t.Errorf("docs/results/README.md lists %s, which is not there", name)
	}
	used := map[string]bool{}
	for name, covered := range records {
		t.Run(name, func(t *testing.T) { checkRecord(t, name, covered, used) })
	}
	for _, pattern := range []string{"*.sh", "*.provenance.json"} {
		paths, err := filepath.Glob(filepath.Join(results, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if !used[filepath.Base(path)] {
				t.Errorf("%s is the record of no file", path)
			}
		}
	}
}

// committed lists the results and figures below docs/: all files that are neither
// text nor a record.
func committed(t *testing.T) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(filepath.Join(root, "docs"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name := d.Name()
		if !strings.HasSuffix(name, ".md") && !strings.HasSuffix(name, ".sh") && !strings.HasSuffix(name, ".provenance.json") {
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// checkRecord compares a record with the current tools, in each way that it allows.
func checkRecord(t *testing.T, name string, covered []row, used map[string]bool) {
	plan := filepath.Join(root, "scripts", name+".plan")
	found := false
	if exists(filepath.Join(results, name+".provenance.json")) {
		used[name+".provenance.json"], used[name+".sh"], found = true, true, true
		compareCommands(t, name, covered)
	}
	if exists(plan) {
		used[name+".plan.sh"], found = true, true
		checkPlan(t, name, plan, covered)
	}
	if !found && exists(filepath.Join(results, name+".sh")) {
		used[name+".sh"], found = true, true
		checkScript(t, name, covered)
	}
	if !found {
		t.Errorf("%s has no record: neither docs/results/%[2]s.provenance.json, nor scripts/%[2]s.plan, nor docs/results/%[2]s.sh", covered[0].file, name)
	}
}

// tool is the body of a tool.
type tool func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) error

func runTool(t *testing.T, run tool, stdin []byte, args []string) []byte {
	t.Helper()
	var out, messages bytes.Buffer
	if err := run(t.Context(), bytes.NewReader(stdin), &out, &messages, args); err != nil {
		t.Fatalf("%v: %v %s", args, err, &messages)
	}
	return out.Bytes()
}

// checkScript checks a record that a person wrote. A command of report runs again
// and must give the same bytes. Two programs have checks of their own:
// scripts/dataset_figures, in its test, and scripts/train_many.py, which needs a GPU
// for hours of a processor's time and whose bits depend on that GPU, so that only
// its plan is compared with the table.
func checkScript(t *testing.T, name string, covered []row) {
	text, err := os.ReadFile(filepath.Join(results, name+".sh"))
	if err != nil {
		t.Fatal(err)
	}
	script := regexp.MustCompile(`(?m)^#.*\n`).ReplaceAllString(strings.ReplaceAll(string(text), "\\\n", " "), "")
	words := strings.Fields(script)
	switch {
	case len(words) > 0 && words[0] == "report":
		drawAgain(t, words[1:], covered)
	case strings.Contains(script, "scripts/dataset_figures "), strings.Contains(script, "scripts/course_figure "):
	case strings.Contains(script, "docs/results/rescored.csv"): // TestDocumentsHaveTheFullRuns and scoreFullRuns
	case strings.Contains(script, "docs/results/full-runs.npy.zst"):
		scoreFullRuns(t)
	case strings.Contains(script, "scripts/train_many"):
		checkNames(t, words, covered)
	default:
		t.Errorf("docs/results/%s.sh has no command whose result a test can compare", name)
	}
}

// drawAgain runs report in the repository's root and compares what it draws.
func drawAgain(t *testing.T, args []string, covered []row) {
	at := slices.Index(args, "-o")
	if at < 0 || len(covered) != 1 || filepath.Base(args[at+1]) != covered[0].file {
		t.Fatalf("report %v does not draw %v", args, covered)
	}
	want, err := os.ReadFile(filepath.Join(root, args[at+1]))
	if err != nil {
		t.Fatal(err)
	}
	drawn := filepath.Join(t.TempDir(), filepath.Base(args[at+1]))
	args[at+1] = drawn
	t.Chdir(root)
	runTool(t, report.Run, nil, append(args, "-q"))
	got, err := os.ReadFile(drawn)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("report draws another %s now: run the command of its record again", covered[0].file)
	}
}

// scoreFullRuns scores the ratemaps of the full runs again and compares the shares of
// units above 0.37 with those in docs/results/rescored.csv, with which other tests
// compare docs/reproduction.md.
func scoreFullRuns(t *testing.T) {
	summary := filepath.Join(t.TempDir(), "summary.json")
	runTool(t, gridscore.Run, nil, []string{"-q", "--score", "paper", "--unvisited", "omit", "--drop", "ratemap,direction_tuning,sac", "--summary", summary,
		filepath.Join(results, "full-runs.npy.zst")})
	data, err := os.ReadFile(summary)
	if err != nil {
		t.Fatal(err)
	}
	scored, err := summaries.ReadPopulation(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	rescored := readNetworks(t, "results/rescored.csv").with("update", "300000", "scored", "--unvisited omit --grid-cut 0.37")
	for _, layer := range scored.Layers {
		kind, seed, _ := strings.Cut(layer.Name, "-")
		want := rescored.with("setting", kind, "seed", seed).values(t, "share_above_0.37")
		if got := layer.Scores[0].Above.Share.Float(); len(want) != 1 || math.Abs(got-want[0]) > 1e-6 {
			t.Errorf("%s: %v of the units of the committed ratemaps are above 0.37, and rescored.csv has %v", layer.Name, got, want)
		}
	}
}

// checkNames checks that the plans which commands name have a line for each network
// of a table.
func checkNames(t *testing.T, words []string, covered []row) {
	planned := map[string]bool{}
	for _, word := range words {
		if !strings.HasPrefix(word, "scripts/") || !strings.HasSuffix(word, ".txt") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, word))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if fields := strings.Fields(line); len(fields) > 0 && fields[0][0] != '#' {
				planned[fields[0]] = true
			}
		}
	}
	if len(planned) == 0 {
		t.Fatal("the commands name no plan")
	}
	for _, c := range covered {
		made := map[string]bool{}
		for _, row := range readTable(t, filepath.Join(root, "docs", c.file))[1:] {
			made[row[0]+"-"+row[1]] = true
		}
		for name := range made {
			if !planned[name] {
				t.Errorf("%s: %s is no line of a plan that the record names", c.file, name)
			}
		}
		for name := range planned {
			if !made[name] {
				t.Errorf("%s has no row of %s, which is in a plan of its record", c.file, name)
			}
		}
	}
}

// compareMotion fails if the commands of simulate, which do not repeat the parameters
// of its motion model, would take other ones now.
func compareMotion(t *testing.T, stem string, p npy.Provenance) {
	t.Helper()
	for _, s := range p {
		var flags struct {
			Motion string            `json:"motion"`
			Set    map[string]string `json:"set"`
		}
		var derived struct {
			Then map[string]any `json:"motion_parameters"`
		}
		if s.Tool != "simulate" || len(s.Derived) == 0 {
			continue
		}
		if err := errors.Join(json.Unmarshal(s.Parameters, &flags), json.Unmarshal(s.Derived, &derived)); err != nil {
			t.Fatal(err)
		}
		model, err := trajectory.NewModel(flags.Motion, flags.Set)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(model)
		if err != nil {
			t.Fatal(err)
		}
		var now map[string]any
		if err := json.Unmarshal(text, &now); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(now, derived.Then) {
			t.Errorf("%s: the motion model %s had the parameters %v and has %v now", stem, flags.Motion, derived.Then, now)
		}
	}
}

// readTable reads a CSV file, its header first.
func readTable(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// compareCommands compares the commands of a result with those that its provenance
// gives now.
func compareCommands(t *testing.T, stem string, covered []row) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(results, stem+".provenance.json"))
	if err != nil {
		t.Fatal(err)
	}
	var p npy.Provenance
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatalf("%s: %v", stem, err)
	}
	for _, c := range covered {
		if c.version != p[len(p)-1].Version {
			t.Errorf("README.md says that version %s made %s, its provenance says %s", c.version, c.file, p[len(p)-1].Version)
		}
	}
	compareMotion(t, stem, p)
	lines, err := rerun.Commands(p, stem+".npy")
	if err != nil {
		t.Fatalf("%s: %v", stem, err)
	}
	compareWithFile(t, stem, strings.Join(lines, "\n")+"\n")
}

// compareWithFile compares the commands that the current tools print with the
// committed ones.
func compareWithFile(t *testing.T, stem, now string) {
	t.Helper()
	path := filepath.Join(results, stem+".sh")
	if *update {
		if err := os.WriteFile(path, []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	then, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(then) != now {
		t.Errorf("the current tools print other commands for %s than %s has. They print\n%s\nMake the result again, or relabel it and run this test with -update", stem, path, now)
	}
}
