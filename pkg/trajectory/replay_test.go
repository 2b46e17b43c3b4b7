package trajectory

import (
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"

	"gridcells/pkg/recording"
)

// circling is a path of radius 0.3 m, one round in 10 s, sampled 50 times a
// second.
func circling(seconds float64) *recording.Path {
	r := &recording.Path{}
	for i := range int(math.Round(seconds*50)) + 1 {
		t := float64(i) / 50
		r.Time = append(r.Time, 100+t)
		r.X = append(r.X, 0.5+0.3*math.Cos(0.2*math.Pi*t))
		r.Y = append(r.Y, 0.5+0.3*math.Sin(0.2*math.Pi*t))
	}
	return r
}

func replay(r *recording.Path, change func(*Replay)) *Replay {
	m := NewReplay()
	m.Recording = r
	if change != nil {
		change(m)
	}
	return m
}

func TestReplayFollowsThePath(t *testing.T) {
	for _, stride := range []float64{0, 0.3} {
		c := Config{Steps: 20, Arena: arenaOf(t, "square", 1), Model: replay(circling(10), func(m *Replay) { m.Stride = stride }), Seed: 1}
		for k := range uint64(20) {
			tr := generate(t, c, k)
			checkRecord(t, "replay", c, tr)
			for i, p := range tr.TargetPos {
				if r := math.Hypot(float64(p[0]), float64(p[1])); math.Abs(r-0.3) > 1e-4 {
					t.Fatalf("window %d, step %d: %v m from the centre", k, i, r)
				}
				if d := float64(tr.EgoVel[i][0]); math.Abs(d-0.3*0.2*math.Pi*0.15) > 1e-4 {
					t.Fatalf("window %d, step %d: %v m long", k, i, d)
				}
				if turn := math.Atan2(float64(tr.EgoVel[i][2]), float64(tr.EgoVel[i][1])); math.Abs(turn-0.2*math.Pi*0.15) > 5e-3 {
					t.Fatalf("window %d, step %d: turn of %v rad", k, i, turn)
				}
			}
		}
	}
}

func TestReplayWindows(t *testing.T) {
	gap := circling(20)
	gap.X[500] = math.NaN() // at 10 s
	jump := circling(20)
	jump.X[500] += 0.2
	hole := circling(20)
	hole.Time = append(append([]float64{}, hole.Time[:400]...), hole.Time[600:]...)
	hole.X = append(append([]float64{}, hole.X[:400]...), hole.X[600:]...)
	hole.Y = append(append([]float64{}, hole.Y[:400]...), hole.Y[600:]...)
	far := circling(20)
	far.X[500] = 50
	filled := circling(20)
	for i := 500; i < 520; i++ {
		filled.X[i], filled.Y[i] = -1, -1
	}
	ends := circling(20)
	for i := range 10 {
		ends.X[i], ends.Y[i], ends.X[1000-i], ends.Y[1000-i] = -1, -1, -1, -1
	}
	moved := circling(20) // the path jumps and stays away
	for i := 500; i < len(moved.X); i++ {
		moved.X[i] -= 0.4
	}
	tests := []struct {
		name   string
		r      *recording.Path
		stride float64
		want   int
		gaps   string
	}{
		{"whole", circling(20), 3, 6, ""}, // windows of 3.15 s
		{"exactly one", circling(3.16), 3, 1, ""},
		{"overlapping", circling(20), 1.5, 12, ""},
		{"lost sample", gap, 3, 3 + 3, "1 sample without a position count as gaps; windows come from 19.96 s of 20 s"},
		{"jump", jump, 3, 3 + 3, "1 bad sample (the first is sample 500) count as gaps; windows come from 19.96 s of 20 s"},
		{"far jump", far, 3, 3 + 3, "1 bad sample (the first is sample 500) count as gaps; windows come from 19.96 s of 20 s"},
		{"filling", filled, 3, 3 + 3, "20 bad samples (the first is sample 500) count as gaps; windows come from 19.58 s of 20 s"},
		{"fillings at the ends", ends, 3, 6, "20 bad samples (the first is sample 0) count as gaps; windows come from 19.6 s of 20 s"},
		{"moved", moved, 3, 3 + 3, "1 jump count as gaps; windows come from 19.98 s of 20 s"},
		{"hole", hole, 3, 2 + 2, "1 pause count as gaps; windows come from 15.98 s of 20 s"},
	}
	for _, test := range tests {
		m := replay(test.r, func(m *Replay) { m.Stride = test.stride })
		c, err := m.Coverage(20, arenaOf(t, "square", 1))
		if err != nil || c.Windows != test.want {
			t.Errorf("%s: %+v, %v; want %d windows", test.name, c, err, test.want)
			continue
		}
		if c.Gaps() != test.gaps {
			t.Errorf("%s: %q, want %q", test.name, c.Gaps(), test.gaps)
		}
		// No window crosses a gap.
		for _, stride := range []float64{test.stride, 0} {
			m.Stride = stride
			c := Config{Steps: 20, Arena: arenaOf(t, "square", 1), Model: m, Seed: 1}
			for k := range uint64(50) {
				for i, e := range generate(t, c, k).EgoVel {
					if !(math.Abs(float64(e[0])-0.3*0.2*math.Pi*0.15) < 1e-3) {
						t.Fatalf("%s: window %d, step %d is %v m long", test.name, k, i, e[0])
					}
				}
			}
		}
	}
}

