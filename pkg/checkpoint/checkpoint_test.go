package checkpoint

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"gridcells/pkg/ensemble"
	"gridcells/pkg/network"
	"gridcells/pkg/npy"
	"gridcells/pkg/optimize"
	"gridcells/pkg/parallel"
	"gridcells/pkg/safetensors"
)

func testRun(t testing.TB, seed uint64) (*Checkpoint, *network.Network, *optimize.Optimizer) {
	t.Helper()
	ensembles := ensemble.DefaultConfig()
	c := &Checkpoint{
		Network: network.Config{
			Cell: "lstm", Hidden: 6, Bottleneck: 8, Keep: []float64{0.5}, Loss: network.SoftmaxLoss,
			Heads: []network.Head{{Name: "place_logits", Cells: 5}, {Name: "head_direction_logits", Cells: 3}},
		},
		Optimizer:  optimize.DefaultConfig(),
		Ensembles:  &ensembles,
		Training:   Training{Batch: 10, Steps: 100, Seed: 1, VelocityInputs: true, VelocityNoise: []float64{0, 0.5, 0}},
		Position:   Position{Update: 12, Trajectory: 120},
		Log:        json.RawMessage(`{"sum":7.123456789012345}`),
		Provenance: npy.Provenance{{Tool: "simulate", Version: "1", Parameters: json.RawMessage(`{"seed":1}`)}},
	}
	n, err := network.New(c.Network)
	if err != nil {
		t.Fatal(err)
	}
	n.Initialize(seed)
	o, err := optimize.New(c.Optimizer, n, parallel.New(1))
	if err != nil {
		t.Fatal(err)
	}
	for i := range o.State()[1].Values {
		o.State()[1].Values[i] = float32(i) + float32(seed)
	}
	return c, n, o
}

// savedRun saves a run and returns the path of its file, too.
func savedRun(t testing.TB) (path string, c *Checkpoint, n *network.Network, o *optimize.Optimizer) {
	t.Helper()
	c, n, o = testRun(t, 1)
	path = filepath.Join(t.TempDir(), "run.safetensors")
	if err := c.Save(path, n, o); err != nil {
		t.Fatal(err)
	}
	return path, c, n, o
}

func TestSaveAndLoad(t *testing.T) {
	path, c, n, o := savedRun(t)
	first, _ := os.ReadFile(path)
	if err := c.Save(path, n, o); err != nil {
		t.Fatal(err)
	}
	if second, _ := os.ReadFile(path); string(first) != string(second) {
		t.Error("the same run gave other bytes")
	}
	got, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	got.file = nil
	if !reflect.DeepEqual(got, c) {
		t.Errorf("got  %+v\nwant %+v", got, c)
	}
	got, _ = Load(path)
	_, m, p := testRun(t, 2)
	if err := errors.Join(got.RestoreWeights(m), got.RestoreOptimizer(m, p)); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(m.Weights, n.Weights) {
		t.Error("weights differ")
	}
	for _, param := range n.Params {
		if !reflect.DeepEqual(stateOf(p.State()[1], param), stateOf(o.State()[1], param)) {
			t.Errorf("optimiser state of %s differs", param.Name)
		}
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("%d files beside the checkpoint", len(entries)-1)
	}
}

func TestWeightsAloneAreEnough(t *testing.T) {
	_, n, _ := testRun(t, 1)
	f := &safetensors.File{}
	for _, p := range n.Params {
		f.Tensors = append(f.Tensors, safetensors.Float32(p.Name, p.Weights, p.Shape...))
	}
	// The optimiser's state in the file is not taken for a head.
	f.Tensors = append(f.Tensors, safetensors.Float32(optimizerPrefix+"ms/place_logits/b", make([]float32, 5), 5))
	path := filepath.Join(t.TempDir(), "weights.safetensors")
	if err := writeWhole(path, f.Write); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(c.Network, n.Config) {
		t.Errorf("inferred %+v, want %+v", c.Network, n.Config)
	}
	if c.IsRun() || !c.Training.VelocityInputs {
		t.Errorf("weights alone: a run is %v, inputs of velocity are %v", c.IsRun(), c.Training.VelocityInputs)
	}
	if err := c.RestoreWeights(n); err != nil {
		t.Error(err)
	}
}

