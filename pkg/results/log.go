package results

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
)

// LogLine is a line of a training log: means over the updates since the line
// before, except WeightNorm and LearningRate, which are those at Step.
type LogLine struct {
	Step             uint64 // updates made so far
	Loss             Number // nats
	LossSD           Number // standard deviation over the updates
	Entropy          Number // nats, of the targets: the least loss that they allow; unknown in logs of older versions
	Heads            []HeadLoss
	LearningRate     Number
	Modules          []ModuleLog
	UpdatesPerSecond Number
}

// AboveEntropy is the loss minus the entropy of the targets: 0 for a network
// that predicts them exactly.
func (l *LogLine) AboveEntropy() Number { return Of(l.Loss.Float() - l.Entropy.Float()) }

// HeadLoss is the loss of one head of the network.
type HeadLoss struct {
	Name    string // place, head_direction, place_2, …
	Loss    Number // nats
	Entropy Number // nats, of the head's targets
}

// ModuleLog describes one module of the network: its gradient's norm before
// clipping, the share of the gradient's elements that were clipped, and the norm
// of its weights.
type ModuleLog struct {
	Name                          string // recurrent, bottleneck, heads
	GradNorm, Clipped, WeightNorm Number
}

// Values yields the names and values of the line in the order in which they
// are written.
func (l *LogLine) Values() iter.Seq2[string, Number] {
	return func(yield func(string, Number) bool) {
		ok := yield("step", Of(float64(l.Step))) && yield("loss", l.Loss) && yield("loss_sd", l.LossSD)
		for _, h := range l.Heads {
			ok = ok && yield("loss_"+h.Name, h.Loss)
		}
		if l.Entropy.Known() {
			ok = ok && yield("entropy", l.Entropy)
			for _, h := range l.Heads {
				ok = ok && yield("entropy_"+h.Name, h.Entropy)
			}
		}
		ok = ok && yield("learning_rate", l.LearningRate)
		for _, m := range l.Modules {
			ok = ok && yield("grad_norm_"+m.Name, m.GradNorm) && yield("clipped_"+m.Name, m.Clipped) &&
				yield("weight_norm_"+m.Name, m.WeightNorm)
		}
		_ = ok && yield("updates_per_second", l.UpdatesPerSecond)
	}
}

// Write writes the line, with its line feed, in one call of w.
func (l *LogLine) Write(w io.Writer) error {
	var b bytes.Buffer
	separator := byte('{')
	for name, value := range l.Values() {
		b.WriteByte(separator)
		separator = ','
		text, err := value.MarshalJSON()
		if err != nil {
			return fmt.Errorf("log: %s: %w", name, err)
		}
		key, err := json.Marshal(name)
		if err != nil {
			return fmt.Errorf("log: %w", err)
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(text)
	}
	b.WriteString("}\n")
	_, err := w.Write(b.Bytes())
	return err
}

// parseLine reads a line that [LogLine.Write] wrote. Names that it does not know
// are ignored.
func parseLine(text []byte) (l LogLine, stepped bool, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return l, false, errors.New("not a JSON object")
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return l, false, err
		}
		name, _ := t.(string) // a member's name is always a string
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return l, false, err
		}
		if err := l.set(name, raw); err != nil {
			return l, false, fmt.Errorf("%s: %w", name, err)
		}
		stepped = stepped || name == "step"
	}
	if _, err := d.Token(); err != nil {
		return l, false, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return l, false, errors.New("more follows the JSON object")
	}
	return l, stepped, nil
}

// set puts one member of a line into its place.
func (l *LogLine) set(name string, raw json.RawMessage) error {
	prefix, of := splitName(name)
	switch prefix {
	case "step":
		return json.Unmarshal(raw, &l.Step)
	case "loss":
		return json.Unmarshal(raw, &l.Loss)
	case "loss_sd":
		return json.Unmarshal(raw, &l.LossSD)
	case "entropy":
		return json.Unmarshal(raw, &l.Entropy)
	case "learning_rate":
		return json.Unmarshal(raw, &l.LearningRate)
	case "updates_per_second":
		return json.Unmarshal(raw, &l.UpdatesPerSecond)
	case "loss_":
		return json.Unmarshal(raw, &l.head(of).Loss)
	case "entropy_":
		return json.Unmarshal(raw, &l.head(of).Entropy)
	case "grad_norm_":
		return json.Unmarshal(raw, &l.module(of).GradNorm)
	case "clipped_":
		return json.Unmarshal(raw, &l.module(of).Clipped)
	case "weight_norm_":
		return json.Unmarshal(raw, &l.module(of).WeightNorm)
	}
	return nil
}

// splitName splits loss_place into loss_ and place; other names stay whole.
func splitName(name string) (prefix, of string) {
	if name == "loss_sd" {
		return name, ""
	}
	for _, prefix := range []string{"loss_", "entropy_", "grad_norm_", "clipped_", "weight_norm_"} {
		if of, ok := strings.CutPrefix(name, prefix); ok {
			return prefix, of
		}
	}
	return name, ""
}

// head returns the entry of a head, which it adds where it is missing.
func (l *LogLine) head(name string) *HeadLoss {
	if h := find(l.Heads, func(h *HeadLoss) bool { return h.Name == name }); h != nil {
		return h
	}
	l.Heads = append(l.Heads, HeadLoss{Name: name})
	return &l.Heads[len(l.Heads)-1]
}

// module returns the entry of a module, which it adds where it is missing.
func (l *LogLine) module(name string) *ModuleLog {
	if m := find(l.Modules, func(m *ModuleLog) bool { return m.Name == name }); m != nil {
		return m
	}
	l.Modules = append(l.Modules, ModuleLog{Name: name})
	return &l.Modules[len(l.Modules)-1]
}

// ReadLog reads a training log. Empty lines and lines without a loss are passed
// over. Where a training was resumed from before the log's end, the later lines
// replace those of the same and later steps. For a log without lines it returns
// no lines.
func ReadLog(r io.Reader) ([]LogLine, error) {
	var log []LogLine
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		l, stepped, err := parseLine(lines.Bytes())
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if !l.Loss.Known() {
			continue
		}
		if !stepped {
			return nil, fmt.Errorf("line %d: no \"step\"", n)
		}
		at := len(log)
		for at > 0 && log[at-1].Step >= l.Step {
			at--
		}
		log = append(log[:at], l)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	return log, nil
}
