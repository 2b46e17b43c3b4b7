package figure

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
	"gridcells/pkg/scales"
)

var scalesFigure = Entry{
	Name: "scales", Help: "the scales of grid cells and their clusters", Needs: "grid scales",
	has:  inFirstLayer((*Run).HasScales),
	draw: plotFigure(func(r *Run, c draw.Canvas) { r.DrawScales(c, r.Layers[0]) }),
}

// scales returns the scales (cm) of a layer's grid cells.
func (r *Run) scales(layer Layer) []float64 {
	var cm []float64
	for _, u := range layer.Units {
		if m := u.Measures; m != nil && r.IsGrid(u) && m.Scale > 0 && !math.IsInf(m.Scale, 0) {
			cm = append(cm, 100*m.Scale)
		}
	}
	return cm
}

// HasScales tells whether the scale of any grid cell is known.
func (r *Run) HasScales(layer Layer) bool { return len(r.scales(layer)) > 0 }

// DrawScales shows how the scales of a layer's grid cells are distributed, and
// into which clusters they fall. The layer must have scales.
func (r *Run) DrawScales(c draw.Canvas, layer Layer) {
	cm := r.scales(layer)
	p := newPlot(layer.Of("Grid scale"), "scale (cm)", "grid cells")
	lowest, highest := slices.Min(cm), slices.Max(cm)
	width := math.Max(10, RoundStep((highest-lowest)/20))
	low := width * math.Max(0, math.Floor(lowest/width)-2)
	n := int(math.Floor((highest-low)/width)) + 3
	counts := countInto(cm, low, width, n)
	top := 1.0
	for k := range counts.percent {
		counts.percent[k] *= float64(len(cm)) / 100
		top = math.Max(top, counts.percent[k])
	}
	p.Add(bars{counts, canvas.PaleBlue})
	p.X.Min, p.X.Max = low, low+float64(n)*width
	entries := 1
	p.Legend.Add(fmt.Sprintf("n = %d", len(cm)), bars{color: canvas.PaleBlue})
	switch s := layer.Scales; {
	case s == nil:
	case s.TooFew():
		entries++
		p.Legend.Add("too few for clusters", nothing{})
	default:
		for _, cluster := range s.Clusters {
			units := cluster.Weight * float64(len(cm))
			if units < leastCluster || !(cluster.SD > 0) {
				continue
			}
			curve := clusterCurve(cluster, p.X.Min, p.X.Max, float64(len(cm))*width)
			for _, at := range curve.XYs {
				top = math.Max(top, at.Y)
			}
			p.Add(curve)
			if entries < 5 {
				entries++
				p.Legend.Add(fmt.Sprintf("%.0f cm, %.0f units", 100*cluster.Mean, units), mark{style: solidOrange})
			}
		}
	}
	p.Y.Min, p.Y.Max = 0, 1.04*top
	makeRoom(c, p, entries)
	fitPlot(c, p)
	p.Y.Tick.Marker = wholeTicks{p.Y.Tick.Marker}
	p.Draw(c)
}

// leastCluster is the number of units that make a cluster. Mixtures may spend a
// component on a stray unit or two.
const leastCluster = 3

// clusterCurve returns a cluster's density over an axis in centimetres, times an
// area.
func clusterCurve(k scales.Cluster, low, high, area float64) *plotter.Line {
	const steps = 200
	mean, sd := 100*k.Mean, 100*k.SD
	l := &plotter.Line{LineStyle: solidOrange}
	for i := range steps + 1 {
		x := low + (high-low)*float64(i)/steps
		z := (x - mean) / sd
		y := area * k.Weight / (sd * math.Sqrt(2*math.Pi)) * math.Exp(-z*z/2)
		if !math.IsNaN(y) && !math.IsInf(y, 0) {
			l.XYs = append(l.XYs, plotter.XY{X: x, Y: y})
		}
	}
	return l
}

// nothing is the empty symbol of a remark in a legend.
type nothing struct{}

// Thumbnail implements plot.Thumbnailer.
func (nothing) Thumbnail(*draw.Canvas) {}

// between2 returns the area between two curves, or nil where it has none.
func between2(x, low, high []float64, clr color.Color) plot.Plotter {
	around, below := finitePoints(x, high), finitePoints(x, low)
	for i := len(below) - 1; i >= 0; i-- {
		around = append(around, below[i])
	}
	if len(around) < 4 {
		return nil
	}
	return &plotter.Polygon{XYs: []plotter.XYs{around}, Color: clr}
}
