package canvas

import (
	"context"
	"fmt"
	"image/color"
	"io"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"gridcells/pkg/printable"
)

// PageSize is the size of a page.
type PageSize struct{ Width, Height vg.Length }

// The usual sizes of paper, upright.
var (
	A4     = PageSize{210 * vg.Millimeter, 297 * vg.Millimeter}
	Letter = PageSize{8.5 * vg.Inch, 11 * vg.Inch}
)

// A Page is a page or a single figure: its size and how to draw it.
type Page struct {
	Size PageSize
	// Name is the page's entry in the document's outline. A page without a name
	// continues the page before.
	Name string
	Draw func(draw.Canvas)
}

// WritePDF writes pages as a PDF with vector text and lines. The same pages give
// the same bytes. WritePDF, WritePNG and WriteGIF return the characters that the
// fonts do not have, such as Chinese ones; the pages show □ in their place.
// WritePDF draws no further page once the context has ended, and returns the cause.
func WritePDF(ctx context.Context, w io.Writer, title string, pages []Page) (missing []rune, err error) {
	doc := newDocument(printable.Text(title))
	absent := map[rune]bool{}
	for _, p := range pages {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		c := doc.page(p.Size.Width, p.Size.Height, printable.Text(p.Name))
		missing = p.draw(c, absent)
	}
	if err := doc.writeTo(w); err != nil {
		return nil, fmt.Errorf("write PDF: %w", err)
	}
	return missing, nil
}

// draw draws the page. It returns the characters that the fonts lacked on this page
// or on an earlier one.
func (p Page) draw(on vg.Canvas, absent map[rune]bool) []rune {
	c := &checked{Canvas: on, page: p.Size, absent: absent}
	p.Draw(draw.New(c))
	return c.missing()
}

// WritePNG writes one page as a picture on white.
func WritePNG(w io.Writer, p Page, dotsPerInch int) (missing []rune, err error) {
	c := vgimg.NewWith(
		vgimg.UseWH(p.Size.Width, p.Size.Height),
		vgimg.UseDPI(dotsPerInch),
		vgimg.UseBackgroundColor(color.White),
	)
	missing = p.draw(c, map[rune]bool{})
	if _, err := (vgimg.PngCanvas{Canvas: c}).WriteTo(w); err != nil {
		return nil, fmt.Errorf("write PNG: %w", err)
	}
	return missing, nil
}

// WriteSVG writes one page as an SVG. Texts stay texts in Liberation Sans. A viewer
// that lacks this font shows another one, and takes characters of other scripts
// from the fonts that it has.
func WriteSVG(w io.Writer, p Page) error {
	c := vgsvg.New(p.Size.Width, p.Size.Height)
	p.Draw(draw.New(&checked{Canvas: c, page: p.Size}))
	if _, err := c.WriteTo(w); err != nil {
		return fmt.Errorf("write SVG: %w", err)
	}
	return nil
}
