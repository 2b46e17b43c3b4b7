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

	"gridcells/pkg/atomicfile"
	"gridcells/pkg/checkpoint"
	"gridcells/pkg/cli"
	"gridcells/pkg/namedpipe"
	"gridcells/pkg/network"
	"gridcells/pkg/optimize"
	"gridcells/pkg/results"
)

// modules in the order of the logs.
var modules = []network.Module{network.Recurrent, network.Bottleneck, network.Heads}

// window holds the sums over the updates of one log line. It is part of the
// checkpoint, so that a resumed run writes the same lines.
type window struct {
	Updates    int        `json:"updates"`
	Loss       float64    `json:"loss"`
	LossSquare float64    `json:"loss_square"`
	Heads      []float64  `json:"heads"`
	Entropies  []float64  `json:"entropies,omitempty"` // of the heads' targets; nil if they are not known of all updates
	GradNorm   [3]float64 `json:"grad_norm"`
	Clipped    [3]float64 `json:"clipped"`
}

// restore takes over the window of a saved run.
func (w *window) restore(c *checkpoint.Checkpoint) error {
	if len(c.Log) == 0 {
		return nil
	}
	var saved window
	if err := json.Unmarshal(c.Log, &saved); err != nil {
		return err
	}
	if saved.Updates < 0 || uint64(saved.Updates) > c.Position.Update {
		return fmt.Errorf("%d updates since the last line, but %d in all", saved.Updates, c.Position.Update)
	}
	if saved.Heads != nil && len(saved.Heads) != len(c.Network.Heads) {
		return fmt.Errorf("the losses of %d heads, but the network has %d", len(saved.Heads), len(c.Network.Heads))
	}
	if saved.Entropies != nil && len(saved.Entropies) != len(c.Network.Heads) {
		return fmt.Errorf("the entropies of %d heads, but the network has %d", len(saved.Entropies), len(c.Network.Heads))
	}
	*w = saved
	return nil
}

func (w *window) add(l *network.Losses, s *optimize.Stats) {
	if w.Updates == 0 {
		w.Entropies = make([]float64, len(l.Entropies))
	}
	if len(w.Entropies) > 0 {
		for i, h := range l.Entropies {
			w.Entropies[i] += h
		}
	}
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

// line is the log line of the window: means over its updates.
func (w *window) line(step uint64, rate float64, n *network.Network, perSecond float64) *results.LogLine {
	k := float64(w.Updates)
	mean := w.Loss / k
	line := &results.LogLine{
		Step: step, Loss: results.Of(mean), LossSD: results.Of(math.Sqrt(max(0, w.LossSquare/k-mean*mean))),
		LearningRate: results.Of(rate), UpdatesPerSecond: results.Of(perSecond),
	}
	entropy := 0.0
	for i, h := range n.Config.Heads {
		head := results.HeadLoss{Name: strings.Replace(h.Name, "_logits", "", 1), Loss: results.Of(w.Heads[i] / k)}
		if len(w.Entropies) > 0 {
			head.Entropy = results.Of(w.Entropies[i] / k)
			entropy += w.Entropies[i] / k
		}
		line.Heads = append(line.Heads, head)
	}
	if len(w.Entropies) > 0 {
		line.Entropy = results.Of(entropy)
	}
	weights := optimize.WeightNorms(n)
	for _, m := range modules {
		line.Modules = append(line.Modules, results.ModuleLog{
			Name: m.String(), GradNorm: results.Of(w.GradNorm[m] / k), Clipped: results.Of(w.Clipped[m] / k), WeightNorm: results.Of(weights[m]),
		})
	}
	return line
}

// sink is where log lines go.
type sink interface {
	write(line *results.LogLine) error
	Close() error
}

func (r *run) openLogs(stdout io.Writer) error {
	logged := r.state.Position.Update - uint64(r.window.Updates)
	if r.state.Position.Update >= uint64(r.flags.Steps) {
		logged = r.state.Position.Update // no update is left that would write the last line again
	}
	if r.flags.Log != "" {
		l, err := openLog(r.flags.Log, stdout, logged)
		if err != nil {
			return err
		}
		r.logs = append(r.logs, l)
	}
	if r.flags.Tensorboard != "" {
		l, err := openTensorBoard(r.flags.Tensorboard, logged)
		if err != nil {
			return err
		}
		r.logs = append(r.logs, l)
	}
	return nil
}

func (r *run) logLine(rate float64) error {
	r.loss = r.window.Loss / float64(r.window.Updates)
	line := r.window.line(r.state.Position.Update, rate, r.net, r.clock.lap())
	r.progress.Describe(fmt.Sprintf("loss %.4f", r.loss))
	for _, s := range r.logs {
		if err := s.write(line); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) closeLogs() (err error) {
	for _, s := range r.logs {
		err = errors.Join(err, s.Close())
	}
	return err
}

// jsonLog writes a JSON object a line.
type jsonLog struct{ w io.WriteCloser }

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// openLog opens the log file. A resumed run continues the file after the update
// logged, up to which the lines are complete; later lines will be written again.
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
	f, err := namedpipe.OpenFile(path, mode, 0o666)
	if err != nil {
		return nil, atomicfile.MissingDirectory(path, err)
	}
	return &jsonLog{f}, nil
}

// trimLog drops the lines of a log after a step, and a line that a kill cut off.
// The file is replaced as a whole, so that another kill loses no line.
func trimLog(path string, step uint64) error {
	if info, err := os.Stat(path); errors.Is(err, os.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return nil // there is no log yet, or it is a pipe, which cannot be read again
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

func (l *jsonLog) write(line *results.LogLine) error {
	if err := line.Write(l.w); err != nil {
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
