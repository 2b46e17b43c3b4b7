package canvas

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"codeberg.org/go-pdf/fpdf"
	"github.com/klauspost/compress/zlib"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// A document is a PDF that is being written. The same pages must give the same
// bytes. gonum's own PDF canvas writes the date, and fpdf writes its images in a
// random order. Therefore the canvas here writes pictures into the pages itself.
type document struct {
	pdf      *fpdf.Fpdf
	fonts    map[string]bool
	pictures pictureEncoder
}

func newDocument(title string) *document {
	pdf := fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt"})
	epoch := time.Unix(0, 0).UTC()
	pdf.SetCreationDate(epoch)
	pdf.SetModificationDate(epoch)
	pdf.SetCatalogSort(true)
	pdf.SetMargins(0, 0, 0)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetTitle(title, true)
	pdf.SetProducer("gridcells", true)
	return &document{pdf: pdf, fonts: map[string]bool{}}
}

// page begins a page and returns the canvas for it. The canvas must not be used
// after the next page has begun.
func (d *document) page(width, height vg.Length, bookmark string) *pdfCanvas {
	d.pdf.AddPageFormat("P", fpdf.SizeType{Wd: width.Points(), Ht: height.Points()})
	if bookmark != "" {
		d.pdf.Bookmark(bookmark, 0, 0)
	}
	c := &pdfCanvas{document: d, width: width, height: height}
	c.state = pdfState{transform: identity, color: color.Black, lineWidth: 1}
	c.written = pdfState{lineWidth: -1}
	return c
}

func (d *document) writeTo(w io.Writer) error {
	d.pdf.Close()
	return d.pdf.Output(w)
}

// affine maps (x, y) to (a·x + c·y + e, b·x + d·y + f), as PDF's matrices do.
type affine struct{ a, b, c, d, e, f float64 }

var identity = affine{a: 1, d: 1}

func (t affine) apply(p vg.Point) (x, y float64) {
	px, py := p.X.Points(), p.Y.Points()
	return t.a*px + t.c*py + t.e, t.b*px + t.d*py + t.f
}

// then returns the transform that does inner first and t after it.
func (t affine) then(inner affine) affine {
	return affine{
		a: t.a*inner.a + t.c*inner.b,
		b: t.b*inner.a + t.d*inner.b,
		c: t.a*inner.c + t.c*inner.d,
		d: t.b*inner.c + t.d*inner.d,
		e: t.a*inner.e + t.c*inner.f + t.e,
		f: t.b*inner.e + t.d*inner.f + t.f,
	}
}

// scale returns the factor by which the transform lengthens lines, on average.
func (t affine) scale() float64 { return math.Sqrt(math.Abs(t.a*t.d - t.b*t.c)) }

// pdfState is the state of the canvas that Push saves.
type pdfState struct {
	transform  affine
	color      color.Color
	lineWidth  vg.Length
	dashes     []vg.Length
	dashOffset vg.Length
}

// pdfCanvas implements vg.Canvas on a page. It transforms points itself and writes
// state only if it changes. Therefore a page of a thousand small figures is a small
// file.
type pdfCanvas struct {
	*document
	width, height vg.Length
	state         pdfState
	stack         []pdfState

	// The state that the operators on the page have set.
	written     pdfState
	writtenFont string
	writtenSize float64
	fillSet     bool
	strokeSet   bool
	fill        color.NRGBA
	stroke      color.NRGBA
}

// Size implements vg.CanvasSizer.
func (c *pdfCanvas) Size() (w, h vg.Length) { return c.width, c.height }

// SetLineWidth implements vg.Canvas.
func (c *pdfCanvas) SetLineWidth(w vg.Length) { c.state.lineWidth = w }

// SetLineDash implements vg.Canvas.
func (c *pdfCanvas) SetLineDash(dashes []vg.Length, offset vg.Length) {
	c.state.dashes, c.state.dashOffset = dashes, offset
}

// SetColor implements vg.Canvas.
func (c *pdfCanvas) SetColor(clr color.Color) {
	if clr == nil {
		clr = color.Black
	}
	c.state.color = clr
}

