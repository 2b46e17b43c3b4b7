// Package report is the body of the tool `report`: it turns scored units, a
// training's log and the errors of path integration into a PDF.
package report

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"

	"gridcells/pkg/cli"
	"gridcells/pkg/figure"
	"gridcells/pkg/npy"
)

const description = `Show scored units as a PDF: a summary, all units by gridness, and where the data come from.

Reads one record a unit with unit, ratemap [n, n] and score_60, and as far as there are layer, sac [2n-1, 2n-1], score_90,
direction_tuning and mask_60 [2], the inner and outer radius of the ring that gave the score as multiples of n. NaN bins stay blank. If the
output is a file, standard output gets a summary in a few lines.

    activations --checkpoint run.safetensors < trajectories.npy | ratemaps | gridscore | report -o report.pdf

The original's figure of one large page, 16 columns, first all ratemaps and then all autocorrelograms:

    report --pages overview --layers bottleneck -o rates_and_sac_latest_hd.pdf scores.npy

A figure for a paper:

    report --figure units --units 3,17,40 --width 85 --height 60 -o figure.svg scores.npy

What is in any stream, TFRecord file or checkpoint (fields, shapes, ranges, provenance):

    report --inspect run.safetensors shards/*.tfrecord`

type flags struct {
	cli.Common
	cli.Input
	Output string `help:"The PDF, written whole or not at all; - is standard output." short:"o" default:"-" placeholder:"FILE" group:"Output"`

	Log                      string `help:"The training's log, JSON lines with step, loss and loss_sd." placeholder:"FILE" group:"Results"`
	PathIntegration          string `help:"Errors of path integration, a JSON object with time_s, error_m, final_error_m and, if known, floor_m." placeholder:"FILE" group:"Results"`
	UntrainedScores          string `help:"Scored units of the untrained network, as a control." placeholder:"FILE" group:"Results"`
	NullScores               string `help:"Scored maps without grids, of smooth noise for example, as a control." placeholder:"FILE" group:"Results"`
	UntrainedPathIntegration string `help:"Errors of path integration of the untrained network." placeholder:"FILE" group:"Results"`

	Trajectory string `help:"Records of which the first is shown as an example, with target_pos and decoded_pos [T, 2] (m), as activations writes them." placeholder:"FILE" group:"Results"`

	Title     string   `help:"Title of the report." default:"Grid-cell report" group:"Pages"`
	Pages     []string `help:"What to show: a list of summary, units, overview (all units on one large page a layer, as in the original), directions (head-direction tuning), provenance." default:"summary,units,provenance" group:"Pages"`
	Layers    []string `help:"Layers to show, in this order; default: all, bottleneck first." placeholder:"LAYER" group:"Pages"`
	Units     string   `help:"Units to show, for example 3,10-20; shares stay those of all units. Default: all." placeholder:"LIST" group:"Pages"`
	Criterion float64  `help:"Gridness above which a unit counts as grid-like." default:"0.37" group:"Pages"`
	Colormap  string   `help:"Colours of the maps: jet, viridis, cividis, inferno, magma or plasma." default:"jet" group:"Pages"`
	PageSize  string   `help:"Size of the pages: ${enum}." enum:"a4,letter" default:"a4" group:"Pages"`

	Figure   string  `help:"Instead of pages, a single figure: gridness, loss, path-integration, trajectory, or units (those of --units, in the first layer)." placeholder:"NAME" group:"Single figures"`
	Format   string  `help:"Format of a figure: ${enum}; auto goes by the output's name." enum:"auto,pdf,svg,png" default:"auto" group:"Single figures"`
	Width    float64 `help:"Width of a figure (mm)." default:"85" group:"Single figures"`
	Height   float64 `help:"Height of a figure (mm)." default:"65" group:"Single figures"`
	TextSize float64 `help:"Size of a figure's text (points); lines grow with it." default:"8" group:"Single figures"`
	DPI      int     `help:"Resolution of a PNG (dots per inch)." default:"300" name:"dpi" group:"Single figures"`

	Inspect bool `help:"Instead of a PDF, explain the inputs: record streams, TFRecord files or checkpoints." group:"Inspection"`
	JSON    bool `help:"With --inspect, write a JSON object for each input." name:"json" group:"Inspection"`

	SummaryJSON string `help:"Write the summary as JSON as well; - is standard output, in place of the text." name:"summary-json" placeholder:"FILE" group:"Output"`
}

// Validate is called by the parser.
func (f *flags) Validate() error {
	if f.Output == "-" && f.SummaryJSON == "-" {
		return errors.New("the PDF and --summary-json cannot both go to standard output; use -o FILE")
	}
	if f.UntrainedPathIntegration != "" && f.PathIntegration == "" {
		return errors.New("--untrained-path-integration is a control: give --path-integration as well")
	}
	if _, err := parseUnits(f.Units); err != nil {
		return fmt.Errorf("--units: %w", err)
	}
	if _, err := figure.ColormapByName(f.Colormap); err != nil {
		return fmt.Errorf("--colormap: %w", err)
	}
	if err := f.validateFigure(); err != nil {
		return err
	}
	for _, p := range f.Pages {
		if !slices.Contains(figure.Parts(), figure.Part(p)) {
			return fmt.Errorf("--pages: no part %q (there are: summary, units, overview, directions, provenance)", p)
		}
	}
	return nil
}

