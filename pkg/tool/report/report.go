// Package report is the body of the tool `report`: it turns scored units, a
// training's log and the errors of path integration into a PDF.
package report

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"

	"gridcells/pkg/canvas"
	"gridcells/pkg/cli"
	"gridcells/pkg/figure"
	"gridcells/pkg/npy"
	"gridcells/pkg/pages"
)

const description = `Show scored units as a PDF: a summary, all units by gridness, and where the data come from.

Reads one record a unit with ratemap [n, n] and score_60, and as far as there are layer, unit, sac [2n-1, 2n-1], direction_tuning, mask_60 [2],
the inner and outer radius of the ring that gave the score as multiples of n, and gridscore's class, grid_scale_m, border_score, is_border,
head_direction_length, head_direction_deg, q_NULL and threshold_95_NULL. NaN bins stay blank. If the output is a file, standard output gets a
summary in a few lines. docs/report.md shows every figure.

    activations --checkpoint run.safetensors < trajectories.npy | ratemaps | gridscore | report -o report.pdf

The original's figure of one large page, 16 columns, first all ratemaps and then all autocorrelograms:

    report --pages overview --layers bottleneck -o rates_and_sac_latest_hd.pdf scores.npy

A figure for a paper:

    report --figure units --units 3,17,40 --width 85 --height 60 -o figure.svg scores.npy

A run's checkpoints, each scored on the same trajectories:

    report --over-training --units 3,17,40 -o training.pdf scores-*.npy`

type flags struct {
	cli.Common
	cli.Input
	Output string `help:"The PDF, written whole or not at all; - is standard output." short:"o" default:"-" placeholder:"FILE" group:"Output" writes:""`

	Log                      string `help:"The training's log, JSON lines with step, loss and loss_sd." placeholder:"FILE" group:"Results" reads:""`
	PathIntegration          string `help:"Errors of path integration, a JSON object with time_s, error_m, final_error_m and, if known, floor_m." placeholder:"FILE" group:"Results" reads:""`
	UntrainedScores          string `help:"Scored units of the untrained network, as a control." placeholder:"FILE" group:"Results" reads:""`
	Population               string `help:"What gridscore --summary writes: the excess over the nulls with its interval, and clusters of scales." placeholder:"FILE" group:"Results" reads:""`
	NullScores               string `help:"Scores of maps without grids, as gridscore --null-scores writes them; without a field null, all are of one." placeholder:"FILE" group:"Results" reads:""`
	UntrainedPathIntegration string `help:"Errors of path integration of the untrained network." placeholder:"FILE" group:"Results" reads:""`

	Trajectory       string `help:"Records of which one is shown as an example, with target_pos and decoded_pos [T, 2] (m), as activations writes them." placeholder:"FILE" group:"Results" reads:""`
	TrajectoryRecord int    `help:"Which record to show, counted from 0." default:"0" group:"Results"`

	OverTraining bool `help:"The inputs are several checkpoints of one run: show scores, shares and the units' ratemaps through them, everything else of the last. Updates are what activations wrote into the provenance (checkpoint_update), or the last number in the file's name." group:"Results"`

	Title     string   `help:"Title of the report." default:"Grid-cell report" group:"Pages"`
	Pages     []string `help:"What to show, as far as there are data: a list of summary, training (with --over-training), units, overview (all units on one large page a layer, as in the original), directions (head-direction tuning), borders (border cells), provenance." default:"summary,training,units,directions,borders,provenance" group:"Pages"`
	Layers    []string `help:"Layers to show, in this order; default: all, bottleneck first." placeholder:"LAYER" group:"Pages"`
	Units     string   `help:"Units to show, for example 3,10-20; shares stay those of all units. Default: all, and over training the best." placeholder:"LIST" group:"Pages"`
	Criterion float64  `help:"Gridness above which a unit counts as grid-like." default:"0.37" group:"Pages"`
	Colormap  string   `help:"Colours of all maps: jet, viridis, cividis, inferno, magma or plasma; auto is jet on the pages that imitate the original (summary, units, overview) and viridis, safe for the colour-blind, elsewhere." default:"auto" group:"Pages"`
	PageSize  string   `help:"Size of the pages: ${enum}." enum:"a4,letter" default:"a4" group:"Pages"`

	Figure   string  `help:"Instead of pages, a single figure: gridness, loss, path-integration or trajectory; or, of the first layer: excess (over the nulls), scales, units, directions, borders, training, training-units. --units chooses units." placeholder:"NAME" group:"Single figures"`
	Format   string  `help:"Format of a figure: ${enum}; auto goes by the output's name." enum:"auto,pdf,svg,png" default:"auto" group:"Single figures"`
	Width    float64 `help:"Width of a figure (mm)." default:"85" group:"Single figures"`
	Height   float64 `help:"Height of a figure (mm)." default:"65" group:"Single figures"`
	TextSize float64 `help:"Size of a figure's text (points); lines grow with it." default:"8" group:"Single figures"`
	DPI      int     `help:"Resolution of a PNG (dots per inch)." default:"300" name:"dpi" group:"Single figures"`

	SummaryJSON string `help:"Write the summary as JSON as well; - is standard output, in place of the text." name:"summary-json" placeholder:"FILE" group:"Output" writes:""`

	Inspect bool `hidden:""` // Validate says that it is a tool of its own now
}

