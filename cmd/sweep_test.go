//go:build unix

package cmd_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"gridcells/pkg/checkpoint"
)

// tiny is a line of a plan whose network trains within a second.
const tiny = " | | --n-pc 16 | --nh-lstm 16 --nh-bottleneck 16"

// endless has so many updates that only a signal ends it.
var endless = []string{"STEPS=1000000000", "SEEDS=1", "EVALUATE=10", "SHUFFLES=1", "BINS=12", "THREADS=1"}

var short = []string{"STEPS=5", "SEEDS=1", "EVALUATE=10", "SHUFFLES=1", "BINS=12", "THREADS=1"}

// waitFor waits until a condition holds.
func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(4 * time.Minute); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited four minutes for %s", what)
		}
	}
}

// training says whether a run has made updates.
func training(log string) func() bool {
	return func() bool {
		s, err := os.Stat(log)
		return err == nil && s.Size() > 0
	}
}

// TestSignalsReachTraining: a signal to the script, and to no other process, makes
// train save; the script ends with the documented status, and leaves no process and
// no temporary file.
func TestSignalsReachTraining(t *testing.T) {
	skipUnderRace(t)
	b := newScriptBench(t)
	plan := b.plan("one" + tiny + " --log-every 10")
	for _, test := range []struct {
		signal syscall.Signal
		status int
	}{{syscall.SIGTERM, 143}, {syscall.SIGUSR1, 138}, {syscall.SIGHUP, 129}, {syscall.SIGINT, 130}} {
		for script, arguments := range map[string][]string{"pipeline.sh": {}, "sweep.sh": {plan}} {
			dir := filepath.Join(b.root, script+strconv.Itoa(test.status))
			run := dir
			if script == "sweep.sh" {
				run = filepath.Join(dir, "one", "1")
			}
			env := append([]string{"TRAIN=--nh-lstm 16 --nh-bottleneck 16 --log-every 10"}, endless...)
			if script == "pipeline.sh" {
				env[0] = "TRAIN=--nh-lstm 16 --nh-bottleneck 16"
			} else {
				env[0] = "TRAIN="
			}
			c := b.command(env, script, append(arguments, dir)...)
			var out bytes.Buffer
			c.Stdout, c.Stderr = &out, &out
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			waitFor(t, script+" to train", training(filepath.Join(run, "run.jsonl")))
			if err := c.Process.Signal(test.signal); err != nil {
				t.Fatal(err)
			}
			// It returns only when no process has the output open any more.
			c.Wait()
			if got := c.ProcessState.ExitCode(); got != test.status {
				t.Errorf("%s, %v: status %d, want %d: %s", script, test.signal, got, test.status, out.String())
			}
			saved, err := checkpoint.Load(filepath.Join(run, "run.safetensors"))
			if err != nil || saved.Position.Update == 0 {
				t.Errorf("%s, %v: no checkpoint: %v: %s", script, test.signal, err, out.String())
			}
			b.clean(script)
		}
	}
}

// TestSignalEndsFollow: follow.sh waits for checkpoints that do not come.
func TestSignalEndsFollow(t *testing.T) {
	b := newScriptBench(t)
	c := b.command([]string{"EVALUATE=2"}, "follow.sh", filepath.Join(b.root, "run.safetensors"))
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	tmp := filepath.Join(b.root, "tmp")
	waitFor(t, "the held-out trajectories", func() bool {
		found, _ := filepath.Glob(filepath.Join(tmp, "*", "held-out.npy"))
		return len(found) > 0
	})
	c.Process.Signal(syscall.SIGTERM)
	c.Wait()
	if got := c.ProcessState.ExitCode(); got != 143 {
		t.Errorf("status %d, want 143", got)
	}
	b.clean("follow.sh")
}

