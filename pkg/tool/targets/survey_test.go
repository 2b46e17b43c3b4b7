package targets

import (
	"bytes"
	"context"
	"io"
	"math"
	"strings"
	"testing"

	"gridcells/pkg/cli"
	"gridcells/pkg/npy"
	"gridcells/pkg/npy/npytest"
	"gridcells/pkg/random"
)

const steps = 20

// trajectories are n walks through a room of 2.2 m around 0, with positions x·scale +
// offset and head directions in a unit of that many radians.
func trajectories(t *testing.T, n int, scale, offset, turn float64) npy.Rows {
	t.Helper()
	dtype, err := npy.NewDType(
		npy.Field{Name: "init_pos", Type: npy.Float64, Shape: []int{2}},
		npy.Field{Name: "init_hd", Type: npy.Float64, Shape: []int{1}},
		npy.Field{Name: "target_pos", Type: npy.Float64, Shape: []int{steps, 2}},
		npy.Field{Name: "target_hd", Type: npy.Float64, Shape: []int{steps, 1}},
	)
	if err != nil {
		t.Fatal(err)
	}
	rows := npy.MakeRows(dtype, n)
	s := random.New(1, "test trajectories")
	position, direction := make([]float64, 2*steps), make([]float64, steps)
	for i := range n {
		x := [2]float64{2*s.Float64() - 1, 2*s.Float64() - 1}
		for k := range steps {
			for axis := range x {
				x[axis] = max(-1.1, min(1.1, x[axis]+0.1*s.NormFloat64()))
				position[2*k+axis] = x[axis]*scale + offset
			}
			direction[k] = (2*s.Float64() - 1) * math.Pi / turn
		}
		for name, values := range map[string][]float64{
			"target_pos": position, "target_hd": direction, "init_pos": position[:2], "init_hd": direction[:1],
		} {
			column := npytest.Column(t, rows, name)
			column.PutFloat64(rows.Row(i), values)
		}
	}
	return rows
}

// TestRoomsAndUnits: trajectories in centimetres, off the centre, in a smaller room or
// with head directions in degrees are refused, and the message says what mends them.
func TestRoomsAndUnits(t *testing.T) {
	degree := math.Pi / 180
	simulated := func(size string) npy.Provenance {
		return npy.Provenance{{Tool: "simulate", Parameters: []byte(`{"motion":"banino","env_size":` + size + `}`)}}
	}
	for _, test := range []struct {
		name                string
		scale, offset, turn float64
		from                npy.Provenance
		args, want          string
	}{
		{"right", 1, 0, 1, nil, "", ""},
		{"centimetres", 100, 0, 1, nil, "", "positions seem to be in centimetres: multiply them by 0.01, or take them as they are with --allow-mismatch"},
		{"a corner at 0", 1, 1.1, 1, nil, "", "their origin seems to be a corner of the room: move the centre of the room to 0,"},
		{"a small room", 0.4, 0, 1, nil, "", "try --env-size 0.88,"},
		{"a small room with its size", 0.4, 0, 1, nil, "--env-size 0.88", ""},
		{"a large room with a small size", 1, 0, 1, nil, "--env-size 1", "try --env-size 2.2,"},
		{"degrees", 1, 0, degree, nil, "", "seem to be in degrees; write them in radians"},
		{"degrees without cells that see them", 1, 0, degree, nil, "--n-hdc 0", ""},
		{"centimetres without cells that see them", 100, 0, 1, nil, "--n-pc 0", ""},
		{"of simulate", 1.05, 0, 1, simulated("2.2"), "", ""},
		{"of simulate through another program", 1.05, 0, 1, simulated("2.2").Append(npy.Stage{Tool: "mine.py"}), "", ""},
		{"of simulate in centimetres", 100, 0, 1, simulated("2.2").Append(npy.Stage{Tool: "mine.py"}), "", "seem to be in centimetres"},
		{"of simulate in another room", 1, 0, 1, simulated("2.2"), "--env-size 1", "try --env-size 2.2,"},
	} {
		in := npytest.Write(t, trajectories(t, 400, test.scale, test.offset, test.turn), test.from)
		args := append([]string{"--n-pc", "8"}, strings.Fields(test.args)...)
		if test.args == "--n-pc 0" {
			args = args[2:]
		}
		run := func(more ...string) (stderr string, err error) {
			var remarks bytes.Buffer
			err = Run(context.Background(), bytes.NewReader(in), io.Discard, &remarks, append(args, more...))
			return remarks.String(), err
		}
		remarks, err := run()
		if test.want == "" {
			if err != nil || remarks != "" {
				t.Errorf("%s: %v, %q", test.name, err, remarks)
			}
			continue
		}
		if cli.Status(err) != cli.StatusFailed || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
		if remarks, err := run("--allow-mismatch"); err != nil || !strings.HasPrefix(remarks, "targets: ") || strings.Count(remarks, "\n") != 1 {
			t.Errorf("%s, accepted: %v, %q", test.name, err, remarks)
		}
	}
}

// TestEndlessStreamIsJudged: a stream that does not end is judged after enough of it.
func TestEndlessStreamIsJudged(t *testing.T) {
	rows := trajectories(t, 400, 100, 0, 1)
	in, out := io.Pipe()
	go func() {
		w := npy.NewWriter(out, rows.DType, nil)
		for w.Write(rows) == nil {
		}
	}()
	defer in.Close()
	err := Run(context.Background(), in, io.Discard, io.Discard, []string{"--n-pc", "8", "--n-hdc", "0"})
	if err == nil || !strings.Contains(err.Error(), "centimetres") {
		t.Errorf("%v", err)
	}
}
