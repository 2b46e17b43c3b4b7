//go:build linux

package cmd_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// slurm is a real Slurm on this host, and a checkout whose sweeps it makes.
type slurm struct {
	*scriptBench
	home string
	plan string
}

// startSlurm starts Slurm, if GRIDCELLS_SLURM asks for it and it can run here.
func startSlurm(t *testing.T) *slurm {
	t.Helper()
	if os.Getenv("GRIDCELLS_SLURM") == "" {
		t.Skip("starts daemons as root: set GRIDCELLS_SLURM=1 to allow it")
	}
	scripts, err := filepath.Abs("../.ci/slurm")
	if err != nil {
		t.Fatal(err)
	}
	s := &slurm{scriptBench: newScriptBench(t), home: t.TempDir()}
	var out bytes.Buffer
	start := exec.Command(filepath.Join(scripts, "start"), s.home)
	start.Stdout, start.Stderr = &out, &out
	start.WaitDelay = time.Second // daemons have its output open
	err = start.Run()
	switch status := start.ProcessState.ExitCode(); status {
	case 0:
	case 3:
		t.Skip(strings.TrimSpace(out.String()))
	default:
		t.Fatalf("status %d, %v: %s", status, err, &out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command(filepath.Join(scripts, "stop"), s.home).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	text, err := os.ReadFile("../scripts/sweep.sbatch")
	if err != nil {
		t.Fatal(err)
	}
	writeScript(t, filepath.Join(s.root, "scripts", "sweep.sbatch"), string(text))
	s.plan = s.scriptBench.plan("one" + tiny + " --log-every 100")
	return s
}

// settings are those of the sweeps. The updates take some ten seconds.
var slurmSettings = []string{"STEPS=8000", "SEEDS=1 2", "EVALUATE=10", "SHUFFLES=1", "BINS=12", "SLIM=yes"}

// client runs a program of Slurm in the checkout.
func (s *slurm) client(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	c := exec.Command(name, args...)
	c.Dir = s.root
	c.Env = append(append(append(os.Environ(), "SLURM_CONF="+filepath.Join(s.home, "slurm.conf"), "TMPDIR="+filepath.Join(s.root, "tmp")), slurmSettings...), env...)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v: %s", name, args, err, out)
	}
	return string(out)
}

// submit submits an array of tasks for a directory and returns the job's id.
func (s *slurm) submit(t *testing.T, env []string, array, dir string, flags ...string) string {
	t.Helper()
	args := append([]string{"--parsable", "--array=" + array, "--mem=500M", "--output=" + dir + "-%a.out"}, flags...)
	return strings.TrimSpace(s.client(t, env, "sbatch", append(args, "scripts/sweep.sbatch", s.plan, dir)...))
}

// wait waits until no task of a job is left.
func (s *slurm) wait(t *testing.T, job string) {
	t.Helper()
	for end := time.Now().Add(8 * time.Minute); ; time.Sleep(500 * time.Millisecond) {
		// Slurm forgets finished jobs; then squeue knows no such job.
		if !slices.Contains(strings.Fields(s.client(t, nil, "squeue", "--noheader", "--states=pending,running,completing,suspended,requeued", "--format=%F")), job) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("job %s does not end: %s", job, s.client(t, nil, "squeue", "--array"))
		}
	}
}

// output is what a task has written.
func output(dir string, task int) string {
	text, _ := os.ReadFile(fmt.Sprintf("%s-%d.out", dir, task))
	return string(text)
}

func logOf(dir, seed string) string { return filepath.Join(dir, "one", seed, "run.jsonl") }

