package canvas

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas/pdftest"
)

// Transformed drawing must end where gonum's own transforms put it.
func TestCanvasTransforms(t *testing.T) {
	c := newDocument("").page(100, 100, "")
	c.Translate(vg.Point{X: 10, Y: 20})
	c.Push()
	c.Rotate(math.Pi / 2)
	c.Scale(2, 3)
	if x, y := c.state.transform.apply(vg.Point{X: 1, Y: 1}); math.Abs(x-7) > 1e-12 || math.Abs(y-22) > 1e-12 {
		t.Errorf("(1, 1) is at (%v, %v), want (7, 22)", x, y)
	}
	c.Pop()
	if x, y := c.state.transform.apply(vg.Point{}); x != 10 || y != 20 {
		t.Errorf("after Pop the origin is at (%v, %v), want (10, 20)", x, y)
	}
}

func TestCirclePath(t *testing.T) {
	c := newDocument("").page(100, 100, "")
	var p vg.Path
	p.Move(vg.Point{X: 60, Y: 50})
	p.Arc(vg.Point{X: 50, Y: 50}, 10, 0, 2*math.Pi)
	p.Close()
	want := "60 50 m 60 50 l 60 55.52 55.52 60 50 60 c 44.48 60 40 55.52 40 50 c " +
		"40 44.48 44.48 40 50 40 c 55.52 40 60 44.48 60 50 c h "
	if got := c.path(p); got != want {
		t.Errorf("circle is\n%s, want\n%s", got, want)
	}
}

func TestWrap(t *testing.T) {
	s := Text(8, false, Ink)
	text := "[0.01, 0.02, 0.03] " + strings.Repeat("x", 80) + " end"
	for _, width := range []vg.Length{1, 40, 100, 1000} {
		lines := Wrap(s, text, width)
		for _, l := range lines {
			if Width(s, l) > width && len([]rune(l)) > 1 {
				t.Errorf("line %q is wider than %v", l, width)
			}
		}
		if got := strings.Join(lines, ""); strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(text, " ", "") {
			t.Errorf("width %v: text became %q", width, got)
		}
	}
}

// Texts from files never reach an output unescaped: control characters and bytes that
// are not UTF-8 are escaped. Characters that the font lacks are replaced and named,
// except in an SVG, which viewers show in their own fonts.
func TestHostileText(t *testing.T) {
	text := "a\x00b\x1b[31m\xff<&>\u202e\U0001f600中é"
	page := Page{Size: A4, Name: "name\x07", Draw: func(c draw.Canvas) {
		Write(c, Text(9, false, Ink), vg.Point{X: 40, Y: 700}, text)
	}}
	const shown, kept = `a\x00b\x1b[31m\xff<&>\u202e□□é`, `a\x00b\x1b[31m\xff<&>\u202e😀中é`
	var pdf, svg, png bytes.Buffer
	for _, write := range []func() ([]rune, error){
		func() ([]rune, error) { return WritePDF(t.Context(), &pdf, "title\x00", []Page{page}) },
		func() ([]rune, error) { return WritePNG(&png, page, 50) },
	} {
		missing, err := write()
		if err != nil || string(missing) != "中\U0001f600" {
			t.Errorf("missing characters %q, error %v", missing, err)
		}
	}
	if err := WriteSVG(&svg, page); err != nil {
		t.Fatal(err)
	}
	var parsed struct {
		Text []string `xml:"g>text"`
	}
	if err := xml.Unmarshal(svg.Bytes(), &parsed); err != nil || len(parsed.Text) != 1 || parsed.Text[0] != kept {
		t.Errorf("SVG has the texts %q, want %q; error %v", parsed.Text, kept, err)
	}
	if got := pdftest.Texts(pdftest.Contents(t, pdf.Bytes())[0]); len(got) != 1 || got[0] != shown {
		t.Errorf("PDF has the texts %q, want %q", got, shown)
	}
}

// The fonts have Latin with accents, Greek and Cyrillic.
func TestScripts(t *testing.T) {
	const words = "Łódź ñ ü ő Ångström ΑΒΓαβγΔθ½√ Ёлка →−≤≥"
	for _, style := range []text.Style{Text(9, false, Ink), Text(9, true, Ink), Monospaced(9, Ink)} {
		page := Page{Size: A4, Draw: func(c draw.Canvas) { Write(c, style, vg.Point{X: 40, Y: 700}, words) }}
		var pdf, png bytes.Buffer
		for _, write := range []func() ([]rune, error){
			func() ([]rune, error) { return WritePDF(t.Context(), &pdf, "", []Page{page}) },
			func() ([]rune, error) { return WritePNG(&png, page, 50) },
		} {
			if missing, err := write(); err != nil || len(missing) > 0 {
				t.Errorf("%s: missing characters %q, error %v", style.Font.Name(), missing, err)
			}
		}
		if got := pdftest.Texts(pdftest.Contents(t, pdf.Bytes())[0]); len(got) != 1 || got[0] != words {
			t.Errorf("%s: PDF has the texts %q, want %q", style.Font.Name(), got, words)
		}
	}
}

// TestWritePDFStops: a context that ends while a page is drawn ends the drawing.
func TestWritePDFStops(t *testing.T) {
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	drawn := 0
	page := Page{Size: A4, Draw: func(draw.Canvas) { drawn++; cancel(why) }}
	var out bytes.Buffer
	if _, err := WritePDF(ctx, &out, "", []Page{page, page, page}); !errors.Is(err, why) || drawn != 1 || out.Len() > 0 {
		t.Errorf("%v after %d pages, %d bytes", err, drawn, out.Len())
	}
}
