package layouttest

import (
	"image/color"
	"testing"

	"gonum.org/v1/plot/vg/draw"

	"gridcells/pkg/canvas"
)

// The checks themselves find what they should.
func TestLayoutChecks(t *testing.T) {
	c := newRecorder(100, 100)
	text := box{canvas.Rectangle(40, 40, 20, 10), "text"}
	style := draw.LineStyle{Color: canvas.Ink, Width: 1}
	cv := draw.NewCanvas(c, 100, 100)
	cv.StrokeLine2(style, 0, 30, 100, 38)
	if c.crossed(text) {
		t.Error("a line below the text crosses it")
	}
	cv.SetColor(canvas.Blue)
	cv.Fill(canvas.Rectangle(20, 20, 60, 60).Path())
	if !c.crossed(text) {
		t.Error("a text in an area is not on it")
	}
	cv.SetColor(color.White)
	cv.Fill(canvas.Rectangle(39, 39, 22, 12).Path())
	if c.crossed(text) {
		t.Error("a white area hides nothing")
	}
	cv.StrokeLine2(style, 50, 0, 50, 100)
	if !c.crossed(text) {
		t.Error("a line through the text does not cross it")
	}
}
