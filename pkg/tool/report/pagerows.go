package report

import (
	"fmt"
	"slices"
	"strings"

	"gridcells/pkg/figure"
	"gridcells/pkg/npy"
	"gridcells/pkg/webpage"
)

// pageRows is what a page for a browser shows of the rows of a run besides what a
// report shows. Every stream is read once, for both.
type pageRows struct {
	tables    []*unitTable // of each input
	nulls     nullRows
	untrained untrainedRows
}

// units adds a table for a stream of units. It returns a function that adds a unit of
// a layer, with its row, to it. Without a page the function does nothing.
func (p *pageRows) units(d *npy.DType, c *columns, provenance npy.Provenance) (add func(layer string, u figure.Unit, row []byte)) {
	if p == nil {
		return func(string, figure.Unit, []byte) {}
	}
	t := newUnitTable(d, c, provenance)
	p.tables = append(p.tables, t)
	return t.add
}

// nullRows are the scores of null maps, of each unit by itself.
type nullRows struct {
	layer, null, unit npy.Column
	columns           []npy.Column // of scores
	scores            map[nullKey]webpage.Floats
	names             []string // of nulls, in the order of the file
}

type nullKey struct {
	layer, null, score string
	unit               int
}

func (n *nullRows) header(name string, d *npy.DType) (err error) {
	for _, c := range []struct {
		column      *npy.Column
		name, kinds string
	}{{&n.layer, "layer", "SU"}, {&n.null, "null", "SU"}, {&n.unit, "unit", "iu"}} {
		if *c.column, err = d.Scalar(c.name, c.kinds); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	n.columns, n.scores = scoreFields(d), map[nullKey]webpage.Floats{}
	return nil
}

func (n *nullRows) take(row []byte) {
	k := nullKey{layer: n.layer.String(row), null: n.null.String(row), unit: n.unit.Int(row)}
	if !slices.Contains(n.names, k.null) {
		n.names = append(n.names, k.null)
	}
	for _, c := range n.columns {
		k.score = c.Name
		n.scores[k] = append(n.scores[k], scalar(&c, row))
	}
}

// addTo adds the scores to the layers, each unit's to the unit of its number.
func (n *nullRows) addTo(layers []webpage.Layer) {
	for i := range layers {
		l := &layers[i]
		for _, name := range n.names {
			for _, c := range n.columns {
				null := webpage.Null{Name: name, Score: c.Name, Draws: []int{}}
				null.Common = n.scores[nullKey{l.Name, name, c.Name, noUnit}]
				for u := range l.Units {
					own := n.scores[nullKey{l.Name, name, c.Name, l.Number(u)}]
					null.Draws = append(null.Draws, len(own))
					null.Own = append(null.Own, own...)
				}
				if len(null.Own)+len(null.Common) > 0 {
					l.Nulls = append(l.Nulls, null)
				}
			}
		}
	}
}

// noUnit is the number of null maps that belong to no unit.
const noUnit = -1

// scoreFields are the fields of gridness scores: score_60 and those of further
// definitions.
func scoreFields(d *npy.DType) []npy.Column {
	var list []npy.Column
	for _, field := range d.Fields() {
		if (field.Name == "score_60" || strings.HasPrefix(field.Name, "score_60_")) && field.Type.Kind == 'f' && len(field.Shape) == 0 {
			list = append(list, npy.Column{Field: field})
		}
	}
	return list
}

// untrainedRows are the scores of the untrained network, by layer.
type untrainedRows struct {
	shown   *columns
	columns []npy.Column // of scores
	layers  map[string][]webpage.Column
}

func (u *untrainedRows) header(_ string, d *npy.DType) (err error) {
	u.shown, err = scoreColumns(d)
	u.columns, u.layers = scoreFields(d), map[string][]webpage.Column{}
	return err
}

func (u *untrainedRows) take(row []byte) {
	name := u.shown.layerName(row)
	of := u.layers[name]
	if of == nil {
		for _, c := range u.columns {
			of = append(of, webpage.Column{Name: c.Name})
		}
		u.layers[name] = of
	}
	for i, c := range u.columns {
		of[i].Values = append(of[i].Values, scalar(&c, row))
	}
}

func (u *untrainedRows) addTo(layers []webpage.Layer) {
	for i := range layers {
		layers[i].Untrained = u.layers[layers[i].Name]
	}
}
