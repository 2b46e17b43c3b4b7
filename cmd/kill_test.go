package cmd_test

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"gridcells/pkg/checkpoint"
)

// childVariable is the environment variable that makes the test binary run as a tool.
const childVariable = "GRIDCELLS_TEST_TOOL"

// TestKilledTraining kills a training run with SIGKILL at random moments, and resumes
// it each time. Every other time it kills the run while it writes one of its very
// frequent checkpoints. The final checkpoint, the log and the checkpoints that are
// kept must equal those of a run that never stopped, byte for byte. No checkpoint may
// be unreadable at any moment.
func TestKilledTraining(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs SIGKILL")
	}
	kills := 50
	if testing.Short() {
		kills = 5
	}
	codes := filepath.Join(t.TempDir(), "codes.npy")
	pipe(t, []string{"simulate", "-n", "3000"}, []string{"targets", "--n-pc", "16", "-o", codes})
	train := func(dir string, more ...string) *exec.Cmd {
		return tool("train", append([]string{
			"--nh-lstm", "16", "--nh-bottleneck", "16", "--steps", "300", "--checkpoint-every", "3", "--keep", "2", "--keep-every", "30",
			"--velocity-noise", "0.1,0,0", "--state-noise", "0.1", "--log-every", "7", "--log", filepath.Join(dir, "run.jsonl"),
			"--checkpoint", filepath.Join(dir, "run.safetensors"), codes}, more...)...)
	}
	whole := t.TempDir()
	if out, err := train(whole).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}

	killed, saving, advanced := 0, 0, 0
	for runs := 1; killed < kills; runs++ {
		dir := t.TempDir()
		path := filepath.Join(dir, "run.safetensors")
		for update := uint64(0); ; {
			var more []string
			if _, err := os.Stat(path); err == nil {
				c, err := checkpoint.Load(path)
				if err != nil {
					t.Fatalf("after %d kills: %v", killed, err)
				}
				if c.Position.Update > update {
					advanced++
				}
				update = c.Position.Update
				more = []string{"--resume", path}
			}
			c := train(dir, more...)
			var out bytes.Buffer
			c.Stderr = &out
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan struct{})
			var err error
			go func() {
				err = c.Wait()
				close(ended)
			}()
			temporary := filepath.Join(dir, ".run.safetensors.tmp")
			if killed < kills {
				// Kill it as it starts, or after a number of checkpoints, which does
				// not depend on the machine's speed.
				for range rand.N(25) {
					waitForChange(path, ended)
				}
				time.Sleep(rand.N(time.Millisecond))
				if killed%2 == 1 {
					waitForChange(temporary, ended)
				}
				if c.Process.Kill() == nil {
					killed++
				}
			}
			<-ended
			if _, unfinished := os.Stat(temporary); unfinished == nil {
				saving++
			}
			if err == nil {
				break
			}
			if c.ProcessState.ExitCode() != -1 { // it was not ended by a signal
				t.Fatalf("resumed after %d kills: %v: %s", killed, err, out.String())
			}
		}
		compareRuns(t, whole, dir)
		t.Logf("%d kills so far, %d of them in the midst of a checkpoint, %d behind a new one; run %d ends as it should", killed, saving, advanced, runs)
	}
	if kills >= 50 && (saving == 0 || advanced < kills/5) {
		t.Errorf("of %d kills %d came during a checkpoint and %d behind a new one: too few to show anything", killed, saving, advanced)
	}
}

// waitForChange waits until another file has taken the place of the file of that
// name, or until something has ended.
func waitForChange(path string, ended <-chan struct{}) {
	before, _ := os.Stat(path)
	for {
		if now, err := os.Stat(path); err == nil && (before == nil || !os.SameFile(before, now)) {
			return
		}
		select {
		case <-ended:
			return
		case <-time.After(50 * time.Microsecond):
		}
	}
}

// updateRate is the part of a log line that depends on the clock.
var updateRate = regexp.MustCompile(`,"updates_per_second":[^}]*`)

// compareRuns compares the checkpoints and logs in two directories.
func compareRuns(t *testing.T, whole, killed string) {
	t.Helper()
	want, err := filepath.Glob(filepath.Join(whole, "*"))
	if err != nil || len(want) < 10 {
		t.Fatalf("the run that was not killed left %v, %v", want, err)
	}
	if got, _ := filepath.Glob(filepath.Join(killed, "*")); len(got) != len(want) {
		t.Errorf("the run that was killed left %d files, the other %d", len(got), len(want))
	}
	for _, path := range want {
		a, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(killed, filepath.Base(path)))
		if err != nil {
			t.Error(err)
		} else if !bytes.Equal(updateRate.ReplaceAll(a, nil), updateRate.ReplaceAll(b, nil)) {
			t.Errorf("%s differs from that of a run that was not killed", filepath.Base(path))
		}
	}
	if left, _ := filepath.Glob(filepath.Join(killed, ".*")); len(left) > 0 {
		t.Errorf("stayed behind: %v", left)
	}
}

// A second run on a checkpoint in use is refused, with the status that means "try
// again".
func TestSecondTrainingIsRefused(t *testing.T) {
	dir := t.TempDir()
	release, err := checkpoint.Lock(filepath.Join(dir, "run.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	out, err := tool("train", "--checkpoint", filepath.Join(dir, "run.safetensors")).CombinedOutput()
	if exitStatus(err) != 75 || !strings.Contains(string(out), "another training run is writing this checkpoint") {
		t.Errorf("%v: %s", err, out)
	}
}

// tool runs this test binary as one of the tools.
func tool(name string, args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), childVariable+"="+name)
	return c
}

// pipe runs tools in this process. Each reads what the one before it writes.
func pipe(t *testing.T, stages ...[]string) {
	t.Helper()
	var in bytes.Buffer
	for _, stage := range stages {
		var next bytes.Buffer
		if err := tools[stage[0]](context.Background(), &in, &next, io.Discard, stage[1:]); err != nil {
			t.Fatalf("%v: %v", stage, err)
		}
		in = next
	}
}
