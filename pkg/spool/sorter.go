package spool

import (
	"cmp"
	"container/heap"
	"errors"
	"io"
	"slices"
)

// A Sorter puts pairs of numbers into order: by the first number, and pairs whose
// first numbers are the same by the second. It sorts as many pairs as memory holds,
// and merges these runs. Pairs that come in order make one run.
type Sorter struct {
	pairs *Spool
	held  [][2]float64 // that are not in a run
	runs  []run
	last  [2]float64 // of the last run
}

// run is the rows from to to−1, which are in order.
type run struct{ from, to int64 }

// heldPairs is the number of pairs that are sorted in memory.
const heldPairs = 1 << 18

// NewSorter returns an empty sorter. Its temporary file is in the directory; see [New].
func NewSorter(dir string) *Sorter { return &Sorter{pairs: New(dir, 2)} }

// Append adds a pair. Its numbers must not be NaN.
func (s *Sorter) Append(first, second float64) error {
	s.held = append(s.held, [2]float64{first, second})
	if len(s.held) < heldPairs {
		return nil
	}
	return s.flush()
}

func compare(a, b [2]float64) int {
	if c := cmp.Compare(a[0], b[0]); c != 0 {
		return c
	}
	return cmp.Compare(a[1], b[1])
}

// flush makes a run of the pairs in memory. They continue the last run if they lie
// after it.
func (s *Sorter) flush() error {
	if len(s.held) == 0 {
		return nil
	}
	if !slices.IsSortedFunc(s.held, compare) {
		slices.SortFunc(s.held, compare)
	}
	from := s.pairs.Len()
	for _, p := range s.held {
		if err := s.pairs.Append(p[0], p[1]); err != nil {
			return err
		}
	}
	if n := len(s.runs); n > 0 && compare(s.last, s.held[0]) <= 0 {
		s.runs[n-1].to = s.pairs.Len()
	} else {
		s.runs = append(s.runs, run{from, s.pairs.Len()})
	}
	s.last = s.held[len(s.held)-1]
	s.held = s.held[:0]
	return nil
}

// Close frees the memory and removes the file.
func (s *Sorter) Close() error {
	s.held = nil
	return s.pairs.Close()
}

// Sorted returns all pairs in order. Nothing must be appended afterwards. It may be
// called again for another pass.
func (s *Sorter) Sorted() (*Merge, error) {
	if err := s.flush(); err != nil {
		return nil, err
	}
	s.held = nil
	m := &Merge{}
	for _, r := range s.runs {
		open := &openRun{rows: s.pairs.Read(r.from, r.to)}
		if err := open.rows.Next(open.first[:]); err != nil {
			return nil, err
		}
		m.runs = append(m.runs, open)
	}
	heap.Init(&m.runs)
	return m, nil
}

// A Merge gives pairs in order.
type Merge struct{ runs openRuns }

// Next returns the next pair. The error is io.EOF after the last one.
func (m *Merge) Next() (first, second float64, err error) {
	if len(m.runs) == 0 {
		return 0, 0, io.EOF
	}
	r := m.runs[0]
	pair := r.first
	switch err := r.rows.Next(r.first[:]); {
	case err == nil:
		heap.Fix(&m.runs, 0)
	case errors.Is(err, io.EOF):
		heap.Pop(&m.runs)
	default:
		return 0, 0, err
	}
	return pair[0], pair[1], nil
}

// openRun is a run that is read; first is its next pair.
type openRun struct {
	rows  *Reader
	first [2]float64
}

// openRuns is a heap: the run with the least next pair comes first.
type openRuns []*openRun

func (r openRuns) Len() int           { return len(r) }
func (r openRuns) Less(i, j int) bool { return compare(r[i].first, r[j].first) < 0 }
func (r openRuns) Swap(i, j int)      { r[i], r[j] = r[j], r[i] }
func (r *openRuns) Push(x any)        { *r = append(*r, x.(*openRun)) }
func (r *openRuns) Pop() any {
	last := (*r)[len(*r)-1]
	*r = (*r)[:len(*r)-1]
	return last
}
