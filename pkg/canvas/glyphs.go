package canvas

import (
	"slices"
	"strings"

	"golang.org/x/image/font/sfnt"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"

	"gridcells/pkg/printable"
)

// missing stands in a text for a character that the font does not have. The font
// has it.
const missing = '□'

// checked is a canvas on which every text can be written. It makes control
// characters and bytes that are not UTF-8 visible as escapes such as \x1b. It
// replaces characters that the font does not have, and remembers them in absent;
// if that is nil, it leaves them as they are.
type checked struct {
	vg.Canvas
	page   PageSize
	absent map[rune]bool
	buffer sfnt.Buffer
}

// Size implements vg.CanvasSizer.
func (c *checked) Size() (w, h vg.Length) { return c.page.Width, c.page.Height }

// FillString implements vg.Canvas.
func (c *checked) FillString(face font.Face, p vg.Point, text string) {
	text = printable.Text(text)
	if c.absent == nil {
		c.Canvas.FillString(face, p, text)
		return
	}
	c.Canvas.FillString(face, p, strings.Map(func(r rune) rune {
		if i, err := face.Face.GlyphIndex(&c.buffer, r); err == nil && i != 0 {
			return r
		}
		c.absent[r] = true
		return missing
	}, text))
}

// missing lists the characters that were replaced.
func (c *checked) missing() []rune {
	var list []rune
	for r := range c.absent {
		list = append(list, r)
	}
	slices.Sort(list)
	return list
}
