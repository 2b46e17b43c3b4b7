package trajectory

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"gridcells/pkg/random"
	"gridcells/pkg/tfrecord"
)

// rebuild adds up ego_vel (step-cos-sin) as those who had the released files
// did: along the heading, then turn.
func rebuild(t *Trajectory) (pos [][2]float64, hd []float64) {
	x, y, h := float64(t.InitPos[0]), float64(t.InitPos[1]), float64(t.InitHD[0])
	for _, e := range t.EgoVel {
		x += float64(e[0]) * math.Cos(h)
		y += float64(e[0]) * math.Sin(h)
		h += math.Atan2(float64(e[2]), float64(e[1]))
		pos, hd = append(pos, [2]float64{x, y}), append(hd, h)
	}
	return pos, hd
}

func generate(t testing.TB, c Config, k uint64) *Trajectory {
	g, err := NewGenerator(c)
	if err != nil {
		t.Fatal(err)
	}
	tr := New(c.Steps)
	g.Generate(k, tr)
	return tr
}

func modelOf(t testing.TB, name string, parameters map[string]string) Model {
	m, err := NewModel(name, parameters)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// In records of every model and arena, positions, headings and ego_vel agree.
func TestRecords(t *testing.T) {
	for _, arenaName := range ArenaNames {
		for _, m := range Motions() {
			name := m.Name
			if name == "replay" {
				continue
			}
			for _, heading := range []Heading{OfPath, OfBody} {
				c := Config{Steps: 60, Arena: arenaOf(t, arenaName, 1.4), Model: modelOf(t, name, nil), Heading: heading, Seed: 3}
				for k := range uint64(20) {
					checkRecord(t, fmt.Sprint(name, " in ", arenaName, ", heading ", heading), c, generate(t, c, k))
				}
			}
		}
	}
}

func checkRecord(t *testing.T, what string, c Config, tr *Trajectory) {
	t.Helper()
	pos, hd := rebuild(tr)
	tolerance := 1e-5
	if c.Heading == OfBody {
		tolerance = 1 // bounded by the path's length only
	}
	for i := range tr.EgoVel {
		p, e := tr.TargetPos[i], tr.EgoVel[i]
		x, y := c.Arena.Wrap(pos[i][0], pos[i][1])
		dx, dy := c.Arena.Wrap(x-float64(p[0]), y-float64(p[1]))
		if math.Hypot(dx, dy) > tolerance {
			t.Fatalf("%s: step %d: ego_vel adds up to %v, %v, target_pos is %v", what, i, x, y, p)
		}
		if turn := wrapAngle(hd[i] - float64(tr.TargetHD[i][0])); math.Abs(turn) > 1e-4 {
			t.Fatalf("%s: step %d: turns add up to %v, target_hd is %v", what, i, hd[i], tr.TargetHD[i][0])
		}
		if d, _, _ := c.Arena.Wall(float64(p[0]), float64(p[1])); d < -0.06 {
			t.Fatalf("%s: step %d: %v m outside", what, i, -d)
		}
		if h := tr.TargetHD[i][0]; h < -math.Pi || h >= math.Pi {
			t.Fatalf("%s: step %d: heading %v", what, i, h)
		}
		if norm := e[1]*e[1] + e[2]*e[2]; e[0] < 0 || math.Abs(float64(norm)-1) > 1e-6 {
			t.Fatalf("%s: step %d: ego_vel %v", what, i, e)
		}
	}
}

// Trajectory k is the same whatever was made before it.
func TestRandomAccess(t *testing.T) {
	for _, name := range []string{"banino", "sorscher", "ou"} {
		c := banino(t)
		c.Model = modelOf(t, name, nil)
		g, err := NewGenerator(c)
		if err != nil {
			t.Fatal(err)
		}
		in, alone := New(100), generate(t, c, 5)
		for k := range uint64(6) {
			g.Generate(k, in)
		}
		if !bytes.Equal(in.AppendRow(nil), alone.AppendRow(nil)) {
			t.Errorf("%s: trajectory 5 depends on those before", name)
		}
		c.Seed++
		if bytes.Equal(generate(t, c, 5).AppendRow(nil), alone.AppendRow(nil)) {
			t.Errorf("%s: another seed gives the same", name)
		}
	}
}

// The first trajectory of seed 1 is part of the project's contract.
func TestTrajectoriesAreFrozen(t *testing.T) {
	tr := generate(t, banino(t), 0)
	got := []float32{tr.InitPos[0], tr.InitPos[1], tr.InitHD[0], tr.EgoVel[0][0], tr.EgoVel[99][1], tr.TargetPos[99][0], tr.TargetPos[99][1], tr.TargetHD[99][0]}
	want := []float32{0.43922377, 0.55482394, 0.9465344, 0.018905519, 0.8429611, 1.0667602, 0.41383138, -1.1754205}
	for i := range want {
		if math.Abs(float64(got[i]-want[i])) > 1e-5 {
			t.Fatalf("the first trajectory of seed 1 has changed: %v, was %v", got, want)
		}
	}
}

func TestRow(t *testing.T) {
	tr := generate(t, banino(t), 1)
	row := tr.AppendRow(nil)
	dtype, err := DType(100)
	if err != nil {
		t.Fatal(err)
	}
	if len(row) != dtype.Size() || len(row) != Fields(100).Size() {
		t.Fatalf("row of %d bytes, dtype %d, fields %d", len(row), dtype.Size(), Fields(100).Size())
	}
	for name, want := range map[string]float32{"init_hd": tr.InitHD[0], "ego_vel": tr.EgoVel[99][2], "target_pos": tr.TargetPos[99][1], "target_hd": tr.TargetHD[99][0]} {
		c, err := dtype.Floats(name, shapeOf(name)...)
		if err != nil {
			t.Fatal(err)
		}
		values := make([]float32, c.Len())
		c.Float32(values, row)
		if got := values[len(values)-1]; got != want {
			t.Errorf("%s ends with %v, not %v", name, got, want)
		}
	}
	example := tfrecord.NewEncoder(Fields(100)).Append(nil, row)
	back := make([]byte, len(row))
	if err := tfrecord.NewDecoder(Fields(100)).Decode(back, example); err != nil || !bytes.Equal(back, row) {
		t.Errorf("as an Example and back: %v", err)
	}
}

func shapeOf(name string) []int {
	for _, f := range shapes(100) {
		if f.Name == name {
			return f.Shape
		}
	}
	return nil
}

func TestEgoVelConventions(t *testing.T) {
	c := banino(t)
	trajectory := generate(t, c, 0)
	base, from, to := trajectory.EgoVel[7], trajectory.TargetPos[6], trajectory.TargetPos[7]
	interval := float32(0.02 * 749 / 101)
	want := map[string][3]float32{
		"step-cos-sin":  base,
		"step-sin-cos":  {base[0], base[2], base[1]},
		"speed-cos-sin": {base[0] / interval, base[1], base[2]},
		"speed-sin-cos": {base[0] / interval, base[2], base[1]},
		"step-x-y":      {to[0] - from[0], to[1] - from[1], 0},
		"speed-x-y":     {(to[0] - from[0]) / interval, (to[1] - from[1]) / interval, 0},
	}
	for _, name := range EgoVelNames() {
		var err error
		if c.EgoVel, err = NewEgoVel(name); err != nil {
			t.Fatal(err)
		}
		got := generate(t, c, 0).EgoVel[7]
		for i := range got {
			if math.Abs(float64(got[i]-want[name][i])) > 1e-6 {
				t.Errorf("%s: %v, want %v", name, got, want[name])
			}
		}
	}
	if _, err := NewEgoVel("sin"); err == nil || !strings.Contains(err.Error(), "step-cos-sin") {
		t.Error(err)
	}
	if _, err := NewHeading("tail"); err == nil {
		t.Error("a heading of that name")
	}
}

func TestInstants(t *testing.T) {
	tests := []struct {
		m     RaudiesHasselmo
		steps int
		want  []int
	}{
		{RaudiesHasselmo{TimeStep: 0.02, StepDuration: 0.15, Spread: true}, 100, []int{0, 7, 14, 22}},
		{RaudiesHasselmo{TimeStep: 0.02, StepDuration: 0.15}, 100, []int{0, 7, 15, 22}},
		{RaudiesHasselmo{TimeStep: 0.02, StepDuration: 0.02}, 100, []int{0, 1, 2, 3}},
		{RaudiesHasselmo{TimeStep: 0.02, StepDuration: 0.06}, 5, []int{0, 3, 6, 9}},
	}
	for _, test := range tests {
		at, err := test.m.instants(test.steps)
		if err != nil || fmt.Sprint(at[:4]) != fmt.Sprint(test.want) || len(at) != test.steps+2 {
			t.Errorf("%+v: %v …, %v", test.m, at[:4], err)
		}
	}
	if at, _ := Banino().instants(100); at[101] != 749 {
		t.Errorf("the last instant is %d", at[101])
	}
	for _, m := range []RaudiesHasselmo{{TimeStep: 0.02, StepDuration: 0.01}, {StepDuration: 1}, {TimeStep: 0.02, StepDuration: 0.02, Spread: true}, {TimeStep: 1e-9, StepDuration: 1e9}} {
		if _, err := m.instants(100); err == nil {
			t.Errorf("%+v passes", m)
		}
	}
}

func TestSincos(t *testing.T) {
	for x := -4.; x < 4; x += 1e-3 {
		sin, cos := sincos(x)
		if math.Abs(sin-math.Sin(x)) > 6e-9 || math.Abs(cos-math.Cos(x)) > 6e-9 {
			t.Fatalf("sincos(%v) = %v, %v", x, sin, cos)
		}
	}
}

func TestArenas(t *testing.T) {
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-12 }
	tests := []struct {
		name               string
		x, y, d, nx, ny    float64
		wrappedX, wrappedY float64
	}{
		{"square", 0.9, 0.2, 0.1, 1, 0, 0.9, 0.2},
		{"square", -0.9, 0.2, 0.1, -1, 0, -0.9, 0.2},
		{"square", 0.3, -1.1, -0.1, 0, -1, 0.3, -1.1},
		{"circle", 0.3, 0.4, 0.5, 0.6, 0.8, 0.3, 0.4},
		{"circle", 0, 0, 1, 1, 0, 0, 0},
		{"periodic", 1.3, -2.9, math.Inf(1), 1, 0, -0.7, -0.9},
	}
	for _, test := range tests {
		a := arenaOf(t, test.name, 2)
		d, nx, ny := a.Wall(test.x, test.y)
		x, y := a.Wrap(test.x, test.y)
		if d != test.d && !near(d, test.d) || !near(nx, test.nx) || !near(ny, test.ny) || !near(x, test.wrappedX) || !near(y, test.wrappedY) || a.Size() != 2 {
			t.Errorf("%+v: wall %v, %v, %v, wrapped %v, %v", test, d, nx, ny, x, y)
		}
		s := random.New(1, "test")
		for range 1000 {
			x, y := a.Uniform(s)
			if d, _, _ := a.Wall(x, y); d < 0 || math.Abs(x) > 1 || math.Abs(y) > 1 {
				t.Fatalf("%s: drew %v, %v", test.name, x, y)
			}
		}
	}
	for _, size := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if _, err := NewArena("square", size); err == nil {
			t.Errorf("size %v passes", size)
		}
	}
	if _, err := NewArena("maze", 1); err == nil {
		t.Error("a maze")
	}
}

