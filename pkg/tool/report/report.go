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
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"gonum.org/v1/plot/vg"

	"gridcells/pkg/canvas"
	"gridcells/pkg/cli"
	"gridcells/pkg/figure"
	"gridcells/pkg/pages"
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

// sources names the flags that give what a figure shows beside the scored units.
var sources = map[string]string{
	"excess": "--population", "loss": "--log", "path-integration": "--path-integration", "trajectory": "--trajectory",
	"training": "--over-training", "training-units": "--over-training and --units", "training-animation": "--over-training and --units",
	"settings": "--runs", "neuron": "--session and --units",
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
	var lacking *figure.LackingError
	if hint := sources[f.Figure]; errors.As(err, &lacking) && hint != "" {
		err = fmt.Errorf("%w; see %s", err, hint)
	}
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
