package neurons

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gridcells/pkg/cli"
	"gridcells/pkg/npy"
	"gridcells/pkg/npy/npytest"
	"gridcells/pkg/pipeline"
	"gridcells/pkg/recording"
	"gridcells/pkg/synthetic"
)

func run(stdin string, args ...string) (stdout, stderr string, err error) {
	var out, remarks bytes.Buffer
	err = Run(context.Background(), strings.NewReader(stdin), &out, &remarks, args)
	return out.String(), remarks.String(), err
}

// session is what a stream holds.
type session struct {
	about      *pipeline.Recording
	derived    map[string]any
	xy         []float64 // [frames, 2]
	head       []float64 // [frames]; nil if there are none
	rates      []float64 // [frames, units]
	units      int
	recordSize int // frames
}

func read(t *testing.T, stream string) *session {
	t.Helper()
	rows, provenance := npytest.Read(t, []byte(stream))
	d := rows.DType
	var err error
	s := &session{derived: map[string]any{}}
	if s.about, err = pipeline.RecordingOf(provenance); err != nil || s.about == nil {
		t.Fatalf("no session in the provenance: %v", err)
	}
	if err := json.Unmarshal(provenance[0].Derived, &s.derived); err != nil {
		t.Fatal(err)
	}
	position, err := d.Floats("target_pos", -1, 2)
	if err != nil {
		t.Fatal(err)
	}
	rates, err := d.Floats("units", position.Shape[0], -1)
	if err != nil {
		t.Fatal(err)
	}
	head, err := d.Floats("target_hd", position.Shape[0], 1)
	directed := err == nil
	s.units, s.recordSize = rates.Shape[1], position.Shape[0]
	appended := func(to *[]float64, c npy.Column, row []byte) {
		v := make([]float64, c.Len())
		c.Float64(v, row)
		*to = append(*to, v...)
	}
	for i := range rows.Len() {
		appended(&s.xy, position, rows.Row(i))
		appended(&s.rates, rates, rows.Row(i))
		if directed {
			appended(&s.head, head, rows.Row(i))
		}
	}
	return s
}

// written writes a synthetic recording as files, and returns the flags that read it.
func written(t *testing.T, r *synthetic.Recording, metres float64) []string {
	t.Helper()
	dir := t.TempDir()
	for name, write := range map[string]func(io.Writer) error{
		"path.csv":   func(w io.Writer) error { return synthetic.WritePath(w, r.Path, metres, [2]float64{-0.6, -0.4}) },
		"spikes.csv": func(w io.Writer) error { return synthetic.WriteSpikes(w, r.Units) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return []string{"--path", filepath.Join(dir, "path.csv"), "--metres", fmt.Sprint(metres), filepath.Join(dir, "spikes.csv")}
}

// A known recording with all faults comes back as it was: positions, directions and
// the number of spikes.
func TestKnownRecording(t *testing.T) {
	r, err := synthetic.Make(synthetic.Config{Seconds: 150.3, Rate: 50, Start: 1000, Width: 1.2, Height: 0.8, Lamps: 2, Dropouts: 4, Jumps: 3, Seed: 5},
		synthetic.Grid{Scale: 0.4, Peak: 20}, synthetic.HeadDirection{Towards: 1, Concentration: 5, Peak: 20}, synthetic.Constant(0), synthetic.Constant(8))
	if err != nil {
		t.Fatal(err)
	}
	out, stderr, err := run("", written(t, r, 0.01)...)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"7515 samples at 50 Hz", "samples are rejected", "frames are interpolated", "spikes fall where there is no position",
		"target_hd is the direction from the second LED to the first"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("standard error does not say %q:\n%s", want, stderr)
		}
	}
	s := read(t, out)
	n := len(r.True.X)
	if s.about.Frames != int64(n) || s.about.FrameSeconds != 0.02 || s.about.ActivityUnit != "Hz" || s.about.DirectionSource != "leds" {
		t.Errorf("%+v", s.about)
	}
	if s.recordSize > 3000 || len(s.xy)/2 < n || len(s.xy)/2 >= n+s.recordSize {
		t.Errorf("records of %d frames, %d in all, of %d", s.recordSize, len(s.xy)/2, n)
	}
	// Units are in the order of their names; a unit without spikes is not in the file.
	if fmt.Sprint(s.about.UnitNames) != "[1 2 4]" {
		t.Errorf("units %v", s.about.UnitNames)
	}
	spikes, lost := make([]int, s.units), 0
	lostLong := 0
	for i := range len(s.xy) / 2 {
		known := !math.IsNaN(s.xy[2*i])
		for k := range s.units {
			count := int(math.Round(s.rates[i*s.units+k] * 0.02))
			spikes[k] += count
			if !known {
				lost += count
			}
		}
		if i >= n {
			if known || !math.IsNaN(s.head[i]) {
				t.Fatalf("frame %d behind the session has a position", i)
			}
			continue
		}
		if !known {
			lostLong++
			if !r.True.Lost[i] && !r.True.Bad[i] {
				t.Fatalf("frame %d has no position, but it was seen", i)
			}
			continue
		}
		// The middle of what the animal visits is not that of the room.
		middle := s.derived["middle_m"].([]any)
		x, y := r.True.X[i]+0.6-middle[0].(float64), r.True.Y[i]+0.4-middle[1].(float64)
		tolerance := 2e-5 // the file has hundredths of a millimetre
		if r.True.Lost[i] || r.True.Bad[i] {
			tolerance = 0.08
		}
		if d := math.Hypot(s.xy[2*i]-x, s.xy[2*i+1]-y); d > tolerance {
			t.Fatalf("frame %d is %v m off", i, d)
		}
		if off := math.Abs(math.Remainder(s.head[i]-r.True.Head[i], 2*math.Pi)); tolerance < 1e-3 && off > 1e-3 {
			t.Fatalf("frame %d: head direction is %v rad off", i, off)
		}
	}
	for k, u := range []int{0, 1, 3} {
		if spikes[k] != len(r.Units[u].Times) {
			t.Errorf("unit %s: %d spikes of %d", r.Units[u].Name, spikes[k], len(r.Units[u].Times))
		}
	}
	if found := s.derived["spikes"].(map[string]any)["spikes_without_position"]; found != float64(lost) || lost == 0 {
		t.Errorf("%v spikes without a position, %d found", found, lost)
	}
	if lostLong == 0 {
		t.Error("no long gap")
	}
	// The duration of records changes nothing but where they are divided.
	again, _, err := run("", append(written(t, r, 0.01), "-q", "--record-seconds", "7")...)
	if err != nil {
		t.Fatal(err)
	}
	if short := read(t, again); fmt.Sprint(short.xy[:2*n], short.rates[:n*s.units]) != fmt.Sprint(s.xy[:2*n], s.rates[:n*s.units]) {
		t.Error("--record-seconds changes frames")
	}
}