func TestNewModel(t *testing.T) {
	m := modelOf(t, "banino", map[string]string{"speed_scale": "0.5", "compound": "false", "advance": "last"}).(*RaudiesHasselmo)
	if m.SpeedScale != 0.5 || m.Compound || m.Advance != AdvanceLast || m.TimeStep != 0.02 {
		t.Errorf("%+v", m)
	}
	if Banino().SpeedScale != 0.13 {
		t.Error("the preset itself has changed")
	}
	for _, test := range []struct{ model, key, value, err string }{
		{"banino", "speed", "1", "no such parameter"},
		{"banino", "speed_scale", "fast", "want a value like 0.13"},
		{"banino", "speed_scale", `1,"compound":true`, "want a value like 0.13"},
		{"ou", "thigmotaxis", "", "want a value like 0.5"},
		{"levy", "", "", "no motion model"},
	} {
		if _, err := NewModel(test.model, map[string]string{test.key: test.value}); err == nil || !strings.Contains(err.Error(), test.err) {
			t.Errorf("%+v: %v", test, err)
		}
	}
	for _, test := range []struct{ model, key, value string }{
		{"banino", "speed_scale", "-1"}, {"banino", "time_step", "0"}, {"banino", "advance", "never"},
		{"ou", "turn_coherence", "0"}, {"ou", "time_step", "1"}, {"replay", "scale", "1"},
	} {
		c := Config{Steps: 10, Arena: arenaOf(t, "square", 1), Model: modelOf(t, test.model, map[string]string{test.key: test.value})}
		if _, err := NewGenerator(c); err == nil {
			t.Errorf("%+v passes", test)
		}
	}
	if _, err := NewGenerator(Config{Arena: arenaOf(t, "square", 1), Model: Banino()}); err == nil {
		t.Error("no steps pass")
	}
	if _, err := NewGenerator(Config{Steps: 1}); err == nil {
		t.Error("no arena passes")
	}
	for _, m := range Motions() {
		if m.Help == "" {
			t.Errorf("%s is not described", m.Name)
		}
	}
}

