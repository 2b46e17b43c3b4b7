package cmd_test

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"gridcells/pkg/checkpoint"
)

// childVariable tells the test binary to be a tool instead.
const childVariable = "GRIDCELLS_TEST_TOOL"

// TestKilledTraining kills a training run with SIGKILL at random moments,
// mostly around its very frequent checkpoints, and resumes it each time. The
// final checkpoint must equal that of a run that never stopped, byte for byte,
// and at no moment may there be an unreadable one.
func TestKilledTraining(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs SIGKILL")
	}
	kills := 50
	if testing.Short() {
		kills = 5
	}
	dir := t.TempDir()
	codes, err := os.Create(filepath.Join(dir, "codes.npy"))
	if err != nil {
		t.Fatal(err)
	}
	pipe(t, codes, []string{"simulate", "-n", "6000"}, []string{"targets", "--n-pc", "16"})
	if err := codes.Close(); err != nil {
		t.Fatal(err)
	}
	train := func(name string, more ...string) *exec.Cmd {
		return tool("train", append([]string{
			"--nh-lstm", "16", "--nh-bottleneck", "16", "--steps", "600", "--checkpoint-every", "3", "--keep", "2",
			"--velocity-noise", "0.1,0,0", "--checkpoint", filepath.Join(dir, name), codes.Name()}, more...)...)
	}
	if out, err := train("whole.safetensors").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	path := filepath.Join(dir, "killed.safetensors")
	for killed := 0; ; {
		var more []string
		if _, err := os.Stat(path); err == nil {
			if _, err := checkpoint.Load(path); err != nil {
				t.Fatalf("after %d kills: %v", killed, err)
			}
			more = []string{"--resume", path}
		}
		c := train("killed.safetensors", more...)
		var out bytes.Buffer
		c.Stderr = &out
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if killed < kills {
			time.Sleep(time.Duration(10+rand.IntN(60)) * time.Millisecond)
			c.Process.Kill()
			killed++
		}
		err := c.Wait()
		if err == nil {
			t.Logf("%d kills", killed)
			break
		}
		if killed >= kills && !strings.Contains(err.Error(), "killed") {
			t.Fatalf("resumed after %d kills: %v: %s", killed, err, out.String())
		}
	}
	whole, _ := os.ReadFile(filepath.Join(dir, "whole.safetensors"))
	if got, _ := os.ReadFile(path); !bytes.Equal(got, whole) {
		t.Error("the run that was killed ends at other bits")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*.tmp")); len(left) > 1 {
		t.Errorf("temporary files stay behind: %v", left)
	}
}

// A second run on a checkpoint in use is refused.
func TestSecondTrainingIsRefused(t *testing.T) {
	dir := t.TempDir()
	release, err := checkpoint.Lock(filepath.Join(dir, "run.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	out, err := tool("train", "--checkpoint", filepath.Join(dir, "run.safetensors")).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "another training run is writing this checkpoint") {
		t.Errorf("%v: %s", err, out)
	}
}

// tool runs this test binary as one of the tools.
func tool(name string, args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), childVariable+"="+name)
	return c
}

// pipe runs tools in this process, each reading what the one before writes.
func pipe(t *testing.T, out io.Writer, stages ...[]string) {
	t.Helper()
	var in bytes.Buffer
	for i, stage := range stages {
		var next bytes.Buffer
		w := io.Writer(&next)
		if i == len(stages)-1 {
			w = out
		}
		if err := tools[stage[0]](context.Background(), &in, w, io.Discard, stage[1:]); err != nil {
			t.Fatalf("%v: %v", stage, err)
		}
		in = next
	}
}
