package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"time"

	"gridcells/pkg/cli"
	"gridcells/pkg/network"
	"gridcells/pkg/optimize"
)

// modules in the order of the logs.
var modules = []network.Module{network.Recurrent, network.Bottleneck, network.Heads}

// window gathers the updates of one log line. It is part of the checkpoint, so
// that a resumed run writes the same lines.
type window struct {
	Updates    int        `json:"updates"`
	Loss       float64    `json:"loss"`
	LossSquare float64    `json:"loss_square"`
	Heads      []float64  `json:"heads"`
	GradNorm   [3]float64 `json:"grad_norm"`
	Clipped    [3]float64 `json:"clipped"`
}

func (w *window) add(l *network.Losses, s *optimize.Stats) {
	w.Updates++
	w.Loss += l.Total
	w.LossSquare += l.Total * l.Total
	if w.Heads == nil {
		w.Heads = make([]float64, len(l.Heads))
	}
	for i, h := range l.Heads {
		w.Heads[i] += h
	}
	for m := range w.GradNorm {
		w.GradNorm[m] += s.GradNorm[m]
		w.Clipped[m] += s.ClippedShare[m]
	}
}

func (w *window) reset() {
	heads := w.Heads
	clear(heads)
	*w = window{Heads: heads}
}

// value is one number of a log line.
type value struct {
	name string
	x    float64
}

// line returns the means of the window as the values of a log line.
func (w *window) line(step uint64, rate float64, n *network.Network, perSecond float64) []value {
	k := float64(w.Updates)
	mean := w.Loss / k
	line := []value{
		{"step", float64(step)},
		{"loss", mean},
		{"loss_sd", math.Sqrt(max(0, w.LossSquare/k-mean*mean))},
	}
	for i, h := range n.Config.Heads {
		line = append(line, value{"loss_" + strings.Replace(h.Name, "_logits", "", 1), w.Heads[i] / k})
	}
	line = append(line, value{"learning_rate", rate})
	weights := optimize.WeightNorms(n)
	for _, m := range modules {
		line = append(line,
			value{"grad_norm_" + m.String(), w.GradNorm[m] / k},
			value{"clipped_" + m.String(), w.Clipped[m] / k},
			value{"weight_norm_" + m.String(), weights[m]})
	}
	return append(line, value{"updates_per_second", perSecond})
}

// sink is where log lines go.
type sink interface {
	write(line []value) error
	Close() error
}

// jsonLog writes a JSON object a line.
type jsonLog struct{ w io.WriteCloser }

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// openLog opens the log file. A resumed run continues it after the update up to
// which its windows are closed; what was logged later will come again.
func openLog(path string, stdout io.Writer, logged uint64) (*jsonLog, error) {
	if path == "-" {
		return &jsonLog{nopCloser{stdout}}, nil
	}
	mode := os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	if logged > 0 {
		if err := trimLog(path, logged); err != nil {
			return nil, err
		}
		mode = os.O_CREATE | os.O_WRONLY | os.O_APPEND
	}
	f, err := os.OpenFile(path, mode, 0o666)
	if err != nil {
		return nil, err
	}
	return &jsonLog{f}, nil
}

// trimLog drops the lines of a log behind a step, and one that a kill cut off.
// The log is replaced as a whole, so that another kill loses nothing of it.
func trimLog(path string, step uint64) error {
	if info, err := os.Stat(path); errors.Is(err, os.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return nil // none so far, or a pipe that nobody can read again
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return cli.WriteFile(path, nil, func(w io.Writer) error {
		for line := range bytes.Lines(text) {
			var l struct{ Step uint64 }
			if json.Unmarshal(line, &l) != nil || l.Step > step {
				continue
			}
			if _, err := w.Write(append(bytes.TrimSuffix(line, []byte("\n")), '\n')); err != nil {
				return err
			}
		}
		return nil
	})
}

func (l *jsonLog) write(line []value) error {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, v := range line {
		if i > 0 {
			b.WriteByte(',')
		}
		text, err := json.Marshal(v.x)
		if err != nil {
			return fmt.Errorf("log: %s: %w", v.name, err)
		}
		fmt.Fprintf(&b, "%q:%s", v.name, text)
	}
	b.WriteString("}\n")
	if _, err := l.w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("log: %w", err)
	}
	return nil
}

func (l *jsonLog) Close() error { return l.w.Close() }

// stopwatch measures updates per second between log lines.
type stopwatch struct {
	last    time.Time
	updates int
}

func (s *stopwatch) lap() float64 {
	now := time.Now()
	defer func() { s.last, s.updates = now, 0 }()
	if seconds := now.Sub(s.last).Seconds(); seconds > 0 {
		return float64(s.updates) / seconds
	}
	return 0
}
