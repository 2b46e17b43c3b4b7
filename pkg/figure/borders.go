package figure

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/celltype"
)

var bordersFigure = Entry{
	Name: "borders", Help: "border cells by border score, among the selected units", Needs: "border cells among the selected units",
	has: inFirstLayer(func(r *Run, l Layer) bool { return len(r.Borders(l)) > 0 }),
	draw: func(r *Run, size vg.Point) (func(draw.Canvas), error) {
		return r.unitsFigure(r.Borders(r.Layers[0]), BorderHeading, size)
	},
}

// Borders returns the selected units that pass the test for border cells, the
// highest border score first. Some of them may be classed as grid cells.
func (r *Run) Borders(layer Layer) []Unit {
	units := slices.DeleteFunc(r.Shown(layer), func(u Unit) bool {
		return u.Measures == nil || math.IsNaN(u.Measures.Border) || !u.Measures.IsBorder
	})
	slices.SortStableFunc(units, func(a, b Unit) int { return cmp.Compare(b.Measures.Border, a.Measures.Border) })
	return units
}

// CountBorders counts the border cells of a layer, and the units that pass their
// test but are classed otherwise, as grid cells.
func CountBorders(layer Layer) (cells, others int) {
	for _, u := range layer.Units {
		switch {
		case u.Class == celltype.BorderCell, u.Class == "" && u.Measures != nil && u.Measures.IsBorder:
			cells++
		case u.Measures != nil && u.Measures.IsBorder:
			others++
		}
	}
	return cells, others
}

// BorderHeading is `unit (border score)`.
func BorderHeading(u Unit) string { return numbered(u.Number, u.Measures.Border) }
