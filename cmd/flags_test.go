package cmd_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gridcells/pkg/cli"
)

// flagsOf returns all flags of a tool.
func flagsOf(t *testing.T, name string) []cli.FlagDescription {
	t.Helper()
	var out bytes.Buffer
	tools[name](context.Background(), strings.NewReader(""), &out, io.Discard, []string{"--help-json"})
	var flags []cli.FlagDescription
	if err := json.Unmarshal(out.Bytes(), &flags); err != nil {
		t.Fatalf("%s --help-json: %v", name, err)
	}
	return flags
}

// working are command lines that work, and use as many flags as there are. IN is
// the directory of inputs.
var working = map[string][]string{
	"simulate":     {"-n 4 --steps 5", "-n 4 --steps 5 --tfrecord OUT --shards 2"},
	"tfrecord2npy": {"IN/shards --shuffle"},
	"targets":      {"--n-pc 8 IN/traj.npy", "--n-pc 8 --targets-type dog --init-type dog IN/traj.npy"},
	"train": {
		"--nh-lstm 4 --nh-bottleneck 4 --steps 2 --checkpoint OUT.st IN/codes.npy",
		"--nh-lstm 4 --nh-bottleneck 4 --steps 2 --optimizer adam --schedule step --checkpoint OUT.st IN/codes.npy",
	},
	"activations": {"--checkpoint IN/run.safetensors IN/codes.npy"},
	"neurons":     {"--path IN/example/path.csv --metres 0.01 IN/example/spikes.csv"},
	"ratemaps":    {"-q --bins 8 --shifts 2 IN/act.npy"},
	"gridscore": {
		"-q --null gaussian --shuffles 2 --summary OUT.json IN/maps.npy",
		"-q --null field,rotation --shuffles 2 --rotations 2 --sensitivity OUT.csv --sensitivity-draws 1 IN/maps.npy",
	},
	"report":  {"-o OUT.pdf IN/scores.npy", "--figure units -o OUT.png IN/scores.npy"},
	"inspect": {"IN/scores.npy"},
	"compare": {"IN"},
}

const (
	mostMemory = 1 << 30          // bytes of one run
	mostTime   = 20 * time.Second // of one run
	enough     = 1 << 20          // bytes of standard output after which the reader leaves
)

// TestHostileFlags gives every flag of every tool the values that break programs.
// Each is a wrong command line, or works, or fails with one line; none takes much
// time or memory, and none panics.
func TestHostileFlags(t *testing.T) {
	skipUnderRace(t)
	if runtime.GOOS != "linux" {
		t.Skip("measures memory as Linux does")
	}
	in := stages(t)
	type run struct{ tool, base, arg string }
	var runs []run
	for name := range tools {
		for _, f := range flagsOf(t, name) {
			if f.Argument || f.Type == "bool" || f.Group == "Common" && f.Name != "threads" && f.Name != "seed" {
				continue
			}
			for i, base := range working[name] {
				if i > 0 && (testing.Short() || !slices.Contains([]string{"int", "uint", "float"}, f.Type)) {
					continue
				}
				for _, value := range hostile(f) {
					r := run{name, base, "--" + f.Name + "=" + value}
					if f.Name == "n" && strings.Contains(base, "--tfrecord") {
						continue // this many trajectories fill the disk
					}
					if f.List && value == "" && strings.Contains(base, "--"+f.Name+" ") {
						continue // an empty value adds nothing to the list
					}
					if outside(f, value) {
						if err := refuse(name, in, base, r.arg); err != "" {
							t.Errorf("%s %s %s: %s", name, base, r.arg, err)
						}
					} else if i == 0 || len(value) > 3 {
						runs = append(runs, r)
					}
				}
			}
		}
		if len(working[name]) == 0 {
			t.Errorf("there is no working command line of %s here", name)
		}
	}
	var wait sync.WaitGroup
	queue := make(chan run)
	for range max(2, runtime.NumCPU()) {
		wait.Go(func() {
			for r := range queue {
				if problem := tryFlag(t, in, r.tool, r.base, r.arg); problem != "" {
					t.Errorf("%s %s %s: %s", r.tool, r.base, r.arg, problem)
				}
			}
		})
	}
	for _, r := range runs {
		queue <- r
	}
	close(queue)
	wait.Wait()
	t.Logf("%d command lines", len(runs))
}