// Validate is called by the parser.
func (f *flags) Validate() error {
	if f.Inspect {
		return errors.New("--inspect is now a tool of its own: inspect FILE…")
	}
	if f.UntrainedPathIntegration != "" && f.PathIntegration == "" {
		return errors.New("--untrained-path-integration is a control: give --path-integration as well")
	}
	if _, err := parseUnits(f.Units); err != nil {
		return fmt.Errorf("--units: %w", err)
	}
	if _, err := f.colormap(); err != nil {
		return fmt.Errorf("--colormap: %w", err)
	}
	if f.TrajectoryRecord < 0 {
		return errors.New("--trajectory-record: records are counted from 0")
	}
	if f.OverTraining && len(f.Files) == 0 {
		return errors.New("--over-training: name a file of scored units for each checkpoint")
	}
	if err := f.validateFigure(); err != nil {
		return err
	}
	for _, p := range f.Pages {
		if !slices.Contains(pages.Names(), p) {
			return fmt.Errorf("--pages: no part %q (there are: %s)", p, strings.Join(pages.Names(), ", "))
		}
	}
	return nil
}

func (f *flags) validateFigure() error {
	if f.Figure != "" && !slices.Contains(figure.Names(), f.Figure) {
		return fmt.Errorf("--figure: no figure %q (there are: %s)", f.Figure, strings.Join(figure.Names(), ", "))
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

// colormap returns nil for auto.
func (f *flags) colormap() (*canvas.Colormap, error) {
	if f.Colormap == "auto" {
		return nil, nil
	}
	return canvas.ColormapByName(f.Colormap)
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
func (f *flags) draw(out io.Writer, r *pages.Report) (int, error) {
	if f.Figure == "" {
		pages, err := r.Pages(f.pageSize(), f.Pages...)
		if err != nil {
			return 0, err
		}
		return len(pages), canvas.WritePDF(out, f.Title, pages)
	}
	size := canvas.PageSize{Width: vg.Length(f.Width) * vg.Millimeter, Height: vg.Length(f.Height) * vg.Millimeter}
	page, err := r.Figure(f.Figure, size, vg.Length(f.TextSize))
	if err != nil {
		return 0, err
	}
	switch f.format() {
	case "svg":
		return 1, canvas.WriteSVG(out, page)
	case "png":
		return 1, canvas.WritePNG(out, page, f.DPI)
	}
	return 1, canvas.WritePDF(out, f.Title, []canvas.Page{page})
}

// Run is the tool.
func Run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) error {
	var f flags
	if err := cli.Parse("report", description, &f, args, stdin, stdout, stderr); err != nil {
		return err
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

func (f *flags) pageSize() canvas.PageSize {
	if f.PageSize == "letter" {
		return canvas.Letter
	}
	return canvas.A4
}

// inputName is what messages call the scored units' input.
func (f *flags) inputName() string {
	if len(f.Files) == 0 {
		return cli.DisplayName("-")
	}
	return cli.DisplayName(f.Files[0])
}

// gather reads all inputs.
func (f *flags) gather(ctx context.Context, stdin io.Reader) (*pages.Report, error) {
	r := &pages.Report{Title: f.Title, Run: figure.Run{Criterion: f.Criterion}}
	units, err := f.gatherUnits(ctx, r, stdin)
	if err != nil {
		return nil, err
	}
	if r.Layers, err = selectLayers(units.layers, f.Layers); err != nil {
		return nil, err
	}
	if r.Selected, err = parseUnits(f.Units); err != nil {
		return nil, err
	}
	if r.Colormap, err = f.colormap(); err != nil {
		return nil, err
	}
	if r.Rectified, err = rectified(units); err != nil {
		return nil, err
	}
	o := &origins{units: units.provenance, checkpoints: units.checkpoints}
	if err := f.gatherControls(ctx, r, o, stdin); err != nil {
		return nil, err
	}
	if o.population, err = f.gatherPopulation(r, stdin); err != nil {
		return nil, err
	}
	if err := f.gatherResults(r, o, stdin); err != nil {
		return nil, err
	}
	if f.Trajectory != "" {
		if r.Trajectory, o.trajectory, err = readTrajectory(ctx, f.Trajectory, stdin, f.TrajectoryRecord); err != nil {
			return nil, err
		}
	}
	r.Subtitle = subtitle(units.provenance, r.Layers)
	own, err := f.stage(r)
	if err != nil {
		return nil, err
	}
	r.Stages = append(o.stages(), stages(npy.Provenance{own})...)
	r.Script, err = f.script(r, o, own)
	return r, err
}

// gatherUnits reads the scored units, those of the last checkpoint if there are
// several.
func (f *flags) gatherUnits(ctx context.Context, r *pages.Report, stdin io.Reader) (*scored, error) {
	if !f.OverTraining {
		units, err := readScored(ctx, f.inputName(), cli.Records(f.Files, stdin))
		if err == nil && len(f.Files) == 0 {
			// The end of a pipe is the end of its writer, and so of its other files.
			_, err = io.Copy(io.Discard, stdin)
		}
		return units, err
	}
	units, checkpoints, err := f.readCheckpoints(ctx, stdin)
	r.Checkpoints = checkpoints
	return units, err
}

// rectified tells whether mean vectors of head direction were taken of activities
// below 0 set to 0.
func rectified(s *scored) (bool, error) {
	baseline := ""
	_, err := s.provenance.Parameter("baseline", &baseline)
	return s.directed && baseline == "rectify", err
}

// gatherResults reads the loss and the errors of path integration.
func (f *flags) gatherResults(r *pages.Report, o *origins, stdin io.Reader) (err error) {
	if f.Log != "" {
		if r.Loss, err = readFrom(f.Log, stdin, readLog); err != nil {
			return err
		}
	}
	if r.PathIntegration, o.path, err = readErrors(f.PathIntegration, stdin); err != nil {
		return err
	}
	r.UntrainedPathIntegration, o.untrainedPath, err = readErrors(f.UntrainedPathIntegration, stdin)
	return err
}

// gatherControls adds the scores of the untrained network and of the nulls to the
// layers.
func (f *flags) gatherControls(ctx context.Context, r *pages.Report, o *origins, stdin io.Reader) (err error) {
	o.untrained, err = gatherControl(ctx, r, f.UntrainedScores, stdin, func(l *figure.Layer, c controlScores) { l.Untrained = append(l.Untrained, c.scores...) })
	if err != nil {
		return err
	}
	o.nulls, err = gatherControl(ctx, r, f.NullScores, stdin, func(l *figure.Layer, c controlScores) { nullOf(l, c.null).Scores = c.scores })
	return err
}

// gatherControl hands each layer the scores that a file, if one is named, has for
// it.
func gatherControl(ctx context.Context, r *pages.Report, file string, stdin io.Reader, add func(*figure.Layer, controlScores)) (npy.Provenance, error) {
	if file == "" {
		return nil, nil
	}
	controls, provenance, err := readControl(ctx, cli.DisplayName(file), cli.Records([]string{file}, stdin))
	if err != nil {
		return nil, err
	}
	for i := range r.Layers {
		for _, c := range controls {
			if c.layer == r.Layers[i].Name {
				add(&r.Layers[i], c)
			}
		}
	}
	return provenance, nil
}

// stage is what the report says about itself.
func (f *flags) stage(r *pages.Report) (npy.Stage, error) {
	var checkpoints []float64
	for _, c := range r.Checkpoints {
		checkpoints = append(checkpoints, c.Update)
	}
	return npy.NewStage("report", cli.Version, struct {
		Title       string    `json:"title"`
		Criterion   float64   `json:"criterion"`
		Colormap    string    `json:"colormap"`
		Pages       []string  `json:"pages"`
		PageSize    string    `json:"page_size"`
		Layers      []string  `json:"layers,omitempty"`
		Units       string    `json:"units,omitempty"`
		Checkpoints []float64 `json:"over_training_updates,omitempty"`
		Record      int       `json:"trajectory_record,omitempty"`
	}{f.Title, f.Criterion, f.Colormap, f.Pages, f.PageSize, f.Layers, f.Units, checkpoints, f.TrajectoryRecord}, nil)
}

func (f *flags) writeSummary(s summary, stdout io.Writer) error {
	if f.SummaryJSON == "" {
		return nil
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("summary: %w", err)
	}
	return cli.WriteFile(f.SummaryJSON, stdout, func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
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
