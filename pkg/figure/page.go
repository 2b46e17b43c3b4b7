package figure

import (
	"errors"
	"fmt"
	"image/color"
	"io"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// A Page is a page or a single figure: its size and how to draw it.
type Page struct {
	Size PageSize
	// Name is the page's entry in the document's outline; pages without one
	// continue the page before.
	Name string
	Draw func(draw.Canvas)
}

// WritePDF writes pages as a PDF with vector text and lines. The same pages give
// the same bytes.
func WritePDF(w io.Writer, title string, pages []Page) error {
	doc := newDocument(title)
	for _, p := range pages {
		c := doc.page(p.Size.Width, p.Size.Height, p.Name)
		p.Draw(draw.NewCanvas(c, p.Size.Width, p.Size.Height))
	}
	if err := doc.writeTo(w); err != nil {
		return fmt.Errorf("write PDF: %w", err)
	}
	return nil
}

// WritePNG writes one page as a picture on white.
func WritePNG(w io.Writer, p Page, dotsPerInch int) error {
	c := vgimg.NewWith(
		vgimg.UseWH(p.Size.Width, p.Size.Height),
		vgimg.UseDPI(dotsPerInch),
		vgimg.UseBackgroundColor(color.White),
	)
	p.Draw(draw.New(c))
	if _, err := (vgimg.PngCanvas{Canvas: c}).WriteTo(w); err != nil {
		return fmt.Errorf("write PNG: %w", err)
	}
	return nil
}

// WriteSVG writes one page as an SVG. Texts stay texts in Liberation Sans, for
// which a viewer without it takes another font.
func WriteSVG(w io.Writer, p Page) error {
	c := vgsvg.New(p.Size.Width, p.Size.Height)
	p.Draw(draw.New(c))
	if _, err := c.WriteTo(w); err != nil {
		return fmt.Errorf("write SVG: %w", err)
	}
	return nil
}

const margin = 40 // points around what a page shows

// header writes a page's heading, and at its foot a key to the classes of units
// where they are known, and returns the part of the page below it.
func header(c draw.Canvas, title, note string, units []Unit) draw.Canvas {
	inner := draw.Crop(c, margin, -margin, margin, -margin)
	top := inner.Max.Y
	titleStyle := textStyle(14, true, ink)
	fillBaseline(c, titleStyle, vg.Point{X: inner.Min.X, Y: top - 12}, shorten(titleStyle, title, inner.Size().X))
	if note != "" {
		noteStyle := textStyle(7.5, false, softInk)
		fillBaseline(c, noteStyle, vg.Point{X: inner.Min.X, Y: top - 25}, shorten(noteStyle, note, inner.Size().X))
	}
	if classified(units) {
		// At the foot, above the page's number.
		classKey(inner, vg.Point{X: inner.Min.X, Y: c.Min.Y + 29}, units)
	}
	line(c, hairline, 0.5, inner.Min.X, top-31, inner.Max.X, top-31)
	return draw.Crop(inner, 0, 0, 0, -38)
}

// layerTitle is a page's title that names a layer, whose name is cut where the
// title does not fit.
func layerTitle(size PageSize, layer, rest string) string {
	style := textStyle(14, true, ink)
	return shorten(style, layer, size.Width-2*margin-textWidth(style, rest)) + rest
}

// A Part is a part of a report.
type Part string

// The parts of a report, in their usual order. Overview is an alternative to
// Units, see [Report.OverviewPages].
const (
	Summary    Part = "summary"
	Units      Part = "units"
	Overview   Part = "overview"
	Training   Part = "training"
	Directions Part = "directions"
	Borders    Part = "borders"
	Provenance Part = "provenance"
)

// Parts lists all parts.
func Parts() []Part {
	return []Part{Summary, Training, Units, Overview, Directions, Borders, Provenance}
}

// Pages returns the pages of the parts asked for, numbered through. Overview
// pages are as large as they need to be, the others of the given size.
func (r *Report) Pages(size PageSize, parts ...Part) ([]Page, error) {
	var pages []Page
	for _, part := range parts {
		switch part {
		case Summary:
			pages = append(pages, r.SummaryPage(size))
		case Units:
			pages = append(pages, r.UnitPages(size)...)
		case Overview:
			pages = append(pages, r.OverviewPages()...)
		case Training:
			pages = append(pages, r.TrainingPages(size)...)
		case Borders:
			pages = append(pages, r.BorderPages(size)...)
		case Directions:
			pages = append(pages, r.DirectionPages(size)...)
		case Provenance:
			pages = append(pages, r.ProvenancePages(size)...)
		default:
			return nil, fmt.Errorf("a report has no part %q", part)
		}
	}
	if len(pages) == 0 {
		return nil, errors.New("no pages: the input has nothing of what was asked for")
	}
	return numbered(pages), nil
}

// numbered adds "page of pages" at the foot of each page.
func numbered(pages []Page) []Page {
	for i := range pages {
		body := pages[i].Draw
		pages[i].Draw = func(c draw.Canvas) {
			body(c)
			style := aligned(textStyle(7.5, false, softInk), draw.XCenter, draw.YBottom)
			middle := (c.Min.X + c.Max.X) / 2
			fillBaseline(c, style, vg.Point{X: middle, Y: c.Min.Y + margin/2}, fmt.Sprintf("%d / %d", i+1, len(pages)))
		}
	}
	return pages
}
