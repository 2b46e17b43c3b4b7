package gridscore

import (
	"context"
	"io"
	"math"
	"slices"

	"gridcells/pkg/npy"
	"gridcells/pkg/population"
	"gridcells/pkg/spool"
)

// rows are all rows of the input. The q values and shares need the whole population, so
// rows are read first and written at the end. In between they lie in memory if they are
// few, else in a temporary file.
type rows struct {
	in     *input
	store  *spool.Store
	places []place // of each row
	layers []*layerRows
	doubts doubts
}

// heldInMemory is the number of bytes of each kind of data, such as rows or
// autocorrelograms, that is held in memory. The rest goes to a temporary file.
const heldInMemory = 32 << 20

// place is where a row and its unit are.
type place struct {
	row         spool.Ref
	layer, unit int
}

// layerRows are the rows of a layer.
type layerRows struct {
	name      string
	records   []int       // the number of each unit's row
	untrained [][]float64 // ratemaps of the layer in an untrained network
}

// read reads all rows.
func (f *flags) read(ctx context.Context, r *npy.Reader, in *input, stdin io.Reader) (*rows, error) {
	all := &rows{in: in, store: spool.NewStore("", heldInMemory), doubts: newDoubts(in)}
	if err := f.eachRow(ctx, r, in.dtype, f.Files, stdin, all.add); err != nil {
		all.close()
		return nil, err
	}
	return all, nil
}

// close removes the temporary file.
func (r *rows) close() { _ = r.store.Close() }

// add keeps a row.
func (r *rows) add(record int, row []byte) error {
	ref, err := r.store.Put(row)
	if err != nil {
		return err
	}
	r.doubts.add(record, row)
	name := r.in.layerName(row)
	l := r.layer(name)
	if l == nil {
		l = &layerRows{name: name}
		r.layers = append(r.layers, l)
	}
	r.places = append(r.places, place{ref, slices.Index(r.layers, l), len(l.records)})
	l.records = append(l.records, record)
	return nil
}

// layer returns the layer of a name; nil if there is none.
func (r *rows) layer(name string) *layerRows {
	if i := slices.IndexFunc(r.layers, func(l *layerRows) bool { return l.name == name }); i >= 0 {
		return r.layers[i]
	}
	return nil
}

// record returns the number of a unit's row.
func (r *rows) record(layer string, unit int) int { return r.layer(layer).records[unit] }

// view calls do with the bytes of a row, which are valid until do returns. Several
// goroutines may call it.
func (r *rows) view(record int, do func(row []byte) error) error {
	return r.store.View(r.places[record].row, do)
}

// maps are the maps of the layers, which are decoded when they are needed.
func (r *rows) maps() []population.LayerMaps {
	var layers []population.LayerMaps
	for _, l := range r.layers {
		layers = append(layers, population.LayerMaps{
			Name: l.name, Units: len(l.records), Untrained: l.untrained,
			Read: func(unit int, m *population.Maps) error {
				return r.view(l.records[unit], func(row []byte) error {
					if m.Number = unit; r.in.unit != nil {
						m.Number = r.in.unit.Int(row)
					}
					return r.in.decode(row, m)
				})
			},
		})
	}
	return layers
}

// unvisited is the share of bins never visited in all ratemaps. It decodes them, as
// measuring does later, because memory does not hold the ratemaps of all units.
func (r *rows) unvisited() (float64, error) {
	missing, values := 0, make([]float64, r.in.ratemap.Len())
	for record := range r.places {
		err := r.view(record, func(row []byte) error {
			r.in.ratemap.Float64(values, row)
			return nil
		})
		if err != nil {
			return 0, err
		}
		for _, v := range values {
			if math.IsNaN(v) {
				missing++
			}
		}
	}
	return float64(missing) / float64(len(values)*len(r.places)), nil
}