// Rotate implements vg.Canvas.
func (c *pdfCanvas) Rotate(rad float64) {
	s, cos := math.Sincos(rad)
	c.state.transform = c.state.transform.then(affine{a: cos, b: s, c: -s, d: cos})
}

// Translate implements vg.Canvas.
func (c *pdfCanvas) Translate(p vg.Point) {
	c.state.transform = c.state.transform.then(affine{a: 1, d: 1, e: p.X.Points(), f: p.Y.Points()})
}

// Scale implements vg.Canvas.
func (c *pdfCanvas) Scale(x, y float64) {
	c.state.transform = c.state.transform.then(affine{a: x, d: y})
}

// Push implements vg.Canvas.
func (c *pdfCanvas) Push() { c.stack = append(c.stack, c.state) }

// Pop implements vg.Canvas.
func (c *pdfCanvas) Pop() {
	c.state = c.stack[len(c.stack)-1]
	c.stack = c.stack[:len(c.stack)-1]
}

// Stroke implements vg.Canvas.
func (c *pdfCanvas) Stroke(p vg.Path) {
	if c.state.lineWidth <= 0 {
		return
	}
	c.useStroke()
	c.pdf.RawWriteStr(c.path(p) + "S")
}

// Fill implements vg.Canvas.
func (c *pdfCanvas) Fill(p vg.Path) {
	c.useFill()
	c.pdf.RawWriteStr(c.path(p) + "f")
}

// opaque returns a colour as it looks on white paper, because some printers and
// journals refuse files with transparency.
func opaque(clr color.Color) color.NRGBA {
	n := color.NRGBAModel.Convert(clr).(color.NRGBA)
	over := func(v uint8) uint8 {
		return uint8((int(v)*int(n.A) + 255*(255-int(n.A)) + 127) / 255)
	}
	return color.NRGBA{over(n.R), over(n.G), over(n.B), 255}
}

func (c *pdfCanvas) useFill() {
	n := opaque(c.state.color)
	if c.fillSet && n == c.fill {
		return
	}
	c.pdf.SetFillColor(int(n.R), int(n.G), int(n.B))
	// If the colour of text is that of the fill, fpdf writes no operators for it.
	c.pdf.SetTextColor(int(n.R), int(n.G), int(n.B))
	c.fill, c.fillSet = n, true
}

func (c *pdfCanvas) useStroke() {
	if n := opaque(c.state.color); !c.strokeSet || n != c.stroke {
		c.pdf.SetDrawColor(int(n.R), int(n.G), int(n.B))
		c.stroke, c.strokeSet = n, true
	}
	scale := c.state.transform.scale()
	if w := c.state.lineWidth * vg.Length(scale); w != c.written.lineWidth {
		c.pdf.RawWriteStr(number(w.Points()) + " w")
		c.written.lineWidth = w
	}
	if !sameDashes(c.state, c.written) {
		c.pdf.RawWriteStr(dashOperator(c.state, scale))
		c.written.dashes, c.written.dashOffset = c.state.dashes, c.state.dashOffset
	}
}

func sameDashes(a, b pdfState) bool {
	if len(a.dashes) != len(b.dashes) || a.dashOffset != b.dashOffset {
		return false
	}
	for i := range a.dashes {
		if a.dashes[i] != b.dashes[i] {
			return false
		}
	}
	return true
}

func dashOperator(s pdfState, scale float64) string {
	b := []byte{'['}
	for _, d := range s.dashes {
		b = append(appendNumber(b, d.Points()*scale), ' ')
	}
	return string(appendNumber(append(b, ']', ' '), s.dashOffset.Points()*scale)) + " d"
}

// path returns the operators that build a path, each with a space after it.
func (c *pdfCanvas) path(p vg.Path) string {
	b := pathBuilder{transform: c.state.transform}
	for _, comp := range p {
		switch comp.Type {
		case vg.MoveComp:
			b.point(comp.Pos, "m")
		case vg.LineComp:
			b.point(comp.Pos, "l")
		case vg.ArcComp:
			b.arc(comp)
		case vg.CurveComp:
			b.curve(comp)
		case vg.CloseComp:
			b.text = append(b.text, "h "...)
		}
	}
	return string(b.text)
}

