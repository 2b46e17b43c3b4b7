package sweep_test

import (
	"math"
	"testing"

	"gridcells/pkg/sweep"
)

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.IsNaN(want) && math.IsNaN(got) || math.Abs(got-want) <= 1e-9*math.Max(1, math.Abs(want)) {
		return
	}
	t.Errorf("%s is %v, want %v", what, got, want)
}

func nearEstimate(t *testing.T, what string, got, want sweep.Estimate) {
	t.Helper()
	if got.N != want.N {
		t.Errorf("%s: %d values, want %d", what, got.N, want.N)
	}
	near(t, what+": mean", got.Mean, want.Mean)
	near(t, what+": sd", got.SD, want.SD)
	near(t, what+": low", got.Low, want.Low)
	near(t, what+": high", got.High, want.High)
}

var nan = math.NaN()

// The expected values are those of NumPy 2.4.6 and SciPy 1.17.1: mean, std(ddof=1),
// stats.t.interval.
func TestEstimateOf(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   sweep.Estimate
	}{
		{[]float64{12.5, 9.375, nan, 14.0625, 11.25, 10}, sweep.Estimate{N: 5, Mean: 11.4375, SD: 1.8957188610128877, Low: 9.083654139564452, High: 13.791345860435548}},
		{[]float64{-1.5, 2, 0.25}, sweep.Estimate{N: 3, Mean: 0.25, SD: 1.75, Low: -4.0972409955630775, High: 4.5972409955630775}},
		{[]float64{7, 7}, sweep.Estimate{N: 2, Mean: 7, SD: 0, Low: 7, High: 7}},
		{[]float64{7}, sweep.Estimate{N: 1, Mean: 7, SD: nan, Low: nan, High: nan}},
		{[]float64{nan}, sweep.Estimate{Mean: nan, SD: nan, Low: nan, High: nan}},
	} {
		nearEstimate(t, "the estimate", sweep.EstimateOf(test.values), test.want)
	}
}

// table makes a table of runs with one column and the seeds 1, 2, … for each name.
func table(values map[string][]float64, order ...string) *sweep.Table {
	t := &sweep.Table{Columns: []sweep.Column{{Name: "x"}}}
	for _, name := range order {
		for i, v := range values[name] {
			t.Runs = append(t.Runs, sweep.Run{Name: name, Seed: i + 1, Values: map[string]float64{"x": v}})
		}
	}
	return t
}

// Differences are paired by seed: SciPy's ttest_rel and false_discovery_control.
func TestSettingsAgainstBaseLine(t *testing.T) {
	runs := table(map[string][]float64{
		"base": {50, 40, 45, 60}, "a": {48, 41, 40, 52, 1000}, "b": {50.5, 43, 44, 66}, "c": {30, 25, 33, 31}, "d": {3},
	}, "a", "b", "base", "c", "d")
	settings, err := runs.Settings("base")
	if err != nil || len(settings) != 5 {
		t.Fatal(settings, err)
	}
	for _, test := range []struct {
		at       int
		name     string
		estimate sweep.Estimate
		p, q     float64
	}{
		{0, "a", sweep.Estimate{N: 4, Mean: -3.5, SD: 3.872983346207417, Low: -9.662780770281563, High: 2.6627807702815627}, 0.16842924532014508, 0.25264386798021762},
		{1, "b", sweep.Estimate{N: 4, Mean: 2.125, SD: 3.06526235962492, Low: -2.7525164355567737, High: 7.002516435556774}, 0.2596643609770017, 0.2596643609770017},
		{3, "c", sweep.Estimate{N: 4, Mean: -19, SD: 7.438637868140466, Low: -30.83653279990355, High: -7.1634672000964486}, 0.014511525519381563, 0.043534576558144689},
		{4, "d", sweep.Estimate{N: 1, Mean: -47, SD: nan, Low: nan, High: nan}, nan, nan},
	} {
		d := settings[test.at].Differences["x"]
		if settings[test.at].Name != test.name {
			t.Errorf("setting %d is %s", test.at, settings[test.at].Name)
		}
		nearEstimate(t, test.name, d.Estimate, test.estimate)
		near(t, test.name+": p", d.P, test.p)
		near(t, test.name+": q", d.Q, test.q)
	}
	if _, ok := settings[2].Differences["x"]; ok {
		t.Error("the base line differs from itself")
	}
	if a := settings[0].Estimates["x"]; a.N != 5 {
		t.Errorf("a: %+v", a)
	}
	if _, err := runs.Settings("z"); err == nil {
		t.Error("a base line that is not there is no error")
	}
	for _, s := range must(runs.Settings("")) {
		if len(s.Differences) > 0 {
			t.Errorf("%s: differences without a base line", s.Name)
		}
	}
}

