package recording

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gridcells/pkg/npy"
	"gridcells/pkg/printable"
)

// Unit is a recorded neuron in memory.
type Unit struct {
	Name  string
	Times []float64 // of its spikes
}

// UnitID is a unit of a file.
type UnitID struct {
	Name   string
	Number int // in the order in which the file names units, from 0
}

// A Take is given the spikes of a file one after another: the number of the unit,
// and the time in the file's unit. Its error ends the reading and is returned.
type Take func(unit int, t float64) error

// The names of spike times, and of the units that they belong to.
var (
	spikeNames = []string{"spike_times", "spike_time", "spikes", "t", "time", "times", "timestamp", "timestamps"}
	labelNames = []string{"spike_units", "spike_clusters", "unit", "units", "unit_id", "cell", "neuron", "cluster", "cluster_id", "index", "id"}
)

// namesName is the array that names units, among them those without spikes.
const namesName = "unit_names"

// perUnit is how the names of arrays begin that hold the spikes of one unit each.
const perUnit = "spikes_"

// SpikesOfArchive reads the spike times in a .npz archive and returns its units. The
// archive has one of these layouts:
//
//   - spike_times [S] and spike_units [S], the unit of each spike: a number or a
//     text. unit_names [units], if there, lists all units, also those that have no
//     spikes. Other names are t and index, as pynapple writes them, and
//     spike_clusters, as Phy calls them;
//   - spike_times [S] alone: one unit, which gets the given name;
//   - spikes_NAME [S] for each unit.
func SpikesOfArchive(archive *npy.Archive, name string, take Take) ([]UnitID, error) {
	times := first(archive, spikeNames)
	if HasPath(archive) && !strings.HasPrefix(times, "spike") {
		times = "" // t are the times of the path
	}
	s := newSorter(take)
	if times != "" {
		ordered, err := spikesOf(archive, times, name, s)
		return s.units(ordered), err
	}
	for _, array := range archive.Names() {
		if unit, ok := strings.CutPrefix(array, perUnit); ok {
			if err := s.array(archive, array, s.unit(unit)); err != nil {
				return nil, err
			}
		}
	}
	if len(s.list) == 0 {
		return nil, fmt.Errorf("no spike times: want spike_times and perhaps spike_units, or spikes_NAME for each unit (there are %s)", printable.List(archive.Names()))
	}
	return s.list, nil
}

// array reads the spikes of one unit.
func (s *sorter) array(archive *npy.Archive, name string, unit int) error {
	a, err := archive.Open(name)
	if err != nil {
		return err
	}
	defer a.Close()
	return eachNumber(a, name, func(_ int, t float64) error { return s.take(unit, t) })
}

// eachNumber calls use with each number of an array and its place.
func eachNumber(a *npy.ArrayReader, name string, use func(i int, v float64) error) error {
	if !a.Type.IsNumber() {
		return fmt.Errorf("array %q: type %s is not a number", name, a.Type)
	}
	for i := 0; ; {
		piece, err := a.Next(someSpikes)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("array %q: %w", name, err)
		}
		values, err := piece.Float64()
		if err != nil {
			return fmt.Errorf("array %q: %w", name, err)
		}
		for _, v := range values {
			if err := use(i, v); err != nil {
				return err
			}
			i++
		}
	}
}

// someSpikes is how many spikes are converted at a time. A long recording has
// millions.
const someSpikes = 1 << 14

// spikesOf reads the spikes in the array of this name, and whose they are. It reports
// whether their units are to be put into order.
func spikesOf(archive *npy.Archive, times, name string, s *sorter) (ordered bool, err error) {
	called := first(archive, labelNames)
	if called == "" {
		return false, s.array(archive, times, s.unit(name))
	}
	if archive.Has(namesName) {
		all, err := openLabels(archive, namesName, s)
		if err != nil {
			return false, err
		}
		defer all.array.Close()
		for err == nil {
			_, err = all.next(someSpikes)
		}
		if !errors.Is(err, io.EOF) {
			return false, err
		}
	}
	of, err := openLabels(archive, called, s)
	if err != nil {
		return false, err
	}
	defer of.array.Close()
	a, err := archive.Open(times)
	if err != nil {
		return false, err
	}
	defer a.Close()
	if of.array.Len() != a.Len() {
		return false, fmt.Errorf("%d values in %q, %d in %q: want equal numbers", a.Len(), times, of.array.Len(), called)
	}
	var units []int
	named, known := len(s.list), false // units in the list of names, and whether one of them has spikes
	err = eachNumber(a, times, func(_ int, t float64) error {
		if len(units) == 0 {
			if units, err = of.next(someSpikes); err != nil {
				return err
			}
		}
		unit := units[0]
		units = units[1:]
		known = known || unit < named
		return s.take(unit, t)
	})
	if err != nil {
		return false, err
	}
	if named > 0 && named < len(s.list) && !known {
		return false, fmt.Errorf("no spike is of a unit in %q: the first unit there is %q, and the first of %q is %q; if these are places in the list of names, write %s[%s]",
			namesName, printable.Short(s.list[0].Name, 40), called, printable.Short(s.list[named].Name, 40), namesName, called)
	}
	if _, err := of.next(1); !errors.Is(err, io.EOF) { // which verifies the checksum
		return false, err
	}
	return !archive.Has(namesName), nil
}

