package figure

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/figure/pdftest"
)

func TestSameBytes(t *testing.T) {
	r := testReport(testLayer("bottleneck", 20), testLayer("lstm", 10))
	parts := Parts()
	withCheckpoints(r, 3)
	first := mustPDF(t, mustPages(t, r, A4, parts...))
	for range 2 {
		if again := mustPDF(t, mustPages(t, r, A4, parts...)); !bytes.Equal(first, again) {
			t.Fatal("the same report gave different bytes")
		}
	}
}

func TestUnitsInPDF(t *testing.T) {
	units, want := [2]int{256, 128}, 1+7+4+2+1
	if testing.Short() {
		units, want = [2]int{60, 12}, 1+2+1+2+1
	}
	bottleneck, lstm := testLayer("bottleneck", units[0]), testLayer("lstm", units[1])
	pdf := mustPDF(t, mustPages(t, testReport(bottleneck, lstm), A4, usualParts...))
	if len(pdf) > 5<<20 {
		t.Errorf("the PDF takes %d bytes", len(pdf))
	}
	pages := pdftest.Contents(t, pdf)
	if len(pages) != want {
		t.Fatalf("%d pages, want %d", len(pages), want)
	}
	var titles, got []string
	for _, l := range []Layer{bottleneck, lstm} {
		for _, u := range l.Ordered() {
			titles = append(titles, u.title())
		}
	}
	title := regexp.MustCompile(`^\d+ \(-?\d\.\d\d\)$`)
	for _, page := range pages[1 : len(pages)-3] {
		for _, s := range pdftest.Texts(page) {
			if title.MatchString(s) {
				got = append(got, s)
			}
		}
	}
	if !slices.Equal(got, titles) {
		t.Errorf("titles of units are\n%v, want\n%v", got, titles)
	}
	if s := strings.Join(pdftest.Texts(pages[0]), "|"); !strings.Contains(s, "For comparison") || !strings.Contains(s, fmt.Sprintf("bottleneck|%d|", units[0])) {
		t.Errorf("summary reads %s", s)
	}
	if s := strings.Join(pdftest.Texts(pages[len(pages)-1]), "|"); !strings.Contains(s, "3. activations 0.1.0|1|seed") {
		t.Errorf("provenance reads %s", s)
	}
}

var inlineImage = regexp.MustCompile(`BI /W (\d+) /H (\d+) /BPC 8 /CS /RGB /F \[/AHx /Fl\] ID\n([0-9a-f]*)>`)

// The pictures in the file are the maps, pixel by pixel.
func TestPicturesInPDF(t *testing.T) {
	l := testLayer("bottleneck", 5)
	page := pdftest.Contents(t, mustPDF(t, mustPages(t, testReport(l), A4, Units)))[0]
	found := inlineImage.FindAllStringSubmatch(page, -1)
	var want []*image.Paletted
	for _, u := range l.Ordered() {
		want = append(want, u.Ratemap.picture(DefaultColormap(), XRight), u.SAC.WithinLag(20).picture(DefaultColormap(), XRight))
	}
	if len(found) != len(want) {
		t.Fatalf("%d pictures, want %d", len(found), len(want))
	}
	for i, m := range found { // size, then data
		z, err := zlib.NewReader(hex.NewDecoder(strings.NewReader(m[3])))
		if err != nil {
			t.Fatal(err)
		}
		pixels, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		if size := fmt.Sprintf("%dx%d", want[i].Rect.Dx(), want[i].Rect.Dy()); m[1]+"x"+m[2] != size || !bytes.Equal(pixels, rgbSamples(want[i])) {
			t.Errorf("picture %d (%sx%s) is not the map's (%s)", i, m[1], m[2], size)
		}
	}
}

