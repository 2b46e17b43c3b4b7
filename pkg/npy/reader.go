package npy

import (
	"errors"
	"fmt"
	"io"
	"sync"
)

// Source is a named input of a [Reader].
type Source struct {
	Name string
	Open func() (io.ReadCloser, error)
}

// StreamError tells where in which input reading failed. Record counts the
// rows read before, from 0; Offset is in bytes of the (decompressed) input.
type StreamError struct {
	Name           string
	Record, Offset int64
	Err            error
}

func (e *StreamError) Error() string {
	return fmt.Sprintf("%s: record %d at byte %d: %v", e.Name, e.Record, e.Offset, e.Err)
}

func (e *StreamError) Unwrap() error { return e.Err }

// ErrNoEndMark is the cause of the error for a stream with provenance that
// stops without its end mark.
var ErrNoEndMark = errors.New("the stream ends without its end mark: the program that wrote it died")

// ErrWriterFailed is the cause of the error for a stream that [WriteFailure] wrote.
var ErrWriterFailed = errors.New("the program that wrote this failed and wrote no records")

// Reader reads the rows of one or more record streams of the same dtype, one
// stream after the other.
type Reader struct {
	sources []Source
	input   io.ReadCloser // the open source, if any
	name    string
	record  int64
	offset  int64

	headers    headers
	dtype      *DType
	provenance Provenance
	left       int  // rows left in the current chunk
	marked     bool // this stream has provenance, so it needs an end mark
	ended      bool // the end mark was read
	failed     bool // nothing but a provenance without stages was read
	started    bool // something of this stream was read
	err        error

	total      int64 // records read from all inputs
	starts     []start
	startsLock sync.Mutex // Locate may be called from another goroutine
}

// NewReader reads a single stream; name is for messages.
func NewReader(r io.Reader, name string) *Reader {
	return NewReaders(Source{name, func() (io.ReadCloser, error) { return io.NopCloser(r), nil }})
}

// NewReaders reads the sources in order, opening each when its turn comes.
// All must have the same dtype; the provenance is that of the first.
func NewReaders(sources ...Source) *Reader {
	return &Reader{sources: sources}
}

// Header reads as far as the first chunk's header and returns the dtype of the
// rows and the provenance (nil if the stream has none). An input that is
// entirely empty is an error.
func (r *Reader) Header() (*DType, Provenance, error) {
	for r.dtype == nil && r.err == nil {
		if err := r.advance(); err == io.EOF {
			name := "input"
			if r.name != "" {
				name = r.name
			}
			r.err = fmt.Errorf("%s: empty input: no record stream", name)
		} else if err != nil {
			r.err = err
		}
	}
	if r.dtype == nil {
		return nil, nil, r.err
	}
	return r.dtype, r.provenance, nil
}

// Next reads up to max rows into buf's storage, which it may grow, and returns
// them. It returns fewer only at the end; after that it returns io.EOF. Rows
// cross the borders of chunks and inputs.
func (r *Reader) Next(buf []byte, max int) (Rows, error) {
	if _, _, err := r.Header(); err != nil {
		return Rows{}, err
	}
	rows := Rows{r.dtype, buf[:0]}
	for n := max; n > 0; {
		if r.left == 0 {
			if r.err == nil {
				r.err = r.advance()
			}
			if r.err == io.EOF && rows.Len() > 0 {
				return rows, nil
			}
			if r.err != nil {
				return Rows{}, r.err
			}
			continue
		}
		k := min(n, r.left)
		data, read, err := readGrowing(r.input, rows.Data, k*r.dtype.size)
		r.offset += read
		r.record += read / int64(r.dtype.size)
		r.total += read / int64(r.dtype.size)
		if err != nil {
			r.err = r.fail(fmt.Errorf("inside a chunk: %w", err))
			return Rows{}, r.err
		}
		rows.Data = data
		r.left -= k
		n -= k
	}
	return rows, nil
}