// TestInterruptedSweepHasTheSameTable: a sweep that is stopped and called again
// ends with the same files as one that never stopped.
func TestInterruptedSweepHasTheSameTable(t *testing.T) {
	skipUnderRace(t)
	if testing.Short() {
		t.Skip("runs two sweeps")
	}
	b := newScriptBench(t)
	plan := b.plan("one"+tiny+" --log-every 100 --steps 3000", "two | --motion sorscher | --n-pc 16 | --nh-lstm 16 --nh-bottleneck 16 --steps 50")
	table := func(dir string) string {
		out, err := tool("compare", dir).Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	whole, broken := filepath.Join(b.root, "whole"), filepath.Join(b.root, "broken")
	if out, status := b.run(short, "sweep.sh", plan, whole); status != 0 {
		t.Fatalf("status %d: %s", status, out)
	}
	c := b.command(short, "sweep.sh", plan, broken)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the training", training(filepath.Join(broken, "one", "1", "run.jsonl")))
	c.Process.Signal(syscall.SIGTERM)
	c.Wait()
	if got := c.ProcessState.ExitCode(); got != 143 {
		t.Fatalf("status %d, want 143", got)
	}
	if out, status := b.run(short, "sweep.sh", "--status", plan, broken); status != 75 || !strings.Contains(out, "1 stopped") || !strings.Contains(out, "1 missing") {
		t.Errorf("--status: %d: %s", status, out)
	}
	if out, status := b.run(append(short, "TRAIN=--stop-after 300ms"), "sweep.sh", plan, broken); status != 75 && status != 0 {
		t.Fatalf("time is up: status %d: %s", status, out)
	}
	if out, status := b.run(short, "sweep.sh", plan, broken); status != 0 {
		t.Fatalf("status %d: %s", status, out)
	}
	if a, b := table(whole), table(broken); a != b || a == "" {
		t.Errorf("uninterrupted:\n%sinterrupted:\n%s", a, b)
	}
	filepath.WalkDir(whole, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".safetensors") && !strings.HasSuffix(path, ".npy") {
			return err
		}
		name, _ := filepath.Rel(whole, path)
		a, _ := os.ReadFile(path)
		b, err := os.ReadFile(filepath.Join(broken, name))
		if err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs: %v", name, err)
		}
		return nil
	})
}

// TestSweepGoesOn: a failed line affects only its own runs. The script names them, the
// next call makes them again, and the table says that they are missing.
func TestSweepGoesOn(t *testing.T) {
	skipUnderRace(t)
	b := newScriptBench(t)
	plan := b.plan("bad"+tiny, "good"+tiny)
	dir := filepath.Join(b.root, "runs")
	obstacle := filepath.Join(dir, "bad", "1", "run.jsonl") // a directory where the log has to be
	if err := os.MkdirAll(obstacle, 0o777); err != nil {
		t.Fatal(err)
	}
	slim := append(short, "SLIM=yes")
	out, status := b.run(slim, "sweep.sh", plan, dir)
	if status != 1 || !strings.Contains(out, obstacle) {
		t.Errorf("status %d: %s", status, out)
	}
	if out, status = b.run(slim, "sweep.sh", "--status", plan, dir); status != 1 || !strings.Contains(out, "1 failed "+filepath.Join(dir, "bad", "1")+"\n") || !strings.Contains(out, "2 done ") {
		t.Errorf("--status: %d: %s", status, out)
	}
	if text, err := tool("compare", dir).CombinedOutput(); err != nil || !strings.Contains(string(text), "bad/1: passed over: failed with status 1") {
		t.Errorf("compare: %v: %s", err, text)
	}
	if err := os.Remove(obstacle); err != nil {
		t.Fatal(err)
	}
	if out, status = b.run(slim, "sweep.sh", plan, dir); status != 0 {
		t.Errorf("again: status %d: %s", status, out)
	}
	if out, status = b.run(slim, "sweep.sh", "--status", plan, dir); status != 0 {
		t.Errorf("--status: %d: %s", status, out)
	}
}

