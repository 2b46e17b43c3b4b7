package figure

import (
	"math"

	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/results"
)

var pathIntegrationFigure = Entry{
	Name: "path-integration", Help: "the error of decoded positions against time", Needs: "errors of path integration",
	Unitless: true,
	has:      func(r *Run) bool { return r.PathIntegration != nil },
	draw:     plotFigure((*Run).DrawPathIntegration),
}

// DrawPathIntegration draws the error of decoded positions against time, beside
// the untrained network's and the decoder's floor.
func (r *Run) DrawPathIntegration(c draw.Canvas) {
	p := newPlot("Path integration", "time (s)", "position error (cm)")
	entries := 0
	add := func(name string, pi *results.PathIntegration, style draw.LineStyle) {
		cm := results.Floats(pi.Error)
		for i := range cm {
			cm[i] *= 100
		}
		p.Add(curve(finitePoints(results.Floats(pi.Time), cm), style))
		p.Legend.Add(name, mark{style: style})
		entries++
	}
	if r.UntrainedPathIntegration != nil {
		add("untrained", r.UntrainedPathIntegration, solidOrange)
	}
	add("trained", r.PathIntegration, solidBlue)
	if floor := 100 * r.PathIntegration.Floor.Float(); floor > 0 {
		m := mark{value: floor, horizontal: true, style: dottedGrey}
		p.Add(m)
		p.Legend.Add("decoder's floor", m)
		p.Y.Max = math.Max(p.Y.Max, floor)
		entries++
	}
	p.X.Min, p.Y.Min = 0, 0
	widenRange(&p.X)
	widenRange(&p.Y)
	drawUnderLegend(c, p, entries)
}
