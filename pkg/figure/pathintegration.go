package figure

import (
	"math"

	"gonum.org/v1/plot/vg/draw"
)

var pathIntegrationFigure = Entry{
	Name: "path-integration", Help: "the error of decoded positions against time", Needs: "errors of path integration",
	Unitless: true,
	has:      func(r *Run) bool { return r.PathIntegration != nil },
	draw:     plotFigure((*Run).DrawPathIntegration),
}

func (r *Run) DrawPathIntegration(c draw.Canvas) {
	p := newPlot("Path integration", "time (s)", "position error (cm)")
	entries := 0
	add := func(name string, pi *PathIntegration, style draw.LineStyle) {
		p.Add(curve(finitePoints(pi.Time, scaled(pi.Error, 100)), style))
		p.Legend.Add(name, mark{style: style})
		entries++
	}
	if r.UntrainedPathIntegration != nil {
		add("untrained", r.UntrainedPathIntegration, solidOrange)
	}
	add("trained", r.PathIntegration, solidBlue)
	if floor := 100 * r.PathIntegration.Floor; !math.IsNaN(floor) && floor > 0 {
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

func scaled(values []float64, by float64) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = by * v
	}
	return out
}
