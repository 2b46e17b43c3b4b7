// Package report is the body of the tool `report`: it turns scored units, a
// training's log and the errors of path integration into a PDF.
package report

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"gonum.org/v1/plot/vg"

	"gridcells/pkg/canvas"
	"gridcells/pkg/cli"
	"gridcells/pkg/figure"
	"gridcells/pkg/npy"
	"gridcells/pkg/pages"
)

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

// gather reads all inputs.
func (f *flags) gather(ctx context.Context, stdin io.Reader) (*pages.Report, error) {
	r := &pages.Report{Title: f.Title, Run: figure.Run{Criterion: f.Criterion}}
	if f.unitless() {
		return r, f.gatherResults(ctx, r, &origins{}, stdin)
	}
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
	if err := f.gatherResults(ctx, r, o, stdin); err != nil {
		return nil, err
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

// gatherResults reads the loss, the errors of path integration and the example
// path.
func (f *flags) gatherResults(ctx context.Context, r *pages.Report, o *origins, stdin io.Reader) (err error) {
	if f.Log != "" {
		if r.Loss, err = readFrom(f.Log, stdin, readLog); err != nil {
			return err
		}
	}
	if r.PathIntegration, o.path, err = readErrors(f.PathIntegration, stdin); err != nil {
		return err
	}
	if r.UntrainedPathIntegration, o.untrainedPath, err = readErrors(f.UntrainedPathIntegration, stdin); err != nil || f.Trajectory == "" {
		return err
	}
	r.Trajectory, o.trajectory, err = readTrajectory(ctx, f.Trajectory, stdin, f.TrajectoryRecord)
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

// stage describes the report in its own pages.
func (f *flags) stage(r *pages.Report) (npy.Stage, error) {
	if len(r.Checkpoints) == 0 {
		return npy.NewStage("report", cli.Version, f.Parameters, nil)
	}
	var derived struct {
		Updates []float64 `json:"over_training_updates"`
	}
	for _, c := range r.Checkpoints {
		derived.Updates = append(derived.Updates, c.Update)
	}
	return npy.NewStage("report", cli.Version, f.Parameters, derived)
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
