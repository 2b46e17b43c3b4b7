// Package report is the tool report: it shows scored units as a PDF or as a page
// for a browser, or draws a single figure.
//
// The tool reads one record for each unit, as gridscore writes them. Each of the
// other results adds its pages, and pages without data are left out:
//
//	report -o report.pdf scores.npy
//	report --population run.json --null-scores null.npy --log run.jsonl --path-integration path.json -o all.pdf scores.npy
//
// An output whose name ends in .html is one file that opens offline in a browser.
// There, readers sort and filter the units, open one of them, and move the
// criterion:
//
//	report --null-scores null.npy -o run.html scores.npy
//
// --figure draws one figure for a paper or a talk. The name of the output sets
// its format:
//
//	report --figure units --layers bottleneck --units 0-8 -o units.svg scores.npy
//
// The last page has the commands that make the results again, from the
// provenance in the files. The same input gives the same bytes. Package pages
// lays the pages out, package webpage writes the page for a browser, package figure
// draws, and this package has the flags and reads the results.
package report

import (
	"context"
	"fmt"
	"io"
	"strings"
	"unicode"

	"gonum.org/v1/plot/vg"

	"gridcells/pkg/canvas"
	"gridcells/pkg/cli"
	"gridcells/pkg/figure"
	"gridcells/pkg/npy"
	"gridcells/pkg/nulls"
	"gridcells/pkg/pages"
	"gridcells/pkg/printable"
	"gridcells/pkg/results"
	"gridcells/pkg/tool/inspect"
)

// Run is the tool.
func Run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) error {
	var f flags
	if err := cli.Parse("report", description, &f, args, stdin, stdout, stderr); err != nil {
		return err
	}
	if f.Inspect {
		return f.inspect(ctx, stdin, stdout, stderr)
	}
	out, err := f.Create(stdout, !f.isText())
	if err != nil {
		return err
	}
	defer out.Discard()
	written, err := f.write(ctx, out, stdin)
	if err != nil {
		return err
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	f.Remark(stderr, "report", missingText(written.missing))
	if err := f.summarize(&written, stdout); err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return err
	}
	return f.print(stdout, written.runs)
}

// written is what the output shows.
type written struct {
	runs    []shownRun
	pages   int    // 0 for a page for a browser
	missing []rune // characters that the fonts lack
}

// shownRun is a run that the output shows.
type shownRun struct {
	name    string // empty if it is the only one
	report  *pages.Report
	summary *results.Report
}

// write reads all inputs and writes the output.
func (f *flags) write(ctx context.Context, out io.Writer, stdin io.Reader) (w written, err error) {
	if f.format() == "html" {
		w.runs, err = f.writePage(ctx, out, stdin)
		return w, err
	}
	if f.resultFiles, err = f.Given.of(0, 1); err != nil {
		return w, cli.Usagef("%w", err)
	}
	r, err := f.gather(ctx, stdin, nil)
	if err != nil {
		return w, err
	}
	w.runs = []shownRun{{report: r}}
	w.pages, w.missing, err = f.draw(ctx, out, r)
	return w, err
}

// draw writes the pages, or the single figure. It returns the number of pages and
// the characters that the fonts lack.
func (f *flags) draw(ctx context.Context, out io.Writer, r *pages.Report) (n int, missing []rune, err error) {
	if f.Figure == "" {
		pages, err := r.Pages(f.pageSize(), f.Pages...)
		if err != nil {
			return 0, nil, err
		}
		missing, err = canvas.WritePDF(ctx, out, f.Title, pages)
		return len(pages), missing, err
	}
	size := canvas.PageSize{Width: vg.Length(f.Width) * vg.Millimeter, Height: vg.Length(f.Height) * vg.Millimeter}
	pages, err := r.Figure(f.Figure, size, vg.Length(f.TextSize))
	if err != nil {
		return 0, nil, err
	}
	switch f.format() {
	case "svg":
		err = canvas.WriteSVG(out, pages[0])
	case "png":
		missing, err = canvas.WritePNG(out, pages[0], f.DPI)
	case "gif":
		missing, err = canvas.WriteGIF(out, pages, f.DPI, f.FrameTime, r.Maps())
	default:
		missing, err = canvas.WritePDF(ctx, out, f.Title, pages)
	}
	return len(pages), missing, err
}

