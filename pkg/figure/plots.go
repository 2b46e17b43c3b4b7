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
func (r *Report) figures() []func(draw.Canvas) {
	plots := r.histograms(summaryHistograms)
	if len(r.Layers) > 0 && hasScales(r.Layers[0]) {
		plots = append(plots, func(c draw.Canvas) { r.drawScales(c, r.Layers[0]) })
	}
	if r.PathIntegration != nil {
		plots = append(plots, r.drawPathIntegration)
	}
	if r.Loss != nil {
		plots = append(plots, func(c draw.Canvas) { drawPlot(c, lossPlot(r.Loss)) })
	}
	if r.Trajectory != nil {
		plots = append(plots, r.Trajectory.draw)
	}
	return plots
}

func (r *Report) histograms(most int) []func(draw.Canvas) {
	var plots []func(draw.Canvas)
	for _, layer := range r.Layers[:min(len(r.Layers), most)] {
		plots = append(plots, func(c draw.Canvas) { r.drawScores(c, layer) })
	}
	return plots
}

// How many layers are compared side by side, on the summary, which is to stay a
// page, and in a figure.
const (
	summaryHistograms = 2
	mostHistograms    = 4
)

// drawScores shows how a layer's 60° scores are distributed, beside the
// controls and the criterion.
func (r *Report) drawScores(c draw.Canvas, layer Layer) {
	p := newPlot("Gridness, "+layer.Name, fmt.Sprintf("gridness (60°), dark above %.2f", r.Criterion), "units (%)")
	if textWidth(p.X.Label.TextStyle, p.X.Label.Text) > c.Size().X-30 {
		p.X.Label.Text = "gridness (60°)"
	}
	scores := layer.Scores()
	controls := layer.controls()
	low, width, n := scoreBins(r.Criterion, append(layer.controlScores(), scores)...)
	trained := countInto(scores, low, width, n)
	below, above := trained.split(r.Criterion)
	p.Add(bars{below, paleBlue}, bars{above, blue})
	top := highest(trained)
	for _, control := range controls {
		f := countInto(control.scores, low, width, n)
		p.Add(outline{f, control.style})
		p.Legend.Add(control.name, outline{style: control.style})
		top = math.Max(top, highest(f))
	}
	top = math.Max(top, 1)
	p.Add(mark{value: r.Criterion, upTo: 1.04 * top, style: dashedGrey})
	p.X.Min, p.X.Max = low, low+float64(n)*width
	p.Y.Min, p.Y.Max = 0, 1.04*top
	drawUnderLegend(c, p, len(controls))
}

// drawUnderLegend draws a plot whose legend has so many entries, with room for it
// above the data.
func drawUnderLegend(c draw.Canvas, p *plot.Plot, entries int) {
	makeRoom(c, p, entries)
	drawPlot(c, p)
}

func makeRoom(c draw.Canvas, p *plot.Plot, entries int) {
	if entries == 0 {
		return
	}
	fitPlot(c, p)
	height := p.DataCanvas(c).Size().Y
	room := vg.Length(entries)*(p.Legend.TextStyle.Font.Size*1.2+p.Legend.Padding) + 2
	if room = min(room, height/2); room > 0 {
		p.Y.Max = p.Y.Min + (p.Y.Max-p.Y.Min)*float64(height/(height-room))
	}
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

func (r *Report) drawPathIntegration(c draw.Canvas) {
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

// widenRange makes an axis drawable when its data have no extent.
func widenRange(a *plot.Axis) {
	if math.IsInf(a.Min, 0) || math.IsNaN(a.Min) || math.IsInf(a.Max, 0) || math.IsNaN(a.Max) || a.Min > a.Max {
		a.Min, a.Max = 0, 1
	}
	if a.Min == a.Max {
		a.Min, a.Max = a.Min-0.5, a.Max+0.5
	}
}
