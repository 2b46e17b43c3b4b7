package figure

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
)

var trainingAnimation = Entry{
	Name: "training-animation", Help: "ratemaps through the checkpoints, moving",
	Needs: "checkpoints and units",
	has:   inFirstLayer(func(r *Run, l Layer) bool { return len(r.Course(l)) > 0 && len(r.Shown(l)) > 0 }),
	frames: func(r *Run, size vg.Point) ([]func(draw.Canvas), error) {
		course := r.Course(r.Layers[0])
		size.Y -= clockHeight
		units, cells := r.tile(r.Shown(r.Layers[0]), 1, size)
		var moving []Unit // the units at all moments
		scenes := make([][]Unit, len(course))
		for k, m := range course {
			scenes[k] = m.follow(units)
			moving = append(moving, scenes[k]...)
		}
		heading := HeadingSize(moving, Unit.Heading, cells.side)
		var frames []func(draw.Canvas)
		for k, m := range course {
			frames = append(frames, func(c draw.Canvas) {
				r.drawClock(c, m, course[len(course)-1].update)
				c = draw.Crop(c, 0, 0, 0, -clockHeight)
				for i, u := range scenes[k] {
					if !u.Ratemap.Empty() {
						r.DrawUpright(cells.cell(c, i), u, u.Heading(), heading, r.Maps())
					}
				}
			})
		}
		return frames, fits(cells.side, len(units))
	},
}

// clockHeight is the height of the line that tells how far the training is.
const clockHeight = 22

// drawClock writes the number of updates and the share of grid cells at the top of
// a picture. A bar below shows how much of the training is done.
func (r *Run) drawClock(c draw.Canvas, m Moment, end float64) {
	share := Percent(r.CountGrid(m.Layer).Share) + " " + r.short(m.Layer)
	small := canvas.Align(canvas.Text(7.5, false, canvas.Ink), draw.XRight, draw.YBottom)
	bold := canvas.Text(9, true, canvas.Ink)
	y := c.Max.Y - 9
	updates := canvas.Shorten(bold, GroupThousands(fmt.Sprintf("%.0f", m.update))+" updates", c.Size().X)
	canvas.Write(c, bold, vg.Point{X: c.Min.X, Y: y}, updates)
	if canvas.Width(bold, updates)+canvas.Width(small, share)+8 <= c.Size().X {
		canvas.Write(c, small, vg.Point{X: c.Max.X, Y: y}, share)
	}
	const thick = 2
	bar := canvas.Rectangle(c.Min.X, c.Max.Y-15, c.Size().X, thick)
	c.SetColor(canvas.PalestBlue)
	c.Fill(bar.Path())
	if end > 0 {
		bar.Max.X = bar.Min.X + bar.Size().X*vg.Length(m.update/end)
	}
	c.SetColor(canvas.Blue)
	c.Fill(bar.Path())
}

// follow returns units as they are at a moment, without autocorrelograms. A unit
// that the moment lacks has no ratemap.
func (m Moment) follow(units []Unit) []Unit {
	then := make([]Unit, len(units))
	for i, u := range units {
		if at := slices.IndexFunc(m.Units, func(v Unit) bool { return v.Number == u.Number }); at >= 0 {
			then[i] = m.Units[at]
			then[i].SAC = Map{}
		}
	}
	return then
}
