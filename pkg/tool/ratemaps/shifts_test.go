package ratemaps

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gridcells/pkg/npy"
	"gridcells/pkg/npy/npytest"
)

const testSteps, testUnits = 10, 3

// noisyStream is records in a room of 2 m, with directions.
func noisyStream(t testing.TB, records int) []byte {
	return stream(t, npy.Provenance{}, records,
		field("target_pos", npy.Float64, noise(1, 1, 2*testSteps), testSteps, 2),
		field("target_hd", npy.Float64, noise(2, 3, testSteps), testSteps, 1),
		field("bottleneck", npy.Float32, noise(3, 1, testSteps*testUnits), testSteps, testUnits))
}

// sums are what a map is made of, added up naively.
func naiveMaps(bins, records int, keep func(record, step int) bool, source func(record, step int) (int, int)) [testUnits][]float64 {
	var maps [testUnits][]float64
	count := make([]float64, bins*bins)
	for u := range maps {
		maps[u] = make([]float64, bins*bins)
	}
	for r := range records {
		position := noise(1, 1, 2*testSteps)(r)
		for s := range testSteps {
			if !keep(r, s) {
				continue
			}
			at := int((position[2*s]+1)/2*float64(bins))*bins + int((position[2*s+1]+1)/2*float64(bins))
			count[at]++
			fromRecord, fromStep := source(r, s)
			activity := noise(3, 1, testSteps*testUnits)(fromRecord)
			for u := range maps {
				maps[u][at] += float64(float32(activity[fromStep*testUnits+u]))
			}
		}
	}
	for u := range maps {
		for i := range maps[u] {
			maps[u][i] /= count[i] // NaN where no step fell
		}
	}
	return maps
}

func same(r, s int) (int, int)     { return r, s }
func all(int, int) bool            { return true }
func close(a, b float64) bool      { return math.Abs(a-b) < 1e-6 || math.IsNaN(a) && math.IsNaN(b) }
func closeAll(a, b []float64) bool { return slices.EqualFunc(a, b, close) }

func TestFurtherMaps(t *testing.T) {
	const records = 41
	in := noisyStream(t, records)
	for halves, second := range map[string]func(r, s int) bool{
		"records": func(r, s int) bool { return r%2 == 1 },
		"time":    func(r, s int) bool { return s >= testSteps/2 },
		"session": func(r, s int) bool { return r*testSteps+s >= records*testSteps/2 },
	} {
		out, stderr, status := run(in, "--bins", "4,6", "--env-size", "2", "--halves", halves, "--threads", "2")
		if status != 0 {
			t.Fatal(stderr)
		}
		rows, p := npytest.Read(t, out)
		var sides []int
		if ok, err := p.Parameter("bins", &sides); !ok || err != nil || !slices.Equal(sides, []int{4, 6}) {
			t.Errorf("provenance: %v, %v", sides, err)
		}
		first := func(r, s int) bool { return !second(r, s) }
		for name, want := range map[string][testUnits][]float64{
			"ratemap": naiveMaps(4, records, all, same), "ratemap_6": naiveMaps(6, records, all, same),
			"ratemap_half_1": naiveMaps(4, records, first, same), "ratemap_half_2": naiveMaps(4, records, second, same),
		} {
			for u := range testUnits {
				if got := npytest.Floats(t, rows, name, u); !closeAll(got, want[u]) {
					t.Errorf("%s, %s of unit %d: %v, want %v", halves, name, u, got, want[u])
				}
			}
		}
		sum := 0.0
		for _, n := range npytest.Floats(t, rows, "occupancy", 0) {
			sum += n
		}
		if sum != records*testSteps {
			t.Errorf("occupancy sums to %v steps, want %v", sum, records*testSteps)
		}
	}
}

