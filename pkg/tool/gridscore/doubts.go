package gridscore

import (
	"fmt"
	"hash/maphash"
	"math"
)

// doubts look for rows whose scores would be counted without a word, although they mean
// little.
type doubts struct {
	in     *input
	rows   int
	sparse found // recorded neurons with few spikes
	twice  found // rows with the ratemap of an earlier one
	seed   maphash.Seed
	seen   map[uint64]bool // the hashes of ratemaps
	values []float64
}

// found is a number of rows, and the first of them.
type found struct{ rows, first int }

func (f *found) add(record int) {
	if f.rows == 0 {
		f.first = record
	}
	f.rows++
}

// fewSpikes is a number of spikes below which scores of a recorded neuron are mostly
// chance.
const fewSpikes = 100

func newDoubts(in *input) doubts {
	return doubts{in: in, seed: maphash.MakeSeed(), seen: map[uint64]bool{}, values: make([]float64, in.ratemap.Len())}
}

func (d *doubts) add(record int, row []byte) {
	d.rows++
	if d.in.spikes != nil && d.in.spikes.Int(row) < fewSpikes {
		d.sparse.add(record)
	}
	if d.in.ratemap.Float64(d.values, row); !varies(d.values) {
		return
	}
	sum := maphash.Bytes(d.seed, d.in.ratemap.Bytes(row))
	if d.seen[sum] {
		d.twice.add(record)
	}
	d.seen[sum] = true
}

// varies reports whether a map has two different values: many silent units have one map.
func varies(values []float64) bool {
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if !math.IsNaN(v) {
			low, high = math.Min(low, v), math.Max(high, v)
		}
	}
	return low < high
}

// remarks say what was found.
func (d *doubts) remarks() (lines []string) {
	if d.sparse.rows > 0 {
		lines = append(lines, fmt.Sprintf("%d of %d units have fewer than %d spikes in their maps (the first is in row %d): their scores and classes mean little",
			d.sparse.rows, d.rows, fewSpikes, d.sparse.first))
	}
	if d.twice.rows > 0 {
		lines = append(lines, fmt.Sprintf("%d of %d units have the ratemap of an earlier one, to the bit (the first is in row %d): is something in the input twice? Shares and intervals count it twice",
			d.twice.rows, d.rows, d.twice.first))
	}
	return lines
}
