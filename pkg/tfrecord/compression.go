package tfrecord

import (
	"bufio"
	"bytes"
	"io"

	"gridcells/pkg/compression"
)

// begin recognises a compressed file by its first bytes and puts the
// decompressor between the source and the buffer. Bytes that are a valid header
// of a record are not looked at: a length can have the bytes of a magic number.
func (r *Reader) begin() {
	if !r.fill(2) {
		return
	}
	if r.fill(headerSize) {
		if _, err := r.header(); err == nil {
			return
		}
	}
	head := bytes.Clone(r.buf[r.lo:r.hi])
	format := compression.Detect(head)
	if format == compression.None && compression.DetectZlib(head) {
		format = compression.Zlib
	}
	if format == compression.None {
		return
	}
	raw := r.src
	input := bufio.NewReaderSize(io.MultiReader(bytes.NewReader(head), &remainder{raw, r.srcErr}), bufferSize)
	d, err := compression.NewReader(input, format)
	if raw.err != nil {
		err = raw.err
	}
	r.lo, r.hi, r.srcErr = 0, 0, nil
	if err != nil {
		r.src = &source{r: failed{err}, raw: raw}
		return
	}
	r.src = &source{r: d, raw: raw}
}

// remainder is the rest of a source whose last Read may already have reported
// its end.
type remainder struct {
	src *source
	err error
}

func (r *remainder) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	return r.src.Read(p)
}

// failed is a source that only returns an error.
type failed struct{ err error }

func (f failed) Read([]byte) (int, error) { return 0, f.err }
