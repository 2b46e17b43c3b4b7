package npy

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"math"
)

// ArrayReader reads a plain array in pieces, so that an array may be longer than
// memory.
type ArrayReader struct {
	Type  Type
	Shape []int

	in     io.Reader
	member io.Closer // nil unless it is of an archive
	left   int       // elements
	whole  []byte    // of an array in Fortran order, which is read at once
	piece  []byte
}

// maxPiece bounds the bytes that a piece takes.
const maxPiece = 1 << 20

// NewArrayReader reads the header of a plain array. An array of more than one
// dimension in Fortran order is read at once and brought to C order.
func NewArrayReader(r io.Reader) (*ArrayReader, error) { return newArrayReader(r, math.MaxInt) }

// newArrayReader is NewArrayReader where at most limit bytes are read at once.
func newArrayReader(r io.Reader, limit int) (*ArrayReader, error) {
	h, err := plainHeader(r)
	if err != nil {
		return nil, err
	}
	a := &ArrayReader{Type: h.typ, Shape: h.shape, in: r}
	a.left = a.Len()
	if h.typ.Size > maxPiece {
		return nil, fmt.Errorf("elements of type %s take %d bytes; at most %d are read", h.typ, h.typ.Size, maxPiece)
	}
	if !h.fortran || len(h.shape) < 2 || h.typ.Size == 0 {
		return a, nil
	}
	data, err := readElements(r, h, limit)
	if err != nil {
		return nil, err
	}
	a.whole = data.Data
	return a, nil
}

// Open opens an array to read it in pieces. It must be plain. Close it before the
// archive.
func (a *Archive) Open(name string) (*ArrayReader, error) {
	member, ok := a.members[name]
	if !ok {
		return nil, fmt.Errorf("no array %q (there are %s)", name, a.list())
	}
	f, err := member.Open()
	if err != nil {
		return nil, fmt.Errorf("array %q: %w", name, err)
	}
	r, err := newArrayReader(f, maxMember)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("array %q: %w", name, err)
	}
	r.member = f
	return r, nil
}

// Len returns the number of elements of the whole array.
func (r *ArrayReader) Len() int { return Field{Shape: r.Shape}.Len() }

// Close closes the array of an archive.
func (r *ArrayReader) Close() error {
	if r.member == nil {
		return nil
	}
	return r.member.Close()
}

// Next returns the next elements as an array of one dimension: n of them, or fewer
// where they take more than 1 MiB or the array ends. It is valid until the next
// call. After the last element the error is io.EOF. In an archive the checksum has been
// verified then.
func (r *ArrayReader) Next(n int) (*Array, error) {
	if r.left == 0 {
		return nil, r.end()
	}
	size := r.Type.Size
	n = min(n, r.left)
	if size > 0 {
		n = min(n, maxPiece/size)
	}
	if r.whole != nil {
		r.piece, r.whole = r.whole[:n*size], r.whole[n*size:]
	} else {
		var err error
		if r.piece, _, err = readGrowing(r.in, r.piece[:0], n*size); err != nil {
			return nil, fmt.Errorf("array of shape %s: %w", shapeLiteral(r.Shape), err)
		}
	}
	r.left -= n
	return &Array{Type: r.Type, Shape: []int{n}, Data: r.piece}, nil
}

// end is the error after the last element.
func (r *ArrayReader) end() error {
	if r.member == nil {
		return io.EOF
	}
	return endOfMember(r.in)
}

// endOfMember verifies that an array ends where its member of an archive does, and
// the checksum. Its error is io.EOF if all is well.
func endOfMember(f io.Reader) error {
	switch n, err := io.ReadFull(f, make([]byte, 1)); {
	case n > 0:
		return errors.New("the member goes on after the end of the array")
	case errors.Is(err, zip.ErrChecksum):
		return errors.New("its bytes do not have the checksum that the archive holds: the file is damaged")
	default:
		return err
	}
}