// TestSweepArrayIds: an array id that stands for no run is an error.
func TestSweepArrayIds(t *testing.T) {
	skipUnderRace(t)
	b := newScriptBench(t)
	plan := b.plan("one"+tiny, "", "# nothing", "two"+tiny)
	dir := filepath.Join(b.root, "runs")
	for _, id := range []string{"0", "3", "-1", "one", "99999999999999999999", "1.5"} {
		if out, status := b.run(append(short, "SLURM_ARRAY_TASK_ID="+id), "sweep.sh", plan, dir); status != 2 || !strings.Contains(out, id) {
			t.Errorf("id %s: status %d: %s", id, status, out)
		}
	}
	if out, _ := b.run(append(short, "SEEDS=4 7"), "sweep.sh", "--list", plan); out != "1 one 4\n2 two 4\n3 one 7\n4 two 7\n" {
		t.Errorf("--list: %s", out)
	}
	if out, _ := b.run(nil, "sweep.sh", "--count", plan); out != "4\n" {
		t.Errorf("--count: %s", out)
	}
	if out, status := b.run(append(short, "SLURM_ARRAY_TASK_ID=02"), "sweep.sh", plan, dir); status != 0 {
		t.Errorf("id 02: status %d: %s", status, out)
	}
	if _, err := os.Stat(filepath.Join(dir, "one")); err == nil {
		t.Error("task 2 made the run of task 1 too")
	}
}

// TestSweepCheck: every faulty line is found, before any run.
func TestSweepCheck(t *testing.T) {
	skipUnderRace(t)
	b := newScriptBench(t)
	if out, status := b.run(short, "sweep.sh", "--check", b.plan("one"+tiny, "two"+tiny)); status != 0 || !strings.Contains(out, "2 lines, 1 seeds, 2 runs") {
		t.Errorf("a good plan: status %d: %s", status, out)
	}
	if out, status := b.run(short, "sweep.sh", "--check", b.plan("\ufeffone"+tiny+"\r", "two"+tiny+"\r")); status != 0 || !strings.Contains(out, "2 lines, 1 seeds, 2 runs") {
		t.Errorf("a plan from Windows: status %d: %s", status, out)
	}
	for _, test := range []struct {
		env, lines, want []string
	}{
		{nil, []string{"a" + tiny + " --nonsense", "b" + tiny, "c | --arena nowhere", "d | | --n-pc x", "e" + tiny + " --init x", "f | --seed 3", "g | | --n-pc 0"}, []string{"a: ", "--nonsense", "c: ", "nowhere", "d: ", "--n-pc", "e: ", "--init", "f: ", "g: ", "place cells", "6 faults"}},
		{nil, []string{"a" + tiny, "a" + tiny, "../b" + tiny, "c | | | | "}, []string{"the name a is given twice", `"../b" is no name`, "c: more than 4 parts", "3 faults"}},
		{nil, []string{"a | --seed 3", "b | | | --resume=x", "c | -o x", "d | -n 5"}, []string{"a: -n, --seed", "b: -n, --seed", "c: -n, --seed", "d: -n, --seed"}},
		{[]string{"SEEDS=1 x 1 08"}, []string{"a" + tiny}, []string{"seed x is not a number", "seed 1 is given twice", "seed 08 is not"}},
		{[]string{"EVALUATE=x", "SHUFFLES=x", "THREADS=-1", "BINS=12 12"}, []string{"a" + tiny}, []string{"EVALUATE is x", "SHUFFLES is x", "THREADS is -1", "12 is given twice", "4 faults"}},
		{[]string{"TRAIN=--stop-after 5m --learning-rate 1"}, []string{"a" + tiny}, []string{"--learning-rate may change the result"}},
		{[]string{"STEPS=many"}, []string{"a" + tiny}, []string{"a: ", "many"}},
		{[]string{"NULLS=nothing"}, []string{"a" + tiny}, []string{"NULLS", "nothing"}},
		{[]string{"BINS=0"}, []string{"a" + tiny}, []string{"BINS"}},
		{nil, []string{"# empty"}, []string{"no lines"}},
	} {
		out, status := b.run(append(short, test.env...), "sweep.sh", "--check", b.plan(test.lines...))
		if status != 2 {
			t.Errorf("%q: status %d", test.lines, status)
		}
		for _, want := range test.want {
			if !strings.Contains(out, want) {
				t.Errorf("%q: no %q in %s", test.lines, want, out)
			}
		}
	}
}

