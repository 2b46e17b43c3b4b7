package figure_test

import (
	"bytes"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"gridcells/pkg/canvas"
	"gridcells/pkg/canvas/layouttest"
	"gridcells/pkg/canvas/pdftest"
	"gridcells/pkg/figure"
	"gridcells/pkg/figure/figuretest"
)

// A montage has every unit, however many there are.
func TestMontageHasAllUnits(t *testing.T) {
	size := canvas.PageSize{Width: 85 * vg.Millimeter, Height: 65 * vg.Millimeter}
	for _, n := range []int{1, 7, 1024} {
		r := figuretest.Run(figuretest.Layer("bottleneck", n))
		pages, err := r.Figure("montage", size, 8)
		if err != nil {
			t.Fatal(err)
		}
		layouttest.Check(t, pages)
		var pdf bytes.Buffer
		if _, err := canvas.WritePDF(t.Context(), &pdf, "montage", pages); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(pdftest.Contents(t, pdf.Bytes())[0], "BI /W"); got != n {
			t.Errorf("%d maps, want %d", got, n)
		}
	}
	r := figuretest.Run(figuretest.Layer("bottleneck", 1024))
	tiny := canvas.PageSize{Width: 20 * vg.Millimeter, Height: 20 * vg.Millimeter}
	if _, err := r.Figure("montage", tiny, 8); err == nil || !strings.Contains(err.Error(), "do not fit") {
		t.Errorf("error %v", err)
	}
}

// An animation has a picture for each checkpoint. A unit that a checkpoint lacks is
// left out of its picture.
func TestTrainingAnimation(t *testing.T) {
	r := figuretest.WithCheckpoints(figuretest.Run(figuretest.Layer("bottleneck", 6)), 4)
	first := &r.Checkpoints[0].Layers[0]
	first.Units = first.Units[:5]
	r.Checkpoints[1].Layers = nil // the layer is missing altogether
	r.Selected = func(u figure.Unit) bool { return u.Number > 1 }
	pages, err := r.Figure("training-animation", canvas.PageSize{Width: 240, Height: 180}, 8)
	if err != nil {
		t.Fatal(err)
	}
	layouttest.Check(t, pages)
	var pdf bytes.Buffer
	if _, err := canvas.WritePDF(t.Context(), &pdf, "animation", pages); err != nil {
		t.Fatal(err)
	}
	contents := pdftest.Contents(t, pdf.Bytes())
	if len(contents) != 3 {
		t.Fatalf("%d pictures, want 3", len(contents))
	}
	for k, want := range []int{3, 4, 4} {
		if got := strings.Count(contents[k], "BI /W"); got != want {
			t.Errorf("picture %d has %d maps, want %d", k, got, want)
		}
	}
}
