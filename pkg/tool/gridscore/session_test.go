package gridscore_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gridcells/pkg/synthetic"
	"gridcells/pkg/tool/gridscore"
	"gridcells/pkg/tool/neurons"
	"gridcells/pkg/tool/ratemaps"
)

// session records neurons whose truth is known, in a room of 1.2 × 0.8 m with
// dropouts and jumps of the tracker, and returns what neurons writes.
func session(t *testing.T, cells ...synthetic.Cell) []byte {
	t.Helper()
	return sessionInRecords(t, "60", cells...)
}

// sessionInRecords is session in records of this duration (s) at most.
func sessionInRecords(t *testing.T, seconds string, cells ...synthetic.Cell) []byte {
	t.Helper()
	r, err := synthetic.Make(synthetic.Config{Seconds: 900, Rate: 25, Width: 1.2, Height: 0.8, Lamps: 2, Dropouts: 2, Jumps: 1, Seed: 4}, cells...)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path, spikes := filepath.Join(dir, "path.csv"), filepath.Join(dir, "spikes.csv")
	write := func(name string, to func(io.Writer) error) {
		f, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := to(f); err != nil {
			t.Fatal(err)
		}
	}
	write(path, func(w io.Writer) error { return synthetic.WritePath(w, r.Path, 1, [2]float64{}) })
	write(spikes, func(w io.Writer) error { return synthetic.WriteSpikes(w, r.Units) })
	return tool(t, neurons.Run, nil, "-q", "--record-seconds", seconds, "--walls=-0.6,0.6,-0.4,0.4", "--path", path, spikes)
}

// units are what ratemaps and gridscore say of a session, one for each neuron.
func units(t *testing.T, stream []byte, mapFlags, scoreFlags []string) []map[string]any {
	t.Helper()
	maps := tool(t, ratemaps.Run, stream, append([]string{"-q"}, mapFlags...)...)
	lines := tool(t, gridscore.Run, maps, append([]string{"-q", "--format", "jsonl"}, scoreFlags...)...)
	var all []map[string]any
	for line := range strings.Lines(string(lines)) {
		u := map[string]any{}
		if err := json.Unmarshal([]byte(line), &u); err != nil {
			t.Fatal(err)
		}
		all = append(all, u)
	}
	return all
}

// Recorded neurons in a rectangular room have the scale, orientation, directions and
// rates that they were made with, and shifted spikes tell tuned neurons from others.
func TestSession(t *testing.T) {
	stream := session(t,
		synthetic.Grid{Scale: 0.35, Orientation: 0.2, Phase: [2]float64{0.05, 0.1}, Peak: 20},
		synthetic.HeadDirection{Towards: 1, Concentration: 5, Peak: 15},
		synthetic.Constant(4))
	all := units(t, stream, []string{"--shifts", "40"}, []string{"--null", "field,gaussian,iaaft", "--shuffles", "10"})
	if len(all) != 3 {
		t.Fatalf("%d units", len(all))
	}
	value := func(u int, name string) float64 {
		v, ok := all[u][name].(float64)
		if !ok {
			t.Errorf("unit %d: %s is %v", u, name, all[u][name])
		}
		return v
	}
	for _, c := range []struct {
		unit      int
		name      string
		low, high float64
	}{
		{0, "grid_scale_m", 0.335, 0.365},
		{0, "score_60", 0.8, 2},
		{0, "p_shift", 0, 0.05},
		{0, "spatial_information_p_shift", 0, 0.05},
		{0, "split_half_r_p_shift", 0, 0.05},
		{2, "split_half_r_p_shift", 0.05, 1},
		{2, "border_score_p_shift", 0.05, 1},
		{2, "border_score_solstad_p_shift", 0.02, 1},
		{2, "speed_score_p_shift", 0.02, 1},
		{0, "peak_rate_hz", 12, 25},
		{0, "split_half_r", 0.7, 1},
		{0, "is_grid", 1, 1},
		{1, "head_direction_deg", 180/math.Pi - 8, 180/math.Pi + 8},
		{1, "head_direction_p_shift", 0, 0.05},
		{1, "is_head_direction", 1, 1},
		{2, "mean_rate_hz", 3.7, 4.3},
		{2, "spatial_information_bits_per_spike", 0, 0.1},
		{2, "head_direction_length", 0, 0.1},
		{2, "speed_score", -0.1, 0.1},
		{2, "spikes", 3000, 4000},
	} {
		if v := value(c.unit, c.name); !(v >= c.low && v <= c.high) {
			t.Errorf("unit %d: %s is %v, want %v to %v", c.unit, c.name, v, c.low, c.high)
		}
	}
	// Grid cells are above their own threshold in time shifts, which recordings are
	// always compared with.
	for u := range all {
		if above := value(u, "score_60") > value(u, "threshold_95_shift"); above != (value(u, "is_grid") == 1) {
			t.Errorf("unit %d: score %v, threshold %v, is_grid %v", u, value(u, "score_60"), value(u, "threshold_95_shift"), value(u, "is_grid"))
		}
	}
	// Angles of the lattice count modulo 60°.
	if off := math.Remainder(value(0, "grid_orientation_deg")-0.2*180/math.Pi, 60); math.Abs(off) > 4 {
		t.Errorf("orientation is off by %v°", off)
	}
	if name := all[1]["unit_name"]; name == nil || name == "" {
		t.Errorf("unit 1 has the name %v", name)
	}
}