type pathBuilder struct {
	transform affine
	text      []byte
	last      vg.Point
}

func (b *pathBuilder) coordinates(p vg.Point) {
	x, y := b.transform.apply(p)
	b.text = append(appendNumber(append(appendNumber(b.text, x), ' '), y), ' ')
	b.last = p
}

func (b *pathBuilder) point(p vg.Point, operator string) {
	b.coordinates(p)
	b.text = append(append(b.text, operator...), ' ')
}

func (b *pathBuilder) curve(comp vg.PathComp) {
	first, second := b.last, b.last
	switch len(comp.Control) {
	case 1: // a quadratic curve, raised to a cubic one
		q := comp.Control[0]
		first = between(b.last, q, 2.0/3)
		second = between(comp.Pos, q, 2.0/3)
	case 2:
		first, second = comp.Control[0], comp.Control[1]
	}
	b.coordinates(first)
	b.coordinates(second)
	b.point(comp.Pos, "c")
}

func between(p, q vg.Point, t float64) vg.Point {
	return p.Add(q.Sub(p).Scale(vg.Length(t)))
}

// arc draws an arc as cubic curves of at most a quarter turn each. They are within
// 0.03 % of a circle. If the path has begun, a line leads to the start of the arc.
func (b *pathBuilder) arc(comp vg.PathComp) {
	at := func(angle float64) (p, tangent vg.Point) {
		sin, cos := math.Sincos(angle)
		r := comp.Radius
		p = vg.Point{X: comp.Pos.X + r*vg.Length(cos), Y: comp.Pos.Y + r*vg.Length(sin)}
		return p, vg.Point{X: -r * vg.Length(sin), Y: r * vg.Length(cos)}
	}
	p, tangent := at(comp.Start)
	if len(b.text) == 0 {
		b.point(p, "m")
	} else {
		b.point(p, "l")
	}
	n := int(math.Ceil(math.Abs(comp.Angle)/(math.Pi/2) - 1e-9))
	step := comp.Angle / float64(max(n, 1))
	k := vg.Length(4.0 / 3 * math.Tan(step/4))
	for i := 1; i <= n; i++ {
		q, next := at(comp.Start + float64(i)*step)
		b.coordinates(p.Add(tangent.Scale(k)))
		b.coordinates(q.Sub(next.Scale(k)))
		b.point(q, "c")
		p, tangent = q, next
	}
}

// appendNumber appends a coordinate, rounded to a hundredth of a point.
func appendNumber(b []byte, v float64) []byte {
	v = math.Round(v*100) / 100
	if v == 0 {
		v = 0 // never "-0"
	}
	return strconv.AppendFloat(b, v, 'f', -1, 64)
}

func number(v float64) string { return string(appendNumber(nil, v)) }

// FillString implements vg.Canvas. The text stays text, so that a reader can search
// and copy it. The glyphs that are used are embedded.
func (c *pdfCanvas) FillString(face font.Face, p vg.Point, text string) {
	text = strings.Map(writable, text)
	if face.Font.Size == 0 || text == "" {
		return
	}
	t := c.state.transform
	scale := t.scale()
	if scale == 0 {
		return
	}
	c.useFont(face, face.Font.Size.Points()*scale)
	c.useFill()
	x, y := t.apply(p)
	h := c.height.Points()
	if t.b == 0 && t.c == 0 && t.a > 0 && t.d > 0 {
		c.pdf.Text(x, h-y, text)
		return
	}
	turned := fmt.Sprintf("q %.5f %.5f %.5f %.5f %s %s cm", t.a/scale, t.b/scale, t.c/scale, t.d/scale, number(x), number(y))
	c.pdf.RawWriteStr(turned)
	c.pdf.Text(0, h, text)
	c.pdf.RawWriteStr("Q")
}

