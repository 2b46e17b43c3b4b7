package report

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"gridcells/pkg/cli"
	"gridcells/pkg/figure"
	"gridcells/pkg/printable"
	"gridcells/pkg/sweep"
)

// seeds reads the table of runs and makes a plot of each column. Settings stand in
// the order in which they appear in the table.
func (f *flags) seeds(stdin io.Reader) ([]figure.SeedPlot, error) {
	table, err := readFrom(f.Runs, stdin, readRuns)
	if err != nil {
		return nil, err
	}
	if err := table.Choose(f.Columns); err != nil {
		return nil, fmt.Errorf("%s: --columns: %w", cli.DisplayName(f.Runs), err)
	}
	var plots []figure.SeedPlot
	for _, c := range table.Columns {
		plot := figure.SeedPlot{Label: printable.Short(c.Name, 200)}
		for _, r := range table.Runs {
			v, ok := r.Values[c.Name]
			if !ok {
				continue
			}
			name := printable.Short(r.Name, 200)
			i := slices.IndexFunc(plot.Settings, func(s figure.SeedValues) bool { return s.Name == name })
			if i < 0 {
				i = len(plot.Settings)
				plot.Settings = append(plot.Settings, figure.SeedValues{Name: name})
			}
			plot.Settings[i].Values = append(plot.Settings[i].Values, v)
		}
		for i := range plot.Settings {
			s := &plot.Settings[i]
			e := sweep.EstimateOf(s.Values)
			s.Mean, s.Low, s.High = e.Mean, e.Low, e.High
		}
		plots = append(plots, plot)
	}
	return plots, nil
}

// readRuns reads a table of runs, which must have a run.
func readRuns(r io.Reader) (*sweep.Table, error) {
	table, err := sweep.ReadCSV(r)
	if err == nil && len(table.Runs) == 0 {
		err = errors.New("the table has no runs")
	}
	return table, err
}
