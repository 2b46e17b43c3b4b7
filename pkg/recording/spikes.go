package recording

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gridcells/pkg/npy"
	"gridcells/pkg/printable"
)

// Unit is a recorded neuron.
type Unit struct {
	Name  string
	Times []float64 // of its spikes
}

// The names of spike times, and of the units that they belong to.
var (
	spikeNames = []string{"spike_times", "spike_time", "spikes", "t", "time", "times", "timestamp", "timestamps"}
	labelNames = []string{"spike_units", "spike_clusters", "unit", "units", "unit_id", "cell", "neuron", "cluster", "cluster_id", "index", "id"}
)

// namesName is the array that names units, among them those without spikes.
const namesName = "unit_names"

// perUnit is how the names of arrays begin that hold the spikes of one unit each.
const perUnit = "spikes_"

// SpikesOfArchive reads the spike times in a .npz archive, which has one of these
// layouts:
//
//   - spike_times [S] and spike_units [S], the unit of each spike: a number or a
//     text. unit_names [units], if there, lists all units, also those that have no
//     spikes. Other names are t and index, as pynapple writes them, and
//     spike_clusters, as Phy calls them;
//   - spike_times [S] alone: one unit, which gets the given name;
//   - spikes_NAME [S] for each unit.
func SpikesOfArchive(archive *npy.Archive, name string) ([]Unit, error) {
	times := first(archive, spikeNames)
	if HasPath(archive) && !strings.HasPrefix(times, "spike") {
		times = "" // t are the times of the path
	}
	if times != "" {
		return spikesOf(archive, times, name)
	}
	var units []Unit
	for _, array := range archive.Names() {
		if unit, ok := strings.CutPrefix(array, perUnit); ok {
			t, err := oneOf(archive, []string{array})
			if err != nil {
				return nil, err
			}
			units = append(units, Unit{unit, t})
		}
	}
	if len(units) == 0 {
		return nil, fmt.Errorf("no spike times: want spike_times and perhaps spike_units, or spikes_NAME for each unit (there are %s)", printable.Text(strings.Join(archive.Names(), ", ")))
	}
	return units, nil
}

// spikesOf reads the spikes in the array of this name, and whose they are.
func spikesOf(archive *npy.Archive, times, name string) ([]Unit, error) {
	labels := first(archive, labelNames)
	if labels == "" {
		t, err := oneOf(archive, []string{times})
		return []Unit{{name, t}}, err
	}
	t, err := archive.Read(times)
	if err != nil {
		return nil, err
	}
	of, err := readLabels(archive, labels)
	if err != nil {
		return nil, err
	}
	if of.array.Len() != t.Len() {
		return nil, fmt.Errorf("%d values in %q, %d in %q: want as many", t.Len(), times, of.array.Len(), labels)
	}
	sorter := newSorter()
	if archive.Has(namesName) {
		all, err := readLabels(archive, namesName)
		if err != nil {
			return nil, err
		}
		if _, err := all.units(sorter, 0, all.array.Len()); err != nil {
			return nil, err
		}
	}
	if err := sorter.fill(t, of); err != nil {
		return nil, err
	}
	return sorter.units(!archive.Has(namesName)), nil
}

// someSpikes is how many spikes are converted at a time. A long recording has
// millions.
const someSpikes = 1 << 14

// fill gives the spikes of an array to their units. It first counts them, so that
// no memory is taken twice.
func (s *sorter) fill(times *npy.Array, of *labels) error {
	var counts []int
	for from := 0; from < times.Len(); from += someSpikes {
		units, err := of.units(s, from, min(from+someSpikes, times.Len()))
		if err != nil {
			return err
		}
		counts = append(counts, make([]int, len(s.list)-len(counts))...)
		for _, k := range units {
			counts[k]++
		}
	}
	for k, n := range counts {
		s.list[k].Times = make([]float64, 0, n)
	}
	for from := 0; from < times.Len(); from += someSpikes {
		to := min(from+someSpikes, times.Len())
		units, err := of.units(s, from, to)
		if err != nil {
			return err
		}
		t, err := part(times, from, to).Float64()
		if err != nil {
			return fmt.Errorf("spike times: %w", err)
		}
		for i, k := range units {
			s.list[k].Times = append(s.list[k].Times, t[i])
		}
	}
	return nil
}

// part is elements from to to−1 of an array of one dimension.
func part(a *npy.Array, from, to int) *npy.Array {
	size := a.Type.Size
	return &npy.Array{Type: a.Type, Shape: []int{to - from}, Data: a.Data[from*size : to*size]}
}

// labels tells the unit of each spike, by a number or by a text.
type labels struct {
	name    string
	array   *npy.Array
	numbers map[float64]int // units by number, or else by the bytes of a text
	texts   map[string]int
	found   []int
}

func readLabels(archive *npy.Archive, name string) (*labels, error) {
	a, err := archive.Read(name)
	if err != nil {
		return nil, err
	}
	if a.Type.Size == 0 { // a header of a few bytes can claim any number of these
		return nil, fmt.Errorf("array %q: its elements have no bytes", name)
	}
	return &labels{name: name, array: a, numbers: map[float64]int{}, texts: map[string]int{}}, nil
}