func (f *flags) validateFigure() error {
	if f.Figure != "" && !slices.Contains(figure.FigureNames(), f.Figure) {
		return fmt.Errorf("--figure: no figure %q (there are: %s)", f.Figure, strings.Join(figure.FigureNames(), ", "))
	}
	if f.Figure == "" && f.format() != "pdf" {
		return fmt.Errorf("pages come as PDF only; for %s ask for a single figure with --figure", f.format())
	}
	// The largest side is a PDF's limit, the finest resolution bounds memory.
	if !(f.Width >= 10 && f.Width <= 5000 && f.Height >= 10 && f.Height <= 5000 && f.TextSize >= 1 && f.TextSize <= 100) {
		return errors.New("a figure is 10 to 5000 mm wide and high, its text 1 to 100 points")
	}
	if dots := float64(f.DPI) / 25.4; f.DPI < 10 || f.Width*dots*f.Height*dots > 2e8 {
		return errors.New("--dpi: at least 10, and the picture at most 200 million pixels")
	}
	return nil
}

// format is the output's.
func (f *flags) format() string {
	if f.Format != "auto" {
		return f.Format
	}
	switch filepath.Ext(f.Output) {
	case ".svg":
		return "svg"
	case ".png":
		return "png"
	}
	return "pdf"
}

// draw writes the pages or the figure asked for and returns how many pages there
// are.
func (f *flags) draw(out io.Writer, r *figure.Report) (int, error) {
	if f.Figure == "" {
		pages, err := r.Pages(f.pageSize(), f.parts()...)
		if err != nil {
			return 0, err
		}
		return len(pages), figure.WritePDF(out, f.Title, pages)
	}
	size := figure.PageSize{Width: vg.Length(f.Width) * vg.Millimeter, Height: vg.Length(f.Height) * vg.Millimeter}
	page, err := r.Figure(f.Figure, size, vg.Length(f.TextSize))
	if err != nil {
		return 0, err
	}
	switch f.format() {
	case "svg":
		return 1, figure.WriteSVG(out, page)
	case "png":
		return 1, figure.WritePNG(out, page, f.DPI)
	}
	return 1, figure.WritePDF(out, f.Title, []figure.Page{page})
}

// Run is the tool.
func Run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) error {
	var f flags
	if err := cli.Parse("report", description, &f, args, stdout, stderr); err != nil {
		return err
	}
	if f.Inspect {
		return f.inspect(ctx, stdin, stdout)
	}
	out, err := cli.Output{Output: f.Output, Compress: "none"}.Create(stdout, f.format() != "svg")
	if err != nil {
		return err
	}
	defer out.Discard()

	r, err := f.gather(ctx, stdin)
	if err != nil {
		return err
	}
	pages, err := f.draw(out, r)
	if err != nil {
		return err
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	s := summarize(r, pages)
	if err := f.writeSummary(s, stdout); err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return err
	}
	if f.Output == "-" || f.SummaryJSON == "-" || f.Quiet {
		return nil
	}
	_, err = io.WriteString(stdout, s.text(f.Output))
	return err
}

func (f *flags) pageSize() figure.PageSize {
	if f.PageSize == "letter" {
		return figure.Letter
	}
	return figure.A4
}

func (f *flags) parts() []figure.Part {
	parts := make([]figure.Part, len(f.Pages))
	for i, p := range f.Pages {
		parts[i] = figure.Part(p)
	}
	return parts
}

// inputName is what messages call the scored units' input.
func (f *flags) inputName() string {
	if len(f.Files) == 0 {
		return cli.DisplayName("-")
	}
	return cli.DisplayName(f.Files[0])
}

// gather reads all inputs.
func (f *flags) gather(ctx context.Context, stdin io.Reader) (*figure.Report, error) {
	r := &figure.Report{Title: f.Title, Criterion: f.Criterion}
	reader := cli.Records(f.Files, stdin)
	defer reader.Close()
	layers, provenance, err := readUnits(ctx, f.inputName(), reader, unitFields)
	if err != nil {
		return nil, err
	}
	if r.Layers, err = selectLayers(layers, f.Layers); err != nil {
		return nil, err
	}
	if r.Selected, err = parseUnits(f.Units); err != nil {
		return nil, err
	}
	if r.Colormap, err = figure.ColormapByName(f.Colormap); err != nil {
		return nil, err
	}
	if err := f.gatherControls(ctx, r, stdin); err != nil {
		return nil, err
	}
	if f.Log != "" {
		if r.Loss, err = readFrom(f.Log, stdin, readLog); err != nil {
			return nil, err
		}
	}
	if f.PathIntegration != "" {
		if r.PathIntegration, err = readFrom(f.PathIntegration, stdin, readPathIntegration); err != nil {
			return nil, err
		}
	}
	if f.UntrainedPathIntegration != "" {
		if r.UntrainedPathIntegration, err = readFrom(f.UntrainedPathIntegration, stdin, readPathIntegration); err != nil {
			return nil, err
		}
	}
	if f.Trajectory != "" {
		if r.Trajectory, err = readTrajectory(f.Trajectory, stdin); err != nil {
			return nil, err
		}
	}
	r.Subtitle = subtitle(provenance, r.Layers)
	own, err := f.stage()
	if err != nil {
		return nil, err
	}
	r.Stages = stages(provenance.Append(own))
	return r, nil
}