// missingText says which characters the fonts lack. It is "" if they lack none.
func missingText(missing []rune) string {
	if len(missing) == 0 {
		return ""
	}
	const most = 10
	var names []string
	for _, r := range missing[:min(len(missing), most)] {
		if unicode.IsPrint(r) {
			names = append(names, fmt.Sprintf("%c (%U)", r, r))
		} else {
			names = append(names, fmt.Sprintf("%U", r))
		}
	}
	if left := len(missing) - most; left > 0 {
		names = append(names, fmt.Sprintf("%d more", left))
	}
	return "the font lacks " + strings.Join(names, ", ") + ": □ stands in their place; an SVG keeps them"
}

// inspect hands the files over to the tool inspect.
func (f *flags) inspect(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
	f.Remark(stderr, "report", "--inspect is a tool of its own now: inspect FILE")
	args := append([]string{"--output", f.Output, "--"}, f.Files...)
	return inspect.Run(ctx, stdin, stdout, stderr, args)
}

// summarize makes the summary of each run, and writes it if --summary-json asks for
// it.
func (f *flags) summarize(w *written, stdout io.Writer) error {
	for i := range w.runs {
		r := &w.runs[i]
		r.summary = summarize(r.report, w.pages)
	}
	switch {
	case f.SummaryJSON == "":
		return nil
	case len(w.runs) > 1:
		return cli.Usagef("--summary-json is about one run, and the input has %d", len(w.runs))
	}
	return cli.WriteFile(f.SummaryJSON, stdout, w.runs[0].summary.Write)
}

// print writes the summary for people to standard output, unless that has something
// else.
func (f *flags) print(stdout io.Writer, runs []shownRun) error {
	if f.Output == "-" || f.SummaryJSON == "-" || f.Quiet {
		return nil
	}
	_, err := io.WriteString(stdout, text(runs, f.Output))
	return err
}

