package report

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gridcells/pkg/figure"
	"gridcells/pkg/printable"
)

// linearLayer is the layer of which the paper reports grid cells.
const linearLayer = "bottleneck"

// selectLayers returns the layers of these names. Without names it returns all,
// the linear layer first, because grid cells are looked for there.
func selectLayers(layers []figure.Layer, names []string) ([]figure.Layer, error) {
	if len(names) == 0 {
		rank := func(l figure.Layer) int {
			if k := slices.Index([]string{linearLayer, "lstm"}, l.Name); k >= 0 {
				return k
			}
			return 2
		}
		slices.SortStableFunc(layers, func(a, b figure.Layer) int { return rank(a) - rank(b) })
		return layers, nil
	}
	var selected []figure.Layer
	for _, name := range names {
		k := slices.IndexFunc(layers, func(l figure.Layer) bool { return l.Name == name })
		if k < 0 {
			return nil, fmt.Errorf("--layers: there are no units of layer %q; the input has %s", name, layerNames(layers))
		}
		selected = append(selected, layers[k])
	}
	return selected, nil
}

func layerNames(layers []figure.Layer) string {
	names := make([]string, len(layers))
	for i, l := range layers {
		names[i] = printable.Short(l.Name, maxName)
	}
	return strings.Join(names, ", ")
}

// selectUnits is parseUnits for the list of --units. It is an error if no unit is in
// the list.
func (f *flags) selectUnits(layers []figure.Layer) (func(figure.Unit) bool, error) {
	selected, err := parseUnits(f.Units)
	if err != nil || selected == nil {
		return nil, err
	}
	last := 0
	for _, l := range layers {
		if slices.ContainsFunc(l.Units, selected) {
			return selected, nil
		}
		for _, u := range l.Units {
			last = max(last, u.Number)
		}
	}
	return nil, fmt.Errorf("--units: there is no unit %s; units are counted from 0, and the last is %d", f.Units, last)
}

// parseUnits reads a list of units and ranges such as "3,10-20". It returns nil for
// an empty list, which selects all units.
func parseUnits(list string) (func(figure.Unit) bool, error) {
	if list == "" {
		return nil, nil
	}
	var ranges [][2]int
	for _, part := range strings.Split(list, ",") {
		from, to, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			to = from
		}
		first, err := strconv.Atoi(from)
		last, err2 := strconv.Atoi(to)
		if err := errors.Join(err, err2); err != nil || first > last {
			return nil, fmt.Errorf("%q is neither a unit nor a range of units such as 10-20", part)
		}
		ranges = append(ranges, [2]int{first, last})
	}
	return func(u figure.Unit) bool {
		return slices.ContainsFunc(ranges, func(r [2]int) bool { return r[0] <= u.Number && u.Number <= r[1] })
	}, nil
}
