package figure

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
)

var lossFigure = Entry{
	Name: "loss", Help: "the loss against the updates", Needs: "the log of a training",
	Unitless: true,
	has:      func(r *Run) bool { return r.Loss != nil },
	draw:     plotFigure(func(r *Run, c draw.Canvas) { DrawPlot(c, LossPlot(r.Loss)) }),
}

func LossPlot(l *LossCurve) *plot.Plot {
	p := newPlot("Training", "updates", "loss (nats)")
	if b := band(l.Update, l.Loss, l.SD, canvas.PaleBlue); b != nil {
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
