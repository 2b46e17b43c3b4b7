package figure

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
)

var (
	solidBlue   = draw.LineStyle{Color: canvas.Blue, Width: 1.2}
	thinOrange  = draw.LineStyle{Color: canvas.Vermillion, Width: 0.9}
	solidOrange = draw.LineStyle{Color: canvas.Vermillion, Width: 1.2}
	dashedGrey  = draw.LineStyle{Color: canvas.SoftInk, Width: 0.8, Dashes: []vg.Length{3, 2}}
	dottedGrey  = draw.LineStyle{Color: canvas.SoftInk, Width: 1, Dashes: []vg.Length{1, 2}}
)

// The number of layers whose histograms stand side by side: on the summary, which
// must stay a page, and in a figure.
const (
	SummaryHistograms = 2
	mostHistograms    = 4
)

// drawUnderLegend draws a plot below a legend with this number of entries. It
// leaves room for the legend above the data.
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
	if room := min(legendHeight(p, entries), height/2); room > 0 {
		p.Y.Max = p.Y.Min + (p.Y.Max-p.Y.Min)*float64(height/(height-room))
	}
}

// legendHeight is the height of a legend with this number of entries.
func legendHeight(p *plot.Plot, entries int) vg.Length {
	return vg.Length(entries)*(p.Legend.TextStyle.Font.Size*1.2+p.Legend.Padding) + 2
}

// legendWidth is the width of a legend with these entries.
func legendWidth(p *plot.Plot, names []string) vg.Length {
	widest := vg.Length(0)
	for _, name := range names {
		widest = max(widest, canvas.Width(p.Legend.TextStyle, name))
	}
	return widest + p.Legend.ThumbnailWidth + 8
}

// widenRange gives an axis an extent if its data have none.
func widenRange(a *plot.Axis) {
	if math.IsInf(a.Min, 0) || math.IsNaN(a.Min) || math.IsInf(a.Max, 0) || math.IsNaN(a.Max) || a.Min > a.Max {
		a.Min, a.Max = 0, 1
	}
	if a.Min == a.Max {
		a.Min, a.Max = a.Min-0.5, a.Max+0.5
	}
}
