package sweep

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gridcells/pkg/results"
)

// Run is the results of one training.
type Run struct {
	Name string
	Seed int
	// Values are by column; NaN is undefined.
	Values map[string]float64
}

// Table has a row for each run, sorted by name and seed.
type Table struct {
	Columns []string // of all runs
	Runs    []Run
	// Problems are one line each about what was passed over or is missing.
	Problems []string
}

// Options say what is gathered.
type Options struct {
	Layer string // of units
	// Unfinished takes runs that have not finished too.
	Unfinished bool
}

// files are the results of one run.
type files struct {
	run  Run
	log  []results.LogLine
	path map[string]*results.PathIntegration    // by network: run or untrained
	maps map[string]map[int]*results.Population // by network and number of bins
}

// Read gathers the results in a directory. Directories that are no runs, files
// that cannot be read and runs that are missing are among the problems. It is an
// error if there is no run at all.
//
// Columns of the ratemaps of fewest bins in any run have plain names, and the column
// bins has that number. The names of the others end in their number of bins.
func Read(dir string, o Options) (*Table, error) {
	t := &Table{}
	found, err := t.find(dir, o)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s: no finished runs: a run is a directory NAME/SEED with a file \"finished\"", dir)
	}
	fewest := 0
	for _, f := range found {
		for n := range f.maps["run"] {
			if fewest == 0 || n < fewest {
				fewest = n
			}
		}
	}
	for _, f := range found {
		v := t.values(f, o.Layer, fewest)
		f.run.Values = v.byName
		t.Runs = append(t.Runs, f.run)
		t.merge(v.names)
	}
	t.missing()
	return t, nil
}

// find reads all runs.
func (t *Table) find(dir string, o Options) ([]*files, error) {
	names, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var found []*files
	for _, name := range names {
		if !name.IsDir() || strings.HasPrefix(name.Name(), ".") {
			continue
		}
		seeds, err := os.ReadDir(filepath.Join(dir, name.Name()))
		if err != nil {
			return nil, err
		}
		for _, seed := range seeds {
			path := filepath.Join(dir, name.Name(), seed.Name())
			if !seed.IsDir() {
				continue
			}
			number, err := strconv.Atoi(seed.Name())
			if err != nil {
				t.problem("%s: passed over: its name is no seed", path)
				continue
			}
			if !o.Unfinished && !finished(path) {
				t.problem("%s: passed over: %s", path, unfinished(path))
				continue
			}
			f := t.read(path)
			f.run.Name, f.run.Seed = name.Name(), number
			found = append(found, f)
		}
	}
	slices.SortFunc(found, func(a, b *files) int {
		return cmp.Or(cmp.Compare(a.run.Name, b.run.Name), cmp.Compare(a.run.Seed, b.run.Seed))
	})
	return found, nil
}

// finished says whether the run in a directory has written all its files.
func finished(dir string) bool {
	for _, name := range []string{"finished", "report.pdf"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}

// unfinished says what is known of a run that has not finished. scripts/sweep.sh
// writes the status of a failed run into the file "failed".
func unfinished(dir string) string {
	text, err := os.ReadFile(filepath.Join(dir, "failed"))
	if err != nil {
		return "unfinished"
	}
	return "failed with " + strings.TrimSpace(string(text))
}

func (t *Table) problem(format string, args ...any) {
	t.Problems = append(t.Problems, fmt.Sprintf(format, args...))
}

// read reads the files of a run.
func (t *Table) read(dir string) *files {
	f := &files{path: map[string]*results.PathIntegration{}, maps: map[string]map[int]*results.Population{}}
	f.log, _ = readFile(t, filepath.Join(dir, "run.jsonl"), results.ReadLog)
	for _, network := range []string{"run", "untrained"} {
		if p, ok := readFile(t, filepath.Join(dir, network+".path.json"), results.ReadPathIntegration); ok {
			f.path[network] = p
		}
		f.maps[network] = map[int]*results.Population{}
		names, _ := filepath.Glob(filepath.Join(escape(dir), network+".*.population.json")) // the pattern is right
		for _, name := range names {
			p, ok := readFile(t, name, results.ReadPopulation)
			if !ok {
				continue
			}
			if f.maps[network][p.Bins] != nil {
				t.problem("%s: passed over: another file has ratemaps of %d bins too", name, p.Bins)
				continue
			}
			f.maps[network][p.Bins] = p
		}
	}
	return f
}

// escape makes a pattern of [filepath.Glob] that matches a name only.
func escape(name string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(name)
}

// readFile reads a file that need not be there. One that cannot be read is a
// problem.
func readFile[T any](t *Table, path string, parse func(io.Reader) (T, error)) (v T, ok bool) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return v, false
	}
	if err == nil {
		defer f.Close()
		v, err = parse(f)
	}
	if err != nil {
		t.problem("%s: passed over: %v", path, err)
		return v, false
	}
	return v, true
}

// values are those of one run.
func (t *Table) values(f *files, layer string, fewest int) *values {
	v := &values{}
	v.addLog(f.log)
	if p := f.path["run"]; p != nil {
		v.add("loss", p.Loss.Float())
		v.add("error_cm", 100*p.Final.Float())
	}
	if p := f.path["untrained"]; p != nil {
		v.add("untrained_error_cm", 100*p.Final.Float())
	}
	var bins []int
	for n := range f.maps["run"] {
		bins = append(bins, n)
	}
	slices.Sort(bins)
	for _, n := range bins {
		trained, err := layerOf(f.maps["run"][n], layer)
		if err != nil {
			t.problem("%s, seed %d, %d bins: passed over: %v", f.run.Name, f.run.Seed, n, err)
			continue
		}
		var untrained *results.Layer
		if p := f.maps["untrained"][n]; p != nil {
			untrained = p.Layer(layer)
		}
		suffix := "_" + strconv.Itoa(n)
		if n == fewest {
			suffix = ""
			v.add("bins", float64(n))
		}
		v.addUnits(trained, untrained, suffix)
	}
	return v
}

// merge adds the columns of a run that are new, each behind the one before it in
// the run.
func (t *Table) merge(names []string) {
	at := 0
	for _, name := range names {
		if i := slices.Index(t.Columns, name); i >= 0 {
			at = i + 1
			continue
		}
		t.Columns = slices.Insert(t.Columns, at, name)
		at++
	}
}

// missing reports runs that are not there although others have their seed.
func (t *Table) missing() {
	type key struct {
		name string
		seed int
	}
	there := map[key]bool{}
	var names []string
	var seeds []int
	for _, r := range t.Runs {
		there[key{r.Name, r.Seed}] = true
		names, seeds = append(names, r.Name), append(seeds, r.Seed)
	}
	slices.Sort(names)
	slices.Sort(seeds)
	for _, name := range slices.Compact(names) {
		for _, seed := range slices.Compact(slices.Clone(seeds)) {
			if !there[key{name, seed}] {
				t.problem("%s: seed %d is missing, which other runs have", name, seed)
			}
		}
	}
}

// Choose leaves only the named columns, in that order. A column that no run has is
// an error.
func (t *Table) Choose(columns []string) error {
	for _, name := range columns {
		if !slices.Contains(t.Columns, name) {
			return fmt.Errorf("no run has a column %q: there are %s", name, strings.Join(t.Columns, ", "))
		}
	}
	t.Columns = columns
	return nil
}
