//go:build unix

package cmd_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// snakemake finds Snakemake, or skips the test.
func snakemake(t *testing.T) string {
	t.Helper()
	if program := os.Getenv("GRIDCELLS_SNAKEMAKE"); program != "" {
		return program
	}
	program, err := exec.LookPath("snakemake")
	if err != nil {
		t.Skip("no snakemake here: set GRIDCELLS_SNAKEMAKE to it")
	}
	return program
}

// TestWorkflow makes a sweep with Snakemake. The first try of every run fails after
// the training: the checkpoint survives, the next try goes on from it, and the table
// is that of scripts/sweep.sh.
func TestWorkflow(t *testing.T) {
	skipUnderRace(t)
	if testing.Short() {
		t.Skip("runs a workflow")
	}
	program := snakemake(t)
	b := newScriptBench(t)
	for _, dir := range []string{"workflow", "config", "profiles"} {
		if err := os.CopyFS(filepath.Join(b.root, dir), os.DirFS(filepath.Join("..", dir))); err != nil {
			t.Fatal(err)
		}
	}
	plan := b.plan("one"+tiny, "two | --motion sorscher | --n-pc 16 | --nh-lstm 16 --nh-bottleneck 16")
	whole := filepath.Join(b.root, "whole")
	if out, status := b.run([]string{"STEPS=20", "SEEDS=3 4", "EVALUATE=20", "SHUFFLES=2", "BINS=12", "NULLS=field,gaussian", "SLIM=yes", "THREADS=1"}, "sweep.sh", plan, whole); status != 0 {
		t.Fatalf("status %d: %s", status, out)
	}
	config := filepath.Join(b.root, "small.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(config, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	gridscore := filepath.Join(b.root, "bin", "gridscore")
	text, err := os.ReadFile(gridscore)
	if err != nil {
		t.Fatal(err)
	}
	// The path of the summary names the run.
	writeScript(t, gridscore, strings.Replace(string(text), "#!/bin/sh\n", `#!/bin/sh
case "$*" in
*/run.12.population.json*)
	tried=$(echo "$*" | sed 's|.*runs/\([a-z]*\)/\([0-9]*\).*|failed-\1-\2|')
	if [ ! -e "$tried" ]; then touch "$tried"; echo "gridscore: no luck" >&2; exit 1; fi
esac
`, 1))
	run := func(flags ...string) (string, int) {
		c := exec.Command(program, append([]string{"--profile", "profiles/local", "--cores", "2", "--configfile", config}, flags...)...)
		c.Dir = b.root
		c.Env = append(os.Environ(), "TMPDIR="+filepath.Join(b.root, "tmp"), "XDG_CACHE_HOME="+filepath.Join(b.root, "cache"))
		out, err := c.CombinedOutput()
		return string(out), exitStatus(err)
	}
	const settings = "plan: a plan\nseeds: [3, 4]\nsteps: 20\nevaluate: 20\nbins: [12]\nshuffles: 2\nbase: one\n"
	write(settings + "retries: 1\n")
	if out, status := run(); status != 0 {
		t.Fatalf("status %d: %s", status, out)
	}
	for _, name := range []string{"settings.csv", "excess.csv", "settings.pdf"} {
		if s, err := os.Stat(filepath.Join(b.root, "results", name)); err != nil || s.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	got, err := os.ReadFile(filepath.Join(b.root, "results", "runs.csv"))
	want, _ := tool("compare", whole).Output()
	if err != nil || string(got) != string(want) || len(want) == 0 {
		t.Errorf("%v; the workflow:\n%sscripts/sweep.sh:\n%s", err, got, want)
	}
	// Snakemake keeps the log of the last try.
	for _, name := range []string{"one.3", "one.4", "two.3", "two.4"} {
		log, err := os.ReadFile(filepath.Join(b.root, "results", "logs", name+".log"))
		if err != nil || strings.Contains(string(log), "a new run begins") || !strings.Contains(string(log), "20 updates made") {
			t.Errorf("%s: %v: %s", name, err, log)
		}
		if _, err := os.Stat(filepath.Join(b.root, "failed-"+strings.Replace(name, ".", "-", 1))); err != nil {
			t.Errorf("the first try of %s did not fail: %v", name, err)
		}
	}
	if out, status := run(); status != 0 || !strings.Contains(out, "Nothing to be done") {
		t.Errorf("again: status %d: %s", status, out)
	}
	for text, want := range map[string]string{
		settings + "nonsense: 1\n":                        "nonsense",
		settings + "runtime: 5\n":                         "leave no time to train",
		strings.Replace(settings, "a plan", "no plan", 1): "no such plan",
		strings.Replace(settings, "[3, 4]", "[3, 3]", 1):  "seeds",
	} {
		write(text)
		if out, status := run("--dry-run"); status == 0 || !strings.Contains(out, want) {
			t.Errorf("%q: status %d: %s", text, status, out)
		}
	}
}
