package figure

import (
	"image"
	"math"

	"gridcells/pkg/canvas"
)

// A Map is a two-dimensional array of values in row-major order: value (i, j) is
// Values[i*Columns+j]. For ratemaps i counts bins along x and j along y, both
// from the lowest coordinate. For autocorrelograms i and j count lags, and lag zero
// is in the middle. NaN marks bins without data.
type Map struct {
	Rows, Columns int
	Values        []float64
	// Aspect is the length of a bin along y, in units of its length along x. 0 stands
	// for 1: bins are square.
	Aspect float64
}

// aspect is the length of a bin along y, in units of its length along x.
func (m Map) aspect() float64 {
	if m.Aspect == 0 {
		return 1
	}
	return m.Aspect
}

// At returns value (i, j).
func (m Map) At(i, j int) float64 { return m.Values[i*m.Columns+j] }

// Empty tells whether the map has no bins at all.
func (m Map) Empty() bool { return len(m.Values) == 0 }

// Range returns the lowest and the highest finite value. ok is false if no value is
// finite.
func (m Map) Range() (low, high float64, ok bool) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, v := range m.Values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		low, high = math.Min(low, v), math.Max(high, v)
	}
	return low, high, low <= high
}

// WithinLag returns a copy of an autocorrelogram in which lags longer than radius are
// NaN, in bins along x. At such lags the two copies of the map overlap too little for
// a correlation.
func (m Map) WithinLag(radius float64) Map {
	out := Map{Rows: m.Rows, Columns: m.Columns, Values: make([]float64, len(m.Values)), Aspect: m.Aspect}
	ci, cj := float64(m.Rows-1)/2, float64(m.Columns-1)/2
	for k, v := range m.Values {
		di, dj := float64(k/m.Columns)-ci, (float64(k%m.Columns)-cj)*m.aspect()
		if math.Sqrt(di*di+dj*dj) > radius {
			v = math.NaN()
		}
		out.Values[k] = v
	}
	return out
}

// Inner returns the part of an autocorrelogram whose lags are shorter than the
// shorter side of the ratemap, and the length of that side, in bins along x.
func (m Map) Inner() (inner Map, shorter float64) {
	nx, ny := (m.Rows+1)/2, (m.Columns+1)/2
	shorter = min(float64(nx), float64(ny)*m.aspect())
	const rounding = 1e-9
	lags := func(n int, of float64) int { return min(n, int(math.Ceil(of-rounding))) }
	x, y := lags(nx, shorter), lags(ny, shorter/m.aspect())
	if x == nx && y == ny {
		return m, shorter
	}
	inner = Map{Rows: 2*x - 1, Columns: 2*y - 1, Values: make([]float64, 0, (2*x-1)*(2*y-1)), Aspect: m.Aspect}
	for i := range inner.Rows {
		from := (nx-x+i)*m.Columns + ny - y
		inner.Values = append(inner.Values, m.Values[from:from+inner.Columns]...)
	}
	return inner, shorter
}

// Orientation is the direction of a map's axes on the page.
type Orientation int

const (
	// XRight draws x to the right and y upwards, as on a plan of the arena.
	XRight Orientation = iota
	// XDown draws x downwards and y to the right. Matplotlib's imshow draws such
	// an array in this way, and so do the figures of the original program.
	XDown
)

// picture draws the map, each bin as a square. The colours run from the map's lowest to
// its highest value; a constant map has the lowest colour, as in Matplotlib. Each
// bin is a block of pixels rather than one pixel, because many viewers smooth small
// pictures when they enlarge them, even if the PDF forbids it.
func (m Map) picture(colors *canvas.Colormap, o Orientation) *image.Paletted {
	const wanted = 160 // pixels a side, which are sharp in print at the sizes used here
	block := max(1, (wanted+max(m.Rows, m.Columns)-1)/max(m.Rows, m.Columns))
	across, down := m.Rows, m.Columns
	if o == XDown {
		across, down = m.Columns, m.Rows
	}
	img := image.NewPaletted(image.Rect(0, 0, across*block, down*block), colors.Palette())
	low, high, _ := m.Range()
	for r := range down {
		line := img.Pix[r*block*img.Stride : (r*block+1)*img.Stride]
		for c := range across {
			v := m.oriented(o, r, c)
			k := colors.Entry(v, low, high)
			for x := range block {
				line[c*block+x] = k
			}
		}
		for b := 1; b < block; b++ {
			copy(img.Pix[(r*block+b)*img.Stride:], line)
		}
	}
	return img
}

// oriented returns the value shown in row r from the top and column c.
func (m Map) oriented(o Orientation, r, c int) float64 {
	if o == XDown {
		return m.At(r, c)
	}
	return m.At(c, m.Columns-1-r)
}
