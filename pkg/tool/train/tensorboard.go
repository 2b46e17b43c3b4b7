package train

import (
	"fmt"
	"time"

	"gridcells/pkg/results"
	"gridcells/pkg/tensorboard"
)

// eventLog writes log lines as TensorBoard scalars.
type eventLog struct{ w *tensorboard.Writer }

func openTensorBoard(dir string, resumedAt uint64) (*eventLog, error) {
	w, err := tensorboard.Create(dir, time.Now())
	if err != nil {
		return nil, fmt.Errorf("TensorBoard: %w", err)
	}
	if resumedAt > 0 {
		if err := w.Restart(time.Now(), resumedAt+1); err != nil {
			w.Close()
			return nil, fmt.Errorf("TensorBoard: %w", err)
		}
	}
	return &eventLog{w}, nil
}

func (l *eventLog) write(line *results.LogLine) error {
	if err := l.w.Write(time.Now(), line.Step, scalars(line)); err != nil {
		return fmt.Errorf("TensorBoard: %w", err)
	}
	return nil
}

// scalars are the values of a log line. TensorBoard puts those into one group whose
// tags have the same beginning before the slash.
func scalars(line *results.LogLine) []tensorboard.Scalar {
	var list []tensorboard.Scalar
	add := func(tag string, value results.Number) {
		list = append(list, tensorboard.Scalar{Tag: tag, Value: value.Float()})
	}
	add("loss/total", line.Loss)
	add("loss/sd", line.LossSD)
	for _, h := range line.Heads {
		add("loss/"+h.Name, h.Loss)
	}
	if line.Entropy.Known() {
		add("entropy/total", line.Entropy)
		for _, h := range line.Heads {
			add("entropy/"+h.Name, h.Entropy)
		}
	}
	for _, m := range line.Modules {
		add("grad_norm/"+m.Name, m.GradNorm)
		add("clipped/"+m.Name, m.Clipped)
		add("weight_norm/"+m.Name, m.WeightNorm)
	}
	add("training/learning_rate", line.LearningRate)
	add("training/updates_per_second", line.UpdatesPerSecond)
	return list
}

func (l *eventLog) Close() error { return l.w.Close() }
