// Package compare is the tool compare: it puts the results of many runs into
// one table, and makes statistics of them.
//
// The tool reads a directory that holds the results of each run in NAME/SEED, as
// scripts/sweep.sh leaves them there; gridcells/pkg/sweep lists the files. The
// first commands here make such a directory of one run, and the others show it:
// each run, the means over the seeds, the comparison with nulls, and what the
// columns mean:
//
//	report -o report.pdf scores.npy
//	mkdir -p runs/base/1
//	cp run.jsonl report.pdf runs/base/1
//	cp path.json runs/base/1/run.path.json
//	cp run.json runs/base/1/run.20.population.json
//	compare --layer bottleneck runs
//	compare --mean --columns loss,error_cm runs
//	compare --table settings --base base runs
//	compare --table excess runs
//	compare --table columns runs
//
// Runs may differ in what they have. The tool names what is missing or broken on
// standard error and passes over it. Package sweep gathers the values and makes the
// statistics, and this package writes the tables.
package compare

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"gridcells/pkg/cli"
	"gridcells/pkg/sweep"
)

const description = `Put the results of many runs into one table, with statistics over their seeds.

DIR holds the results of a run in NAME/SEED, as scripts/sweep.sh leaves them there. Runs need not have the same results. Shares
are in percent of the layer's units, errors and scales in cm, excesses over nulls in points. SCORE_NULL_own is the share of
units above their own 95th percentile in a null. What is missing or broken is named on standard error and passed over.

    compare --mean --columns loss,error_cm,paper_field_own,paper_gaussian_own runs/ablations
    compare --table settings --base base runs/ablations`

// Details is the part of the help that --help-all adds.
func (f *flags) Details() string {
	return `The tables of --table:

    runs       a row for each run
    settings   a row for each name and column: mean, standard deviation and 95 % interval (t) over
               the seeds; the difference from the base line, paired by seed, with interval and p
               (t test), and q over all settings (Benjamini-Hochberg)
    excess     a row for each name and null: the mean excess of the share of grid-like units over
               that of the null, with interval, p (t test, one-sided) and q. It also says how many
               networks have more grid-like units than the null, with Wilson's interval: the whole
               interval of their own excess is above 0. They are counted among all networks, and
               among those that path-integrate. By the criterion cut a unit is grid-like if its
               gridness is above a fixed number; by own, if it is above the unit's own 95th
               percentile in the null. By chance 5.9 % of units are, with 100 null maps, and 9.3 %
               with 20. The last rows, without a name, count the networks of all names together
    columns    what each column of the runs means, its unit, and the bins of its ratemaps

A network path-integrates if its position error is at most the fraction --integrates of the untrained
network's, each by the way of decoding that gives the least.`
}

type flags struct {
	cli.Common
	Dir string `arg:"" name:"dir" help:"Read the runs in this directory."`
	cli.OutputFile
	Format     string   `help:"Write a table as csv or markdown. The default is csv, and markdown for --mean." enum:",csv,markdown" default:"" placeholder:"NAME" group:"Output"`
	Table      string   `help:"Write this table: ${enum}. --help-all describes them." enum:"runs,settings,excess,columns" default:"runs" placeholder:"runs" group:"Output"`
	Mean       bool     `help:"Write a row for each name, mean ± standard deviation over its seeds, instead of one for each run." group:"Output"`
	Columns    []string `help:"Write these columns of the runs only, in this order. The default is all." placeholder:"NAME" group:"Output"`
	Base       string   `help:"Compare with the runs of this name, seed by seed, in the table of settings." placeholder:"NAME" group:"Statistics"`
	Integrates float64  `help:"Count a network as path-integrating up to this fraction of the untrained network's position error." default:"0.5" min:"0" max:"1" placeholder:"0.5" group:"Statistics" more:""`
	Layer      string   `help:"Take the units of this layer." default:"bottleneck" group:"Output" more:""`
	Unfinished bool     `help:"Take runs that have not finished, too." group:"Output" more:""`
}

// Validate is called by the parser.
func (f *flags) Validate() error {
	if f.Mean && f.Table != "runs" {
		return fmt.Errorf("--mean and --table %s: choose one", f.Table)
	}
	if f.Base != "" && f.Table != "settings" {
		return fmt.Errorf("--base: only --table settings compares with a base line")
	}
	return nil
}

// Run is the tool.
func Run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) error {
	var f flags
	if err := cli.Parse("compare", description, &f, args, stdin, stdout, stderr); err != nil {
		return err
	}
	table, err := sweep.Read(f.Dir, sweep.Options{Layer: f.Layer, Unfinished: f.Unfinished})
	if err != nil {
		return err
	}
	rows, err := f.rows(table)
	if err != nil {
		return err
	}
	f.Remark(stderr, "compare", table.Problems...)
	out, err := f.Create(stdout, false)
	if err != nil {
		return err
	}
	defer out.Discard()
	if err := f.write(out, rows); err != nil {
		return err
	}
	return out.Commit()
}

// rows makes the table that is asked for, its header first.
func (f *flags) rows(t *sweep.Table) ([][]string, error) {
	comparisons := f.Table == "excess"
	if len(f.Columns) > 0 {
		if comparisons {
			return nil, cli.Usagef("--columns: the table excess has no columns of the runs")
		}
		if err := t.Choose(f.Columns); err != nil {
			return nil, cli.Usagef("--columns: %w", err)
		}
	}
	settings, err := t.Settings(f.Base)
	if err != nil {
		return nil, cli.Usagef("--base: %w", err)
	}
	switch {
	case f.Mean:
		return meanRows(t, settings), nil
	case f.Table == "settings":
		return settingRows(t, settings), nil
	case comparisons:
		return excessRows(t.Pool(f.Integrates)), nil
	case f.Table == "columns":
		return columnRows(t), nil
	}
	return runRows(t), nil
}

// write writes a table, its header first, in the format of --format.
func (f *flags) write(w io.Writer, rows [][]string) error {
	if f.Format == "markdown" || f.Format == "" && f.Mean {
		return writeMarkdown(w, rows)
	}
	return csv.NewWriter(w).WriteAll(rows)
}

func writeMarkdown(w io.Writer, rows [][]string) error {
	var b strings.Builder
	for i, row := range rows {
		for k := range row {
			row[k] = strings.ReplaceAll(row[k], "|", `\|`)
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			fmt.Fprintf(&b, "|%s\n", strings.Repeat("---|", len(row)))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
