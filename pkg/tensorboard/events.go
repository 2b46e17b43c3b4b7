// Package tensorboard writes the event files that TensorBoard shows. Each is a
// TFRecord file whose records are Event protocol buffers.
package tensorboard

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"gridcells/pkg/tfrecord"
)

// Writer writes scalars to one event file.
type Writer struct {
	f *os.File
	w *tfrecord.Writer
}

// Scalar is one value of a curve.
type Scalar struct {
	Tag   string
	Value float64
}

// Create makes an event file in dir. It makes the directory if there is none.
// Existing event files stay, because TensorBoard shows all files of a directory
// as one run.
func Create(dir string, now time.Time) (*Writer, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	name := fmt.Sprintf("events.out.tfevents.%010d.gridcells.%d", now.Unix(), os.Getpid())
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o666)
	if err != nil {
		return nil, err
	}
	w := &Writer{f, tfrecord.NewWriter(f)}
	version := protowire.AppendTag(wallTime(now), 3, protowire.BytesType)
	version = protowire.AppendString(version, "brain.Event:2")
	if err := w.record(version); err != nil {
		f.Close()
		return nil, err
	}
	return w, nil
}

// Write adds one event of scalars at a step and makes it visible to readers.
func (w *Writer) Write(now time.Time, step uint64, scalars []Scalar) error {
	var summary []byte
	for _, s := range scalars {
		value := protowire.AppendTag(nil, 1, protowire.BytesType)
		value = protowire.AppendString(value, s.Tag)
		value = protowire.AppendTag(value, 2, protowire.Fixed32Type)
		value = protowire.AppendFixed32(value, math.Float32bits(float32(s.Value)))
		summary = protowire.AppendTag(summary, 1, protowire.BytesType)
		summary = protowire.AppendBytes(summary, value)
	}
	event := protowire.AppendTag(wallTime(now), 2, protowire.VarintType)
	event = protowire.AppendVarint(event, step)
	event = protowire.AppendTag(event, 5, protowire.BytesType)
	event = protowire.AppendBytes(event, summary)
	return w.record(event)
}

// Restart tells TensorBoard to forget the events of earlier files from a step on,
// because a resumed run writes them again.
func (w *Writer) Restart(now time.Time, step uint64) error {
	const start = 1 // SessionLog.START
	session := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), start)
	event := protowire.AppendTag(wallTime(now), 2, protowire.VarintType)
	event = protowire.AppendVarint(event, step)
	event = protowire.AppendTag(event, 7, protowire.BytesType)
	event = protowire.AppendBytes(event, session)
	return w.record(event)
}

// Close closes the file.
func (w *Writer) Close() error { return w.f.Close() }

// record writes an encoded Event and flushes it.
func (w *Writer) record(event []byte) error {
	if err := w.w.Write(event); err != nil {
		return err
	}
	return w.w.Flush()
}

// wallTime begins an Event with its time in seconds.
func wallTime(now time.Time) []byte {
	b := protowire.AppendTag(nil, 1, protowire.Fixed64Type)
	return protowire.AppendFixed64(b, math.Float64bits(float64(now.UnixNano())/1e9))
}
