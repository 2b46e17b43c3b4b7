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
}

// NewWriter writes rows of dtype d. Without provenance (nil) the stream has no
// end mark and a single Write makes a plain .npy file.
func NewWriter(w io.Writer, d *DType, p Provenance) *Writer {
	return &Writer{w: w, dtype: d, descr: d.String(), provenance: p}
}

// Write writes rows as one chunk. If there are no rows, it writes no chunk.
func (w *Writer) Write(rows Rows) error {
	if !rows.DType.Equal(w.dtype) {
		return fmt.Errorf("rows of %s in a stream of %s", rows.DType, w.descr)
	}
	if err := w.start(); err != nil || rows.Len() == 0 {
		return err
	}
	return w.chunk(w.descr, rows)
}

// Close ends the stream with its end mark. It does not close the underlying
// writer. A stream without provenance and without rows becomes one empty chunk.
func (w *Writer) Close() error {
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
	w.header = appendHeader(w.header[:0], descr, []int{rows.Len()})
	if _, err := w.w.Write(w.header); err != nil {
		return err
	}
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
