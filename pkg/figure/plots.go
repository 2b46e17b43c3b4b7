package figure

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

var (
	solidBlue   = draw.LineStyle{Color: blue, Width: 1.2}
	solidOrange = draw.LineStyle{Color: vermillion, Width: 1.2}
	dashedGrey  = draw.LineStyle{Color: softInk, Width: 0.8, Dashes: []vg.Length{3, 2}}
	dottedGrey  = draw.LineStyle{Color: softInk, Width: 1, Dashes: []vg.Length{1, 2}}
)

// figures lists the plots that the report has data for.
func (r *Report) figures() []*plot.Plot {
	plots := r.histograms()
	if r.Loss != nil {
		plots = append(plots, lossPlot(r.Loss))
	}
	if r.PathIntegration != nil {
		plots = append(plots, pathIntegrationPlot(r.PathIntegration, r.UntrainedPathIntegration))
	}
	return plots
}

func (r *Report) histograms() []*plot.Plot {
	var plots []*plot.Plot
	for _, layer := range r.Layers[:min(len(r.Layers), mostHistograms)] {
		plots = append(plots, r.scoreHistogram(layer))
	}
	return plots
}

// mostHistograms bounds how many layers the summary compares, so that it stays a
// page.
const mostHistograms = 4

// scoreHistogram shows how a layer's 60° scores are distributed, beside the
// untrained control and the criterion.
func (r *Report) scoreHistogram(layer Layer) *plot.Plot {
	p := newPlot("Gridness, "+layer.Name, "gridness (60°)", "units (%)")
	scores := layer.Scores()
	low, width, n := scoreBins(r.Criterion, scores, layer.Untrained)
	trained := countInto(scores, low, width, n)
	below, above := trained.split(r.Criterion)
	p.Add(bars{below, paleBlue}, bars{above, blue})
	p.Legend.Add("up to the criterion", bars{color: paleBlue})
	p.Legend.Add(fmt.Sprintf("above %.2f", r.Criterion), bars{color: blue})
	top := highest(trained)
	if len(layer.Untrained) > 0 {
		untrained := countInto(layer.Untrained, low, width, n)
		p.Add(outline{untrained, solidOrange})
		p.Legend.Add("untrained", outline{style: solidOrange})
		top = math.Max(top, highest(untrained))
	}
	top = math.Max(top, 1)
	p.Add(mark{value: r.Criterion, upTo: 1.04 * top, style: dashedGrey})
	p.X.Min, p.X.Max = low, low+float64(n)*width
	// Room for the legend above the bars.
	p.Y.Min, p.Y.Max = 0, 1.38*top
	return p
}

func highest(f frequencies) float64 {
	_, _, _, top := f.DataRange()
	return top
}

// split parts a histogram at a value that is an edge of its bins.
func (f frequencies) split(at float64) (below, above frequencies) {
	below, above = f, f
	below.percent = make([]float64, len(f.percent))
	above.percent = make([]float64, len(f.percent))
	for k, v := range f.percent {
		if f.edge(k)+f.width/2 < at {
			below.percent[k] = v
		} else {
			above.percent[k] = v
		}
	}
	return below, above
}

// scoreBins returns bins that hold all scores between −3 and 3, of which the
// criterion is an edge. Scores beyond are rare enough to count in the outermost
// bins.
func scoreBins(criterion float64, samples ...[]float64) (low, width float64, n int) {
	lowest, highest := -0.5, 1.0
	for _, scores := range samples {
		for _, s := range scores {
			if !math.IsNaN(s) {
				lowest, highest = math.Min(lowest, max(s, -3)), math.Max(highest, min(s, 3))
			}
		}
	}
	width = math.Max(0.1, roundStep((highest-lowest)/40))
	before := math.Ceil((criterion - lowest) / width)
	after := math.Ceil((highest-criterion)/width + 1e-9)
	return criterion - before*width, width, int(before + after)
}

func lossPlot(l *LossCurve) *plot.Plot {
	p := newPlot("Training", "updates", "loss (nats)")
	if b := band(l.Update, l.Loss, l.SD, paleBlue); b != nil {
		p.Add(b)
	}
	p.Add(curve(finitePoints(l.Update, l.Loss), solidBlue))
	p.X.Min = 0
	widenRange(&p.X)
	widenRange(&p.Y)
	room := 0.04 * (p.Y.Max - p.Y.Min)
	p.Y.Min, p.Y.Max = p.Y.Min-room, p.Y.Max+room
	return p
}

func pathIntegrationPlot(trained, untrained *PathIntegration) *plot.Plot {
	p := newPlot("Path integration", "time (s)", "mean position error (cm)")
	add := func(name string, pi *PathIntegration, style draw.LineStyle) {
		c := curve(finitePoints(pi.Time, scaled(pi.Error, 100)), style)
		p.Add(c)
		if t, ok := c.(plot.Thumbnailer); ok {
			p.Legend.Add(name, t)
		}
	}
	if untrained != nil {
		add("untrained", untrained, solidOrange)
	}
	add("trained", trained, solidBlue)
	if floor := 100 * trained.Floor; !math.IsNaN(floor) && floor > 0 {
		m := mark{value: floor, horizontal: true, style: dottedGrey}
		p.Add(m)
		p.Legend.Add("floor of the decoder", m)
	}
	p.X.Min, p.Y.Min = 0, 0
	widenRange(&p.X)
	// Room for the legend above the curves.
	p.Y.Max *= 1.3
	widenRange(&p.Y)
	return p
}

func scaled(values []float64, by float64) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = by * v
	}
	return out
}

// widenRange makes an axis drawable when its data have no extent.
func widenRange(a *plot.Axis) {
	if math.IsInf(a.Min, 0) || math.IsNaN(a.Min) || math.IsInf(a.Max, 0) || math.IsNaN(a.Max) || a.Min > a.Max {
		a.Min, a.Max = 0, 1
	}
	if a.Min == a.Max {
		a.Min, a.Max = a.Min-0.5, a.Max+0.5
	}
}
