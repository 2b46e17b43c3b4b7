package figure

import (
	"image/color"
	"strings"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The colours are Okabe and Ito's, which people with colour-vision deficiencies
// tell apart, and greys. Green and purple are darker than theirs, so that text
// can have them.
var (
	ink        = color.NRGBA{0x22, 0x22, 0x22, 0xff}
	softInk    = color.NRGBA{0x66, 0x66, 0x66, 0xff}
	hairline   = color.NRGBA{0xbb, 0xbb, 0xbb, 0xff}
	blue       = color.NRGBA{0x00, 0x72, 0xb2, 0xff}
	palestBlue = color.NRGBA{0xd8, 0xe9, 0xf4, 0xff}
	paleBlue   = color.NRGBA{0xa9, 0xcf, 0xe6, 0xff}
	vermillion = color.NRGBA{0xd5, 0x5e, 0x00, 0xff}
	green      = color.NRGBA{0x00, 0x85, 0x63, 0xff}
	purple     = color.NRGBA{0xaa, 0x33, 0x77, 0xff}
	grey       = color.NRGBA{0xb0, 0xb0, 0xb0, 0xff}
)

// textStyle returns the style of text in Liberation Sans, whose letters are as
// wide as Helvetica's and Arial's.
func textStyle(size vg.Length, bold bool, clr color.Color) text.Style {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
	if bold {
		f.Weight = xfont.WeightBold
	}
	return text.Style{Color: clr, Font: f, Handler: text.Plain{Fonts: font.DefaultCache}, YAlign: text.YBottom}
}

// monospaced returns the style of text in Liberation Mono.
func monospaced(size vg.Length, clr color.Color) text.Style {
	s := textStyle(size, false, clr)
	s.Font.Variant = "Mono"
	return s
}

func aligned(s text.Style, x text.XAlignment, y text.YAlignment) text.Style {
	s.XAlign, s.YAlign = x, y
	return s
}

func textWidth(s text.Style, txt string) vg.Length {
	face := font.DefaultCache.Lookup(s.Font, s.Font.Size)
	return face.Width(txt)
}

// fillBaseline writes text with the left end of its baseline at p, which unlike
// draw.Canvas.FillText does not depend on which letters the text has.
func fillBaseline(c draw.Canvas, s text.Style, p vg.Point, txt string) {
	face := font.DefaultCache.Lookup(s.Font, s.Font.Size)
	p.X += vg.Length(s.XAlign) * face.Width(txt)
	c.SetColor(s.Color)
	c.FillString(face, p, txt)
}

// shorten cuts text to a width, marking the cut by an ellipsis.
func shorten(s text.Style, txt string, width vg.Length) string {
	if textWidth(s, txt) <= width {
		return txt
	}
	runes := []rune(txt)
	for n := len(runes) - 1; n > 0; n-- {
		if cut := strings.TrimRight(string(runes[:n]), " ") + "…"; textWidth(s, cut) <= width {
			return cut
		}
	}
	return "…"
}

// wrap breaks text into lines no wider than width, at spaces and, within words
// that are too long, anywhere.
func wrap(s text.Style, txt string, width vg.Length) []string {
	var lines []string
	line := ""
	for _, word := range words(txt) {
		if joined := strings.TrimLeft(line+" "+word, " "); textWidth(s, joined) <= width {
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

// words parts text at spaces, but for those between a number and its unit.
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

// breakWord returns the full lines that a word takes and what is left of it.
func breakWord(s text.Style, word string, width vg.Length) (lines []string, rest string) {
	runes := []rune(word)
	for len(runes) > 0 && textWidth(s, string(runes)) > width {
		n := 1
		for n+1 < len(runes) && textWidth(s, string(runes[:n+1])) <= width {
			n++
		}
		lines, runes = append(lines, string(runes[:n])), runes[n:]
	}
	return lines, string(runes)
}

func line(c draw.Canvas, clr color.Color, width vg.Length, x0, y0, x1, y1 vg.Length) {
	c.StrokeLine2(draw.LineStyle{Color: clr, Width: width}, x0, y0, x1, y1)
}

func rectangle(x, y, w, h vg.Length) vg.Rectangle {
	return vg.Rectangle{Min: vg.Point{X: x, Y: y}, Max: vg.Point{X: x + w, Y: y + h}}
}
