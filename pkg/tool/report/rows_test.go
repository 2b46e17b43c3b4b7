package report

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gridcells/pkg/figure"
	"gridcells/pkg/npy"
	"gridcells/pkg/npy/npytest"
)

// scoredRows are the rows of two definitions of gridness and one null.
func scoredRows(t *testing.T) npy.Rows {
	t.Helper()
	number := func(name string, shape ...int) npy.Field {
		return npy.Field{Name: name, Type: npy.Float32, Shape: shape}
	}
	d, err := npy.NewDType(
		npy.Field{Name: "layer", Type: npy.Unicode(4)}, npy.Field{Name: "unit", Type: npy.Int32}, number("ratemap", 2, 2),
		number("score_60"), number("score_60_paper"), number("mask_60", 2), number("mask_60_paper", 2),
		number("q_field"), number("threshold_95_field"), number("q_field_paper"), number("threshold_95_field_paper"), number("q_alone"))
	if err != nil {
		t.Fatal(err)
	}
	return npy.MakeRows(d, 1)
}

// The nulls are those of the first definition: the names of the others have one more
// part.
func TestNullsOfFirstDefinition(t *testing.T) {
	c, err := unitColumns(scoredRows(t).DType)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.nulls) != 1 || c.nulls[0].name != "field" {
		t.Errorf("nulls %+v, want field", c.nulls)
	}
}

// A page has a column for each number of a row; a ring gives two, under the name of its
// definition.
func TestColumnsOfPage(t *testing.T) {
	d := scoredRows(t).DType
	c, err := unitColumns(d)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, column := range newUnitTable(d, c, nil).numbers {
		names = append(names, column.name)
	}
	if got, want := strings.Join(names, " "), "unit score_60 score_60_paper mask_60_inner mask_60_outer mask_60_inner_paper mask_60_outer_paper "+
		"q_field threshold_95_field q_field_paper threshold_95_field_paper q_alone"; got != want {
		t.Errorf("columns %s, want %s", got, want)
	}
}

// The room is that of a recording, or the square of the simulation, whose longer side of
// bins is its side.
func TestPlaceOf(t *testing.T) {
	for parameters, want := range map[string][2]float64{
		`{"env_size":2.2}`:                        {2.2 * 20 / 30, 2.2},
		`{"env_size":2.2,"room_m":[1.5,1]}`:       {1.5, 1},
		`{"frame_seconds":0.02,"room_m":[0.5,1]}`: {0.5, 1},
		`{}`: {0, 0},
		`{"env_size":2.2,"frame_seconds":0.02,"n":[1]}`: {2.2 * 20 / 30, 2.2},
	} {
		at, err := placeOf(npytest.Provenance("ratemaps", parameters), 20, 30)
		if err != nil || at.room != want {
			t.Errorf("%s: %v, %v, want %v", parameters, at.room, err, want)
		}
	}
}

// Files of one training at several updates are one run, and a second file of the same
// update is one of another run.
func TestGroupRuns(t *testing.T) {
	dir := t.TempDir()
	file := func(name, parameters string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, npytest.Write(t, scoredRows(t), npytest.Provenance("activations", parameters)), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	of := func(seed, update int) string {
		return fmt.Sprintf(`{"training":{"seed":%d},"checkpoint_update":%d}`, seed, update)
	}
	var f flags
	f.Files = []string{
		file("a-10.scores.npy", of(1, 10)), file("b.scores.npy", of(2, 10)), file("a-20.scores.npy", of(1, 20)),
		file("again.npy", of(1, 20)), file("c.npy", `{}`), file("d.npy", `{}`),
	}
	runs, err := f.groupRuns(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range runs {
		got = append(got, fmt.Sprintf("%s %d", r.name, len(r.files)))
	}
	if want := "a-20 2, b 1, again 1, c 1, d 1"; strings.Join(got, ", ") != want {
		t.Errorf("runs %s, want %s", strings.Join(got, ", "), want)
	}
}

// The frames that fill the last record are not of the session.
func TestSessionEndsWithItsFrames(t *testing.T) {
	d, err := npy.NewDType(npy.Field{Name: "target_pos", Type: npy.Float32, Shape: []int{4, 2}}, npy.Field{Name: "units", Type: npy.Float32, Shape: []int{4, 3}})
	if err != nil {
		t.Fatal(err)
	}
	rows := npy.MakeRows(d, 2)
	rates := npytest.Column(t, rows, "units")
	rates.PutFloat32(rows.Row(1), []float32{0, 0, 0, 0, 100, 0, 0, 0, 0, 0, 0, 0}) // 2 spikes of unit 1 in frame 5
	p := npytest.Provenance("neurons", `{}`)
	p[0].Derived = []byte(`{"frame_seconds":0.02,"frames":6,"room_m":[1,1]}`)
	stream := npytest.Write(t, rows, p)
	s, _, err := readSession(context.Background(), "-", bytes.NewReader(stream), []figure.Layer{{Name: "units"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Path) != 6 || len(s.Spikes) != 3 || fmt.Sprint(s.Spikes[1]) != "[5 5]" {
		t.Errorf("%d frames, spikes %v", len(s.Path), s.Spikes)
	}
}

// A null whose maps were not compared with the criterion is in the summary for the units'
// own thresholds.
func TestSummaryOfOwnNulls(t *testing.T) {
	l := figure.Layer{Units: []figure.Unit{
		{Score60: 0.5, Own: []figure.OwnNull{{Null: "field", Threshold95: 0.2, Q: 0.01}}},
		{Score60: 0.1, Own: []figure.OwnNull{{Null: "field", Threshold95: 0.4, Q: 0.9}}},
	}}
	l.CountOwn()
	s := summarizeLayer(l, 0.37)
	if len(s.Nulls) != 1 || s.Nulls[0].Name != "field" || s.Nulls[0].AboveOwn == nil || s.Nulls[0].AboveOwn.Units != 1 || s.Nulls[0].Excess.Known() {
		t.Errorf("%+v", s.Nulls)
	}
}
