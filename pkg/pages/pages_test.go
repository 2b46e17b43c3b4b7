package pages_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gridcells/pkg/canvas"
	"gridcells/pkg/canvas/layouttest"
	"gridcells/pkg/canvas/pdftest"
	"gridcells/pkg/figure"
	"gridcells/pkg/figure/figuretest"
	"gridcells/pkg/gridscore"
	"gridcells/pkg/pages"
	"gridcells/pkg/results"
)

func testReport(layers ...figure.Layer) *pages.Report {
	r := &pages.Report{Title: "Grid-cell report", Subtitle: "Ratemaps of 20 × 20 bins", Run: *figuretest.Run(layers...)}
	for k := range 90 {
		r.Script = append(r.Script, fmt.Sprintf("    --option-%d %s \\", k, strings.Repeat("x", 118-16)))
	}
	for _, tool := range []string{"simulate", "targets", "activations", "ratemaps", "gridscore"} {
		r.Stages = append(r.Stages, pages.Stage{Tool: tool, Version: "0.1.0", Parameters: []pages.Parameter{
			{Name: "seed", Value: "1"}, {Name: "env_size", Value: "2.2"}, {Name: "pc_scale", Value: "[0.01]"},
		}})
	}
	return r
}

func withCheckpoints(r *pages.Report, n int) *pages.Report {
	figuretest.WithCheckpoints(&r.Run, n)
	return r
}

var usualParts = []string{"summary", "units", "provenance"}

