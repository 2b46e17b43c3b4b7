package report

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"gridcells/pkg/canvas"
	"gridcells/pkg/cli"
	"gridcells/pkg/figure"
	"gridcells/pkg/pages"
)

const description = `Show scored units as a PDF report or as a page for a browser (-o run.html), or draw a figure.

Read one record for each unit, with at least ratemap [n, m] and score_60, as gridscore writes them.
Leave out pages without data. If the output is a file, print a summary.

    activations --checkpoint run.safetensors codes.npy | ratemaps | gridscore | report -o report.pdf
    report --figure units --units 3,17,40 -o figure.svg scores.npy`

// Parameters are the flags that decide what the pages show. They are recorded on
// the report's own page of provenance.
type Parameters struct {
	Title            string   `json:"title" help:"Set the title of the report." default:"Grid-cell report" group:"Pages" more:""`
	Criterion        float64  `json:"criterion" help:"Also count the units whose gridness is above this number." default:"0.37" min:"-2" max:"2" group:"Pages" more:""`
	Colormap         string   `json:"colormap" enum:"auto,${colormaps}" help:"Set the colours of all maps: auto, ${colormaps}. auto is viridis, which is safe for the colour-blind, and jet on the overview, which imitates the original figure." default:"auto" group:"Pages" more:""`
	Pages            []string `json:"pages" help:"Show only these parts. --help-all lists them." enum:"${parts}" default:"${usual}" placeholder:"PART" group:"Pages"`
	PageSize         string   `json:"page_size" help:"Set the size of the pages: ${enum}." enum:"a4,letter" default:"a4" group:"Pages" more:""`
	Layers           []string `json:"layers,omitempty" help:"Show only these layers, in this order. The default is all." placeholder:"LAYER" group:"Pages"`
	Units            string   `json:"units,omitempty" help:"Draw only these units, such as 3,10-20. Shares count all units." placeholder:"LIST" group:"Pages"`
	TrajectoryRecord int      `json:"trajectory_record,omitempty" help:"Show this record of --trajectory, counted from 0." default:"0" min:"0" placeholder:"0" group:"Results" more:""`
}

type flags struct {
	cli.Common
	cli.Input
	cli.OutputFile
	Parameters

	Given       given `embed:""`
	resultFiles `kong:"-"`

	Runs         string   `help:"Draw the runs of a sweep from the table that compare wrote, with --figure settings." placeholder:"FILE" group:"Results" reads:"" more:""`
	Columns      []string `help:"Draw these columns of the runs, a plot for each. The default is error_cm,grid_share." default:"error_cm,grid_share" placeholder:"NAME" group:"Results" more:""`
	OverTraining bool     `help:"Show how units change: read one file for each checkpoint of a run." group:"Results"`

	Figure    string  `help:"Draw a single figure instead of pages. --help-all lists the figures." enum:",${figures}" default:"" placeholder:"NAME" group:"Pages"`
	Format    string  `help:"Set the format of a figure: ${enum}. auto follows the name of the output." enum:"auto,pdf,html,svg,png,gif" default:"auto" group:"Single figures" more:""`
	Width     float64 `help:"Set the width of a single figure (mm)." default:"85" min:"10" max:"5000" group:"Single figures" more:""`
	Height    float64 `help:"Set the height of a figure (mm)." default:"65" min:"10" max:"5000" group:"Single figures" more:""`
	TextSize  float64 `help:"Set the size of the text in a figure (points). Lines grow with it." default:"8" min:"1" max:"100" group:"Single figures" more:""`
	FrameTime float64 `help:"Show each picture of an animation for this time (s)." default:"0.5" min:"0.01" max:"100" group:"Single figures" more:""`
	DPI       int     `help:"Set the resolution of a PNG or GIF (dots per inch)." default:"300" min:"10" max:"100000" name:"dpi" group:"Single figures" more:""`

	SummaryJSON string `help:"Write the summary as JSON to this file. For -, it replaces the text on standard output." name:"summary-json" placeholder:"FILE" group:"Output" writes:"" more:""`

	Inspect bool `hidden:""` // what the tool inspect does, for scripts from before it
}

// Variables implements [cli.Variables].
func (f *flags) Variables() map[string]string {
	return map[string]string{
		"colormaps": strings.Join(canvas.ColormapNames(), ", "),
		"figures":   strings.Join(figure.Names(), ","),
		"parts":     strings.Join(pages.Names(), ","),
		"usual":     strings.Join(pages.UsualNames(), ","),
	}
}

