package cmd_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// scriptBench is a checkout in a directory with spaces in its name: the scripts,
// and the tools as this test binary has them.
type scriptBench struct {
	t           *testing.T
	shell, root string
}

func newScriptBench(t *testing.T) *scriptBench {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("needs a Unix shell")
	}
	b := &scriptBench{t, bash(t), filepath.Join(t.TempDir(), "a checkout")}
	for _, dir := range []string{"bin", "scripts", "tmp"} {
		if err := os.MkdirAll(filepath.Join(b.root, dir), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	scripts, err := filepath.Glob("../scripts/*.sh")
	if err != nil || len(scripts) == 0 {
		t.Fatal(scripts, err)
	}
	for _, path := range scripts {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "\nset -euo pipefail\n") {
			t.Errorf("%s does not run under set -euo pipefail", path)
		}
		writeScript(t, filepath.Join(b.root, "scripts", filepath.Base(path)), string(text))
	}
	writeTools(t, filepath.Join(b.root, "bin"))
	return b
}

// command is a script that has not begun.
func (b *scriptBench) command(env []string, script string, args ...string) *exec.Cmd {
	c := exec.Command(b.shell, append([]string{filepath.Join(b.root, "scripts", script)}, args...)...)
	c.Dir = b.root
	c.Env = append(append(os.Environ(), "TMPDIR="+filepath.Join(b.root, "tmp")), env...)
	return c
}

// run runs a script and returns what it printed and its status.
func (b *scriptBench) run(env []string, script string, args ...string) (string, int) {
	b.t.Helper()
	c := b.command(env, script, args...)
	out, err := c.CombinedOutput()
	if c.ProcessState == nil {
		b.t.Fatal(err)
	}
	b.clean(script)
	return string(out), c.ProcessState.ExitCode()
}

// clean reports temporary files that a script has left.
func (b *scriptBench) clean(script string) {
	b.t.Helper()
	if left, _ := os.ReadDir(filepath.Join(b.root, "tmp")); len(left) > 0 {
		b.t.Errorf("%s leaves %v in the directory of temporary files", script, left)
	}
}

// plan writes a plan.
func (b *scriptBench) plan(lines ...string) string {
	b.t.Helper()
	path := filepath.Join(b.root, "a plan")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o666); err != nil {
		b.t.Fatal(err)
	}
	return path
}

// writeTools makes programs with the names of the tools, each of which is this test
// binary.
func writeTools(t *testing.T, dir string) {
	t.Helper()
	for name := range tools {
		writeScript(t, filepath.Join(dir, name), fmt.Sprintf("#!/bin/sh\n%s=%s exec '%s' \"$@\"\n", childVariable, name, os.Args[0]))
	}
}

func writeScript(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o777); err != nil {
		t.Fatal(err)
	}
}

// TestScripts runs the scripts in a directory with spaces in its name.
func TestScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a whole pipeline")
	}
	b := newScriptBench(t)
	root, run := b.root, b.run
	out := filepath.Join(root, "the results")
	small := []string{"STEPS=2", "EVALUATE=20"}
	if text, status := run(small, "pipeline.sh", out); status != 0 || !strings.Contains(text, "report.pdf") {
		t.Errorf("pipeline.sh: status %d: %s", status, text)
	}
	checkpoint := filepath.Join(out, "run.safetensors")
	if err := os.Link(checkpoint, filepath.Join(out, "run-000000002.safetensors")); err != nil {
		t.Fatal(err)
	}
	if text, status := run([]string{"EVALUATE=20", "IDLE=1"}, "follow.sh", checkpoint); status != 0 || !strings.HasPrefix(text, "2,") {
		t.Errorf("follow.sh: status %d: %s", status, text)
	}
	table, err := os.ReadFile(filepath.Join(out, "run.scores.csv"))
	if err != nil || strings.Count(string(table), "\n") != 2 {
		t.Errorf("the table of follow.sh: %q, %v", table, err)
	}
}

