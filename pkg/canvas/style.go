package canvas

import (
	"image/color"
	"strings"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The colours are Okabe and Ito's, which people with colour-vision deficiencies
// tell apart, and greys. Green and purple are darker than theirs, so that text
// can have them.
var (
	Ink        = color.NRGBA{0x22, 0x22, 0x22, 0xff}
	SoftInk    = color.NRGBA{0x66, 0x66, 0x66, 0xff}
	Hairline   = color.NRGBA{0xbb, 0xbb, 0xbb, 0xff}
	Blue       = color.NRGBA{0x00, 0x72, 0xb2, 0xff}
	PalestBlue = color.NRGBA{0xd8, 0xe9, 0xf4, 0xff}
	PaleBlue   = color.NRGBA{0xa9, 0xcf, 0xe6, 0xff}
	Vermillion = color.NRGBA{0xd5, 0x5e, 0x00, 0xff}
	Green      = color.NRGBA{0x00, 0x85, 0x63, 0xff}
	Purple     = color.NRGBA{0xaa, 0x33, 0x77, 0xff}
	Grey       = color.NRGBA{0xb0, 0xb0, 0xb0, 0xff}
)

// fonts are the typefaces that texts can have.
var fonts = font.NewCache(liberation.Collection())

// Text returns the style of text in Liberation Sans, whose letters are as
// wide as Helvetica's and Arial's.
func Text(size vg.Length, bold bool, clr color.Color) text.Style {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
	if bold {
		f.Weight = xfont.WeightBold
	}
	return text.Style{Color: clr, Font: f, Handler: text.Plain{Fonts: fonts}, YAlign: text.YBottom}
}

// Monospaced returns the style of text in Liberation Mono.
func Monospaced(size vg.Length, clr color.Color) text.Style {
	s := Text(size, false, clr)
	s.Font.Variant = "Mono"
	return s
}

func Align(s text.Style, x text.XAlignment, y text.YAlignment) text.Style {
	s.XAlign, s.YAlign = x, y
	return s
}

func Width(s text.Style, txt string) vg.Length {
	face := fonts.Lookup(s.Font, s.Font.Size)
	return face.Width(txt)
}

// Write writes text with the left end of its baseline at p. Unlike that of
// draw.Canvas.FillText, the height does not depend on the letters of the text.
func Write(c draw.Canvas, s text.Style, p vg.Point, txt string) {
	face := fonts.Lookup(s.Font, s.Font.Size)
	p.X += vg.Length(s.XAlign) * face.Width(txt)
	c.SetColor(s.Color)
	c.FillString(face, p, txt)
}

// Shorten cuts text to a width. An ellipsis marks the cut.
func Shorten(s text.Style, txt string, width vg.Length) string {
	if Width(s, txt) <= width {
		return txt
	}
	runes := []rune(txt)
	for n := len(runes) - 1; n > 0; n-- {
		if cut := strings.TrimRight(string(runes[:n]), " ") + "…"; Width(s, cut) <= width {
			return cut
		}
	}
	return "…"
}

// Wrap breaks text at spaces into lines that are no wider than width. It breaks a
// word that is too long anywhere.
func Wrap(s text.Style, txt string, width vg.Length) []string {
	var lines []string
	line := ""
	for _, word := range words(txt) {
		if joined := strings.TrimLeft(line+" "+word, " "); Width(s, joined) <= width {
			line = joined
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		var whole []string
		whole, line = breakWord(s, word, width)
		lines = append(lines, whole...)
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// words divides text at spaces, except between a number and its unit.
func words(txt string) []string {
	var list []string
	for _, word := range strings.Fields(txt) {
		switch strings.TrimRight(word, ".,;)") {
		case "%", "s", "cm", "m":
			if n := len(list); n > 0 {
				list[n-1] += " " + word
				continue
			}
		}
		list = append(list, word)
	}
	return list
}

// breakWord returns the full lines that a long word fills, and the rest of the word.
func breakWord(s text.Style, word string, width vg.Length) (lines []string, rest string) {
	runes := []rune(word)
	for len(runes) > 0 && Width(s, string(runes)) > width {
		n := 1
		for n+1 < len(runes) && Width(s, string(runes[:n+1])) <= width {
			n++
		}
		lines, runes = append(lines, string(runes[:n])), runes[n:]
	}
	return lines, string(runes)
}

// Line draws a straight line.
func Line(c draw.Canvas, style draw.LineStyle, from, to vg.Point) {
	c.StrokeLine2(style, from.X, from.Y, to.X, to.Y)
}

func Rectangle(x, y, w, h vg.Length) vg.Rectangle {
	return vg.Rectangle{Min: vg.Point{X: x, Y: y}, Max: vg.Point{X: x + w, Y: y + h}}
}
