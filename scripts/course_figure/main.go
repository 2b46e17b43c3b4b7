// Command course_figure draws how the share of grid-like units, the position error
// and the scale of the grids go through training, for docs/reproduction.md.
//
//	go run ./scripts/course_figure docs/train_many.csv docs/course.svg
//
// The table has a line for each network and number of updates, as docs/train_many.csv.
// A line in the figure is the mean over seeds, and its band one standard deviation to
// either side. The number of updates is multiplied by the learning rate over 1e-4, so
// that courses at several learning rates lie above each other if the rate only sets
// the pace.
package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"image/color"
	"math"
	"os"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: course_figure TABLE.csv FIGURE.svg")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "course_figure:", err)
		os.Exit(1)
	}
}

// A course is a setting of the table as the figure shows it.
type course struct {
	setting, label string
	rate           float64
	color          color.NRGBA
}

var courses = []course{
	{"paper", "10⁻⁵, the paper's", 1e-5, color.NRGBA{0x1b, 0x1b, 0x1b, 0xff}},
	{"rate-3e-5", "3·10⁻⁵", 3e-5, color.NRGBA{0x2a, 0x9d, 0x5c, 0xff}},
	{"rate-1e-4", "10⁻⁴", 1e-4, color.NRGBA{0x1f, 0x5f, 0xa8, 0xff}},
	{"rate-3e-4", "3·10⁻⁴", 3e-4, color.NRGBA{0xd6, 0x6a, 0x1f, 0xff}},
}

// A quantity is a column of the table as a panel shows it. mark is the paper's value.
type quantity struct {
	column, label string
	factor, mark  float64
	top           float64
}

var quantities = []quantity{
	{"share_above_own_field_threshold", "above own field shuffles (%)", 100, 25.2, 30},
	{"share_above_own_gaussian_threshold", "above own Gaussian fields (%)", 100, math.NaN(), 30},
	{"error_m", "position error after 15 s (cm)", 100, 16, 60},
	{"mean_scale_m", "mean scale of grid-like units (cm)", 100, 66, 160},
}

// legendPanel is the panel with room for the legend.
const legendPanel = 1

func run(in, out string) error {
	table, err := read(in)
	if err != nil {
		return fmt.Errorf("%s: %w", in, err)
	}
	var plots [2][]*plot.Plot
	for i, q := range quantities {
		p, err := panel(table, q, i == legendPanel)
		if err != nil {
			return err
		}
		plots[i/2] = append(plots[i/2], p)
	}
	canvas := vgsvg.New(24*vg.Centimeter, 16*vg.Centimeter)
	const margin = 3 * vg.Millimeter
	tiles := draw.Tiles{Rows: 2, Cols: 2, PadX: 5 * vg.Millimeter, PadY: 5 * vg.Millimeter,
		PadTop: margin, PadBottom: margin, PadLeft: margin, PadRight: margin}
	for i, row := range plot.Align([][]*plot.Plot{plots[0], plots[1]}, tiles, draw.New(canvas)) {
		for j, c := range row {
			plots[i][j].Draw(c)
		}
	}
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	_, err = canvas.WriteTo(f)
	return errors.Join(err, f.Close())
}

// table holds the lines of a CSV file by the names of its columns.
type table []map[string]string

func read(name string) (table, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(lines) == 0 {
		return nil, errors.New("the file is empty")
	}
	var t table
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, column := range lines[0] {
			row[column] = line[i]
		}
		t = append(t, row)
	}
	return t, nil
}

// values returns the numbers of a column for a setting by the number of updates.
// Cells without a number are left out.
func (t table) values(setting, column string) (map[int][]float64, error) {
	found := map[int][]float64{}
	for _, row := range t {
		if row["setting"] != setting || row[column] == "" {
			continue
		}
		update, err := strconv.Atoi(row["update"])
		if err != nil {
			return nil, fmt.Errorf("update of %s: %w", setting, err)
		}
		value, err := strconv.ParseFloat(row[column], 64)
		if err != nil {
			return nil, fmt.Errorf("%s of %s: %w", column, setting, err)
		}
		if update > 0 {
			found[update] = append(found[update], value)
		}
	}
	return found, nil
}

func panel(t table, q quantity, legend bool) (*plot.Plot, error) {
	p := plot.New()
	p.X.Label.Text = "updates × learning rate / 10⁻⁴"
	p.Y.Label.Text = q.label
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, thousands{}
	const first, last = 4e3, 4e5
	for _, c := range courses {
		values, err := t.values(c.setting, q.column)
		if err != nil {
			return nil, err
		}
		var line, low, high plotter.XYs
		for update, v := range values {
			x := float64(update) * c.rate / 1e-4
			if x < first || x > last {
				continue
			}
			mean, sd := stat.MeanStdDev(v, nil)
			if len(v) < 2 {
				sd = 0
			}
			line = append(line, plotter.XY{X: x, Y: q.factor * mean})
			low = append(low, plotter.XY{X: x, Y: q.factor * (mean - sd)})
			high = append(high, plotter.XY{X: x, Y: q.factor * (mean + sd)})
		}
		if len(line) == 0 {
			continue
		}
		for _, xys := range []plotter.XYs{line, low, high} {
			slices.SortFunc(xys, func(a, b plotter.XY) int { return int(math.Copysign(1, a.X-b.X)) })
		}
		slices.Reverse(low)
		band, err := plotter.NewPolygon(append(high, low...))
		if err != nil {
			return nil, err
		}
		band.Color = color.NRGBA{c.color.R, c.color.G, c.color.B, 0x30}
		band.LineStyle.Width = 0
		mean, points, err := plotter.NewLinePoints(line)
		if err != nil {
			return nil, err
		}
		mean.Color, mean.Width = c.color, vg.Points(1.4)
		points.Color, points.Radius, points.Shape = c.color, vg.Points(1.8), draw.CircleGlyph{}
		p.Add(band, mean, points)
		if legend {
			p.Legend.Add(c.label, mean)
		}
	}
	if legend {
		p.Legend.Add("the paper's value", paperLine())
	}
	if !math.IsNaN(q.mark) {
		mark, err := plotter.NewLine(plotter.XYs{{X: first, Y: q.mark}, {X: last, Y: q.mark}})
		if err != nil {
			return nil, err
		}
		mark.LineStyle = paperLine().LineStyle
		p.Add(mark)
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = first, last, 0, q.top
	p.Legend.Top = true
	p.Legend.TextStyle.Font.Size = vg.Points(8)
	return p, nil
}

// paperLine is how the figure draws what the paper reports.
func paperLine() *plotter.Line {
	style := draw.LineStyle{Color: color.NRGBA{0xb0, 0x20, 0x20, 0xff}, Width: vg.Points(1), Dashes: []vg.Length{vg.Points(4), vg.Points(3)}}
	return &plotter.Line{LineStyle: style}
}

// thousands marks a logarithmic axis at 1, 2 and 5 times the powers of ten.
type thousands struct{}

func (thousands) Ticks(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	for power := 1e3; power <= high; power *= 10 {
		for _, x := range []float64{power, 2 * power, 5 * power} {
			if low <= x && x <= high {
				ticks = append(ticks, plot.Tick{Value: x, Label: strconv.FormatFloat(x/1000, 'g', -1, 64) + "k"})
			}
		}
	}
	return ticks
}