// labels tells the unit of each spike, by a number or by a text.
type labels struct {
	name    string
	array   *npy.ArrayReader
	sorter  *sorter
	numbers map[float64]int // units by number, or else by the bytes of a text
	texts   map[string]int
	found   []int
}

func openLabels(archive *npy.Archive, name string, s *sorter) (*labels, error) {
	a, err := archive.Open(name)
	if err != nil {
		return nil, err
	}
	kind := a.Type.Kind
	if a.Type.Size == 0 { // a header of a few bytes can claim any number of these
		a.Close()
		return nil, fmt.Errorf("array %q: its elements have no bytes", name)
	}
	if kind != 'U' && kind != 'S' && !a.Type.IsNumber() {
		a.Close()
		return nil, fmt.Errorf("array %q: type %s is not a number", name, a.Type)
	}
	return &labels{name: name, array: a, sorter: s, numbers: map[float64]int{}, texts: map[string]int{}}, nil
}

// next finds the units of the next labels, n at most. The result is valid until the
// next call. The error is io.EOF after the last label.
func (l *labels) next(n int) ([]int, error) {
	l.found = l.found[:0]
	some, err := l.array.Next(n)
	if errors.Is(err, io.EOF) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("array %q: %w", l.name, err)
	}
	if kind := some.Type.Kind; kind == 'U' || kind == 'S' {
		element := npy.Column{Field: npy.Field{Type: some.Type}}
		size := some.Type.Size
		for i := range some.Len() {
			raw := some.Data[i*size : (i+1)*size]
			k, ok := l.texts[string(raw)]
			if !ok {
				k = l.sorter.unit(element.String(raw))
				l.texts[string(raw)] = k
			}
			l.found = append(l.found, k)
		}
		return l.found, nil
	}
	numbers, err := some.Float64()
	if err != nil {
		return nil, fmt.Errorf("array %q: %w", l.name, err)
	}
	for _, v := range numbers {
		k, ok := l.numbers[v]
		if !ok {
			k = l.sorter.unit(strconv.FormatFloat(v, 'g', -1, 64))
			l.numbers[v] = k
		}
		l.found = append(l.found, k)
	}
	return l.found, nil
}

// sorter gives spikes to their units.
type sorter struct {
	take Take
	at   map[string]int // number of each unit
	list []UnitID
}

func newSorter(take Take) *sorter { return &sorter{take: take, at: map[string]int{}} }

func (s *sorter) unit(name string) int {
	k, ok := s.at[name]
	if !ok {
		k = len(s.list)
		name = strings.Clone(name) // it may be a part of a line
		s.at[name] = k
		s.list = append(s.list, UnitID{name, k})
	}
	return k
}

// units returns the units. If ordered is set, they are sorted by number, or by name
// if the names are no numbers.
func (s *sorter) units(ordered bool) []UnitID {
	if ordered {
		slices.SortStableFunc(s.list, func(a, b UnitID) int {
			x, errX := strconv.ParseFloat(a.Name, 64)
			y, errY := strconv.ParseFloat(b.Name, 64)
			switch {
			case errX == nil && errY == nil && x != y:
				return cmp.Compare(x, y)
			case errX == nil && errY != nil:
				return -1
			case errX != nil && errY == nil:
				return 1
			}
			return cmp.Compare(a.Name, b.Name)
		})
	}
	return s.list
}

// ReadSpikes reads spike times as lines of text or from a .npy array [S] of one
// unit, which gets the given name. It returns the units of the file.
//
// Text is one column of times of one unit, or has a first line of names. A column
// t (or time, spike_time) and a column unit (or cluster, cell) hold a spike a
// line. A column t alone holds the spikes of one unit. Otherwise each column holds
// the spikes of the unit that it names, and empty fields follow the last ones.
// Separators and numbers are those of [ScanPathText].
func ReadSpikes(in io.Reader, name string, take Take) ([]UnitID, error) {
	text := bufio.NewReaderSize(in, 1<<16)
	if isArray(text) {
		return spikesOfArray(text, name, take)
	}
	return readSpikesText(text, name, take)
}