func mustPages(t testing.TB, r *pages.Report, size canvas.PageSize, parts ...string) []canvas.Page {
	t.Helper()
	pages, err := r.Pages(size, parts...)
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

func mustPDF(t testing.TB, pages []canvas.Page) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := canvas.WritePDF(t.Context(), &b, "Grid-cell report", pages); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Pages as pictures; look at them after -update.
func TestGoldenPages(t *testing.T) {
	r := withCheckpoints(testReport(figuretest.Layer("bottleneck", 24), figuretest.Layer("lstm", 6)), 20)
	bare := &pages.Report{Run: figure.Run{Criterion: results.PaperCut, Layers: []figure.Layer{{Name: "cells", Units: r.Layers[1].Units}}}}
	for _, c := range []struct {
		file string
		page canvas.Page
	}{
		{"summary.png", mustPages(t, r, canvas.A4, "summary")[0]},
		{"units.png", mustPages(t, r, canvas.A4, "units")[0]},
		{"overview.png", mustPages(t, r, canvas.A4, "overview")[0]},
		{"summary_bare.png", mustPages(t, bare, canvas.Letter, "summary")[0]},
		{"training.png", mustPages(t, r, canvas.A4, "training")[0]},
		{"borders.png", mustPages(t, r, canvas.A4, "borders")[0]},
		{"directions.png", mustPages(t, r, canvas.A4, "directions")[0]},
		{"commands.png", mustPages(t, r, canvas.Letter, "provenance")[0]},
		{"provenance.png", mustPages(t, r, canvas.Letter, "provenance")[2]},
	} {
		t.Run(c.file, func(t *testing.T) {
			var got bytes.Buffer
			if _, err := canvas.WritePNG(&got, c.page, 50); err != nil {
				t.Fatal(err)
			}
			figuretest.Golden(t, c.file, got.Bytes())
		})
	}
}

func TestSameBytes(t *testing.T) {
	r := testReport(figuretest.Layer("bottleneck", 20), figuretest.Layer("lstm", 10))
	parts := pages.Names()
	withCheckpoints(r, 3)
	first := mustPDF(t, mustPages(t, r, canvas.A4, parts...))
	for range 2 {
		if again := mustPDF(t, mustPages(t, r, canvas.A4, parts...)); !bytes.Equal(first, again) {
			t.Fatal("the same report gave different bytes")
		}
	}
}

func TestUnitsInPDF(t *testing.T) {
	units, want := [2]int{256, 128}, 1+7+4+2+1
	if testing.Short() {
		units, want = [2]int{60, 12}, 1+2+1+2+1
	}
	bottleneck, lstm := figuretest.Layer("bottleneck", units[0]), figuretest.Layer("lstm", units[1])
	pdf := mustPDF(t, mustPages(t, testReport(bottleneck, lstm), canvas.A4, usualParts...))
	if len(pdf) > 5<<20 {
		t.Errorf("the PDF takes %d bytes", len(pdf))
	}
	pages := pdftest.Contents(t, pdf)
	if len(pages) != want {
		t.Fatalf("%d pages, want %d", len(pages), want)
	}
	var titles, got []string
	for _, l := range []figure.Layer{bottleneck, lstm} {
		for _, u := range l.Ordered() {
			titles = append(titles, u.Heading())
		}
	}
	title := regexp.MustCompile(`^\d+ \(−?\d\.\d\d\)$`)
	for _, page := range pages[1 : len(pages)-3] {
		for _, s := range pdftest.Texts(page) {
			if title.MatchString(s) {
				got = append(got, s)
			}
		}
	}
	if !slices.Equal(got, titles) {
		t.Errorf("titles of units are\n%v, want\n%v", got, titles)
	}
	if s := strings.Join(pdftest.Texts(pages[0]), "|"); !strings.Contains(s, "For comparison") || !strings.Contains(s, fmt.Sprintf("bottleneck|%d|", units[0])) {
		t.Errorf("summary reads %s", s)
	}
	if s := strings.Join(pdftest.Texts(pages[len(pages)-1]), "|"); !strings.Contains(s, "3. activations 0.1.0|seed 1; env_size 2.2; pc_scale [0.01]") {
		t.Errorf("provenance reads %s", s)
	}
}

var inlineImage = regexp.MustCompile(`BI /W (\d+) /H (\d+) /BPC 8 /CS /RGB /F \[/AHx /Fl\] ID\n([0-9a-f]*)>`)

// pixels returns the colours that a map's picture should have, three bytes a
// pixel, with square bins from the top left, x rightwards and y upwards.
func pixels(m figure.Map, colors *canvas.Colormap, side int) []byte {
	low, high, _ := m.Range()
	block := side / m.Rows
	var b []byte
	for y := range block * m.Columns {
		for x := range block * m.Rows {
			v := m.At(x/block, m.Columns-1-y/block)
			c := colors.At((v - low) / (high - low))
			switch {
			case math.IsNaN(v):
				c.R, c.G, c.B = 255, 255, 255
			case 256*(v-low)/(high-low) >= 254: // the two highest colours are one
				c = colors.At(1)
			}
			b = append(b, c.R, c.G, c.B)
		}
	}
	return b
}

// The pictures in the file are the maps, pixel by pixel.
func TestPicturesInPDF(t *testing.T) {
	l := figuretest.Layer("bottleneck", 5)
	page := pdftest.Contents(t, mustPDF(t, mustPages(t, testReport(l), canvas.A4, "units")))[0]
	found := inlineImage.FindAllStringSubmatch(page, -1)
	found = found[:len(found)-1] // the last one is the colour bar
	var want []figure.Map
	for _, u := range l.Ordered() {
		want = append(want, u.Ratemap, u.SAC.WithinLag(20))
	}
	if len(found) != len(want) {
		t.Fatalf("%d pictures, want %d", len(found), len(want))
	}
	for i, m := range found { // width, height, data
		z, err := zlib.NewReader(hex.NewDecoder(strings.NewReader(m[3])))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		side, err := strconv.Atoi(m[1])
		if err != nil || m[1] != m[2] {
			t.Fatalf("picture %d is of %s × %s pixels", i, m[1], m[2])
		}
		if !bytes.Equal(got, pixels(want[i], canvas.Viridis(), side)) {
			t.Errorf("picture %d is not the map", i)
		}
	}
}

func TestOddReports(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	allNaN := figuretest.Layer("bottleneck", 3)
	for i := range allNaN.Units {
		u := &allNaN.Units[i]
		u.Score60, u.Ring60 = nan, gridscore.Ring{Inner: nan, Outer: nan}
		for _, m := range []figure.Map{u.Ratemap, u.SAC} {
			for k := range m.Values {
				m.Values[k] = nan
			}
		}
	}
	noSAC := figuretest.Layer("cells", 100)
	for i := range noSAC.Units {
		noSAC.Units[i].SAC = figure.Map{}
	}
	extreme := figuretest.Layer("bottleneck", 4)
	extreme.Units[0].Score60, extreme.Units[1].Score60 = inf, -inf
	extreme.Units[2].Score60, extreme.Units[3].Number = 1e300, math.MaxInt32
	extreme.Units[0].Ratemap.Values[5] = inf
	strange := figuretest.Layer("(\\ \x00\xff😀 é\n"+strings.Repeat("long ", 50), 2)
	many := make([]figure.Layer, 40)
	for i := range many {
		many[i] = figuretest.Layer(fmt.Sprint("layer", i), 2)
	}
	bare := func(layers ...figure.Layer) *pages.Report {
		return &pages.Report{Run: figure.Run{Layers: layers, Criterion: 0.37}}
	}
	badCurves := bare(figuretest.Layer("bottleneck", 2))
	badCurves.Log = []results.LogLine{{Step: 1000}}
	badCurves.Trajectory = &figure.Trajectory{True: [][2]float64{{nan, 1}, {inf, 2}}, Side: nan}
	badCurves.PathIntegration = &results.PathIntegration{}
	onePoint := bare(figuretest.Layer("bottleneck", 2))
	onePoint.Log = []results.LogLine{{Step: 1000, Loss: results.Of(5)}}
	onePoint.Trajectory = &figure.Trajectory{True: [][2]float64{{1, 1}}, Decoded: [][2]float64{{1, 1}}}
	onePoint.PathIntegration = &results.PathIntegration{Time: []results.Number{results.Of(0.15)}, Error: []results.Number{results.Of(0.1)}, Final: results.Of(0.1), Floor: results.Of(2)}

	for name, r := range map[string]*pages.Report{
		"one unit": bare(figuretest.Layer("bottleneck", 1)), "all NaN": testReport(allNaN), "no autocorrelograms": testReport(noSAC),
		"extreme scores": testReport(extreme), "strange layer": testReport(strange), "many layers": testReport(many...),
		"curves of NaN": badCurves, "curves of one point": onePoint,
		"a map of one bin":     bare(figure.Layer{Name: "a", Units: []figure.Unit{{Ratemap: figure.Map{Rows: 1, Columns: 1, Values: []float64{2}}, SAC: figure.Map{Rows: 1, Columns: 1, Values: []float64{1}}}}}),
		"a unit without a map": bare(figure.Layer{Name: "a", Units: []figure.Unit{{}}}),
		"no layers":            bare(), "a layer without units": bare(figure.Layer{Name: "a"}),
	} {
		t.Run(name, func(t *testing.T) {
			pages := mustPages(t, r, canvas.A4, pages.Names()...)
			if n := len(pdftest.Contents(t, mustPDF(t, pages))); n != len(pages) {
				t.Errorf("%d pages, want %d", n, len(pages))
			}
			layouttest.Check(t, pages)
		})
	}
}

func TestNothingSelected(t *testing.T) {
	r := testReport(figuretest.Layer("bottleneck", 3))
	r.Selected = func(figure.Unit) bool { return false }
	if _, err := r.Pages(canvas.A4, "units", "overview"); err == nil {
		t.Error("a report without pages is no error")
	}
	if _, err := r.Pages(canvas.A4, "appendix"); err == nil || !strings.Contains(err.Error(), "appendix") {
		t.Errorf("unknown part: error %v", err)
	}
}

func TestLayoutAtAnyNumberOfUnits(t *testing.T) {
	maps := figuretest.Layer("bottleneck", 1).Units[0]
	numbers := []int{1, 2, 3, 10, 11, 16, 17, 36, 37, 40, 41, 256, 1024}
	if testing.Short() {
		numbers = []int{1, 11, 41, 256}
	}
	for _, n := range numbers {
		l := figure.Layer{Name: "bottleneck"}
		for u := range n {
			unit := maps
			unit.Number, unit.Score60, unit.Class = 9000+u, 1-2*float64(u)/float64(n), figure.Classes[u%len(figure.Classes)]
			unit.Measures = &figure.Measures{Scale: 0.3 + float64(u%90)/100, Border: unit.Score60, IsBorder: u%2 == 0, DirectionLength: 0.5, DirectionAngle: float64(u)}
			l.Units = append(l.Units, unit)
		}
		for _, size := range []canvas.PageSize{canvas.A4, canvas.Letter} {
			r := testReport(l, figure.Layer{Name: "lstm", Units: l.Units[:min(n, 50)], Untrained: l.Scores(), Nulls: []figure.Null{{Null: results.Null{Name: "gaussian"}, Scores: l.Scores()}}})
			withCheckpoints(r, min(n, 40))
			if n <= 41 {
				r.Selected = func(figure.Unit) bool { return true } // all through training
			}
			layouttest.Check(t, mustPages(t, r, size, pages.Names()...))
		}
		if t.Failed() {
			t.Fatalf("at %d units", n)
		}
	}
}

func BenchmarkPDF256Units(b *testing.B) {
	r := testReport(figuretest.Layer("bottleneck", 256))
	for b.Loop() {
		pdf := mustPDF(b, mustPages(b, r, canvas.A4, usualParts...))
		b.ReportMetric(float64(len(pdf)), "bytes")
	}
}

func BenchmarkOverview256Units(b *testing.B) {
	r := testReport(figuretest.Layer("bottleneck", 256))
	for b.Loop() {
		mustPDF(b, mustPages(b, r, canvas.A4, "overview"))
	}
}

func ExampleReport_Pages() {
	r := &pages.Report{Run: figure.Run{
		Criterion: results.PaperCut,
		Layers: []figure.Layer{{Name: "bottleneck", Units: []figure.Unit{{
			Number:  7,
			Ratemap: figure.Map{Rows: 2, Columns: 2, Values: []float64{0, 1, 2, math.NaN()}},
			Score60: 0.52,
		}}}},
	}}
	pages, err := r.Pages(canvas.A4, "summary", "units")
	if err != nil {
		fmt.Println(err)
		return
	}
	var pdf bytes.Buffer
	if _, err := canvas.WritePDF(context.Background(), &pdf, "Grid cells", pages); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(pages), "pages")
	// Output: 2 pages
}