// Close closes the input that is open. It is not needed after reading to the end.
func (r *Reader) Close() error {
	if r.input == nil {
		return nil
	}
	err := r.input.Close()
	r.input = nil
	return err
}

func (r *Reader) fail(err error) error {
	return &StreamError{r.name, r.record, r.offset, err}
}

// advance goes on to the next header: the next chunk of this stream or the
// first of the next source.
func (r *Reader) advance() error {
	if r.input == nil {
		if len(r.sources) == 0 {
			return io.EOF
		}
		if err := r.open(); err != nil {
			return err
		}
	}
	h, n, err := r.headers.read(r.input)
	r.offset += n
	if err == io.EOF {
		return r.finish()
	}
	if err != nil {
		return r.fail(err)
	}
	return r.begin(h)
}

func (r *Reader) open() error {
	s := r.sources[0]
	r.sources = r.sources[1:]
	input, err := s.Open()
	if err != nil {
		return err
	}
	r.input, r.name, r.record, r.offset = input, s.Name, 0, 0
	r.marked, r.ended, r.failed, r.started = false, false, false, false
	r.startsLock.Lock()
	r.starts = append(r.starts, start{r.name, r.total})
	r.startsLock.Unlock()
	return nil
}

// finish handles the end of one source.
func (r *Reader) finish() error {
	if r.failed {
		return r.fail(ErrWriterFailed)
	}
	if r.marked && !r.ended {
		return r.fail(ErrNoEndMark)
	}
	if !r.started {
		return fmt.Errorf("%s: empty input: no record stream", r.name)
	}
	return r.Close()
}

// PlainArrayError is the error of a reader that finds an array of numbers where a
// record stream should begin.
type PlainArrayError struct {
	Shape []int
	Type  Type
}

func (e *PlainArrayError) Error() string {
	return fmt.Sprintf("a plain array of shape %s and type %s is not a record stream; scripts/records.py makes one of plain arrays", shapeLiteral(e.Shape), e.Type)
}

// begin takes up the array whose header was read.
func (r *Reader) begin(h *header) error {
	if h.dtype != nil && len(h.shape) != 1 {
		return r.fail(fmt.Errorf("records in an array of shape %s; a record stream has one axis", shapeLiteral(h.shape)))
	}
	if h.dtype == nil {
		return r.fail(&PlainArrayError{Shape: h.shape, Type: h.typ})
	}
	first := !r.started || r.ended // a stream may follow another in the same input
	r.started = true
	if isProvenance(h.dtype) {
		if !first {
			return r.fail(errors.New("provenance in the middle of a stream"))
		}
		return r.beginMarked(h)
	}
	if r.ended {
		return r.fail(errors.New("data after the end mark"))
	}
	r.failed = false
	if r.dtype == nil {
		if h.dtype.size == 0 {
			return r.fail(errors.New("rows without any data"))
		}
		r.dtype = h.dtype
	} else if !r.dtype.Equal(h.dtype) {
		return r.fail(fmt.Errorf("the fields change: found %s, wanted %s", h.dtype, r.dtype))
	}
	r.left = h.shape[0]
	r.ended = r.marked && r.left == 0
	return nil
}

func (r *Reader) beginMarked(h *header) error {
	size := h.shape[0] * h.dtype.size
	if size > maxProvenance {
		return r.fail(fmt.Errorf("a provenance of %d bytes; at most %d are accepted", size, maxProvenance))
	}
	data, n, err := readGrowing(r.input, nil, size)
	r.offset += n
	if err != nil {
		return r.fail(fmt.Errorf("inside the provenance: %w", err))
	}
	p, err := parseProvenance(Rows{h.dtype, data})
	if err != nil {
		return r.fail(err)
	}
	r.marked, r.ended, r.failed = true, false, len(p) == 0
	if r.dtype == nil && r.provenance == nil {
		r.provenance = p
	}
	return nil
}
