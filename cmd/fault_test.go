package cmd_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gridcells/pkg/npy"
)

// stages makes one small file of every kind, in a directory of its own.
func stages(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	make := func(tool string, args ...string) {
		for i, a := range args {
			args[i] = strings.ReplaceAll(a, "DIR", dir)
		}
		if err := tools[tool](context.Background(), strings.NewReader(""), io.Discard, io.Discard, args); err != nil {
			t.Fatalf("%s: %v", tool, err)
		}
	}
	make("simulate", "-n", "300", // two chunks
		"-o", "DIR/traj.npy")
	make("simulate", "-n", "20", "--tfrecord", "DIR/shards", "--shards", "2")
	make("targets", "--n-pc", "8", "DIR/traj.npy", "-o", "DIR/codes.npy")
	make("train", "--nh-lstm", "4", "--nh-bottleneck", "4", "--steps", "2", "--checkpoint", "DIR/run.safetensors", "DIR/codes.npy")
	make("activations", "--checkpoint", "DIR/run.safetensors", "DIR/codes.npy", "-o", "DIR/act.npy")
	make("neurons", "--example", "DIR/example")
	make("ratemaps", "-q", "DIR/act.npy", "-o", "DIR/maps.npy")
	make("gridscore", "-q", "DIR/maps.npy", "-o", "DIR/scores.npy")
	return dir
}

// outputs are the command lines of everything that writes. OUT stands for the output
// that the test spoils, IN for the directory of inputs.
var outputs = []string{
	"simulate -n 50 -o OUT",
	"simulate -n 50 --compress zstd -o OUT",
	"simulate -n 50 --shards 2 --tfrecord OUT",
	"tfrecord2npy IN/shards -o OUT",
	"targets IN/traj.npy -o OUT",
	"train --nh-lstm 4 --nh-bottleneck 4 --steps 2 IN/codes.npy --checkpoint OUT",
	"train --nh-lstm 4 --nh-bottleneck 4 --steps 2 IN/codes.npy --checkpoint run.safetensors --tensorboard OUT",
	"train --nh-lstm 4 --nh-bottleneck 4 --steps 2 IN/codes.npy --checkpoint run.safetensors --log-every 1 --log OUT",
	"activations --checkpoint IN/run.safetensors IN/codes.npy -o OUT",
	"activations --checkpoint IN/run.safetensors IN/codes.npy --path-integration OUT",
	"neurons -q --path IN/example/path.csv --metres 0.01 IN/example/spikes.csv -o OUT",
	"neurons -q --example OUT",
	"ratemaps -q IN/act.npy -o OUT",
	"gridscore -q IN/maps.npy -o OUT",
	"gridscore -q IN/maps.npy --format csv -o OUT",
	"gridscore -q IN/maps.npy --null gaussian --shuffles 2 --summary OUT",
	"gridscore -q IN/maps.npy --null gaussian --shuffles 2 --null-scores OUT",
	"gridscore -q IN/maps.npy --sensitivity-draws 0 --sensitivity OUT",
	"report IN/scores.npy -o OUT",
	"report IN/scores.npy --summary-json OUT",
	"inspect IN/scores.npy -o OUT",
}

// TestOutputsThatCannotBeWritten lets every tool write to a full disk and into a
// directory in which no files can be made. Each must fail with status 1 and a line
// that names the output, and leave nothing behind.
func TestOutputsThatCannotBeWritten(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs limits and permissions of Unix")
	}
	if testing.Short() {
		t.Skip("runs every tool many times")
	}
	in := stages(t)
	closed := filepath.Join(t.TempDir(), "closed")
	if err := os.Mkdir(closed, 0o555); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		closed = "/proc/self" // where even root can make no files
	}
	for _, line := range outputs {
		name := strings.Fields(line)[0]
		for problem, test := range map[string]struct{ limit, out string }{
			"full disk":            {"ulimit -f 0; ", "out"},
			"no directory":         {"", "no/such/out"},
			"unwritable directory": {"", closed + "/out"},
		} {
			makesDirectory := strings.Contains(line, "--tensorboard") || strings.Contains(line, "--tfrecord") || strings.Contains(line, "--example")
			if problem == "no directory" && makesDirectory {
				continue
			}
			work := t.TempDir()
			args := strings.Fields(strings.NewReplacer("IN", in, "OUT", test.out).Replace(line))
			c := tool(name)
			c.Args = append([]string{"bash", "-c", test.limit + `exec "$0" "$@"`, c.Path}, args[1:]...)
			c.Path, c.Dir, c.Stdout = bash(t), work, io.Discard
			var stderr bytes.Buffer
			c.Stderr = &stderr
			c.Run()
			message := stderr.String()
			if code := c.ProcessState.ExitCode(); code != 1 || strings.Count(message, "\n") != 1 || !strings.HasPrefix(message, name+": ") {
				t.Errorf("%s, %s: status %d, %s", line, problem, code, message)
			}
			// The error names the file that is written first.
			first := strings.Contains(message, test.out)
			if problem == "full disk" {
				first = first || strings.Contains(message, "run.safetensors") || strings.Contains(message, ".spool: file too large; set the environment variable TMPDIR")
			}
			if !first {
				t.Errorf("%s, %s: %q does not name %s", line, problem, message, test.out)
			}
			checkNothingLeft(t, line+", "+problem, work, problem == "full disk")
		}
	}
}

