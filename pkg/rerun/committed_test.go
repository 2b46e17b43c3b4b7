package rerun_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"gridcells/pkg/npy"
	"gridcells/pkg/rerun"
	"gridcells/pkg/trajectory"
)

var update = flag.Bool("update", false, "rewrite the commands of committed results")

const results = "../../docs/results"

// TestCommittedResults: each committed result is labelled with the version that
// made it, and the commands which the current tools print for its provenance are
// the ones committed beside it.
func TestCommittedResults(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(results, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	versions := map[string]string{} // by file
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|[^|]*\\| ([0-9.]+) \\| [0-9a-f]{7,} \\|$").FindAllStringSubmatch(string(readme), -1) {
		versions[m[1]] = m[2]
	}
	files, err := os.ReadDir(results)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := file.Name()
		stem, isProvenance := strings.CutSuffix(name, ".provenance.json")
		switch {
		case isProvenance:
			compareCommands(t, stem, versions)
		case name == "README.md" || strings.HasSuffix(name, ".sh"):
		case versions[name] == "":
			t.Errorf("README.md does not list %s with its version and commit", name)
		case versions[name] != "0.1.0":
			stem, _, _ := strings.Cut(name, ".")
			if _, err := os.Stat(filepath.Join(results, stem+".provenance.json")); err != nil {
				t.Errorf("%s has no provenance: inspect --provenance FILE > docs/results/%s.provenance.json", name, stem)
			}
		}
		delete(versions, name)
	}
	for name := range versions {
		t.Errorf("README.md lists %s, which is not there", name)
	}
}

// TestCommittedFigures: README.md lists each figure and table in docs/ with the
// version that made it, and with its provenance or a file that holds the commands.
func TestCommittedFigures(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(results, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	makers := map[string]string{} // by figure
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|[^|]*\\| `([^`]+)` \\| ([0-9.]+) \\| [0-9a-f]{7,} \\|$").FindAllStringSubmatch(string(readme), -1) {
		makers[m[1]] = m[2]
		if p := filepath.Join(results, m[2]+".provenance.json"); exists(p) {
			compareCommands(t, m[2], map[string]string{m[2] + "." + m[1]: m[3]})
			continue
		}
		commands, err := os.ReadFile(filepath.Join("../..", m[2]))
		if err != nil {
			t.Errorf("README.md: %s is neither a provenance nor a file with commands: %v", m[2], err)
		} else if !strings.Contains(string(commands), m[1]) {
			t.Errorf("README.md: %s does not mention %s", m[2], m[1])
		}
	}
	files, err := os.ReadDir("../../docs")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		switch filepath.Ext(file.Name()) {
		case ".png", ".svg", ".gif", ".csv":
			if makers[file.Name()] == "" {
				t.Errorf("docs/results/README.md does not list %s with its maker, version and commit", file.Name())
			}
			delete(makers, file.Name())
		}
	}
	for name := range makers {
		t.Errorf("docs/results/README.md lists %s, which is not there", name)
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

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// compareCommands compares the commands of a result with those that its provenance
// gives now.
func compareCommands(t *testing.T, stem string, versions map[string]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(results, stem+".provenance.json"))
	if err != nil {
		t.Fatal(err)
	}
	var p npy.Provenance
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatalf("%s: %v", stem, err)
	}
	for file, version := range versions {
		if strings.HasPrefix(file, stem+".") && version != p[len(p)-1].Version {
			t.Errorf("README.md says that version %s made %s, its provenance says %s", version, file, p[len(p)-1].Version)
		}
	}
	compareMotion(t, stem, p)
	lines, err := rerun.Commands(p, stem+".npy")
	if err != nil {
		t.Fatalf("%s: %v", stem, err)
	}
	now := strings.Join(lines, "\n") + "\n"
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