// Shifted maps are the maps of activities moved by an offset within the limits. In a
// session one offset holds for all records and units; else each record has its own.
func TestShifts(t *testing.T) {
	const records, shifts = 4, 12
	in := noisyStream(t, records)
	out, stderr, status := run(in, "--bins", "3", "--env-size", "2", "--shifts", fmt.Sprint(shifts), "--shift-scope", "session", "--shift-least", "0.2")
	if status != 0 {
		t.Fatal(stderr)
	}
	rows, _ := npytest.Read(t, out)
	const total = records * testSteps
	for k := range shifts {
		found := false
		for offset := total / 5; offset <= total-total/5 && !found; offset++ {
			want := naiveMaps(3, records, all, func(r, s int) (int, int) {
				from := (r*testSteps + s + offset) % total
				return from / testSteps, from % testSteps
			})
			found = true
			for u := range testUnits {
				found = found && closeAll(npytest.Floats(t, rows, "ratemap_shifted", u)[k*9:(k+1)*9], want[u])
			}
		}
		if !found {
			t.Errorf("no offset gives shift %d", k)
		}
	}
	if c := npytest.Column(t, rows, "direction_tuning_shifted"); !slices.Equal(c.Shape, []int{shifts, 20}) {
		t.Errorf("shifted tunings are %v", c.Shape)
	}
}

// If there is only one record, its shift is that of the session.
func TestShiftOfOneRecord(t *testing.T) {
	in := noisyStream(t, 1)
	args := []string{"--bins", "2", "--env-size", "2", "--shifts", "5"}
	record, _, _ := run(in, args...)
	session, _, _ := run(in, append(args, "--shift-scope", "session")...)
	a, _ := npytest.Read(t, record)
	b, _ := npytest.Read(t, session)
	if !bytes.Equal(a.Data, b.Data) {
		t.Error("other maps for the session than for its only record")
	}
	for u := range testUnits {
		for k := range 5 {
			var got float64
			for _, v := range npytest.Floats(t, a, "ratemap_shifted", u)[4*k : 4*k+4] {
				if !math.IsNaN(v) {
					got++
				}
			}
			if got == 0 {
				t.Errorf("shift %d of unit %d is empty", k, u)
			}
		}
	}
}

// Each step has one source in its own record, as the offset says, and runs of steps
// have runs of sources.
func TestShiftSource(t *testing.T) {
	s := &shift{period: 7, offsets: []int{3, 1, 6}}
	for r, offset := range s.offsets {
		for at := range s.period {
			from, n := s.source(r*s.period + at)
			if want := r*s.period + (at+offset)%s.period; from != want || n < 1 || n > s.period-at {
				t.Errorf("step %d of record %d: from %d, %d steps; want from %d", at, r, from, n, want)
			}
			if end := from%s.period + n; end != s.period && at+n != s.period {
				t.Errorf("step %d of record %d: %d steps from %d end nowhere", at, r, n, from)
			}
		}
	}
}

func TestShiftsAndThreads(t *testing.T) {
	in := noisyStream(t, 300)
	args := []string{"--bins", "3,5", "--env-size", "2", "--shifts", "7", "--halves", "time"}
	want, stderr, status := run(in, append(args, "--threads", "1")...)
	if status != 0 {
		t.Fatal(stderr)
	}
	if got, _, _ := run(in, append(args, "--threads", "5")...); !bytes.Equal(got, want) {
		t.Error("other bytes with five threads")
	}
	if got, _, _ := run(in, append(args, "--seed", "2")...); bytes.Equal(got, want) {
		t.Error("the same bytes with another seed")
	}
}

func TestShiftUsage(t *testing.T) {
	in := noisyStream(t, 2)
	for want, args := range map[string][]string{
		"listed twice":                                   {"--bins", "4,4"},
		"--shifts must be at least 0":                    {"--shifts=-1"},
		"--shift-least must be at least 0 and below 0.5": {"--shift-least", "0.5"},
		"--halves": {"--halves", "units"},
	} {
		if _, stderr, status := run(in, args...); status != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%v: status %d, %q; want 2, %q", args, status, stderr, want)
		}
	}
	single := stream(t, nil, 9, field("target_pos", npy.Float64, noise(1, 1, 2), 1, 2), field("a", npy.Float64, noise(2, 1, 2), 1, 2))
	if _, stderr, status := run(single, "--shifts", "3"); status != 2 || !strings.Contains(stderr, "session") {
		t.Errorf("records of one step: status %d, %q", status, stderr)
	}
	if _, stderr, status := run(single, "--shifts", "3", "--shift-scope", "session"); status != 0 {
		t.Errorf("records of one step as a session: status %d, %q", status, stderr)
	}
}
