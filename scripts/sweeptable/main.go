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

	"gridcells/pkg/results"
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
		if r.values, err = values(out, layer); err != nil {
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

// values are the values of one run.
func values(out, layer string) ([]value, error) {
	trained, err := read(filepath.Join(out, "run.path.json"), results.ReadPathIntegration)
	if err != nil {
		return nil, err
	}
	untrained, err := read(filepath.Join(out, "untrained.path.json"), results.ReadPathIntegration)
	if err != nil {
		return nil, err
	}
	log, err := read(filepath.Join(out, "run.jsonl"), results.ReadLog)
	if err != nil {
		return nil, err
	}
	step, loss := math.NaN(), math.NaN() // of a run too short to have a line
	if len(log) > 0 {
		last := log[len(log)-1]
		step, loss = float64(last.Step), last.Loss.Float()
	}
	values := []value{
		{"updates", step}, {"training_loss", loss}, {"loss", trained.Loss.Float()},
		{"error_cm", 100 * trained.Final.Float()}, {"untrained_error_cm", 100 * untrained.Final.Float()},
	}
	populations, err := filepath.Glob(filepath.Join(out, "run.*.population.json"))
	if err != nil {
		return nil, err
	}
	for i, file := range populations {
		bins := strings.Split(filepath.Base(file), ".")[1]
		trained, err := read(file, results.ReadPopulation)
		if err != nil {
			return nil, err
		}
		untrained, err := read(filepath.Join(out, "untrained."+bins+".population.json"), results.ReadPopulation)
		if err != nil {
			return nil, err
		}
		suffix := ""
		if i > 0 {
			suffix = "_" + bins
		}
		values = append(values, units(trained.Layer(layer), untrained.Layer(layer), suffix)...)
	}
	return values, nil
}

func read[T any](path string, parse func(io.Reader) (T, error)) (v T, err error) {
	f, err := os.Open(path)
	if err != nil {
		return v, err
	}
	defer f.Close()
	if v, err = parse(f); err != nil {
		return v, fmt.Errorf("%s: %w", path, err)
	}
	return v, nil
}

// units are the values of a layer of the trained network, and of the same layer
// of the untrained one.
func units(trained, untrained *results.Layer, suffix string) (values []value) {
	if trained == nil {
		return nil
	}
	add := func(column string, x float64) { values = append(values, value{column + suffix, x}) }
	add("units", float64(trained.Units))
	for _, s := range trained.Scores {
		add(s.Score+"_share", 100*s.Above.Share.Float())
		add(s.Score+"_best", s.Best.Float())
		control := math.NaN()
		if untrained != nil && untrained.Score(s.Column) != nil {
			control = 100 * untrained.Score(s.Column).Above.Share.Float()
		}
		add(s.Score+"_untrained_share", control)
		for _, n := range s.Nulls {
			if n.Name != "untrained" { // has its column already
				add(s.Score+"_"+n.Name+"_share", 100*n.Above.Null.Float())
			}
			add(s.Score+"_"+n.Name+"_excess", 100*n.Above.Excess.Float())
		}
	}
	add("border_share", 100*trained.Border.Share.Float())
	add("head_direction_share", 100*trained.HeadDirection.Share.Float())
	scale := math.NaN()
	if trained.Scales != nil {
		scale = 100 * trained.Scales.Mean.Float()
	}
	add("scale_cm", scale)
	return values
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
