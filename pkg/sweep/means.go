package sweep

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// Mean is a value over the seeds of a setting.
type Mean struct {
	Mean, SD float64 // SD is NaN for one seed
	Seeds    int     // that have a value
}

// Setting is the runs of one name.
type Setting struct {
	Name  string
	Seeds int
	Means map[string]Mean // by column
}

// Settings returns the means over the seeds of each name. Undefined values are
// left out.
func (t *Table) Settings() []Setting {
	var settings []Setting
	for from := 0; from < len(t.Runs); {
		to := from
		for to < len(t.Runs) && t.Runs[to].Name == t.Runs[from].Name {
			to++
		}
		s := Setting{Name: t.Runs[from].Name, Seeds: to - from, Means: map[string]Mean{}}
		for _, column := range t.Columns {
			if m := meanOf(t.Runs[from:to], column); m.Seeds > 0 {
				s.Means[column] = m
			}
		}
		settings = append(settings, s)
		from = to
	}
	return settings
}

func meanOf(runs []Run, column string) Mean {
	var x []float64
	for _, r := range runs {
		if v, ok := r.Values[column]; ok && !math.IsNaN(v) {
			x = append(x, v)
		}
	}
	switch len(x) {
	case 0:
		return Mean{math.NaN(), math.NaN(), 0}
	case 1:
		return Mean{x[0], math.NaN(), 1}
	}
	mean, sd := stat.MeanStdDev(x, nil)
	return Mean{mean, sd, len(x)}
}