// table is the table of the runs in a directory.
func (s *slurm) table(t *testing.T, dir string) string {
	t.Helper()
	out, err := tool("compare", dir).Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

// same reports the files of runs, and the tables, that differ between two directories.
func (s *slurm) same(t *testing.T, whole, dir string, seeds ...string) {
	t.Helper()
	only := filepath.Join(t.TempDir(), "one")
	if err := os.Mkdir(only, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, seed := range seeds {
		if err := os.Symlink(filepath.Join(whole, "one", seed), filepath.Join(only, seed)); err != nil {
			t.Fatal(err)
		}
		a, _ := os.ReadFile(filepath.Join(whole, "one", seed, "run.safetensors"))
		b, err := os.ReadFile(filepath.Join(dir, "one", seed, "run.safetensors"))
		if err != nil || !bytes.Equal(a, b) {
			t.Errorf("the checkpoint of seed %s differs: %v", seed, err)
		}
	}
	if a, b := s.table(t, filepath.Dir(only)), s.table(t, dir); a != b {
		for i := range seeds {
			t.Log(output(dir, i+1))
		}
		t.Errorf("uninterrupted:\n%sinterrupted:\n%s", a, b)
	}
}

// TestSlurm makes a sweep on a real Slurm several times and interrupts each in another
// way. Each must end with the same table as a sweep without interruption.
func TestSlurm(t *testing.T) {
	skipUnderRace(t)
	s := startSlurm(t)
	whole := filepath.Join(s.root, "whole")
	s.wait(t, s.submit(t, nil, "1-2", whole))
	if text := s.client(t, nil, "bash", "scripts/sweep.sh", "--status", s.plan, whole); !strings.Contains(text, "2 done") {
		t.Fatalf("%s%s%s", text, output(whole, 1), output(whole, 2))
	}
	type scenario = func(t *testing.T, dir, whole string)
	t.Run("Interrupted", func(t *testing.T) {
		for name, test := range map[string]scenario{"TimeLimit": s.timeLimit, "Cancelled": s.cancelled, "InTheMidstOfACheckpoint": s.inTheMidstOfACheckpoint} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, filepath.Join(s.root, name), whole)
			})
		}
	})
	// These tests take the node away from other jobs.
	t.Run("SplitBrain", func(t *testing.T) { s.splitBrain(t, filepath.Join(s.root, "SplitBrain"), whole) })
	t.Run("DeadNode", func(t *testing.T) { s.deadNode(t, filepath.Join(s.root, "DeadNode"), whole) })
}

// timeLimit: Slurm sends SIGUSR1 before the limit, and the tasks requeue themselves until
// they are done.
func (s *slurm) timeLimit(t *testing.T, dir, whole string) {
	// Slurm looks every half minute, and sends the signal up to half a minute early:
	// half a minute to a minute after the start. So even a busy machine has a minute to
	// save. The first training stands still until its signal has come, so that a fast
	// machine does not end it before.
	job := s.submit(t, nil, "1-2", dir, "--time=2", "--signal=B:USR1@60")
	ctx, done := context.WithCancel(t.Context())
	for _, seed := range []string{"1", "2"} {
		go hold(ctx, dir, seed)
	}
	s.wait(t, job)
	done()
	for task := 1; task <= 2; task++ {
		if !strings.Contains(output(dir, task), "requeueing") {
			t.Errorf("task %d was not requeued: %s", task, output(dir, task))
		}
	}
	s.same(t, whole, dir, "1", "2")
}

// hold stops the training of a run, once it has made updates, until a signal is
// waiting for it or Slurm has killed it.
func hold(ctx context.Context, dir, seed string) {
	train := 0
	for made := training(logOf(dir, seed)); train == 0 || !made(); time.Sleep(10 * time.Millisecond) {
		if ctx.Err() != nil {
			return
		}
		train = processOf(dir, seed)
	}
	syscall.Kill(train, syscall.SIGSTOP)
	defer syscall.Kill(train, syscall.SIGCONT)
	for {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", train))
		if err != nil || signalPends(string(text), syscall.SIGUSR1) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// signalPends reads the line ShdPnd of /proc/PID/status.
func signalPends(status string, signal syscall.Signal) bool {
	_, rest, _ := strings.Cut(status, "ShdPnd:")
	mask, err := strconv.ParseUint(strings.TrimSpace(strings.SplitN(rest, "\n", 2)[0]), 16, 64)
	return err == nil && mask&(1<<(uint(signal)-1)) != 0
}

// processOf finds the process that trains a run; 0 if there is none.
func processOf(dir, seed string) (found int) {
	checkpoint := filepath.Join(dir, "one", seed, "run.safetensors")
	processes(func(pid int, commandLine, _ string) {
		if strings.Contains(commandLine, "--resume\x00"+checkpoint) && !strings.HasPrefix(commandLine, "bash") {
			found = pid
		}
	})
	return found
}

// processes goes through the processes of this host.
func processes(each func(pid int, commandLine, environment string)) {
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		commandLine, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		environment, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "environ"))
		each(pid, string(commandLine), string(environment))
	}
}

// cancelled: scancel stops the array, which is then submitted again.
func (s *slurm) cancelled(t *testing.T, dir, whole string) {
	job := s.submit(t, nil, "1-2", dir)
	for _, seed := range []string{"1", "2"} {
		waitFor(t, "the training", training(logOf(dir, seed)))
	}
	s.client(t, nil, "scancel", job)
	s.wait(t, job)
	c := s.command(slurmSettings, "sweep.sh", "--status", s.plan, dir)
	if out, err := c.CombinedOutput(); exitStatus(err) != 75 || !strings.Contains(string(out), " 2 stopped,") {
		t.Errorf("status %d: %s%s", exitStatus(err), out, output(dir, 1))
	}
	s.wait(t, s.submit(t, nil, "1-2", dir))
	s.same(t, whole, dir, "1", "2")
}

