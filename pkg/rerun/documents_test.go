package rerun_test

import (
	"cmp"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	summaries "gridcells/pkg/results"
	"gridcells/pkg/sweep"
)

// Networks are rows of a table of results, by the names of its columns.
type networks []map[string]string

// readNetworks reads a table below docs/.
func readNetworks(t *testing.T, file string) networks {
	t.Helper()
	lines := readTable(t, filepath.Join(root, "docs", file))
	var all networks
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, name := range lines[0] {
			row[name] = line[i]
		}
		all = append(all, row)
	}
	return all
}

// with returns the networks whose columns have these values: name, value, name,
// value and so on.
func (n networks) with(pairs ...string) networks {
	return slices.DeleteFunc(slices.Clone(n), func(row map[string]string) bool {
		for i := 0; i < len(pairs); i += 2 {
			if row[pairs[i]] != pairs[i+1] {
				return true
			}
		}
		return false
	})
}

// values returns the values of a column. Networks without one are left out.
func (n networks) values(t *testing.T, column string) []float64 {
	t.Helper()
	var x []float64
	for _, row := range n {
		text, known := row[column]
		if !known {
			t.Fatalf("the table has no column %s", column)
		}
		if text == "" || text == "NaN" {
			continue
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		x = append(x, v)
	}
	return x
}

// quantity is a column of a table in the unit in which documents write it.
type quantity struct {
	column string
	factor float64
	form   form
}

// form is how a document writes a quantity of several networks.
type form int

const (
	deviation form = iota // mean ± standard deviation
	mean                  // the mean alone
	each                  // each seed, with strokes between
	interval              // mean [ends of its 95 % interval]
)

// text writes the quantity of networks with more decimals than documents have.
func (q quantity) text(t *testing.T, n networks) string {
	t.Helper()
	x := n.values(t, q.column)
	for i := range x {
		x[i] *= q.factor
	}
	e := sweep.EstimateOf(x)
	switch {
	case e.N == 0:
		return "–"
	case q.form == each:
		return joined(" / ", x...)
	case q.form == interval:
		return joined("", e.Mean) + " [" + joined(", ", e.Low, e.High) + "]"
	case q.form == mean || e.N == 1:
		return joined("", e.Mean)
	}
	return joined(" ± ", e.Mean, e.SD)
}

// joined writes numbers with something between them, and a minus sign as documents
// have it.
func joined(between string, x ...float64) string {
	texts := make([]string, len(x))
	for i, v := range x {
		texts[i] = strings.ReplaceAll(strconv.FormatFloat(v, 'f', 8, 64), "-", "−")
	}
	return strings.Join(texts, between)
}

// in returns the quantity in another form.
func (q quantity) in(f form) quantity {
	q.form = f
	return q
}

// Quantities of the tables that scripts/summary_table.py prints.
var (
	errorCM        = quantity{"error_m", 100, deviation}
	field          = quantity{"share_above_own_field_threshold", 100, deviation}
	gaussian       = quantity{"share_above_own_gaussian_threshold", 100, deviation}
	iaaft          = quantity{"share_above_own_iaaft_threshold", 100, deviation}
	above          = quantity{"share_above_0.37", 100, deviation}
	threshold      = quantity{"mean_field_threshold", 1, mean}
	scale          = quantity{"mean_scale_m", 100, deviation}
	least          = quantity{"least_scale_m", 100, deviation}
	greatest       = quantity{"greatest_scale_m", 100, deviation}
	borders        = quantity{"border_share", 100, deviation}
	directions     = quantity{"head_direction_share", 100, deviation}
	relField       = quantity{"released_share_above_own_field_threshold", 100, deviation}
	relGaussian    = quantity{"released_share_above_own_gaussian_threshold", 100, deviation}
	relAbove       = quantity{"released_share_above_0.37", 100, deviation}
	untrainedError = quantity{"untrained_error_m", 100, deviation}
)

// documentTables returns the rows of the tables of a document whose header begins
// with a text, as cells.
func documentTables(t *testing.T, document, header string) [][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, document))
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut("\n"+string(text), "\n"+header)
	if !found {
		t.Fatalf("%s has no table that begins with %s", document, header)
	}
	var rows [][]string
	for _, line := range strings.Split(after, "\n")[2:] { // the rest of the header, and the rule under it
		cells := strings.Split(strings.Trim(line, "|"), "|")
		if !strings.HasPrefix(line, "|") {
			break
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	return rows
}

// compareRow compares the cells of a document's row with those that the record gives.
// An empty cell of the record is not compared.
func compareRow(t *testing.T, document string, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: row %q has %d cells, the test %d", document, got[0], len(got), len(want))
	}
	for i := range want {
		if want[i] != "" && !agrees(got[i], want[i]) {
			t.Errorf("%s, row %q: cell %d has %q, and the record gives %q", document, got[0], i+1, got[i], want[i])
		}
	}
}

var number = regexp.MustCompile(`−?[0-9]+(?:\.[0-9]+)?`)

