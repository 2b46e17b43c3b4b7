package figure

import (
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
)

var lossFigure = Entry{
	Name: "loss", Help: "the loss, and what it has above the entropy of the targets, against the updates", Needs: "the log of a training",
	Unitless: true,
	has:      func(r *Run) bool { return len(r.Log) > 0 },
	draw:     plotFigure((*Run).DrawLoss),
}

// DrawLoss draws the loss with its standard deviation. If the log has the entropy
// of the targets, which is the least loss that they allow, the loss above it is a
// second curve, and the axis begins at 0, where a perfect network would be.
func (r *Run) DrawLoss(c draw.Canvas) {
	p := newPlot("Training", "updates", "loss (nats)")
	var updates, loss, sd, above []float64
	for _, l := range r.Log {
		updates = append(updates, float64(l.Step))
		loss = append(loss, l.Loss.Float())
		sd = append(sd, l.LossSD.Float())
		above = append(above, l.AboveEntropy().Float())
	}
	if b := band(updates, loss, sd, canvas.PaleBlue); b != nil {
		p.Add(b)
	}
	p.Add(curve(finitePoints(updates, loss), solidBlue))
	entries := 0
	points := finitePoints(updates, above)
	if len(points) > 0 {
		p.Add(curve(points, solidOrange))
		p.Legend.Add("loss", mark{style: solidBlue})
		p.Legend.Add("above the targets’ entropy", mark{style: solidOrange})
		entries = 2
	}
	p.X.Min = 0
	widenRange(&p.X)
	widenRange(&p.Y)
	room := 0.04 * (p.Y.Max - p.Y.Min)
	p.Y.Min, p.Y.Max = p.Y.Min-room, p.Y.Max+room
	if len(points) > 0 {
		p.Y.Min = min(p.Y.Min, 0)
	}
	drawUnderLegend(c, p, entries)
}
