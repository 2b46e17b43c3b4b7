package feed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"gridcells/pkg/network"
	"gridcells/pkg/npy"
	"gridcells/pkg/parallel"
)

// encoded is a stream of n trajectories of two steps with two ensembles; every
// number tells its place: trajectory, step, and what it is.
func encoded(n int, drop ...string) []byte {
	f := func(name string, shape ...int) npy.Field {
		return npy.Field{Name: name, Type: npy.Float32, Shape: shape}
	}
	all, _ := npy.NewDType(f("head_direction_target", 2, 1), f("ego_vel", 2, 3), f("place_init", 2),
		f("place_target", 2, 2), f("head_direction_init", 1))
	d := all.Without(drop...)
	rows := npy.MakeRows(d, n)
	for i := range n {
		for _, field := range d.Fields() {
			x := make([]float32, field.Len())
			for k := range x {
				x[k] = float32(100*i + k)
			}
			npy.Column{Field: field}.PutFloat32(rows.Row(i), x)
		}
	}
	var b bytes.Buffer
	w := npy.NewWriter(&b, d, npy.Provenance{{Tool: "simulate", Version: "1", Parameters: []byte(`{"skip":40}`)}})
	w.Write(rows)
	w.Close()
	return b.Bytes()
}

func start(t testing.TB, stream []byte, size, threads int, blind bool) *Feed {
	t.Helper()
	f, err := Open(npy.NewReader(bytes.NewReader(stream), "x"))
	if err != nil {
		t.Fatal(err)
	}
	team := parallel.New(threads)
	t.Cleanup(team.Close)
	f.Start(context.Background(), size, blind, team)
	return f
}

func newBatch(t testing.TB, f *Feed, size int) *network.Batch {
	t.Helper()
	n, err := network.New(network.Config{Cell: "lstm", Hidden: 1, Bottleneck: 1, Keep: []float64{1}, Loss: f.Loss(), Heads: f.Heads})
	if err != nil {
		t.Fatal(err)
	}
	return n.NewBatch(size, f.Steps)
}

func TestBatchesAreTimeMajor(t *testing.T) {
	for _, threads := range []int{1, 2, 5} {
		f := start(t, encoded(7), 3, threads, false)
		for _, size := range []int{3, 3, 1} {
			rows, err := f.Next()
			if err != nil || rows.Len() != size {
				t.Fatalf("%d rows, %v; want %d", rows.Len(), err, size)
			}
			if size < 3 {
				continue
			}
			batch := newBatch(t, f, size)
			f.Load(batch)
			first := batch.EgoVel[0]
			if got, want := batch.EgoVel[(1*3+2)*3+1], first+200+3+1; got != want { // step 1, trajectory 2, component 1
				t.Errorf("%d threads: ego_vel %v, want %v", threads, got, want)
			}
			if got, want := batch.Targets[0][(1*3+1)*2+1], first+100+2+1; got != want {
				t.Errorf("%d threads: place target %v, want %v", threads, got, want)
			}
			if got, want := batch.Targets[1][1*3+2], first+200+1; got != want {
				t.Errorf("%d threads: head-direction target %v, want %v", threads, got, want)
			}
			if got, want := fmt.Sprint(batch.Init[3:6]), fmt.Sprint([]float32{first + 100, first + 101, first + 100}); got != want {
				t.Errorf("%d threads: initial codes %v, want %v", threads, got, want)
			}
		}
		if _, err := f.Next(); err != io.EOF {
			t.Errorf("at the end: %v", err)
		}
	}
}

func TestBlindNetworksSeeNoMotion(t *testing.T) {
	f := start(t, encoded(3), 3, 2, true)
	if _, err := f.Next(); err != nil {
		t.Fatal(err)
	}
	batch := newBatch(t, f, 3)
	f.Load(batch)
	for _, v := range batch.EgoVel {
		if v != 0 {
			t.Fatalf("ego_vel %v", batch.EgoVel)
		}
	}
}

func TestOpenNamesWhatIsMissing(t *testing.T) {
	for name, drop := range map[string][]string{
		"ego_vel": {"ego_vel"}, "place_init": {"place_init"}, "place_target": {"place_target", "head_direction_target"},
	} {
		_, err := Open(npy.NewReader(bytes.NewReader(encoded(1, drop...)), "x"))
		var e *npy.FieldError
		if !errors.As(err, &e) || e.Name != name {
			t.Errorf("without %v: %v", drop, err)
		}
	}
}

func TestSkipAndFirst(t *testing.T) {
	f, err := Open(npy.NewReader(bytes.NewReader(encoded(10)), "x"))
	if err != nil {
		t.Fatal(err)
	}
	if first, err := f.First(); first != 40 || err != nil {
		t.Errorf("first trajectory %d, %v", first, err)
	}
	if err := f.Skip(context.Background(), 8); err != nil {
		t.Fatal(err)
	}
	if err := f.Skip(context.Background(), 3); err == nil {
		t.Error("skipped beyond the end")
	}
}

func Example() {
	f, _ := Open(npy.NewReader(bytes.NewReader(encoded(20)), "stream"))
	team := parallel.New(1)
	defer team.Close()
	f.Start(context.Background(), 10, false, team)
	for {
		rows, err := f.Next()
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(rows.Len(), "trajectories for", f.Heads[0].Name, "and", f.Heads[1].Name)
	}
	// Output:
	// 10 trajectories for place_logits and head_direction_logits
	// 10 trajectories for place_logits and head_direction_logits
	// EOF
}
