package canvas

import (
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

// PageSize is the size of a page.
type PageSize struct{ Width, Height vg.Length }

// The usual sizes of paper, upright.
var (
	A4     = PageSize{210 * vg.Millimeter, 297 * vg.Millimeter}
	Letter = PageSize{8.5 * vg.Inch, 11 * vg.Inch}
)