// The pages of recorded neurons are right in rooms of any shape, and if something is
// not known.
func TestNeuronPages(t *testing.T) {
	for name, change := range map[string]func(r *pages.Report){
		"all":          func(*pages.Report) {},
		"movement":     func(r *pages.Report) { r.Session.DirectionSource = "movement" },
		"no SAC":       func(r *pages.Report) { r.Layers[0].Units[1].SAC = figure.Map{} },
		"no tuning":    func(r *pages.Report) { r.Layers[0].Units[1].DirectionTuning = nil },
		"no occupancy": func(r *pages.Report) { r.Layers[0].Units[1].Occupancy = figure.Map{} },
		"no position":  func(r *pages.Report) { r.Session.Path = r.Session.Path[400:440] },
		"no spikes":    func(r *pages.Report) { r.Session.Spikes = nil },
		"no names":     func(r *pages.Report) { r.Session.Names = nil },
		"long name":    func(r *pages.Report) { r.Session.Names[1] = strings.Repeat("a long name ", 40) },
		"not square": func(r *pages.Report) {
			for i := range r.Layers[0].Units {
				u := &r.Layers[0].Units[i]
				cut := func(m figure.Map, columns int) figure.Map {
					return figure.Map{Rows: m.Rows, Columns: columns, Values: m.Values[:m.Rows*columns]}
				}
				u.Ratemap, u.Occupancy, u.SAC = cut(u.Ratemap, 9), cut(u.Occupancy, 9), cut(u.SAC, 17)
			}
		},
		"nulls": func(r *pages.Report) {
			for i := range r.Layers[0].Units {
				r.Layers[0].Units[i].Own = []figure.OwnNull{{Null: "field", Threshold95: -0.11, Q: 0.5}, {Null: "shift", Threshold95: -0.22, Q: 0.5}}
			}
		},
		"track": func(r *pages.Report) { r.Session.Room = [2]float64{4, 0.1} },
	} {
		r := testReport(figuretest.Layer("units", 3))
		figuretest.WithSession(&r.Run, 1.2, 0.8)
		change(r)
		list, err := r.Pages(canvas.A4, "neurons")
		if err != nil || len(list) != 3 {
			t.Fatalf("%s: %d pages, %v", name, len(list), err)
		}
		layouttest.Check(t, list)
		if name == "nulls" {
			var page bytes.Buffer
			if err := canvas.WriteSVG(&page, list[0]); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(page.String(), "(own threshold −0.22, time shifts)") {
				t.Error("the page of a neuron does not compare its gridness with its own null")
			}
		}
		if name == "not square" {
			if list, err = r.Pages(canvas.A4, pages.UsualNames()...); err != nil {
				t.Fatal(err)
			}
			layouttest.Check(t, list)
		}
	}
	r := testReport(figuretest.Layer("units", 3))
	if list := r.NeuronPages(canvas.A4); len(list) != 0 {
		t.Errorf("%d pages without a session", len(list))
	}
}

// The share of grid cells of few units exceeds chance only if chance gives it seldom.
func TestNotBeyond(t *testing.T) {
	for _, test := range []struct {
		above, units int
		beyond       bool
	}{
		{1, 1, false}, {1, 2, false}, {2, 8, false}, {3, 8, true}, {4, 8, true}, {0, 8, false}, {34, 512, false}, {45, 512, true},
	} {
		l := figure.Layer{Name: "units"}
		for u := range test.units {
			l.Units = append(l.Units, figure.Unit{Number: u, Score60: float64(test.above-u) - 0.5,
				Own: []figure.OwnNull{{Null: "shift"}}})
		}
		l.Nulls = []figure.Null{{Null: results.Null{Name: "shift", Draws: 100, AboveOwn: results.CountOf(test.above, test.units).WithInterval(test.units)}}}
		r := &pages.Report{Run: figure.Run{Layers: []figure.Layer{l}, Criterion: 0.37, Rule: &results.GridRule{Threshold: results.OwnThreshold, Null: "shift"}}}
		not, known := r.NotBeyond(l)
		if !known || (len(not) == 0) != test.beyond {
			t.Errorf("%d of %d: not beyond %q, known %v", test.above, test.units, not, known)
		}
	}
}
