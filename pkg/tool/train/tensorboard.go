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
	var scalars []tensorboard.Scalar
	for name, v := range line.Values() {
		if name != "step" {
			scalars = append(scalars, tensorboard.Scalar{Tag: name, Value: v.Float()})
		}
	}
	if err := l.w.Write(time.Now(), line.Step, scalars); err != nil {
		return fmt.Errorf("TensorBoard: %w", err)
	}
	return nil
}

func (l *eventLog) Close() error { return l.w.Close() }
