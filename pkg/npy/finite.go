package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"

	"gridcells/pkg/printable"
)

// RecordError is an error about the values of one record.
type RecordError struct {
	Record int64 // number of the record in the whole sequence, from 0
	Err    error
}

func (e *RecordError) Error() string { return fmt.Sprintf("record %d: %v", e.Record, e.Err) }

func (e *RecordError) Unwrap() error { return e.Err }

// NotFiniteError names a value that is NaN or infinite.
type NotFiniteError struct {
	Field string
	Index []int // of the value in the field; empty for a scalar
	Value float64
}

func (e *NotFiniteError) Error() string {
	index := ""
	if len(e.Index) > 0 {
		index = strings.ReplaceAll(fmt.Sprint(e.Index), " ", ", ")
	}
	what := "infinite"
	if math.IsNaN(e.Value) {
		what = "NaN"
	}
	return fmt.Sprintf("%s%s is %s; a finite number is needed", printable.Text(e.Field), index, what)
}

// CheckRow returns a [*NotFiniteError] about the first value of the column that
// is NaN or infinite in the row, or nil. [Reader.Locate] adds to a [RecordError] that wraps
// it the name of the input.
func (c Column) CheckRow(row []byte) error {
	if c.Type.Kind != 'f' || !c.Type.IsNumber() {
		return nil
	}
	b := c.Bytes(row)
	k := firstNotFinite(b, c.Type)
	if k < 0 {
		return nil
	}
	index := make([]int, len(c.Shape))
	rest := k
	for axis := len(c.Shape) - 1; axis >= 0; axis-- {
		index[axis], rest = rest%c.Shape[axis], rest/c.Shape[axis]
	}
	return &NotFiniteError{c.Name, index, number(c.Type, b[k*c.Type.Size:])}
}

// firstNotFinite returns the index of the first element that is NaN or
// infinite, whose exponent bits are all set; −1 if there is none.
func firstNotFinite(b []byte, t Type) int {
	const exponent32, exponent64 = 0x7f800000, 0x7ff << 52
	switch t {
	case Float32:
		for i := finiteBlocks(b); i+4 <= len(b); i += 4 {
			if binary.LittleEndian.Uint32(b[i:])&exponent32 == exponent32 {
				return i / 4
			}
		}
	case Float64:
		for i := 0; i+8 <= len(b); i += 8 {
			if binary.LittleEndian.Uint64(b[i:])&exponent64 == exponent64 {
				return i / 8
			}
		}
	default:
		for i := 0; i+t.Size <= len(b); i += t.Size {
			if v := number(t, b[i:]); math.IsNaN(v) || math.IsInf(v, 0) {
				return i / t.Size
			}
		}
	}
	return -1
}

// finiteBlocks returns how many bytes at the front of b, in blocks of 32, hold only
// finite float32 numbers. It looks at two numbers at a time. It adds one to each
// exponent; if all bits of an exponent are set, this carries into the place of the sign.
func finiteBlocks(b []byte) int {
	const exponents, ones, carries = 0x7f800000_7f800000, 0x00800000_00800000, 0x80000000_80000000
	i := 0
	for ; i+32 <= len(b); i += 32 {
		block := b[i : i+32]
		set := binary.LittleEndian.Uint64(block)&exponents + ones
		set |= binary.LittleEndian.Uint64(block[8:])&exponents + ones
		set |= binary.LittleEndian.Uint64(block[16:])&exponents + ones
		set |= binary.LittleEndian.Uint64(block[24:])&exponents + ones
		if set&carries != 0 {
			break
		}
	}
	return i
}

// Locate adds to a [*RecordError] the input that the record came from and its
// number there. Other errors are returned as they are. It may be called while
// another goroutine reads.
func (r *Reader) Locate(err error) error {
	var e *RecordError
	if !errors.As(err, &e) {
		return err
	}
	r.startsLock.Lock()
	defer r.startsLock.Unlock()
	for i := len(r.starts) - 1; i >= 0; i-- {
		if s := r.starts[i]; s.first <= e.Record {
			return fmt.Errorf("%s: %w", s.name, &RecordError{e.Record - s.first, e.Err})
		}
	}
	return err
}

// start says which record of the sequence is the first of an input.
type start struct {
	name  string
	first int64
}