// TestSignalEndsCheck: a signal to all processes of --check, as batch systems send
// it, ends it at any time and is not reported as a fault of the plan.
func TestSignalEndsCheck(t *testing.T) {
	skipUnderRace(t)
	b := newScriptBench(t)
	var lines []string
	for i := range 50 {
		lines = append(lines, fmt.Sprintf("line-%d%s", i, tiny))
	}
	plan := b.plan(lines...)
	for delay := 150 * time.Millisecond; delay < 700*time.Millisecond; delay += 110 * time.Millisecond {
		c := b.command(short, "sweep.sh", "--check", plan)
		var out bytes.Buffer
		c.Stdout, c.Stderr = &out, &out
		c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(delay)
		syscall.Kill(-c.Process.Pid, syscall.SIGTERM)
		hung := time.AfterFunc(time.Minute, func() { syscall.Kill(-c.Process.Pid, syscall.SIGKILL) })
		c.Wait()
		hung.Stop()
		if got := c.ProcessState.ExitCode(); got != 143 || strings.Contains(out.String(), "a plan: ") {
			t.Errorf("SIGTERM after %v: status %d, want 143: %s", delay, got, &out)
		}
		b.clean("sweep.sh")
	}
}

// TestSweepMissesTee: where tee ends before it has opened its pipes, as a signal to
// all processes may end it, the sweep ends, too.
func TestSweepMissesTee(t *testing.T) {
	skipUnderRace(t)
	b := newScriptBench(t)
	writeScript(t, filepath.Join(b.root, "bin", "tee"), "#!/bin/sh\ncat > /dev/null\nexit 9\n")
	c := b.command(short, "sweep.sh", b.plan("one"+tiny), "runs")
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	hung := time.AfterFunc(time.Minute, func() { syscall.Kill(-c.Process.Pid, syscall.SIGKILL) })
	defer hung.Stop()
	out, _ := c.CombinedOutput()
	if got := c.ProcessState.ExitCode(); got <= 0 || got > 128 {
		t.Errorf("status %d: %s", got, out)
	}
}

// TestPlansAreRight: the plans of the repository have no fault.
func TestPlansAreRight(t *testing.T) {
	skipUnderRace(t)
	if testing.Short() {
		t.Skip("tries every line")
	}
	b := newScriptBench(t)
	plans, err := filepath.Glob("../scripts/*.plan")
	if err != nil || len(plans) == 0 {
		t.Fatal(plans, err)
	}
	for _, plan := range plans {
		plan, _ = filepath.Abs(plan)
		if out, status := b.run(short, "sweep.sh", "--check", plan); status != 0 {
			t.Errorf("%s: %s", plan, out)
		}
	}
}

// TestSweepRefusesOtherSettings: a run that was made with other settings is neither
// skipped nor overwritten.
func TestSweepRefusesOtherSettings(t *testing.T) {
	skipUnderRace(t)
	b := newScriptBench(t)
	plan := b.plan("one" + tiny)
	dir := filepath.Join(b.root, "runs")
	if out, status := b.run(append(short, "SLIM=yes"), "sweep.sh", plan, dir); status != 0 {
		t.Fatalf("status %d: %s", status, out)
	}
	for setting, want := range map[string]string{
		"STEPS=6": "steps: 5, now 6", "BINS=20": "bins: 12, now 20", "NULLS=field": "nulls: field,gaussian, now field",
		"EVALUATE=11": "evaluate: 10, now 11", "SHUFFLES=2": "shuffles: 1, now 2", "SLIM=": "slim: yes, now ",
	} {
		out, status := b.run(append(short, "SLIM=yes", setting), "sweep.sh", plan, dir)
		if status != 1 || !strings.Contains(out, want) {
			t.Errorf("%s: status %d: %s", setting, status, out)
		}
	}
	b.plan("one" + tiny + " --learning-rate 1e-3")
	if out, status := b.run(append(short, "SLIM=yes"), "sweep.sh", plan, dir); status != 1 || !strings.Contains(out, "train: ") {
		t.Errorf("other flags: status %d: %s", status, out)
	}
	if out, status := b.run(append(short, "SLIM=yes"), "sweep.sh", "--status", plan, dir); status != 1 || !strings.Contains(out, "1 changed ") {
		t.Errorf("--status: %d: %s", status, out)
	}
	os.Remove(filepath.Join(dir, "one", "1", "settings.txt"))
	if out, status := b.run(append(short, "SLIM=yes"), "sweep.sh", plan, dir); status != 1 || !strings.Contains(out, "not recorded") {
		t.Errorf("no settings: status %d: %s", status, out)
	}
}