func TestOddReports(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	allNaN := testLayer("bottleneck", 3)
	for i := range allNaN.Units {
		u := &allNaN.Units[i]
		u.Score60, u.Ring60 = nan, Ring{nan, nan}
		for _, m := range []Map{u.Ratemap, u.SAC} {
			for k := range m.Values {
				m.Values[k] = nan
			}
		}
	}
	noSAC := testLayer("cells", 100)
	for i := range noSAC.Units {
		noSAC.Units[i].SAC = Map{}
	}
	extreme := testLayer("bottleneck", 4)
	extreme.Units[0].Score60, extreme.Units[1].Score60 = inf, -inf
	extreme.Units[2].Score60, extreme.Units[3].Number = 1e300, math.MaxInt32
	extreme.Units[0].Ratemap.Values[5] = inf
	strange := testLayer("(\\ \x00\xff😀 é\n"+strings.Repeat("long ", 50), 2)
	many := make([]Layer, 40)
	for i := range many {
		many[i] = testLayer(fmt.Sprint("layer", i), 2)
	}
	bare := func(layers ...Layer) *Report { return &Report{Layers: layers, Criterion: 0.37} }
	badCurves := bare(testLayer("bottleneck", 2))
	badCurves.Loss = &LossCurve{Update: []float64{1000}, Loss: []float64{nan}, SD: []float64{nan}}
	badCurves.Trajectory = &Trajectory{True: [][2]float64{{nan, 1}, {inf, 2}}, Side: nan}
	badCurves.PathIntegration = &PathIntegration{Final: nan, Floor: nan}
	onePoint := bare(testLayer("bottleneck", 2))
	onePoint.Loss = &LossCurve{Update: []float64{1000}, Loss: []float64{5}}
	onePoint.Trajectory = &Trajectory{True: [][2]float64{{1, 1}}, Decoded: [][2]float64{{1, 1}}}
	onePoint.PathIntegration = &PathIntegration{Time: []float64{0.15}, Error: []float64{0.1}, Final: 0.1, Floor: 2}

	for name, r := range map[string]*Report{
		"one unit": bare(testLayer("bottleneck", 1)), "all NaN": testReport(allNaN), "no autocorrelograms": testReport(noSAC),
		"extreme scores": testReport(extreme), "strange layer": testReport(strange), "many layers": testReport(many...),
		"curves of NaN": badCurves, "curves of one point": onePoint,
		"a map of one bin":     bare(Layer{Name: "a", Units: []Unit{{Ratemap: Map{1, 1, []float64{2}}, SAC: Map{1, 1, []float64{1}}}}}),
		"a unit without a map": bare(Layer{Name: "a", Units: []Unit{{}}}),
		"no layers":            bare(), "a layer without units": bare(Layer{Name: "a"}),
	} {
		t.Run(name, func(t *testing.T) {
			pages := mustPages(t, r, A4, Parts()...)
			if n := len(pdftest.Contents(t, mustPDF(t, pages))); n != len(pages) {
				t.Errorf("%d pages, want %d", n, len(pages))
			}
			checkLayout(t, pages)
		})
	}
}

func TestNothingSelected(t *testing.T) {
	r := testReport(testLayer("bottleneck", 3))
	r.Selected = func(Unit) bool { return false }
	if _, err := r.Pages(A4, Units, Overview); err == nil {
		t.Error("a report without pages is no error")
	}
	if _, err := r.Pages(A4, "appendix"); err == nil || !strings.Contains(err.Error(), "appendix") {
		t.Errorf("unknown part: error %v", err)
	}
}

func TestLayoutAtAnyNumberOfUnits(t *testing.T) {
	maps := testLayer("bottleneck", 1).Units[0]
	numbers := []int{1, 2, 3, 10, 11, 16, 17, 36, 37, 40, 41, 256, 1024}
	if testing.Short() {
		numbers = []int{1, 11, 41, 256}
	}
	for _, n := range numbers {
		l := Layer{Name: "bottleneck"}
		for u := range n {
			unit := maps
			unit.Number, unit.Score60, unit.Class = 9000+u, 1-2*float64(u)/float64(n), classes[u%len(classes)]
			unit.Measures = &Measures{Scale: 0.3 + float64(u%90)/100, Border: unit.Score60, IsBorder: u%2 == 0, DirectionLength: 0.5, DirectionAngle: float64(u)}
			l.Units = append(l.Units, unit)
		}
		for _, size := range []PageSize{A4, Letter} {
			r := testReport(l, Layer{Name: "lstm", Units: l.Units[:min(n, 50)], Untrained: l.Scores(), Nulls: []Null{{Name: "gaussian", Scores: l.Scores()}}})
			withCheckpoints(r, min(n, 40))
			if n <= 41 {
				r.Selected = func(Unit) bool { return true } // all through training
			}
			checkLayout(t, mustPages(t, r, size, Parts()...))
		}
		if t.Failed() {
			t.Fatalf("at %d units", n)
		}
	}
}

// checkLayout draws pages and reports texts that overlap each other, a picture, a
// line or an area, and whatever leaves the page.
func checkLayout(t *testing.T, pages []Page) {
	t.Helper()
	for i, p := range pages {
		c := &layoutCanvas{pdfCanvas: newDocument("").page(p.Size.Width, p.Size.Height, "")}
		p.Draw(draw.NewCanvas(c, p.Size.Width, p.Size.Height))
		for k, b := range c.boxes {
			if b.Min.X < -0.01 || b.Min.Y < -0.01 || b.Max.X > p.Size.Width+0.01 || b.Max.Y > p.Size.Height+0.01 {
				t.Errorf("page %d: %s leaves the page: %v", i+1, b.name, b.Rectangle)
			}
			if overlap := c.overlapping(k); overlap != "" {
				t.Errorf("page %d: %s overlaps %s", i+1, b.name, overlap)
			}
			if c.crossed(b) {
				t.Errorf("page %d: %s lies on a line or an area", i+1, b.name)
			}
		}
		if p.Size.Width > longestPage || p.Size.Height > longestPage {
			t.Errorf("page %d is of %v, more than a PDF may have", i+1, p.Size)
		}
	}
}

