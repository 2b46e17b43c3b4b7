package tfrecord

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

const (
	headerSize = 12 // length and its checksum
	footerSize = 4  // the payload's checksum
)

// maxWasted bounds the work on payloads whose checksum is wrong, together with
// the length of the file: otherwise a file that consists of headers, each of
// which claims all that follows, would take time quadratic in its length.
const maxWasted = 1 << 30

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Checksum returns TensorFlow's masked CRC-32C. The CRC is rotated and offset, so
// that the checksum of data that contain checksums is still a good one.
func Checksum(b []byte) uint32 {
	c := crc32.Checksum(b, castagnoli)
	return (c>>15 | c<<17) + 0xa282ead8
}

// zeroChecksum is the checksum of the length 0.
var zeroChecksum = Checksum(make([]byte, 8))

// AppendRecord appends the payload, framed as one record, to dst.
func AppendRecord(dst, payload []byte) []byte {
	start := len(dst)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(len(payload)))
	dst = binary.LittleEndian.AppendUint32(dst, Checksum(dst[start:]))
	dst = append(dst, payload...)
	return binary.LittleEndian.AppendUint32(dst, Checksum(payload))
}

// CorruptError says where a TFRecord file is damaged.
type CorruptError struct {
	File   string
	Record int64 // counted from 0
	Offset int64 // of the record's first byte, after decompression
	Err    error // an [io.ErrUnexpectedEOF] if the file ends inside the record
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("%s: record %d at byte %d: %v", e.File, e.Record, e.Offset, e.Err)
}

func (e *CorruptError) Unwrap() error { return e.Err }

// Options are limits and leniency of a [Reader]. The zero value is strict.
type Options struct {
	// MaxLength is the longest payload that is accepted, in bytes; 0 means 256 MiB.
	MaxLength int64
	// SkipCorrupt passes over damaged records and counts them.
	SkipCorrupt bool
}

func (o Options) maxLength() uint64 {
	if o.MaxLength > 0 {
		return uint64(o.MaxLength)
	}
	return 256 << 20
}

// Reader reads the records of one TFRecord file.
//
//	for r.Next() {
//		use(r.Record())
//	}
//	return r.Err()
//
// Its buffer grows with the data that arrive, not with what a length field
// claims. With SkipCorrupt the time is linear in the length of the file.
type Reader struct {
	src     *source
	options Options
	name    string

	begun  bool
	buf    []byte
	lo, hi int   // buf[lo:hi] is read and not yet consumed
	offset int64 // of buf[lo], after decompression
	srcErr error // what ended the source: io.EOF or worse

	record       []byte
	recordIndex  int64
	recordOffset int64
	index        int64 // of the next record

	skipped      int64
	skippedBytes int64
	wasted       int64 // bytes of payloads whose checksum was wrong
	err          error
}

// NewReader reads records from r; name stands for the file in errors.
func NewReader(r io.Reader, name string, o Options) *Reader {
	return &Reader{src: &source{r: r}, name: name, options: o}
}

// Next advances to the next record. It returns false at the end of the file
// and at an error.
func (r *Reader) Next() bool {
	r.record = nil
	if r.err == nil && !r.begun {
		r.begun = true
		r.begin()
	}
	for r.err == nil {
		payload, err := r.frame()
		if err == nil {
			r.record, r.recordIndex, r.recordOffset = payload, r.index, r.offset
			r.consume(headerSize + len(payload) + footerSize)
			r.index++
			return true
		}
		switch {
		case err == io.EOF:
			return false
		case r.src.err != nil: // the device failed, the file may be whole
			r.err = fmt.Errorf("%s: record %d at byte %d: %w", r.name, r.index, r.offset, r.src.err)
		case r.options.SkipCorrupt:
			r.resynchronise()
		default:
			r.err = &CorruptError{r.name, r.index, r.offset, err}
		}
	}
	return false
}

// Record is the payload of the current record, valid until the next Next.
func (r *Reader) Record() []byte { return r.record }

// Index is the number of the current record in its file, from 0; a damaged
// stretch that was skipped counts as one record.
func (r *Reader) Index() int64 { return r.recordIndex }

// Offset is where the current record begins, in bytes after decompression.
func (r *Reader) Offset() int64 { return r.recordOffset }

// Err is the error that ended the reading; nil at the end of the file.
func (r *Reader) Err() error { return r.err }

// Skipped counts the damaged stretches that were passed over, and their bytes. A
// stretch is one record if the records around it are whole.
func (r *Reader) Skipped() (stretches, bytes int64) { return r.skipped, r.skippedBytes }

// Locate wraps an error about the current payload with its place.
func (r *Reader) Locate(err error) error {
	return &CorruptError{r.name, r.recordIndex, r.recordOffset, err}
}

// frame verifies the record at the front and returns its payload without
// consuming it. io.EOF means that the source ended cleanly before it.
func (r *Reader) frame() ([]byte, error) {
	if !r.fill(headerSize) {
		if r.hi == r.lo && r.srcErr == io.EOF {
			return nil, io.EOF
		}
		return nil, r.torn(headerSize)
	}
	length, err := r.header()
	if err != nil {
		return nil, err
	}
	n := headerSize + length + footerSize
	if !r.fill(n) {
		return nil, r.torn(n)
	}
	payload := r.buf[r.lo+headerSize : r.lo+headerSize+length]
	stored := binary.LittleEndian.Uint32(r.buf[r.lo+headerSize+length:])
	if c := Checksum(payload); c != stored {
		r.wasted += int64(length)
		return nil, fmt.Errorf("checksum of the data is %#08x, stored %#08x", c, stored)
	}
	return payload, nil
}

