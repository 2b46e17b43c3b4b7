package rerun_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gridcells/pkg/checkpoint"
	"gridcells/pkg/rerun"
	"gridcells/pkg/tool/simulate"
	"gridcells/pkg/tool/targets"
	"gridcells/pkg/tool/train"
)

// checkPlan compares what the lines of a plan mean to the current tools with what is
// recorded: the trainings with all their parameters, and the names of the results.
func checkPlan(t *testing.T, name, path string, covered []row) {
	plan := readPlan(t, path)
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n# It trains these networks with each seed:\n", plan.command)
	for _, line := range plan.lines {
		fmt.Fprintf(&b, "\n# ---- %s\n%s\n", line.name, strings.Join(line.commands(t, plan.steps), "\n"))
	}
	compareWithFile(t, name+".plan", b.String())
	for _, c := range covered {
		for _, key := range keys(t, c.file) {
			if !slices.ContainsFunc(plan.lines, func(l planLine) bool { return l.name == key }) {
				t.Errorf("%s: %s is no line of %s", c.file, key, path)
			}
		}
	}
}

// keys returns the names of the runs in a table, or the name of the run in that of a
// table of its units.
func keys(t *testing.T, file string) []string {
	t.Helper()
	table := readTable(t, filepath.Join(results, file))
	if table[0][0] != "name" {
		stem, _, _ := strings.Cut(file, "-")
		return []string{stem}
	}
	var names []string
	for _, row := range table[1:] {
		names = append(names, row[0])
	}
	return names
}

// plan is a plan of scripts/sweep.sh.
type plan struct {
	command string // that the plan's comment gives
	steps   uint64
	lines   []planLine
}

type planLine struct {
	name                     string
	simulate, targets, train []string
}

func readPlan(t *testing.T, path string) plan {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^# +(.*\bSTEPS=(\d+) .*scripts/sweep\.sh .*)$`).FindStringSubmatch(string(text))
	if m == nil {
		t.Fatalf("%s: no comment gives the command with STEPS", path)
	}
	p := plan{command: m[1]}
	if p.steps, err = strconv.ParseUint(m[2], 10, 64); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		if strings.TrimSpace(line) == "" {
			continue
		}
		parts := append(strings.Split(line, "|"), "", "", "")
		p.lines = append(p.lines, planLine{strings.TrimSpace(parts[0]), strings.Fields(parts[1]), strings.Fields(parts[2]), strings.Fields(parts[3])})
	}
	return p
}

// commands returns the commands of the training with seed 1. It asks the tools for
// them: they make a checkpoint of no update, whose provenance has all parameters.
func (l planLine) commands(t *testing.T, steps uint64) []string {
	t.Helper()
	if at := slices.Index(l.train, "--steps"); at >= 0 {
		var err error
		if steps, err = strconv.ParseUint(l.train[at+1], 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "network.safetensors")
	made := runTool(t, simulate.Run, nil, append(slices.Clone(l.simulate), "-q", "--seed", "1", "-n", "1"))
	coded := runTool(t, targets.Run, made, append(slices.Clone(l.targets), "-q"))
	runTool(t, train.Run, coded, append(slices.Clone(l.train), "-q", "--seed", "1", "--steps", "0", "--checkpoint", file))
	c, err := checkpoint.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	origin, err := c.Origin(file)
	if err != nil {
		t.Fatal(err)
	}
	origin.Update = steps
	origin.Data[0].Parameters = regexp.MustCompile(`"n":1\b`).ReplaceAll(origin.Data[0].Parameters, []byte(`"n":0`))
	lines, err := rerun.Training(origin)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(lines, func(line string) bool { return strings.HasPrefix(line, "# The tools are of version") })
}
