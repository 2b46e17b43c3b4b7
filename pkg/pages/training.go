package pages

import (
	"fmt"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
	"gridcells/pkg/figure"
)

// TrainingPages show each layer through the checkpoints: how the scores are
// distributed, the share of grid cells, the classes, the loss, and the
// ratemaps of the selected units, or of as many of the best as have room.
func (r *Report) TrainingPages(size canvas.PageSize) []canvas.Page {
	if len(r.Checkpoints) == 0 {
		return nil
	}
	var pages []canvas.Page
	for _, layer := range r.Layers {
		course := r.Course(layer)
		if len(course) == 0 {
			continue
		}
		pages = append(pages, r.trainingPages(layer, course, size)...)
	}
	return pages
}

func (r *Report) trainingPages(layer figure.Layer, course []figure.Moment, size canvas.PageSize) []canvas.Page {
	units := r.Shown(layer)
	var pages []canvas.Page
	rest := units
	for first := true; first || len(rest) > 0; first = false {
		var here []figure.Unit
		page := canvas.Page{Size: size}
		body := bodySize(size)
		plots := r.CoursePlots(layer, course)
		columns := 2
		if len(plots) == 3 {
			columns = 3
		}
		height := vg.Length(0)
		if first {
			page.Name = layer.Name + " over training"
			height = vg.Length((len(plots)+columns-1)/columns)*(figure.CoursePlotHeight+figure.PlotSpace) + 4
		}
		film := figure.NewFilm(course, canvas.PageSize{Width: body.Width, Height: body.Height - height}, len(rest))
		here, rest = rest[:min(len(rest), film.Rows)], rest[min(len(rest), film.Rows):]
		page.Draw = func(c draw.Canvas) {
			c = header(c, layerTitle(size, layer.Name, " over training"), filmNote(course, film), layer.Units)
			if first {
				figure.DrawGrid(c, plots, columns, figure.CoursePlotHeight)
			}
			film.Draw(draw.Crop(c, 0, 0, 0, -height), &r.Run, here)
		}
		pages = append(pages, page)
		if r.Selected == nil {
			break
		}
	}
	return pages
}

func filmNote(course []figure.Moment, f figure.Film) string {
	note := fmt.Sprintf("%d checkpoints", len(course))
	if len(course) == 1 {
		note = "1 checkpoint"
	}
	if len(f.Moments) < len(course) {
		note += fmt.Sprintf(", ratemaps of %d of them", len(f.Moments))
	}
	return note + ". Units in the order of the last. Under a ratemap: gridness. Colours span each ratemap's range."
}
