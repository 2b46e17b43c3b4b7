package population_test

import (
	"context"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gridcells/pkg/gridscore"
	"gridcells/pkg/nulls"
	"gridcells/pkg/population"
	"gridcells/pkg/random"
	"gridcells/pkg/ratemap"
	"gridcells/pkg/significance"
)

// noise is units with smooth random maps.
func noise(units, n int) []population.Maps {
	s := random.New(1, "maps")
	maps := make([]population.Maps, units)
	white := make([]float64, n*n)
	for u := range maps {
		for i := range white {
			white[i] = s.NormFloat64()
		}
		maps[u] = population.Maps{Number: u, Ratemap: make([]float64, n*n)}
		ratemap.Smooth(maps[u].Ratemap, white, n, 1.5)
	}
	return maps
}

func everyNull(t *testing.T, n int) population.Settings {
	t.Helper()
	s := population.Defaults(n)
	s.Definitions = append(s.Definitions, gridscore.Paper(gridscore.PaperInner))
	s.Unvisited = []gridscore.Unvisited{gridscore.LeftOut, gridscore.ZeroFilled}
	s.Nulls = nulls.Registry
	s.NullOptions.Shuffles, s.NullOptions.Rotations = 9, 3
	return s
}

// Every registered null gives every unit a threshold, p and q by every
// definition, whatever the number of threads; so a new null needs no more than
// its entry.
func TestEveryNull(t *testing.T) {
	const n = 12
	maps := noise(5, n)
	layer := population.InMemory("cells", maps)
	for i := range maps {
		maps[i].ShiftedRatemaps = append(maps[(i+1)%5].Ratemap[:n*n:n*n], maps[(i+2)%5].Ratemap...)
		layer.Untrained = append(layer.Untrained, maps[i].Ratemap)
	}
	s := everyNull(t, n)
	var first *population.Population
	for _, threads := range []int{1, 3} {
		s.Threads = threads
		p, err := population.Measure(t.Context(), []population.LayerMaps{layer}, s)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = p
		}
		for i, u := range p.Layers[0].Units {
			for _, key := range s.NullKeys() {
				v, want := u.Nulls[key], first.Layers[0].Units[i].Nulls[key]
				if !(v.P > 0 && v.P <= 1 && v.Q >= v.P && v.Threshold99 >= v.Threshold95) {
					t.Errorf("unit %d, %v: %+v", i, key, v)
				}
				if !reflect.DeepEqual(v, want) {
					t.Errorf("unit %d, %v: %d threads give %+v, one gives %+v", i, key, threads, v, want)
				}
			}
			if len(u.Scores) != len(s.Keys()) {
				t.Errorf("unit %d: %d scores", i, len(u.Scores))
			}
		}
	}
	summary, err := first.Summary(t.Context(), func(k population.Key) string { return k.Definition })
	if err != nil {
		t.Fatal(err)
	}
	l := summary.Layer("cells")
	for _, null := range nulls.Names() {
		found := l.Score("paper").Null(null)
		if found == nil || !found.Threshold95.Known() || found.Draws == 0 {
			t.Errorf("summary of the null %s: %+v", null, found)
		}
	}
}

// Measure passes on what is too large to keep, once for each unit: the SAC, and as many
// null scores by each definition as there are null maps. The unit's threshold follows
// from them.
func TestLargeResultsArePassedOn(t *testing.T) {
	const n, units = 12, 7
	layers := []population.LayerMaps{population.InMemory("first", nil), population.InMemory("cells", noise(units, n))}
	s := everyNull(t, n)
	s.Nulls, _ = nulls.Select([]string{"field", "gaussian"})
	s.Threads = 3
	var lock sync.Mutex
	sacs, scores := map[int][]float64{}, map[int]map[population.NullKey][]float64{}
	s.SAC = func(layer, unit int, sac []float64) error {
		lock.Lock()
		defer lock.Unlock()
		if _, twice := sacs[unit]; twice || layer != 1 {
			t.Errorf("layer %d, unit %d: twice: %v", layer, unit, twice)
		}
		sacs[unit] = slices.Clone(sac)
		return nil
	}
	s.OwnScores = func(_, unit int, key population.NullKey, own []float64) error {
		lock.Lock()
		defer lock.Unlock()
		if scores[unit] == nil {
			scores[unit] = map[population.NullKey][]float64{}
		}
		scores[unit][key] = slices.Clone(own)
		return nil
	}
	p, err := population.Measure(t.Context(), layers, s)
	if err != nil {
		t.Fatal(err)
	}
	auto, err := gridscore.NewAutocorrelator(s.Layout, s.Unvisited[0])
	if err != nil {
		t.Fatal(err)
	}
	want := make([]float64, auto.Lags())
	for i, u := range p.Layers[1].Units {
		var m population.Maps
		if err := errors.Join(layers[1].Read(i, &m), auto.Compute(want, m.Ratemap)); err != nil || !slices.Equal(sacs[i], want) {
			t.Errorf("unit %d: another SAC, %v", i, err)
		}
		for _, key := range s.NullKeys() {
			if own := scores[i][key]; len(own) != s.NullOptions.Shuffles || significance.Quantile(own, 0.95) != u.Nulls[key].Threshold95 {
				t.Errorf("unit %d: %v: %d scores", i, key, len(own))
			}
		}
	}
}