// Known differences of the other reconstructions.
func TestOtherModels(t *testing.T) {
	figure := func(name string, i int) float64 {
		c := banino(t)
		c.Model = modelOf(t, name, nil)
		return simulated(t, c, 400).Distributions(c.Arena).Summary()[i].Value
	}
	const resting, meanStep, turn = 0, 4, 9
	if v := figure("literal", resting); v > 1e-3 {
		t.Errorf("literal rests in %.3f of its steps", v)
	}
	if v := figure("sorscher", meanStep); math.Abs(v-0.02047) > 3e-4 { // 0.13·2π·√(π/2)·0.02
		t.Errorf("sorscher steps %.5f m", v)
	}
	if v := figure("sorscher", turn); math.Abs(v-0.2304) > 5e-3 {
		t.Errorf("sorscher turns by %.4f rad", v)
	}
	for _, name := range []string{"sorscher", "sorscher-notebook", "soluslan", "ou"} { // turning at once, none comes to rest
		if v := figure(name, resting); v > 0.01 {
			t.Errorf("%s rests in %.3f of its steps", name, v)
		}
	}
}

func ExampleGenerator() {
	arena, _ := NewArena("square", 2.2)
	g, _ := NewGenerator(Config{Steps: 100, Arena: arena, Model: Banino(), Seed: 1})
	t := New(100)
	g.Generate(123456, t) // no need of the 123456 before it
	fmt.Println(len(t.EgoVel), len(t.AppendRow(nil)))
	// Output: 100 2412
}

// A heading kept as a unit vector equals the heading kept as an angle.
func TestHeadingsAgree(t *testing.T) {
	for _, name := range []string{"banino", "sorscher"} {
		walker, err := modelOf(t, name, nil).NewWalker(1000, arenaOf(t, "square", 2.2))
		if err != nil {
			t.Fatal(err)
		}
		w, s := walker.(*raudiesWalker), random.New(1, "test")
		a := w.start(s)
		for range 1000 {
			w.steps(&a, 7, s)
		}
		sin, cos := math.Sincos(a.heading)
		if d := math.Hypot(a.cos-cos, a.sin-sin); d > 1e-7 {
			t.Errorf("%s: %v apart after 7000 steps", name, d)
		}
	}
}
