package sweep

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
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
	// Excesses are those over nulls.
	Excesses map[Comparison]Excess
}

// Table has a row for each run, sorted by name and seed.
type Table struct {
	Columns []Column // of all runs
	Runs    []Run
	// Comparisons with nulls that any run has.
	Comparisons []Comparison
	// Problems are one line each about what was passed over or is missing.
	Problems []string

	definitions map[string][]string    // of columns that runs define differently, by name
	parameters  map[int]map[string]any // of gridscore, by bins
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
	t := &Table{definitions: map[string][]string{}, parameters: map[int]map[string]any{}}
	found, err := t.search(dir, o)
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
		t.add(f, o.Layer, fewest)
	}
	for i, c := range t.Columns {
		for _, other := range t.definitions[c.Name] {
			t.Columns[i].Definition += "; in some runs: " + other
		}
	}
	t.missing()
	return t, nil
}

// search reads all runs below a directory.
func (t *Table) search(dir string, o Options) ([]*files, error) {
	names, err := directories(dir)
	if err != nil {
		return nil, err
	}
	var found []*files
	for _, name := range names {
		found = append(found, t.searchSeeds(dir, name, o)...)
	}
	slices.SortFunc(found, func(a, b *files) int {
		return cmp.Or(cmp.Compare(a.run.Name, b.run.Name), cmp.Compare(a.run.Seed, b.run.Seed))
	})
	return found, nil
}

// searchSeeds reads the runs of one name.
func (t *Table) searchSeeds(dir, name string, o Options) (found []*files) {
	seeds, err := directories(filepath.Join(dir, name))
	if err != nil {
		t.problem("passed over: %v", err)
		return nil
	}
	if len(seeds) == 0 {
		t.problem("%s: passed over: no runs in it", filepath.Join(dir, name))
	}
	slices.SortStableFunc(seeds, func(a, b string) int { return cmp.Compare(len(a), len(b)) }) // 7 before 007
	seen := map[int]string{}
	for _, seed := range seeds {
		path := filepath.Join(dir, name, seed)
		number, err := strconv.Atoi(seed)
		if err != nil {
			t.problem("%s: passed over: its name is no seed", path)
			continue
		}
		if !o.Unfinished && !finished(path) {
			t.problem("%s: passed over: %s", path, unfinished(path))
			continue
		}
		if other, twice := seen[number]; twice {
			t.problem("%s: passed over: it is seed %s again", path, other)
			continue
		}
		seen[number] = seed
		f := t.read(path)
		f.run.Name, f.run.Seed = name, number
		found = append(found, f)
	}
	return found
}

// directories lists the directories in a directory, and links to directories. Names
// that begin with a dot are left out.
func directories(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if s, err := os.Stat(filepath.Join(dir, e.Name())); err == nil && s.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, nil
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

// add adds a row with the values of a run.
func (t *Table) add(f *files, layer string, fewest int) {
	v := &values{}
	f.run.Excesses = map[Comparison]Excess{}
	v.addLog(f.log)
	v.addPath(f.path["run"], f.path["untrained"])
	for _, n := range slices.Sorted(maps.Keys(f.maps["run"])) {
		u, err := unitsOf(f, layer, n)
		if err != nil {
			t.problem("%s, seed %d, %d bins: passed over: %v", f.run.Name, f.run.Seed, n, err)
			continue
		}
		if n == fewest {
			v.add(Column{Name: "bins", Bins: n, Definition: "bins along a side of the ratemaps of columns without a number of bins"}, float64(n))
		} else {
			u.suffix = "_" + strconv.Itoa(n)
		}
		v.addUnits(u)
		t.mergeComparisons(u.excesses(f.run.Excesses))
		if text := t.otherParameters(f.maps["run"][n]); text != "" {
			t.problem("%s, seed %d, %d bins: not scored like the runs before it: %s", f.run.Name, f.run.Seed, n, text)
		}
	}
	f.run.Values = v.byName
	t.Runs = append(t.Runs, f.run)
	if different := t.merge(v.columns); len(different) > 0 {
		t.problem("%s, seed %d: not defined as in the runs before it: %s", f.run.Name, f.run.Seed, strings.Join(different, ", "))
	}
}

// unitsOf returns the units of a run's layer with ratemaps of n bins.
func unitsOf(f *files, layer string, n int) (u units, err error) {
	u.bins = n
	if u.trained, err = layerOf(f.maps["run"][n], layer); err != nil {
		return u, err
	}
	if p := f.maps["untrained"][n]; p != nil {
		u.untrained = p.Layer(layer)
	}
	u.rule, err = f.maps["run"][n].Rule()
	return u, err
}

// mergeComparisons adds the comparisons of a run that are new.
func (t *Table) mergeComparisons(comparisons []Comparison) {
	for _, c := range comparisons {
		if !slices.Contains(t.Comparisons, c) {
			t.Comparisons = append(t.Comparisons, c)
		}
	}
}

// individual are parameters of gridscore in which runs of one table may differ: they
// decide which columns there are, or belong to the seed.
var individual = []string{"score", "null", "drop", "seed", "grid_cut", "env_size"}

// otherParameters says in which parameters of gridscore a run differs from the
// first with as many bins.
func (t *Table) otherParameters(p *results.Population) string {
	var own map[string]any
	if json.Unmarshal(p.Parameters, &own) != nil {
		return "" // a file of an earlier version
	}
	first, ok := t.parameters[p.Bins]
	if !ok {
		t.parameters[p.Bins] = own
		return ""
	}
	var differences []string
	for _, name := range slices.Sorted(maps.Keys(own)) {
		before, known := first[name]
		if known && !slices.Contains(individual, name) && !reflect.DeepEqual(before, own[name]) {
			differences = append(differences, fmt.Sprintf("%s %v instead of %v", name, own[name], before))
		}
	}
	return strings.Join(differences, ", ")
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
func (t *Table) Choose(names []string) error {
	var chosen []Column
	for _, name := range names {
		i := t.find(name)
		if i < 0 {
			var known []string
			for _, c := range t.Columns {
				known = append(known, c.Name)
			}
			return fmt.Errorf("no run has a column %q: there are %s", name, strings.Join(known, ", "))
		}
		chosen = append(chosen, t.Columns[i])
	}
	t.Columns = chosen
	return nil
}