// Files that do not fit together are refused, with the flag that mends it.
func TestMismatches(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "path.csv")
	var b strings.Builder
	b.WriteString("t,x,y\n")
	for i := range 2000 {
		fmt.Fprintf(&b, "%.2f,%.4f,%.4f\n", float64(i)*0.02, math.Sin(float64(i)*0.01), math.Cos(float64(i)*0.007))
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	spikes := func(factor, offset float64) string {
		var b strings.Builder
		for i := range 200 {
			fmt.Fprintf(&b, "%.6f\n", factor*(float64(i)*0.19+0.5)+offset)
		}
		return b.String()
	}
	for _, test := range []struct {
		name, spikes string
		args         []string
		err          string
		status       int
	}{
		{"fits", spikes(1, 0), nil, "", 0},
		{"milliseconds", spikes(1000, 0), nil, "they seem to be in milliseconds: try --spike-seconds 0.001", 1},
		{"milliseconds mended", spikes(1000, 0), []string{"--spike-seconds", "0.001"}, "", 0},
		{"samples", spikes(30000, 0), nil, "they seem to be in samples at 30 kHz", 1},
		{"another clock", spikes(1, 5000), nil, "they seem to have a clock of their own: add the difference of the clocks by --spike-offset=-5000", 1},
		{"another clock mended", spikes(1, 5000), []string{"--spike-offset=-5000"}, "", 0},
		{"minutes", spikes(1./6000, 0), nil, "all 200 spikes lie within 0.0063 s of a session of 40 s", 1},
		{"allowed", spikes(1000, 0), []string{"--allow-mismatch"}, "", 0},
		{"none", "", nil, "", 0},
		{"nothing", "spike\nnan\n", nil, "", 0},
	} {
		_, stderr, err := run(test.spikes, append(test.args, "--path", path, "-")...)
		if cli.Status(err) != test.status || test.err != "" && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: status %d, %v\n%s", test.name, cli.Status(err), err, stderr)
		}
	}
	_, stderr, err := run("t,unit\n3,1\n2,1\n2,1\nnan,2\n", "--path", path, "-")
	for _, want := range []string{"1 spikes have no time", "1 spikes have the time of another spike", "the spike times of 1 were not in order", "1 unit has no spikes: 2"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("%v: standard error does not say %q:\n%s", err, want, stderr)
		}
	}
}

func TestWrongCommandLines(t *testing.T) {
	for _, args := range [][]string{
		{}, {"spikes.csv"}, {"--path", "-", "-"}, {"--walls", "0,1", "a.npz"}, {"--walls", "1,0,0,1", "a.npz"}, {"--example", "x", "a.npz"},
		{"--metres", "0", "a.npz"}, {"--position", "third", "a.npz"},
	} {
		if _, _, err := run("", args...); cli.Status(err) != cli.StatusUsage {
			t.Errorf("%q: status %d, %v", args, cli.Status(err), err)
		}
	}
	for _, args := range [][]string{{"absent.npz"}, {"--path", "absent.csv", "absent.csv"}, {"--path", "neurons_test.go", "-"}} {
		if _, _, err := run("", args...); cli.Status(err) != cli.StatusFailed {
			t.Errorf("%q: status %d, %v", args, cli.Status(err), err)
		}
	}
}

// The recordings beside the checkout are read as they are.
func TestRealRecordings(t *testing.T) {
	for file, want := range map[string]recording.Tracking{
		"recorded_grid_cell.npz":          {Samples: 90050},
		"recorded_cell_lost_tracking.npz": {Samples: 90050, Lost: 20613, Bad: 1},
	} {
		name := filepath.Join("..", "..", "..", "..", "shared", "data", file)
		if _, err := os.Stat(name); err != nil {
			t.Skip("no recordings beside the checkout")
		}
		out, _, err := run("", "--direction-unit", "degrees", name)
		if err != nil {
			t.Fatal(err)
		}
		s := read(t, out)
		found := s.derived["tracking"].(map[string]any)
		if found["samples"] != float64(want.Samples) || want.Lost > 0 && (found["samples_lost"] != float64(want.Lost) || found["samples_rejected"] != float64(want.Bad)) {
			t.Errorf("%s: %v", file, found)
		}
		if s.about.Frames != 90050 || s.about.DirectionSource != "column" {
			t.Errorf("%s: %+v", file, s.about)
		}
	}
}
