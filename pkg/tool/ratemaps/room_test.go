package ratemaps

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gridcells/pkg/npy"
	"gridcells/pkg/npy/npytest"
	"gridcells/pkg/recording"
	"gridcells/pkg/trajectory"
)

// session is a random walk in a room of 1 m about 0, in records of T steps.
func session(records, steps int, change func(x, y float64) (float64, float64)) fill {
	rng := noise(5, 1, records*steps)(0)
	x, y, heading := 0., 0., 0.
	path := make([][]float64, records)
	for r := range path {
		for s := range steps {
			heading += 0.5 * rng[r*steps+s]
			sin, cos := math.Sincos(heading)
			x, y = x+0.02*cos, y+0.02*sin
			if math.Abs(x) > 0.5 || math.Abs(y) > 0.5 {
				x, y = max(-0.5, min(0.5, x)), max(-0.5, min(0.5, y))
				heading += math.Pi / 2
			}
			u, v := change(x, y)
			path[r] = append(path[r], u, v)
		}
	}
	return func(i int) []float64 { return path[i] }
}

func TestRoomsAndUnits(t *testing.T) {
	const records, steps = 200, 100
	in := func(change func(x, y float64) (float64, float64)) []byte {
		return stream(t, npy.Provenance{}, records,
			field("target_pos", npy.Float64, session(records, steps, change), steps, 2),
			field("target_hd", npy.Float64, noise(2, 3, steps), steps, 1),
			field("a", npy.Float32, noise(3, 1, 2*steps), steps, 2))
	}
	plain := func(x, y float64) (float64, float64) { return x, y }
	corner := func(x, y float64) (float64, float64) { return x + 0.5, y + 0.5 }
	cm := func(x, y float64) (float64, float64) { return 100 * x, 100 * y }
	cornerCM := func(x, y float64) (float64, float64) { return 100*x + 50, 100*y + 50 }
	lost := 0
	gaps := func(x, y float64) (float64, float64) {
		if lost++; lost%10 == 0 {
			return math.NaN(), math.NaN()
		}
		return x, y
	}
	good, stderr, status := run(in(plain), "--env-size", "1")
	if status != 0 || stderr != "" {
		t.Fatalf("status %d: %s", status, stderr)
	}
	want, _ := npytest.Read(t, good)
	for _, test := range []struct {
		name   string
		change func(x, y float64) (float64, float64)
		args   []string
		status int
		stderr string
	}{
		{"default room", plain, nil, 1, "the room seems to measure about 1 m: try --env-size 1; --allow-mismatch accepts it"},
		{"named room", plain, []string{"--env-size", "2.2"}, 0, "fill only a part of the room of 2.2 m around 0"},
		{"corner", corner, nil, 1, "a corner of the room, and the room seems to measure about 1 m: try --centre --env-size 1"},
		{"corner in its room", corner, []string{"--env-size", "1"}, 1, ": try --centre; --allow-mismatch accepts it"},
		{"corner mended", corner, []string{"--env-size", "1", "--centre"}, 0, ""},
		{"centimetres", cm, []string{"--env-size", "1"}, 1, "seem to be in centimetres: try --metres 0.01;"},
		{"centimetres mended", cm, []string{"--env-size", "1", "--metres", "0.01"}, 0, ""},
		{"both", cornerCM, []string{"--env-size", "1"}, 1, "try --metres 0.01 --centre;"},
		{"both mended", cornerCM, []string{"--env-size", "1", "--metres", "0.01", "--centre"}, 0, ""},
		{"lost tracking", gaps, []string{"--env-size", "1"}, 0, "ratemaps: 2000 of 20000 positions are NaN or infinite, which means that tracking was lost; these steps are left out\n"},
	} {
		out, stderr, status := run(in(test.change), test.args...)
		if status != test.status || !strings.Contains(stderr, test.stderr) || test.stderr == "" && stderr != "" {
			t.Errorf("%s: status %d, %q; want %d, %q", test.name, status, stderr, test.status, test.stderr)
			continue
		}
		if !strings.HasSuffix(test.name, "mended") {
			continue
		}
		rows, _ := npytest.Read(t, out)
		differ := 0 // the middle of the extent is 0 to a rounding
		for k, v := range npytest.Floats(t, rows, "occupancy", 0) {
			differ += int(math.Abs(v - npytest.Floats(t, want, "occupancy", 0)[k]))
		}
		if differ > records*steps/100 {
			t.Errorf("%s: %d steps in other bins", test.name, differ)
		}
	}
}