// agrees says whether a text of a document has the numbers of a record, rounded to
// the decimals that the document gives. Halves may be rounded either way.
func agrees(document, record string) bool {
	if number.ReplaceAllString(document, "0") != number.ReplaceAllString(record, "0") {
		return false
	}
	exact := number.FindAllString(record, -1)
	for i, text := range number.FindAllString(document, -1) {
		_, decimals, _ := strings.Cut(text, ".")
		difference := numeral(text) - numeral(exact[i])
		if math.Abs(difference) > 0.5*math.Pow10(-len(decimals))+1e-7 {
			return false
		}
	}
	return true
}

// numeral reads a number that agrees has found.
func numeral(text string) float64 {
	v, err := strconv.ParseFloat(strings.ReplaceAll(text, "−", "-"), 64)
	if err != nil {
		panic(err) // the pattern is wrong
	}
	return v
}

// row writes the quantities of networks.
func (n networks) row(t *testing.T, quantities ...quantity) []string {
	t.Helper()
	var cells []string
	for _, q := range quantities {
		cells = append(cells, q.text(t, n))
	}
	return cells
}

// plain turns a number of updates as documents write it into that of a table.
func plain(updates string) string { return strings.ReplaceAll(updates, ",", "") }

// unchanged is the share of networks at 10⁻⁴ that have an error, by linear
// interpolation between the numbers of updates around it.
func unchanged(t *testing.T, course networks, errorM float64) string {
	t.Helper()
	type point struct{ error, share float64 }
	var points []point
	for _, update := range strings.Fields("10000 15000 20000 30000 40000 60000 80000 120000 160000 220000") {
		n := course.with("setting", "rate-1e-4", "update", update)
		points = append(points, point{sweep.EstimateOf(n.values(t, errorCM.column)).Mean, sweep.EstimateOf(n.values(t, field.column)).Mean})
	}
	slices.SortFunc(points, func(a, b point) int { return cmp.Compare(a.error, b.error) })
	i := slices.IndexFunc(points, func(p point) bool { return p.error >= errorM })
	if i < 1 {
		return ""
	}
	a, b := points[i-1], points[i]
	share := a.share + (errorM-a.error)/(b.error-a.error)*(b.share-a.share)
	return joined("", 100*share)
}

// atError is unchanged for networks of a table whose errors have a factor to metres.
func atError(t *testing.T, course, n networks, column string, factor float64) string {
	t.Helper()
	return unchanged(t, course, factor*sweep.EstimateOf(n.values(t, column)).Mean)
}

// settings are the names that documents have for the settings of docs/course.csv.
var settings = map[string]string{
	"nothing": "rate-1e-4", "learning rate 3·10⁻⁵": "rate-3e-5", "learning rate 3·10⁻⁴": "rate-3e-4", "no dropout": "no-dropout",
	"0.8 of the units kept": "keep-0.8", "0.2 kept": "keep-0.2", "no clipping": "no-clipping", "256 units, all parameters clipped (`reference`)": "reference-1e-4",
	"the same in the round room (`circle`)": "circle-1e-4", "256 linear units": "units-256", "128 linear units": "units-128", "64 hidden units": "hidden-64",
	"128 place cells": "places-128", "64 place cells": "places-64", "place fields of 5 cm": "place-5cm", "place fields of 10 cm": "place-10cm",
	"5 trajectories an update": "batch-5", "2 trajectories an update": "batch-2", "noise on the motion (1 cm, 0.1, 0.1)": "noise",
	"motion read literally": "literal", "motion read literally, rate 3·10⁻⁴": "literal-3e-4", "a room of 1.5 m": "room-1.5", "10⁻⁴": "rate-1e-4", "3·10⁻⁵": "rate-3e-5",
}

