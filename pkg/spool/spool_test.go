package spool

import (
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

// Rows come back as they were written, whether they lie in memory, in the file or in
// both, to two readers at once. Close leaves no file.
func TestSpool(t *testing.T) {
	for _, rows := range []int{0, 1, 1000, 3 * inMemory / 24, 3*inMemory/24 + 17} {
		dir := t.TempDir()
		s := New(dir, 3)
		for i := range rows {
			if err := s.Append(float64(i), -float64(i), 0.5); err != nil {
				t.Fatal(err)
			}
		}
		if s.Len() != int64(rows) {
			t.Fatalf("%d rows, want %d", s.Len(), rows)
		}
		whole, half := s.ReadAll(), s.Read(int64(rows/2), int64(rows))
		var row [3]float64
		for i := range rows {
			if err := whole.Next(row[:]); err != nil || row != [3]float64{float64(i), -float64(i), 0.5} {
				t.Fatalf("row %d of %d: %v, %v", i, rows, row, err)
			}
			if i < rows/2 {
				continue
			}
			if err := half.Next(row[:]); err != nil || row[0] != float64(i) {
				t.Fatalf("row %d of %d, second reader: %v, %v", i, rows, row, err)
			}
		}
		for _, r := range []*Reader{whole, half} {
			if err := r.Next(row[:]); !errors.Is(err, io.EOF) {
				t.Errorf("behind %d rows: %v", rows, err)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%d rows: %s is left", rows, left[0].Name())
		}
	}
}

// Sorted pairs are those of slices.Sort, in each pass. Pairs in order make one run.
func TestSorter(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, test := range []struct {
		name  string
		pairs int
		key   func(i int) float64
		runs  int
	}{
		{"none", 0, nil, 0},
		{"few", 10, func(int) float64 { return rng.Float64() }, 1},
		{"in order", 2*heldPairs + 5, func(i int) float64 { return float64(i / 3) }, 1},
		{"unit after unit", 2*heldPairs + 5, func(i int) float64 { return float64(i % 1000) }, 3},
	} {
		s := NewSorter(t.TempDir())
		var want [][2]float64
		for i := range test.pairs {
			p := [2]float64{test.key(i), float64(rng.IntN(4))}
			if test.name == "in order" {
				p[1] = float64(i % 3)
			}
			want = append(want, p)
			if err := s.Append(p[0], p[1]); err != nil {
				t.Fatal(err)
			}
		}
		slices.SortFunc(want, compare)
		for range 2 {
			m, err := s.Sorted()
			if err != nil {
				t.Fatal(err)
			}
			for i, p := range want {
				if a, b, err := m.Next(); err != nil || p != [2]float64{a, b} {
					t.Fatalf("%s: pair %d is %v, %v, %v; want %v", test.name, i, a, b, err, p)
				}
			}
			if _, _, err := m.Next(); !errors.Is(err, io.EOF) {
				t.Errorf("%s: behind the last pair: %v", test.name, err)
			}
		}
		if len(s.runs) != test.runs {
			t.Errorf("%s: %d runs, want %d", test.name, len(s.runs), test.runs)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// If the directory for the file does not exist, there is an error as soon as memory is
// full.
func TestNoDirectory(t *testing.T) {
	s := New(t.TempDir()+"/absent", 1)
	for range inMemory / 8 {
		if err := s.Append(1); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Append(1); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
