package tfrecord

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// begin recognises a compressed file by its first bytes and puts the
// decompressor between the source and the buffer. Bytes that verify as a
// record's header are never taken for a magic number.
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
	raw := r.src
	input := bufio.NewReaderSize(io.MultiReader(bytes.NewReader(head), &remainder{raw, r.srcErr}), bufferSize)
	var d io.Reader
	var err error
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b, 8}):
		d, err = gzip.NewReader(input)
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		d, err = zstd.NewReader(input, zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(128<<20))
	case isZlib(head):
		if d, err = zlib.NewReader(input); err == nil {
			d = &untilEnd{d, input}
		}
	default:
		return
	}
	if raw.err != nil {
		err = raw.err
	}
	r.lo, r.hi, r.srcErr = 0, 0, nil
	if err != nil {
		d = failed{noEOF(err)}
	}
	r.src = &source{r: d, raw: raw}
}

// isZlib recognises a zlib header: deflate, check bits, no dictionary. Four
// zero bytes behind it belong to an uncompressed record's length: no deflate
// stream begins so.
func isZlib(head []byte) bool {
	return head[0]&0x0f == 8 && head[0]>>4 <= 7 && binary.BigEndian.Uint16(head)%31 == 0 && head[1]&0x20 == 0 &&
		!(len(head) >= 8 && binary.LittleEndian.Uint32(head[4:]) == 0)
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

// untilEnd fails if the input goes on where the decompressed stream ends.
type untilEnd struct {
	io.Reader
	input *bufio.Reader
}

func (u *untilEnd) Read(p []byte) (int, error) {
	n, err := u.Reader.Read(p)
	if err == io.EOF {
		if _, e := u.input.Peek(1); e == nil {
			err = errors.New("data after the end of the ZLIB stream")
		}
	}
	return n, err
}

type failed struct{ err error }

func (f failed) Read([]byte) (int, error) { return 0, f.err }

// noEOF keeps a torn compression header from passing for an empty file.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