// TestDocumentsHaveTheCourse compares tables of docs/reproduction.md with
// docs/course.csv.
func TestDocumentsHaveTheCourse(t *testing.T) {
	const document = "docs/reproduction.md"
	course := readNetworks(t, "course.csv")
	of := func(name, updates string) networks {
		setting, known := settings[name]
		if !known {
			t.Fatalf("no setting is called %q", name)
		}
		n := course.with("setting", setting, "update", plain(updates))
		if len(n) == 0 {
			t.Errorf("%s: docs/course.csv has no networks of %q after %s updates", document, name, updates)
		}
		return n
	}
	for _, row := range documentTables(t, document, "| updates | error (cm) |") {
		want := append([]string{""}, of("nothing", row[0]).row(t, errorCM, field, gaussian, above, threshold, scale, directions, borders)...)
		if row[0] == "0" {
			want[6] = "–" // of a network that has not learned, the scale means nothing
		}
		compareRow(t, document, row, want)
	}
	for _, row := range documentTables(t, document, "| changed | seeds | updates | error (cm) | unchanged, at this error | field shuffle | Gaussian fields | at the end") {
		near, end := of(row[0], row[2]), of(row[0], row[7])
		want := slices.Concat([]string{"", strconv.Itoa(len(near)), ""}, near.row(t, errorCM), []string{equalError(t, course, near, row[0])}, near.row(t, field, gaussian),
			[]string{""}, end.row(t, errorCM, field, relField, relGaussian))
		compareRow(t, document, row, want)
	}
	for _, row := range documentTables(t, document, "| changed | seeds | updates | error (cm) | unchanged, at this error | field shuffle | Gaussian fields | scale (cm)") {
		updates, one, _ := strings.Cut(row[9], " ")
		near, end := of(row[0], row[2]), of(row[0], updates)
		if one == "(one seed)" { // the other one had lost what it had learned
			end = slices.DeleteFunc(end, func(row map[string]string) bool { return row["head_direction_share"] == "0.0000" })
		}
		want := slices.Concat([]string{"", strconv.Itoa(len(near)), ""}, near.row(t, errorCM), []string{equalError(t, course, near, row[0])},
			near.row(t, field, gaussian, scale.in(mean), directions.in(mean)), []string{""}, end.row(t, errorCM, field, relField, relGaussian, scale.in(mean), directions.in(mean)))
		compareRow(t, document, row, want)
	}
	for _, row := range documentTables(t, document, "| network | error (cm) | field shuffle (%) | mean scale (cm) |") {
		if row[0] == "the paper" {
			continue
		}
		at := strings.LastIndex(row[0], ", ")
		n := of(row[0][:at], strings.TrimSuffix(row[0][at+2:], " updates"))
		scales := slices.Concat(n.values(t, least.column), n.values(t, greatest.column))
		want := slices.Concat([]string{""}, n.row(t, errorCM, field, scale), []string{joined("–", 100*slices.Min(scales), 100*slices.Max(scales))}, n.row(t, directions, borders))
		compareRow(t, document, row, want)
	}
}

// equalError is the share of unchanged networks at the error of others. Errors in the
// smaller room are compared as parts of its side.
func equalError(t *testing.T, course, n networks, name string) string {
	t.Helper()
	factor := 1.0
	if name == "a room of 1.5 m" {
		factor = 2.2 / 1.5
	}
	return atError(t, course, n, errorCM.column, factor)
}

