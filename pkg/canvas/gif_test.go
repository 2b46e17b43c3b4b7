package canvas

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"slices"
	"testing"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

func TestGIF(t *testing.T) {
	maps := Viridis()
	var pages []Page
	for k := range 3 {
		pages = append(pages, Page{Size: PageSize{72, 36}, Draw: func(c draw.Canvas) {
			img := image.NewRGBA(image.Rect(0, 0, 1, 1))
			img.SetRGBA(0, 0, maps.At(float64(k)/2))
			c.DrawImage(Rectangle(0, 0, 36, 36), img)
			Write(c, Text(8, false, Ink), vg.Point{X: 40, Y: 10}, string(rune('a'+k))+string(rune(0x1F400+k)))
		}})
	}
	var b, again bytes.Buffer
	missing, err := WriteGIF(&b, pages, 72, 0.25, maps)
	if err != nil {
		t.Fatal(err)
	}
	if want := []rune{0x1F400, 0x1F401, 0x1F402}; !slices.Equal(missing, want) {
		t.Errorf("missing glyphs %q, want %q", missing, want)
	}
	if _, err := WriteGIF(&again, pages, 72, 0.25, maps); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Errorf("the same pages gave other bytes (error %v)", err)
	}
	g, err := gif.DecodeAll(&b)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(g.Delay, []int{25, 25, 75}) || g.LoopCount != 0 || g.Config.Width != 72 || g.Config.Height != 36 {
		t.Errorf("delays %v, loops %d, size %d×%d", g.Delay, g.LoopCount, g.Config.Width, g.Config.Height)
	}
	for k, img := range g.Image {
		got, want := color.RGBAModel.Convert(img.At(18, 18)).(color.RGBA), maps.At(float64(k)/2)
		for _, d := range [3]int{int(got.R) - int(want.R), int(got.G) - int(want.G), int(got.B) - int(want.B)} {
			if d < -4 || d > 4 {
				t.Errorf("picture %d: colour %v, want %v", k, got, want)
			}
		}
		if got := color.GrayModel.Convert(img.At(71, 1)).(color.Gray); got.Y != 255 {
			t.Errorf("picture %d: the background is %v", k, got)
		}
	}
	if _, err := WriteGIF(&b, nil, 72, 1, maps); err == nil {
		t.Error("no pictures are no error")
	}
}
