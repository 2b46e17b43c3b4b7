package sweep

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gridcells/pkg/significance"
)

// Setting is the runs of one name.
type Setting struct {
	Name string
	Runs []Run // by seed
	// Estimates are over the seeds, by column. A column without any defined value is
	// not there.
	Estimates map[string]Estimate
	// Differences are from the base line, by column, over the seeds that both have. A
	// column without such seeds is not there.
	Differences map[string]Difference
}

// Difference is by how much a setting exceeds the base line, paired by seed.
type Difference struct {
	Estimate
	// P is that of the two-sided paired t test.
	P float64
	// Q is P corrected for all settings of the table that are compared in this column
	// (Benjamini & Hochberg 1995).
	Q float64
}

// Settings returns the settings in the order of their names. base is the name of
// the base line; if it is empty there are no differences.
func (t *Table) Settings(base string) ([]Setting, error) {
	var settings []Setting
	for _, r := range t.Runs {
		if n := len(settings); n == 0 || settings[n-1].Name != r.Name {
			settings = append(settings, Setting{Name: r.Name, Estimates: map[string]Estimate{}, Differences: map[string]Difference{}})
		}
		s := &settings[len(settings)-1]
		s.Runs = append(s.Runs, r)
	}
	for _, s := range settings {
		for _, c := range t.Columns {
			if e := EstimateOf(column(s.Runs, c.Name)); e.N > 0 {
				s.Estimates[c.Name] = e
			}
		}
	}
	if base == "" {
		return settings, nil
	}
	i := slices.IndexFunc(settings, func(s Setting) bool { return s.Name == base })
	if i < 0 {
		var names []string
		for _, s := range settings {
			names = append(names, s.Name)
		}
		return nil, fmt.Errorf("no runs of the base line %q: there are %s", base, strings.Join(names, ", "))
	}
	for _, c := range t.Columns {
		compare(settings, settings[i], c.Name)
	}
	return settings, nil
}

// column returns the values of runs in a column; NaN where a run lacks it.
func column(runs []Run, name string) []float64 {
	values := make([]float64, len(runs))
	for i, r := range runs {
		v, ok := r.Values[name]
		if !ok {
			v = math.NaN()
		}
		values[i] = v
	}
	return values
}

// compare fills in the differences of all settings from the base line in a column.
func compare(settings []Setting, base Setting, name string) {
	of := map[int]float64{}
	for _, r := range base.Runs {
		if v, ok := r.Values[name]; ok {
			of[r.Seed] = v
		}
	}
	var compared []int
	var p []float64
	for i, s := range settings {
		if s.Name == base.Name {
			continue
		}
		var differences []float64
		for _, r := range s.Runs {
			v, ok := r.Values[name]
			b, paired := of[r.Seed]
			if ok && paired {
				differences = append(differences, v-b)
			}
		}
		if e := EstimateOf(differences); e.N > 0 {
			s.Differences[name] = Difference{Estimate: e, P: e.different()}
			compared, p = append(compared, i), append(p, e.different())
		}
	}
	for k, q := range significance.BenjaminiHochberg(p) {
		d := settings[compared[k]].Differences[name]
		d.Q = q
		settings[compared[k]].Differences[name] = d
	}
}
