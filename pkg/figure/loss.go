package figure

import (
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
)

var lossFigure = Entry{
	Name: "loss", Help: "the loss against the updates", Needs: "the log of a training",
	Unitless: true,
	has:      func(r *Run) bool { return len(r.Log) > 0 },
	draw:     plotFigure((*Run).DrawLoss),
}

// DrawLoss draws the loss with its standard deviation.
func (r *Run) DrawLoss(c draw.Canvas) {
	p := newPlot("Training", "updates", "loss (nats)")
	var updates, loss, sd []float64
	for _, l := range r.Log {
		updates = append(updates, float64(l.Step))
		loss = append(loss, l.Loss.Float())
		sd = append(sd, l.LossSD.Float())
	}
	if b := band(updates, loss, sd, canvas.PaleBlue); b != nil {
		p.Add(b)
	}
	p.Add(curve(finitePoints(updates, loss), solidBlue))
	p.X.Min = 0
	widenRange(&p.X)
	widenRange(&p.Y)
	room := 0.04 * (p.Y.Max - p.Y.Min)
	p.Y.Min, p.Y.Max = p.Y.Min-room, p.Y.Max+room
	drawPlot(c, p)
}
