package cmd_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gridcells/pkg/npy"
	"gridcells/pkg/npy/npytest"
)

// TestWorkedExample follows the worked example of CONTRIBUTING.md: it adds the null
// to package nulls, in an overlay over the source, and runs that package's tests of
// the registry.
func TestWorkedExample(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the package nulls again")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip(err)
	}
	text, err := os.ReadFile("../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?ms)^   ```go\n(.*?)^   ```$").FindAllStringSubmatch(string(text), -1)
	if len(blocks) != 2 {
		t.Fatalf("%d blocks of Go in CONTRIBUTING.md, want the null and its entry", len(blocks))
	}
	null, entry := unindent(blocks[0][1]), unindent(blocks[1][1])
	overlay := newOverlay(t)
	overlay.add(t, "pkg/nulls/binshuffle.go", null)
	overlay.insert(t, "pkg/nulls/registry.go", "Registry", entry)
	out, err := overlay.run(t, "test", "-run", "TestRegistryDraws/bins|TestOwnNullsDoNotDependOnUnits/bins", "-v", "./pkg/nulls")
	if err != nil || !strings.Contains(string(out), "--- PASS: TestRegistryDraws/bins") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestScriptsAreListed: the table of scripts in CONTRIBUTING.md names each file and
// command in scripts/, and nothing else.
func TestScriptsAreListed(t *testing.T) {
	text, err := os.ReadFile("../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## The scripts\n")
	section, _, _ = strings.Cut(section, "\n## ")
	listed := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]*) \\|").FindAllStringSubmatch(section, -1) {
		for _, name := range strings.Split(row[1], ", ") {
			listed[strings.Trim(name, "`")] = true
		}
	}
	entries, err := os.ReadDir("../scripts")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !listed[e.Name()] && e.Name() != "__pycache__" {
			t.Errorf("CONTRIBUTING.md does not list scripts/%s", e.Name())
		}
		delete(listed, e.Name())
	}
	for name := range listed {
		t.Errorf("CONTRIBUTING.md lists scripts/%s, which is not there", name)
	}
}

// TestShortExamples follows the examples of a score and a figure: it builds the tools
// with them, and scores and draws units by them.
func TestShortExamples(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles gridscore and report again")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip(err)
	}
	text, err := os.ReadFile("../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?ms)^```go\n// ([^\n]*)\n(.*?)^```$").FindAllStringSubmatch(string(text), -1)
	if len(blocks) != 4 {
		t.Fatalf("%d blocks of Go in CONTRIBUTING.md, want a score, a figure and their entries", len(blocks))
	}
	overlay := newOverlay(t)
	for _, block := range blocks {
		if table, file, isEntry := strings.Cut(block[1], " in "); isEntry {
			overlay.insert(t, file, table, block[2])
		} else {
			overlay.add(t, block[1], block[2])
		}
	}
	bin := t.TempDir()
	if out, err := overlay.run(t, "build", "-o", bin, "./cmd/gridscore", "./cmd/report"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	dir := t.TempDir()
	scores, drawn := filepath.Join(dir, "scores.npy"), filepath.Join(dir, "count.svg")
	for _, command := range []*exec.Cmd{
		exec.Command(filepath.Join(bin, "gridscore"), "--score", "mean-square", "-o", scores),
		exec.Command(filepath.Join(bin, "report"), "-q", "--figure", "count", "-o", drawn, scores),
	} {
		command.Stdin = bytes.NewReader(twoMaps(t))
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", command.Args, err, out)
		}
	}
	if svg, err := os.ReadFile(drawn); err != nil || !strings.Contains(string(svg), "2 units") {
		t.Errorf("the figure does not count two units: %v", err)
	}
}

// twoMaps is a stream of two ratemaps, of stripes.
func twoMaps(t *testing.T) []byte {
	t.Helper()
	dtype, err := npy.NewDType(npy.Field{Name: "ratemap", Type: npy.Float64, Shape: []int{20, 20}})
	if err != nil {
		t.Fatal(err)
	}
	rows := npy.MakeRows(dtype, 2)
	values := make([]float64, 400)
	for i := range values {
		values[i] = math.Sin(float64(i%20) / 2)
	}
	for i := range rows.Len() {
		npytest.Column(t, rows, "ratemap").PutFloat64(rows.Row(i), values)
	}
	return npytest.Write(t, rows, nil)
}

// overlay is a set of files that the go command sees in place of those of the
// repository.
type overlay struct {
	root, dir string
	replace   map[string]string // files by the path that they replace
}

func newOverlay(t *testing.T) *overlay {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	return &overlay{root, t.TempDir(), map[string]string{}}
}

// add puts a file at a path in the repository.
func (o *overlay) add(t *testing.T, path, content string) {
	t.Helper()
	file := filepath.Join(o.dir, strings.ReplaceAll(path, "/", "-"))
	if err := os.WriteFile(file, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	o.replace[filepath.Join(o.root, filepath.FromSlash(path))] = file
}

// insert puts an entry at the beginning of a table, a variable of a file.
func (o *overlay) insert(t *testing.T, path, table, entry string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(o.root, filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	begin := regexp.MustCompile(`(?m)^var ` + table + ` = \[\]\w+\{\n`).FindIndex(text)
	if begin == nil {
		t.Fatalf("%s has no table %s", path, table)
	}
	o.add(t, path, string(text[:begin[1]])+entry+string(text[begin[1]:]))
}

// run runs the go command in the repository.
func (o *overlay) run(t *testing.T, command string, args ...string) ([]byte, error) {
	t.Helper()
	text, err := json.Marshal(map[string]any{"Replace": o.replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(o.dir, "overlay.json")
	if err := os.WriteFile(file, text, 0o666); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("go", append([]string{command, "-overlay", file}, args...)...)
	c.Dir = o.root
	return c.CombinedOutput()
}

// unindent removes the indentation of a block in a list.
func unindent(block string) string { return strings.ReplaceAll("\n"+block, "\n   ", "\n")[1:] }
