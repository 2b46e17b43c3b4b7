package feed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"gridcells/pkg/ensemble"
	"gridcells/pkg/network"
	"gridcells/pkg/npy"
	"gridcells/pkg/npy/npytest"
	"gridcells/pkg/parallel"
)

// encoded is a stream of n trajectories of two steps with two ensembles; every
// number tells its place: trajectory, step, and what it is.
func encoded(n int, drop ...string) []byte {
	d, rows := codes(n, drop...)
	var b bytes.Buffer
	w := npy.NewWriter(&b, d, npy.Provenance{{Tool: "simulate", Version: "1", Parameters: []byte(`{"skip":40}`)}})
	w.Write(rows)
	w.Close()
	return b.Bytes()
}

func codes(n int, drop ...string) (*npy.DType, npy.Rows) {
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
	return d, rows
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
			if err := f.Load(batch); err != nil {
				t.Fatal(err)
			}
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
	if err := f.Load(batch); err != nil {
		t.Fatal(err)
	}
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

// stated is a stream of one trajectory whose provenance states these parameters of
// targets; the codes are those of encoded.
func stated(t *testing.T, parameters string) (*Feed, error) {
	t.Helper()
	_, rows := codes(1)
	b := npytest.Write(t, rows, npy.Provenance{{Tool: "targets", Version: "1", Parameters: []byte(parameters)}})
	return Open(npy.NewReader(bytes.NewReader(b), "x"))
}

const ensembles = `{"env_size":2.2,"n_pc":[2],"pc_scale":[0.01],"n_hdc":[1],"hdc_concentration":[20],"neurons_seed":1,"targets_type":"voronoi","init_type":"zeros"}`

// Settings that the provenance does not state are unknown, and have no defaults.
// Settings that it states must fit the fields, and are checked before memory is
// allocated.
func TestEnsembles(t *testing.T) {
	f, err := stated(t, ensembles)
	if err != nil || !f.Ensembles.Known() || f.Ensembles.NPC[0] != 2 || f.Loss() != network.SoftmaxLoss {
		t.Errorf("%+v, %v", f.Ensembles, err)
	}
	if f, err := stated(t, `{"env_size":2.2}`); err != nil || f.Ensembles.Known() {
		t.Errorf("without ensembles: %+v, %v", f.Ensembles, err)
	}
	for _, test := range []struct{ old, new, want string }{
		{`"n_pc":[2]`, `"n_pc":[1000000000]`, "states 1000000000 cells in n_pc with targets of type voronoi, but place_target has 2 values"},
		{`"n_hdc":[1]`, `"n_hdc":[2]`, "states 2 cells in n_hdc with targets of type voronoi, but head_direction_target has 1 values"},
		{`"n_pc":[2],"pc_scale":[0.01]`, `"n_pc":[],"pc_scale":[]`, "states 0 ensembles in n_pc, but the stream has the codes of 1"},
		{`"pc_scale":[0.01]`, `"pc_scale":[]`, "states 1 ensembles in n_pc"},
		{`"env_size":2.2`, `"env_size":1e300`, "--env-size 1e+300"},
		{`"targets_type":"voronoi"`, `"targets_type":"mine"`, "type mine"},
	} {
		if _, err := stated(t, strings.Replace(ensembles, test.old, test.new, 1)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", test.new, err, test.want)
		}
	}
	// Ensembles whose fields were dropped are not counted.
	more := strings.Replace(ensembles, `"n_pc":[2],"pc_scale":[0.01]`, `"n_pc":[2,7],"pc_scale":[0.01,0.1]`, 1)
	if f, err := stated(t, more); err != nil || len(f.Ensembles.NPC) != 1 {
		t.Errorf("a dropped ensemble: %+v, %v", f.Ensembles, err)
	}
}

func TestEveryTargetHasALoss(t *testing.T) {
	for _, code := range ensemble.TargetCodes() {
		if !slices.Contains(network.LossNames(), code.Loss()) {
			t.Errorf("%s: there is no loss %q", code, code.Loss())
		}
	}
}

// The error names the first value of the stream that is not finite, by input, record,
// field and index, at any number of threads.
func TestValuesMustBeFinite(t *testing.T) {
	d, rows := codes(7)
	put := func(row int, name string, element int, value float32) {
		field, _ := d.Field(name)
		c := npy.Column{Field: field}
		x := make([]float32, c.Len())
		c.Float32(x, rows.Row(row))
		x[element] = value
		c.PutFloat32(rows.Row(row), x)
	}
	put(4, "place_target", 3, float32(math.NaN()))
	put(5, "ego_vel", 0, float32(math.Inf(-1)))
	put(6, "place_init", 1, float32(math.NaN()))
	source := func(name string, part npy.Rows) npy.Source {
		b := npytest.Write(t, part, npy.Provenance{{Tool: "x", Version: "1"}})
		return npy.Source{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }}
	}
	for _, test := range []struct {
		from    int // first row read
		threads int
		want    string
	}{
		{0, 1, "two: record 1: place_target[1, 1] is NaN; a finite number is needed"},
		{0, 3, "two: record 1: place_target[1, 1] is NaN; a finite number is needed"},
		{5, 2, "two: record 2: ego_vel[0, 0] is infinite; a finite number is needed"},
		{6, 2, "two: record 3: place_init[1] is NaN; a finite number is needed"},
	} {
		f, err := Open(npy.NewReaders(source("one", rows.Slice(0, 3)), source("two", rows.Slice(3, 7))))
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Skip(context.Background(), int64(test.from)); err != nil {
			t.Fatal(err)
		}
		team := parallel.New(test.threads)
		defer team.Close()
		size := 7 - test.from
		f.Start(context.Background(), size, false, team)
		if _, err := f.Next(); err != nil {
			t.Fatal(err)
		}
		if err := f.Load(newBatch(t, f, size)); err == nil || err.Error() != test.want {
			t.Errorf("from row %d, %d threads: %v, want %s", test.from, test.threads, err, test.want)
		}
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
