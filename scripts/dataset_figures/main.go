// Command dataset_figures compares simulated trajectories with a sample of real
// ones, for docs/dataset.md. It draws their distributions side by side and prints a
// table of summary figures.
//
//	go run ./scripts/dataset_figures target_pos.npy docs/dataset.svg
//
// The sample is an array of positions [N, T, 2], in m, in a square of 2.2 m.
package main

import (
	"fmt"
	"image/color"
	"math"
	"os"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"gridcells/pkg/npy"
	"gridcells/pkg/sweep"
	"gridcells/pkg/trajectory"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: dataset_figures SAMPLE.npy FIGURE.svg")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "dataset_figures:", err)
		os.Exit(1)
	}
}

// samples is the number of simulated samples. Each has as many trajectories as the
// real one.
const samples = 200

func run(in, out string) error {
	real, err := readPaths(in)
	if err != nil {
		return fmt.Errorf("%s: %w", in, err)
	}
	c, err := compare(real)
	if err != nil {
		return err
	}
	for _, line := range c.table() {
		fmt.Println(line)
	}
	return c.draw(out)
}

// printed are the motion models in the table, in order. The first is drawn.
var printed = []string{"banino", "literal", "sorscher", "soluslan"}

// comparison has the distributions of the real sample and of simulated samples of
// each model.
type comparison struct {
	sample *trajectory.Distributions
	models map[string][]*trajectory.Distributions
}

