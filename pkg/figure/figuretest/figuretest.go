// Package figuretest has example data and golden pictures for tests of figures
// and pages.
package figuretest

import (
	"flag"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gonum.org/v1/plot/cmpimg"

	"gridcells/pkg/figure"
	"gridcells/pkg/gridscore"
	"gridcells/pkg/results"
	"gridcells/pkg/scales"
	"gridcells/pkg/significance"
)

var update = flag.Bool("update", false, "rewrite the golden pictures in testdata")

// Lattice returns a hexagonal pattern of period bins, its first maximum at
// (x, y), with a hole of bins without data if asked for.
func Lattice(n int, period, x, y float64, hole bool) figure.Map {
	m := figure.Map{Rows: n, Columns: n, Values: make([]float64, n*n)}
	for i := range n {
		for j := range n {
			v := 0.0
			for k := range 3 {
				sin, cos := math.Sincos(float64(k) * math.Pi / 3)
				v += math.Cos(4 * math.Pi / math.Sqrt(3) / period * ((float64(i)-x)*cos + (float64(j)-y)*sin))
			}
			if hole && i < n/4 && j < n/3 {
				v = math.NaN()
			}
			m.Values[i*n+j] = v
		}
	}
	return m
}

// Layer returns n units on maps of 20 × 20 bins, their scores falling from
// 1.2 in an order other than that of their numbers.
func Layer(name string, n int) figure.Layer {
	l := figure.Layer{Name: name, Scales: &results.Scales{Units: n + 30, Clusters: []scales.Cluster{{Weight: 0.6, Mean: 0.6, SD: 0.04}, {Weight: 0.4, Mean: 0.95, SD: 0.08}}}}
	for u := range n {
		rank := (u*7 + 3) % n
		period := 5 + float64(u%6)
		l.Units = append(l.Units, figure.Unit{
			Number:  u,
			Ratemap: Lattice(20, period, float64(u%5), float64(u%3), u%4 == 1),
			SAC:     Lattice(39, period, 19, 19, false),
			Score60: 1.2 - 1.6*float64(rank)/float64(n),
			Ring60:  gridscore.Ring{Inner: 0.2, Outer: 0.4 + 0.6/9*float64(u%10)},
		})
		l.Untrained = append(l.Untrained, 0.4*math.Sin(float64(u)))
		for k, name := range []string{"field", "gaussian"} {
			if len(l.Nulls) <= k {
				null := figure.Null{Null: results.Null{Name: name, Draws: 100, AboveOwn: results.CountOf(n/5, n).WithInterval(n), Significant: results.CountOf(n/20, n)}}
				null.Threshold95 = results.Of(0.2 + 0.1*float64(k))
				l.Nulls = append(l.Nulls, null)
			}
			l.Nulls[k].Scores = append(l.Nulls[k].Scores, 0.5*math.Sin(float64(u+k))*math.Sin(float64(2*u)))
		}
		l.Units[u].Class = figure.Classes[(rank/2)%len(figure.Classes)]
		l.Units[u].Measures = &figure.Measures{
			Scale: 0.11 * period, Border: 1 - 2*float64(rank)/float64(n), IsBorder: rank%3 == 0,
			DirectionLength: math.Abs(math.Sin(float64(u))), DirectionAngle: float64(u),
		}
		tuning := make([]float64, 20)
		for k := range tuning {
			tuning[k] = math.Exp(float64(u%7)*(math.Cos(2*math.Pi*float64(k-u)/20)-1)) - 0.1*float64(u%3)
		}
		if u%5 == 4 {
			tuning[3] = math.NaN()
		}
		l.Units[u].DirectionTuning = tuning
	}
	return l
}