// Few short trajectories and parts of a room are never refused.
func TestLittleDataPasses(t *testing.T) {
	for _, records := range []int{1, 2, 5, 20} {
		in := stream(t, nil, records,
			field("target_pos", npy.Float64, noise(1, 0.2, 20), 10, 2), field("a", npy.Float64, noise(2, 1, 20), 10, 2))
		if _, stderr, status := run(in, "--env-size", "2.2"); status != 0 {
			t.Errorf("%d records: %s", records, stderr)
		}
	}
}

// Simulated rats step a little beyond the walls. This causes no remark, and no
// misfit in rooms of any size.
func TestSimulatedTrajectoriesFit(t *testing.T) {
	for _, m := range trajectory.Motions() {
		if m.Name == "replay" {
			continue
		}
		for _, size := range []float64{0.5, 1, 2.2} {
			arena, err := trajectory.NewArena("square", size)
			if err != nil {
				t.Fatal(err)
			}
			g, err := trajectory.NewGenerator(trajectory.Config{Steps: 100, Arena: arena, Model: m.Make(), Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			made := trajectory.New(100)
			positions := func(i int) []float64 {
				g.Generate(uint64(i), made)
				var xy []float64
				for _, p := range made.TargetPos {
					xy = append(xy, float64(p[0]), float64(p[1]))
				}
				return xy
			}
			stage, err := npy.NewStage("simulate", "1", map[string]any{"env_size": size, "motion": m.Name}, nil)
			if err != nil {
				t.Fatal(err)
			}
			in := stream(t, npy.Provenance{stage}, 200, field("target_pos", npy.Float32, positions, 100, 2), field("a", npy.Float32, noise(2, 1, 100), 100, 1))
			if _, stderr, status := run(in); status != 0 || stderr != "" {
				t.Errorf("%s in %v m: status %d, %s", m.Name, size, status, stderr)
			}
		}
	}
}

func TestDirectionUnits(t *testing.T) {
	in := func(scale, offset float64) []byte {
		directions := func(i int) []float64 {
			v := noise(2, scale, 10)(i)
			for k := range v {
				v[k] += offset
			}
			return v
		}
		return stream(t, npy.Provenance{}, 50, field("target_pos", npy.Float64, noise(1, 1.1, 20), 10, 2),
			field("target_hd", npy.Float64, directions, 10, 1), field("a", npy.Float64, noise(3, 1, 10), 10, 1))
	}
	for _, test := range []struct {
		name          string
		scale, offset float64
		args          []string
		status        int
		stderr        string
	}{
		{"radians", math.Pi, 0, nil, 0, ""},
		{"from 0", math.Pi, math.Pi, nil, 0, ""},
		{"degrees", 180, 0, nil, 1, "they seem to be in degrees: try --direction-unit degrees"},
		{"degrees from 0", 180, 180, nil, 1, "they seem to be in degrees"},
		{"degrees mended", 180, 0, []string{"--direction-unit", "degrees"}, 0, ""},
		{"radians called degrees", math.Pi, 0, []string{"--direction-unit", "degrees"}, 1, "all 500 head directions lie within ±3.1"},
		{"few degrees on purpose", math.Pi, 0, []string{"--direction-unit", "degrees", "--allow-mismatch"}, 0, ""},
		{"radians on purpose", 180, 0, []string{"--direction-unit", "radians"}, 0, ""},
		{"unwrapped", 3000, 0, nil, 0, "taken as radians without wrapping"},
	} {
		out, stderr, status := run(in(test.scale, test.offset), test.args...)
		if status != test.status || !strings.Contains(stderr, test.stderr) || test.stderr == "" && stderr != "" {
			t.Errorf("%s: status %d, %q; want %d, %q", test.name, status, stderr, test.status, test.stderr)
		}
		if test.name == "degrees mended" {
			a, _ := npytest.Read(t, out)
			radians, _, _ := run(in(math.Pi, 0))
			b, _ := npytest.Read(t, radians)
			if fmt.Sprint(npytest.Floats(t, a, "direction_tuning", 0)) != fmt.Sprint(npytest.Floats(t, b, "direction_tuning", 0)) {
				t.Error("degrees give other tunings than radians")
			}
		}
	}
}

func TestActivitiesOfAnyType(t *testing.T) {
	counts := func(i int) []float64 { return []float64{float64(i % 2), 1, 0, float64(i % 2)} }
	var want string
	for _, typ := range []npy.Type{npy.Float64, npy.Float32, npy.Int32} {
		var d []npy.Field
		d = append(d, npy.Field{Name: "target_pos", Type: npy.Float64, Shape: []int{2, 2}}, npy.Field{Name: "a", Type: typ, Shape: []int{2, 2}})
		dtype, err := npy.NewDType(d...)
		if err != nil {
			t.Fatal(err)
		}
		rows := npy.MakeRows(dtype, 30)
		for i := range 30 {
			at, _ := dtype.Field("target_pos")
			npy.Column{Field: at}.PutFloat64(rows.Row(i), noise(1, 1, 4)(i))
			for k, v := range counts(i) {
				if typ == npy.Int32 {
					rows.Row(i)[32+4*k] = byte(v)
					continue
				}
				one, _ := npy.NewDType(npy.Field{Name: "v", Type: typ})
				f, _ := one.Field("v")
				npy.Column{Field: f}.PutFloat64(rows.Row(i)[32+typ.Size*k:], []float64{v})
			}
		}
		out, stderr, status := run(npytest.Write(t, rows, nil), "--bins", "2")
		if status != 0 {
			t.Fatalf("%v: %s", typ, stderr)
		}
		maps, _ := npytest.Read(t, out)
		got := fmt.Sprint(npytest.Floats(t, maps, "ratemap", 0), npytest.Floats(t, maps, "ratemap", 1))
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%v: %s, want %s", typ, got, want)
		}
	}
}

// Layers keep their own rows whatever their fields are called.
func TestLayerNames(t *testing.T) {
	long := strings.Repeat("x", 100)
	for _, test := range []struct{ in, want []string }{
		{[]string{"lstm", "bottleneck"}, []string{"lstm", "bottleneck"}},
		{[]string{"\xff", "\xfe"}, []string{`\xff`, `\xfe`}},
		{[]string{"a\x00", "a"}, []string{`a\x00`, "a"}},
		{[]string{long + "1", long + "2"}, []string{strings.Repeat("x", 63) + "…", strings.Repeat("x", 59) + "… (2)"}},
		{[]string{`\xff`, "\xff"}, []string{`\xff`, `\xff (2)`}},
	} {
		var columns []npy.Column
		for _, name := range test.in {
			columns = append(columns, npy.Column{Field: npy.Field{Name: name}})
		}
		if got := layerNames(columns); fmt.Sprint(got) != fmt.Sprint(test.want) {
			t.Errorf("%q: %q, want %q", test.in, got, test.want)
		}
	}
}

// Halves that mean nothing for the input are refused, and the error names a flag that
// works.
func TestHalvesAreRefused(t *testing.T) {
	single := stream(t, nil, 9, field("target_pos", npy.Float64, noise(1, 1, 2), 1, 2), field("a", npy.Float64, noise(2, 1, 2), 1, 2))
	one := noisyStream(t, 1)
	for _, test := range []struct {
		in     []byte
		halves string
		status int
		stderr string
	}{
		{single, "time", 2, "use --halves session"},
		{single, "records", 2, "use --halves session"},
		{single, "session", 0, ""},
		{one, "records", 2, "use --halves time"},
		{one, "time", 0, ""},
		{one, "session", 0, ""},
	} {
		if _, stderr, status := run(test.in, "--env-size", "2", "--halves", test.halves); status != test.status || !strings.Contains(stderr, test.stderr) {
			t.Errorf("%s: status %d, %q; want %d, %q", test.halves, status, stderr, test.status, test.stderr)
		}
	}
	// A single record is the whole session.
	a, _, _ := run(one, "--env-size", "2", "--halves", "time")
	b, _, _ := run(one, "--env-size", "2", "--halves", "session")
	x, _ := npytest.Read(t, a)
	y, _ := npytest.Read(t, b)
	for u := range testUnits {
		for _, name := range []string{"ratemap_half_1", "ratemap_half_2"} {
			if !closeAll(npytest.Floats(t, x, name, u), npytest.Floats(t, y, name, u)) {
				t.Errorf("%s of unit %d differs", name, u)
			}
		}
	}
}

// Windows of one path, one after another, are not independent trajectories.
func TestConsecutiveWindows(t *testing.T) {
	const records, steps = 40, 10
	windows := func(gap float64) []byte { // a spiral; with a gap each record begins elsewhere
		xy := make([]float64, 0, records*steps*2)
		for i := range records * steps {
			angle := 0.05*float64(i) + gap*float64(i/steps)
			radius := 0.2 + 0.6*float64(i)/(records*steps)
			xy = append(xy, radius*math.Cos(angle), radius*math.Sin(angle))
		}
		record := func(r int) []float64 { return xy[2*r*steps : 2*(r+1)*steps] }
		return stream(t, nil, records, field("target_pos", npy.Float64, record, steps, 2), field("a", npy.Float64, noise(2, 1, steps*2), steps, 2))
	}
	for _, test := range []struct {
		gap    float64
		flags  []string
		status int
		stderr string
	}{
		{0, []string{"--halves", "records"}, 1, "39 of 39 records go on where the one before ended"},
		{0, []string{"--halves", "records", "--allow-mismatch"}, 0, "39 of 39 records go on where the one before ended"},
		{0, []string{"--halves", "session"}, 0, ""},
		{0, nil, 0, ""},
		{2, []string{"--halves", "records"}, 0, ""},
	} {
		_, stderr, status := run(windows(test.gap), append(test.flags, "--env-size", "2")...)
		if status != test.status || !strings.Contains(stderr, test.stderr) || test.stderr == "" && strings.Contains(stderr, "halves") {
			t.Errorf("gap %v, %v: status %d, %q; want %d, %q", test.gap, test.flags, status, stderr, test.status, test.stderr)
		}
	}
}

// Real recordings, whose origin is a corner: the default room is refused, and the
// proposed one works.
func TestRecordings(t *testing.T) {
	for _, test := range []struct {
		file    string
		refused string
		mended  []string
	}{
		{"sargolini.npz", "try --centre --env-size 0.99", []string{"--centre", "--env-size", "1"}},
		{"recorded_grid_cell.npz", "try --centre --env-size 2.5;", []string{"--centre", "--env-size", "2.5"}},
	} {
		path := filepath.Join("..", "..", "..", "..", "shared", "data", test.file)
		if _, err := os.Stat(path); err != nil {
			t.Skip("no recordings beside the checkout")
		}
		r, err := recording.ScanPath(path, recording.Clock{}).Path()
		if err != nil {
			t.Fatal(err)
		}
		in := stream(t, nil, len(r.X), field("target_pos", npy.Float64, func(i int) []float64 { return []float64{r.X[i], r.Y[i]} }, 1, 2),
			field("a", npy.Float64, func(i int) []float64 { return []float64{float64(i % 7)} }, 1, 1))
		if _, stderr, status := run(in); status != 1 || !strings.Contains(stderr, test.refused) {
			t.Errorf("%s: status %d, %s", test.file, status, stderr)
		}
		if _, stderr, status := run(in, test.mended...); status != 0 || stderr != "" {
			t.Errorf("%s: status %d, %s", test.file, status, stderr)
		}
	}
}