func spikesOfArray(in io.Reader, name string, take Take) ([]UnitID, error) {
	a, err := npy.NewArrayReader(in)
	if err != nil {
		return nil, err
	}
	if a.Len() > 0 && a.Len() != slices.Max(a.Shape) { // [S], [S, 1] or [1, S]
		return nil, fmt.Errorf("an array of shape %v: want the times of one unit, [S]", a.Shape)
	}
	return []UnitID{{name, 0}}, eachNumber(a, name, func(_ int, t float64) error { return take(0, t) })
}

// isArray reports whether a file begins as .npy files do.
func isArray(in *bufio.Reader) bool {
	magic, _ := in.Peek(6)
	return string(magic) == "\x93NUMPY"
}

func readSpikesText(in *bufio.Reader, name string, take Take) ([]UnitID, error) {
	var taken error // an error of take, which does not belong to a line
	s := newSorter(func(unit int, t float64) error {
		taken = take(unit, t)
		return taken
	})
	t := spikeTable{label: -1}
	header := true
	err := eachLine(in, func(fields []string) error {
		if header {
			header = false
			named, err := t.columns(fields)
			if err != nil {
				return err
			}
			for i, unit := range t.wide {
				if unit == "" && i == 0 {
					continue // it counts lines
				}
				if unit == "" {
					return fmt.Errorf("column %d has no name", i+1)
				}
				if _, twice := s.at[unit]; twice {
					return fmt.Errorf("two columns are called %q", unit)
				}
				s.unit(unit)
			}
			if named {
				return nil
			}
		}
		return t.add(s, fields, name)
	})
	if taken != nil {
		return nil, taken
	}
	if err != nil {
		return nil, err
	}
	if t.wide == nil && t.label < 0 {
		s.unit(name) // also where it has no spikes
	}
	return s.units(t.wide == nil), nil
}

// spikeTable is what the columns of a table of spikes hold.
type spikeTable struct {
	time, label int      // columns; label is −1 if all spikes are of one unit
	wide        []string // the units of the columns, if each holds one
}

// columns finds the columns by the first line, which may name them.
func (t *spikeTable) columns(first []string) (named bool, err error) {
	t.time, t.label = 0, -1
	if !isHeader(first) {
		if len(first) > 1 {
			return false, fmt.Errorf("%d columns without names: want one column of times, or a first line of names, such as t,unit", len(first))
		}
		return false, nil
	}
	t.time = find(first, spikeNames...)
	t.label = find(first, labelNames...)
	switch {
	case t.time >= 0 && t.label < 0 && find(first, xNames...) >= 0 && find(first, yNames...) >= 0:
		return true, fmt.Errorf("the columns %s are those of a path, not of spikes: leave the file out", printable.List(first))
	case t.time >= 0:
		return true, nil
	case t.label >= 0 && len(first) > 1:
		return true, fmt.Errorf("no column \"t\" among %s: change the first line so that it names the column of spike times t", printable.List(first))
	}
	t.label = -1
	for _, unit := range first {
		t.wide = append(t.wide, strings.Clone(strings.TrimSpace(unit)))
	}
	return true, nil
}

func (t *spikeTable) add(s *sorter, fields []string, name string) error {
	if t.wide != nil {
		for k, field := range fields {
			if strings.TrimSpace(field) == "" || t.wide[k] == "" {
				continue
			}
			v, err := number(field)
			if err != nil {
				return fmt.Errorf("column %d: %w", k+1, err)
			}
			if err := s.take(s.unit(t.wide[k]), v); err != nil {
				return err
			}
		}
		return nil
	}
	v, err := number(fields[t.time])
	if err != nil {
		return fmt.Errorf("column %d: %w", t.time+1, err)
	}
	if t.label >= 0 {
		if name = strings.TrimSpace(fields[t.label]); name == "" {
			return fmt.Errorf("column %d: the spike has no unit: name one, or leave the line out", t.label+1)
		}
	}
	return s.take(s.unit(name), v)
}

// NameOfFile returns the name of a unit that is alone in its file.
func NameOfFile(path string) string {
	base := filepath.Base(path)
	for range 2 { // .csv.gz
		if extension := filepath.Ext(base); extension != "" && extension != base {
			base = strings.TrimSuffix(base, extension)
		}
	}
	return base
}