// TestSweepTwins: a second task does not touch a run that another task is making, even
// if only the training of that task still lives. A stale lock does no harm.
func TestSweepTwins(t *testing.T) {
	skipUnderRace(t)
	if _, err := exec.LookPath("flock"); err != nil {
		t.Skip("needs flock")
	}
	b := newScriptBench(t)
	plan := b.plan("one" + tiny + " --log-every 10")
	dir := filepath.Join(b.root, "runs")
	first := b.command(endless, "sweep.sh", plan, dir)
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	run := filepath.Join(dir, "one", "1")
	waitFor(t, "the training", training(filepath.Join(run, "run.jsonl")))
	twin := func(when string) {
		t.Helper()
		if out, err := b.command(endless, "sweep.sh", plan, dir).CombinedOutput(); exitStatus(err) != 75 || !strings.Contains(string(out), "another task") {
			t.Errorf("%s: status %d: %s", when, exitStatus(err), out)
		}
		if out, err := b.command(endless, "sweep.sh", "--status", plan, dir).CombinedOutput(); exitStatus(err) != 75 || !strings.Contains(string(out), "1 running ") {
			t.Errorf("%s: --status: %d: %s", when, exitStatus(err), out)
		}
	}
	twin("a twin")
	pids, err := filepath.Glob(filepath.Join(b.root, "tmp", "*", "last"))
	if err != nil || len(pids) != 1 {
		t.Fatal(pids, err)
	}
	text, err := os.ReadFile(pids[0])
	if err != nil {
		t.Fatal(err)
	}
	train, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	first.Process.Kill()
	first.Wait()
	twin("the script is dead, the training lives")
	if err := syscall.Kill(train, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the lock to be free", func() bool { return exec.Command("flock", "-n", filepath.Join(run, ".lock"), "true").Run() == nil })
	if out, status := b.command(endless, "sweep.sh", "--status", plan, dir).CombinedOutput(); exitStatus(status) != 75 || !strings.Contains(string(out), "1 stopped ") {
		t.Errorf("--status: %v: %s", status, out)
	}
}

// TestSweepMeetsTraining: a training that has no lock of the sweep, as on a system
// without flock, holds the checkpoint alone. The task tries again later, and what the
// training has made is not lost. Lock files of processes that have ended do no harm.
func TestSweepMeetsTraining(t *testing.T) {
	skipUnderRace(t)
	b := newScriptBench(t)
	plan := b.plan("one" + tiny)
	dir := filepath.Join(b.root, "runs")
	run := filepath.Join(dir, "one", "1")
	if out, status := b.run(append(short, "TRAIN=--stop-after 1ms"), "sweep.sh", plan, dir); status != 75 {
		t.Fatalf("status %d: %s", status, out)
	}
	release, err := checkpoint.Lock(filepath.Join(run, "run.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	if out, status := b.run(short, "sweep.sh", plan, dir); status != 75 || !strings.Contains(out, "another training run is writing this checkpoint") {
		t.Errorf("status %d: %s", status, out)
	}
	if out, status := b.run(short, "sweep.sh", "--status", plan, dir); status != 75 || !strings.Contains(out, " 1 stopped,") {
		t.Errorf("--status: %d: %s", status, out)
	}
	release()
	for _, lock := range []string{".lock", ".run.safetensors.lock"} {
		if err := os.WriteFile(filepath.Join(run, lock), []byte("12345\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	whole := filepath.Join(b.root, "whole")
	for _, dir := range []string{dir, whole} {
		if out, status := b.run(short, "sweep.sh", plan, dir); status != 0 {
			t.Fatalf("status %d: %s", status, out)
		}
	}
	x, err := tool("compare", dir).Output()
	if y, _ := tool("compare", whole).Output(); err != nil || !bytes.Equal(x, y) || len(x) == 0 {
		t.Errorf("%v\nwith locks:\n%swithout:\n%s", err, x, y)
	}
}

// TestSlimSweepSharesControls: lines whose networks begin with the same weights
// share the scores of the untrained network, others do not, and their numbers are
// those of a sweep that shares nothing.
func TestSlimSweepSharesControls(t *testing.T) {
	b := newScriptBench(t)
	plan := b.plan("one"+tiny+" --dropout 0.5", "rate"+tiny+" --learning-rate 1e-3 --optimizer adam --clip 0 --weight-decay 1e-4 --dropout=0.25,1", "wide | | --n-pc 16 | --nh-lstm 20 --nh-bottleneck 16")
	slim, full := filepath.Join(b.root, "slim"), filepath.Join(b.root, "full")
	nulls := append(short, "NULLS=field,gaussian", "BINS=12 16")
	if out, status := b.run(append(nulls, "SLIM=yes"), "sweep.sh", plan, slim); status != 0 {
		t.Fatalf("status %d: %s", status, out)
	}
	if shared, _ := os.ReadDir(filepath.Join(slim, ".untrained")); len(shared) != 2 {
		t.Errorf("%d controls, want 2", len(shared))
	}
	if out, status := b.run(nulls, "sweep.sh", plan, full); status != 0 {
		t.Fatalf("status %d: %s", status, out)
	}
	a, err := tool("compare", slim).Output()
	if err != nil {
		t.Fatal(err)
	}
	if b, err := tool("compare", full).Output(); err != nil || !bytes.Equal(a, b) {
		t.Errorf("%v; slim:\n%sfull:\n%s", err, a, b)
	}
	for _, name := range []string{"report.pdf", "run.12.nulls.npy", "untrained.safetensors"} {
		if _, err := os.Stat(filepath.Join(slim, "one", "1", name)); err == nil {
			t.Errorf("a slim run has %s", name)
		}
	}
}

// TestScriptsHelp: --help prints the help. Calls that make no sense end with status 2.
func TestScriptsHelp(t *testing.T) {
	b := newScriptBench(t)
	for _, script := range []string{"pipeline.sh", "follow.sh", "sweep.sh"} {
		for _, flag := range []string{"--help", "-h"} {
			if out, status := b.run(nil, script, flag); status != 0 || !strings.Contains(out, "scripts/"+script) || !strings.Contains(out, "143") || strings.Contains(out, "set -e") {
				t.Errorf("%s %s: status %d: %s", script, flag, status, out)
			}
		}
		if out, status := b.run(nil, script, "--nonsense"); status != 2 || !strings.Contains(out, "--nonsense") {
			t.Errorf("%s --nonsense: status %d: %s", script, status, out)
		}
	}
	for _, script := range []string{"gallery.sh", "release.sh"} {
		if out, status := b.run(nil, script, "--help"); status != 0 || !strings.Contains(out, "scripts/"+script) || strings.Contains(out, "set -e") {
			t.Errorf("%s --help: status %d: %s", script, status, out)
		}
		if out, status := b.run(nil, script, "--nonsense"); status != 2 || !strings.Contains(out, "--nonsense") {
			t.Errorf("%s --nonsense: status %d: %s", script, status, out)
		}
	}
	for _, args := range [][]string{{}, {"a plan"}, {"no plan", "dir"}, {"--status", "a plan"}, {"--count"}, {"a", "b", "c"}} {
		if out, status := b.run(nil, "sweep.sh", args...); status != 2 {
			t.Errorf("sweep.sh %q: status %d: %s", args, status, out)
		}
	}
	// Slurm copies a script to its spool before it runs it.
	os.Remove(filepath.Join(b.root, "scripts", "signals.sh"))
	if out, status := b.run(nil, "sweep.sh", "a plan", "dir"); status != 2 || !strings.Contains(out, "sweep.sbatch") {
		t.Errorf("from the spool: status %d: %s", status, out)
	}
}