// layoutCanvas notes where texts, pictures, lines and areas go.
type layoutCanvas struct {
	*pdfCanvas
	boxes  []layoutBox
	shapes []shape
}

type layoutBox struct {
	vg.Rectangle
	name string
}

// shape is a line or an area's outline. Behind a white area there is nothing.
type shape struct {
	vg.Rectangle
	points        []vg.Point
	filled, white bool
}

func (c *layoutCanvas) Stroke(p vg.Path) { c.shape(p, false) }
func (c *layoutCanvas) Fill(p vg.Path)   { c.shape(p, true) }

// shape notes the parts of a path.
func (c *layoutCanvas) shape(p vg.Path, filled bool) {
	n := opaque(c.state.color)
	white := filled && n.R == 255 && n.G == 255 && n.B == 255
	var points []vg.Point
	end := func() {
		if len(points) > 1 {
			c.shapes = append(c.shapes, shape{bounds(points), points, filled, white})
		}
		points = nil
	}
	add := func(p vg.Point) {
		x, y := c.state.transform.apply(p)
		points = append(points, vg.Point{X: vg.Length(x), Y: vg.Length(y)})
	}
	for _, comp := range p {
		switch comp.Type {
		case vg.MoveComp:
			end()
			add(comp.Pos)
		case vg.LineComp, vg.CurveComp:
			add(comp.Pos)
		case vg.ArcComp:
			for k := range 25 {
				turned := comp.Start + comp.Angle*float64(k)/24
				sin, cos := math.Sincos(turned)
				add(comp.Pos.Add(vg.Point{X: comp.Radius * vg.Length(cos), Y: comp.Radius * vg.Length(sin)}))
			}
		case vg.CloseComp:
			points = append(points, points[0])
		}
	}
	end()
}

func bounds(points []vg.Point) vg.Rectangle {
	r := vg.Rectangle{Min: points[0], Max: points[0]}
	for _, p := range points {
		r.Min.X, r.Min.Y = min(r.Min.X, p.X), min(r.Min.Y, p.Y)
		r.Max.X, r.Max.Y = max(r.Max.X, p.X), max(r.Max.Y, p.Y)
	}
	return r
}

// crossed tells whether a line or an area is seen in a text's box.
func (c *layoutCanvas) crossed(b layoutBox) bool {
	if !strings.HasPrefix(b.name, "text") {
		return false
	}
	const tolerance = 0.4 // points; boxes are taller than most letters
	box := b.Rectangle
	box.Min = box.Min.Add(vg.Point{X: tolerance, Y: tolerance})
	box.Max = box.Max.Sub(vg.Point{X: tolerance, Y: tolerance})
	found := false
	for _, s := range c.shapes {
		if s.Max.X < box.Min.X || s.Min.X > box.Max.X || s.Max.Y < box.Min.Y || s.Min.Y > box.Max.Y {
			continue
		}
		if s.white {
			found = found && !(s.Min.X <= box.Min.X && s.Max.X >= box.Max.X && s.Min.Y <= box.Min.Y && s.Max.Y >= box.Max.Y)
			continue
		}
		for k := 1; k < len(s.points); k++ {
			found = found || crosses(box, s.points[k-1], s.points[k])
		}
		found = found || s.filled && inside(s.points, vg.Point{X: (box.Min.X + box.Max.X) / 2, Y: (box.Min.Y + box.Max.Y) / 2})
	}
	return found
}

// crosses tells whether a part of the line from p to q lies in a rectangle.
func crosses(r vg.Rectangle, p, q vg.Point) bool {
	from, to := 0.0, 1.0
	clip := func(start, step, low, high float64) {
		if step == 0 {
			if start < low || start > high {
				to = -1
			}
			return
		}
		enter, leave := (low-start)/step, (high-start)/step
		from, to = max(from, min(enter, leave)), min(to, max(enter, leave))
	}
	clip(float64(p.X), float64(q.X-p.X), float64(r.Min.X), float64(r.Max.X))
	clip(float64(p.Y), float64(q.Y-p.Y), float64(r.Min.Y), float64(r.Max.Y))
	return from < to
}

