// Sweeptable gathers the results that scripts/sweep.sh left in a directory.
//
//	go run ./scripts/sweeptable runs/ablations               one row a run, CSV
//	go run ./scripts/sweeptable -mean runs/ablations         one row a name: mean and standard deviation over its
//	                                                         seeds, Markdown
//	go run ./scripts/sweeptable -columns loss,error_cm DIR   these columns only
//
// Shares are in percent of the layer's units, errors in cm, excesses over nulls
// in points. Figures of other ratemaps than the first have their number of bins
// appended. An unfinished run is left out.
package main

import (
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/stat"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("sweeptable: ")
	mean := flag.Bool("mean", false, "one row a name instead of one a run")
	layer := flag.String("layer", "bottleneck", "layer of units")
	columns := flag.String("columns", "", "columns to write, by name; default: all")
	flag.Parse()
	if flag.NArg() != 1 {
		log.Fatal("name the directory of a sweep")
	}
	runs, err := collect(flag.Arg(0), *layer)
	if err != nil {
		log.Fatal(err)
	}
	if *columns != "" {
		if err := choose(runs, strings.Split(*columns, ",")); err != nil {
			log.Fatal(err)
		}
	}
	if *mean {
		err = writeMeans(os.Stdout, runs)
	} else {
		err = writeRuns(os.Stdout, runs)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// run is a row of the table.
type run struct {
	name   string
	seed   int
	values []value
}

// value is NaN where a run has none.
type value struct {
	column string
	value  float64
}

// population, errors and logLine are the parts of the tools' outputs that the
// table shows.
type population struct {
	Layers []struct {
		Layer  string
		Units  float64
		Scores []struct {
			Score string
			Above share `json:"above_cut"`
			Best  *float64
			Nulls []struct {
				Null  string
				Above struct {
					Share  *float64 `json:"null_share"`
					Excess *float64
				} `json:"above_cut"`
			}
		}
		Border        share `json:"border_cells"`
		HeadDirection share `json:"head_direction_cells"`
		Scales        struct {
			Mean *float64 `json:"mean_m"`
		} `json:"grid_scales"`
	}
}

type share struct{ Share float64 }

type errors struct {
	Loss  *float64
	Error *float64 `json:"final_error_m"`
}

func collect(dir, layer string) ([]run, error) {
	found, err := filepath.Glob(filepath.Join(dir, "*", "*", "report.pdf"))
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s: no finished runs", dir)
	}
	var runs []run
	for _, path := range found {
		out := filepath.Dir(path)
		r := run{name: filepath.Base(filepath.Dir(out))}
		if r.seed, err = strconv.Atoi(filepath.Base(out)); err != nil {
			return nil, fmt.Errorf("%s: not named by a seed", out)
		}
		if r.values, err = results(out, layer); err != nil {
			return nil, err
		}
		runs = append(runs, r)
	}
	sort.SliceStable(runs, func(i, k int) bool {
		a, b := runs[i], runs[k]
		return a.name < b.name || a.name == b.name && a.seed < b.seed
	})
	return runs, nil
}

// results are the values of one run.
func results(out, layer string) ([]value, error) {
	var path, untrainedPath errors
	if err := read(filepath.Join(out, "run.path.json"), &path); err != nil {
		return nil, err
	}
	if err := read(filepath.Join(out, "untrained.path.json"), &untrainedPath); err != nil {
		return nil, err
	}
	step, loss, err := lastLine(filepath.Join(out, "run.jsonl"))
	if err != nil {
		return nil, err
	}
	values := []value{
		{"updates", step}, {"training_loss", loss}, {"loss", number(path.Loss)},
		{"error_cm", 100 * number(path.Error)}, {"untrained_error_cm", 100 * number(untrainedPath.Error)},
	}
	populations, err := filepath.Glob(filepath.Join(out, "run.*.population.json"))
	if err != nil {
		return nil, err
	}
	for i, file := range populations {
		bins := strings.Split(filepath.Base(file), ".")[1]
		var trained, untrained population
		if err := read(file, &trained); err != nil {
			return nil, err
		}
		if err := read(filepath.Join(out, "untrained."+bins+".population.json"), &untrained); err != nil {
			return nil, err
		}
		suffix := ""
		if i > 0 {
			suffix = "_" + bins
		}
		values = append(values, units(&trained, &untrained, layer, suffix)...)
	}
	return values, nil
}

func read(path string, content any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, content); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func units(trained, untrained *population, layer, suffix string) (values []value) {
	add := func(column string, x float64) { values = append(values, value{column + suffix, x}) }
	for i, l := range trained.Layers {
		if l.Layer != layer {
			continue
		}
		add("units", l.Units)
		for k, s := range l.Scores {
			add(s.Score+"_share", 100*s.Above.Share)
			add(s.Score+"_best", number(s.Best))
			add(s.Score+"_untrained_share", 100*untrained.Layers[i].Scores[k].Above.Share)
			for _, n := range s.Nulls {
				if n.Null != "untrained" { // has its column already
					add(s.Score+"_"+n.Null+"_share", 100*number(n.Above.Share))
				}
				add(s.Score+"_"+n.Null+"_excess", 100*number(n.Above.Excess))
			}
		}
		add("border_share", 100*l.Border.Share)
		add("head_direction_share", 100*l.HeadDirection.Share)
		add("scale_cm", 100*number(l.Scales.Mean))
	}
	return values
}

func number(x *float64) float64 {
	if x == nil {
		return math.NaN()
	}
	return *x
}

// lastLine returns the last line of a training log; NaN if the run was too short
// to have one.
func lastLine(path string) (step, loss float64, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, 0, err
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if lines[0] == "" {
		return math.NaN(), math.NaN(), nil
	}
	var last struct{ Step, Loss float64 }
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil {
		return 0, 0, fmt.Errorf("%s: line %d: %w", path, len(lines), err)
	}
	return last.Step, last.Loss, nil
}

// choose leaves the named columns in each run, in that order.
func choose(runs []run, columns []string) error {
	for i, r := range runs {
		var chosen []value
		for _, name := range columns {
			at := slices.IndexFunc(r.values, func(v value) bool { return v.column == name })
			if at < 0 {
				return fmt.Errorf("%s, seed %d has no column %q", r.name, r.seed, name)
			}
			chosen = append(chosen, r.values[at])
		}
		runs[i].values = chosen
	}
	return nil
}

func writeRuns(w io.Writer, runs []run) error {
	out := csv.NewWriter(w)
	header := []string{"name", "seed"}
	for _, v := range runs[0].values {
		header = append(header, v.column)
	}
	out.Write(header)
	for _, r := range runs {
		row := []string{r.name, strconv.Itoa(r.seed)}
		for _, v := range r.values {
			row = append(row, strconv.FormatFloat(v.value, 'g', 5, 64))
		}
		out.Write(row)
	}
	out.Flush()
	return out.Error()
}

// writeMeans writes mean ± standard deviation for the columns that differ
// between runs.
func writeMeans(w io.Writer, runs []run) error {
	header := []string{"name", "seeds"}
	for _, v := range runs[0].values {
		header = append(header, v.column)
	}
	fmt.Fprintf(w, "| %s |\n|%s\n", strings.Join(header, " | "), strings.Repeat("---|", len(header)))
	for len(runs) > 0 {
		n := 1
		for n < len(runs) && runs[n].name == runs[0].name {
			n++
		}
		row := []string{runs[0].name, strconv.Itoa(n)}
		for i := range runs[0].values {
			row = append(row, spread(runs[:n], i))
		}
		fmt.Fprintf(w, "| %s |\n", strings.Join(row, " | "))
		runs = runs[n:]
	}
	return nil
}

func spread(runs []run, column int) string {
	x := make([]float64, len(runs))
	for i, r := range runs {
		x[i] = r.values[column].value
	}
	mean, sd := stat.MeanStdDev(x, nil)
	if len(x) < 2 {
		return strconv.FormatFloat(mean, 'g', 4, 64)
	}
	return fmt.Sprintf("%.4g ± %.2g", mean, sd)
}