// compare simulates samples that are as large as the real one.
func compare(real trajectory.Paths) (*comparison, error) {
	arena, err := trajectory.NewArena("square", 2.2)
	if err != nil {
		return nil, err
	}
	c := &comparison{real.Distributions(arena), map[string][]*trajectory.Distributions{}}
	for _, name := range printed {
		if c.models[name], err = simulate(name, arena, len(real), len(real[0])); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func readPaths(name string) (trajectory.Paths, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	a, err := npy.ReadArray(f)
	if err != nil {
		return nil, err
	}
	x, err := a.Float32()
	if err != nil {
		return nil, err
	}
	if len(a.Shape) != 3 || a.Shape[2] != 2 || len(x) == 0 {
		return nil, fmt.Errorf("an array of shape %v, not [N, T, 2]", a.Shape)
	}
	var paths trajectory.Paths
	for path := range slices.Chunk(x, 2*a.Shape[1]) {
		var p [][2]float32
		for xy := range slices.Chunk(path, 2) {
			p = append(p, [2]float32(xy))
		}
		paths = append(paths, p)
	}
	return paths, nil
}

// simulate measures samples of n trajectories each.
func simulate(model string, arena trajectory.Arena, n, steps int) ([]*trajectory.Distributions, error) {
	m, err := trajectory.NewModel(model, nil)
	if err != nil {
		return nil, err
	}
	g, err := trajectory.NewGenerator(trajectory.Config{Steps: steps, Arena: arena, Model: m, Seed: 1})
	if err != nil {
		return nil, err
	}
	var all []*trajectory.Distributions
	for i := range samples {
		var paths trajectory.Paths
		for j := range n {
			t := trajectory.New(steps)
			g.Generate(uint64(i*n+j), t)
			paths = append(paths, t.TargetPos)
		}
		all = append(all, paths.Distributions(arena))
	}
	return all, nil
}

// table returns the lines of the table in docs/dataset.md.
func (c *comparison) table() []string {
	lines := []string{"| | real | " + strings.Join(printed, " | ") + " |", "|---|---|" + strings.Repeat("---|", len(printed))}
	for i, s := range c.sample.Summary() {
		line := fmt.Sprintf("| %s | %.4g |", s.Name, s.Value)
		for _, name := range printed {
			var values []float64
			for _, d := range c.models[name] {
				if v := d.Summary()[i].Value; !math.IsNaN(v) {
					values = append(values, v)
				}
			}
			if len(values) == 0 {
				line += " – |"
				continue
			}
			line += fmt.Sprintf(" %v |", sweep.EstimateOf(values))
		}
		lines = append(lines, line)
	}
	return lines
}

// draw writes the figure to a file.
func (c *comparison) draw(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := drawAll(f, c.sample, c.models[printed[0]]); err != nil {
		return err
	}
	return f.Close()
}

// ranges are the axes of the distributions, in the order of
// trajectory.DistributionNames.
var ranges = []struct {
	lo, hi float64
	bins   int
}{{0, 0.045, 30}, {0, 0.045, 30}, {0, 1.1, 44}, {0.5, 25.5, 25}, {-1.2, 1.2, 40}, {-1.1, 1.1, 22}}

func drawAll(f *os.File, sample *trajectory.Distributions, model []*trajectory.Distributions) error {
	const rows, columns = 2, 3
	canvas := vgsvg.New(24*vg.Centimeter, 13*vg.Centimeter)
	tiles := draw.Tiles{Rows: rows, Cols: columns, PadX: 4 * vg.Millimeter, PadY: 4 * vg.Millimeter}
	plots := make([][]*plot.Plot, rows)
	for i, name := range trajectory.DistributionNames {
		simulated := make([][]float64, len(model))
		for j, d := range model {
			simulated[j] = density(d.All()[i], i)
		}
		p, err := panel(name, density(sample.All()[i], i), simulated, i)
		if err != nil {
			return err
		}
		plots[i/columns] = append(plots[i/columns], p)
	}
	for i, row := range plot.Align(plots, tiles, draw.New(canvas)) {
		for j, c := range row {
			plots[i][j].Draw(c)
		}
	}
	_, err := canvas.WriteTo(f)
	return err
}

// density is a histogram of area one over the range of distribution i.
func density(x []float64, i int) []float64 {
	r := ranges[i]
	h := make([]float64, r.bins)
	width := (r.hi - r.lo) / float64(r.bins)
	for _, v := range x {
		if bin := int(math.Floor((v - r.lo) / width)); bin >= 0 && bin < r.bins {
			h[bin] += 1 / (width * float64(len(x)))
		}
	}
	return h
}

// panel draws the histogram of the real sample over a band that contains nine of ten
// histograms of simulated samples.
func panel(name string, real []float64, simulated [][]float64, i int) (*plot.Plot, error) {
	p := plot.New()
	p.X.Label.Text = name
	p.Y.Label.Text = "density"
	p.X.Min, p.X.Max, p.Y.Min = ranges[i].lo, ranges[i].hi, 0
	var low, middle, high []float64
	for bin := range real {
		var values []float64
		for _, h := range simulated {
			values = append(values, h[bin])
		}
		slices.Sort(values)
		low = append(low, values[len(values)/20])
		middle = append(middle, values[len(values)/2])
		high = append(high, values[len(values)-1-len(values)/20])
	}
	back := steps(low, i)
	slices.Reverse(back)
	band, err := plotter.NewPolygon(append(steps(high, i), back...))
	if err != nil {
		return nil, err
	}
	band.Color = color.NRGBA{0x9e, 0xc5, 0xe8, 0xff}
	band.LineStyle.Width = 0
	model, err := plotter.NewLine(steps(middle, i))
	if err != nil {
		return nil, err
	}
	model.Color = color.NRGBA{0x1f, 0x5f, 0xa8, 0xff}
	line, err := plotter.NewLine(steps(real, i))
	if err != nil {
		return nil, err
	}
	line.Width = vg.Points(1.4)
	p.Add(band, model, line)
	p.Y.Max = 1.05 * max(slices.Max(real), slices.Max(high))
	if i == 1 {
		p.Legend.Top = true
		p.Legend.Add("real, 40 trajectories", line)
		p.Legend.Add("model: median, 90 %", model)
		p.Legend.TextStyle.Font.Size = vg.Points(8)
	}
	return p, nil
}

// steps returns the corners of the outline of a histogram.
func steps(h []float64, i int) plotter.XYs {
	r := ranges[i]
	width := (r.hi - r.lo) / float64(r.bins)
	var xys plotter.XYs
	for bin, v := range h {
		x := r.lo + width*float64(bin)
		xys = append(xys, plotter.XY{X: x, Y: v}, plotter.XY{X: x + width, Y: v})
	}
	return xys
}
