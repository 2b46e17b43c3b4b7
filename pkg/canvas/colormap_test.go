package canvas

import (
	"bufio"
	"fmt"
	"image/color"
	"math"
	"os"
	"strings"
	"testing"
)

// The file was written with Matplotlib 3.11:
// colormaps[name](numpy.arange(256), bytes=True).
func TestColormapsEqualMatplotlib(t *testing.T) {
	f, err := os.Open("testdata/matplotlib_colormaps.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	seen := 0
	for s := bufio.NewScanner(f); s.Scan(); seen++ {
		name, want, _ := strings.Cut(s.Text(), " ")
		m, err := ColormapByName(name)
		if err != nil {
			t.Error(err)
			continue
		}
		for i := range 256 {
			c := m.colors[i]
			if got := fmt.Sprintf("%02x%02x%02x", c.R, c.G, c.B); got != want[6*i:6*i+6] {
				t.Errorf("%s: colour %d is %s, Matplotlib's is %s", name, i, got, want[6*i:6*i+6])
			}
		}
	}
	if seen != len(colormaps) {
		t.Errorf("compared %d colour maps, there are %d", seen, len(colormaps))
	}
}

func TestColormapAt(t *testing.T) {
	// Matplotlib's jet(t, bytes=True).
	for _, c := range []struct {
		t    float64
		want color.RGBA
	}{
		{-1, color.RGBA{0, 0, 127, 255}},
		{0, color.RGBA{0, 0, 127, 255}},
		{0.5, color.RGBA{124, 255, 121, 255}},
		{1, color.RGBA{127, 0, 0, 255}},
		{2, color.RGBA{127, 0, 0, 255}},
		{math.NaN(), color.RGBA{}},
	} {
		if got := Jet().At(c.t); got != c.want {
			t.Errorf("At(%v) = %v, want %v", c.t, got, c.want)
		}
	}
}

func TestUnknownColormap(t *testing.T) {
	_, err := ColormapByName("rainbow")
	if err == nil || !strings.Contains(err.Error(), `"rainbow"`) || !strings.Contains(err.Error(), "viridis") {
		t.Errorf("error %v should name the map asked for and those there are", err)
	}
}
