package pages

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
	"gridcells/pkg/figure"
)

// NeuronPages show the units of a recorded session, a page each, from the highest
// 60° score to the lowest: the path with a dot for each spike, the ratemap, the
// autocorrelogram with the ring of the score, the tuning to head direction and the
// time that the animal spent in each bin. Without a session there are no such
// pages.
func (r *Report) NeuronPages(size canvas.PageSize) []canvas.Page {
	if r.Session == nil {
		return nil
	}
	var pages []canvas.Page
	for _, layer := range r.Layers[:min(1, len(r.Layers))] {
		units := r.Shown(layer)
		for i, u := range units {
			name := r.Session.Name(u.Number)
			title := fmt.Sprintf("Neuron %s, %d of %d by gridness", name, i+1, len(units))
			page := canvas.Page{Size: size, Draw: func(c draw.Canvas) {
				body := header(c, title, neuronNote(u), layer.Units)
				r.NeuronPanels(u).Draw(draw.Crop(body, 0, 0, 20, -6))
			}}
			if i == 0 {
				page.Name = "Neurons"
			}
			pages = append(pages, page)
		}
	}
	return pages
}

// neuronNote says what was measured of a unit, as far as it is known.
func neuronNote(u figure.Unit) string {
	notes := []string{fmt.Sprintf("unit %d", u.Number), "gridness " + figure.Decimals(u.Score60) + ownThreshold(u)}
	if m := u.Measures; m != nil {
		for _, v := range []struct {
			value float64
			text  string
		}{
			{m.Scale, fmt.Sprintf("scale %.0f cm", 100*m.Scale)}, {m.Border, "border score " + figure.Decimals(m.Border)},
			{m.DirectionLength, fmt.Sprintf("mean vector %s at %.0f°", figure.Decimals(m.DirectionLength), m.DirectionAngle*180/math.Pi)},
		} {
			if !math.IsNaN(v.value) {
				notes = append(notes, v.text)
			}
		}
	}
	return strings.Join(notes, " · ") + ". Grey: path, dots: spikes; y upwards."
}

// ownThreshold is the 95th percentile of a unit's own null maps; "" if it has none.
func ownThreshold(u figure.Unit) string {
	if len(u.Own) == 0 {
		return ""
	}
	own := u.Own[0]
	for _, o := range u.Own {
		if o.Null == "shift" { // the standard for recorded neurons
			own = o
		}
	}
	return fmt.Sprintf(" (own threshold %s, %s)", figure.Decimals(own.Threshold95), own.Heading())
}
