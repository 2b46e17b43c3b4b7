package figure

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg/draw"
)

// BorderPages show each layer's border cells, ratemap and autocorrelogram, from
// the highest border score to the lowest; where a layer has none, its units of the
// highest border scores, a page of them at most. Layers whose border scores are
// not known have no page.
func (r *Report) BorderPages(size PageSize) []Page {
	var pages []Page
	for _, layer := range r.Layers {
		pages = append(pages, r.borderPages(layer, size)...)
	}
	return pages
}

// bordered returns the units by border score, and how many of the layer's units
// are border cells.
func (r *Report) bordered(layer Layer) (units []Unit, cells int) {
	for _, u := range layer.Units {
		if u.Measures != nil && u.Measures.IsBorder {
			cells++
		}
	}
	for _, u := range r.shown(layer) {
		if m := u.Measures; m != nil && !math.IsNaN(m.Border) && (m.IsBorder || cells == 0) {
			units = append(units, u)
		}
	}
	slices.SortStableFunc(units, func(a, b Unit) int {
		return compareDown(a.Measures.Border, b.Measures.Border)
	})
	return units, cells
}

// compareDown orders from the highest to the lowest.
func compareDown(a, b float64) int {
	switch {
	case a > b:
		return -1
	case b > a:
		return 1
	}
	return 0
}

func (r *Report) borderPages(layer Layer, size PageSize) []Page {
	units, cells := r.bordered(layer)
	grid := newUnitGrid(units, size)
	if cells == 0 {
		units = units[:min(len(units), grid.perPage())]
	}
	var pages []Page
	for first := 0; first < len(units); first += grid.perPage() {
		last := min(first+grid.perPage(), len(units))
		page := Page{Size: size, Draw: func(c draw.Canvas) {
			heading := fmt.Sprintf(", border cells: %d of %d units (%.1f %%)", cells, len(layer.Units), 100*float64(cells)/float64(len(layer.Units)))
			if cells == 0 {
				heading = ": no border cells; the highest border scores"
			}
			body := header(c, layerTitle(size, layer.Name, heading), "Unit (border score), highest first. A border cell may be a grid cell as well, see its colour.", layer.Units)
			grid.draw(body, r, units[first:last], borderTitle, r.safe())
		}}
		if first == 0 {
			page.Name = layer.Name + ", border cells"
		}
		pages = append(pages, page)
	}
	return pages
}

func borderTitle(u Unit) string { return fmt.Sprintf("%d (%.2f)", u.Number, u.Measures.Border) }