// All ways to make and score maps of a session work, also in bins that are not square.
func TestSessionFlags(t *testing.T) {
	stream := session(t, synthetic.Grid{Scale: 0.35, Orientation: 0.2, Peak: 20})
	for _, c := range []struct{ maps, scores []string }{
		{[]string{"--bins", "24x16", "--smooth", "0"}, nil},
		{[]string{"--bins", "20"}, []string{"--score", "paper,opexebo"}},
		{[]string{"--adaptive", "200", "--bin-size", "0.04"}, []string{"--correct-ellipse"}},
		{[]string{"--min-speed", "0.03", "--max-speed", "1", "--min-occupancy", "0.1"}, []string{"--unvisited", "zero"}},
		{[]string{"--room", "data", "--halves", "none"}, []string{"--peak-apart", "15"}},
	} {
		all := units(t, stream, c.maps, c.scores)
		score, ok := all[0]["score_60"].(float64)
		if !ok {
			score, ok = all[0]["score_60_opexebo"].(float64)
		}
		if !ok || score < 0.5 {
			t.Errorf("%v %v: score %v", c.maps, c.scores, score)
		}
	}
}

// Scores of few spikes are told to mean little, and one unit is no population.
func TestFewSpikes(t *testing.T) {
	stream := session(t, synthetic.Constant(0.02))
	maps := tool(t, ratemaps.Run, stream, "-q", "--shifts", "5")
	var out, remarks bytes.Buffer
	if err := gridscore.Run(t.Context(), bytes.NewReader(maps), &out, &remarks, nil); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1 of 1 units have fewer than 100 spikes in their maps (the first is in row 0)", "of 1 unit is above the 95th percentile of its own time shifts"} {
		if !strings.Contains(remarks.String(), want) {
			t.Errorf("%s\nwant %q", remarks.String(), want)
		}
	}
	if strings.Contains(remarks.String(), "excess") {
		t.Errorf("an excess of one unit: %s", remarks.String())
	}
}

// Units that come twice are told.
func TestUnitsTwice(t *testing.T) {
	maps := tool(t, ratemaps.Run, session(t, synthetic.Constant(4)), "-q")
	name := filepath.Join(t.TempDir(), "maps.npy")
	if err := os.WriteFile(name, maps, 0o666); err != nil {
		t.Fatal(err)
	}
	for want, files := range map[string][]string{"": {name}, "1 of 2 units have the ratemap of an earlier one, to the bit (the first is in row 1)": {name, name}} {
		var out, remarks bytes.Buffer
		if err := gridscore.Run(t.Context(), nil, &out, &remarks, files); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(remarks.String(), want) || want == "" && strings.Contains(remarks.String(), "to the bit") {
			t.Errorf("%s\nwant %q", remarks.String(), want)
		}
	}
}

// The last record of a session is filled up with frames that nobody counts.
func TestFillingFrames(t *testing.T) {
	stream := sessionInRecords(t, "7", synthetic.Constant(4))
	var out, remarks bytes.Buffer
	if err := ratemaps.Run(t.Context(), bytes.NewReader(stream), &out, &remarks, []string{"--bin-size", "0.05"}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(remarks.String(), "of 22500 positions are NaN") {
		t.Errorf("%s: want 22500 positions", remarks.String())
	}
}

// tool runs a tool on a stream.
func tool(t *testing.T, run func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) error, input []byte, args ...string) []byte {
	t.Helper()
	var out, diagnostics bytes.Buffer
	if err := run(t.Context(), bytes.NewReader(input), &out, &diagnostics, args); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, diagnostics.String())
	}
	return out.Bytes()
}
