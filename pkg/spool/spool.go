// Package spool keeps sequences of numbers that may be too long for memory. The
// first ones are in memory, and the others in a temporary file. So the memory that a
// program takes does not grow with its input.
//
// A [Spool] is read in the order in which it was written, by any number of readers.
// A [Sorter] gives pairs of numbers back in order. A [Store] keeps records of bytes and
// gives them back in any order.
package spool

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
)

// A Spool is a sequence of rows. Each row has the same number of values.
type Spool struct {
	dir    string
	width  int
	tail   []byte   // rows that are not in the file
	file   *os.File // nil until the tail is full
	stored int64    // bytes in the file
}

// inMemory is the number of bytes that a spool holds in memory.
const inMemory = 1 << 20

// New returns an empty spool of rows of some values. Its temporary file is in the
// directory; "" is the system's directory of temporary files. Close removes it.
func New(dir string, width int) *Spool { return &Spool{dir: dir, width: width} }

// Append adds a row.
func (s *Spool) Append(row ...float64) error {
	if len(s.tail)+8*s.width > inMemory {
		if err := s.store(); err != nil {
			return noRoom(s.dir, err)
		}
	}
	for _, v := range row[:s.width] {
		s.tail = binary.LittleEndian.AppendUint64(s.tail, math.Float64bits(v))
	}
	return nil
}

// store moves the rows in memory to the file.
func (s *Spool) store() error {
	if s.file == nil {
		f, err := createTemporary(s.dir)
		if err != nil {
			return err
		}
		s.file = f
	}
	n, err := s.file.WriteAt(s.tail, s.stored)
	s.stored += int64(n)
	s.tail = s.tail[:0]
	return err
}

// createTemporary creates a file that removeTemporary removes. Where the system can
// remove an open file, a killed program leaves nothing behind.
func createTemporary(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "gridcells-*.spool")
	if err == nil {
		_ = os.Remove(f.Name())
	}
	return f, err
}

// removeTemporary closes a file of createTemporary, if there is one, and removes it.
func removeTemporary(f *os.File) error {
	if f == nil {
		return nil
	}
	err := f.Close()
	_ = os.Remove(f.Name())
	return err
}

// noRoom is the error of a temporary file that could not be written in a directory.
func noRoom(dir string, err error) error {
	if dir == "" {
		return fmt.Errorf("temporary file: %w; set the environment variable TMPDIR to a directory that has room", err)
	}
	return fmt.Errorf("temporary file: %w; choose a directory that has room", err)
}

// Len is the number of rows.
func (s *Spool) Len() int64 { return (s.stored + int64(len(s.tail))) / int64(8*s.width) }

// Close frees the memory and removes the file.
func (s *Spool) Close() error {
	f := s.file
	s.tail, s.file = nil, nil
	return removeTemporary(f)
}

// readBytes fills dst with the bytes from a place on. They may lie in the file and in
// memory.
func (s *Spool) readBytes(dst []byte, from int64) error {
	if from < s.stored {
		n := min(int64(len(dst)), s.stored-from)
		if _, err := s.file.ReadAt(dst[:n], from); err != nil {
			return err
		}
		dst, from = dst[n:], from+n
	}
	if len(dst) > 0 {
		copy(dst, s.tail[from-s.stored:])
	}
	return nil
}

// A Reader reads rows of a spool. Nothing must be appended while there are readers.
type Reader struct {
	spool     *Spool
	next, end int64 // bytes
	buffer    []byte
	rest      []byte // of the buffer
}

// pieceBytes is how much a reader reads at a time.
const pieceBytes = 1 << 15

// Read returns a reader of the rows from to to−1.
func (s *Spool) Read(from, to int64) *Reader {
	size := int64(8 * s.width)
	return &Reader{spool: s, next: from * size, end: to * size}
}

// ReadAll returns a reader of all rows.
func (s *Spool) ReadAll() *Reader { return s.Read(0, s.Len()) }

// Each calls use with every row, which is valid until use returns.
func (s *Spool) Each(use func(row []float64)) error {
	row := make([]float64, s.width)
	rows := s.ReadAll()
	for {
		if err := rows.Next(row); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		use(row)
	}
}

// Next copies the next row to dst. The error is io.EOF after the last row.
func (r *Reader) Next(dst []float64) error {
	if len(r.rest) == 0 {
		if r.next == r.end {
			return io.EOF
		}
		size := 8 * r.spool.width
		n := min(int64(pieceBytes/size*size), r.end-r.next)
		if r.buffer == nil {
			r.buffer = make([]byte, n)
		}
		if err := r.spool.readBytes(r.buffer[:n], r.next); err != nil {
			return err
		}
		r.rest, r.next = r.buffer[:n], r.next+n
	}
	for k := range r.spool.width {
		dst[k] = math.Float64frombits(binary.LittleEndian.Uint64(r.rest[8*k:]))
	}
	r.rest = r.rest[8*r.spool.width:]
	return nil
}