// Run returns a run with everything that figures can show.
func Run(layers ...figure.Layer) *figure.Run {
	r := &figure.Run{
		Layers: layers, Criterion: results.PaperCut, Paper: results.PaperShareOf("square"), Side: 2.2,
		PathIntegration:          &results.PathIntegration{Final: results.Of(0.21), Floor: results.Of(0.069)},
		UntrainedPathIntegration: &results.PathIntegration{Final: results.Of(0.91), Floor: results.Of(0.069)},
		Trajectory:               &figure.Trajectory{Side: 2.2},
	}
	for k := range 50 {
		t := float64(k+1) / 50
		r.Log = append(r.Log, results.LogLine{Step: uint64(6000 * (k + 1)), Loss: results.Of(4 + 3*math.Exp(-5*t)), LossSD: results.Of(0.2), Entropy: results.Of(1.1)})
		for _, of := range []struct {
			pi    *results.PathIntegration
			error float64
		}{{r.PathIntegration, 0.1 + 0.11*t}, {r.UntrainedPathIntegration, 0.91 * math.Sqrt(t)}} {
			of.pi.Time = append(of.pi.Time, results.Of(15*t))
			of.pi.Error = append(of.pi.Error, results.Of(of.error))
		}
	}
	if len(layers) > 0 && len(layers[0].Nulls) > 0 {
		layers[0].Nulls[0].Above = results.ExcessOf(significance.Excess{Observed: 0.2, Null: 0.14, Excess: 0.06, Low: 0.01, High: 0.11, P: 0.004})
	}
	for i, label := range []string{"error_cm", "grid_share"} {
		plot := figure.SeedPlot{Label: label}
		for k, name := range []string{"base", "no dropout", "a name that is far too long for a plot of this size", "one seed"} {
			s := figure.SeedValues{Name: name, Mean: 20 + 5*float64(k) - 10*float64(i), Low: math.NaN(), High: math.NaN()}
			for seed := range 12 {
				s.Values = append(s.Values, s.Mean+4*math.Sin(float64(7*seed+3*k)))
			}
			s.Values[3] = math.NaN()
			s.Low, s.High = s.Mean-2-30*float64(k/2), s.Mean+2
			if name == "one seed" {
				s.Values, s.Low, s.High = []float64{s.Mean}, math.NaN(), math.NaN()
			}
			plot.Settings = append(plot.Settings, s)
		}
		r.Seeds = append(r.Seeds, plot)
	}
	for k := range 100 {
		sin, cos := math.Sincos(float64(k) / 20)
		r.Trajectory.True = append(r.Trajectory.True, [2]float64{cos, 0.8 * sin})
		r.Trajectory.Decoded = append(r.Trajectory.Decoded, [2]float64{cos - 0.001*float64(k), 0.8*sin + 0.05*math.Sin(float64(k))})
	}
	return r
}

// WithSession adds a recorded session in a room of these sides (m): a path with a
// gap, and more spikes the higher a unit's number is.
func WithSession(r *figure.Run, width, height float64) *figure.Run {
	s := &figure.Session{FrameSeconds: 0.02, Room: [2]float64{width, height}, DirectionSource: "leds", Names: []string{"", "tetrode 3, cell 2"}}
	for i := range 3000 {
		t := float64(i) / 300
		at := [2]float64{0.48 * width * math.Sin(3.1*t), 0.48 * height * math.Cos(4.7*t)}
		if i/40 == 10 {
			at = [2]float64{math.NaN(), math.NaN()}
		}
		s.Path = append(s.Path, at)
	}
	for k := range r.Layers {
		for u := range r.Layers[k].Units {
			unit := &r.Layers[k].Units[u]
			m := unit.Ratemap
			unit.Occupancy = figure.Map{Rows: m.Rows, Columns: m.Columns, Values: make([]float64, len(m.Values))}
			for i := range m.Values {
				unit.Occupancy.Values[i] = float64(i * 7 % 60)
			}
		}
	}
	for u := range len(r.Layers[0].Units) {
		var spikes []int32
		for i := range 30 * u {
			spikes = append(spikes, int32(i*97%3000))
		}
		slices.Sort(spikes)
		s.Spikes = append(s.Spikes, spikes)
	}
	r.Session = s
	return r
}

// WithCheckpoints adds a training of n checkpoints in which scores grow.
func WithCheckpoints(r *figure.Run, n int) *figure.Run {
	for k := range n {
		c := figure.Checkpoint{Update: 300000 * float64(k+1) / float64(n)}
		for _, l := range r.Layers {
			early := figure.Layer{Name: l.Name, Units: slices.Clone(l.Units)}
			for u := range early.Units {
				early.Units[u].Score60 *= float64(k+1) / float64(n)
			}
			c.Layers = append(c.Layers, early)
		}
		r.Checkpoints = append(r.Checkpoints, c)
	}
	return r
}

// Golden compares a picture with the file of that name in the test's testdata.
func Golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// Rounding in the lines' smooth edges may differ between processors.
	same, err := cmpimg.EqualApprox("png", got, want, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	if !same {
		other := filepath.Join(t.ArtifactDir(), name)
		if err := os.WriteFile(other, got, 0o644); err != nil {
			t.Fatal(err)
		}
		t.Errorf("the page differs from %s (see it with go test -artifacts; -update accepts it)", path)
	}
}