// header checks the 12 bytes at the front, which must be there.
func (r *Reader) header() (length int, err error) {
	if length, ok := r.validHeader(); ok {
		return length, nil
	}
	b := r.buf[r.lo : r.lo+headerSize]
	if string(b[:6]) == "\x93NUMPY" {
		return 0, errors.New("an NPY file, not a TFRecord file; if it is a record stream it needs no conversion")
	}
	stored := binary.LittleEndian.Uint32(b[8:])
	if c := Checksum(b[:8]); c != stored {
		return 0, fmt.Errorf("checksum of the length is %#08x, stored %#08x: not a TFRecord file, or corrupt", c, stored)
	}
	return 0, fmt.Errorf("length %d exceeds the limit of %d bytes", binary.LittleEndian.Uint64(b), r.options.maxLength())
}

// validHeader checks the 12 bytes at the front without making an error, because
// the search for the next record looks at every byte.
func (r *Reader) validHeader() (length int, ok bool) {
	b := r.buf[r.lo : r.lo+headerSize]
	n := binary.LittleEndian.Uint64(b)
	if n > r.options.maxLength() || Checksum(b[:8]) != binary.LittleEndian.Uint32(b[8:]) {
		return 0, false
	}
	return int(n), true
}

func (r *Reader) torn(want int) error {
	err := r.srcErr
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("file ends after %d of %d bytes: %w", r.hi-r.lo, want, err)
}

// resynchronise consumes a damaged stretch: from the front to the next header
// whose checksum is right. If only a payload is damaged, that is the header of
// the next record, and no bytes inside the payload are mistaken for one.
func (r *Reader) resynchronise() {
	before := r.offset
	if n, ok := r.intactFrame(); ok {
		r.consume(n)
	} else {
		r.consume(min(1, r.hi-r.lo))
		for r.fill(headerSize) {
			r.consume(r.noHeader())
			if r.hi-r.lo < headerSize {
				continue
			}
			if length, ok := r.validHeader(); ok && r.wasted+int64(length) <= maxWasted+8*r.offset {
				break
			}
			r.consume(1)
		}
		if r.hi-r.lo < headerSize {
			r.consume(r.hi - r.lo)
			if !errors.Is(r.srcErr, io.EOF) && r.src.err == nil {
				r.srcErr = io.EOF // the rest of a damaged compressed file is lost
			}
		}
	}
	r.index++
	r.skipped++
	r.skippedBytes += r.offset - before
}

// noHeader counts the bytes at the front of the buffer before the first that
// could begin a header by its length. It passes over zeros quickly.
func (r *Reader) noHeader() int {
	b, longest := r.buf[r.lo:r.hi], r.options.maxLength()
	i := 0
	for ; i+headerSize <= len(b); i++ {
		n := binary.LittleEndian.Uint64(b[i:])
		if n <= longest && (n > 0 || binary.LittleEndian.Uint32(b[i+8:]) == zeroChecksum) {
			break
		}
	}
	return i
}

// intactFrame returns the size of the record at the front if its header
// verifies and what follows it is a header that verifies, or the end.
func (r *Reader) intactFrame() (int, bool) {
	if !r.fill(headerSize) {
		return 0, false
	}
	length, ok := r.validHeader()
	if !ok {
		return 0, false
	}
	n := headerSize + length + footerSize
	if !r.fill(n) {
		return 0, false
	}
	if !r.fill(n + headerSize) {
		return n, r.hi-r.lo == n
	}
	r.lo += n
	_, ok = r.validHeader()
	r.lo -= n
	return n, ok
}

func (r *Reader) consume(n int) {
	r.lo += n
	r.offset += int64(n)
}

// fill makes at least n bytes available at the front, if the source has them.
func (r *Reader) fill(n int) bool {
	for empty := 0; r.hi-r.lo < n; {
		if r.srcErr != nil {
			return false
		}
		r.makeRoom(n)
		k, err := r.src.Read(r.buf[r.hi:])
		r.hi += k
		r.srcErr = err
		if k > 0 {
			empty = 0
		} else if empty++; empty == 100 && err == nil {
			r.srcErr, r.src.err = io.ErrNoProgress, io.ErrNoProgress
		}
	}
	return true
}

// makeRoom leaves free space at the buffer's end. It moves what is unread to
// the front when that suffices, and doubles the buffer only when it is full.
func (r *Reader) makeRoom(n int) {
	if r.lo+n <= len(r.buf) && r.hi < len(r.buf) {
		return
	}
	unread := r.buf[r.lo:r.hi]
	if len(unread) == len(r.buf) {
		r.buf = make([]byte, min(max(2*len(r.buf), bufferSize), n+bufferSize))
	}
	r.hi = copy(r.buf, unread)
	r.lo = 0
}

const bufferSize = 256 << 10

// source remembers a failure of the device below, to tell it from damage that
// a decompressor finds.
type source struct {
	r   io.Reader
	raw *source // the source below a decompressor
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF && s.raw == nil {
		s.err = err
	}
	if s.raw != nil {
		s.err = s.raw.err
	}
	return n, err
}