// A checkpoint that is cut off or damaged anywhere is not read.
func TestDamageIsNoticed(t *testing.T) {
	path, _, _, _ := savedRun(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	load := func(data []byte) error {
		f, err := safetensors.Parse(data)
		if err == nil {
			_, err = decode(f)
		}
		return err
	}
	if err := load(whole); err != nil {
		t.Fatal(err)
	}
	for size := range whole {
		if load(whole[:size]) == nil {
			t.Fatalf("the first %d of %d bytes are read", size, len(whole))
		}
	}
	for i := range whole {
		damages := []int{1 << (i % 8)}
		if 'A' <= whole[i]&^0x20 && whole[i]&^0x20 <= 'Z' {
			damages = append(damages, 0x20) // the other case of a letter
		}
		for _, x := range damages {
			damaged := bytes.Clone(whole)
			damaged[i] ^= byte(x)
			if load(damaged) == nil {
				t.Fatalf("byte %d changed from %q to %q: no error", i, whole[i], damaged[i])
			}
		}
	}
	damaged := bytes.Clone(whole)
	damaged[len(damaged)-1] ^= 1
	if err := os.WriteFile(path, damaged, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), path+": the content does not match its checksum") {
		t.Errorf("the last bit: %v", err)
	}
}

// The checksum holds for another order of the tensors, such as Python's; runs of
// format 1 have none; an empty one is not verified.
func TestChecksum(t *testing.T) {
	path, _, _, _ := savedRun(t)
	f, err := safetensors.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(f.Tensors)
	if _, err := decode(f); err != nil {
		t.Errorf("in another order: %v", err)
	}
	f.Tensors[0].Data[0] ^= 1
	if _, err := decode(f); err == nil {
		t.Error("another weight: no error")
	}
	f.Metadata[checksumKey] = ""
	if _, err := decode(f); err != nil {
		t.Errorf("changed by hand: %v", err)
	}
	delete(f.Metadata, checksumKey)
	if _, err := decode(f); err == nil {
		t.Error("no checksum: no error")
	}
	f.Metadata[versionKey] = "1"
	if _, err := decode(f); err != nil {
		t.Errorf("format 1: %v", err)
	}
	f.Metadata[versionKey] = "3"
	if _, err := decode(f); err == nil {
		t.Error("format 3: no error")
	}
}

func TestRestoreNamesTheTensor(t *testing.T) {
	path, c, _, _ := savedRun(t)
	loaded, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	wider := c.Network
	wider.Bottleneck, wider.BottleneckBias = 10, true
	m, err := network.New(wider)
	if err != nil {
		t.Fatal(err)
	}
	if err := loaded.RestoreWeights(m); err == nil || !strings.Contains(err.Error(), "bottleneck/w: found shape [6 8], wanted [6 10]") {
		t.Errorf("a wider layer: %v", err)
	}
}

func TestFailedSaveKeepsTheOldFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.safetensors")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	if err := writeWhole(path, func(w io.Writer) error {
		w.Write([]byte("half"))
		return full
	}); !errors.Is(err, full) {
		t.Errorf("error %v", err)
	}
	if content, _ := os.ReadFile(path); string(content) != "old" {
		t.Errorf("the file holds %q", content)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Error("a temporary file stayed behind")
	}
}

func TestArchive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.safetensors")
	for update := uint64(10); update <= 100; update += 10 {
		if err := os.WriteFile(path+".new", []byte{byte(update)}, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
		if err := Archive(path, update, Keep{Last: 2, Every: 30}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := archived(path)
	if want := []uint64{30, 60, 90, 100}; err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("kept %v, %v; want %v", got, err, want)
	}
	if content, _ := os.ReadFile(Numbered(path, 60)); len(content) != 1 || content[0] != 60 {
		t.Errorf("checkpoint 60 holds %v", content)
	}
}

func TestIsNumbered(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	path := filepath.Join(dir, "run.safetensors")
	for name, want := range map[string]bool{
		Numbered(path, 5): true, "run-000000005.safetensors": true, "./x/../run-12345678901.safetensors": true,
		"run-5.safetensors": false, "run.safetensors": false, "run-000000005.jsonl": false, "x/run-000000005.safetensors": false,
		"other-000000005.safetensors": false,
	} {
		if got := IsNumbered(path, name); got != want {
			t.Errorf("%s: %v", name, got)
		}
		if got := IsNumbered("run.safetensors", name); got != want {
			t.Errorf("%s beside a relative name: %v", name, got)
		}
	}
}

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.safetensors")
	release, err := Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(path); !errors.Is(err, ErrInUse) {
		t.Errorf("a second lock: %v", err)
	}
	if other, err := Lock(path + ".other"); err != nil {
		t.Errorf("another checkpoint in the same directory: %v", err)
	} else {
		other()
	}
	release()
	if release, err = Lock(path); err != nil {
		t.Errorf("after the release: %v", err)
	} else {
		release()
	}
}

