package spool

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// pattern is a record whose bytes tell which one it is.
func pattern(i, size int) []byte { return bytes.Repeat([]byte{byte(i), byte(i >> 8), 7}, size)[:size] }

// Records of many sizes come back in any order, whether they lie in memory or in the
// file, where several goroutines put them. Close leaves no file.
func TestStore(t *testing.T) {
	const records, writers = 900, 3
	size := func(i int) int {
		if i%300 == 299 {
			return blockBytes + i
		}
		return (i * 37) % 1000 // some are empty
	}
	for _, inMemory := range []int{0, 1, 100_000, blockBytes + 100_000, 1 << 30} {
		dir := t.TempDir()
		s := NewStore(dir, inMemory)
		refs := make([]Ref, records)
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := w; i < records; i += writers {
					var err error
					if refs[i], err = s.Put(pattern(i, size(i))); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		for i := records - 1; i >= 0; i-- {
			err := s.View(refs[i], func(got []byte) error {
				if !bytes.Equal(got, pattern(i, size(i))) {
					t.Errorf("%d bytes in memory: record %d is another one", inMemory, i)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		held := 0
		for _, b := range s.blocks {
			held += len(b)
		}
		if held > inMemory {
			t.Errorf("%d bytes in memory, at most %d are allowed", held, inMemory)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s is left", left[0].Name())
		}
	}
	bad := errors.New("bad")
	if err := NewStore("", 0).View(Ref{}, func(record []byte) error { return errors.Join(bad, os.ErrInvalid) }); !errors.Is(err, bad) {
		t.Errorf("an error of the caller: %v", err)
	}
}

func TestStoreWithoutRoom(t *testing.T) {
	s := NewStore(filepath.Join(t.TempDir(), "missing"), 10)
	if _, err := s.Put(make([]byte, 10)); err != nil {
		t.Error(err)
	}
	if _, err := s.Put(make([]byte, 1)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no directory: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
