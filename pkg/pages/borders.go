package pages

import (
	"fmt"

	"gridcells/pkg/canvas"
	"gridcells/pkg/figure"
)

// BorderPages show each layer's border cells, ratemap and autocorrelogram, from
// the highest border score to the lowest. A layer with fewer than four of them
// has no page: they are on the pages of units.
func (r *Report) BorderPages(size canvas.PageSize) []canvas.Page {
	var pages []canvas.Page
	for _, layer := range r.Layers {
		pages = append(pages, r.borderPages(layer, size)...)
	}
	return pages
}

// leastBorders is the number of border cells that make a page.
const leastBorders = 4

func (r *Report) borderPages(layer figure.Layer, size canvas.PageSize) []canvas.Page {
	units := r.Borders(layer)
	if len(units) < leastBorders {
		return nil
	}
	cells, others := figure.CountBorders(layer)
	heading := fmt.Sprintf(", border cells: %d of %d units (%.1f %%)", cells, len(layer.Units), 100*float64(cells)/float64(len(layer.Units)))
	note := "Unit (border score), highest first; at the right: highest rate."
	if others > 0 {
		note += fmt.Sprintf(" %d more pass the test for border cells but are classed as grid cells, see their colours.", others)
	}
	return unitList{
		layer: layer, units: units, name: layer.Name + ", border cells",
		title: func(_, _ int) string { return heading }, note: note,
		heading: figure.BorderHeading,
	}.pages(r, size)
}