func TestReplayUsesTrackedHeadings(t *testing.T) {
	r := circling(10)
	for _, at := range r.Time { // looks backwards
		r.Heading = append(r.Heading, wrapAngle(0.2*math.Pi*(at-100)-math.Pi/2))
	}
	c := Config{Steps: 20, Arena: arenaOf(t, "square", 1), Model: replay(r, nil), Heading: OfBody, Seed: 1}
	tr := generate(t, c, 3)
	for i := range tr.TargetPos {
		p := tr.TargetPos[i]
		want := math.Atan2(float64(p[1]), float64(p[0])) - math.Pi/2
		if d := wrapAngle(float64(tr.TargetHD[i][0]) - want); math.Abs(d) > 1e-3 {
			t.Fatalf("step %d: heading %v, want %v", i, tr.TargetHD[i][0], want)
		}
	}
}

func TestReplayErrors(t *testing.T) {
	slow := circling(120) // after a pause that leaves time for any distance
	for i := 505; i < len(slow.Time); i++ {
		slow.Time[i] += 60
	}
	for i := 505; i < 515; i++ {
		slow.X[i] = 1.7
	}
	slow.X[510] = 1.75
	for i := 515; i < len(slow.Time); i++ {
		slow.Time[i] += 60
	}
	degrees := circling(20)
	degrees.Heading = make([]float64, len(degrees.Time))
	degrees.Heading[0] = 90
	tests := []struct {
		name   string
		r      *recording.Path
		change func(*Replay)
		err    string
	}{
		{"none", nil, nil, "needs a recorded path"},
		{"short", circling(3), nil, "no 3.15 s without a gap; its longest stretch is 3 s"},
		{"units", circling(20), func(m *Replay) { m.Scale = 100 }, "the positions seem to be in centimetres: try --set scale=1"},
		{"origin", circling(60), func(m *Replay) { m.Center = "origin" }, "they seem to lie off its centre: try --set center=middle"},
		{"slow outlier", slow, nil, "sample 510 of the recorded path lies"},
		{"degrees", degrees, nil, "sample 0: heading is 90: want radians within ±2π; for degrees set heading_unit=degrees"},
		{"heading unit", circling(20), func(m *Replay) { m.HeadingUnit = "turns" }, "want radians or degrees"},
		{"center", circling(20), func(m *Replay) { m.Center = "corner" }, "want middle or origin"},
		{"stride", circling(20), func(m *Replay) { m.Stride = 1e-300 }, "more than ten million"},
		{"negative", circling(20), func(m *Replay) { m.MaxGap = 0 }, "want positive"},
	}
	for _, test := range tests {
		c := Config{Steps: 20, Arena: arenaOf(t, "square", 1), Model: replay(test.r, test.change)}
		if _, err := NewGenerator(c); err == nil || !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func FuzzReplay(f *testing.F) {
	f.Add("t,x,y,hd\n0,1,1,2\n1,2,2,3\n20,3,3,4\n")
	f.Add("0,1,1\n1,,\n2,nan,NaN\n30,4,4\n")
	f.Fuzz(func(t *testing.T, in string) {
		r, err := recording.ScanPathText(strings.NewReader(in), recording.Clock{}).Path()
		if err != nil {
			return
		}
		c := Config{Steps: 5, Arena: arenaOf(t, "square", 10), Model: replay(r, nil), Seed: 1}
		if _, err := NewGenerator(c); err != nil {
			return
		}
		for _, stride := range []float64{0, 1} {
			c.Model = replay(r, func(m *Replay) { m.Stride = stride })
			g, err := NewGenerator(c)
			if err != nil {
				continue
			}
			tr := New(5)
			for k := range uint64(3) {
				g.Generate(k, tr)
				for _, p := range tr.TargetPos {
					if !(math.Abs(float64(p[0])) < 6) || !(math.Abs(float64(p[1])) < 6) {
						t.Fatalf("position %v", p)
					}
				}
			}
		}
	})
}

// A real rat's ten minutes, Sargolini et al. 2006.
func rat(t testing.TB) *recording.Path {
	const path = "../../../shared/data/sargolini.npz"
	if _, err := os.Stat(path); os.IsNotExist(err) {
		t.Skip("no recorded rat beside the checkout")
	}
	r, err := recording.ScanPath(path, recording.Clock{}).Path()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRealRat(t *testing.T) {
	m := replay(rat(t), func(m *Replay) { m.Stride = 15 })
	arena := arenaOf(t, "square", 1)
	covered, err := m.Coverage(100, arena)
	if err != nil {
		t.Fatal(err)
	}
	n := covered.Windows
	if n < 35 || covered.Misfit != nil {
		t.Fatalf("%d windows of 15.15 s in ten minutes; %+v", n, covered.Misfit)
	}
	c := Config{Steps: 100, Arena: arena, Model: m}
	for k := range uint64(n) {
		checkRecord(t, "rat", c, generate(t, c, k))
	}
}

// The Ornstein–Uhlenbeck walker moves like the rat that it was fitted to.
func TestRatlike(t *testing.T) {
	m := replay(rat(t), func(m *Replay) { m.Stride = 15.15 })
	arena := arenaOf(t, "square", 1)
	covered, err := m.Coverage(100, arena)
	if err != nil {
		t.Fatal(err)
	}
	real := simulated(t, Config{Steps: 100, Arena: arena, Model: m}, covered.Windows).Distributions(arena)
	model := simulated(t, Config{Steps: 100, Arena: arena, Model: Ratlike(), Seed: 1}, 1000).Distributions(arena)
	published := simulated(t, Config{Steps: 100, Arena: arena, Model: RatInABox(), Seed: 1}, 1000).Distributions(arena)
	quartiles := func(x []float64) float64 { return percentile(x, 0.75) - percentile(x, 0.25) }
	tests := []struct {
		name      string
		of        func(*Distributions) float64
		tolerance float64 // relative
	}{
		{"mean step", func(d *Distributions) float64 { return mean(slices.Concat(d.StepFar, d.StepNear)) }, 0.05},
		{"turns, interquartile range", func(d *Distributions) float64 { return quartiles(d.Turn) }, 0.15},
		{"share within 0.05 m of a wall", func(d *Distributions) float64 { return share(d.WallDistance, 0.05) }, 0.3},
		{"share within 0.03 m of a wall", func(d *Distributions) float64 { return share(d.WallDistance, 0.03) }, 0.4},
		{"wall distance, lower quartile", func(d *Distributions) float64 { return percentile(d.WallDistance, 0.25) }, 0.15},
		{"wall distance, median", func(d *Distributions) float64 { return percentile(d.WallDistance, 0.5) }, 0.2},
		{"s.d. of steps far from walls", func(d *Distributions) float64 { return stat.StdDev(d.StepFar, nil) }, 0.25},
	}
	for _, test := range tests {
		x, y := test.of(real), test.of(model)
		t.Logf("%-32s %.4f in the rat, %.4f in the model, %.4f in that of RatInABox", test.name, x, y, test.of(published))
		if math.Abs(y/x-1) > test.tolerance {
			t.Errorf("%s: %.4f in the rat, %.4f in the model", test.name, x, y)
		}
	}
}