// Details is the part of the help that --help-all adds.
func (f *flags) Details() string {
	var b strings.Builder
	b.WriteString(`These fields of the records are used, too, if they are there: layer, unit, class, sac [2n-1, 2m-1], mask_60 [2] (the radii of the
ring that gave the score, as multiples of n), direction_tuning, and what gridscore measures: grid_scale_m, border_score,
is_border, head_direction_length, head_direction_deg, and q_NULL and threshold_95_NULL of each null. NaN bins stay blank.

This makes the original's figure: one large page of 16 columns, first all ratemaps and then all autocorrelograms:

    report --pages overview --layers bottleneck -o rates_and_sac_latest_hd.pdf scores.npy

This shows the checkpoints of a run, each scored on the same trajectories. The number of updates is in the provenance, or else it is the
last number in the name of the file. Pages other than that of the training show the last checkpoint, and without --units the
training shows its best units:

    report --over-training --units 3,17,40 -o training.pdf scores-*.npy

This shows the networks of a sweep side by side, with a dot for each seed:

    compare -o runs.csv runs/ablations
    report --figure settings --runs runs.csv --columns error_cm,paper_field_own -o settings.svg

The parts of --pages, and what each needs:

`)
	for _, p := range pages.Parts() {
		fmt.Fprintf(&b, "    %-16s %s\n", p.Name, withNeeds(p.Help, p.Needs))
	}
	b.WriteString("\nThe figures of --figure, and what each needs. Figures of a layer show the first one.\n\n")
	for _, e := range figure.Entries() {
		fmt.Fprintf(&b, "    %-16s %s\n", e.Name, withNeeds(e.Help, e.Needs))
	}
	return b.String()
}

func withNeeds(help, needs string) string {
	if needs == "" {
		return help
	}
	return help + " (needs " + needs + ")"
}

// Validate is called by the parser.
func (f *flags) Validate() error {
	if f.Inspect {
		return nil
	}
	if len(f.Given.UntrainedPathIntegration) > 0 && len(f.Given.PathIntegration) == 0 {
		return errors.New("--untrained-path-integration is compared with --path-integration: give both")
	}
	if _, err := parseUnits(f.Units); err != nil {
		return fmt.Errorf("--units: %w", err)
	}
	if f.Runs != "" && f.Figure != "settings" {
		return errors.New("--runs is drawn with --figure settings: give both")
	}
	if f.OverTraining && len(f.Files) == 0 {
		return errors.New("--over-training: name a file of scored units for each checkpoint")
	}
	return f.validateFigure()
}

func (f *flags) validateFigure() error {
	drawn, _ := figure.Find(f.Figure)
	switch format := f.format(); {
	case format == "":
		return fmt.Errorf("-o %s: the formats are html, pdf, svg, png and gif; end the name in one of them, or give --format", f.Output)
	case format == "html" && f.Figure != "":
		return errors.New("a single figure is written as PDF, SVG, PNG or GIF; for HTML, leave --figure out")
	case format != "pdf" && format != "html" && f.Figure == "":
		return fmt.Errorf("pages are written as PDF or HTML; for %s, choose a single figure with --figure", format)
	case format == "gif" && !drawn.Animated():
		return fmt.Errorf("--figure %s does not move: write it as pdf, svg or png", f.Figure)
	case (format == "svg" || format == "png") && drawn.Animated():
		return fmt.Errorf("--figure %s moves: write it as gif, or as pdf with one page for each picture", f.Figure)
	}
	// The number of pixels bounds the memory.
	if dots := float64(f.DPI) / 25.4; f.Width*dots*f.Height*dots > 2e8 {
		return errors.New("--dpi: the picture would have more than 200 million pixels")
	}
	return nil
}

// colormap returns the colours of maps; nil for auto.
func (f *flags) colormap() (*canvas.Colormap, error) {
	if f.Colormap == "auto" {
		return nil, nil
	}
	return canvas.ColormapByName(f.Colormap)
}

// format returns the format of the output: pdf, svg, png or gif; "" if the name of a
// figure's output does not tell.
func (f *flags) format() string {
	if f.Format != "auto" {
		return f.Format
	}
	switch extension := strings.ToLower(filepath.Ext(f.Output)); {
	case slices.Contains([]string{".html", ".svg", ".png", ".gif"}, extension):
		return extension[1:]
	case extension == ".pdf" || extension == "":
		return "pdf"
	case f.Figure == "" && !slices.Contains(otherFormats, extension):
		return "pdf" // report.2026-11-25
	}
	return ""
}

// isText reports whether the output may go to a terminal.
func (f *flags) isText() bool { return f.format() == "svg" || f.format() == "html" }

// otherFormats are extensions of pictures and pages that cannot be written.
var otherFormats = []string{".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp", ".eps", ".ps"}

func (f *flags) pageSize() canvas.PageSize {
	if f.PageSize == "letter" {
		return canvas.Letter
	}
	return canvas.A4
}

// inputName is what messages call the input of scored units.
func (f *flags) inputName() string {
	if len(f.Files) == 0 {
		return cli.DisplayName("-")
	}
	return cli.DisplayName(f.Files[0])
}

// unitless reports whether what is drawn needs no scored units. Then they are read
// only if files of them are named.
func (f *flags) unitless() bool {
	drawn, _ := figure.Find(f.Figure)
	return len(f.Files) == 0 && drawn.Unitless
}