// hostile are the values to try with a flag.
func hostile(f cli.FlagDescription) []string {
	var values []string
	switch {
	case f.Type == "float":
		values = []string{"nan", "inf", "-inf", "-1", "0", "1e308", "-1e308", "1e-308"}
	case f.Type == "int" || f.Type == "uint":
		values = []string{"nan", "1e308", "-1", "0", "9223372036854775807", "-9223372036854775808"}
	case f.Type == "duration":
		values = []string{"nan", "-1h", "0", "1000000h"}
	case len(f.Values) > 0:
		return []string{"nonsense", ""}
	default:
		return []string{""}
	}
	if f.List {
		values = append(values, "", ",")
	}
	return values
}

// outside reports whether a value must be refused: it is not of the flag's type, not
// finite, not in the range that the help states, an empty list or an empty name of a
// file.
func outside(f cli.FlagDescription, value string) bool {
	if value == "" || value == "," {
		return f.List || f.Map || f.Reads || f.Writes
	}
	if f.Type == "duration" {
		d, err := time.ParseDuration(value)
		return err != nil || d < 0
	}
	x, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
		return true
	}
	switch f.Type {
	case "int":
		if _, err := strconv.ParseInt(value, 10, 64); err != nil {
			return true
		}
	case "uint":
		if _, err := strconv.ParseUint(value, 10, 64); err != nil {
			return true
		}
	}
	limit := func(text string) float64 {
		if text == "" {
			return math.NaN() // no comparison with it is true
		}
		y, err := strconv.ParseFloat(text, 64)
		if err != nil {
			panic(err)
		}
		return y
	}
	return x < limit(f.Min) || x <= limit(f.Above) || x > limit(f.Max) || x >= limit(f.Below)
}

// refuse runs a tool in this process, on inputs that are missing, with a value that
// must be refused. It returns what is wrong, or "" if the command line is refused.
func refuse(name, in, base, arg string) string {
	line := strings.NewReplacer("IN", in+"/missing", "OUT", in+"/missing/out").Replace(base)
	err := tools[name](context.Background(), strings.NewReader(""), io.Discard, io.Discard, append(strings.Fields(line), arg))
	if cli.Status(err) == cli.StatusUsage {
		return ""
	}
	return fmt.Sprintf("is not refused: %v", err)
}

// tryFlag runs a tool. It returns what is wrong with its end, or "" if nothing is.
func tryFlag(t *testing.T, in, name, base, arg string) string {
	line := strings.NewReplacer("IN", in, "OUT", t.TempDir()+"/out").Replace(base)
	c := tool(name, append(strings.Fields(line), arg)...)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	stdout, err := c.StdoutPipe()
	if err != nil {
		return err.Error()
	}
	if err := c.Start(); err != nil {
		return err.Error()
	}
	timer := time.AfterFunc(mostTime, func() { c.Process.Kill() })
	io.CopyN(io.Discard, stdout, enough)
	stdout.Close()
	c.Wait()
	if !timer.Stop() {
		return fmt.Sprintf("is not done after %v", mostTime)
	}
	message := stderr.String()
	lines := strings.Count(message, "\n")
	if memory := peakMemory(c.ProcessState); memory > mostMemory {
		return fmt.Sprintf("takes %d MB", memory>>20)
	}
	switch status := c.ProcessState.ExitCode(); {
	case strings.Contains(message, "panic") || strings.Contains(message, "goroutine"):
		return "panics: " + message[:min(len(message), 300)]
	case status == cli.StatusOK:
		return ""
	case status == cli.StatusFailed:
		if lines == 1 && strings.HasPrefix(message, name+": ") {
			return ""
		}
	case status == cli.StatusUsage:
		if lines == 2 && strings.HasPrefix(message, name+": ") && strings.HasSuffix(message, "see "+name+" --help\n") {
			return ""
		}
	}
	return fmt.Sprintf("status %d: %s", c.ProcessState.ExitCode(), message)
}
