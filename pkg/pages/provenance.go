package pages

import (
	"fmt"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
)

// ProvenancePages show the command lines that make the report again, and every
// stage that has handled the data, oldest first, with all its parameters.
func (r *Report) ProvenancePages(size canvas.PageSize) []canvas.Page {
	width := size.Width - 2*margin
	lines := r.provenanceLines(width)
	perPage := max(1, int(bodySize(size).Height/provenanceLine))
	pages := r.scriptPages(size)
	for first := 0; first < len(lines); {
		some := lines[first:pageEnd(lines, first, perPage)]
		page := canvas.Page{Size: size, Draw: func(c draw.Canvas) {
			drawProvenance(header(c, "Provenance", "The programs that made this report's data, oldest first, with their parameters.", nil), some)
		}}
		if first == 0 {
			page.Name = "Provenance"
		}
		pages = append(pages, page)
		first += len(some)
	}
	return pages
}

const scriptLine = 9 // height of a line of the script, points

// scriptPages show the script in letters of one width, each of its lines a line. A
// page ends between commands where it can.
func (r *Report) scriptPages(size canvas.PageSize) []canvas.Page {
	perPage := max(1, int(bodySize(size).Height/scriptLine))
	var pages []canvas.Page
	for rest := r.Script; len(rest) > 0; {
		some := rest[:min(perPage, len(rest))]
		if gap := lastIndex(some, ""); gap > 0 && len(some) < len(rest) {
			some = some[:gap+1]
		}
		rest = rest[len(some):]
		page := canvas.Page{Size: size, Draw: func(c draw.Canvas) {
			c = header(c, "Commands", "Copied into bash in an empty directory, page after page, they make this report again, to the same bytes.", nil)
			style := canvas.Monospaced(7, canvas.Ink)
			for i, text := range some {
				canvas.Write(c, style, vg.Point{X: c.Min.X, Y: c.Max.Y - vg.Length(i+1)*scriptLine}, text)
			}
		}}
		if len(pages) == 0 {
			page.Name = "Commands"
		}
		pages = append(pages, page)
	}
	return pages
}

// lastIndex returns where text stands last, or −1.
func lastIndex(lines []string, text string) int {
	for k := len(lines) - 1; k >= 0; k-- {
		if lines[k] == text {
			return k
		}
	}
	return -1
}

// pageEnd returns where a page that starts at line first ends, so that no
// heading is parted from what it heads.
func pageEnd(lines []nameValue, first, perPage int) int {
	end := min(first+perPage, len(lines))
	if end < len(lines) && end-1 > first && lines[end-1].heading {
		end--
	}
	return end
}

const (
	provenanceLine = 11 // height of a line, points
	nameColumn     = 180
)

// nameValue is a line of provenance: a stage's heading, a parameter, or a line
// in which its value goes on.
type nameValue struct {
	heading     bool
	name, value string
}

func (r *Report) provenanceLines(width vg.Length) []nameValue {
	if len(r.Stages) == 0 {
		return []nameValue{{heading: true, name: "The input does not say where it comes from."}}
	}
	style := provenanceStyle()
	var lines []nameValue
	for i, s := range r.Stages {
		if i > 0 {
			lines = append(lines, nameValue{})
		}
		heading := fmt.Sprintf("%d. %s %s", i+1, s.Tool, s.Version)
		if s.Role != "" {
			heading += ", " + s.Role
		}
		lines = append(lines, nameValue{heading: true, name: heading})
		for _, p := range s.Parameters {
			name := p.Name
			for _, part := range canvas.Wrap(style, p.Value, width-nameColumn) {
				lines = append(lines, nameValue{name: name, value: part})
				name = ""
			}
		}
	}
	return lines
}

func provenanceStyle() draw.TextStyle { return canvas.Text(8, false, canvas.Ink) }

func drawProvenance(c draw.Canvas, lines []nameValue) {
	y := c.Max.Y
	for _, l := range lines {
		y -= provenanceLine
		style := provenanceStyle()
		if l.heading {
			style = canvas.Text(9, true, canvas.Ink)
			canvas.Write(c, style, vg.Point{X: c.Min.X, Y: y}, canvas.Shorten(style, l.name, c.Size().X))
			continue
		}
		canvas.Write(c, style, vg.Point{X: c.Min.X + nameColumn, Y: y}, l.value)
		style.Color = canvas.SoftInk
		canvas.Write(c, style, vg.Point{X: c.Min.X + 12, Y: y}, canvas.Shorten(style, l.name, nameColumn-20))
	}
}
