package figure

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/cmpimg"
	"gonum.org/v1/plot/vg"

	"gridcells/pkg/figure/pdftest"
)

var update = flag.Bool("update", false, "rewrite the golden pictures in testdata")

// lattice returns a hexagonal pattern of period bins, its first maximum at
// (x, y), with a hole of bins without data if asked for.
func lattice(n int, period, x, y float64, hole bool) Map {
	m := Map{Rows: n, Columns: n, Values: make([]float64, n*n)}
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

// testLayer returns n units on maps of 20 × 20 bins, their scores falling from
// 1.2 in an order other than that of their numbers.
func testLayer(name string, n int) Layer {
	l := Layer{Name: name, Scales: &Scales{Clusters: []Cluster{{0.6, 0.6, 0.04}, {0.4, 0.95, 0.08}}}}
	for u := range n {
		rank := (u*7 + 3) % n
		period := 5 + float64(u%6)
		l.Units = append(l.Units, Unit{
			Number:  u,
			Ratemap: lattice(20, period, float64(u%5), float64(u%3), u%4 == 1),
			SAC:     lattice(39, period, 19, 19, false),
			Score60: 1.2 - 1.6*float64(rank)/float64(n),
			Ring60:  Ring{0.2, 0.4 + 0.6/9*float64(u%10)},
		})
		l.Untrained = append(l.Untrained, 0.4*math.Sin(float64(u)))
		for k, name := range []string{"field", "gaussian"} {
			if len(l.Nulls) <= k {
				l.Nulls = append(l.Nulls, Null{Name: name, Own: &OwnNull{n / 10, n / 20}})
			}
			l.Nulls[k].Scores = append(l.Nulls[k].Scores, 0.5*math.Sin(float64(u+k))*math.Sin(float64(2*u)))
		}
		l.Units[u].Class = classes[(rank/2)%len(classes)]
		l.Units[u].Measures = &Measures{
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

func testReport(layers ...Layer) *Report {
	r := &Report{
		Title: "Grid-cell report", Subtitle: "Ratemaps of 20 × 20 bins", Layers: layers, Criterion: GridLikeCriterion,
		Loss:                     &LossCurve{},
		PathIntegration:          &PathIntegration{Final: 0.21, Floor: 0.069},
		UntrainedPathIntegration: &PathIntegration{Final: 0.91, Floor: 0.069},
	}
	for k := range 50 {
		t := float64(k+1) / 50
		r.Loss.Update = append(r.Loss.Update, 300000*t)
		r.Loss.Loss = append(r.Loss.Loss, 4+3*math.Exp(-5*t))
		r.Loss.SD = append(r.Loss.SD, 0.2)
		r.PathIntegration.Time = append(r.PathIntegration.Time, 15*t)
		r.PathIntegration.Error = append(r.PathIntegration.Error, 0.1+0.11*t)
		r.UntrainedPathIntegration.Time = append(r.UntrainedPathIntegration.Time, 15*t)
		r.UntrainedPathIntegration.Error = append(r.UntrainedPathIntegration.Error, 0.91*math.Sqrt(t))
	}
	if len(layers) > 0 && len(layers[0].Nulls) > 0 {
		layers[0].Nulls[0].Excess = &Excess{Share: 0.2, Null: 0.14, Excess: 0.06, Low: 0.01, High: 0.11, P: 0.004}
	}
	r.Trajectory = &Trajectory{Side: 2.2}
	for k := range 100 {
		sin, cos := math.Sincos(float64(k) / 20)
		r.Trajectory.True = append(r.Trajectory.True, [2]float64{cos, 0.8 * sin})
		r.Trajectory.Decoded = append(r.Trajectory.Decoded, [2]float64{cos - 0.001*float64(k), 0.8*sin + 0.05*math.Sin(float64(k))})
	}
	for k := range 90 {
		r.Script = append(r.Script, fmt.Sprintf("    --option-%d %s \\", k, strings.Repeat("x", 118-16)))
	}
	for _, tool := range []string{"simulate", "targets", "activations", "ratemaps", "gridscore"} {
		r.Stages = append(r.Stages, Stage{Tool: tool, Version: "0.1.0", Parameters: []Parameter{
			{"seed", "1"}, {"env_size", "2.2"}, {"pc_scale", "[0.01]"},
		}})
	}
	return r
}

// withCheckpoints adds a training of n checkpoints in which scores grow.
func withCheckpoints(r *Report, n int) *Report {
	for k := range n {
		c := Checkpoint{Update: 300000 * float64(k+1) / float64(n)}
		for _, l := range r.Layers {
			early := Layer{Name: l.Name, Units: slices.Clone(l.Units)}
			for u := range early.Units {
				early.Units[u].Score60 *= float64(k+1) / float64(n)
			}
			c.Layers = append(c.Layers, early)
		}
		r.Checkpoints = append(r.Checkpoints, c)
	}
	return r
}

var usualParts = []Part{Summary, Units, Provenance}

func mustPages(t testing.TB, r *Report, size PageSize, parts ...Part) []Page {
	t.Helper()
	pages, err := r.Pages(size, parts...)
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

func mustPDF(t testing.TB, pages []Page) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WritePDF(&b, "Grid-cell report", pages); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestMapOrientation(t *testing.T) {
	// Value i + 10·j of a 2 × 3 map: two bins along x, three along y.
	m := Map{Rows: 2, Columns: 3, Values: []float64{0, 10, 20, 1, 11, math.NaN()}}
	for _, c := range []struct {
		o    Orientation
		want [][]float64 // rows from the top
	}{
		{XRight, [][]float64{{20, math.NaN()}, {10, 11}, {0, 1}}},
		{XDown, [][]float64{{0, 10, 20}, {1, 11, math.NaN()}}},
	} {
		img := m.picture(DefaultColormap(), c.o)
		block := img.Bounds().Dx() / len(c.want[0])
		if img.Bounds().Dy() != block*len(c.want) {
			t.Fatalf("orientation %d: picture of %v for %d × %d bins", c.o, img.Bounds(), len(c.want[0]), len(c.want))
		}
		for y := range img.Bounds().Dy() {
			for x := range img.Bounds().Dx() {
				v := c.want[y/block][x/block]
				want := DefaultColormap().At(v / 20)
				if math.IsNaN(v) {
					want.R, want.G, want.B, want.A = 255, 255, 255, 255
				}
				if got := img.At(x, y); got != want {
					t.Fatalf("orientation %d: pixel (%d, %d) is %v, want %v for value %v", c.o, x, y, got, want, v)
				}
			}
		}
	}
}

func TestConstantAndInfiniteMaps(t *testing.T) {
	constant := Map{Rows: 1, Columns: 2, Values: []float64{3, 3}}
	if got := constant.picture(DefaultColormap(), XDown).ColorIndexAt(0, 0); got != 0 {
		t.Errorf("a constant map has palette entry %d, want the lowest", got)
	}
	m := Map{Rows: 1, Columns: 4, Values: []float64{math.Inf(-1), 0, 1, math.Inf(1)}}
	img := m.picture(DefaultColormap(), XDown)
	block := img.Bounds().Dx() / 4
	for i, want := range []uint8{0, 0, blank - 1, blank - 1} {
		if got := img.ColorIndexAt(i*block, 0); got != want {
			t.Errorf("value %v has palette entry %d, want %d", m.Values[i], got, want)
		}
	}
}

func TestWithinLag(t *testing.T) {
	m := lattice(39, 8, 19, 19, false).WithinLag(20)
	shown := 0
	for k, v := range m.Values {
		di, dj := k/39-19, k%39-19
		if math.IsNaN(v) != (di*di+dj*dj > 400) {
			t.Fatalf("lag (%d, %d): value %v", di, dj, v)
		}
		if !math.IsNaN(v) {
			shown++
		}
	}
	// The lags with x² + y² ≤ 400 in [−19, 19]²; the disc has four more, at ±20.
	if shown != 1253 {
		t.Errorf("%d lags are shown, want 1253", shown)
	}
}

func TestOrdered(t *testing.T) {
	l := Layer{Units: []Unit{
		{Number: 4, Score60: math.NaN()}, {Number: 3, Score60: 0.5}, {Number: 2, Score60: 0.5}, {Number: 1, Score60: 0.9},
	}}
	var got []int
	for _, u := range l.Ordered() {
		got = append(got, u.Number)
	}
	if fmt.Sprint(got) != "[1 2 3 4]" {
		t.Errorf("units in order %v, want highest score first, equal scores by number, NaN last", got)
	}
}

func TestCountAboveAndHighest(t *testing.T) {
	nan := math.NaN()
	if n := CountAbove([]float64{0.37, 0.371, nan, 1, -1}, 0.37); n != 2 {
		t.Errorf("CountAbove = %d, want 2", n)
	}
	if s, at := Highest([]float64{nan, -3, 2, nan, 2}); s != 2 || at != 2 {
		t.Errorf("Highest = %v at %d, want 2 at 2", s, at)
	}
	if s, at := Highest([]float64{nan}); !math.IsNaN(s) || at != -1 {
		t.Errorf("Highest of NaN = %v at %d", s, at)
	}
}

func TestRoundTicks(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		want      string
	}{
		{0, 300000, "0 100,000 200,000 300,000"},
		{-0.53, 1.07, "−0.5 0.0 0.5 1.0"},
		{3.8, 7.2, "4 5 6 7"},
		{0, 0.004, "0.000 0.001 0.002 0.003 0.004"},
		{5, 5, "5"},
	} {
		var labels []string
		for _, tick := range (roundTicks{5}).Ticks(c.low, c.high) {
			labels = append(labels, tick.Label)
		}
		if got := strings.Join(labels, " "); got != c.want {
			t.Errorf("ticks of [%v, %v]: %s, want %s", c.low, c.high, got, c.want)
		}
	}
}

func TestWrap(t *testing.T) {
	s := textStyle(8, false, ink)
	text := "[0.01, 0.02, 0.03] " + strings.Repeat("x", 80) + " end"
	for _, width := range []vg.Length{1, 40, 100, 1000} {
		lines := wrap(s, text, width)
		for _, l := range lines {
			if textWidth(s, l) > width && len([]rune(l)) > 1 {
				t.Errorf("line %q is wider than %v", l, width)
			}
		}
		if got := strings.Join(lines, ""); strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(text, " ", "") {
			t.Errorf("width %v: text became %q", width, got)
		}
	}
}

// Pages as pictures; look at them after -update.
func TestGoldenPages(t *testing.T) {
	r := withCheckpoints(testReport(testLayer("bottleneck", 24), testLayer("lstm", 6)), 20)
	bare := &Report{Criterion: GridLikeCriterion, Layers: []Layer{{Name: "cells", Units: r.Layers[1].Units}}}
	for _, c := range []struct {
		file string
		page Page
	}{
		{"summary.png", mustPages(t, r, A4, Summary)[0]},
		{"units.png", mustPages(t, r, A4, Units)[0]},
		{"overview.png", mustPages(t, r, A4, Overview)[0]},
		{"summary_bare.png", mustPages(t, bare, Letter, Summary)[0]},
		{"training.png", mustPages(t, r, A4, Training)[0]},
		{"borders.png", mustPages(t, r, A4, Borders)[0]},
		{"directions.png", mustPages(t, r, A4, Directions)[0]},
		{"commands.png", mustPages(t, r, Letter, Provenance)[0]},
		{"provenance.png", mustPages(t, r, Letter, Provenance)[2]},
	} {
		t.Run(c.file, func(t *testing.T) {
			var got bytes.Buffer
			if err := WritePNG(&got, c.page, 50); err != nil {
				t.Fatal(err)
			}
			compareGolden(t, c.file, got.Bytes())
		})
	}
}

// Single figures in every format.
func TestFigures(t *testing.T) {
	r := withCheckpoints(testReport(testLayer("bottleneck", 24), testLayer("lstm", 6)), 5)
	r.Selected = func(u Unit) bool { return u.Number < 6 }
	size := PageSize{85 * vg.Millimeter, 65 * vg.Millimeter}
	small := PageSize{40 * vg.Millimeter, 30 * vg.Millimeter}
	for _, name := range FigureNames() {
		if page, err := r.Figure(name, small, 8); err == nil {
			checkLayout(t, []Page{page})
		} else if !strings.Contains(err.Error(), "do not fit") {
			t.Error(err)
		}
		page, err := r.Figure(name, size, 8)
		if err != nil {
			t.Fatal(err)
		}
		checkLayout(t, []Page{page})
		var png, svg, again bytes.Buffer
		if err := errors.Join(WritePNG(&png, page, 60), WriteSVG(&svg, page), WriteSVG(&again, page)); err != nil {
			t.Fatal(err)
		}
		compareGolden(t, "figure_"+name+".png", png.Bytes())
		if !bytes.Equal(svg.Bytes(), again.Bytes()) {
			t.Errorf("%s: the same figure gave another SVG", name)
		}
		if err := xml.Unmarshal(svg.Bytes(), new(struct{})); err != nil {
			t.Errorf("%s: SVG: %v", name, err)
		}
		if n := len(pdftest.Contents(t, mustPDF(t, []Page{page}))); n != 1 {
			t.Errorf("%s: %d pages", name, n)
		}
		large, err := r.Figure(name, PageSize{2 * size.Width, 2 * size.Height}, 16)
		if err != nil {
			t.Fatal(err)
		}
		checkLayout(t, []Page{large})
	}
}

func TestFiguresWithoutData(t *testing.T) {
	r := &Report{Layers: []Layer{testLayer("bottleneck", 2)}}
	r.Selected = func(Unit) bool { return false }
	r.Layers[0].Nulls = nil
	for i := range r.Layers[0].Units {
		r.Layers[0].Units[i].Measures = nil
	}
	for _, name := range append(FigureNames()[1:], "torus") {
		if _, err := r.Figure(name, A4, 8); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := r.Figure(GridnessFigure, A4, 0); err == nil {
		t.Error("text of no size is no error")
	}
}

func compareGolden(t *testing.T, name string, got []byte) {
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

func BenchmarkPDF256Units(b *testing.B) {
	r := testReport(testLayer("bottleneck", 256))
	for b.Loop() {
		pdf := mustPDF(b, mustPages(b, r, A4, usualParts...))
		b.ReportMetric(float64(len(pdf)), "bytes")
	}
}

func BenchmarkOverview256Units(b *testing.B) {
	r := testReport(testLayer("bottleneck", 256))
	for b.Loop() {
		mustPDF(b, mustPages(b, r, A4, Overview))
	}
}

func ExampleWritePDF() {
	r := &Report{
		Criterion: GridLikeCriterion,
		Layers: []Layer{{Name: "bottleneck", Units: []Unit{{
			Number:  7,
			Ratemap: Map{Rows: 2, Columns: 2, Values: []float64{0, 1, 2, math.NaN()}},
			Score60: 0.52,
		}}}},
	}
	pages, err := r.Pages(A4, Summary, Units)
	if err != nil {
		fmt.Println(err)
		return
	}
	var pdf bytes.Buffer
	if err := WritePDF(&pdf, "Grid cells", pages); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(pages), "pages")
	// Output: 2 pages
}
