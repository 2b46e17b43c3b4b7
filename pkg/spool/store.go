package spool

import (
	"fmt"
	"os"
	"slices"
	"sync"
)

// A Store keeps records of bytes, each of any size. They are read in any order. Put
// and View may be called from several goroutines.
type Store struct {
	dir  string
	room int // bytes that memory may still hold

	mutex  sync.Mutex
	blocks [][]byte // the records in memory; each lies in one block
	file   *os.File // nil until memory is full
	stored int64    // bytes in the file

	buffers sync.Pool // *[]byte, for records from the file
}

// A Ref finds a record of a [Store]. The zero Ref is an empty record.
type Ref struct {
	block int   // number of the block in memory, from 1; 0: the record is in the file
	from  int64 // of the block, or of the file
	size  int
}

// blockBytes is the size of a block. A larger record has a block of its own.
const blockBytes = 1 << 18

// NewStore returns an empty store that holds some bytes in memory. Its temporary file is
// in the directory; see [New]. Close removes it.
func NewStore(dir string, inMemory int) *Store {
	return &Store{dir: dir, room: inMemory, buffers: sync.Pool{New: func() any { return new([]byte) }}}
}

// Put keeps a copy of a record.
func (s *Store) Put(record []byte) (Ref, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if len(record) <= s.room {
		return s.hold(record), nil
	}
	if s.file == nil {
		f, err := createTemporary(s.dir)
		if err != nil {
			return Ref{}, noRoom(s.dir, err)
		}
		s.file = f
	}
	if _, err := s.file.WriteAt(record, s.stored); err != nil {
		return Ref{}, noRoom(s.dir, err)
	}
	ref := Ref{from: s.stored, size: len(record)}
	s.stored += int64(len(record))
	return ref, nil
}

// hold keeps a copy of a record in memory.
func (s *Store) hold(record []byte) Ref {
	s.room -= len(record)
	last := len(s.blocks) - 1
	if last < 0 || cap(s.blocks[last])-len(s.blocks[last]) < len(record) {
		s.blocks = append(s.blocks, make([]byte, 0, max(blockBytes, len(record))))
		last++
	}
	from := len(s.blocks[last])
	s.blocks[last] = append(s.blocks[last], record...)
	return Ref{block: last + 1, from: int64(from), size: len(record)}
}

// View calls do with a record. do must neither change nor keep it.
func (s *Store) View(r Ref, do func(record []byte) error) error {
	if r.block > 0 {
		return do(s.held(r))
	}
	if r.size == 0 {
		return do(nil)
	}
	buffer := s.buffers.Get().(*[]byte)
	defer s.buffers.Put(buffer)
	*buffer = slices.Grow((*buffer)[:0], r.size)[:r.size]
	if _, err := s.file.ReadAt(*buffer, r.from); err != nil {
		return fmt.Errorf("temporary file: %w", err)
	}
	return do(*buffer)
}

// held returns a record in memory.
func (s *Store) held(r Ref) []byte {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.blocks[r.block-1][r.from:][:r.size:r.size]
}

// Close frees the memory and removes the file.
func (s *Store) Close() error {
	f := s.file
	s.blocks, s.file, s.room = nil, nil, 0
	return removeTemporary(f)
}