// stopWithin checks that work of any length returns the cause, and only that, soon
// after its context has ended.
func stopWithin(t *testing.T, name string, work func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	cause := errors.New("stopped")
	time.AfterFunc(50*time.Millisecond, func() { cancel(cause) })
	begin := time.Now()
	if err := work(ctx); err != cause {
		t.Errorf("%s: %v, want %v", name, err, cause)
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("%s: stopped after %v", name, took)
	}
}

func TestFailures(t *testing.T) {
	const n = 12
	good := func() []population.LayerMaps {
		return []population.LayerMaps{population.InMemory("cells", noise(3, n))}
	}
	for _, test := range []struct {
		name, want string
		change     func(maps []population.Maps, s *population.Settings)
	}{
		{"size", "layer cells, unit 1: ratemap of 10 values: want 12×12",
			func(maps []population.Maps, _ *population.Settings) { maps[1].Ratemap = make([]float64, 10) }},
		{"infinite", "layer cells, unit 2: ratemap holds an infinite value",
			func(maps []population.Maps, _ *population.Settings) { maps[2].Ratemap[7] = math.Inf(1) }},
		{"shifts", "layer cells, unit 0: the null shift needs shifted ratemaps",
			func(_ []population.Maps, s *population.Settings) { s.Nulls, _ = nulls.Select([]string{"shift"}) }},
		{"half", "half the data of 1 values", func(maps []population.Maps, _ *population.Settings) { maps[0].FirstHalf = []float64{1} }},
		{"no definition", "no definition of gridness", func(_ []population.Maps, s *population.Settings) { s.Definitions = nil }},
		{"twice", "reference is listed twice", func(_ []population.Maps, s *population.Settings) {
			s.Definitions = append(s.Definitions, gridscore.Reference())
		}},
		{"bins", "0 bins a side", func(_ []population.Maps, s *population.Settings) { s.Layout.X = 0 }},
		{"room", "a room of -1 m", func(_ []population.Maps, s *population.Settings) { s.Room.X = -1 }},
		{"own threshold", "the null field, which is not among those asked for",
			func(_ []population.Maps, s *population.Settings) { s.Grid.Own = "field" }},
		{"criterion", "the null gaussian, which is not among those asked for",
			func(_ []population.Maps, s *population.Settings) { s.Grid.Significant = "gaussian" }},
	} {
		maps, s := noise(3, n), population.Defaults(n)
		test.change(maps, &s)
		if _, err := population.Measure(t.Context(), []population.LayerMaps{population.InMemory("cells", maps)}, s); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	unreadable, s := population.LayerMaps{Name: "cells", Units: 6, Read: func(unit int, m *population.Maps) error {
		if unit == 5 {
			return errors.New("no disk")
		}
		*m = noise(1, n)[0]
		return nil
	}}, population.Defaults(n)
	if _, err := population.Measure(t.Context(), []population.LayerMaps{unreadable}, s); err == nil || err.Error() != "layer cells, unit 5: no disk" {
		t.Errorf("unreadable: %v", err)
	}
	full := errors.New("no room")
	s.SAC = func(_, _ int, _ []float64) error { return full }
	if _, err := population.Measure(t.Context(), good(), s); !errors.Is(err, full) {
		t.Errorf("no room for SACs: %v", err)
	}
	stopped, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("stopped")
	cancel(cause)
	if _, err := population.Measure(stopped, good(), population.Defaults(n)); !errors.Is(err, cause) {
		t.Errorf("stopped: %v", err)
	}
	stopWithin(t, "nulls", func(ctx context.Context) error {
		s := population.Defaults(n)
		s.Nulls, _ = nulls.Select([]string{"gaussian"})
		s.NullOptions.Shuffles = 1 << 40
		_, err := population.Measure(ctx, good(), s)
		return err
	})
	stopWithin(t, "sensitivity", func(ctx context.Context) error {
		p, err := population.Measure(t.Context(), good(), population.Defaults(n))
		if err != nil {
			return err
		}
		_, err = p.Sensitivity(ctx, population.Sensitivity{Bins: []ratemap.Size[int]{{X: n, Y: n}}, Inner: []float64{0.2}, Draws: 1 << 40, Padding: 1})
		return err
	})
	if p, err := population.Measure(t.Context(), nil, population.Defaults(n)); err != nil || len(p.Layers) != 0 {
		t.Errorf("no layers: %v", err)
	}
}