// gatherControls adds the scores of the untrained network and of the null to the
// layers.
func (f *flags) gatherControls(ctx context.Context, r *figure.Report, stdin io.Reader) error {
	err := gatherControl(ctx, r, f.UntrainedScores, stdin, func(l *figure.Layer, s []float64) { l.Untrained = s })
	if err != nil {
		return err
	}
	return gatherControl(ctx, r, f.NullScores, stdin, func(l *figure.Layer, s []float64) { l.Null = s })
}

// gatherControl hands each layer the scores that a file, if one is named, has for
// it.
func gatherControl(ctx context.Context, r *figure.Report, file string, stdin io.Reader, set func(*figure.Layer, []float64)) error {
	if file == "" {
		return nil
	}
	reader := cli.Records([]string{file}, stdin)
	defer reader.Close()
	control, _, err := readUnits(ctx, cli.DisplayName(file), reader, scoreFields)
	if err != nil {
		return err
	}
	for i := range r.Layers {
		for _, c := range control {
			if c.Name == r.Layers[i].Name {
				set(&r.Layers[i], c.Scores())
			}
		}
	}
	return nil
}

// stage is what the report says about itself.
func (f *flags) stage() (npy.Stage, error) {
	return npy.NewStage("report", cli.Version, struct {
		Criterion float64  `json:"criterion"`
		Colormap  string   `json:"colormap"`
		Pages     []string `json:"pages"`
		PageSize  string   `json:"page_size"`
		Layers    []string `json:"layers,omitempty"`
		Units     string   `json:"units,omitempty"`
	}{f.Criterion, f.Colormap, f.Pages, f.PageSize, f.Layers, f.Units})
}

func (f *flags) writeSummary(s summary, stdout io.Writer) error {
	if f.SummaryJSON == "" {
		return nil
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("summary: %w", err)
	}
	out, err := cli.Output{Output: f.SummaryJSON, Compress: "none"}.Create(stdout, false)
	if err != nil {
		return err
	}
	defer out.Discard()
	if _, err := out.Write(append(text, '\n')); err != nil {
		return err
	}
	return out.Commit()
}

// stages writes provenance as text, nested parameters with dots in their names.
// Stages within a parameter, such as those of a network's training data, come
// before the stage that has it.
func stages(p npy.Provenance) []figure.Stage {
	return appendStages(nil, p, "")
}

func appendStages(list []figure.Stage, p npy.Provenance, role string) []figure.Stage {
	for _, s := range p {
		stage := figure.Stage{Tool: s.Tool, Version: s.Version, Role: role}
		for _, v := range members("", s.Parameters) {
			if inner := innerStages(v.raw); inner != nil {
				list = appendStages(list, inner, v.name+" of "+s.Tool)
				continue
			}
			stage.Parameters = append(stage.Parameters, figure.Parameter{Name: v.name, Value: valueText(v.raw)})
		}
		list = append(list, stage)
	}
	return list
}

// innerStages returns the stages that a value lists, or nil.
func innerStages(raw json.RawMessage) npy.Provenance {
	var p npy.Provenance
	if json.Unmarshal(raw, &p) != nil || len(p) == 0 || p[0].Tool == "" {
		return nil
	}
	return p
}

type member struct {
	name string
	raw  json.RawMessage
}

// members lists the members of a JSON object, and of objects within it, in their
// order; what is no object is a single value.
func members(name string, raw json.RawMessage) []member {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return nil
	}
	if raw[0] != '{' {
		return []member{{name, raw}}
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	if _, err := d.Token(); err != nil {
		return nil
	}
	var list []member
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return list
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return list
		}
		full := fmt.Sprint(key)
		if name != "" {
			full = name + "." + full
		}
		list = append(list, members(full, value)...)
	}
	return list
}

func valueText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return string(raw)
	}
	return strings.ReplaceAll(b.String(), ",", ", ")
}

// subtitle names the tools that the data went through and the maps' size.
func subtitle(p npy.Provenance, layers []figure.Layer) string {
	m := layers[0].Units[0].Ratemap
	text := fmt.Sprintf("Ratemaps of %d × %d bins", m.Rows, m.Columns)
	tools := make([]string, len(p))
	for i, s := range p {
		tools[i] = s.Tool
	}
	if len(tools) > 0 {
		text += ", from " + strings.Join(tools, " | ")
	}
	return text
}
