package figure

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
	"gridcells/pkg/significance"
)

var gridnessFigure = Entry{
	Name: "gridness", Help: "histograms of gridness, with the untrained network and the nulls; further layers as far as they have room", Needs: "units with scores",
	has: func(r *Run) bool { return len(r.Histograms(1)) > 0 },
	draw: func(r *Run, size vg.Point) (func(draw.Canvas), error) {
		plots := r.Histograms(mostHistograms)
		if size.X < 2*legibleHistogram {
			plots = plots[:1]
		}
		return plotsFigure(plots, 1, size)
	},
}

// legibleHistogram is the width that a histogram needs beside another one, in
// points at a text of 8 points.
const legibleHistogram = 180

// Histograms lists the drawings of the first layers' histograms of scores. A layer
// without any score has none.
func (r *Run) Histograms(most int) []func(draw.Canvas) {
	var plots []func(draw.Canvas)
	for _, layer := range r.Layers[:min(len(r.Layers), most)] {
		if scores := layer.Scores(); CountNaN(scores) == len(scores) {
			continue
		}
		plots = append(plots, func(c draw.Canvas) { r.drawScores(c, layer) })
	}
	return plots
}

// drawScores shows how a layer's 60° scores are distributed. Grid cells are dark.
// The untrained network and the nulls are lines. The axes are those that suit the
// layer itself: a line that leaves them is cut, and the legend gives its peak.
func (r *Run) drawScores(c draw.Canvas, layer Layer) {
	p := newPlot(layer.Of("Gridness"), "gridness (60°), dark: "+r.short(layer), "units (%)")
	if canvas.Width(p.X.Label.TextStyle, p.X.Label.Text) > c.Size().X-30 {
		p.X.Label.Text = "gridness (60°)"
	}
	scores := layer.Scores()
	var grid []float64
	for _, u := range layer.Units {
		if r.IsGrid(u) {
			grid = append(grid, u.Score60)
		}
	}
	low, width, n := scoreBins(r.Criterion, scores)
	all := countInto(scores, low, width, n)
	dark := countInto(grid, low, width, n)
	for k := range dark.percent {
		dark.percent[k] *= float64(len(grid)) / math.Max(1, float64(len(scores)))
	}
	p.Add(bars{all, canvas.PaleBlue}, bars{dark, canvas.Blue})
	top := math.Max(1.25*highest(all), 1)
	controls := layer.controls()
	drawn := []frequencies{all}
	names := []string{}
	for _, control := range controls {
		f := countWithin(control.scores, low, width, n)
		name := control.name
		if peak := highest(f); peak > top {
			name += fmt.Sprintf(" (to %.0f %%)", peak)
		}
		p.Add(polygon{f, control.style, top})
		drawn = append(drawn, f)
		p.Legend.Add(name, outline{style: control.style})
		names = append(names, name)
	}
	p.Add(mark{value: r.mark(layer), upTo: top, style: dashedGrey})
	p.X.Min, p.X.Max = low, low+float64(n)*width
	p.Y.Min, p.Y.Max = 0, 1.04*top
	if !legendHasRoom(c, p, drawn, names, r.mark(layer)) {
		makeRoom(c, p, len(controls))
	}
	drawPlot(c, p)
}

// legendHasRoom tells whether a legend of these entries covers nothing in the
// upper right corner of a plot, where histograms of gridness are low, and lies at
// the right of a mark.
func legendHasRoom(c draw.Canvas, p *plot.Plot, drawn []frequencies, names []string, mark float64) bool {
	fitPlot(c, p)
	area := p.DataCanvas(c).Size()
	high := float64(area.Y-legendHeight(p, len(names))) / float64(area.Y) * p.Y.Max
	left := p.X.Max - float64(legendWidth(p, names)/area.X)*(p.X.Max-p.X.Min)
	if left < max(p.X.Min, mark) {
		return false
	}
	for _, f := range drawn {
		for k, v := range f.percent {
			if f.edge(k+1) > left && v > high {
				return false
			}
		}
	}
	return true
}

// mark is the score that a histogram marks: the mean of the units' own
// thresholds if these decide which units are grid cells, otherwise the criterion.
func (r *Run) mark(layer Layer) float64 {
	if judgement, name := r.Judge(layer); judgement == ByOwn {
		if n := layer.Null(name); n != nil && n.Threshold95.Known() {
			return n.Threshold95.Float()
		}
	}
	return r.Criterion
}

func highest(f frequencies) float64 {
	_, _, _, top := f.DataRange()
	return top
}

// The scores that a histogram reaches at least, and at most.
const (
	leastLow, leastHigh = -0.5, 1.0
	mostLow, mostHigh   = -1.5, 2.0
)

// scoreBins returns bins that hold the scores of a layer. The criterion is an edge
// of them. They reach as far as the scores do, but not beyond −1.5 and 2. Scores
// beyond these are rare and count in the outermost bins.
func scoreBins(criterion float64, scores []float64) (low, width float64, n int) {
	lowest, highest := leastLow, leastHigh
	for _, s := range scores {
		if !math.IsNaN(s) {
			lowest, highest = math.Min(lowest, max(s, mostLow)), math.Max(highest, min(s, mostHigh))
		}
	}
	spread := significance.Quantile(scores, 0.95) - significance.Quantile(scores, 0.05)
	width = 0.1
	if spread < 0.5 {
		width = 0.05
	}
	width = math.Max(width, RoundStep((highest-lowest)/60))
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
// known. The null "untrained" is left out if the scores of the untrained network
// itself are known.
func (l Layer) controls() []control {
	var list []control
	if len(l.Untrained) > 0 {
		list = append(list, control{"untrained", l.Untrained, thinOrange})
	}
	for k, n := range l.Nulls {
		if len(n.Scores) > 0 && !l.shownAsUntrained(n) {
			list = append(list, control{n.Heading(), n.Scores, nullStyle(k)})
		}
	}
	return list[:min(len(list), MostNulls)]
}

// shownAsUntrained reports whether a null is the untrained network, which is shown by
// its own scores.
func (l Layer) shownAsUntrained(n Null) bool {
	return n.Name == "untrained" && len(l.Untrained) > 0
}
