package canvas

import (
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Colormap gives each value of a map a colour. It holds 256 colours, which are
// Matplotlib's for the map of the same name.
type Colormap struct {
	name   string
	colors [256]color.RGBA
}

// index returns the number of the colour of t, which runs from 0 for the lowest
// value to 1 for the highest. Values outside have the colour of the nearer end.
func (m *Colormap) index(t float64) uint8 {
	return uint8(math.Min(math.Max(t*256, 0), 255))
}

// At returns the colour of t in [0, 1]. Values outside have the colour of the
// nearer end. NaN is fully transparent.
func (m *Colormap) At(t float64) color.RGBA {
	if math.IsNaN(t) {
		return color.RGBA{}
	}
	return m.colors[m.index(t)]
}

// colormaps lists the colour maps in the order of the help texts. The map of the
// released program's figures is the first. In the others equal steps look equally
// large. Cividis looks nearly the same to people with and without a colour-vision
// deficiency. No map has white, which marks bins without data.
var colormaps = []*Colormap{
	piecewiseColormap("jet", jetRed, jetGreen, jetBlue),
	tabledColormap("viridis", viridisTable),
	tabledColormap("cividis", cividisTable),
	tabledColormap("inferno", infernoTable),
	tabledColormap("magma", magmaTable),
	tabledColormap("plasma", plasmaTable),
}

// ColormapNames lists the names that [ColormapByName] knows.
func ColormapNames() []string {
	names := make([]string, len(colormaps))
	for i, m := range colormaps {
		names[i] = m.name
	}
	return names
}

// ColormapByName returns the map of that name. If there is none, its error lists all
// names.
func ColormapByName(name string) (*Colormap, error) {
	i := slices.IndexFunc(colormaps, func(m *Colormap) bool { return m.name == name })
	if i < 0 {
		return nil, fmt.Errorf("unknown colour map %q (known: %s)", name, strings.Join(ColormapNames(), ", "))
	}
	return colormaps[i], nil
}

// Jet returns the map of the original figures.
func Jet() *Colormap { return colormaps[0] }

// Viridis returns a map whose steps look equally large everywhere.
func Viridis() *Colormap { return colormaps[1] }

func tabledColormap(name, table string) *Colormap {
	rgb, err := hex.DecodeString(table)
	if err != nil || len(rgb) != 3*256 {
		panic("canvas: bad table of colour map " + name)
	}
	m := &Colormap{name: name}
	for i := range m.colors {
		m.colors[i] = color.RGBA{rgb[3*i], rgb[3*i+1], rgb[3*i+2], 255}
	}
	return m
}

// corners of a piecewise linear channel: position and value, from 0 to 1.
type corners [][2]float64

func piecewiseColormap(name string, red, green, blue corners) *Colormap {
	m := &Colormap{name: name}
	for i := range m.colors {
		m.colors[i] = color.RGBA{red.at(i), green.at(i), blue.at(i), 255}
	}
	return m
}

// at returns entry i of 256. Matplotlib truncates the value to a whole number, so
// its last bit matters. Therefore the operations are in the order of Matplotlib's.
func (c corners) at(i int) uint8 {
	x := 255 * (float64(i) * (1.0 / 255))
	for k := 1; k < len(c); k++ {
		x0, x1 := 255*c[k-1][0], 255*c[k][0]
		if x <= x1 {
			y0, y1 := c[k-1][1], c[k][1]
			return uint8(255 * ((x-x0)/(x1-x0)*(y1-y0) + y0))
		}
	}
	return uint8(255 * c[len(c)-1][1])
}

var (
	jetRed   = corners{{0, 0}, {0.35, 0}, {0.66, 1}, {0.89, 1}, {1, 0.5}}
	jetGreen = corners{{0, 0}, {0.125, 0}, {0.375, 1}, {0.64, 1}, {0.91, 0}, {1, 0}}
	jetBlue  = corners{{0, 0.5}, {0.11, 1}, {0.34, 1}, {0.65, 0}, {1, 0}}
)

// blank is the palette entry of bins without data.
const blank = 255

// Palette returns the colours of values, and white for bins without data. The two
// highest colours share an entry, so that white is the last of 256.
func (m *Colormap) Palette() color.Palette {
	p := make(color.Palette, 256)
	for i := range blank {
		p[i] = m.colors[i]
	}
	p[blank-1] = m.colors[255]
	p[blank] = color.RGBA{255, 255, 255, 255}
	return p
}

// Entry returns the palette entry of a value between low and high.
func (m *Colormap) Entry(v, low, high float64) uint8 {
	switch {
	case math.IsNaN(v):
		return blank
	case high > low:
		v = (v - low) / (high - low)
	case v <= low:
		v = 0
	}
	return min(m.index(v), blank-1)
}

// ColorBar draws the colours of a map from the lowest at the left to the highest
// at the right.
func ColorBar(c draw.Canvas, where vg.Rectangle, m *Colormap) {
	img := image.NewRGBA(image.Rect(0, 0, len(m.colors), 1))
	for i, clr := range m.colors {
		img.SetRGBA(i, 0, clr)
	}
	c.DrawImage(where, img)
}
