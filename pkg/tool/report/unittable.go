package report

import (
	"slices"
	"strings"

	"gridcells/pkg/figure"
	"gridcells/pkg/npy"
	"gridcells/pkg/webpage"
)

// unitTable holds all that is known of units, layer by layer. Numbers and words of
// the rows become columns of the same name; radii of rings become two columns.
type unitTable struct {
	provenance npy.Provenance
	bins       [2]int // of ratemaps, along x and y
	numbers    []numberColumn
	words      []npy.Column
	layers     []*unitLayer
}

// numberColumn is an element of a field that is a column of the page.
type numberColumn struct {
	name  string
	field npy.Column
	at    int
}

type unitLayer struct {
	name                    string
	numbers                 []webpage.Floats
	words                   [][]string
	ratemaps, sacs, tunings [][]float64
	occupancy               [][]float64 // of the first unit; it is that of all
}

func newUnitTable(d *npy.DType, c *columns, p npy.Provenance) *unitTable {
	t := &unitTable{provenance: p, bins: [2]int{c.ratemap.Shape[0], c.ratemap.Shape[1]}}
	for _, field := range d.Fields() {
		c := npy.Column{Field: field}
		ring := strings.HasPrefix(field.Name, "mask_") && slices.Equal(field.Shape, []int{2})
		switch kind := field.Type.Kind; {
		case field.Name == "layer":
		case strings.ContainsRune("iufb", rune(kind)) && len(field.Shape) == 0:
			t.numbers = append(t.numbers, numberColumn{field.Name, c, 0})
		case kind == 'f' && ring:
			// mask_60_paper becomes mask_60_inner_paper.
			start, rest := field.Name, ""
			if len(start) > len("mask_60") {
				start, rest = start[:len("mask_60")], start[len("mask_60"):]
			}
			t.numbers = append(t.numbers, numberColumn{start + "_inner" + rest, c, 0}, numberColumn{start + "_outer" + rest, c, 1})
		case strings.ContainsRune("SU", rune(kind)) && len(field.Shape) == 0:
			t.words = append(t.words, c)
		}
	}
	return t
}

// add adds a unit of a layer: its maps, and the numbers and words of its row.
func (t *unitTable) add(name string, u figure.Unit, row []byte) {
	k := slices.IndexFunc(t.layers, func(l *unitLayer) bool { return l.name == name })
	if k < 0 {
		k = len(t.layers)
		t.layers = append(t.layers, &unitLayer{name: name, numbers: make([]webpage.Floats, len(t.numbers)), words: make([][]string, len(t.words))})
	}
	l := t.layers[k]
	for i, c := range t.numbers {
		v := make([]float64, c.field.Len())
		c.field.Float64(v, row)
		l.numbers[i] = append(l.numbers[i], v[c.at])
	}
	for i, c := range t.words {
		l.words[i] = append(l.words[i], c.String(row))
	}
	take := func(list *[][]float64, values []float64) {
		if values != nil {
			*list = append(*list, values)
		}
	}
	take(&l.ratemaps, u.Ratemap.Values)
	take(&l.sacs, u.SAC.Values)
	take(&l.tunings, u.DirectionTuning)
	if len(l.occupancy) == 0 {
		take(&l.occupancy, u.Occupancy.Values)
	}
}

// pageLayers are the layers of the page.
func (t *unitTable) pageLayers(at place) []webpage.Layer {
	nx, ny := t.bins[0], t.bins[1]
	lags := at.lags(nx, ny)
	var list []webpage.Layer
	for _, l := range t.layers {
		for i, sac := range l.sacs {
			l.sacs[i] = lags.of(sac)
		}
		p := webpage.Layer{Name: l.name, Bins: [2]int{nx, ny}, Units: len(l.ratemaps), Ratemaps: webpage.MapsOf(nx, ny, l.ratemaps), SACs: webpage.MapsOf(2*lags.x-1, 2*lags.y-1, l.sacs)}
		if at.frameSeconds > 0 {
			p.Occupancy = webpage.MapsOf(nx, ny, seconds(l.occupancy, at.frameSeconds))
		}
		for i, c := range t.numbers {
			p.Columns = append(p.Columns, webpage.Column{Name: c.name, Values: l.numbers[i]})
		}
		for i, c := range t.words {
			p.Texts = append(p.Texts, webpage.Text{Name: c.Name, Values: l.words[i]})
		}
		for _, tuning := range l.tunings {
			p.Tunings = append(p.Tunings, tuning...)
		}
		list = append(list, p)
	}
	return list
}