// checkNothingLeft looks for outputs that are not complete. A log is written line by
// line, so it may exist and be empty. A checkpoint must be complete.
func checkNothingLeft(t *testing.T, what, dir string, full bool) {
	t.Helper()
	filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if d.Name() != "run.safetensors" && info.Size() > 0 || strings.HasSuffix(path, ".tmp") || full && info.Size() > 0 {
			t.Errorf("%s: left %s of %d bytes", what, path, info.Size())
		}
		return nil
	})
}

// TestFullStandardOutput checks that every tool fails if standard output is a file on
// a full disk.
func TestFullStandardOutput(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full")
	}
	in := stages(t)
	for _, line := range []string{
		"simulate -n 50", "tfrecord2npy IN/shards", "targets IN/traj.npy",
		"train --nh-lstm 4 --nh-bottleneck 4 --steps 2 --log-every 1 --log - --checkpoint WORK/run.safetensors IN/codes.npy",
		"activations --checkpoint IN/run.safetensors IN/codes.npy", "ratemaps -q IN/act.npy",
		"gridscore -q IN/maps.npy", "gridscore -q --format jsonl IN/maps.npy", "report IN/scores.npy", "inspect IN/act.npy",
		"report IN/scores.npy -o WORK/r.pdf",
	} {
		args := strings.Fields(strings.NewReplacer("IN", in, "WORK", t.TempDir()).Replace(line))
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		c := tool(args[0], args[1:]...)
		var stderr bytes.Buffer
		c.Stdout, c.Stderr = full, &stderr
		c.Run()
		full.Close()
		if code := c.ProcessState.ExitCode(); code != 1 || !strings.Contains(stderr.String(), "no space left") {
			t.Errorf("%s: status %d, %s", line, code, &stderr)
		}
	}
}

func bash(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("needs bash")
	}
	return path
}

// pipeline starts tools in real pipes. The function that it returns waits for all of
// them and returns their exit statuses and messages.
func pipeline(t *testing.T, stdin *os.File, stdout io.Writer, stages ...[]string) (commands []*exec.Cmd, wait func() (status []int, stderr []string)) {
	t.Helper()
	messages := make([]bytes.Buffer, len(stages))
	var toClose []*os.File
	for i, args := range stages {
		c := tool(args[0], args[1:]...)
		c.Stdin, c.Stderr = stdin, &messages[i]
		if i < len(stages)-1 {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			c.Stdout, stdin = w, r
			toClose = append(toClose, r, w)
		} else {
			c.Stdout = stdout
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		commands = append(commands, c)
	}
	for _, f := range toClose { // the tools have their own copies
		f.Close()
	}
	return commands, func() (status []int, stderr []string) {
		for i, c := range commands {
			c.Wait()
			status = append(status, c.ProcessState.ExitCode())
			stderr = append(stderr, messages[i].String())
		}
		return status, stderr
	}
}

// chunks returns where each chunk of a stream ends, including the end mark.
func chunks(t *testing.T, stream []byte) (ends []int) {
	t.Helper()
	magic := []byte("\x93NUMPY")
	for at := bytes.Index(stream[1:], magic) + 1; at > 0; {
		ends = append(ends, at)
		next := bytes.Index(stream[at+1:], magic)
		if next < 0 {
			break
		}
		at += 1 + next
	}
	if len(ends) < 2 {
		t.Fatalf("a stream of %d chunks is nothing to cut", len(ends))
	}
	return append(ends, len(stream))
}

// TestStreamsCutBetweenChunks cuts a stream between two chunks and sends it through a
// pipe. The tool that reads it must report a truncated stream, and so must the tools
// after it.
func TestStreamsCutBetweenChunks(t *testing.T) {
	in := stages(t)
	readers := []struct{ file, line string }{
		{"traj.npy", "targets --n-pc 8"},
		{"codes.npy", "train --nh-lstm 4 --nh-bottleneck 4 --steps 1000 --checkpoint WORK/run.safetensors"},
		{"codes.npy", "activations --checkpoint IN/run.safetensors"},
		{"act.npy", "ratemaps -q"},
		{"maps.npy", "gridscore -q"},
		{"scores.npy", "report"},
		{"scores.npy", "inspect"},
	}
	for _, r := range readers {
		whole, err := os.ReadFile(filepath.Join(in, r.file))
		if err != nil {
			t.Fatal(err)
		}
		ends := chunks(t, whole)
		for _, end := range ends[:len(ends)-1] {
			args := strings.Fields(strings.NewReplacer("IN", in, "WORK", t.TempDir()).Replace(r.line))
			var out bytes.Buffer
			status, stderr := feedPipe(t, whole[:end], &out, args)
			message := stderr[0]
			if r.line == "inspect" {
				message = out.String() // where it reports the damage
			}
			if status[0] != 1 || !strings.Contains(message, "standard input: record ") || !strings.Contains(message, "end mark") {
				t.Errorf("%s cut at byte %d of %d, %s: status %d, %s", r.file, end, len(whole), r.line, status[0], message)
			}
			if bytes.HasPrefix(out.Bytes(), []byte("\x93NUMPY")) && readsWhole(out.Bytes()) {
				t.Errorf("%s cut at byte %d of %d, %s: the output passes for whole", r.file, end, len(whole), r.line)
			}
		}
	}

	traj, err := os.ReadFile(filepath.Join(in, "traj.npy"))
	if err != nil {
		t.Fatal(err)
	}
	ends := chunks(t, traj)
	result := filepath.Join(t.TempDir(), "scores.npy")
	behind := [][]string{
		{"targets", "--n-pc", "8"}, {"activations", "--checkpoint", filepath.Join(in, "run.safetensors")},
		{"ratemaps", "-q"}, {"gridscore", "-q", "-o", result},
	}
	status, stderr := feedPipe(t, traj[:ends[len(ends)-2]], io.Discard, behind...)
	if !slices.Equal(status, []int{1, 1, 1, 1}) {
		t.Errorf("statuses %v, messages %q", status, stderr)
	}
	if _, err := os.Stat(result); err == nil {
		t.Error("the pipeline made a result of half the data")
	}
	status, stderr = feedPipe(t, traj, io.Discard, behind...)
	if _, err := os.Stat(result); err != nil || !slices.Equal(status, []int{0, 0, 0, 0}) {
		t.Errorf("the whole stream: statuses %v, messages %q, %v", status, stderr, err)
	}
}

// feedPipe runs a pipeline on data that come through a pipe.
func feedPipe(t *testing.T, data []byte, stdout io.Writer, stages ...[]string) ([]int, []string) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_, wait := pipeline(t, r, stdout, stages...)
	r.Close()
	w.Write(data) // a tool that fails early closes the pipe
	w.Close()
	return wait()
}

