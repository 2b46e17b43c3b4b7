package canvas

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"io"
	"math"

	"gonum.org/v1/plot/vg/vgimg"
)

// WriteGIF writes pages of one size as a moving picture, which repeats without end.
// Each page is shown for the given time (s), and the last one three times as long. A
// GIF has 256 colours. Most of them are those of the colour map of the pages' maps.
func WriteGIF(w io.Writer, pages []Page, dotsPerInch int, seconds float64, maps *Colormap) (missing []rune, err error) {
	if len(pages) == 0 {
		return nil, errors.New("write GIF: no picture")
	}
	nearest := finder{palette: animationPalette(maps), found: map[color.RGBA]uint8{}}
	delay := max(1, int(math.Round(100*seconds))) // hundredths of a second
	var g gif.GIF
	absent := map[rune]bool{}
	for _, p := range pages {
		c := vgimg.NewWith(vgimg.UseWH(p.Size.Width, p.Size.Height), vgimg.UseDPI(dotsPerInch), vgimg.UseBackgroundColor(color.White))
		missing = p.draw(c, absent)
		g.Image = append(g.Image, nearest.paletted(c.Image()))
		g.Delay = append(g.Delay, delay)
	}
	g.Delay[len(g.Delay)-1] *= 3
	if err := gif.EncodeAll(w, &g); err != nil {
		return nil, fmt.Errorf("write GIF: %w", err)
	}
	return missing, nil
}

// animationPalette returns 256 colours: those of the maps, greys for text and
// lines, and the colours of classes in steps to white.
func animationPalette(maps *Colormap) color.Palette {
	const ofMap, greys = 160, 32
	var p color.Palette
	for i := range ofMap {
		p = append(p, maps.colors[i*255/(ofMap-1)])
	}
	for i := range greys {
		p = append(p, color.Gray{uint8(i * 255 / (greys - 1))})
	}
	hues := []color.NRGBA{Ink, Blue, Vermillion, Green, Purple, Grey, PaleBlue, PalestBlue}
	for _, hue := range hues {
		for step := range (256 - ofMap - greys) / len(hues) {
			hue.A = uint8(255 - 32*step)
			p = append(p, opaque(hue))
		}
	}
	return p
}

// finder finds the nearest colours of a palette.
type finder struct {
	palette color.Palette
	found   map[color.RGBA]uint8
}

func (f *finder) paletted(img image.Image) *image.Paletted {
	b := img.Bounds()
	out := image.NewPaletted(b, f.palette)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			clr := color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)
			k, ok := f.found[clr]
			if !ok {
				k = uint8(f.palette.Index(clr))
				f.found[clr] = k
			}
			out.SetColorIndex(x, y, k)
		}
	}
	return out
}
