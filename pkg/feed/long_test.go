package feed

import (
	"bytes"
	"context"
	"math"
	"testing"

	"gridcells/pkg/network"
	"gridcells/pkg/npy"
	"gridcells/pkg/parallel"
)

// wide is a stream of the default network: 100 steps with the codes of 256 and 12 cells.
func wide(t testing.TB) *npy.DType {
	const steps, place, directions = 100, 256, 12
	f := func(name string, shape ...int) npy.Field {
		return npy.Field{Name: name, Type: npy.Float32, Shape: shape}
	}
	d, err := npy.NewDType(f("init_pos", 2), f("init_hd", 1), f("ego_vel", steps, 3), f("target_pos", steps, 2), f("target_hd", steps, 1),
		f("place_init", place), f("place_target", steps, place), f("head_direction_init", directions), f("head_direction_target", steps, directions))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Paths are longer than the pieces that are checked and copied at a time.
func TestLongPaths(t *testing.T) {
	d := wide(t)
	rows := npy.MakeRows(d, 3)
	target, err := d.Floats("place_target", -1, -1)
	if err != nil {
		t.Fatal(err)
	}
	values := make([]float32, target.Len())
	for b := range rows.Len() {
		for i := range values {
			values[i] = float32(b*len(values) + i)
		}
		target.PutFloat32(rows.Row(b), values)
	}
	load := func() (*network.Batch, error) {
		var stream bytes.Buffer
		if err := npy.NewWriter(&stream, d, nil).Write(rows); err != nil {
			t.Fatal(err)
		}
		f := start(t, stream.Bytes(), 3, 2, false)
		batch := newBatch(t, f, 3)
		if _, err := f.Next(); err != nil {
			t.Fatal(err)
		}
		return batch, f.Load(batch)
	}
	batch, err := load()
	if err != nil {
		t.Fatal(err)
	}
	steps, width := target.Shape[0], target.Shape[1]
	for i, v := range batch.Targets[0] {
		step, b, cell := i/(3*width), i/width%3, i%width
		if want := float32((b*steps+step)*width + cell); v != want {
			t.Fatalf("step %d, trajectory %d, cell %d: %v, want %v", step, b, cell, v, want)
		}
	}
	values[len(values)-1] = float32(math.Inf(1))
	target.PutFloat32(rows.Row(1), values)
	const want = "x: record 1: place_target[99, 255] is infinite; a finite number is needed"
	if _, err := load(); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// BenchmarkFeed reads and lays out batches of 10 trajectories. The input repeats without
// end.
func BenchmarkFeed(b *testing.B) {
	d := wide(b)
	var chunk bytes.Buffer
	if err := npy.NewWriter(&chunk, d, nil).Write(npy.MakeRows(d, d.Batch(npy.PipeBatch, 1024))); err != nil {
		b.Fatal(err)
	}
	data, err := Open(npy.NewReader(&endless{chunk.Bytes(), chunk.Bytes()}, "x"))
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	team := parallel.New(1)
	defer team.Close()
	data.CheckFinite("init_pos", "init_hd", "target_pos", "target_hd")
	data.Start(ctx, 10, false, team)
	batch := newBatch(b, data, 10)
	b.SetBytes(int64(10 * d.Size()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := data.Next(); err != nil {
			b.Fatal(err)
		}
		if err := data.Load(batch); err != nil {
			b.Fatal(err)
		}
	}
}

// endless repeats all again and again.
type endless struct{ left, all []byte }

func (e *endless) Read(p []byte) (int, error) {
	if len(e.left) == 0 {
		e.left = e.all
	}
	n := copy(p, e.left)
	e.left = e.left[n:]
	return n, nil
}