// TestDocumentsHaveTheFullRuns compares tables of docs/reproduction.md about full
// runs, inner radii and other ways of scoring with docs/results/rescored.csv.
func TestDocumentsHaveTheFullRuns(t *testing.T) {
	const document = "docs/reproduction.md"
	course, rescored := readNetworks(t, "course.csv"), readNetworks(t, "results/rescored.csv")
	runs := func(setting string, more ...string) networks {
		scored := strings.Join(more, " ")
		if setting == "circle" {
			scored = strings.TrimSpace(scored + " --unvisited omit")
		}
		n := rescored.with("setting", setting, "update", "300000", "scored", scored)
		if len(more) == 0 {
			n = n.with("null_maps", "200")
		}
		return n
	}
	const inner = "--paper-inner 0.3125"
	scales := func(n networks) string {
		var texts []string
		for i := range n {
			texts = append(texts, strings.Join(n[i:i+1].row(t, least, greatest), "–")+", "+scale.text(t, n[i:i+1]))
		}
		return strings.Join(texts, " / ")
	}
	cells := func(q quantity, flags ...string) func(string) string {
		return func(setting string) string { return q.in(each).text(t, runs(setting, flags...)) }
	}
	rows := map[string]func(setting string) string{
		"above their own threshold in field shuffles (%)": cells(field),
		"– in Gaussian fields (%)":                        cells(gaussian),
		"– in IAAFT maps (%)":                             cells(iaaft),
		"above 0.37 (%)":                                  cells(above),
		"mean threshold":                                  cells(threshold),
		"rings from 0.3125 n: above their own threshold in field shuffles (%)": cells(field, inner),
		"rings from 0.3125 n: – in Gaussian fields (%)":                        cells(gaussian, inner),
		"rings from 0.3125 n: – above 0.37 (%)":                                cells(above, inner),
		"rings from 0.3125 n: – mean threshold":                                cells(threshold, inner),
		"released score: above their own threshold in field shuffles (%)":      cells(relField),
		"released score: – in Gaussian fields (%)":                             cells(relGaussian),
		"released score: – above 0.37 (%)":                                     cells(relAbove),
		"position error after 15 s (cm)":                                       cells(errorCM),
		"position error after 15 s (cm): – of the untrained network (seed 1)":  cells(untrainedError),
		"effect size":                  cells(quantity{"effect_size", 1, each}),
		"heading error after 15 s (°)": cells(quantity{"heading_error_deg", 1, each}),
		"grid scales (cm), mean":       func(setting string) string { return scales(runs(setting)) },
		"clusters of scales":           cells(quantity{"scale_clusters", 1, each}),
		"border cells (%)":             cells(borders),
		"head-direction cells (%)":     cells(directions),
		"position error after 15 s (cm): – share of networks at 10⁻⁴ at this error (%)": func(setting string) string {
			var shares []string
			for _, n := range runs(setting) {
				shares = append(shares, atError(t, course, networks{n}, errorCM.column, 1))
			}
			return strings.Join(shares, " / ")
		},
	}
	compared := map[string]bool{}
	check := func(row []string, section string) string {
		name := row[0]
		if !strings.HasPrefix(name, "–") {
			section, _, _ = strings.Cut(name, ":")
		}
		text, known := rows[name]
		if strings.HasPrefix(name, "–") && rows[section+": "+name] != nil {
			name = section + ": " + name
			text, known = rows[name], true
		}
		if !known {
			return section
		}
		compared[name] = true
		want := make([]string, len(row))
		for i, setting := range []string{"paper", "reference", "circle"} {
			want[len(row)-4+i] = text(setting)
		}
		compareRow(t, document, row, want)
		return section
	}
	for _, header := range []string{"| | 10⁻⁴, 40,000 updates |", "| | `paper` | `reference` | `circle` | the paper |"} {
		section := ""
		for _, row := range documentTables(t, document, header) {
			section = check(row, section)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		if !compared[name] {
			t.Errorf("%s has no row %q", document, name)
		}
	}
	for _, row := range documentTables(t, document, "| updates | networks | error (cm) | mean threshold |") {
		setting, updates, _ := strings.Cut(row[0], " ")
		n := rescored.with("setting", "rate-1e-4", "update", plain(row[0]), "scored", inner)
		switch {
		case row[0] == "the paper":
			continue
		case updates != "":
			n = runs("paper", inner)
		case setting == "10,000":
			n = rescored.with("setting", "train-1e-4", "update", "10000", "scored", inner)
		}
		compareRow(t, document, row, slices.Concat([]string{"", strconv.Itoa(len(n))}, n.row(t, errorCM.in(mean), threshold, field, above, gaussian)))
	}
	for _, row := range documentTables(t, document, "| by the released formula | units |") {
		_, seed, ours := strings.Cut(row[0], "`paper`, seed ")
		if !ours {
			continue
		}
		n := rescored.with("setting", "paper", "seed", seed, "scored", "--score reference --grid-cut 0.37")
		fieldCut := quantity{"released_share_above_own_field-cut_threshold", 100, deviation}
		compareRow(t, document, row, slices.Concat([]string{"", n[0]["units_scored"]}, n.row(t, relAbove, fieldCut, quantity{"released_mean_field-cut_threshold", 1, mean})))
	}
}

// TestDocumentsHaveTheFastTrainings compares tables of docs/reproduction.md about
// trainings at 30 times the paper's learning rate with docs/train_many.csv and
// docs/results/ablations.csv.
func TestDocumentsHaveTheFastTrainings(t *testing.T) {
	const document = "docs/reproduction.md"
	course, many, ablations := readNetworks(t, "course.csv"), readNetworks(t, "train_many.csv"), readNetworks(t, "results/ablations.csv")
	settings := map[string]string{
		"nothing, rate 3·10⁻⁴": "base", "learning rate 10⁻⁴": "rate-1e-4", "learning rate 10⁻³": "rate-1e-3", "no dropout": "keep-1", "0.8 of the units kept": "keep-0.8",
		"0.2 kept": "keep-0.2", "no clipping": "clip-none", "clipped at 10⁻³": "clip-1e-3", "clipped at 10⁻⁴": "clip-1e-4",
		"all parameters clipped, as in the released code": "clip-all", "linear layer and readouts clipped": "clip-linear", "no weight decay": "decay-0",
		"place fields of 5 cm": "place-5cm", "place fields of 10 cm": "place-10cm", "place fields of 20 cm": "place-20cm", "noise on the motion (1 cm, 0.1, 0.1)": "noise",
		"motion read literally": "motion-literal", "motion at half the speed": "motion-half-speed", "motion without rests at walls": "motion-no-rest",
	}
	for _, row := range documentTables(t, document, "| changed | seeds | error (cm) | unchanged, at this error | field shuffle | Gaussian fields | above 0.37 | mean threshold | released formula: field shuffle | Gaussian fields | above 0.37 | mean scale (cm) |") {
		n, note := many.with("setting", settings[row[0]], "update", "14600"), ""
		if row[0] == "– the same after 10,000 updates" {
			n, note = many.with("setting", "base", "update", "10000"), " (five)" // networks whose maps were kept
		}
		want := slices.Concat([]string{"", strconv.Itoa(len(n))}, n.row(t, errorCM), []string{atError(t, course, n, errorCM.column, 1)},
			n.row(t, field, gaussian, above, threshold, relField, relGaussian, relAbove, scale.in(mean)))
		want[10] += note
		if row[0] == "place fields of 20 cm" {
			want[11] = "–" // of a few units
		}
		compareRow(t, document, row, want)
	}
	ablation := map[string]string{
		"nothing, 256 linear units, rate 3·10⁻⁴": "base", "no dropout": "no-dropout", "clipped at 10⁻⁶": "clip-1e-6",
		"PyTorch's RMSProp: ε = 10⁻⁸ outside the root, mean square from 0": "rmsprop-torch", "TensorFlow's RMSProp with mean square from 0": "rmsprop-ms0",
		"noise of 0.1 on the initial state": "state-noise-0.1", "noise of 0.5 on the initial state": "state-noise-0.5", "steps of 0.02 s (Sorscher's walk)": "short-steps",
		"`ego_vel` in m per step, sine first": "ego-sin-cos", "`ego_vel` in m/s, sine first": "ego-paper", "rectified linear layer": "relu",
		"50 trajectories an update, 4,000 updates": "batch-50",
	}
	for _, row := range documentTables(t, document, "| changed | seeds | error (cm) | unchanged, at this error | field shuffle | Gaussian fields | above 0.37 | mean threshold | released formula: field shuffle | Gaussian fields | above 0.37 | mean scale (cm) | head directions") {
		n := ablations.with("name", ablation[row[0]])
		compareRow(t, document, row, slices.Concat([]string{"", strconv.Itoa(len(n))}, n.row(t, runError), []string{atError(t, course, n, "error_cm", 0.01)},
			n.row(t, runField, runGaussian, runAbove, runThreshold, runRelField, runRelGaussian, runRelAbove, runScale, runDirections)))
	}
	released := map[string]networks{
		"3·10⁻⁴, 10,000 updates, 256 linear units":                          ablations.with("name", "base"),
		"– with PyTorch's RMSProp, or TensorFlow's with mean square from 0": slices.Concat(ablations.with("name", "rmsprop-torch"), ablations.with("name", "rmsprop-ms0")),
		"– with noise on the initial state":                                 slices.Concat(ablations.with("name", "state-noise-0.1"), ablations.with("name", "state-noise-0.5")),
		"3·10⁻⁴, 10,000 updates, 256 linear units: – without dropout":       ablations.with("name", "no-dropout"),
		"3·10⁻⁴, 10,000 updates, 512 linear units":                          many.with("setting", "base", "update", "10000"),
		"3·10⁻⁴, 10,000 updates, 512 linear units: – without dropout":       many.with("setting", "keep-1", "update", "10000"),
		"– without clipping":                                                many.with("setting", "clip-none", "update", "10000"),
		"3·10⁻⁴, 14,600 updates":                                            many.with("setting", "base", "update", "14600"),
		"10⁻⁴, 14,600 updates":                                              many.with("setting", "rate-1e-4", "update", "14600"),
	}
	section := ""
	for _, row := range documentTables(t, document, "| by the released formula | networks |") {
		if !strings.HasPrefix(row[0], "–") {
			section = row[0]
		}
		n, known := released[row[0]]
		if !known {
			n, known = released[section+": "+row[0]]
		}
		if !known {
			updates, _ := strings.CutPrefix(row[0], "10⁻⁴, ")
			n = course.with("setting", "rate-1e-4", "update", plain(strings.TrimSuffix(updates, " updates")))
		}
		// Not every network was scored by this formula.
		n = slices.DeleteFunc(n, func(row map[string]string) bool {
			return row["name"] == "" && row[relField.column] == ""
		})
		quantities := []quantity{errorCM, relField, relGaussian, relAbove}
		if len(n) > 0 && n[0]["name"] != "" {
			quantities = []quantity{runError, runRelField, runRelGaussian, runRelAbove}
		}
		compareRow(t, document, row, slices.Concat([]string{"", strconv.Itoa(len(n))}, n.row(t, quantities...)))
	}
}

// Quantities of the tables that the tool compare writes.
var (
	runError       = quantity{"error_cm", 1, deviation}
	runField       = quantity{"paper_field_own", 1, deviation}
	runGaussian    = quantity{"paper_gaussian_own", 1, deviation}
	runIAAFT       = quantity{"paper_iaaft_own", 1, deviation}
	runAbove       = quantity{"paper_share", 1, deviation}
	runThreshold   = quantity{"paper_field_threshold", 1, mean}
	runRelField    = quantity{"reference_field_own", 1, deviation}
	runRelGaussian = quantity{"reference_gaussian_own", 1, deviation}
	runRelIAAFT    = quantity{"reference_iaaft_own", 1, deviation}
	runRelAbove    = quantity{"reference_share", 1, deviation}
	runScale       = quantity{"scale_cm", 1, mean}
	runDirections  = quantity{"head_direction_share", 1, mean}
)

// TestDocumentsHaveThePlans compares tables about the runs of plans with those that
// compare made of them.
func TestDocumentsHaveThePlans(t *testing.T) {
	quick, precision, reproduction := readNetworks(t, "results/quick.csv"), readNetworks(t, "results/precision.csv"), readNetworks(t, "results/reproduction.csv")
	settings := map[string]string{
		"none: `--preset quick`": "quick", "units of any sign: `--bottleneck-activation linear`": "linear", "half drop out: `--dropout 0.5`": "half-dropout",
		"none drops out: `--dropout 1`": "no-dropout", "no surround: `targets --targets-type softmax`": "no-surround",
		"coordinates: `targets --targets-type cartesian`": "cartesian",
	}
	document := "docs/reproduction.md"
	for _, row := range documentTables(t, document, "| changed | error (cm) | released formula: field shuffle | Gaussian fields | IAAFT |") {
		excess := quantity{"reference_iaaft_excess", 1, deviation}
		n := quick.with("name", settings[row[0]])
		compareRow(t, document, row, slices.Concat([]string{""}, n.row(t, runError, runRelField, runRelGaussian, runRelIAAFT, runRelAbove, excess,
			runField, runGaussian, runIAAFT, runAbove, runScale)))
	}
	for _, row := range documentTables(t, "docs/performance.md", "| precision | loss, updates 1 to 1,000 |") {
		n := precision.with("name", strings.Trim(row[0], "`"))
		loss := func(column string) quantity { return quantity{column, 1, deviation} }
		compareRow(t, "docs/performance.md", row, slices.Concat([]string{""}, n.row(t, loss("training_loss_1000"), loss("training_loss_3000"), loss("training_loss"),
			runError, runField, runGaussian)))
	}
	small := readNetworks(t, "results/small.csv")
	for _, row := range documentTables(t, "docs/clusters.md", "| line | position error") {
		n := small.with("name", strings.Trim(row[0], "`"))
		compareRow(t, "docs/clusters.md", row, slices.Concat([]string{""}, n.row(t, quantity{"best_error_cm", 1, interval}, runField.in(interval), runGaussian.in(interval))))
	}
	of := func(column string) quantity { return quantity{column, 1, each} }
	rows := map[string]quantity{
		"loss (nats), last 1000 updates, with dropout":      of("training_loss"),
		"position error after 15 s (top 3, cm)":             of("error_cm"),
		"– of the untrained network":                        of("untrained_error_cm"),
		"grid-like units, `reference` score, 20 bins (%)":   of("reference_share"),
		"grid-like units, `paper` score, 20 bins (%)":       of("paper_share"),
		"untrained network, `reference` score, 20 bins (%)": of("reference_untrained_share"),
		"– `paper` score, 32 bins":                          of("paper_untrained_share_32"),
		"best gridness, `reference` score, 20 bins":         of("reference_best"),
		"border cells (%)":                                  of("border_share"),
		"head-direction cells (baseline `rectify`, %)":      of("head_direction_share"),
	}
	seen := map[string]bool{}
	for _, row := range documentTables(t, document, "| | `reference` | `paper` | `circle` | the paper (512 units, square) |") {
		q, known := rows[row[0]]
		if !known || seen[row[0]] {
			continue
		}
		seen[row[0]] = true
		want := make([]string, len(row))
		for i, name := range []string{"reference", "paper", "circle"} {
			want[1+i] = q.text(t, reproduction.with("name", name))
		}
		compareRow(t, document, row, want)
	}
	if len(seen) != len(rows) {
		t.Errorf("%s: only the rows %v of the old full runs were found", document, slices.Sorted(maps.Keys(seen)))
	}
}

// TestDocumentsHaveTheClaims compares numbers in sentences with the tables of results.
// A claim is some words of a document with the numbers in brackets, and what the
// brackets hold by the tables. Brackets of the document itself are < and > here.
func TestDocumentsHaveTheClaims(t *testing.T) {
	course, rescored, precision := readNetworks(t, "course.csv"), readNetworks(t, "results/rescored.csv"), readNetworks(t, "results/precision.csv")
	at := func(updates string) networks { return course.with("setting", "rate-1e-4", "update", updates) }
	again := func(setting, updates string, flags ...string) networks {
		return rescored.with("setting", setting, "update", updates, "scored", strings.Join(flags, " "))
	}
	inner := again("rate-1e-4", "40000", "--paper-inner 0.3125")
	ends := func(q quantity, n networks) string {
		x := n.values(t, q.column)
		return joined(" to ", q.factor*slices.Min(x), q.factor*slices.Max(x))
	}
	// Means of a quantity after 20,000, 80,000 and 230,000 updates, as words of a sentence.
	three := func(q quantity, flags string) string {
		var means []string
		for _, updates := range []string{"20000", "80000", "230000"} {
			means = append(means, q.in(mean).text(t, again("rate-1e-4", updates, flags)))
		}
		return means[0] + ", " + means[1] + " and " + means[2]
	}
	full := func(setting, flags string) string {
		return field.in(each).text(t, again(setting, "300000", flags).with("null_maps", "100"))
	}
	longer := func(q quantity, setting string) string {
		return q.text(t, course.with("setting", setting, "update", "330200"))
	}
	const reproduction = "docs/reproduction.md"
	f, err := os.Open(filepath.Join(results, "small.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	small, err := sweep.ReadCSV(f)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := small.Settings("linear")
	if err != nil {
		t.Fatal(err)
	}
	difference := lines[slices.IndexFunc(lines, func(s sweep.Setting) bool { return s.Name == "small" })].Differences
	paired := func(column string) string {
		d := difference[column]
		return joined("", d.Mean) + " points [" + joined(", ", d.Low, d.High)
	}
	for _, claim := range []struct{ document, words, record string }{
		{"docs/clusters.md", "`small` has [2.7 points <1.4, 4.0]> more units above Gaussian fields", paired("paper_gaussian_own")},
		{"docs/clusters.md", "they do not differ ([−0.5 points <−2.2, 1.2]>, q = 0.55)", paired("paper_field_own")},
		{"README.md", "about a fifth of the units are grid cells: [18.9 ± 2.2] % in six networks", field.text(t, at("40000"))},
		{"README.md", "[6.0 ± 0.9] % of the units\nstand out", gaussian.text(t, at("40000"))},
		{"README.md", "five networks trained so have [16.6 ± 2.6] %", runField.text(t, precision.with("name", "single"))},
		{"README.md", "[24 to 27] % of the units are above 0.37 (the paper: 25.2 %)", ends(above, inner)},
		{"README.md", "the mean threshold is [0.40] (0.37)", threshold.text(t, inner)},
		{"README.md", "the error is [18] cm (16)", errorCM.in(mean).text(t, inner)},
		{"README.md", "Against Gaussian fields [7.3] % of them pass then", gaussian.in(mean).text(t, inner)},
		{reproduction, "error: [18.9 ± 2.2] % in six networks", field.text(t, at("40000"))},
		{reproduction, "in six networks, at [18] cm", errorCM.in(mean).text(t, at("40000"))},
		{reproduction, "central peak it is [22.1 ± 1.6] %", field.text(t, inner)},
		{reproduction, "mean threshold ([0.40]; 0.37)", threshold.text(t, inner)},
		{reproduction, "only falls: [9.7 ± 0.7] % are left", field.text(t, at("220000"))},
		{reproduction, "are left at [11] cm", errorCM.in(mean).text(t, at("220000"))},
		{reproduction, "with 100 they have\n[16.0 / 16.2 / 15.4] % (`paper`)", full("paper", "")},
		{reproduction, "[13.3 / 16.4] % (`reference`) and", full("reference", "")},
		{reproduction, "and [22.7 / 12.9] % (`circle`)", full("circle", "--unvisited omit")},
		{reproduction, "have [15.8 ± 0.9] % (`paper`", longer(field, "paper")},
		{reproduction, "(`paper`, [17.7] cm)", longer(errorCM.in(mean), "paper")},
		{reproduction, "[15.8 ± 1.9] % (`reference`", longer(field, "reference")},
		{reproduction, "(`reference`, [20.4] cm)", longer(errorCM.in(mean), "reference")},
		{reproduction, "[19.7 ± 4.7] % (`circle`", longer(field, "circle")},
		{reproduction, "(`circle`, [17.3] cm)", longer(errorCM.in(mean), "circle")},
		{reproduction, "the share is [5.3 ± 0.6] % after 20,000 updates", iaaft.text(t, again("rate-1e-4", "20000", ""))},
		{reproduction, "[6.6 ± 1.7] % after 80,000 and", iaaft.text(t, again("rate-1e-4", "80000", ""))},
		{reproduction, "and [5.0 ± 0.3] % after 230,000 (three seeds", iaaft.text(t, again("rate-1e-4", "230000", ""))},
		{reproduction, "half the room caps it: [96, 83 and 80] cm", three(scale, "--grid-cut 0.37 --peak-farthest 0.5")},
		{reproduction, "where the plain mean is [114, 94 and 85] cm", three(scale, "--grid-cut 0.37")},
		{reproduction, "After 80,000 updates [50] % of the units", directions.in(mean).text(t, again("rate-1e-4", "80000", "--grid-cut 0.37"))},
		{reproduction, "[15] % if each unit's smallest rate counts as zero", directions.in(mean).text(t, again("rate-1e-4", "80000", "--grid-cut 0.37 --baseline minimum"))},
		{reproduction, "and [14] % if the unit is shifted", directions.in(mean).text(t, again("rate-1e-4", "80000", "--grid-cut 0.37 --baseline shift-negative"))},
		{reproduction, "After 230,000 updates it is [17], 9 and 7 %", directions.in(mean).text(t, again("rate-1e-4", "230000", "--grid-cut 0.37"))},
		{reproduction, "After 230,000 updates it is 17, [9] and 7 %", directions.in(mean).text(t, again("rate-1e-4", "230000", "--grid-cut 0.37 --baseline minimum"))},
		{reproduction, "After 230,000 updates it is 17, 9 and [7] %", directions.in(mean).text(t, again("rate-1e-4", "230000", "--grid-cut 0.37 --baseline shift-negative"))},
		{reproduction, "in float32, have [1.6 ± 0.4] % after 5,000 updates", field.text(t, again("train-1e-4", "5000", ""))},
		{reproduction, "[7.4 ± 1.0] % after 10,000 (eight seeds)", field.text(t, again("train-1e-4", "10000", ""))},
		{reproduction, "and [17.5 ± 0.9] % after 20,000 (three seeds)", field.text(t, again("train-1e-4", "20000", ""))},
		{reproduction, "at errors of [44.2 ± 5.4], 33.2", errorCM.text(t, again("train-1e-4", "5000", ""))},
		{reproduction, "[33.2 ± 2.6] and 25.1", errorCM.text(t, again("train-1e-4", "10000", ""))},
		{reproduction, "and [25.1 ± 0.3] cm", errorCM.text(t, again("train-1e-4", "20000", ""))},
		{"docs/scoring.md", "updates they have [0.40], 21 to 24 % and 24 to 27 %", threshold.text(t, inner)},
		{"docs/scoring.md", "0.40, [21 to 24] % and 24 to 27 %", ends(field, inner)},
		{"docs/scoring.md", "21 to 24 % and [24 to 27] %", ends(above, inner)},
	} {
		text, err := os.ReadFile(filepath.Join(root, claim.document))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), strings.NewReplacer("[", "", "]", "", "<", "[", ">", "]").Replace(claim.words)) {
			t.Errorf("%s does not say %q", claim.document, claim.words)
		}
		_, says, _ := strings.Cut(claim.words, "[")
		says, _, _ = strings.Cut(says, "]")
		if !agrees(strings.ReplaceAll(says, "<", "["), claim.record) {
			t.Errorf("%s says %q, and the tables give %s", claim.document, claim.words, claim.record)
		}
	}
}

// TestDocumentsHaveTheFirstRun compares the summary of make all in README.md, and what
// docs/scoring.md shows of it, with the record of that run.
func TestDocumentsHaveTheFirstRun(t *testing.T) {
	f, err := os.Open(filepath.Join(results, "make-all.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	run, err := summaries.ReadReport(f)
	if err != nil {
		t.Fatal(err)
	}
	layer := run.Layers[0]
	percent := func(between string, x ...summaries.Number) string {
		var values []float64
		for _, v := range x {
			values = append(values, 100*v.Float())
		}
		return joined(between, values...)
	}
	excess := func(i int) string {
		n := layer.Nulls[i]
		return percent("", n.Share) + " %, excess +" + percent("", n.Excess) + " points [" + strings.Replace(percent(", ", n.Interval[0], n.Interval[1]), ", ", ", +", 1) + "]"
	}
	lines := map[string]string{ // the words at the head of a line of README, and what follows
		"mean threshold, field shuffles": joined("", layer.Nulls[0].Threshold95.Float()),
		"above a gridness of 0.37":       percent("", layer.Share) + " % " + percent("", layer.Untrained.Share) + " %",
		"– Gaussian fields":              excess(1),
		"– IAAFT surrogates":             excess(2),
		"highest gridness":               joined("", layer.Best.Float()) + " (unit " + strconv.Itoa(*layer.BestUnit) + ") " + joined("", layer.Untrained.Best.Float()),
		"border cells":                   percent("", layer.Border.Share) + " % " + percent("", layer.UntrainedCells.Border.Share) + " %",
		"head-direction cells":           percent("", layer.HeadDirection.Share) + " % " + percent("", layer.UntrainedCells.HeadDirection.Share) + " %",
		"grid scale, mean (range)":       percent("", layer.Scales.Mean) + " cm (" + percent("–", layer.Scales.Least, layer.Scales.Greatest) + ") " + percent("", layer.UntrainedCells.Scale.Mean) + " cm",
		"position error":                 percent("", run.PathIntegration.Final) + " cm " + percent("", run.UntrainedPathIntegration.Final) + " cm",
		"– floor of the place code":      percent("", run.PathIntegration.Floor) + " cm",
		"loss of the evaluation":         joined(" ", run.PathIntegration.Loss.Float(), run.UntrainedPathIntegration.Loss.Float()),
		"loss of the training":           joined("", run.Loss.Final.Float()) + " after " + strconv.Itoa(run.Loss.Updates) + " updates",
		"– first logged":                 joined("", run.Loss.First.Float()),
		"– above the targets' entropy":   joined("", run.Loss.AboveEntropy.Float()),
	}
	for i, name := range []string{"field shuffles", "Gaussian fields", "IAAFT surrogates"} {
		own, untrained := layer.Nulls[i].AboveOwn, layer.UntrainedOwn[layer.Nulls[i].Name]
		lines["above own "+name] = percent("", own.Share) + " % [" + percent(", ", own.Interval[0], own.Interval[1]) + "] " +
			percent("", layer.Nulls[i].Chance) + " % " + percent("", untrained.Share) + " %"
	}
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	scoring, err := os.ReadFile(filepath.Join(root, "docs", "scoring.md"))
	if err != nil {
		t.Fatal(err)
	}
	for head, want := range lines {
		m := regexp.MustCompile("(?m)^" + regexp.QuoteMeta(head) + " {2,}(.*)$").FindStringSubmatch(string(text))
		if m == nil {
			t.Errorf("README.md has no line %q", head)
			continue
		}
		// The last columns are the paper's, and are not compared.
		got := strings.Join(strings.Fields(strings.ReplaceAll(m[1], "-", "−")), " ")
		wanted := number.FindAllStringIndex(want, -1)
		found := number.FindAllStringIndex(got, len(wanted))
		if !agrees(got[:found[len(found)-1][1]], want[:wanted[len(wanted)-1][1]]) {
			t.Errorf("README.md has %q after %q, and the record of the run gives %s", got, head, want)
		}
		if share, _, found := strings.Cut(m[1], "]"); found && strings.HasPrefix(head, "above own ") && !strings.Contains(string(scoring), share+"]") {
			t.Errorf("docs/scoring.md does not show %s], which README.md has after %q", share, head)
		}
	}
}