// inTheMidstOfACheckpoint: train saves after every few updates. An operator requeues
// the task while a checkpoint is being written.
func (s *slurm) inTheMidstOfACheckpoint(t *testing.T, dir, whole string) {
	job := s.submit(t, []string{"TRAIN=--checkpoint-every 5"}, "1", dir)
	waitFor(t, "the training", training(logOf(dir, "1")))
	waitFor(t, "a checkpoint that is being written", func() bool {
		found, _ := filepath.Glob(filepath.Join(dir, "one", "1", ".*.tmp"))
		return len(found) > 0
	})
	s.client(t, nil, "scontrol", "requeue", job+"_1")
	s.wait(t, job)
	if n := strings.Count(output(dir, 1), "one, seed 1"); n < 2 {
		t.Errorf("the task was not made again: %s", output(dir, 1))
	}
	s.same(t, whole, dir, "1")
}

// node is where a job runs.
func (s *slurm) node(t *testing.T, job string) (name string, slurmd int) {
	t.Helper()
	name = strings.TrimSpace(s.client(t, nil, "squeue", "--noheader", "--jobs="+job, "--format=%N"))
	text, err := os.ReadFile(filepath.Join(s.home, "run", "slurmd-"+name+".pid"))
	if err != nil {
		t.Fatal(err)
	}
	slurmd, err = strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return name, slurmd
}

// restart starts the slurmd of a node again and waits for the node.
func (s *slurm) restart(t *testing.T, node string) {
	t.Helper()
	c := exec.Command("slurmd", "-N", node)
	c.Env = append(os.Environ(), "SLURM_CONF="+filepath.Join(s.home, "slurm.conf"), "PATH="+os.Getenv("PATH")+":/usr/sbin")
	if err := c.Run(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the node", func() bool {
		return strings.Contains(s.client(t, nil, "sinfo", "--noheader", "--nodes="+node, "--format=%t"), "idle")
	})
}

// splitBrain: the slurmd of a node dies and its task lives on. Slurm requeues the
// task, which finds its twin, and tries again until the twin has made the run.
func (s *slurm) splitBrain(t *testing.T, dir, whole string) {
	job := s.submit(t, nil, "1", dir)
	waitFor(t, "the training", training(logOf(dir, "1")))
	train := processOf(dir, "1")
	if train == 0 {
		t.Fatal("the training has ended already")
	}
	if err := syscall.Kill(train, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer syscall.Kill(train, syscall.SIGCONT)
	node, slurmd := s.node(t, job)
	if err := syscall.Kill(slurmd, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(8 * time.Minute); !strings.Contains(output(dir, 1), "another task is making this run"); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no twin: %s%s", output(dir, 1), s.client(t, nil, "squeue", "--array"))
		}
	}
	syscall.Kill(train, syscall.SIGCONT)
	s.wait(t, job)
	if out, err := s.command(slurmSettings, "sweep.sh", "--status", s.plan, dir).CombinedOutput(); exitStatus(err) != 75 || !strings.Contains(string(out), " 1 done,") {
		t.Errorf("status %d: %s%s", exitStatus(err), out, output(dir, 1))
	}
	s.same(t, whole, dir, "1")
	s.restart(t, node)
}

// deadNode: a node dies with everything on it. Slurm requeues the task on another.
func (s *slurm) deadNode(t *testing.T, dir, whole string) {
	job := s.submit(t, nil, "1", dir)
	waitFor(t, "the training", training(logOf(dir, "1")))
	node, slurmd := s.node(t, job)
	syscall.Kill(slurmd, syscall.SIGKILL)
	processes(func(pid int, commandLine, environment string) {
		if strings.HasPrefix(commandLine, "slurmstepd: ["+job) || strings.Contains("\x00"+environment, "\x00SLURM_ARRAY_JOB_ID="+job+"\x00") {
			syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	s.wait(t, job)
	if n := strings.Count(output(dir, 1), "one, seed 1"); n < 2 {
		t.Errorf("the task was not made again: %s", output(dir, 1))
	}
	s.same(t, whole, dir, "1")
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".tmp") {
			t.Errorf("%s is left", path)
		}
		return err
	})
	s.restart(t, node)
}
