package figure

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

var bordersFigure = Entry{
	Name: "borders", Help: "border cells by border score, among the selected units", Needs: "border cells, or units with border scores, among the selected units",
	has: inFirstLayer(func(r *Run, l Layer) bool { units, _ := r.Bordered(l); return len(units) > 0 }),
	draw: func(r *Run, size vg.Point) (func(draw.Canvas), error) {
		units, _ := r.Bordered(r.Layers[0])
		return r.unitsFigure(units, BorderHeading, size)
	},
}

// Bordered returns the units by border score, and how many of the layer's units
// are border cells.
func (r *Run) Bordered(layer Layer) (units []Unit, cells int) {
	for _, u := range layer.Units {
		if u.Measures != nil && u.Measures.IsBorder {
			cells++
		}
	}
	for _, u := range r.Shown(layer) {
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

func BorderHeading(u Unit) string { return fmt.Sprintf("%d (%.2f)", u.Number, u.Measures.Border) }
