package pages

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
	"gridcells/pkg/figure"
)

// DirectionPages show the known tuning to head direction of all units, as polar plots
// with their mean vectors, from the longest vector to the shortest. If the vectors are
// not known, the units are in the order of the pages of units. East is to the right. The radius runs from the lowest activity, or from 0
// if none is negative, to the highest. There are no pages if the network was not
// trained on head directions.
func (r *Report) DirectionPages(size canvas.PageSize) []canvas.Page {
	if r.Undirected {
		return nil
	}
	var pages []canvas.Page
	for _, layer := range r.Layers {
		pages = append(pages, r.directionPages(layer, r.Tuned(layer), size)...)
	}
	return pages
}

func (r *Report) directionPages(layer figure.Layer, units []figure.Unit, size canvas.PageSize) []canvas.Page {
	columns := 8
	if len(units) <= 12 {
		columns = 4
	}
	title := figure.Unit.Heading
	note := "Unit (gridness). "
	if slices.ContainsFunc(units, func(u figure.Unit) bool { return u.Measures != nil }) {
		title = figure.DirectionHeading
		note = "Unit (length of its mean vector, the arrow, 1 at the rim). "
	}
	note += "Curve: mean activity against head direction, 0° rightwards; rim: highest; centre: "
	if r.Rectified {
		note += "0 and below."
	} else {
		note += "0 or lowest."
	}
	body := bodySize(size)
	side := (body.Width - vg.Length(columns-1)*figure.UnitSpace) / vg.Length(columns)
	height := side + figure.HeadingHeight + figure.RowSpace
	perPage := columns * max(1, int((body.Height+figure.RowSpace)/height))
	var pages []canvas.Page
	for first := 0; first < len(units); first += perPage {
		some := units[first:min(first+perPage, len(units))]
		page := canvas.Page{Size: size, Draw: func(c draw.Canvas) {
			c = header(c, layerTitle(size, layer.Name, ", head-direction tuning"), note, layer.Units)
			headingSize := figure.HeadingSize(some, title, side)
			for i, u := range some {
				x := c.Min.X + vg.Length(i%columns)*(side+figure.UnitSpace)
				y := c.Max.Y - vg.Length(i/columns+1)*height + figure.RowSpace
				cell := draw.Canvas{Canvas: c.Canvas, Rectangle: canvas.Rectangle(x, y, side, side+figure.HeadingHeight)}
				r.DrawHeading(cell, u, title(u), headingSize)
				r.DrawTuning(draw.Crop(cell, 0, 0, 0, -figure.HeadingHeight), u)
			}
		}}
		if first == 0 {
			page.Name = fmt.Sprintf("%s, head direction", layer.Name)
		}
		pages = append(pages, page)
	}
	return pages
}