// gather reads all inputs. If page is not nil, it gets what only a page for a browser
// shows.
func (f *flags) gather(ctx context.Context, stdin io.Reader, page *pageRows) (*pages.Report, error) {
	r := &pages.Report{Title: f.Title, Run: figure.Run{Criterion: f.Criterion}}
	if f.unitless() {
		return r, f.gatherResults(ctx, r, &origins{}, stdin)
	}
	units, err := f.gatherUnits(ctx, r, stdin, page)
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
	if err := describeRoom(&r.Run, units); err != nil {
		return nil, err
	}
	o := &origins{units: units.provenance, checkpoints: units.checkpoints}
	if err := f.gatherControls(ctx, r, o, stdin, page); err != nil {
		return nil, err
	}
	if o.population, err = f.gatherPopulation(r, stdin); err != nil {
		return nil, err
	}
	for i := range r.Layers {
		r.Layers[i].CountOwn()
		for k := range r.Layers[i].Nulls {
			n := &r.Layers[i].Nulls[k]
			if n.Draws > 0 {
				continue
			}
			if n.Draws, err = drawsOf(n.Name, units.provenance); err != nil {
				return nil, err
			}
		}
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

// drawsOf returns the number of null maps of each unit, as far as the provenance tells
// it; else 0, and also for a null of another program.
func drawsOf(name string, p npy.Provenance) (int, error) {
	var shuffles, shifts int
	if _, err := p.Parameter("shuffles", &shuffles); err != nil {
		return 0, err
	}
	if _, err := p.Parameter("shifts", &shifts); err != nil {
		return 0, err
	}
	null, err := nulls.Named(name)
	switch {
	case err != nil:
		return 0, nil
	case null.Needs.Shifted:
		return shifts, nil
	case null.Draws != nil:
		return shuffles, nil
	}
	return 0, nil
}

// gatherUnits reads the scored units. Of several checkpoints it returns the units of
// the last.
func (f *flags) gatherUnits(ctx context.Context, r *pages.Report, stdin io.Reader, page *pageRows) (*scored, error) {
	if !f.OverTraining {
		units, err := readScored(ctx, f.inputName(), cli.Records(f.Files, stdin), page)
		if err == nil && len(f.Files) == 0 {
			// Wait for the writer of the pipe to end: only then its other files, such as
			// --population, are complete.
			_, err = io.Copy(io.Discard, stdin)
		}
		return units, err
	}
	units, checkpoints, err := f.readCheckpoints(ctx, stdin, page)
	r.Checkpoints = checkpoints
	return units, err
}

// describeRoom adds what the provenance says about the room, the targets and the
// treatment of negative activities.
func describeRoom(r *figure.Run, s *scored) error {
	var baseline, arena string
	var directions []int
	if _, err := s.provenance.Parameter("baseline", &baseline); err != nil {
		return err
	}
	r.Rectified = s.directed && baseline == "rectify"
	if _, err := s.provenance.Parameter("arena", &arena); err != nil {
		return err
	}
	r.Round = arena == "circle"
	if r.Layers[0].Name == linearLayer {
		r.Paper = results.PaperShareOf(arena)
	}
	known, err := s.provenance.Parameter("n_hdc", &directions)
	if err != nil {
		return err
	}
	r.Undirected = known && len(directions) == 0
	if _, err := s.provenance.Parameter("env_size", &r.Side); err != nil {
		return err
	}
	return shapeBins(r.Layers, s.provenance)
}

// shapeBins says of all maps how long their bins are along y, where they are not
// square.
func shapeBins(layers []figure.Layer, p npy.Provenance) error {
	for _, l := range layers {
		for i := range l.Units {
			u := &l.Units[i]
			at, err := placeOf(p, u.Ratemap.Rows, u.Ratemap.Columns)
			if err != nil {
				return err
			}
			aspect := at.aspect(u.Ratemap.Rows, u.Ratemap.Columns)
			u.Ratemap.Aspect, u.SAC.Aspect, u.Occupancy.Aspect = aspect, aspect, aspect
		}
	}
	return nil
}

// linearLayer is the layer of which the paper reports grid cells.
const linearLayer = "bottleneck"

// gatherResults reads the loss, the errors of path integration and the example
// path.
func (f *flags) gatherResults(ctx context.Context, r *pages.Report, o *origins, stdin io.Reader) (err error) {
	if f.Session != "" {
		if r.Session, o.session, err = readSession(ctx, f.Session, stdin, r.Layers); err != nil {
			return err
		}
	}
	if f.Log != "" {
		if r.Log, err = readFrom(f.Log, stdin, readLog); err != nil {
			return err
		}
	}
	if f.Runs != "" {
		if r.Seeds, err = f.seeds(stdin); err != nil {
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
func (f *flags) gatherControls(ctx context.Context, r *pages.Report, o *origins, stdin io.Reader, page *pageRows) (err error) {
	var untrained, null rowTaker = noRows{}, noRows{}
	if page != nil {
		untrained, null = &page.untrained, &page.nulls
	}
	o.untrained, err = gatherControl(ctx, r, f.UntrainedScores, stdin, untrained, addUntrained)
	if err != nil {
		return err
	}
	o.nulls, err = gatherControl(ctx, r, f.NullScores, stdin, null, func(l *figure.Layer, c controlScores) { l.AddNull(c.null).Scores = c.scores })
	return err
}

// addUntrained adds the scores of the untrained network to a layer.
func addUntrained(l *figure.Layer, c controlScores) {
	l.Untrained = append(l.Untrained, c.scores...)
	l.UntrainedCells = c.cells.result()
	c.own.CountOwn()
	for _, n := range c.own.Nulls {
		l.UntrainedOwn = append(l.UntrainedOwn, n.Null)
	}
}

// gatherControl reads the scores of a control, if a file is named, and adds to each
// layer those of the same layer.
func gatherControl(ctx context.Context, r *pages.Report, file string, stdin io.Reader, also rowTaker, add func(*figure.Layer, controlScores)) (npy.Provenance, error) {
	if file == "" {
		return nil, nil
	}
	controls, provenance, err := readControl(ctx, cli.DisplayName(file), cli.Records([]string{file}, stdin), also)
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

// subtitle gives the size of the maps and the tools that the data went through.
func subtitle(p npy.Provenance, layers []figure.Layer) string {
	m := layers[0].Units[0].Ratemap
	text := fmt.Sprintf("Ratemaps of %d × %d bins", m.Rows, m.Columns)
	if len(p) > 0 {
		text += ", from " + strings.Join(toolsOf(p), " | ")
	}
	return text
}

// maxTools is the number of tools that the subtitle names, at its ends each half.
const maxTools = 12

// toolsOf names the tools of a provenance. Those in the middle of a long one are
// counted.
func toolsOf(p npy.Provenance) []string {
	var tools []string
	left := len(p) - maxTools
	for i, s := range p {
		switch {
		case left <= 0 || i < maxTools/2 || i >= len(p)-maxTools/2:
			tools = append(tools, printable.Short(s.Tool, 40))
		case i == maxTools/2:
			tools = append(tools, fmt.Sprintf("%d more", left))
		}
	}
	return tools
}
