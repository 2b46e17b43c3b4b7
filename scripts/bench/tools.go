package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// tools runs the real programs.
type tools struct{ bin, dir string }

// stage is a program with its arguments.
type stage []string

// usage is the time and memory that a program of a pipeline took.
type usage struct {
	processor time.Duration // user and system
	memory    float64       // largest resident size (MB)
}

// pipe runs stages in a pipeline. The output goes to a file of the directory, or is
// thrown away. It returns the wall-clock time and the usage of each stage.
func (t *tools) pipe(output string, stages ...stage) (wall time.Duration, costs []usage, err error) {
	out, err := os.Create(os.DevNull)
	if output != "" {
		out, err = os.Create(t.path(output))
	}
	if err != nil {
		return 0, nil, err
	}
	defer out.Close()
	commands := make([]*exec.Cmd, len(stages))
	messages := make([]bytes.Buffer, len(stages))
	var pipes []*os.File
	for i, s := range stages {
		commands[i] = exec.Command(filepath.Join(t.bin, s[0]), s[1:]...)
		commands[i].Stderr = &messages[i]
		commands[i].Stdout = out
		if i > 0 {
			r, w, err := os.Pipe()
			if err != nil {
				return 0, nil, err
			}
			pipes = append(pipes, r, w)
			commands[i-1].Stdout, commands[i].Stdin = w, r
		}
	}
	start := time.Now()
	for _, c := range commands {
		if err := c.Start(); err != nil {
			return 0, nil, err
		}
	}
	for _, p := range pipes {
		p.Close()
	}
	for i := range commands {
		if err := commands[i].Wait(); err != nil {
			return 0, nil, fmt.Errorf("%v: %w: %s", stages[i], err, messages[i].String())
		}
	}
	wall = time.Since(start)
	for _, c := range commands {
		costs = append(costs, usageOf(c.ProcessState))
	}
	return wall, costs, nil
}

func usageOf(p *os.ProcessState) usage {
	return usage{processor: p.UserTime() + p.SystemTime(), memory: peakMemory(p)}
}

func (t *tools) path(name string) string { return filepath.Join(t.dir, name) }

// pipelines times simulate | targets | train from end to end.
func (t *tools) pipelines() error {
	fmt.Printf("\nsimulate | targets | train               updates/s   300,000 take   before train   memory of train\n")
	for _, s := range []struct{ batch, linear, updates int }{{10, 256, 1000}, {10, 512, 600}, {1, 256, 2000}, {100, 256, 80}} {
		wall, costs, err := t.pipe("",
			stage{"simulate", "-n", "0"}, stage{"targets"},
			stage{"train", "--steps", strconv.Itoa(s.updates), "--batch", strconv.Itoa(s.batch),
				"--nh-bottleneck", strconv.Itoa(s.linear), "--quiet", "--checkpoint", t.path(fmt.Sprintf("run-%d-%d", s.batch, s.linear))})
		if err != nil {
			return err
		}
		front := costs[0].processor + costs[1].processor
		each := wall / time.Duration(s.updates)
		fmt.Printf("  %-38s %10.0f %10.0f min %12.1f %% %14.0f MB\n", fmt.Sprintf("batch %3d, linear %d", s.batch, s.linear),
			1/each.Seconds(), (300_000 * each).Minutes(),
			100*front.Seconds()/(front+costs[2].processor).Seconds(), costs[2].memory)
	}
	return nil
}

// stages measures the processor time of the other tools.
func (t *tools) stages() error {
	fmt.Printf("\nOther tools, on one core\n")
	const trajectories, evaluated, repeats = 20000, 500, 4
	_, costs, err := t.pipe("", stage{"simulate", "-n", strconv.Itoa(trajectories)})
	if err != nil {
		return err
	}
	fmt.Printf("  %-38s %10.0f trajectories/s\n", "simulate", trajectories/costs[0].processor.Seconds())
	data := t.path("data")
	if _, _, err = t.pipe("", stage{"simulate", "-n", strconv.Itoa(trajectories), "--tfrecord", data}); err != nil {
		return err
	}
	if _, costs, err = t.pipe("", stage{"tfrecord2npy", data}); err != nil {
		return err
	}
	fmt.Printf("  %-38s %10.2f GB/s\n", "tfrecord2npy", size1e9(data)/costs[0].processor.Seconds())
	if _, _, err = t.pipe("activities", stage{"simulate", "-n", strconv.Itoa(evaluated)}, stage{"targets"},
		stage{"activations", "--checkpoint", t.path("run-10-256")}); err != nil {
		return err
	}
	if _, costs, err = t.pipe("maps", stage{"ratemaps", "--quiet", t.path("activities")}); err != nil {
		return err
	}
	if _, _, err = t.pipe("layer", stage{"ratemaps", "--quiet", "--layers", "bottleneck", t.path("activities")}); err != nil {
		return err
	}
	fmt.Printf("  %-38s %10.2f GB/s\n", "ratemaps", size1e9(t.path("activities"))/costs[0].processor.Seconds())
	score := stage{"gridscore", "--quiet"}
	for range repeats {
		score = append(score, t.path("maps"))
	}
	if _, costs, err = t.pipe("", score); err != nil {
		return err
	}
	const units = hidden + 256
	fmt.Printf("  %-38s %10.0f µs a unit\n", "gridscore", costs[0].processor.Seconds()*1e6/(repeats*units))
	return t.together(evaluated)
}

// together measures how long the tools take for an evaluation of the paper's size,
// on all cores.
func (t *tools) together(evaluated int) error {
	fmt.Printf("\nAn evaluation, on all cores                     s   processor time\n")
	const trajectories = 4000
	all := stage{"ratemaps", "--quiet"}
	for range trajectories / evaluated {
		all = append(all, t.path("activities"))
	}
	for _, work := range []struct {
		name string
		stage
	}{
		{"ratemaps, 4000 × 384 units", all},
		{"the same files, only read", nil},
		{"256 units × 1000 nulls, field", stage{"gridscore", "--quiet", "--null", "field", "--shuffles", "1000", t.path("layer")}},
		{"256 units × 1000 nulls, gaussian", stage{"gridscore", "--quiet", "--null", "gaussian", "--shuffles", "1000", t.path("layer")}},
		{"256 units × 1000 nulls, iaaft", stage{"gridscore", "--quiet", "--null", "iaaft", "--shuffles", "1000", t.path("layer")}},
	} {
		if work.stage == nil {
			start := time.Now()
			if err := readAll(all[2:]); err != nil {
				return err
			}
			fmt.Printf("  %-38s %10.2f\n", work.name, time.Since(start).Seconds())
			continue
		}
		wall, costs, err := t.pipe("", work.stage)
		if err != nil {
			return err
		}
		fmt.Printf("  %-38s %10.2f %10.2f\n", work.name, wall.Seconds(), costs[0].processor.Seconds())
	}
	return nil
}

// readAll reads files once. It measures the speed that memory and system allow.
func readAll(files []string) error {
	buffer := make([]byte, 1<<20)
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		for err == nil {
			_, err = f.Read(buffer)
		}
		f.Close()
		if err != io.EOF {
			return err
		}
	}
	return nil
}

// size1e9 is the size of a file, or of all files in a directory, in GB.
func size1e9(path string) float64 {
	var sum int64
	filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				sum += info.Size()
			}
		}
		return nil
	})
	return float64(sum) / 1e9
}
