package npy

import (
	"fmt"
	"io"
)

// Writer writes a record stream. Nothing is written before the first Write or
// Close.
type Writer struct {
	w          io.Writer
	dtype      *DType
	descr      string
	provenance Provenance
	header     []byte
	started    bool
	left       int // rows that the chunk begun by Chunk still needs
}

// NewWriter writes rows of dtype d. Without provenance (nil) the stream has no
// end mark and a single Write makes a plain .npy file.
func NewWriter(w io.Writer, d *DType, p Provenance) *Writer {
	return &Writer{w: w, dtype: d, descr: d.String(), provenance: p}
}

// Chunk begins a chunk of some rows. The next calls of Write fill it, so the rows of a
// chunk need not be in memory together.
func (w *Writer) Chunk(rows int) error {
	if err := w.complete(); err != nil {
		return err
	}
	if err := w.start(); err != nil || rows == 0 {
		return err
	}
	w.left = rows
	return w.chunkHeader(w.descr, rows)
}

// complete reports an unfinished chunk.
func (w *Writer) complete() error {
	if w.left > 0 {
		return fmt.Errorf("a chunk lacks %d rows", w.left)
	}
	return nil
}

// Write writes rows as one chunk, or as a part of the chunk that Chunk began. If there
// are no rows, it writes no chunk.
func (w *Writer) Write(rows Rows) error {
	if !rows.DType.Equal(w.dtype) {
		return fmt.Errorf("rows of %s in a stream of %s", rows.DType, w.descr)
	}
	if w.left > 0 {
		n := rows.Len()
		if n > w.left {
			return fmt.Errorf("%d rows in a chunk that lacks %d", n, w.left)
		}
		w.left -= n
		return w.data(rows)
	}
	if err := w.start(); err != nil || rows.Len() == 0 {
		return err
	}
	return w.chunk(w.descr, rows)
}

// Close ends the stream with its end mark. It does not close the underlying
// writer. A stream without provenance and without rows becomes one empty chunk.
func (w *Writer) Close() error {
	if err := w.complete(); err != nil {
		return err
	}
	started := w.started
	if err := w.start(); err != nil {
		return err
	}
	if w.provenance == nil && started {
		return nil
	}
	return w.chunk(w.descr, Rows{w.dtype, nil})
}

func (w *Writer) start() error {
	if w.started {
		return nil
	}
	w.started = true
	if w.provenance == nil {
		return nil
	}
	rows, err := w.provenance.rows()
	if err != nil {
		return err
	}
	return w.chunk(rows.DType.String(), rows)
}

func (w *Writer) chunk(descr string, rows Rows) error {
	if err := w.chunkHeader(descr, rows.Len()); err != nil {
		return err
	}
	return w.data(rows)
}

func (w *Writer) chunkHeader(descr string, rows int) error {
	w.header = appendHeader(w.header[:0], descr, []int{rows})
	_, err := w.w.Write(w.header)
	return err
}

func (w *Writer) data(rows Rows) error {
	if len(rows.Data) == 0 {
		return nil
	}
	_, err := w.w.Write(rows.Data)
	return err
}

// WriteFailure writes a provenance without stages, and no end mark. It says that the
// writer of the stream failed before the first record. The program that reads it need
// not report the failure again; see [ErrWriterFailed].
func WriteFailure(w io.Writer) error {
	rows, err := Provenance{}.rows()
	if err != nil {
		return err
	}
	_, err = w.Write(appendHeader(nil, rows.DType.String(), []int{0}))
	return err
}