// TestGallery makes the pictures of README from the results of a small run. A program
// that writes an empty file stands for the one that takes a picture in a browser.
func TestGallery(t *testing.T) {
	if testing.Short() {
		t.Skip("trains the paper's network for some updates")
	}
	bench := newDocumentBench(t)
	bench.run(t, bench.directory(t), "the gallery", block{text: `
mkdir -p build/paper pictures
cp run.jsonl build/paper/
cp run.json build/paper/run.population.json
cp null.npy build/paper/run.nulls.npy
cp activations.npy build/paper/example.npy
for network in run untrained; do
    cp path.json build/paper/$network.path.json
    cp scores.npy build/paper/$network.scores.npy
done
cp -r build/paper build/sorscher
printf '#!/bin/sh\nfor last; do :; done\n: > "$last"\n' > bin/go
printf '#!/bin/sh\n' > bin/chromium
chmod +x bin/go bin/chromium
STEPS=4 EVALUATE=40 SHUFFLES=2 scripts/gallery.sh pictures
cd pictures
ls cells.png gridness.png montage.png page.png sorscher.png training.gif
`})
}

// TestScriptsAreExecutable: the documents call the scripts by their names alone.
func TestScriptsAreExecutable(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files have no modes here")
	}
	for _, pattern := range []string{"scripts/*.py", "scripts/*.sh", "scripts/*.sbatch", "examples/*.py"} {
		files, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(pattern)))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no files, %v", pattern, err)
		}
		for _, file := range files {
			if filepath.Base(file) == "signals.sh" {
				continue // other scripts read it
			}
			if info, err := os.Stat(file); err != nil || info.Mode()&0o111 == 0 {
				t.Errorf("%s cannot be run by its name: %v, %v", file, info.Mode(), err)
			}
		}
	}
}

// TestScriptsPassFailuresOn: the status and the message of a script are those of
// the tool that failed first, and nothing comes after it.
func TestScriptsPassFailuresOn(t *testing.T) {
	b := newScriptBench(t)
	root, run := b.root, b.run
	out := filepath.Join(root, "out")
	writeScript(t, filepath.Join(root, "bin", "targets"), "#!/bin/sh\necho 'targets: broken' >&2\nexit 7\n")
	text, status := run([]string{"STEPS=2"}, "pipeline.sh", out)
	if status != 7 || !strings.HasPrefix(text, "targets: broken\n") && !strings.Contains(text, "\ntargets: broken\n") {
		t.Errorf("pipeline.sh: status %d: %s", status, text)
	}
	if left, _ := os.ReadDir(out); len(left) > 0 {
		t.Errorf("pipeline.sh went on: %v", left)
	}
	if err := os.WriteFile(filepath.Join(out, "run-000000002.safetensors"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if text, status := run([]string{"EVALUATE=2"}, "follow.sh", filepath.Join(out, "run.safetensors")); status != 7 {
		t.Errorf("follow.sh: status %d: %s", status, text)
	}
	plan := filepath.Join(root, "a plan")
	if err := os.WriteFile(plan, []byte("one | -n 2\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if text, status := run([]string{"SEEDS=1"}, "sweep.sh", plan, filepath.Join(root, "sweep")); status != 7 {
		t.Errorf("sweep.sh: status %d: %s", status, text)
	}
	if text, status := run(nil, "pipeline.sh", "/proc/self/out"); runtime.GOOS == "linux" && (status == 0 || !strings.Contains(text, "/proc/self/out")) {
		t.Errorf("pipeline.sh into an unwritable directory: status %d: %s", status, text)
	}
	if _, status := run(nil, "follow.sh"); status == 0 {
		t.Error("follow.sh without a checkpoint: status 0")
	}
}

// exitStatus is the status of a program that has ended; -1 if it did not run.
func exitStatus(err error) int {
	if e, ok := err.(*exec.ExitError); ok {
		return e.ExitCode()
	}
	if err != nil {
		return -1
	}
	return 0
}