// inside tells whether a point lies in a polygon.
func inside(polygon []vg.Point, at vg.Point) bool {
	in := false
	for k, p := range polygon {
		q := polygon[(k+1)%len(polygon)]
		if (p.Y > at.Y) != (q.Y > at.Y) && at.X < p.X+(q.X-p.X)*(at.Y-p.Y)/(q.Y-p.Y) {
			in = !in
		}
	}
	return in
}

// The checks themselves find what they should.
func TestLayoutChecks(t *testing.T) {
	c := &layoutCanvas{pdfCanvas: newDocument("").page(100, 100, "")}
	box := layoutBox{rectangle(40, 40, 20, 10), "text"}
	style := draw.LineStyle{Color: ink, Width: 1}
	cv := draw.NewCanvas(c, 100, 100)
	cv.StrokeLine2(style, 0, 30, 100, 38)
	if c.crossed(box) {
		t.Error("a line below the text crosses it")
	}
	cv.SetColor(blue)
	cv.Fill(rectangle(20, 20, 60, 60).Path())
	if !c.crossed(box) {
		t.Error("a text in an area is not on it")
	}
	cv.SetColor(color.White)
	cv.Fill(rectangle(39, 39, 22, 12).Path())
	if c.crossed(box) {
		t.Error("a white area hides nothing")
	}
	cv.StrokeLine2(style, 50, 0, 50, 100)
	if !c.crossed(box) {
		t.Error("a line through the text does not cross it")
	}
}

func (c *layoutCanvas) note(name string, r vg.Rectangle) {
	out := vg.Rectangle{Min: vg.Point{X: vg.Inch * 1e6, Y: vg.Inch * 1e6}, Max: vg.Point{X: -vg.Inch * 1e6, Y: -vg.Inch * 1e6}}
	for _, p := range []vg.Point{r.Min, r.Max, {X: r.Min.X, Y: r.Max.Y}, {X: r.Max.X, Y: r.Min.Y}} {
		x, y := c.state.transform.apply(p)
		out.Min.X, out.Min.Y = min(out.Min.X, vg.Length(x)), min(out.Min.Y, vg.Length(y))
		out.Max.X, out.Max.Y = max(out.Max.X, vg.Length(x)), max(out.Max.Y, vg.Length(y))
	}
	c.boxes = append(c.boxes, layoutBox{out, name})
}

func (c *layoutCanvas) FillString(face font.Face, p vg.Point, text string) {
	if text == "" {
		return
	}
	size := face.Font.Size
	c.note(fmt.Sprintf("text %q", text), vg.Rectangle{
		Min: vg.Point{X: p.X, Y: p.Y - 0.2*size}, Max: vg.Point{X: p.X + face.Width(text), Y: p.Y + 0.72*size},
	})
}

func (c *layoutCanvas) DrawImage(r vg.Rectangle, _ image.Image) { c.note("picture", r) }

func (c *layoutCanvas) overlapping(k int) string {
	const tolerance = 0.1 // points
	a := c.boxes[k]
	for _, b := range c.boxes[:k] {
		if a.Min.X < b.Max.X-tolerance && b.Min.X < a.Max.X-tolerance && a.Min.Y < b.Max.Y-tolerance && b.Min.Y < a.Max.Y-tolerance {
			return b.name
		}
	}
	return ""
}

// Transformed drawing must end where gonum's own transforms put it.
func TestCanvasTransforms(t *testing.T) {
	c := newDocument("").page(100, 100, "")
	c.Translate(vg.Point{X: 10, Y: 20})
	c.Push()
	c.Rotate(math.Pi / 2)
	c.Scale(2, 3)
	if x, y := c.state.transform.apply(vg.Point{X: 1, Y: 1}); math.Abs(x-7) > 1e-12 || math.Abs(y-22) > 1e-12 {
		t.Errorf("(1, 1) is at (%v, %v), want (7, 22)", x, y)
	}
	c.Pop()
	if x, y := c.state.transform.apply(vg.Point{}); x != 10 || y != 20 {
		t.Errorf("after Pop the origin is at (%v, %v), want (10, 20)", x, y)
	}
}

func TestCirclePath(t *testing.T) {
	c := newDocument("").page(100, 100, "")
	var p vg.Path
	p.Move(vg.Point{X: 60, Y: 50})
	p.Arc(vg.Point{X: 50, Y: 50}, 10, 0, 2*math.Pi)
	p.Close()
	want := "60 50 m 60 50 l 60 55.52 55.52 60 50 60 c 44.48 60 40 55.52 40 50 c " +
		"40 44.48 44.48 40 50 40 c 55.52 40 60 44.48 60 50 c h "
	if got := c.path(p); got != want {
		t.Errorf("circle is\n%s, want\n%s", got, want)
	}
}
