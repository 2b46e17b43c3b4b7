package cmd_test

import (
	"os"
	"os/exec"
	"regexp"
	"testing"

	"gridcells/pkg/cli"
)

// TestPythonVersion compares the version of the Python package with that of the
// tools.
func TestPythonVersion(t *testing.T) {
	text, err := os.ReadFile("../python/gridcells/version.py")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^__version__ = "(.*)"$`).FindSubmatch(text)
	if found == nil || string(found[1]) != cli.Version {
		t.Errorf("python/gridcells/version.py says %q; the tools are version %s", found, cli.Version)
	}
}

// TestPython runs the tests of the Python package, of the examples and of the
// notebook with the tools that this test binary has. GRIDCELLS_PYTHON names the
// interpreter, which needs NumPy and pytest. Tests that need more are skipped where
// it is missing.
func TestPython(t *testing.T) {
	python := os.Getenv("GRIDCELLS_PYTHON")
	if python == "" {
		t.Skip("GRIDCELLS_PYTHON does not name a Python interpreter")
	}
	if out, err := exec.Command(python, "-c", "import numpy, pytest").CombinedOutput(); err != nil {
		t.Skipf("%s: NumPy and pytest are needed: %v: %s", python, err, out)
	}
	bash(t)
	bin := t.TempDir()
	writeTools(t, bin)
	c := exec.Command(python, "-B", "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "../python/tests")
	c.Env = append(os.Environ(), "GRIDCELLS_BIN="+bin)
	out, err := c.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}
