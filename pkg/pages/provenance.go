package pages

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
)

// ProvenancePages show the command lines that make the report again, and every
// stage that has handled the data, oldest first, with all its parameters.
func (r *Report) ProvenancePages(size canvas.PageSize) []canvas.Page {
	width := size.Width - 2*margin
	lines := r.provenanceLines(width)
	perPage := max(1, int(bodySize(size).Height/lineHeight))
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
func pageEnd(lines []provenanceLine, first, perPage int) int {
	end := min(first+perPage, len(lines))
	if end < len(lines) && end-1 > first && lines[end-1].heading {
		end--
	}
	return end
}

const lineHeight = 10.5 // of a line of provenance, points

// provenanceLine is a stage's heading, or a line of its parameters.
type provenanceLine struct {
	heading bool
	text    string
}

// provenanceLines lists the stages. The parameters of a stage follow each other in
// a paragraph.
func (r *Report) provenanceLines(width vg.Length) []provenanceLine {
	if len(r.Stages) == 0 {
		return []provenanceLine{{heading: true, text: "The input does not say where it comes from."}}
	}
	style := provenanceStyle()
	var lines []provenanceLine
	for i, s := range r.Stages {
		if i > 0 {
			lines = append(lines, provenanceLine{})
		}
		heading := fmt.Sprintf("%d. %s %s", i+1, s.Tool, s.Version)
		if s.Role != "" {
			heading += ", " + s.Role
		}
		lines = append(lines, provenanceLine{true, heading})
		var parameters []string
		for _, p := range s.Parameters {
			parameters = append(parameters, p.Name+" "+readable(p.Value))
		}
		if len(parameters) == 0 {
			continue
		}
		for _, part := range canvas.Wrap(style, strings.Join(parameters, "; "), width-provenanceIndent) {
			lines = append(lines, provenanceLine{text: part})
		}
	}
	return lines
}

// readable writes the largest number that there is, which stands for no limit, as
// a word.
func readable(value string) string {
	if v, err := strconv.ParseFloat(value, 64); err == nil && math.Abs(v) >= math.MaxFloat64 {
		return "unlimited"
	}
	return value
}

const provenanceIndent = 12 // points

func provenanceStyle() draw.TextStyle { return canvas.Text(8, false, canvas.Ink) }

func drawProvenance(c draw.Canvas, lines []provenanceLine) {
	y := c.Max.Y
	for _, l := range lines {
		y -= lineHeight
		style, x := provenanceStyle(), c.Min.X+provenanceIndent
		if l.heading {
			style, x = canvas.Text(9, true, canvas.Ink), c.Min.X
		}
		canvas.Write(c, style, vg.Point{X: x, Y: y}, canvas.Shorten(style, l.text, c.Max.X-x))
	}
}
