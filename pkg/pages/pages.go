package pages

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
	"gridcells/pkg/figure"
)

// A Report is what the pages show. Only Layers is needed; what is absent is left
// out.
type Report struct {
	figure.Run
	Title    string
	Subtitle string
	Stages   []Stage
	Script   []string // command lines that make the report again
}

// classKey draws the classes' symbols and names on one line from a point.
func classKey(c draw.Canvas, at vg.Point, units []figure.Unit) {
	style := canvas.Text(7.5, false, canvas.Ink)
	x := at.X
	for _, k := range figure.Classes {
		n := figure.CountClass(units, k)
		l := figure.LookOf(k)
		name := fmt.Sprintf("%s %d", l.Name, n)
		width := canvas.Width(style, name)
		if x+10+width > c.Max.X {
			return
		}
		l.Symbol(c, vg.Point{X: x + 3.5, Y: at.Y + 2.7}, 3.3)
		canvas.Write(c, style, vg.Point{X: x + 10, Y: at.Y}, name)
		x += 10 + width + 14
	}
}

const margin = 40 // points around what a page shows

const headerHeight = 38 // points from a page's upper margin to what it shows

// bodySize returns the size of the part of a page below its header.
func bodySize(page canvas.PageSize) canvas.PageSize {
	return canvas.PageSize{Width: page.Width - 2*margin, Height: page.Height - 2*margin - headerHeight}
}

// header writes a page's heading and returns the part of the page below it. If the
// classes of units are known, their key is at the foot of the page.
func header(c draw.Canvas, title, note string, units []figure.Unit) draw.Canvas {
	inner := draw.Crop(c, margin, -margin, margin, -margin)
	top := inner.Max.Y
	titleStyle := canvas.Text(14, true, canvas.Ink)
	canvas.Write(c, titleStyle, vg.Point{X: inner.Min.X, Y: top - 12}, canvas.Shorten(titleStyle, title, inner.Size().X))
	if note != "" {
		noteStyle := canvas.Text(7.5, false, canvas.SoftInk)
		canvas.Write(c, noteStyle, vg.Point{X: inner.Min.X, Y: top - 25}, canvas.Shorten(noteStyle, note, inner.Size().X))
	}
	if figure.Classified(units) {
		// At the foot, above the page's number.
		classKey(inner, vg.Point{X: inner.Min.X, Y: c.Min.Y + 29}, units)
	}
	canvas.Line(c, draw.LineStyle{Color: canvas.Hairline, Width: 0.5}, vg.Point{X: inner.Min.X, Y: top - 31}, vg.Point{X: inner.Max.X, Y: top - 31})
	return draw.Crop(inner, 0, 0, 0, -headerHeight)
}

// layerTitle is a page's title that names a layer. The layer's name is cut if the
// title does not fit.
func layerTitle(size canvas.PageSize, layer, rest string) string {
	style := canvas.Text(14, true, canvas.Ink)
	return canvas.Shorten(style, layer, size.Width-2*margin-canvas.Width(style, rest)) + rest
}

// A Part is a part of a report: pages about one subject.
type Part struct {
	Name  string // by which [Report.Pages] finds it
	Help  string // what it shows
	Needs string // the data without which it has no pages; empty: none
	Usual bool   // it belongs to a report that does not choose its parts
	pages func(r *Report, size canvas.PageSize) []canvas.Page
}

// parts are all parts, in their usual order. A new part is an entry here.
var parts = []Part{
	{"summary", "the share of grid cells, what it exceeds, the classes, all plots and the best units", "", true,
		func(r *Report, size canvas.PageSize) []canvas.Page { return []canvas.Page{r.SummaryPage(size)} }},
	{"training", "scores, shares, loss and ratemaps through the checkpoints of a run", "checkpoints", true, (*Report).TrainingPages},
	{"units", "all units by gridness: ratemap and autocorrelogram", "", true, (*Report).UnitPages},
	{"neurons", "each recorded unit on a page: path and spikes, ratemap, autocorrelogram, head direction, occupancy", "--session", true, (*Report).NeuronPages},
	{"overview", "all units on one large page a layer, as in the original", "", false,
		func(r *Report, _ canvas.PageSize) []canvas.Page { return r.OverviewPages() }},
	{"directions", "tuning to head direction", "direction tuning", true, (*Report).DirectionPages},
	{"borders", "border cells by border score", "border scores", true, (*Report).BorderPages},
	{"provenance", "the commands that make the report again, and the parameters of all stages", "", true, (*Report).ProvenancePages},
}

// Parts returns all parts, in their usual order.
func Parts() []Part { return slices.Clone(parts) }

// Names returns the names of all parts.
func Names() []string {
	names := make([]string, len(parts))
	for i, p := range parts {
		names[i] = p.Name
	}
	return names
}

// UsualNames returns the names of the parts that a report has if it does not
// choose them.
func UsualNames() []string {
	var names []string
	for _, p := range parts {
		if p.Usual {
			names = append(names, p.Name)
		}
	}
	return names
}

// Pages returns the pages of the parts of these names, numbered through.
// Overview pages are as large as they need to be, the others of the given size.
func (r *Report) Pages(size canvas.PageSize, names ...string) ([]canvas.Page, error) {
	var pages []canvas.Page
	for _, name := range names {
		k := slices.IndexFunc(parts, func(p Part) bool { return p.Name == name })
		if k < 0 {
			return nil, fmt.Errorf("a report has no part %q (there are: %s)", name, strings.Join(Names(), ", "))
		}
		pages = append(pages, parts[k].pages(r, size)...)
	}
	if len(pages) == 0 {
		return nil, errors.New("no pages: the input has no data for the parts that were asked for")
	}
	return numbered(pages), nil
}

// numbered adds "page of pages" at the foot of each page.
func numbered(pages []canvas.Page) []canvas.Page {
	for i := range pages {
		body := pages[i].Draw
		pages[i].Draw = func(c draw.Canvas) {
			body(c)
			style := canvas.Align(canvas.Text(7.5, false, canvas.SoftInk), draw.XCenter, draw.YBottom)
			middle := (c.Min.X + c.Max.X) / 2
			canvas.Write(c, style, vg.Point{X: middle, Y: c.Min.Y + 14}, fmt.Sprintf("%d / %d", i+1, len(pages)))
		}
	}
	return pages
}

// A Stage is a program that has handled the data, with its parameters.
type Stage struct {
	Tool       string
	Version    string
	Role       string // what it did for a later stage, if the data did not pass through it
	Parameters []Parameter
}

// A Parameter is a setting of a stage, in text.
type Parameter struct{ Name, Value string }

func (r *Report) title() string { return cmp.Or(r.Title, "Grid-cell report") }