// units finds the units of labels from to to−1. The result is valid until the next
// call.
func (l *labels) units(s *sorter, from, to int) ([]int, error) {
	l.found = l.found[:0]
	some := part(l.array, from, to)
	if kind := some.Type.Kind; kind == 'U' || kind == 'S' {
		size := some.Type.Size
		for i := range to - from {
			raw := some.Data[i*size : (i+1)*size]
			k, ok := l.texts[string(raw)]
			if !ok {
				text, err := textOf(some.Type, raw)
				if err != nil {
					return nil, fmt.Errorf("array %q: %w", l.name, err)
				}
				k = s.unit(text)
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
			k = s.unit(strconv.FormatFloat(v, 'g', -1, 64))
			l.numbers[v] = k
		}
		l.found = append(l.found, k)
	}
	return l.found, nil
}

// textOf decodes an element of type S (bytes) or U (UTF-32, little-endian).
func textOf(t npy.Type, raw []byte) (string, error) {
	if t.Kind == 'S' {
		return string(bytes.TrimRight(raw, "\x00")), nil
	}
	var b strings.Builder
	for i := 0; i+4 <= len(raw); i += 4 {
		r := binary.LittleEndian.Uint32(raw[i:])
		if r > 0x10ffff {
			return "", errors.New("texts of another byte order: want those of little-endian machines")
		}
		if r != 0 {
			b.WriteRune(rune(r))
		}
	}
	return b.String(), nil
}

// sorter gives spikes to their units.
type sorter struct {
	at   map[string]int
	list []Unit
}

func newSorter() *sorter { return &sorter{at: map[string]int{}} }

func (s *sorter) unit(name string) int {
	k, ok := s.at[name]
	if !ok {
		k = len(s.list)
		name = strings.Clone(name) // it may be a part of a line
		s.at[name] = k
		s.list = append(s.list, Unit{Name: name})
	}
	return k
}

func (s *sorter) add(unit string, t float64) {
	k := s.unit(unit)
	s.list[k].Times = append(s.list[k].Times, t)
}

// units returns the units. If ordered is set, they are sorted by number, or by name
// if the names are no numbers.
func (s *sorter) units(ordered bool) []Unit {
	if ordered {
		slices.SortStableFunc(s.list, func(a, b Unit) int {
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
// unit, which gets the given name.
//
// Text is one column of times of one unit, or has a first line of names. A column
// t (or time, spike_time) and a column unit (or cluster, cell) hold a spike a
// line. A column t alone holds the spikes of one unit. Otherwise each column holds
// the spikes of the unit that it names, and empty fields follow the last ones.
// Separators and numbers are those of [ReadPathText].
func ReadSpikes(in io.Reader, name string) ([]Unit, error) {
	text := bufio.NewReaderSize(in, 1<<16)
	if isArray(text) {
		return spikesOfArray(text, name)
	}
	return readSpikesText(text, name)
}

func spikesOfArray(in io.Reader, name string) ([]Unit, error) {
	a, err := npy.ReadArray(in)
	if err != nil {
		return nil, err
	}
	t, err := a.Float64()
	if err != nil {
		return nil, err
	}
	if a.Len() > 0 && len(t) != slices.Max(a.Shape) { // [S], [S, 1] or [1, S]
		return nil, fmt.Errorf("an array of shape %v: want the times of one unit, [S]", a.Shape)
	}
	return []Unit{{name, t}}, nil
}

// isArray reports whether a file begins as .npy files do.
func isArray(in *bufio.Reader) bool {
	magic, _ := in.Peek(6)
	return string(magic) == "\x93NUMPY"
}

func readSpikesText(in *bufio.Reader, name string) ([]Unit, error) {
	s := newSorter()
	t := spikeTable{label: -1}
	header := true
	err := eachLine(in, func(fields []string) error {
		if header {
			header = false
			named, err := t.columns(fields)
			if err != nil {
				return err
			}
			for _, unit := range t.wide {
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

// columns finds the columns by the first line, which names them if its first field
// is no number.
func (t *spikeTable) columns(first []string) (named bool, err error) {
	t.time, t.label = 0, -1
	if _, err := number(first[0]); err == nil {
		if len(first) > 1 {
			return false, fmt.Errorf("%d columns without names: want one column of times, or a first line of names, such as t,unit", len(first))
		}
		return false, nil
	}
	t.time = find(first, spikeNames...)
	t.label = find(first, labelNames...)
	switch {
	case t.time >= 0:
		return true, nil
	case t.label >= 0 && len(first) > 1:
		return true, fmt.Errorf("no column %q among %q", "t", first)
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
			if strings.TrimSpace(field) == "" {
				continue
			}
			v, err := number(field)
			if err != nil {
				return fmt.Errorf("column %d: %w", k+1, err)
			}
			s.add(t.wide[k], v)
		}
		return nil
	}
	v, err := number(fields[t.time])
	if err != nil {
		return fmt.Errorf("column %d: %w", t.time+1, err)
	}
	if t.label >= 0 {
		name = strings.TrimSpace(fields[t.label])
	}
	s.add(name, v)
	return nil
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

// ScaleTimes brings spike times to the clock of the path: each becomes factor × t +
// offset. It drops times that are not finite, sorts, and returns what it found.
func (u *Unit) ScaleTimes(factor, offset float64) (dropped int, unsorted bool, repeated int) {
	kept := u.Times[:0]
	for _, t := range u.Times {
		t = factor*t + offset
		if math.IsNaN(t) || math.IsInf(t, 0) {
			dropped++
			continue
		}
		kept = append(kept, t)
	}
	u.Times = kept
	if unsorted = !slices.IsSorted(kept); unsorted {
		slices.Sort(kept)
	}
	for i := 1; i < len(kept); i++ {
		if kept[i] == kept[i-1] {
			repeated++
		}
	}
	return dropped, unsorted, repeated
}
