package gridscore

import (
	"encoding/binary"
	"math"
	"sync"

	"gridcells/pkg/npy"
	"gridcells/pkg/population"
	"gridcells/pkg/spool"
)

// large are the results that take too much memory to be kept with the units.
type large struct {
	sacs   *sacs      // nil if they are not written
	scores *ownScores // nil if they are not written
}

// keepLarge makes the settings keep the large results that are written.
func (f *flags) keepLarge(s *population.Settings, o *output, layers []population.LayerMaps) (*large, error) {
	l := &large{}
	if f.NullScores != "" {
		l.scores = newOwnScores(s, layers)
		s.OwnScores = l.scores.put
	}
	if o.sac == nil || f.Format != "npy" {
		return l, nil
	}
	var err error
	if l.sacs, err = newSACs(o.sac.Field, layers); err != nil {
		return nil, err
	}
	s.SAC = l.sacs.put
	return l, nil
}

// close removes the temporary files.
func (l *large) close() {
	if l.sacs != nil {
		_ = l.sacs.store.Close()
	}
	if l.scores != nil {
		_ = l.scores.store.Close()
	}
}

// sacs are the autocorrelograms of all units until they are written.
type sacs struct {
	store *spool.Store
	// half is the field of a row that has nothing but the second half of an
	// autocorrelogram, lag zero included. The first half has the same values, reversed.
	half npy.Column
	refs [][]spool.Ref // by layer and unit
	rows sync.Pool     // *npy.Rows, for put
}

// newSACs returns the place for autocorrelograms in a field of the output.
func newSACs(field npy.Field, layers []population.LayerMaps) (*sacs, error) {
	d, err := npy.NewDType(npy.Field{Name: field.Name, Type: field.Type, Shape: []int{field.Len()/2 + 1}})
	if err != nil {
		return nil, err
	}
	s := &sacs{store: spool.NewStore("", heldInMemory), half: npy.Column{Field: d.Fields()[0]}}
	s.rows.New = func() any { rows := npy.MakeRows(d, 1); return &rows }
	for _, l := range layers {
		s.refs = append(s.refs, make([]spool.Ref, l.Units))
	}
	return s, nil
}

func (s *sacs) put(layer, unit int, sac []float64) (err error) {
	rows := s.rows.Get().(*npy.Rows)
	defer s.rows.Put(rows)
	s.half.PutFloat64(rows.Data, sac[len(sac)/2:])
	s.refs[layer][unit], err = s.store.Put(rows.Data)
	return err
}

// copy copies a unit's autocorrelogram to a field of a row.
func (s *sacs) copy(c npy.Column, row []byte, layer, unit int) error {
	return s.store.View(s.refs[layer][unit], func(half []byte) error {
		sac := c.Bytes(row)
		copy(sac[len(sac)-len(half):], half)
		for ; len(half) > 8; half, sac = half[:len(half)-8], sac[8:] {
			binary.LittleEndian.PutUint64(sac, binary.LittleEndian.Uint64(half[len(half)-8:]))
		}
		return nil
	})
}

// ownScores are the scores of the null maps that units have for themselves, until they
// are written.
type ownScores struct {
	store *spool.Store
	refs  map[population.NullKey][][]spool.Ref // by layer and unit
}

func newOwnScores(s *population.Settings, layers []population.LayerMaps) *ownScores {
	o := &ownScores{store: spool.NewStore("", heldInMemory), refs: map[population.NullKey][][]spool.Ref{}}
	for _, key := range s.NullKeys() {
		for _, l := range layers {
			o.refs[key] = append(o.refs[key], make([]spool.Ref, l.Units))
		}
	}
	return o
}

func (o *ownScores) put(layer, unit int, key population.NullKey, scores []float64) (err error) {
	record := make([]byte, 0, 8*len(scores))
	for _, v := range scores {
		record = binary.LittleEndian.AppendUint64(record, math.Float64bits(v))
	}
	o.refs[key][layer][unit], err = o.store.Put(record)
	return err
}

// of returns the scores of a unit.
func (o *ownScores) of(layer, unit int, key population.NullKey) (scores []float64, err error) {
	err = o.store.View(o.refs[key][layer][unit], func(record []byte) error {
		for ; len(record) > 0; record = record[8:] {
			scores = append(scores, math.Float64frombits(binary.LittleEndian.Uint64(record)))
		}
		return nil
	})
	return scores, err
}