// writable replaces characters that fpdf cannot write. It numbers glyphs by
// two-byte characters.
func writable(r rune) rune {
	if r < ' ' || r > 0xfffd || r == utf8.RuneError {
		return '?'
	}
	return r
}

func (c *pdfCanvas) useFont(face font.Face, size float64) {
	name := face.Name()
	if !c.fonts[name] {
		var ttf bytes.Buffer
		if _, err := face.Face.WriteSourceTo(nil, &ttf); err != nil {
			c.pdf.SetError(fmt.Errorf("font %s: %w", name, err))
			return
		}
		c.pdf.AddUTF8FontFromBytes(name, "", ttf.Bytes())
		c.fonts[name] = true
	}
	if name != c.writtenFont || size != c.writtenSize {
		c.pdf.SetFont(name, "", size)
		c.writtenFont, c.writtenSize = name, size
	}
}

// DrawImage implements vg.Canvas. The picture goes into the page as an inline
// image; see [document] for the reason.
func (c *pdfCanvas) DrawImage(rect vg.Rectangle, img image.Image) {
	data, err := c.pictures.encode(img)
	if err != nil {
		c.pdf.SetError(fmt.Errorf("picture: %w", err))
		return
	}
	size := rect.Size()
	t := c.state.transform.then(affine{
		a: size.X.Points(), d: size.Y.Points(), e: rect.Min.X.Points(), f: rect.Min.Y.Points(),
	})
	c.pdf.RawWriteStr(fmt.Sprintf("q %s %s %s %s %s %s cm BI /W %d /H %d /BPC 8 /CS /RGB /F [/AHx /Fl] ID\n%s\nEI Q",
		number(t.a), number(t.b), number(t.c), number(t.d), number(t.e), number(t.f),
		img.Bounds().Dx(), img.Bounds().Dy(), data))
}

// pictureEncoder turns pictures into text for a page. It keeps its working memory, which
// takes longer to clear than a picture takes to deflate.
type pictureEncoder struct {
	samples  []byte
	text     bytes.Buffer
	deflater *zlib.Writer // nil before the first picture
}

// encode deflates a picture's samples and writes them in hexadecimal digits. Readers
// look for the letters EI to find the end of the picture, and some look before they
// have decoded all of it. Hexadecimal digits have no I. They take more space, but the
// page is deflated again, which saves this space. The text is valid until the next
// call.
func (e *pictureEncoder) encode(img image.Image) ([]byte, error) {
	e.samples = appendRGB(e.samples[:0], img)
	e.text.Reset()
	digits := hex.NewEncoder(&e.text)
	if e.deflater == nil {
		var err error
		if e.deflater, err = zlib.NewWriterLevel(digits, zlib.DefaultCompression); err != nil {
			return nil, err
		}
	} else {
		e.deflater.Reset(digits)
	}
	if _, err := e.deflater.Write(e.samples); err != nil {
		return nil, err
	}
	if err := e.deflater.Close(); err != nil {
		return nil, err
	}
	e.text.WriteByte('>')
	return e.text.Bytes(), nil
}

// appendRGB appends a picture's colours row by row from the top, three bytes
// each. A palette would save a third, but some tools, such as pdfcpu 0.15, cannot
// read an inline image with a palette.
func appendRGB(samples []byte, img image.Image) []byte {
	b := img.Bounds()
	samples = slices.Grow(samples, 3*b.Dx()*b.Dy())
	if p, ok := img.(*image.Paletted); ok {
		var rgb [256][3]byte
		for i, clr := range p.Palette {
			n := opaque(clr)
			rgb[i] = [3]byte{n.R, n.G, n.B}
		}
		for y := range b.Dy() {
			for _, k := range p.Pix[y*p.Stride : y*p.Stride+b.Dx()] {
				samples = append(samples, rgb[k][:]...)
			}
		}
		return samples
	}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			n := opaque(img.At(x, y))
			samples = append(samples, n.R, n.G, n.B)
		}
	}
	return samples
}
