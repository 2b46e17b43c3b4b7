package figure

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
)

var gridnessFigure = Entry{
	Name: "gridness", Help: "histograms of gridness of up to four layers, with the untrained network and the nulls", Needs: "units",
	has: func(r *Run) bool { return len(r.Layers) > 0 },
	draw: func(r *Run, size vg.Point) (func(draw.Canvas), error) {
		plots := r.Histograms(mostHistograms)
		return plotsFigure(plots, len(plots), size)
	},
}

func (r *Run) Histograms(most int) []func(draw.Canvas) {
	var plots []func(draw.Canvas)
	for _, layer := range r.Layers[:min(len(r.Layers), most)] {
		plots = append(plots, func(c draw.Canvas) { r.drawScores(c, layer) })
	}
	return plots
}

// drawScores shows how a layer's 60° scores are distributed, beside the
// controls and the criterion.
func (r *Run) drawScores(c draw.Canvas, layer Layer) {
	p := newPlot("Gridness, "+layer.Name, fmt.Sprintf("gridness (60°), dark above %.2f", r.Criterion), "units (%)")
	if canvas.Width(p.X.Label.TextStyle, p.X.Label.Text) > c.Size().X-30 {
		p.X.Label.Text = "gridness (60°)"
	}
	scores := layer.Scores()
	controls := layer.controls()
	low, width, n := scoreBins(r.Criterion, append(layer.controlScores(), scores)...)
	trained := countInto(scores, low, width, n)
	below, above := trained.split(r.Criterion)
	p.Add(bars{below, canvas.PaleBlue}, bars{above, canvas.Blue})
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
	width = math.Max(0.1, RoundStep((highest-lowest)/40))
	before := math.Ceil((criterion - lowest) / width)
	after := math.Ceil((highest-criterion)/width + 1e-9)
	return criterion - before*width, width, int(before + after)
}

// control is a kind of scores that a layer's are compared with.
type control struct {
	name   string
	scores []float64
	style  draw.LineStyle
}

// controls lists the scores of the untrained network and of the nulls that are
// known.
func (l Layer) controls() []control {
	var list []control
	if len(l.Untrained) > 0 {
		list = append(list, control{"untrained", l.Untrained, solidOrange})
	}
	for k, n := range l.Nulls {
		if len(n.Scores) > 0 {
			list = append(list, control{n.Heading(), n.Scores, nullStyle(k)})
		}
	}
	return list[:min(len(list), MostNulls)]
}

func (l Layer) controlScores() [][]float64 {
	var all [][]float64
	for _, c := range l.controls() {
		all = append(all, c.scores)
	}
	return all
}
