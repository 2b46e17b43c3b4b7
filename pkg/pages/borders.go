package pages

import (
	"fmt"

	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
	"gridcells/pkg/figure"
)

// BorderPages show each layer's border cells, ratemap and autocorrelogram, from
// the highest border score to the lowest; where a layer has none, its units of the
// highest border scores, a page of them at most. Layers whose border scores are
// not known have no page.
func (r *Report) BorderPages(size canvas.PageSize) []canvas.Page {
	var pages []canvas.Page
	for _, layer := range r.Layers {
		pages = append(pages, r.borderPages(layer, size)...)
	}
	return pages
}

func (r *Report) borderPages(layer figure.Layer, size canvas.PageSize) []canvas.Page {
	units, cells := r.Bordered(layer)
	grid := newUnitGrid(units, size)
	if cells == 0 {
		units = units[:min(len(units), grid.perPage())]
	}
	var pages []canvas.Page
	for first := 0; first < len(units); first += grid.perPage() {
		last := min(first+grid.perPage(), len(units))
		page := canvas.Page{Size: size, Draw: func(c draw.Canvas) {
			heading := fmt.Sprintf(", border cells: %d of %d units (%.1f %%)", cells, len(layer.Units), 100*float64(cells)/float64(len(layer.Units)))
			if cells == 0 {
				heading = ": no border cells; the highest border scores"
			}
			body := header(c, layerTitle(size, layer.Name, heading), "Unit (border score), highest first. A border cell may be a grid cell as well, see its colour.", layer.Units)
			grid.draw(body, r, units[first:last], figure.BorderHeading, r.Maps())
		}}
		if first == 0 {
			page.Name = layer.Name + ", border cells"
		}
		pages = append(pages, page)
	}
	return pages
}
