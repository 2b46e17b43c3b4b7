package figure

import (
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
)

var lossFigure = Entry{
	Name: "loss", Help: "the loss against the updates, above the entropy of the targets if that is known", Needs: "the log of a training",
	Unitless: true,
	has:      func(r *Run) bool { return len(r.Log) > 0 },
	draw:     plotFigure((*Run).DrawLoss),
}

// DrawLoss draws the loss with its standard deviation. No network can have a loss
// below the entropy of the targets. So the plot starts there if it is known, and
// shows how much of what can be learned was learned.
func (r *Run) DrawLoss(c draw.Canvas) {
	label := "loss (nats)"
	if r.TargetEntropy > 0 {
		label = "loss above the entropy (nats)"
	}
	p := newPlot("Training", "updates", label)
	var updates, loss, sd []float64
	for _, l := range r.Log {
		updates = append(updates, float64(l.Step))
		loss = append(loss, l.Loss.Float()-r.TargetEntropy)
		sd = append(sd, l.LossSD.Float())
	}
	if b := band(updates, loss, sd, canvas.PaleBlue); b != nil {
		p.Add(b)
	}
	p.Add(curve(finitePoints(updates, loss), solidBlue))
	p.X.Min = 0
	if r.TargetEntropy > 0 {
		p.Y.Min = 0
	}
	widenRange(&p.X)
	widenRange(&p.Y)
	room := 0.04 * (p.Y.Max - p.Y.Min)
	if r.TargetEntropy <= 0 {
		p.Y.Min -= room
	}
	p.Y.Max += room
	DrawPlot(c, p)
}