func readsWhole(stream []byte) bool {
	r := npy.NewReader(bytes.NewReader(stream), "")
	for {
		if _, err := r.Next(nil, 100); err != nil {
			return err == io.EOF
		}
	}
}

// TestKilledNeighbours kills one tool of a pipeline with SIGKILL. The tools before it
// must end quietly, and those after it must fail. None may hang, and none may take
// the truncated stream for a complete one.
func TestKilledNeighbours(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs SIGKILL")
	}
	in := stages(t)
	for victim, name := range []string{"simulate", "targets", "activations", "ratemaps"} {
		dir := t.TempDir()
		result := filepath.Join(dir, "scores.npy")
		commands, wait := pipeline(t, nil, nil,
			[]string{"simulate", "-n", "0"}, []string{"targets", "--n-pc", "8"},
			[]string{"activations", "--checkpoint", filepath.Join(in, "run.safetensors")},
			[]string{"ratemaps", "-q"}, []string{"gridscore", "-q", "-o", result})
		time.Sleep(300 * time.Millisecond)
		commands[victim].Process.Kill()
		done := make(chan struct{})
		go func() {
			select {
			case <-done:
			case <-time.After(time.Minute):
				for _, c := range commands {
					c.Process.Kill()
				}
			}
		}()
		status, stderr := wait()
		close(done)
		for i, s := range status {
			want := 0
			if i == victim {
				want = -1 // by the signal
			} else if i > victim {
				want = 1
			}
			if s != want {
				t.Errorf("%s killed: tool %d has status %d, want %d: %s", name, i, s, want, stderr[i])
			}
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s killed: left %v", name, left)
		}
	}
}

// TestTrainingsSideBySide runs several trainings at once in one directory, with
// logs and event files, and compares each with the same training alone.
func TestTrainingsSideBySide(t *testing.T) {
	in := stages(t)
	together := t.TempDir()
	train := func(dir string, seed int) ([]byte, error) {
		name := filepath.Join(dir, fmt.Sprintf("run%d.safetensors", seed))
		out, err := tool("train", "--nh-lstm", "8", "--nh-bottleneck", "8", "--batch", "5", "--steps", "18", "--seed", fmt.Sprint(seed),
			"--checkpoint-every", "1", "--keep", "3", "--log-every", "1", "--log", name+".jsonl", "--tensorboard", filepath.Join(dir, "events"),
			"--checkpoint", name, filepath.Join(in, "codes.npy")).CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("%w: %s", err, out)
		}
		return os.ReadFile(name)
	}
	const runs = 3
	var all sync.WaitGroup
	got := make([][]byte, runs)
	for i := range got {
		all.Go(func() {
			var err error
			if got[i], err = train(together, i); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for i := range got {
		want, err := train(t.TempDir(), i)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got[i], want) {
			t.Errorf("training %d ends at other bits beside others than alone", i)
		}
	}
	for pattern, want := range map[string]int{"*.safetensors": runs * 4, "*.jsonl": runs, "events/*": runs, ".*": 0} {
		if found, _ := filepath.Glob(filepath.Join(together, pattern)); len(found) != want {
			t.Errorf("%s: %v, want %d", pattern, found, want)
		}
	}
}
