package compare

import (
	"fmt"
	"math"
	"strconv"

	"gridcells/pkg/sweep"
)

// number writes a value with five digits, and a whole number with all of its
// digits. An undefined one is NaN.
func number(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 5, 64)
}

// known writes a value, or nothing if it is undefined.
func known(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return number(v)
}

// runRows has a row for each run, under a header. A value that a run lacks is
// empty, one that is undefined NaN.
func runRows(t *sweep.Table) [][]string {
	header := []string{"name", "seed"}
	for _, c := range t.Columns {
		header = append(header, c.Name)
	}
	rows := [][]string{header}
	for _, r := range t.Runs {
		row := []string{r.Name, strconv.Itoa(r.Seed)}
		for _, c := range t.Columns {
			text := ""
			if v, ok := r.Values[c.Name]; ok {
				text = number(v)
			}
			row = append(row, text)
		}
		rows = append(rows, row)
	}
	return rows
}

// meanRows has a row for each name, under a header. A mean over fewer seeds than
// the name has says over how many.
func meanRows(t *sweep.Table, settings []sweep.Setting) [][]string {
	header := []string{"name", "seeds"}
	for _, c := range t.Columns {
		header = append(header, c.Name)
	}
	rows := [][]string{header}
	for _, s := range settings {
		row := []string{s.Name, strconv.Itoa(len(s.Runs))}
		for _, c := range t.Columns {
			text := ""
			if m, ok := s.Estimates[c.Name]; ok {
				text = m.String()
				if m.N < len(s.Runs) {
					text += fmt.Sprintf(" (%d)", m.N)
				}
			}
			row = append(row, text)
		}
		rows = append(rows, row)
	}
	return rows
}

// settingRows has a row for each name and column.
func settingRows(t *sweep.Table, settings []sweep.Setting) [][]string {
	rows := [][]string{{"name", "column", "bins", "unit", "seeds", "mean", "sd", "low_95", "high_95",
		"paired_seeds", "difference", "difference_low_95", "difference_high_95", "p", "q"}}
	for _, s := range settings {
		for _, c := range t.Columns {
			e, ok := s.Estimates[c.Name]
			if !ok {
				continue
			}
			row := []string{s.Name, c.Name, bins(c.Bins), c.Unit, strconv.Itoa(e.N), known(e.Mean), known(e.SD), known(e.Low), known(e.High)}
			if d, ok := s.Differences[c.Name]; ok {
				row = append(row, strconv.Itoa(d.N), known(d.Mean), known(d.Low), known(d.High), known(d.P), known(d.Q))
			} else {
				row = append(row, "", "", "", "", "", "")
			}
			rows = append(rows, row)
		}
	}
	return rows
}

func bins(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// excessRows has a row for each comparison with a null.
func excessRows(pooled []sweep.Pooled) [][]string {
	rows := [][]string{{"name", "bins", "score", "null", "criterion", "networks", "excess", "low_95", "high_95", "p", "q",
		"more", "of", "percent", "percent_low_95", "percent_high_95",
		"integrating_more", "integrating_of", "integrating_percent", "integrating_low_95", "integrating_high_95"}}
	for _, p := range pooled {
		row := []string{p.Setting, strconv.Itoa(p.Bins), p.Score, p.Null, string(p.Criterion), strconv.Itoa(p.All.Of),
			known(p.Mean), known(p.Low), known(p.High), known(p.P), known(p.Q)}
		rows = append(rows, append(append(row, share(p.All)...), share(p.Integrating)...))
	}
	return rows
}

func share(s sweep.Share) []string {
	low, high := s.Interval()
	return []string{strconv.Itoa(s.More), strconv.Itoa(s.Of), known(s.Percent()), known(low), known(high)}
}

// columnRows has a row for each column of the runs.
func columnRows(t *sweep.Table) [][]string {
	rows := [][]string{{"column", "bins", "unit", "definition"}}
	for _, c := range t.Columns {
		rows = append(rows, []string{c.Name, bins(c.Bins), c.Unit, c.Definition})
	}
	return rows
}