func must(s []sweep.Setting, err error) []sweep.Setting {
	if err != nil {
		panic(err)
	}
	return s
}

// Excesses are pooled over seeds: SciPy's t.interval, ttest_1samp(alternative =
// "greater") and binomtest().proportion_ci(method="wilson").
func TestPool(t *testing.T) {
	c := sweep.Comparison{Bins: 20, Score: "paper", Null: "field", Criterion: sweep.Own}
	run := func(name string, seed int, error_cm, excess, low float64) sweep.Run {
		return sweep.Run{Name: name, Seed: seed, Values: map[string]float64{"error_cm": error_cm, "untrained_error_cm": 80},
			Excesses: map[sweep.Comparison]sweep.Excess{c: {Excess: excess, Low: low, High: excess + 5, P: 0.01}}}
	}
	runs := &sweep.Table{Comparisons: []sweep.Comparison{c}, Runs: []sweep.Run{
		run("a", 1, 20, 6, 1), run("a", 2, 40, 2, -3), run("a", 3, 41, 4, 0.5),
		run("b", 1, 10, -1, -4), run("b", 2, 10, 3, -2), run("b", 3, 10, nan, nan),
		run("c", 1, nan, 7, 2), {Name: "d", Seed: 1},
	}}
	got := runs.Pool(0.5)
	if len(got) != 4 {
		t.Fatalf("%d comparisons: %+v", len(got), got)
	}
	for i, want := range []sweep.Pooled{
		{Setting: "a", Comparison: c, Estimate: sweep.Estimate{N: 3, Mean: 4, SD: 2, Low: -0.9682754235006605, High: 8.96827542350066},
			P: 0.03708995011372427, Q: 0.0556349251705864, All: sweep.Share{More: 2, Of: 3}, Integrating: sweep.Share{More: 1, Of: 2}},
		{Setting: "b", Comparison: c, Estimate: sweep.Estimate{N: 2, Mean: 1, SD: 2.8284271247461903, Low: -24.41240947234939, High: 26.41240947234939},
			P: 0.35241638234956674, Q: 0.35241638234956674, All: sweep.Share{More: 0, Of: 2}, Integrating: sweep.Share{More: 0, Of: 2}},
		{Setting: "c", Comparison: c, Estimate: sweep.Estimate{N: 1, Mean: 7, SD: nan, Low: 2, High: 12}, P: 0.01, Q: 0.03, All: sweep.Share{More: 1, Of: 1}},
		{Comparison: c, Estimate: sweep.Estimate{Mean: nan, SD: nan, Low: nan, High: nan}, P: nan, Q: nan, All: sweep.Share{More: 3, Of: 6}, Integrating: sweep.Share{More: 1, Of: 4}},
	} {
		g := got[i]
		if g.Setting != want.Setting || g.Comparison != c || g.All != want.All || g.Integrating != want.Integrating {
			t.Errorf("%+v, want %+v", g, want)
		}
		nearEstimate(t, want.Setting, g.Estimate, want.Estimate)
		near(t, want.Setting+": p", g.P, want.P)
		near(t, want.Setting+": q", g.Q, want.Q)
	}
	low, high := sweep.Share{More: 2, Of: 3}.Interval()
	near(t, "low", low, 20.765960080204782)
	near(t, "high", high, 93.85080552796038)
}

// The best way of decoding counts where it is known.
func TestIntegrates(t *testing.T) {
	for _, test := range []struct {
		values map[string]float64
		want   bool
	}{
		{map[string]float64{"error_cm": 40, "untrained_error_cm": 80}, true},
		{map[string]float64{"error_cm": 41, "untrained_error_cm": 80}, false},
		{map[string]float64{"error_cm": 60, "best_error_cm": 30, "untrained_error_cm": 80, "untrained_best_error_cm": 70}, true},
		{map[string]float64{"error_cm": 30, "best_error_cm": 30, "untrained_error_cm": 80, "untrained_best_error_cm": 50}, false},
		{map[string]float64{"error_cm": 30}, false}, {map[string]float64{"untrained_error_cm": 80}, false}, {nil, false},
	} {
		if got := (sweep.Run{Values: test.values}).Integrates(0.5); got != test.want {
			t.Errorf("%v: %v", test.values, got)
		}
	}
}
