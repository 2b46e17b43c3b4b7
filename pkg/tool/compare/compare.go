// Package compare is the tool compare: it puts the results of many runs into
// one table.
//
// The tool reads a directory that holds the results of each run in NAME/SEED, as
// scripts/sweep.sh leaves them there; gridcells/pkg/sweep lists the files. The
// first commands here make such a directory of one run, and the last two show it,
// first by run and then by name:
//
//	report -o report.pdf scores.npy
//	mkdir -p runs/base/1
//	cp run.jsonl report.pdf runs/base/1
//	cp path.json runs/base/1/run.path.json
//	cp run.json runs/base/1/run.20.population.json
//	compare --layer bottleneck runs
//	compare --mean --columns loss,error_cm runs
//
// Runs may differ in what they have. The table names what is missing or broken on
// standard error and passes over it. Package sweep gathers the values, and this
// package writes the table.
package compare

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"gridcells/pkg/cli"
	"gridcells/pkg/sweep"
)

const description = `Put the results of many runs into one table.

DIR holds the results of a run in NAME/SEED, as scripts/sweep.sh leaves them there. Runs may differ in what they have. Shares
are in percent of the layer's units, errors and scales in cm, excesses over nulls in points. SCORE_NULL_own is the share of
units above their own 95th percentile in a null. What is missing or broken is named on standard error and passed over.

    compare --mean --columns loss,error_cm,paper_field_own,paper_gaussian_own runs/ablations`

type flags struct {
	cli.Common
	Dir        string   `arg:"" name:"dir" help:"Read the runs in this directory."`
	Output     string   `help:"Write to this file. It appears only when it is complete. The default - is standard output." short:"o" default:"-" placeholder:"FILE" group:"Output" writes:""`
	Format     string   `help:"Write a table as csv or markdown. The default is csv for runs and markdown for means." enum:",csv,markdown" default:"" placeholder:"NAME" group:"Output"`
	Mean       bool     `help:"Write a row for each name, mean ± standard deviation over its seeds, instead of one for each run." group:"Output"`
	Columns    []string `help:"Write these columns only, in this order. The default is all." placeholder:"NAME" group:"Output"`
	Layer      string   `help:"Take the units of this layer." default:"bottleneck" group:"Output"`
	Unfinished bool     `help:"Take runs that have not finished, too." group:"Output"`
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
	if len(f.Columns) > 0 {
		if err := table.Choose(f.Columns); err != nil {
			return cli.Usagef("--columns: %w", err)
		}
	}
	if !f.Quiet {
		for _, text := range table.Problems {
			fmt.Fprintf(stderr, "compare: %s\n", text)
		}
	}
	out, err := cli.Output{Output: f.Output, Compress: "none"}.Create(stdout, false)
	if err != nil {
		return err
	}
	defer out.Discard()
	rows := runRows(table)
	if f.Mean {
		rows = meanRows(table)
	}
	if f.Format == "markdown" || f.Format == "" && f.Mean {
		err = writeMarkdown(out, rows)
	} else {
		err = csv.NewWriter(out).WriteAll(rows)
	}
	if err != nil {
		return err
	}
	return out.Commit()
}

// runRows has a row for each run, under a header. A value that a run lacks is
// empty, one that is undefined NaN.
func runRows(t *sweep.Table) [][]string {
	rows := [][]string{append([]string{"name", "seed"}, t.Columns...)}
	for _, r := range t.Runs {
		row := []string{r.Name, strconv.Itoa(r.Seed)}
		for _, column := range t.Columns {
			text := ""
			if v, ok := r.Values[column]; ok {
				text = strconv.FormatFloat(v, 'g', 5, 64)
			}
			row = append(row, text)
		}
		rows = append(rows, row)
	}
	return rows
}

// meanRows has a row for each name, under a header. A mean over fewer seeds than
// the name has says over how many.
func meanRows(t *sweep.Table) [][]string {
	rows := [][]string{append([]string{"name", "seeds"}, t.Columns...)}
	for _, s := range t.Settings() {
		row := []string{s.Name, strconv.Itoa(s.Seeds)}
		for _, column := range t.Columns {
			text := ""
			if m, ok := s.Means[column]; ok {
				text = fmt.Sprintf("%.4g", m.Mean)
				if m.Seeds > 1 {
					text += fmt.Sprintf(" ± %.2g", m.SD)
				}
				if m.Seeds < s.Seeds {
					text += fmt.Sprintf(" (%d)", m.Seeds)
				}
			}
			row = append(row, text)
		}
		rows = append(rows, row)
	}
	return rows
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