// TestLockHasOneHolder has many take and release the same lock: there must never
// be two at once, and nothing may be left behind.
func TestLockHasOneHolder(t *testing.T) {
	dir := t.TempDir()
	var holders, held atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				release, err := Lock(filepath.Join(dir, "run.safetensors"))
				if errors.Is(err, ErrInUse) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				if n := holders.Add(1); n != 1 {
					t.Errorf("%d hold the lock", n)
				}
				held.Add(1)
				holders.Add(-1)
				release()
			}
		})
	}
	all.Wait()
	if held.Load() == 0 {
		t.Error("nobody ever held the lock")
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A small file that claims a large network costs an error, and no memory.
func TestClaimsOfSize(t *testing.T) {
	path, _, _, _ := savedRun(t)
	for _, test := range []struct{ section, old, new, want string }{
		{"network", `"nh_lstm":6`, `"nh_lstm":1000000000`, "a cell of 1000000000 units and a linear layer of 8, but tensor"},
		{"network", `"nh_lstm":6`, `"nh_lstm":4611686018427387904`, "a cell of 4611686018427387904 units"},
		{"network", `"nh_bottleneck":8`, `"nh_bottleneck":9223372036854775807`, "a linear layer of 9223372036854775807, but tensor bottleneck/w has shape [6 8]"},
		{"network", `"cells":5`, `"cells":1000000000`, "tensor cell_init/w has shape [8 6], wanted [1000000003 6]"},
		{"network", `"cells":5`, `"cells":5,"init":1000000000`, "tensor cell_init/w has shape [8 6], wanted [1000000003 6]"},
		{"network", `"nh_lstm":6`, `"nh_lstm":-6`, "must be positive"},
		{"position", `"trajectory":120`, `"trajectory":-1`, "trajectory -1 is negative"},
	} {
		f, err := safetensors.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(f.Metadata[test.section], test.old) {
			t.Fatalf("%s: no %s in %s", test.section, test.old, f.Metadata[test.section])
		}
		f.Metadata[test.section] = strings.Replace(f.Metadata[test.section], test.old, test.new, 1)
		f.Metadata[checksumKey] = ""
		if _, err := decode(f); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", test.new, err, test.want)
		}
	}
}

func TestWeightsMustBeFinite(t *testing.T) {
	c, n, o := testRun(t, 1)
	n.Param("bottleneck/w").Weights[7] = float32(math.Inf(1))
	o.State()[0].Values[n.Param("lstm/b_gates").Offset] = float32(math.NaN())
	path := filepath.Join(t.TempDir(), "run.safetensors")
	if err := c.Save(path, n, o); err != nil {
		t.Fatal(err)
	}
	loaded, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := loaded.Restore(); err == nil || err.Error() != "tensor bottleneck/w: element 7 is +Inf: want a finite number" {
		t.Errorf("weights: %v", err)
	}
	if err := loaded.RestoreOptimizer(n, o); err == nil || !strings.Contains(err.Error(), "lstm/b_gates: element 0 is NaN") {
		t.Errorf("optimiser: %v", err)
	}
}

// Heads are in the order of their numbers, the place cells' first.
func TestOrderOfHeads(t *testing.T) {
	want := []string{"place_logits", "place_logits_2", "place_logits_10", "head_direction_logits", "head_direction_logits_9", "head_direction_logits_11"}
	got := slices.Sorted(slices.Values(want))
	if slices.SortFunc(got, compareHeads); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
