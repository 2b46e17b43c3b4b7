package cmd_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
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
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	registry, err := os.ReadFile(filepath.Join(root, "pkg/nulls/registry.go"))
	if err != nil {
		t.Fatal(err)
	}
	const begin = "var Registry = []Null{\n"
	if strings.Count(string(registry), begin) != 1 {
		t.Fatalf("registry.go does not have %q once", begin)
	}
	dir := t.TempDir()
	replace := map[string]string{}
	for name, content := range map[string]string{
		"binshuffle.go": null,
		"registry.go":   strings.Replace(string(registry), begin, begin+entry, 1),
	} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(root, "pkg/nulls", name)] = file
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, overlay, 0o666); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("go", "test", "-overlay", file, "-run", "TestRegistryDraws/bins|TestOwnNullsDoNotDependOnUnits/bins", "-v", "./pkg/nulls")
	c.Dir = root
	out, err := c.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestRegistryDraws/bins") {
		t.Errorf("%v\n%s", err, out)
	}
}

// unindent removes the indentation of a block in a list.
func unindent(block string) string { return strings.ReplaceAll("\n"+block, "\n   ", "\n")[1:] }
