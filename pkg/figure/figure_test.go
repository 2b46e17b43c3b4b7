package figure_test

import (
	"bytes"
	"encoding/xml"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"gridcells/pkg/canvas"
	"gridcells/pkg/canvas/layouttest"
	"gridcells/pkg/canvas/pdftest"
	"gridcells/pkg/figure"
	"gridcells/pkg/figure/figuretest"
)

// Single figures in every format.
func TestFigures(t *testing.T) {
	r := figuretest.WithCheckpoints(figuretest.Run(figuretest.Layer("bottleneck", 24), figuretest.Layer("lstm", 6)), 5)
	figuretest.WithSession(r, 1.2, 0.8)
	r.Selected = func(u figure.Unit) bool { return u.Number < 6 }
	size := canvas.PageSize{Width: 85 * vg.Millimeter, Height: 65 * vg.Millimeter}
	small := canvas.PageSize{Width: 40 * vg.Millimeter, Height: 30 * vg.Millimeter}
	for _, name := range figure.Names() {
		if pages, err := r.Figure(name, small, 8); err == nil {
			layouttest.Check(t, pages)
		} else if !strings.Contains(err.Error(), "do not fit") {
			t.Error(err)
		}
		if name == "neuron" { // of one unit; figures of six are larger
			r.Selected = func(u figure.Unit) bool { return u.Number == 1 }
		}
		pages, err := r.Figure(name, size, 8)
		if err != nil {
			t.Fatal(err)
		}
		layouttest.Check(t, pages)
		page := pages[len(pages)-1]
		var pdf, png, svg, again bytes.Buffer
		for _, write := range []func() ([]rune, error){
			func() ([]rune, error) { return canvas.WritePDF(t.Context(), &pdf, name, []canvas.Page{page}) },
			func() ([]rune, error) { return canvas.WritePNG(&png, page, 60) },
			func() ([]rune, error) { return nil, canvas.WriteSVG(&svg, page) },
			func() ([]rune, error) { return nil, canvas.WriteSVG(&again, page) },
		} {
			if missing, err := write(); err != nil || len(missing) > 0 {
				t.Fatalf("%s: missing glyphs %q, error %v", name, missing, err)
			}
		}
		figuretest.Golden(t, "figure_"+name+".png", png.Bytes())
		if !bytes.Equal(svg.Bytes(), again.Bytes()) {
			t.Errorf("%s: the same figure gave another SVG", name)
		}
		if err := xml.Unmarshal(svg.Bytes(), new(struct{})); err != nil {
			t.Errorf("%s: SVG: %v", name, err)
		}
		if n := len(pdftest.Contents(t, pdf.Bytes())); n != 1 {
			t.Errorf("%s: %d pages", name, n)
		}
		large, err := r.Figure(name, canvas.PageSize{Width: 2 * size.Width, Height: 2 * size.Height}, 16)
		if err != nil {
			t.Fatal(err)
		}
		layouttest.Check(t, large)
	}
}

func TestFiguresWithoutData(t *testing.T) {
	r := &figure.Run{Layers: []figure.Layer{figuretest.Layer("bottleneck", 2)}}
	r.Selected = func(figure.Unit) bool { return false }
	r.Layers[0].Nulls = nil
	for i := range r.Layers[0].Units {
		r.Layers[0].Units[i].Measures = nil
	}
	names := []string{"torus"}
	for _, e := range figure.Entries() {
		if !strings.HasPrefix(e.Needs, "units") {
			names = append(names, e.Name)
		}
	}
	for _, name := range names {
		if _, err := r.Figure(name, canvas.A4, 8); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := r.Figure("gridness", canvas.A4, 0); err == nil {
		t.Error("text of no size is no error")
	}
}
